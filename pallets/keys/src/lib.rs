//! # Keys
//!
//! A hotkey takes another's place: because the old one leaked, is lost, or lies on a machine that is given
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
mod hotkeys;
mod invariants;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

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
        traits::{BindingProof, Clock, KeyRegistry, NeuronRegistry},
        Millis,
    };
    use frame::prelude::*;

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

        /// Turns the interval into blocks.
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
    }
}
