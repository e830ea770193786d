//! The epoch in work, and what it decided.

use crate::{MatrixId, QueuedEpoch};
use alun_primitives::{traits::PoolReward, Alpha, BlockNumber};
use frame::prelude::*;

/// Neurons that are paid in one page.
pub const PAY_PAGE: u16 = 32;

/// The epoch in work: there is one at a time, the oldest of the queue.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct InWork {
    /// Which one.
    pub item: QueuedEpoch,
    /// Block at which its input was frozen.
    pub frozen_at: BlockNumber,
    /// Neurons in its input.
    pub neurons: u16,
    /// Validators whose rows it reads, or that may get a permit: the larger number.
    pub validators: u16,
    /// Entries in its rows and bonds together.
    pub entries: u32,
    /// What is done of it.
    pub stage: Stage,
}

/// How far the epoch in work has got.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Stage {
    /// Its input is frozen.
    Frozen,
    /// It is computed, and paid up to a page.
    Computed {
        /// The next page to be paid; one past the last when all are.
        next: u16,
        /// Validators whose stake counted.
        validators: u16,
        /// Entries in the new bonds.
        bond_entries: u32,
    },
}

impl InWork {
    /// Pages of pay.
    pub fn pages(&self) -> u16 {
        self.neurons.div_ceil(PAY_PAGE)
    }

    /// Whether it is computed, of this matrix: its new bonds are stored beside the live ones.
    pub(crate) fn computed(&self, matrix: MatrixId) -> bool {
        self.item.matrix() == matrix && matches!(self.stage, Stage::Computed { .. })
    }
}

/// What an epoch decided about one neuron and paid to it.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Award<AccountId> {
    /// Its hotkey when the input was frozen.
    pub hotkey: AccountId,
    /// Whether it was active.
    pub active: bool,
    /// Whether it gets a permit.
    pub permit: bool,
    /// Consensus on its score, of 65,535.
    pub consensus: u16,
    /// How much of its own row lies within consensus, of 65,535.
    pub validator_trust: u16,
    /// Incentive, of 65,535.
    pub incentive: u16,
    /// Dividends, of 65,535.
    pub dividends: u16,
    /// Due to it as a miner, in the subnet's alpha.
    pub as_miner: Alpha,
    /// Due to it as a validator, in the subnet's alpha.
    pub as_validator: Alpha,
    /// What reached it of both; 0 until its page is paid.
    pub paid: Alpha,
    /// How what it was due as a validator was divided; all 0 until its page is paid.
    pub reward: PoolReward,
}

/// A page of awards, by uid: page p holds the uids from p · [`PAY_PAGE`] on.
pub type AwardPage<AccountId> = BoundedVec<Award<AccountId>, ConstU32<{ PAY_PAGE as u32 }>>;

/// How the emission of an epoch was divided. Smallest units of the subnet's alpha.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PayRecord {
    /// The epoch.
    pub epoch: u64,
    /// All that was divided.
    pub total: Alpha,
    /// What the owner got.
    pub owner_cut: Alpha,
    /// The miners' part.
    pub miners: Alpha,
    /// The validators' part.
    pub validators: Alpha,
    /// The miners' part, if it was burned because nobody has incentive.
    pub burned: Alpha,
    /// What could not be paid and is pending again; known when it is closed.
    pub returned: Alpha,
    /// Block at which it was divided.
    pub opened_at: BlockNumber,
    /// Block at which the last of it was paid; `None` until then.
    pub closed_at: Option<BlockNumber>,
}
