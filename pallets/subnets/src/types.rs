//! What the pallet stores.

use alun_primitives::{
    Alpha, Balance, BlockNumber, Hyperparameters, Millis, NetUid, Uid, MAX_ROW, UNIT,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{deps::sp_runtime::BoundedVec, traits::ConstU32};
use scale_info::TypeInfo;

/// Most neurons that a subnet can ever have: the upper bound of `max_neurons`.
pub const MAX_NEURONS: u32 = MAX_ROW;

/// Most subnets that there can ever be, root not counted: a new one's market looks at the others'.
pub const MAX_SUBNETS: u16 = 4_096;

/// Most changes in one call of `set_hyperparameters`.
pub const MAX_CHANGES: u32 = 32;

/// Most mechanisms of a subnet.
pub const MAX_MECHANISMS: u8 = 8;

/// A subnet's name: 1 to 64 bytes of UTF-8.
pub type Name = BoundedVec<u8, ConstU32<64>>;

/// A subnet's metadata: up to 1,024 bytes of UTF-8, for people and their programs.
pub type MetadataText = BoundedVec<u8, ConstU32<1_024>>;

/// A task's parameters on chain: up to 1,024 bytes of UTF-8.
pub type TaskParameters = BoundedVec<u8, ConstU32<{ alun_primitives::MAX_TASK_PARAMETERS }>>;

/// A subnet's task on chain.
pub type StoredTask = alun_primitives::TaskDescriptor<TaskParameters>;

/// A subnet.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SubnetInfo<AccountId> {
    /// The coldkey whose it is: it registered the subnet, or accepted it from the former owner.
    pub owner: AccountId,
    /// The owner's hotkey: receives the owner cut, is never evicted.
    pub owner_hotkey: AccountId,
    /// Name.
    pub name: Name,
    /// Native tokens that were paid for it and opened its market. A record: nothing is held.
    pub lock: Balance,
    /// Block of its registration.
    pub registered_at: BlockNumber,
    /// Block at which its owner started it.
    pub started_at: Option<BlockNumber>,
    /// Number of its mechanisms, 1 to [`MAX_MECHANISMS`].
    pub mechanisms: u8,
    /// Block at which its owner last set hyperparameters: the owner's rate limit counts from it.
    pub owner_changed_at: Option<BlockNumber>,
}

/// The holder of a uid.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Neuron<AccountId> {
    /// Its hotkey.
    pub hotkey: AccountId,
    /// Block at which it took the uid.
    pub registered_at: BlockNumber,
    /// First block at which it may be evicted; fixed at registration.
    pub immune_until: BlockNumber,
    /// Block at which it last announced an endpoint, withdrawn or not: the rate limit counts
    /// from it.
    pub announced_at: Option<BlockNumber>,
}

/// Neurons of one page of storage.
pub const NEURON_PAGE: u32 = 64;

/// Neurons whose uids follow one another; every page but the last is full.
pub type NeuronPage<AccountId> = BoundedVec<Neuron<AccountId>, ConstU32<NEURON_PAGE>>;

/// A price and when it was one; the price now is computed from both.
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
pub struct PriceMark {
    /// Native tokens, smallest unit.
    pub price: Balance,
    /// Block.
    pub block: BlockNumber,
}

/// A day.
const DAY_MS: Millis = 24 * 60 * 60 * 1_000;

/// What genesis decides once for all subnets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Knobs {
    /// Hyperparameters of a new subnet.
    pub default_hyperparameters: Hyperparameters,
    /// Lower bound of `tempo_ms`, in place of the table's: local chains run faster.
    pub min_tempo_ms: Millis,
    /// Least lock of a new subnet.
    pub min_lock: Balance,
    /// Price of the first registration on a subnet, within its `price_min` and `price_max`.
    pub price_start: Balance,
    /// Least time between two calls of `set_hyperparameters` by an owner, ms.
    pub owner_rate_limit_ms: Millis,
    /// Whether this is a local chain, on which private and loopback endpoints are allowed.
    pub local: bool,
    /// Time after its registration in which a subnet can't be put under notice, ms.
    pub subnet_immunity_ms: Millis,
    /// Time from a subnet's notice to its being wound up, ms.
    pub notice_ms: Millis,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            default_hyperparameters: Hyperparameters::default(),
            min_tempo_ms: 60 * 1_000,
            min_lock: 1_000 * UNIT,
            price_start: Hyperparameters::PRICE_START,
            owner_rate_limit_ms: 60 * 60 * 1_000,
            local: false,
            subnet_immunity_ms: 180 * DAY_MS,
            notice_ms: 7 * DAY_MS,
        }
    }
}

/// Why a neuron lost its uid.
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
pub enum EvictionReason {
    /// The subnet was full and no neuron outside its immunity had a lower score.
    LowestScore,
}

/// A neuron that may be evicted. Ordered as they leave: by score, then the oldest registration,
/// then the lowest uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Emission averaged over 10 epochs, in the subnet's alpha.
    pub score: Alpha,
    /// Block of its registration.
    pub registered_at: BlockNumber,
    /// Uid.
    pub uid: Uid,
}

/// Why a subnet is under notice.
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
pub enum NoticeCause {
    /// Its owner winds it up.
    Owner,
    /// All slots were taken, and it had the lowest averaged price of those outside their immunity.
    LowestPrice,
}

/// A subnet's notice.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Notice<AccountId> {
    /// The block in which it began.
    pub since: BlockNumber,
    /// First block in which the subnet is wound up.
    pub until: BlockNumber,
    /// Why.
    pub cause: NoticeCause,
    /// Who called for it: the owner, or who waits for the slot.
    pub by: AccountId,
    /// Whether it is over, and the subnet is being wound up.
    pub over: bool,
}

/// A subnet that waits for a slot; its lock lies in escrow.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Reservation<AccountId> {
    /// The coldkey that paid the lock.
    pub owner: AccountId,
    /// The owner's hotkey.
    pub hotkey: AccountId,
    /// Name.
    pub name: Name,
    /// What it will ask of its miners.
    pub task: StoredTask,
    /// In escrow, smallest unit.
    pub lock: Balance,
}

/// Netuids, ascending.
pub type Netuids = BoundedVec<NetUid, ConstU32<{ MAX_SUBNETS as u32 }>>;

/// The numbers between which the queue of notices lies: from `head` to before `tail`.
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
pub struct NoticeEnds {
    /// Number of the notice that ends next.
    pub head: u64,
    /// Number of the next new one.
    pub tail: u64,
}
