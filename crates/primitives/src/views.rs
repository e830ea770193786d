//! What the runtime APIs return: plain, typed, complete in one call.

use crate::{
    Alpha, Balance, BlockNumber, Endpoint, Hyperparameters, MechanismId, Millis, NetUid, Ppm,
    RowError, Schedule, TaskDescriptor, Trade, Uid,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

pub use crate::explanation::*;

macro_rules! view {
    ($(#[$doc:meta])* $name:ident $(<$a:ident>)? { $($(#[$fdoc:meta])* $field:ident : $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
        #[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
        pub struct $name $(<$a>)? { $($(#[$fdoc])* pub $field: $ty,)* }
    };
}
pub(crate) use view;

/// Where a subnet is in its life.
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
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum SubnetPhase {
    /// Not under notice.
    #[default]
    Open,
    /// Under notice: nothing enters, its alpha can be redeemed.
    Notice {
        /// First block at which it is wound up.
        until: BlockNumber,
        /// Whether somebody waits for the slot.
        reserved: bool,
    },
    /// What is left is paid out, and everything of it removed.
    WindingUp {
        /// Whether somebody waits for the slot.
        reserved: bool,
    },
}

view! {
    /// A subnet in a list.
    SubnetView<AccountId> {
        /// Netuid.
        netuid: NetUid,
        /// Name, UTF-8.
        name: Vec<u8>,
        /// Owner's coldkey.
        owner: AccountId,
        /// Owner's hotkey.
        owner_hotkey: AccountId,
        /// What miners are asked.
        task: TaskDescriptor,
        /// Whether the owner has started it.
        started: bool,
        /// Block of its registration.
        registered_at: BlockNumber,
        /// Tokens paid to register it, with which its market was opened.
        lock: Balance,
        /// Neurons in it.
        neurons: u16,
        /// Mechanisms in it.
        mechanisms: u8,
        /// Price of a registration now.
        registration_price: Balance,
        /// Share of the chain's emission, relative to `total_shares` of [`NetworkView`].
        share: u64,
        /// Emission earned and not yet paid, in its alpha.
        pending: Alpha,
        /// When its epochs are due; `None` until started.
        schedule: Option<Schedule>,
        /// Index of the last executed epoch of mechanism 0.
        last_epoch: Option<u64>,
        /// Hyperparameters.
        hyperparameters: Hyperparameters,
        /// Whether it is under notice, and until when.
        phase: SubnetPhase,
    }
}

view! {
    /// The chain as a whole.
    NetworkView {
        /// Milliseconds per block.
        slot_ms: Millis,
        /// Native tokens in existence.
        issuance: Balance,
        /// Most that ever exist.
        cap: Balance,
        /// Minted by the last block's emission.
        block_emission: Balance,
        /// Sum of the shares of all started subnets.
        total_shares: u64,
        /// Root weight τ, parts per million.
        root_weight: Ppm,
        /// Smallest position that may remain.
        dust_limit: Balance,
        /// Price to register the next subnet: not burned, its market is opened with it.
        subnet_lock: Balance,
    }
}

view! {
    /// A neuron with everything that the chain knows of it.
    NeuronView<AccountId> {
        /// Uid.
        uid: Uid,
        /// Hotkey.
        hotkey: AccountId,
        /// Coldkey.
        coldkey: AccountId,
        /// Block of registration.
        registered_at: BlockNumber,
        /// Block from which it may be evicted.
        immune_until: BlockNumber,
        /// Endpoint and model commitment.
        endpoint: Option<Endpoint>,
        /// Stake weight on this subnet (alpha + τ·root).
        stake_weight: Balance,
        /// Whether it holds a validator permit.
        permit: bool,
        /// Whether it was active at the last epoch.
        active: bool,
        /// Block at which its present row was committed.
        last_update: BlockNumber,
        /// Consensus on its score, of 65,535.
        consensus: u16,
        /// Trust of its row, of 65,535.
        validator_trust: u16,
        /// Incentive, of 65,535.
        incentive: u16,
        /// Dividends, of 65,535.
        dividends: u16,
        /// Paid at the last epoch, in the subnet's alpha.
        emission: Alpha,
        /// Emission averaged over 10 epochs, in the subnet's alpha: the lowest leaves first.
        prune_score: Alpha,
        /// Place in the order of eviction (0 leaves first); `None` while immune or owner's.
        eviction_rank: Option<u16>,
    }
}

view! {
    /// A subnet with all its neurons.
    Metagraph<AccountId> {
        /// The subnet.
        subnet: SubnetView<AccountId>,
        /// Mechanism whose outputs the neurons show.
        mechanism: MechanismId,
        /// Block at which this was read.
        block: BlockNumber,
        /// Neurons by uid.
        neurons: Vec<NeuronView<AccountId>>,
    }
}

view! {
    /// What a coldkey has on one hotkey and netuid.
    StakePosition<AccountId> {
        /// Hotkey.
        hotkey: AccountId,
        /// Netuid, 0 for root.
        netuid: NetUid,
        /// What it is worth now, in the token of the netuid: native on root, else the subnet's alpha.
        value: u64,
        /// The same in native tokens at the spot price; selling it gives less, see `quote_remove`.
        native: Balance,
        /// Points in the pool.
        points: u128,
    }
}

view! {
    /// What a hotkey lends and is lent on a subnet. Weights are of stake: alpha and τ·root.
    ChildrenView<AccountId> {
        /// Its own weight.
        own: Balance,
        /// What of it is not lent.
        kept: Balance,
        /// To whom it lends, each with its part of the own weight, parts per million.
        children: Vec<(AccountId, Ppm)>,
        /// To whom it will lend, from the first epoch due at the block or after it.
        next: Option<(BlockNumber, Vec<(AccountId, Ppm)>)>,
        /// By whom it is lent how much.
        received: Vec<(AccountId, Balance)>,
        /// Who may lend to it.
        accepts: Vec<AccountId>,
    }
}

view! {
    /// A hotkey that others may stake on.
    DelegateView<AccountId> {
        /// Hotkey.
        hotkey: AccountId,
        /// Its owner.
        coldkey: AccountId,
        /// Part of dividends that it takes first, parts per million.
        take: Ppm,
        /// A higher take and the block from which it holds.
        pending_take: Option<(BlockNumber, Ppm)>,
        /// Its pools: (netuid, value in the token of the netuid, number of positions).
        pools: Vec<(NetUid, u64, u32)>,
        /// Subnets on which it has a uid.
        registrations: Vec<NetUid>,
    }
}

view! {
    /// When a subnet's next epoch is due.
    NextEpoch {
        /// Block.
        block: BlockNumber,
        /// Index.
        epoch: u64,
        /// Index of the newest epoch due, if any.
        due: Option<u64>,
        /// Index of the last epoch executed on mechanism 0.
        executed: Option<u64>,
    }
}

view! {
    /// The oldest epoch that is due and not finished: at most one is in work.
    EpochWork {
        /// Subnet.
        netuid: NetUid,
        /// Mechanism.
        mechanism: MechanismId,
        /// Index.
        epoch: u64,
        /// Block at which it was due.
        due_at: BlockNumber,
        /// Blocks since then.
        lag: BlockNumber,
        /// Block at which its input was frozen; `None` until it is.
        frozen_at: Option<BlockNumber>,
        /// Neurons in its input; `None` until it is frozen.
        neurons: Option<u16>,
        /// Neurons whose turn to be paid has passed; `None` until it is computed.
        paid: Option<u16>,
        /// Epochs in the queue, this one among them.
        queued: u64,
    }
}

/// Whether a row would be accepted now, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum RowValidity {
    /// It would be.
    Valid,
    /// No such subnet or mechanism, or the hotkey has no uid there.
    Unknown,
    /// The hotkey holds no permit.
    NoPermit,
    /// The version differs; here is the subnet's.
    WrongVersion(u64),
    /// The rate limit passes at this block.
    TooSoon(BlockNumber),
    /// The row itself is bad.
    Row(RowError),
}

view! {
    /// What a call would do, before it is made.
    StakeQuote {
        /// Points minted (add, move, swap), burned (remove) or given (transfer).
        points: u128,
        /// What `min_received` bounds: what could be redeemed afterwards in the token of the netuid
        /// (add, move, transfer, swap), or the native tokens that are paid (remove).
        received: u64,
        /// The sale on the way; none on root, nor for dust that is worth nothing.
        sold: Option<Trade>,
        /// The purchase on the way; none on root.
        bought: Option<Trade>,
        /// Held from the caller until the position is gone that a transfer makes in another's account.
        deposit: Balance,
    }
}

view! {
    /// A subnet's market. Prices are native units for one unit of alpha, with 64 bits after the
    /// point.
    MarketView {
        /// Netuid.
        netuid: NetUid,
        /// The price at which the next small trade would be made, without its fee.
        price: u128,
        /// P: the averaged price, at most 1.
        price_average: u128,
        /// Native tokens in the pool.
        native_reserve: Balance,
        /// The averaged native reserve.
        reserve_average: Balance,
        /// Alpha in the pool.
        alpha_reserve: Alpha,
        /// All of this alpha that there is.
        issuance: Alpha,
        /// Fee of a trade, parts per million of its native side; burned.
        fee: Ppm,
        /// Native tokens that wait to buy alpha, which is burned.
        buyback: Balance,
        /// Alpha that waits to be sold for stakers on root.
        root_parts: Alpha,
        /// Native tokens got for such alpha and not yet paid.
        root_proceeds: Balance,
        /// Under notice, the native tokens N for which all alpha S is redeemed, alike for each:
        /// (N, S). Then there are no trades, and `price` is N / S.
        redemption: Option<(Balance, Alpha)>,
    }
}
