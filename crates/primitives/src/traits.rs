//! The traits through which the pallets meet; the runtime says who implements them.
//!
//! The flow is one way: score → weights → epoch → emission → stake. Arrows back are read-only
//! (`StakeView`, `NeuronRegistry`, `PermitView`) or clean-up (`OnNeuronReplaced`).

mod keys;
mod life;
mod market;

pub use keys::{
    BindingProof, ColdkeySwap, HotkeySwap, KeySuccession, OnColdkeySwapped, OnHotkeySwapped,
    Proxies,
};
pub use life::{OnSubnet, OnSubnetWoundUp, Rows};
pub use market::{
    AlphaMarket, EmissionMarket, PriceOracle, Refused, RootStake, Settle, WindUpMarket,
};

use crate::{
    Alpha, Balance, BlockNumber, Endpoint, Hyperparameters, MechanismId, Millis, NetUid, Schedule,
    Uid,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Time, by the slot duration that genesis set. Offered by `clock`.
pub trait Clock {
    /// Milliseconds per block.
    fn slot_ms() -> Millis;

    /// A duration in blocks, rounded up; 0 stays 0.
    fn to_blocks(duration: Millis) -> BlockNumber {
        let blocks = duration.div_ceil(Self::slot_ms().max(1));
        // Saturation: 2³² blocks are 136 years of 1 s slots, past every bound.
        BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX)
    }
}

/// Which hotkey is whose. Offered by `stake`.
pub trait KeyRegistry<AccountId> {
    /// The coldkey that owns a hotkey.
    fn coldkey_of(hotkey: &AccountId) -> Option<AccountId>;

    /// Binds a hotkey without its signature: genesis and benchmarks only.
    fn bind_unchecked(hotkey: &AccountId, coldkey: &AccountId);
}

/// The neurons of every subnet. Offered by `subnets`.
pub trait NeuronRegistry<AccountId> {
    /// Whether there is such a subnet (root is not one).
    fn exists(netuid: NetUid) -> bool;
    /// Whether there is one that is not under notice: from the notice on nothing enters it.
    fn open(netuid: NetUid) -> bool {
        Self::exists(netuid)
    }
    /// Whether its owner has started it.
    fn started(netuid: NetUid) -> bool;
    /// Number of neurons; their uids are 0..n (invariant N1).
    fn neuron_count(netuid: NetUid) -> u16;
    /// Number of mechanisms, at least 1.
    fn mechanism_count(netuid: NetUid) -> u8;
    /// The hotkey that holds a uid.
    fn hotkey_of(netuid: NetUid, uid: Uid) -> Option<AccountId>;
    /// The uid that a hotkey holds.
    fn uid_of(netuid: NetUid, hotkey: &AccountId) -> Option<Uid>;
    /// Block at which the present holder took the uid.
    fn registered_at(netuid: NetUid, uid: Uid) -> Option<BlockNumber>;
    /// The holder of each uid and the block at which it took it, by uid; up to the first gap, which
    /// N1 excludes.
    fn roster(netuid: NetUid) -> Vec<(AccountId, BlockNumber)> {
        let neuron = |uid| Some((Self::hotkey_of(netuid, uid)?, Self::registered_at(netuid, uid)?));
        (0..Self::neuron_count(netuid)).map(Uid).map_while(neuron).collect()
    }
    /// The owner's coldkey.
    fn owner(netuid: NetUid) -> Option<AccountId>;
    /// The owner's hotkey on the subnet: receives the owner cut, is never evicted.
    fn owner_hotkey(netuid: NetUid) -> Option<AccountId>;
    /// Hyperparameters; `None` for an unknown subnet.
    fn hyperparameters(netuid: NetUid) -> Option<Hyperparameters>;
    /// Endpoint of a neuron, if announced.
    fn endpoint(netuid: NetUid, uid: Uid) -> Option<Endpoint>;
    /// Netuids in ascending order.
    fn netuids() -> Vec<NetUid>;
}

/// Told when a uid gets a holder: what belonged to the former one must go.
pub trait OnNeuronReplaced<AccountId> {
    /// `former` is `None` when the uid is new.
    fn on_neuron_replaced(netuid: NetUid, uid: Uid, former: Option<&AccountId>, holder: &AccountId);
}

/// How deserving a neuron is of its uid. Offered by `consensus`.
pub trait PruneScore {
    /// Emission averaged over 10 epochs, in the subnet's alpha; the lowest leaves first.
    fn prune_score(netuid: NetUid, uid: Uid) -> Alpha;
    /// The scores of uids 0..`neurons`, by uid: one read where many are compared.
    fn prune_scores(netuid: NetUid, neurons: u16) -> Vec<Alpha> {
        (0..neurons).map(|uid| Self::prune_score(netuid, Uid(uid))).collect()
    }
}

/// Validator permits. Offered by `consensus`.
pub trait PermitView {
    /// Whether the uid held a permit at the last epoch.
    fn has_permit(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> bool;
}

/// When epochs are due. Offered by `consensus`.
pub trait EpochClock {
    /// The subnet's schedule; `None` until it is started.
    fn schedule(netuid: NetUid) -> Option<Schedule>;
}

/// One validator's row as an epoch reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowInput {
    /// Ascending (uid, value) entries; empty when there is no row.
    pub entries: Vec<(u16, u16)>,
    /// Block at which the present row was committed (set, where commit-reveal is off).
    pub last_update: BlockNumber,
    /// Block of the newest commit or row.
    pub last_submission: BlockNumber,
}

/// Weight rows. Offered by `weights`.
pub trait WeightMatrix {
    /// The rows of `uids`, in their order. No others are read.
    fn rows(netuid: NetUid, mechanism: MechanismId, uids: &[Uid]) -> Vec<RowInput>;
    /// How many commits are listed whose reveal window closed: what dropping them depends on.
    fn expiring(netuid: NetUid, mechanism: MechanismId, now: BlockNumber) -> u32;
    /// Drops at most `limit` of them, oldest window first, with an event for each that was not
    /// revealed. Called before an epoch until none are left, and then once more with no `limit` left,
    /// which goes on from windows that nobody used.
    fn drop_expired(netuid: NetUid, mechanism: MechanismId, now: BlockNumber, limit: u32);
}

/// Stake as consensus sees it. Offered by `stake`.
pub trait StakeView<AccountId> {
    /// `alpha + τ·root` of a hotkey on a subnet: what its rows count for.
    fn stake_weight(hotkey: &AccountId, netuid: NetUid) -> Balance;
    /// The same of many hotkeys, in their order.
    fn stake_weights(hotkeys: &[AccountId], netuid: NetUid) -> Vec<Balance> {
        hotkeys.iter().map(|hotkey| Self::stake_weight(hotkey, netuid)).collect()
    }
    /// How many hotkeys lend weight on a subnet: what reading and rewarding stake there costs more.
    fn lenders(_netuid: NetUid) -> u32 {
        0
    }
}

/// What an epoch decided about one neuron. Every neuron is listed, by uid: what is due comes back
/// in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochShare<AccountId> {
    /// Uid at the epoch.
    pub uid: Uid,
    /// Its holder.
    pub hotkey: AccountId,
    /// Part of the miners' half, relative to the others'.
    pub incentive: u64,
    /// Part of the validators' half, relative to the others'.
    pub dividends: u64,
    /// Active stake, for when there are no dividends at all.
    pub active_stake: u64,
}

/// How a payout of a subnet's alpha is divided. Smallest units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Drawn from the subnet's pending emission.
    pub total: Alpha,
    /// Paid to the owner at once.
    pub owner_cut: Alpha,
    /// For the miners, by incentive.
    pub miners: Alpha,
    /// For the validators, by dividends; by active stake where nobody has dividends.
    pub validators: Alpha,
    /// The miners' part, if it was burned because nobody has incentive.
    pub burned: Alpha,
    /// What is due to each, in the order of the shares: as a miner, as a validator. The first sum to
    /// `miners − burned` and the second to `validators`, to the unit.
    pub dues: Vec<(Alpha, Alpha)>,
}

/// What one neuron is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochDue<AccountId> {
    /// Uid at the epoch.
    pub uid: Uid,
    /// Its holder then.
    pub hotkey: AccountId,
    /// As a miner.
    pub incentive: Alpha,
    /// As a validator.
    pub dividends: Alpha,
}

/// Pays out what an epoch decided, over as many blocks as it takes: opened once, paid page by page,
/// closed. A mechanism has at most one payout open. Offered by `emission`; called by `consensus`.
pub trait EpochPayout<AccountId> {
    /// Draws the pending emission of a mechanism, pays the owner's cut and divides the rest by
    /// `shares`. Nothing is drawn while nobody has active stake.
    /// `tempo`: blocks over which the validators' rewards enter their pools.
    fn open(
        netuid: NetUid,
        mechanism: MechanismId,
        epoch: u64,
        tempo: BlockNumber,
        shares: &[EpochShare<AccountId>],
    ) -> Opening;
    /// Pays some of the neurons out of the open payout, never more than is left in it. Returns what
    /// reached each, in their order. The caller sees to it that none is paid twice.
    fn pay(netuid: NetUid, mechanism: MechanismId, dues: &[EpochDue<AccountId>]) -> Vec<Reached>;
    /// Closes the payout: what is left in it is pending again. Returns how much of it became so,
    /// with what could not be paid before.
    fn close(netuid: NetUid, mechanism: MechanismId) -> Alpha;
}

/// What became of what one neuron was due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Paid to it as a miner.
    pub incentive: Alpha,
    /// How its dividends were divided.
    pub dividends: PoolReward,
}

impl Reached {
    /// All that reached it and its stakers: what was burned is not counted.
    pub fn amount(&self) -> Alpha {
        let PoolReward { take, root, subnet, .. } = self.dividends;
        // Saturation: parts of the issuance, which fits.
        self.incentive.saturating_add(take).saturating_add(root).saturating_add(subnet)
    }
}

/// What became of a reward to a validator's pools.
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
pub struct PoolReward {
    /// To the delegate's own position, first.
    pub take: Alpha,
    /// To the stakers on root.
    pub root: Alpha,
    /// To the stakers on the subnet.
    pub subnet: Alpha,
    /// Burned, because a part's pool was empty.
    pub burned: Alpha,
}

/// Where rewards go. Offered by `stake`; called by `emission`.
pub trait RewardSink<AccountId> {
    /// Alpha on its way.
    type Credit;
    /// To the coldkey's own position on its hotkey: a miner's pay, an owner's cut. Gives the
    /// credit back when the hotkey has no coldkey.
    fn reward_position(hotkey: &AccountId, reward: Self::Credit)
        -> Result<AccountId, Self::Credit>;
    /// To a validator's pools: take, root part, subnet part. The root part waits to be sold; the
    /// subnet part enters over `blocks`.
    fn reward_pools(hotkey: &AccountId, reward: Self::Credit, blocks: BlockNumber) -> PoolReward;
}

/// What a subnet has earned and not paid. Offered by `emission`.
pub trait PendingEmission {
    /// Alpha on its way.
    type Credit;
    /// Pending, up to the last settlement.
    fn pending(netuid: NetUid) -> Alpha;
    /// Adds to it: what remains in a pool when its last point leaves.
    fn add_pending(credit: Self::Credit);
}

macro_rules! for_tuples {
    ($($name:ident),+) => {
        impl<AccountId, $($name: OnNeuronReplaced<AccountId>),+> OnNeuronReplaced<AccountId> for ($($name,)+) {
            fn on_neuron_replaced(netuid: NetUid, uid: Uid, former: Option<&AccountId>, holder: &AccountId) {
                $($name::on_neuron_replaced(netuid, uid, former, holder);)+
            }
        }
    };
}
for_tuples!(A);
for_tuples!(A, B);
for_tuples!(A, B, C);
