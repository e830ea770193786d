#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod binding;
mod children;
mod deposits;
mod genesis;
mod invariants;
#[cfg(test)]
mod mock;
pub mod pool;
mod pools;
mod quotes;
mod rewards;
mod staking;
mod swap;
mod swap_coldkey;
mod takes;
#[cfg(test)]
mod tests;
mod views;
pub mod weights;
mod wind_up;

pub use binding::BIND_TAG;
pub use children::{
    Children, Lender, LenderIndex, LenderList, Lending, MAX_CHILDREN, MAX_LENDERS, MAX_LENDINGS,
    MAX_LOOKED_AT,
};
pub use deposits::RowDeposit;
pub use pallet::*;
pub use pools::{PoolId, PoolRow};
pub use staking::MAX_POSITIONS;
pub use takes::Take;
pub use weights::WeightInfo;
pub use wind_up::{Pass, Progress};

use alun_primitives::{traits::AlphaMarket, AlphaCredit};
use frame::{deps::frame_system, token::fungible};

/// Native tokens on their way between accounts.
pub type CreditOf<T> =
    fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

/// Alpha on its way between ledgers.
pub type AlphaOf<T> = AlphaCredit<<<T as Config>::Market as AlphaMarket>::Issuance>;

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use alun_primitives::{
        traits::{
            AlphaMarket, Clock, EmissionMarket, EpochClock, KeySuccession, NeuronRegistry,
            PendingEmission, PriceOracle, WindUpMarket,
        },
        Alpha, Balance, BlockNumber, Millis, NetUid, Ppm,
    };
    use frame::{
        prelude::*,
        traits::{IdentifyAccount, Verify},
    };

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The native token.
        type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
            + fungible::Balanced<Self::AccountId>
            + fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

        /// Why tokens are held.
        type RuntimeHoldReason: From<HoldReason>;

        /// Where alpha is bought and sold, what it costs, and where root's part of a reward is sold.
        type Market: AlphaMarket<Native = CreditOf<Self>>
            + PriceOracle
            + EmissionMarket<
                Self::AccountId,
                Native = CreditOf<Self>,
                Issuance = <Self::Market as AlphaMarket>::Issuance,
            > + WindUpMarket<
                Native = CreditOf<Self>,
                Issuance = <Self::Market as AlphaMarket>::Issuance,
            >;

        /// Signatures by which hotkeys agree to be bound.
        type Signature: Parameter + Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>>;

        /// Knows which hotkey took another's place. Read only.
        type Succession: KeySuccession<Self::AccountId>;

        /// Turns durations into blocks.
        type Clock: Clock;

        /// Knows the subnets. Read only.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// Knows when epochs are due: from one on holds what a hotkey lends. Read only.
        type Epochs: EpochClock;

        /// Receives what remains in a subnet's pool when its last point leaves.
        type Pending: PendingEmission<Credit = AlphaOf<Self>>;

        /// Burns, and counts what it burns.
        type Burn: OnUnbalanced<CreditOf<Self>>;

        /// Names the account that holds all stake.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Held from who makes a position in another's account.
        #[pallet::constant]
        type RowDeposit: Get<Balance>;

        /// Dispatch weights of the calls.
        type WeightInfo: WeightInfo;

        /// What benchmarks need from the runtime.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId, Self::Signature>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId, Signature> {
        /// A new key and its signature over `payload`. `payload` does not depend on the key.
        fn sign(payload: &[u8]) -> (AccountId, Signature);
        /// Two subnets with deep markets (100,000 tokens) and emission to settle in every block.
        fn subnets() -> [NetUid; 2];
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Hotkey → the coldkey that owns it.
    #[pallet::storage]
    pub type Hotkeys<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId>;

    /// (coldkey, hotkey): the same by coldkey.
    #[pallet::storage]
    pub type Owned<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Blake2_128Concat, T::AccountId, ()>;

    /// (hotkey, netuid) → the pool of that name. One read: an epoch has two for each neuron.
    #[pallet::storage]
    pub type Pools<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, NetUid, PoolRow>;

    /// Pool id → its name, by which positions find their pool.
    #[pallet::storage]
    pub type PoolNames<T: Config> = StorageMap<_, Twox64Concat, PoolId, (T::AccountId, NetUid)>;

    /// The id of the next new pool.
    #[pallet::storage]
    pub type NextPool<T: Config> = StorageValue<_, PoolId, ValueQuery>;

    /// (coldkey, pool id) → points. Never zero.
    #[pallet::storage]
    pub type Positions<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, PoolId, u128>;

    /// (coldkey, pool id) → the deposit for that position, where another than the coldkey made it.
    #[pallet::storage]
    pub type Deposits<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Twox64Concat,
        PoolId,
        RowDeposit<T::AccountId>,
    >;

    /// What all root pools hold, rewards on their way included: T₀.
    #[pallet::storage]
    pub type RootTotal<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Hotkey → its take, where it is not the highest.
    #[pallet::storage]
    pub type Takes<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Take>;

    /// (hotkey, netuid) → to whom it lends its weight there.
    #[pallet::storage]
    pub type Lendings<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Twox64Concat,
        NetUid,
        Lending<T::AccountId>,
    >;

    /// Netuid → who lends there, or will: an epoch reads no lendings but theirs.
    #[pallet::storage]
    pub type LentOn<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, LenderIndex<T::AccountId>, ValueQuery>;

    /// (hotkey, netuid) → who may lend to it there, or still does.
    #[pallet::storage]
    pub type Lenders<T: Config> = StorageDoubleMap<
        _,
        Blake2_128Concat,
        T::AccountId,
        Twox64Concat,
        NetUid,
        LenderList<T::AccountId>,
        ValueQuery,
    >;

    /// Notice before a change of what a hotkey lends holds, ms. Written at genesis only.
    #[pallet::storage]
    pub type ChildDelay<T: Config> = StorageValue<_, Millis, ValueQuery>;

    /// Netuid → how far the subnet's stake is paid out, from the end of its notice until it is gone.
    #[pallet::storage]
    pub type PayingOut<T: Config> = StorageMap<_, Twox64Concat, NetUid, Progress>;

    /// Root weight τ, parts per million.
    #[pallet::storage]
    pub type RootWeight<T: Config> = StorageValue<_, Ppm, ValueQuery>;

    /// Smallest amount that may be added, moved or left. Written at genesis only.
    #[pallet::storage]
    pub type DustLimit<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Highest take, and the take of who never set one, parts per million. Written at genesis only.
    #[pallet::storage]
    pub type MaxTake<T: Config> = StorageValue<_, Ppm, ValueQuery>;

    /// Notice before a higher take holds, ms. Written at genesis only.
    #[pallet::storage]
    pub type TakeNotice<T: Config> = StorageValue<_, Millis, ValueQuery>;

    /// Time over which rewards enter a pool on root, ms. Written at genesis only.
    #[pallet::storage]
    pub type RootStream<T: Config> = StorageValue<_, Millis, ValueQuery>;

    /// Why tokens are held.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The holder made a position in another's account.
        Position,
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A hotkey was bound to the coldkey that owns it from now on.
        HotkeyBound {
            /// The hotkey.
            hotkey: T::AccountId,
            /// Its owner.
            coldkey: T::AccountId,
        },
        /// A coldkey staked on a hotkey.
        StakeAdded {
            /// Whose position.
            coldkey: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// Native tokens given, smallest unit.
            paid: Balance,
            /// What they bought, and what the position grew by, in the token of the netuid, smallest
            /// unit. The same as `paid` on root.
            amount: u64,
            /// Points minted.
            points: u128,
        },
        /// A coldkey took stake back, or was paid it when its subnet was wound up.
        StakeRemoved {
            /// Whose position.
            coldkey: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// What left the position, in the token of the netuid, smallest unit.
            amount: u64,
            /// Native tokens received for it, smallest unit. The same as `amount` on root.
            received: Balance,
            /// Points burned.
            points: u128,
        },
        /// A coldkey moved stake from one hotkey to another.
        StakeMoved {
            /// Whose position.
            coldkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// From whom.
            from: T::AccountId,
            /// To whom.
            to: T::AccountId,
            /// In the token of the netuid, smallest unit.
            amount: u64,
            /// Points burned in the pool that it left.
            burned: u128,
            /// Points minted in the pool that it entered.
            minted: u128,
        },
        /// A coldkey gave stake to another coldkey.
        StakeTransferred {
            /// Whose position it was.
            from: T::AccountId,
            /// Whose it is.
            to: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// In the token of the netuid, smallest unit.
            amount: u64,
            /// Points that changed hands.
            points: u128,
            /// Held from the giver for a new position, smallest unit; 0 where there was one.
            deposit: Balance,
        },
        /// A position is gone that another than its coldkey had made: the deposit went back.
        DepositReleased {
            /// Who had paid it.
            payer: T::AccountId,
            /// Whose position it was.
            coldkey: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// Smallest unit.
            amount: Balance,
        },
        /// A coldkey sold stake on one netuid and staked what it got on another.
        StakeSwapped {
            /// Whose position.
            coldkey: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// From where, 0 for root.
            from: NetUid,
            /// To where, 0 for root.
            to: NetUid,
            /// What left, in the token of `from`, smallest unit.
            amount: u64,
            /// Native tokens that it was worth on the way, smallest unit.
            native: Balance,
            /// What came, in the token of `to`, smallest unit.
            received: u64,
            /// Points burned in the pool that it left.
            burned: u128,
            /// Points minted in the pool that it entered.
            minted: u128,
        },
        /// A hotkey's take is lower from now on.
        TakeSet {
            /// The hotkey.
            hotkey: T::AccountId,
            /// Before, parts per million.
            old: Ppm,
            /// Now, parts per million.
            new: Ppm,
        },
        /// A hotkey's take will be higher.
        TakeRaiseAnnounced {
            /// The hotkey.
            hotkey: T::AccountId,
            /// Now, parts per million.
            from: Ppm,
            /// Then, parts per million.
            to: Ppm,
            /// Block from which it holds.
            at: BlockNumber,
        },
        /// A hotkey lends to these, and to no others, from the first epoch due at a block or after it.
        ChildrenSet {
            /// The lender.
            hotkey: T::AccountId,
            /// Where.
            netuid: NetUid,
            /// To whom, each with its part of the lender's own weight, parts per million.
            children: Vec<(T::AccountId, Ppm)>,
            /// The block.
            at: BlockNumber,
        },
        /// A hotkey may be lent to by these, and by others only until their delay is over.
        LendersSet {
            /// The child.
            hotkey: T::AccountId,
            /// Where.
            netuid: NetUid,
            /// By whom.
            lenders: Vec<T::AccountId>,
        },
        /// A lender's part of what a child earned, and the payout tells, went to the lender's pools.
        LenderRewarded {
            /// The child.
            hotkey: T::AccountId,
            /// The lender.
            lender: T::AccountId,
            /// Where.
            netuid: NetUid,
            /// To the child's own position, first.
            child_take: Alpha,
            /// To the lender's own position, then.
            take: Alpha,
            /// To the lender's stakers on root.
            root: Alpha,
            /// To the lender's stakers on the subnet.
            subnet: Alpha,
            /// Burned, because a part's pool was empty.
            burned: Alpha,
        },
        /// A reward is on its way into a pool.
        RewardAdded {
            /// Whose pool.
            hotkey: T::AccountId,
            /// Which one, 0 for root.
            netuid: NetUid,
            /// In the token of the netuid, smallest unit.
            amount: u64,
            /// Block at which all of it, and all that was on its way before, has entered.
            until: BlockNumber,
        },
        /// The last point left a pool; the rest became the subnet's pending, or on root was burned.
        PoolEmptied {
            /// Whose pool.
            hotkey: T::AccountId,
            /// Which one, 0 for root.
            netuid: NetUid,
            /// What remained, in the token of the netuid, smallest unit.
            remainder: u64,
        },
        /// Root set the root weight τ.
        RootWeightSet {
            /// Before, parts per million.
            old: Ppm,
            /// Now, parts per million.
            new: Ppm,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This hotkey is bound to no coldkey, so nothing can be staked on it: its owner must call
        /// bind_hotkey first.
        UnknownHotkey,
        /// This hotkey is bound to a coldkey already, and a hotkey binds only once: use another
        /// hotkey.
        AlreadyBound,
        /// The proof is not this hotkey's signature over this chain's genesis hash and your coldkey:
        /// sign the bytes that the runtime API bind_payload gives, with the hotkey.
        BadProof,
        /// Your coldkey does not own this hotkey: sign with the coldkey that it is bound to.
        NotOwner,
        /// There is no subnet of this netuid: use 0 for root, or the netuid of a subnet that
        /// exists.
        UnknownSubnet,
        /// You have no stake on this hotkey and subnet: see your positions with the runtime API
        /// stake_of.
        NoPosition,
        /// The amount is more than your position is worth: ask for less, or use remove_all_stake.
        NotEnoughStake,
        /// The amount is under the dust limit: use a larger one. To take out a whole position,
        /// however small, use remove_all_stake.
        AmountUnderDustLimit,
        /// What you would be paid is under the existential deposit and your account holds nothing, so it
        /// can't receive it: send it some tokens first.
        AccountTooSmall,
        /// The amount is zero: use a larger one.
        ZeroAmount,
        /// Your free balance, less the existential deposit that keeps the account alive, is below
        /// the amount: stake less, or fund the account first.
        BalanceTooLow,
        /// What you would receive is less than min_received: ask the runtime API for a new quote,
        /// and lower the bound if you agree with it.
        ReceivedTooLittle,
        /// The amount is worth less than one point of this pool: stake more.
        ZeroPoints,
        /// From and to are the same hotkey: choose another one to move to.
        SameHotkey,
        /// From and to are the same coldkey: choose another one to transfer to.
        SameColdkey,
        /// From and to are the same subnet: choose another one to swap to, or move_stake for another
        /// hotkey.
        SameSubnet,
        /// No position is named: name from 1 to 16.
        NothingNamed,
        /// This subnet is under notice to be wound up, so its stake can't be added, moved, given or lent.
        /// Redeem it with remove_stake until the notice ends; after that what is left is paid to you.
        WindingUp,
        /// The amount is so small that the market gives nothing for it: use a larger one.
        TooSmallToTrade,
        /// The amount is larger than the market of this subnet can take: use a smaller one.
        TooLargeToTrade,
        /// Your free balance does not cover the deposit for a new position in another's account: see
        /// the constant rowDeposit, fund your account, or transfer to who has stake there already.
        DepositTooHigh,
        /// The take is above the highest allowed: choose one from 0 to that.
        TakeTooHigh,
        /// This is the hotkey's take already, and no raise is announced: nothing to do.
        TakeUnchanged,
        /// Root has no epochs, so no weight is lent there: name a subnet.
        NoChildrenOnRoot,
        /// A hotkey can't lend to itself: what it does not lend stays its own.
        LendsToItself,
        /// A hotkey is named twice: name each once.
        NamedTwice,
        /// A child is named with nothing to lend it: leave it out.
        NothingLent,
        /// More than all of your weight would be lent: the parts may sum to 1,000,000 parts per million.
        LendsTooMuch,
        /// The hotkey lends so already, and no change waits: nothing to do.
        ChildrenUnchanged,
        /// The owner of this child does not accept your hotkey as a lender: ask it to call set_lenders.
        LenderNotAccepted,
        /// A child would have more than 5 lenders: strike one out with set_lenders, and wait its delay.
        TooManyLenders,
        /// 128 hotkeys lend on this subnet, each with at least as much weight of its own as yours: stake
        /// more on your hotkey, or wait until one of them ends what it lends.
        TooManyLendings,
        /// A child has struck your hotkey out: until that holds, what it lends can't be changed.
        StruckOut,
        /// The child lends to your hotkey, itself or by way of others: weight can't go in a circle.
        LendingInCircle,
        /// The children lend to more than 64 by way of others: choose children that lend to fewer.
        LendingTooDeep,
        /// The root weight is above 1,000,000 parts per million: choose one from 0 to that.
        RootWeightTooHigh,
        /// A number left its type. Amounts within the token's cap do not cause this: report it.
        Overflow,
        /// Another hotkey took this one's place, and a hotkey never comes back: use a new one.
        Retired,
    }

    /// Stake of a new chain.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Root weight τ, parts per million.
        pub root_weight: Ppm,
        /// Smallest amount that may be added, moved or left, smallest unit.
        pub dust_limit: Balance,
        /// Highest take, parts per million.
        pub max_take: Ppm,
        /// Notice before a higher take holds, ms.
        pub take_notice_ms: Millis,
        /// Time over which rewards enter a pool on root, ms.
        pub root_stream_ms: Millis,
        /// Notice before a change of what a hotkey lends to children holds, ms.
        pub child_delay_ms: Millis,
        /// Hotkeys bound from the start: (hotkey, coldkey).
        pub hotkeys: Vec<(T::AccountId, T::AccountId)>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                root_weight: 180_000,
                dust_limit: 500_000,
                max_take: 180_000,
                take_notice_ms: 86_400_000,
                root_stream_ms: 4_320_000,
                child_delay_ms: 86_400_000,
                hotkeys: Vec::new(),
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            self.write();
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Binds `hotkey` to the calling coldkey, once and for good. `proof` is its signature over what
        /// the runtime API `bind_payload` gives, bare or wrapped in `<Bytes>…</Bytes>` as wallets do.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::bind_hotkey())]
        pub fn bind_hotkey(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            proof: T::Signature,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_bind(&hotkey, &coldkey, &proof)
        }

        /// Stakes `amount` native tokens on `hotkey` and `netuid` (0: root); on a subnet they buy its
        /// alpha. Refused when what the points minted could be redeemed for, in the token of the
        /// netuid, is less than `min_received` (rounding may cost one unit).
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::add_stake())]
        pub fn add_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            amount: Balance,
            min_received: u64,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_add(&coldkey, &hotkey, netuid, amount, min_received)
        }

        /// Takes `amount`, in the token of the netuid, out of the position on `hotkey` and `netuid`;
        /// a subnet's alpha is sold, or under notice redeemed. Refused when less than `min_received` native tokens come out.
        /// When what would stay is under the dust limit, the whole position is taken out.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::remove_stake())]
        pub fn remove_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            amount: u64,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_remove(&coldkey, &hotkey, netuid, amount, min_received)
        }

        /// Takes whole positions out, however small they are: 1 to 16 of (hotkey, netuid). Refused
        /// when they give less than `min_received` native tokens together. All or nothing.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::remove_all_stake(u32::try_from(positions.len()).unwrap_or(u32::MAX)))]
        pub fn remove_all_stake(
            origin: OriginFor<T>,
            positions: BoundedVec<(T::AccountId, NetUid), ConstU32<MAX_POSITIONS>>,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_remove_all(&coldkey, &positions, min_received)
        }

        /// Moves `amount`, in the token of the netuid, of a position to another hotkey; nothing is traded.
        /// Where dust would stay, the whole position moves. `min_received` bounds what could be redeemed
        /// after the move.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::move_stake())]
        pub fn move_stake(
            origin: OriginFor<T>,
            netuid: NetUid,
            from_hotkey: T::AccountId,
            to_hotkey: T::AccountId,
            amount: u64,
            min_received: u64,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_move(&coldkey, netuid, &from_hotkey, &to_hotkey, amount, min_received)
        }

        /// Sets what the hotkey keeps of its dividends, in parts per million: a lower take at once, a
        /// higher one after a notice, which nominators see as an event.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_take())]
        pub fn set_take(origin: OriginFor<T>, hotkey: T::AccountId, take: Ppm) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_set_take(&coldkey, hotkey, take)
        }

        /// Gives `amount`, in the token of the netuid, of your position to another coldkey, on the same
        /// hotkey and netuid; nothing is traded. If it has no position there yet, the deposit of one
        /// is held from you until that position is gone. `min_received` bounds what it could redeem.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::transfer_stake())]
        pub fn transfer_stake(
            origin: OriginFor<T>,
            to_coldkey: T::AccountId,
            hotkey: T::AccountId,
            netuid: NetUid,
            amount: u64,
            min_received: u64,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_transfer(&coldkey, &to_coldkey, &hotkey, netuid, amount, min_received)
        }

        /// Sells `amount`, in the token of `from_netuid`, of a position and stakes what it gives on the
        /// same hotkey and `to_netuid`. `min_received` bounds what could be redeemed there, in the
        /// token of `to_netuid`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::swap_stake())]
        pub fn swap_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            from_netuid: NetUid,
            to_netuid: NetUid,
            amount: u64,
            min_received: u64,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_swap(&coldkey, &hotkey, from_netuid, to_netuid, amount, min_received)
        }

        /// Lends parts of the hotkey's own weight on a subnet to up to 5 other hotkeys, in parts per
        /// million; in place of what it lent before. Holds from the first epoch that is due when a delay
        /// is over. Children of other coldkeys must have accepted it with `set_lenders`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::set_children())]
        pub fn set_children(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            children: Children<T::AccountId>,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_set_children(&coldkey, hotkey, netuid, children)
        }

        /// Says which hotkeys, up to 5, may lend to the hotkey on a subnet, instead of those before. Who
        /// is left out and lends still does so until the delay is over.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::set_lenders())]
        pub fn set_lenders(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            lenders: BoundedVec<T::AccountId, ConstU32<MAX_LENDERS>>,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_set_lenders(&coldkey, hotkey, netuid, lenders)
        }

        /// Sets what root stake counts for on a subnet, in parts per million.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_root_weight())]
        pub fn set_root_weight(origin: OriginFor<T>, ppm: Ppm) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_set_root_weight(ppm)
        }
    }
}
