//! What the pallet stores and reports.

use alun_primitives::{Alpha, BlockNumber, MechanismId, NetUid, Schedule, Uid};
use alun_yuma::EpochError;
use frame::prelude::*;

/// What is decided per mechanism: a subnet's mechanism.
pub type MatrixId = (NetUid, MechanismId);

/// The bonds of a matrix as one epoch left them: generation 0 or 1. One holds, the other is what
/// its epoch started from, or is being written.
pub type BondsId = (NetUid, MechanismId, u8);

/// Holders of a permit, ascending: 256 by the largest `max_validators`, and the owner.
pub type PermitList = BoundedVec<Uid, ConstU32<257>>;

/// The subnets of which an epoch is due at a block. A netuid is in one list at a time, so that a
/// list never overflows.
pub type DueList = BoundedVec<NetUid, ConstU32<65_535>>;

/// Epochs over which the prune score averages.
pub const PRUNE_EPOCHS: u8 = 10;

/// When the epochs of a subnet are due, and how far they are queued.
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
pub struct Plan {
    /// The schedule.
    pub schedule: Schedule,
    /// The first epoch that was not queued yet.
    pub next: u64,
    /// The block in whose [`DueList`] the subnet stands; `None` from its notice on, when its epochs
    /// have stopped.
    pub listed: Option<BlockNumber>,
}

/// How far the work has got: all that an idle block reads besides one due list.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Progress {
    /// The due lists up to this block are queued.
    pub polled: BlockNumber,
    /// Number of the oldest queued epoch.
    pub head: u64,
    /// Number that the next queued epoch gets.
    pub tail: u64,
    /// Block since which the next page of the oldest queued epoch waits.
    pub since: BlockNumber,
}

impl Progress {
    /// Length of the queue.
    pub fn backlog(&self) -> u64 {
        // Saturation: `tail` is never behind `head`.
        self.tail.saturating_sub(self.head)
    }
}

/// An epoch that is due.
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
pub struct QueuedEpoch {
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism.
    pub mechanism: MechanismId,
    /// Index of the epoch.
    pub epoch: u64,
    /// Block at which it was due.
    pub due_at: BlockNumber,
}

impl QueuedEpoch {
    /// What it decides about.
    pub fn matrix(&self) -> MatrixId {
        (self.netuid, self.mechanism)
    }
}

/// What the last epoch said of one neuron, as stored.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Outcome {
    /// Whether it was active.
    pub active: bool,
    /// Consensus on its score, of 65,535.
    pub consensus: u16,
    /// How much of its own row lies within consensus, of 65,535.
    pub validator_trust: u16,
    /// Incentive, of 65,535.
    pub incentive: u16,
    /// Dividends, of 65,535.
    pub dividends: u16,
    /// What it was paid, in the subnet's alpha.
    pub emission: Alpha,
    /// What it is paid on average: see [`Outcome::next_score`].
    pub prune_score: Alpha,
    /// Epochs in that average, at most [`PRUNE_EPOCHS`].
    pub scored: u8,
}

impl Outcome {
    /// The prune score after an epoch that paid `paid`, and the number of epochs in it.
    ///
    /// The first ten epochs of a neuron are averaged exactly; then each new one moves the average
    /// by a tenth of the difference, rounded down. This keeps one number per neuron instead of ten,
    /// and a newcomer is not measured against epochs that it did not live.
    pub fn next_score(&self, paid: Alpha) -> (Alpha, u8) {
        // Saturation: `scored` never exceeds ten.
        let epochs = self.scored.saturating_add(1).min(PRUNE_EPOCHS);
        let before = u128::from(self.prune_score.0)
            // Saturation: at most 9 · 2⁶⁴.
            .saturating_mul(u128::from(epochs.saturating_sub(1)));
        let mean = before.saturating_add(u128::from(paid.0)).checked_div(u128::from(epochs));
        // A mean of u64 values fits in a u64.
        (Alpha(u64::try_from(mean.unwrap_or(0)).unwrap_or(u64::MAX)), epochs)
    }
}

/// What the last epoch said of one neuron, with its permit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo,
)]
pub struct NeuronOutput {
    /// Whether it was active.
    pub active: bool,
    /// Whether it holds a validator permit until the next epoch.
    pub permit: bool,
    /// Consensus on its score, of 65,535.
    pub consensus: u16,
    /// How much of its own row lies within consensus, of 65,535.
    pub validator_trust: u16,
    /// Incentive, of 65,535.
    pub incentive: u16,
    /// Dividends, of 65,535.
    pub dividends: u16,
    /// What it was paid, in the subnet's alpha.
    pub emission: Alpha,
    /// Emission averaged over 10 epochs.
    pub prune_score: Alpha,
}

/// The last epoch executed.
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
pub struct Executed {
    /// Its index.
    pub epoch: u64,
    /// Block at which its input was frozen.
    pub block: BlockNumber,
    /// The generation of [`Bonds`](crate::Bonds) that it wrote.
    pub generation: u8,
    /// Entries in these bonds.
    pub bond_entries: u32,
}

/// Where an epoch failed. The steps are those of the specification.
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
pub enum Step {
    /// Reading neurons, rows and bonds from the chain.
    Gather,
    /// The input makes no sense.
    Input,
    /// Step 2: thresholds and normalised stake.
    Stake,
    /// Step 4: the stake of the active validators.
    ActiveStake,
    /// Step 5: masking and normalising the rows.
    Weights,
    /// Step 6: the stake-weighted medians.
    Consensus,
    /// Step 7: trust, rank and incentive.
    Rank,
    /// Step 8: the rows that bonds follow.
    BondWeights,
    /// Step 9: the moving average of bonds.
    Bonds,
    /// Step 9: the dividends of the bonds.
    Dividends,
    /// The result does not fit into storage.
    Store,
    /// One of its pages costs more than a block of this chain holds: the subnet has too many neurons
    /// and validators for the slot duration.
    TooLarge,
    /// The subnet is under notice to be wound up: it has no more epochs.
    Notice,
}

impl From<EpochError> for Step {
    fn from(error: EpochError) -> Self {
        use alun_yuma::Step as In;
        match error.step() {
            In::Input => Self::Input,
            In::Stake => Self::Stake,
            In::ActiveStake => Self::ActiveStake,
            In::Weights => Self::Weights,
            In::Consensus => Self::Consensus,
            In::Rank => Self::Rank,
            In::BondWeights => Self::BondWeights,
            In::Bonds => Self::Bonds,
            In::Dividends => Self::Dividends,
        }
    }
}
