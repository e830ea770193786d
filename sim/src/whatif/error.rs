//! What stands in the way of an answer.

use alun_client::{ClientError, HyperparameterError, MechanismId, NetUid};
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
         subnet or mechanism, or its first epoch has not been computed"
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
    /// A change of a hyperparameter can't be read.
    #[error("--set: {0}")]
    Hyperparameter(#[from] HyperparameterError),
    /// A hyperparameter that no epoch reads.
    #[error("--set: {0} plays no part in what an epoch pays; there are {known}", known = super::change::KNOWN)]
    NoPart(&'static str),
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
    /// A row with a uid twice.
    #[error("--row: uid {0} is there twice; a row names each uid once")]
    Twice(u16),
    /// Stake over a `u64`.
    #[error("--stake: the stake of all neurons together is over the largest sum, 2^64 - 1 units")]
    StakeSum,
    /// The epoch has no result.
    #[error("the epoch can't be computed: {0}")]
    Epoch(#[from] EpochError),
}

impl WhatIfError {
    /// The code that the process ends with ([`exit`]).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(ClientError::BadUrl { .. }) => exit::USAGE,
            Self::Client(ClientError::Unreachable { .. }) => exit::NODE_UNREACHABLE,
            Self::Client(ClientError::OtherChain { .. }) => exit::OTHER_CHAIN,
            Self::Client(_) | Self::NoEpoch { .. } | Self::InWork { .. } | Self::Epoch(_) => {
                exit::FAILURE
            }
            _ => exit::USAGE,
        }
    }
}
