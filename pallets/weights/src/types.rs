//! What the pallet stores, and what its checks find out.

use alun_primitives::{
    BlockNumber, Digest, Hyperparameters, MechanismId, NetUid, Uid, WeightRow, MAX_ROW,
};
use frame::prelude::*;

/// The matrix that a row belongs to: a subnet's mechanism.
pub type MatrixId = (NetUid, MechanismId);

/// Entries of a stored row: ascending uids, no zeros, the largest value 65,535.
pub type Entries = BoundedVec<(u16, u16), ConstU32<MAX_ROW>>;

/// Longest reveal period that a subnet can have, in epochs (bound of the hyperparameter).
pub const MAX_REVEAL_PERIOD: u32 = 16;

/// Most commits that a hotkey has stored per mechanism: one for each window from the one open now
/// to the furthest one.
pub type MaxCommits = ConstU32<{ MAX_REVEAL_PERIOD + 1 }>;

/// A validator's scores in force.
#[derive(
    Clone,
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
pub struct Row {
    /// Scores by uid.
    pub entries: Entries,
    /// Block at which the row was committed; set, where commit-reveal is off.
    pub last_update: BlockNumber,
}

/// The newest thing that a neuron sent, commit or row.
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
pub struct Submission {
    /// Block of it. The rate limit and the activity cutoff count from here.
    pub block: BlockNumber,
    /// Due epoch of the neuron's newest commit.
    pub commit: Option<u64>,
}

/// What the subnet asks of a row, beyond live and distinct uids.
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
pub struct Terms {
    /// The `weights_version` that it is made for.
    pub version: u64,
    /// Fewest values above zero.
    pub min_weights: u16,
    /// Largest share of its sum for one uid, 65,535 = all.
    pub max_share: u16,
}

impl From<&Hyperparameters> for Terms {
    fn from(hyperparameters: &Hyperparameters) -> Self {
        Self {
            version: hyperparameters.weights_version,
            min_weights: hyperparameters.min_weights,
            max_share: hyperparameters.max_weight_share,
        }
    }
}

/// A row that is promised and not yet shown.
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
pub struct Commit {
    /// BLAKE2b-256 of [`commit_preimage`](alun_primitives::commit_preimage).
    pub hash: Digest,
    /// Newest due epoch when it was made.
    pub epoch: u64,
    /// The due epoch during which it can be revealed: `reveal_period` later.
    pub window: u64,
    /// Block at which it was made.
    pub block: BlockNumber,
    /// What was asked of rows then, and is of this one whatever has changed since.
    pub terms: Terms,
}

/// Who sends a call, as every check needs it.
pub(crate) struct Sender {
    /// Subnet and mechanism.
    pub matrix: MatrixId,
    /// Uid of the hotkey.
    pub uid: Uid,
    /// The subnet's hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Newest due epoch.
    pub epoch: u64,
}

/// A reveal that passed its checks.
pub(crate) struct Reveal<AccountId> {
    /// The committing neuron.
    pub sender: Sender,
    /// Its hotkey now.
    pub holder: AccountId,
    /// What it had committed.
    pub commit: Commit,
    /// The row.
    pub row: WeightRow,
}

/// A row as a call carries it.
#[derive(Clone, Copy)]
pub(crate) struct Proposal<'a> {
    /// Uids scored.
    pub uids: &'a [u16],
    /// Scores, by the same index.
    pub values: &'a [u16],
    /// Weights version that the row was made for.
    pub version: u64,
}
