//! # Keys
//!
//! A key takes another's place. Of a hotkey at once: because the old one leaked, is lost, or lies on a machine that is given
//! away. This pallet decides whether it may, and remembers it; what is stored under the old key is moved by
//! the pallets that store it ([`OnHotkeySwapped`]). It owns no money.
//!
//! ## Terms
//!
//! - **swap**: the coldkey names the old hotkey and the new one, and the new one's own word that it agrees
//!   to be a hotkey of that coldkey, as when one is bound.
//! - **line**: the hotkeys that took each other's place, one after the other. One of them, its **head**, is
//!   bound; the others are retired for good. A key belongs to one line at most, so that lines neither meet
//!   nor close.
//!
//! ## What goes along
//!
//! Uids with registration block, immunity, permit, bonds, rows, commits, score and rate limits; pools with
//! all their nominators, untouched; the take and its notice; what is lent and borrowed; the owner's place.
//! Not the endpoint: the new key announces its own.
//!
//! What was due to the old key and is not paid yet (an epoch in work, a payout that is open, root parts that
//! wait to be sold) stays written under the old key and is paid to the head of its line, found in two
//! reads however long the line is ([`KeySuccession`]). So nothing that lasts over blocks is rewritten.
//!
//! ## Rules
//!
//! - The new key is bound to nobody and was never in a line. The old key is never bound again.
//! - A line is swapped once in [`Config::SwapInterval`] at most.
//! - A swap costs what it moves: the caller says for how many rows of storage at most, and gets back the
//!   part of the fee that was not needed.
//!
//! ## Coldkeys
//!
//! A coldkey is swapped in the open and slowly, because who holds it may be a thief. It **announces** the
//! hash of the new one, and is **locked** from then on: it and its proxies may only **dispute**. After a
//! delay anybody who knows the new one **executes** the swap; what is the old one's then moves in steps of
//! as many rows as the caller pays for: owned subnets and offers at once, hotkeys, positions, and last the
//! free balance. A disputed swap stays locked until root resolves it: it is dropped, or goes on to the
//! key that root names.
//!
//! The lock is checked where a transaction enters ([`Pallet::is_locked`], the runtime's `guard`), for
//! every account in whose name a call or a call inside it is made: directly, in batches, by proxies, multisigs
//! and derived accounts.
//!
//! What it has is frozen meanwhile but for [`FEES`], or a thief could tip it away with a dispute.
//!
//! Stays with the old one: what others send to it afterwards, what is held from it (deposits that it paid
//! for positions of others come back to it), its part as an authority, its multisigs.
//!
//! ## Invariant
//!
//! - **K1**: the head of every line is bound, and no other key of it.

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
mod coldkeys;
mod hotkeys;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

pub use coldkeys::{Lock, FEES};
pub use hotkeys::{Head, LineId, SEATS_IN_A_ROW};
pub use pallet::*;
pub use weights::WeightInfo;

// For the links above.
#[allow(unused_imports)]
use alun_primitives::traits::{KeySuccession, OnHotkeySwapped};

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use alun_primitives::{
        traits::{BindingProof, Clock, KeyRegistry, NeuronRegistry, OnColdkeySwapped, Proxies},
        Balance, Digest, Millis,
    };
    use frame::{prelude::*, token::fungible};

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Signatures by which new hotkeys agree.
        type Signature: Parameter;

        /// Knows whose a hotkey is, and whether a new one agrees. Read only.
        type Registry: KeyRegistry<Self::AccountId>
            + BindingProof<Self::AccountId, Proof = Self::Signature>;

        /// Knows on which subnets a hotkey holds a uid. Read only.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// Move what they store under the old hotkey, the binding to its coldkey too.
        type OnSwapped: OnHotkeySwapped<Self::AccountId>;

        /// Move what is a coldkey's, in this order.
        type OnColdkeySwapped: OnColdkeySwapped<Self::AccountId>;

        /// Drops who may act in a coldkey's name.
        type Proxies: Proxies<Self::AccountId>;

        /// Who may act as root: that does not move with a coldkey.
        type Rules: Contains<Self::AccountId>;

        /// The native token: what is free of it moves last.
        type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
            + fungible::MutateFreeze<Self::AccountId, Id = Self::RuntimeFreezeReason>;

        /// Why tokens are frozen.
        type RuntimeFreezeReason: From<FreezeReason>;

        /// Turns interval and delay into blocks.
        type Clock: Clock;

        /// Least time between two swaps of a line, ms.
        #[pallet::constant]
        type SwapInterval: Get<Millis>;

        /// Dispatch weights of the calls.
        type WeightInfo: WeightInfo;

        /// What benchmarks need from the runtime.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId, Self::Signature>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId, Signature> {
        /// A coldkey and a hotkey of it, of which a swap moves about `rows`.
        fn hotkey(rows: u32) -> (AccountId, AccountId);
        /// A new key that agrees to be a hotkey of the coldkey.
        fn agree(coldkey: &AccountId) -> (AccountId, Signature);
        /// A coldkey with about `rows` rows that move.
        fn coldkey(rows: u32) -> AccountId;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Hotkey → its line, where it was swapped or took another's place.
    #[pallet::storage]
    pub type Lines<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, LineId>;

    /// Line → the hotkey that is bound.
    #[pallet::storage]
    pub type Heads<T: Config> = StorageMap<_, Twox64Concat, LineId, Head<T::AccountId>>;

    /// The id of the next new line.
    #[pallet::storage]
    pub type NextLine<T: Config> = StorageValue<_, LineId, ValueQuery>;

    /// Coldkeys that are being swapped, and how far that has got.
    #[pallet::storage]
    pub type Locks<T: Config> =
        CountedStorageMap<_, Blake2_128Concat, T::AccountId, Lock<T::AccountId>>;

    /// Time from the announcement of a coldkey's swap until it can be executed, ms. Written at genesis only.
    #[pallet::storage]
    pub type ColdkeyDelay<T: Config> = StorageValue<_, Millis, ValueQuery>;

    /// Why tokens are frozen.
    #[pallet::composite_enum]
    pub enum FreezeReason {
        /// The coldkey is being swapped.
        ColdkeySwap,
    }

    /// What a new chain decides.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Time from the announcement of a coldkey's swap until it can be executed, ms.
        pub coldkey_delay_ms: Millis,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            // Five days.
            Self { coldkey_delay_ms: 432_000_000, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            ColdkeyDelay::<T>::put(self.coldkey_delay_ms);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A hotkey took another's place: all that was the old one's is its own, and the old one is bound
        /// to nobody from here on.
        HotkeySwapped {
            /// Whose both are.
            coldkey: T::AccountId,
            /// The hotkey that is retired.
            old: T::AccountId,
            /// The one in its place.
            new: T::AccountId,
        },
        /// A coldkey will be swapped: it is locked until that is over.
        ColdkeySwapAnnounced {
            /// The coldkey.
            coldkey: T::AccountId,
            /// BLAKE2b-256 of the new one.
            hash: Digest,
            /// First block in which the swap can be executed.
            from: alun_primitives::BlockNumber,
        },
        /// A coldkey disputes its own swap: it stays locked until root resolves that.
        ColdkeySwapDisputed {
            /// The coldkey.
            coldkey: T::AccountId,
        },
        /// Root resolved a dispute.
        ColdkeyDisputeResolved {
            /// The coldkey.
            coldkey: T::AccountId,
            /// The one that may take its place now; none when there is no swap and the lock is gone.
            new: Option<T::AccountId>,
        },
        /// What is a coldkey's begins to move to another; its proxies are dropped.
        ColdkeySwapBegan {
            /// From whom.
            old: T::AccountId,
            /// To whom.
            new: T::AccountId,
        },
        /// Everything was moved; the old coldkey is an account like any other.
        ColdkeySwapped {
            /// From whom.
            old: T::AccountId,
            /// To whom.
            new: T::AccountId,
            /// Free native tokens that were moved last, smallest unit.
            free: Balance,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The old hotkey is bound to no coldkey, or was swapped already: name the one that is bound now.
        UnknownHotkey,
        /// Your coldkey does not own the old hotkey: sign with the coldkey that it is bound to.
        NotOwner,
        /// The new hotkey is bound to a coldkey already: use a key that was never a hotkey.
        NewKeyBound,
        /// The new hotkey was a hotkey before and was swapped: use a key that was never a hotkey.
        NewKeyRetired,
        /// The proof is not the new hotkey's signature over this chain's genesis hash and your coldkey:
        /// sign the bytes that the runtime API bind_payload gives, with the new hotkey.
        BadProof,
        /// This hotkey took another's place less than the constant swapInterval ago: wait.
        TooSoon,
        /// The swap would move more rows of storage than most_rows: say a higher number. What is not needed
        /// of the fee comes back.
        TooManyRows,
        /// A number left its type. No real chain causes this: report it.
        Overflow,
        /// This coldkey is being swapped already: it can only dispute that.
        ColdkeyLocked,
        /// No swap of this coldkey waits to be executed or disputed: announce one.
        NotAnnounced,
        /// The delay is not over: execute the swap at the block that its announcement names, or later.
        DelayNotOver,
        /// The new coldkey is not the one that was announced: name that whose hash was.
        OtherColdkey,
        /// The new coldkey is the old one, or is being swapped itself: announce another one.
        BadNewColdkey,
        /// Nobody disputes a swap of this coldkey: there is nothing to resolve.
        NotDisputed,
        /// Nothing of this coldkey is on its way to another: execute a swap first.
        NotMoving,
        /// This coldkey holds the sudo key, which does not move with it, and root could not resolve a dispute:
        /// hand the sudo key over first, with sudo.setKey.
        HoldsRoot,
        /// This swap went on in this block already: go on in the next one, with more rows.
        OneStepInABlock,
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
        /// Puts the hotkey `new` in the place of `old`, which the calling coldkey owns and which is retired
        /// thereby. `proof` is the new one's signature, as `stake.bind_hotkey` wants it. Moves `most_rows`
        /// rows of storage at most: one for each pool and mechanism, two for each uid, up to twelve for
        /// what is lent or borrowed on a subnet, one for each 16 subnets of the chain. What is not needed of
        /// the fee comes back.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::swap_hotkey(*most_rows))]
        pub fn swap_hotkey(
            origin: OriginFor<T>,
            old: T::AccountId,
            new: T::AccountId,
            proof: T::Signature,
            most_rows: u32,
        ) -> DispatchResultWithPostInfo {
            let coldkey = ensure_signed(origin)?;
            let moved = Self::do_swap_hotkey(coldkey, old, new, &proof, most_rows)?;
            Ok(Some(T::WeightInfo::swap_hotkey(moved)).into())
        }

        /// Says that the calling coldkey will be swapped for the one whose BLAKE2b-256 hash is given, and locks
        /// it: until the swap is over it and its proxies may only dispute.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::announce_coldkey_swap())]
        pub fn announce_coldkey_swap(origin: OriginFor<T>, hash: Digest) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_announce(coldkey, hash)
        }

        /// Stops the swap of the calling coldkey, which stays locked until root resolves that. For who did not
        /// announce it, or would take it back.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::dispute_coldkey_swap())]
        pub fn dispute_coldkey_swap(origin: OriginFor<T>) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            Self::do_dispute(coldkey)
        }

        /// Ends a dispute: without `new` there is no swap and no lock; with it, the swap for that coldkey can
        /// be executed at once, and not be disputed any more. By root.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::resolve_coldkey_dispute())]
        pub fn resolve_coldkey_dispute(
            origin: OriginFor<T>,
            coldkey: T::AccountId,
            new: Option<T::AccountId>,
        ) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_resolve(coldkey, new)
        }

        /// Begins to move what is `old`'s to `new`, when the delay is over. Anybody may who knows `new` and is not locked. Moves
        /// `most_rows` rows of storage at most; one for each four subnets of the chain must be among them.
        /// What is not needed of the fee comes back.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::execute_coldkey_swap(*most_rows))]
        pub fn execute_coldkey_swap(
            origin: OriginFor<T>,
            old: T::AccountId,
            new: T::AccountId,
            most_rows: u32,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let moved = Self::do_execute(old, new, most_rows)?;
            Ok(Some(T::WeightInfo::execute_coldkey_swap(moved)).into())
        }

        /// Goes on with a swap of which not everything was moved yet, once in a block, by 512 rows at most.
        /// Anybody may who is not locked.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::execute_coldkey_swap(*most_rows))]
        pub fn continue_coldkey_swap(
            origin: OriginFor<T>,
            old: T::AccountId,
            most_rows: u32,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let moved = Self::do_continue(old, most_rows)?;
            Ok(Some(T::WeightInfo::execute_coldkey_swap(moved)).into())
        }
    }
}
