//! What stands in the way of an answer.

use alun_client::{ClientError, HyperparameterError, MechanismId, NetUid, RowError};
use alun_primitives::{CrossCheck, RowLimits};
use alun_settings::exit;
use alun_yuma::EpochError;
use thiserror::Error;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum WhatIfError {
    /// The node could not be read, or its runtime is of another version.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No epoch to compute again.
    #[error(
        "subnet {netuid} has no epoch of mechanism {mechanism} to compute again: there is no such \
         subnet or mechanism, it has had no epoch yet, its last one failed before it began, or the \
         next one is just beginning"
    )]
    NoEpoch {
        /// The subnet.
        netuid: NetUid,
        /// The mechanism.
        mechanism: MechanismId,
    },
    /// The epoch is not finished.
    #[error(
        "epoch {epoch} is being computed and paid at block {block}; ask again some blocks later"
    )]
    InWork {
        /// The epoch.
        epoch: u64,
        /// The block that was read.
        block: u32,
    },
    /// The epoch could not be computed on the chain.
    #[error(
        "epoch {epoch} of subnet {netuid} failed on the chain: it paid nobody, and what was pending \
         waits for the next epoch; ask again after that one, or about the epoch before with --at \
         and a block before {frozen_at}, of an archive node"
    )]
    Failed {
        /// The epoch.
        epoch: u64,
        /// The subnet.
        netuid: NetUid,
        /// Block at which its input was frozen.
        frozen_at: u32,
    },
    /// The epoch comes out otherwise than the chain has recorded.
    #[error(
        "the chain recorded {recorded} for {what} in epoch {epoch}, computed again it is {computed}: \
         the chain's runtime and this program are of different versions; use the release of this \
         program that goes with the chain"
    )]
    NotAsRecorded {
        /// The epoch.
        epoch: u64,
        /// Which number.
        what: String,
        /// What the chain says.
        recorded: u64,
        /// What it is here.
        computed: u64,
    },
    /// A change of a hyperparameter can't be read.
    #[error("--set: {0}")]
    Hyperparameter(#[from] HyperparameterError),
    /// A hyperparameter that no epoch reads.
    #[error("--set: {0} plays no part in what an epoch pays; there are {known}", known = super::change::KNOWN)]
    NoPart(&'static str),
    /// Hyperparameters that do not go together.
    #[error("--set: the chain refuses these values together: {}", together(*.0))]
    Together(CrossCheck),
    /// A row that the subnet does not accept.
    #[error("--row: the subnet does not accept the row of uid {uid}: {}", refused(*reason, limits))]
    Row {
        /// Whose.
        uid: u16,
        /// Why.
        reason: RowError,
        /// What the subnet accepts.
        limits: RowLimits,
    },
    /// A change of stake or of a row has the wrong form.
    #[error("{flag}: `{text}` can't be read ({reason}); write {form}")]
    Form {
        /// The flag.
        flag: &'static str,
        /// What was given.
        text: String,
        /// What is wrong.
        reason: String,
        /// How it is written.
        form: &'static str,
    },
    /// A uid that no neuron has.
    #[error("{flag}: uid {uid} is unknown; the subnet has {neurons} neurons, from 0")]
    UnknownUid {
        /// The flag.
        flag: &'static str,
        /// The uid.
        uid: u16,
        /// The neurons.
        neurons: usize,
    },
    /// Stake over a `u64`.
    #[error("--stake: the stake of all neurons together is over the largest sum, 2^64 - 1 units")]
    StakeSum,
    /// The epoch has no result.
    #[error("the epoch can't be computed: {0}")]
    Epoch(#[from] EpochError),
}

fn together(check: CrossCheck) -> &'static str {
    match check {
        CrossCheck::ImmunityWithinRevealDelay => {
            "immunity_ms must exceed (reveal_period + 1) × tempo_ms"
        }
        CrossCheck::RateLimitAboveTempo => "weights_rate_limit_ms must not exceed tempo_ms",
        CrossCheck::CutoffBelowTempo => "activity_cutoff_ms must be at least tempo_ms",
        CrossCheck::LiquidAlphaLowAboveHigh => "liquid_alpha_low must not exceed liquid_alpha_high",
        CrossCheck::PriceMinAboveMax => "price_min must not exceed price_max",
    }
}

fn refused(reason: RowError, limits: &RowLimits) -> String {
    let RowLimits { neurons, min_weights, max_share } = limits;
    match reason {
        // Can't be: each entry has a value.
        RowError::LengthMismatch => "it has not as many values as targets".into(),
        RowError::TooMany => format!("it has more entries than the {neurons} neurons"),
        RowError::TooFew => format!("it needs at least {min_weights} values above zero (min_weights)"),
        RowError::UnknownUid(uid) => {
            format!("uid {uid} is unknown; the subnet has {neurons} neurons, from 0")
        }
        RowError::DuplicateUid(uid) => format!("uid {uid} is there twice"),
        RowError::AllZero => {
            "no value is above zero (write UID= to see the epoch without a row of it)".into()
        }
        RowError::ShareTooLarge(uid) => format!(
            "uid {uid} has more than {max_share} of 65535 of it, the largest share (max_weight_share)"
        ),
    }
}

impl WhatIfError {
    /// The code that the process ends with ([`exit`]).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(ClientError::BadUrl { .. }) => exit::USAGE,
            Self::Client(ClientError::Unreachable { .. }) => exit::NODE_UNREACHABLE,
            Self::Client(ClientError::OtherChain { .. }) => exit::OTHER_CHAIN,
            Self::Client(_)
            | Self::NoEpoch { .. }
            | Self::InWork { .. }
            | Self::Failed { .. }
            | Self::NotAsRecorded { .. }
            | Self::Epoch(_) => exit::FAILURE,
            _ => exit::USAGE,
        }
    }
}
