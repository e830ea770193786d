//! # Clock
//!
//! Holds the one number that every duration of the chain hangs on: the slot duration, in
//! milliseconds, written at genesis and never changed after. One runtime blob therefore serves a
//! localnet of 1 s and a network of 6 s.
//!
//! ## Terms
//!
//! - **slot**: the time in which one authority may make one block.
//! - **duration**: an amount of time in milliseconds; [`Pallet::to_blocks`](Clock::to_blocks) turns
//!   it into blocks, rounded up.
//!
//! ## What the runtime takes from here
//!
//! | item | is | used as |
//! |---|---|---|
//! | [`SlotDuration`] | the slot, in ms | `pallet_aura::Config::SlotDuration` |
//! | [`MinimumPeriod`] | half the slot, in ms | `pallet_timestamp::Config::MinimumPeriod` |
//! | [`SlotThird`] | block limits: a third of the slot of execution time | `frame_system::Config::BlockWeights` |
//! | [`Blocks`] | a fixed duration in blocks | `Get<u32>` of any pallet |
//! | [`Pallet`] as [`Clock`] | conversion on demand | our own pallets |
//!
//! All of them cost one storage read, which the block's overlay answers after the first.
//!
//! ## Invariants
//!
//! - **T1**: the slot duration lies in [`MIN_SLOT_MS`]..=[`MAX_SLOT_MS`].

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

#[cfg(test)]
mod tests;

pub use alun_primitives::traits::Clock;
pub use pallet::*;

use core::marker::PhantomData;
use frame::{
    deps::{
        frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight},
        frame_system::limits::BlockWeights,
        sp_runtime::Perbill,
    },
    traits::Get,
};

/// The shortest slot: under it a third of the slot hardly holds a block's fixed work.
pub const MIN_SLOT_MS: u64 = 200;

/// The longest slot: one minute.
pub const MAX_SLOT_MS: u64 = 60_000;

/// The slot duration where genesis says nothing: that of the network.
pub const DEFAULT_SLOT_MS: u64 = 6_000;

/// The share of a block that ordinary transactions may fill; the rest is kept for operational ones.
pub const NORMAL_RATIO: Perbill = Perbill::from_percent(75);

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use frame::prelude::*;

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The value of [`SlotMs`] where genesis wrote none.
    #[pallet::type_value]
    pub fn DefaultSlotMs() -> u64 {
        DEFAULT_SLOT_MS
    }

    /// Slot duration in milliseconds. Written at genesis only.
    #[pallet::storage]
    pub type SlotMs<T: Config> = StorageValue<_, u64, ValueQuery, DefaultSlotMs>;

    /// The slot duration of a new chain.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Slot duration in milliseconds, from [`MIN_SLOT_MS`] to [`MAX_SLOT_MS`].
        pub slot_ms: u64,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { slot_ms: DEFAULT_SLOT_MS, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
            assert!(
                (MIN_SLOT_MS..=MAX_SLOT_MS).contains(&self.slot_ms),
                "clock.slotMs is {}; it must lie between {MIN_SLOT_MS} and {MAX_SLOT_MS} (ms)",
                self.slot_ms,
            );
            SlotMs::<T>::put(self.slot_ms);
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks T1. Called by `try_state`, a runtime API and after every test.
        pub fn check_invariants() -> Result<(), &'static str> {
            ensure!(
                (MIN_SLOT_MS..=MAX_SLOT_MS).contains(&SlotMs::<T>::get()),
                "T1: the slot duration is out of bounds"
            );
            Ok(())
        }
    }
}

impl<T: Config> Clock for Pallet<T> {
    fn slot_ms() -> u64 {
        // Never zero, so that nothing that divides by it has to care.
        SlotMs::<T>::get().max(1)
    }
}

/// The slot duration in milliseconds.
pub struct SlotDuration<T>(PhantomData<T>);

impl<T: Config> Get<u64> for SlotDuration<T> {
    fn get() -> u64 {
        Pallet::<T>::slot_ms()
    }
}

/// Half the slot duration in milliseconds: the least time between two blocks' timestamps.
pub struct MinimumPeriod<T>(PhantomData<T>);

impl<T: Config> Get<u64> for MinimumPeriod<T> {
    fn get() -> u64 {
        Pallet::<T>::slot_ms() / 2
    }
}

/// Block limits: a third of the slot of execution time, three quarters of it for ordinary
/// transactions. Proof size is not limited: the chain has no parent that would check proofs.
pub struct SlotThird<T>(PhantomData<T>);

impl<T: Config> Get<BlockWeights> for SlotThird<T> {
    fn get() -> BlockWeights {
        // Clamped as at genesis, because limits that hold no block at all cannot be constructed.
        let slot_ms = Pallet::<T>::slot_ms().clamp(MIN_SLOT_MS, MAX_SLOT_MS);
        // Does not overflow: at most 60,000 * 10^9.
        let ref_time = slot_ms.saturating_mul(WEIGHT_REF_TIME_PER_MILLIS) / 3;
        BlockWeights::with_sensible_defaults(Weight::from_parts(ref_time, u64::MAX), NORMAL_RATIO)
    }
}

/// A fixed duration of `MS` milliseconds, in blocks.
pub struct Blocks<T, const MS: u64>(PhantomData<T>);

impl<T: Config, const MS: u64> Get<u32> for Blocks<T, MS> {
    fn get() -> u32 {
        Pallet::<T>::to_blocks(MS)
    }
}
