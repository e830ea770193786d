//! # Stake
//!
//! Which hotkey is whose, who has staked how much on whom, and what a delegate takes. This pallet
//! holds all staked money in its account.
//!
//! ## Terms
//!
//! - **coldkey** owns, **hotkey** acts. A hotkey is bound to one coldkey, once, with its own
//!   signature; being a hotkey does not keep a key from being somebody's (or its own) coldkey: the
//!   two roles share nothing.
//! - **pool**: all that is staked on one hotkey and netuid. It has an id of its own; (hotkey,
//!   netuid) names it. Netuid 0 is root.
//! - **position**: a coldkey's points in a pool. A position's value is its points' share of the
//!   pool, so rewarding all of a delegate's nominators is one write ([`pool`]).
//! - **on its way**: a reward enters its pool linearly over the next tempo, computed on read,
//!   together with what is still on its way. Who joins for one block gets one block's worth.
//! - **take**: what a delegate keeps of its dividends before its pools are rewarded. It goes to the
//!   coldkey's position in the subnet's pool of that hotkey.
//! - **root weight τ**: what root stake counts for on a subnet; a hotkey's stake weight on a subnet
//!   is `subnet pool + τ·root pool`.
//! - **dust limit**: the smallest amount that may be added, moved or left. What would stay under it
//!   is paid out with the rest; a position under it (a small reward) can always be removed whole.
//!
//! ## Money
//!
//! The pallet's account gets its existential deposit at genesis, which belongs to nobody and never
//! leaves. Everything above it is the pools'. What strangers send to the account stays there and
//! belongs to nobody ([`Pallet::surplus`]).
//!
//! ## Invariants (numbers: docs/invariants.md)
//!
//! - **M1, M4** (native tokens only): the account holds its existential deposit and the sum of all
//!   pools, rewards on their way included.
//! - **S1**: the points (and number) of a pool's positions are the pool's.
//! - **S2**: no position without points, no pool without positions, no pool without a name or name
//!   without a pool.
//! - Every pool's hotkey is bound (a part of **X3**; the other part is the uids', in `subnets`).
//!
//! ## Rules
//!
//! - Every rounding favours the pool.
//! - Leaving: when the last point leaves a pool, what remains in it (rewards on their way, and
//!   fractions) goes to the subnet's pending emission, or on root is burned.
//! - Rewards make no event of their own for positions: the emission pallet's payout events name
//!   the hotkey, the coldkey and the amount. A stream's reward is [`Event::RewardAdded`].

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
mod invariants;
#[cfg(test)]
mod mock;
pub mod pool;
mod pools;
mod rewards;
mod staking;
mod takes;
#[cfg(test)]
mod tests;
mod views;
pub mod weights;

pub use binding::BIND_TAG;
pub use pallet::*;
pub use pools::{PoolId, PoolRow};
pub use takes::Take;
pub use weights::WeightInfo;

use frame::{deps::frame_system, token::fungible};

/// Native tokens on their way between accounts.
pub type CreditOf<T> =
    fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use alun_primitives::{
        traits::{Clock, KeyRegistry, NeuronRegistry, PendingEmission},
        Balance, BlockNumber, Millis, NetUid, Ppm,
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
            + fungible::Balanced<Self::AccountId>;

        /// Signatures by which hotkeys agree to be bound.
        type Signature: Parameter + Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>>;

        /// Turns durations into blocks.
        type Clock: Clock;

        /// Knows the subnets. Read only.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// Receives what remains in a subnet's pool when its last point leaves.
        type Pending: PendingEmission<Credit = CreditOf<Self>>;

        /// Burns, and counts what it burns.
        type Burn: OnUnbalanced<CreditOf<Self>>;

        /// Names the account that holds all stake.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

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
        /// The netuid of some subnet that exists.
        fn subnet() -> NetUid;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Hotkey → the coldkey that owns it.
    #[pallet::storage]
    pub type Hotkeys<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId>;

    /// (hotkey, netuid) → the pool of that name, with its id. An epoch reads two of these for each
    /// neuron, so that one read must do.
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

    /// Hotkey → its take, where it is not the highest.
    #[pallet::storage]
    pub type Takes<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Take>;

    /// Root weight τ, parts per million.
    #[pallet::storage]
    pub type RootWeight<T: Config> = StorageValue<_, Ppm, ValueQuery>;

    /// Smallest amount that may be added, moved or left, smallest unit. Written at genesis only.
    #[pallet::storage]
    pub type DustLimit<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Highest take, and the take of who never set one, parts per million. Written at genesis only.
    #[pallet::storage]
    pub type MaxTake<T: Config> = StorageValue<_, Ppm, ValueQuery>;

    /// Notice before a higher take holds, ms. Written at genesis only.
    #[pallet::storage]
    pub type TakeNotice<T: Config> = StorageValue<_, Millis, ValueQuery>;

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
            /// Native tokens, smallest unit.
            amount: Balance,
            /// Points minted.
            points: u128,
        },
        /// A coldkey took stake back.
        StakeRemoved {
            /// Whose position.
            coldkey: T::AccountId,
            /// On whom.
            hotkey: T::AccountId,
            /// Where, 0 for root.
            netuid: NetUid,
            /// Native tokens paid, smallest unit.
            amount: Balance,
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
            /// Native tokens moved, smallest unit.
            amount: Balance,
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
        /// A reward is on its way into a pool.
        RewardAdded {
            /// Whose pool.
            hotkey: T::AccountId,
            /// Which one, 0 for root.
            netuid: NetUid,
            /// Native tokens, smallest unit.
            amount: Balance,
            /// Block at which all of it, and all that was on its way before, has entered.
            until: BlockNumber,
        },
        /// The last point left a pool. What remained in it went to the subnet's pending emission,
        /// or on root was burned.
        PoolEmptied {
            /// Whose pool.
            hotkey: T::AccountId,
            /// Which one, 0 for root.
            netuid: NetUid,
            /// What remained, smallest unit.
            remainder: Balance,
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
        /// The take is above the highest allowed: choose one from 0 to that.
        TakeTooHigh,
        /// This is the hotkey's take already, and no raise is announced: nothing to do.
        TakeUnchanged,
        /// The root weight is above 1,000,000 parts per million: choose one from 0 to that.
        RootWeightTooHigh,
        /// A number left its type. Amounts within the token's cap do not cause this: report it.
        Overflow,
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
                hotkeys: Vec::new(),
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
            for (name, ppm) in [("rootWeight", self.root_weight), ("maxTake", self.max_take)] {
                assert!(
                    ppm <= 1_000_000,
                    "stake.{name} is {ppm}; it must not exceed 1000000 (ppm)"
                );
            }
            RootWeight::<T>::put(self.root_weight);
            DustLimit::<T>::put(self.dust_limit);
            MaxTake::<T>::put(self.max_take);
            TakeNotice::<T>::put(self.take_notice_ms);
            for (hotkey, coldkey) in &self.hotkeys {
                assert!(
                    !Hotkeys::<T>::contains_key(hotkey),
                    "stake.hotkeys names the hotkey {hotkey:?} twice"
                );
                Pallet::<T>::bind_unchecked(hotkey, coldkey);
            }
            // The existential deposit of the account that holds all stake: belongs to nobody.
            let deposit = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            let funded = <T::Currency as fungible::Mutate<T::AccountId>>::mint_into(
                &Pallet::<T>::account(),
                deposit,
            );
            assert!(funded.is_ok(), "the stake account can't hold its existential deposit");
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
        /// Binds `hotkey` to the calling coldkey, once and for good. `proof` is the hotkey's
        /// signature over the bytes of the runtime API `bind_payload`, bare or wrapped in
        /// `<Bytes>…</Bytes>` as wallets do.
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

        /// Stakes `amount` on `hotkey` and `netuid` (0: root). Refused when the points minted could
        /// be redeemed for less than `min_received` (rounding may cost one unit).
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::add_stake())]
        pub fn add_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            amount: Balance,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_add(&coldkey, &hotkey, netuid, amount, min_received)
        }

        /// Takes `amount` of the position on `hotkey` and `netuid` back. When what would stay is
        /// under the dust limit, the whole position is paid out.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::remove_stake())]
        pub fn remove_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            amount: Balance,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_remove(&coldkey, &hotkey, netuid, Some(amount), min_received)
        }

        /// Takes the whole position on `hotkey` and `netuid` back, however small it is.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::remove_all_stake())]
        pub fn remove_all_stake(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            netuid: NetUid,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_remove(&coldkey, &hotkey, netuid, None, min_received)
        }

        /// Moves `amount` of a position from one hotkey to another on the same netuid. When what
        /// would stay is under the dust limit, the whole position moves. `min_received` bounds what
        /// could be redeemed after the move.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::move_stake())]
        pub fn move_stake(
            origin: OriginFor<T>,
            netuid: NetUid,
            from_hotkey: T::AccountId,
            to_hotkey: T::AccountId,
            amount: Balance,
            min_received: Balance,
        ) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_move(&coldkey, netuid, &from_hotkey, &to_hotkey, amount, min_received)
        }

        /// Sets what the hotkey keeps of its dividends, in parts per million. A lower take holds at
        /// once; a higher one after a notice, which nominators see as an event.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::set_take())]
        pub fn set_take(origin: OriginFor<T>, hotkey: T::AccountId, take: Ppm) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_set_take(&coldkey, hotkey, take)
        }

        /// Sets what root stake counts for on a subnet, in parts per million.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_root_weight())]
        pub fn set_root_weight(origin: OriginFor<T>, ppm: Ppm) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(ppm <= 1_000_000, Error::<T>::RootWeightTooHigh);
            let old = RootWeight::<T>::mutate(|weight| core::mem::replace(weight, ppm));
            Self::deposit_event(Event::RootWeightSet { old, new: ppm });
            Ok(())
        }
    }
}
