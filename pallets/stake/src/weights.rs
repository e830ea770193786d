//! Dispatch weights of `pallet-stake`.
//!
//! Where no shortest run is said, estimates with room to spare; `scripts/bench-weights` replaces this
//! file by measured ones.
//! What trades includes settling the subnet and a market of its own each.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Dispatch weights of the calls of `pallet-stake`.
pub trait WeightInfo {
    fn bind_hotkey() -> Weight;
    fn add_stake() -> Weight;
    fn remove_stake() -> Weight;
    fn remove_all_stake(n: u32) -> Weight;
    fn move_stake() -> Weight;
    fn set_take() -> Weight;
    fn transfer_stake() -> Weight;
    fn swap_stake() -> Weight;
    fn set_root_weight() -> Weight;
    fn set_children() -> Weight;
    fn set_lenders() -> Weight;
}

/// Dispatch weights measured on a populated chain.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Storage: `Stake::Hotkeys` (r:1 w:1)
    /// Proof: `Stake::Hotkeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    /// Storage: `System::BlockHash` (r:1 w:0)
    /// Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    fn bind_hotkey() -> Weight {
        // Shortest run: 181_220_000 picoseconds.
        Weight::from_parts(216_900_000, 3545)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn add_stake() -> Weight {
        Weight::from_parts(320_000_000, 60_000)
            .saturating_add(T::DbWeight::get().reads_writes(24, 16))
    }
    fn remove_stake() -> Weight {
        Weight::from_parts(380_000_000, 66_000)
            .saturating_add(T::DbWeight::get().reads_writes(26, 18))
    }
    fn remove_all_stake(n: u32) -> Weight {
        Weight::from_parts(40_000_000, 4_000)
            .saturating_add(T::DbWeight::get().reads_writes(2, 1))
            .saturating_add(Weight::from_parts(380_000_000, 66_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(26, 18).saturating_mul(n.into()))
    }
    fn move_stake() -> Weight {
        Weight::from_parts(220_000_000, 34_000)
            .saturating_add(T::DbWeight::get().reads_writes(14, 12))
    }
    /// Storage: `Stake::Hotkeys` (r:1 w:0)
    /// Proof: `Stake::Hotkeys` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    /// Storage: `Stake::MaxTake` (r:1 w:0)
    /// Proof: `Stake::MaxTake` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    /// Storage: `Stake::Takes` (r:1 w:1)
    /// Proof: `Stake::Takes` (`max_values`: None, `max_size`: Some(61), added: 2536, mode: `MaxEncodedLen`)
    /// Storage: `Stake::TakeNotice` (r:1 w:0)
    /// Proof: `Stake::TakeNotice` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    /// Storage: `Clock::SlotMs` (r:1 w:0)
    /// Proof: `Clock::SlotMs` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    fn set_take() -> Weight {
        // Shortest run: 82_945_000 picoseconds.
        Weight::from_parts(87_000_000, 3545)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn transfer_stake() -> Weight {
        Weight::from_parts(180_000_000, 26_000)
            .saturating_add(T::DbWeight::get().reads_writes(9, 8))
    }
    fn swap_stake() -> Weight {
        Weight::from_parts(620_000_000, 110_000)
            .saturating_add(T::DbWeight::get().reads_writes(42, 30))
    }
    /// Storage: `Stake::RootWeight` (r:1 w:1)
    /// Proof: `Stake::RootWeight` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    fn set_root_weight() -> Weight {
        // Shortest run: 39_905_000 picoseconds.
        Weight::from_parts(42_180_000, 1489)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_children() -> Weight {
        Weight::from_parts(3_000_000_000, 1_700_000)
            .saturating_add(T::DbWeight::get().reads_writes(600, 40))
    }
    fn set_lenders() -> Weight {
        Weight::from_parts(200_000_000, 70_000)
            .saturating_add(T::DbWeight::get().reads_writes(22, 12))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn bind_hotkey() -> Weight {
        Weight::from_parts(216_900_000, 3545)
            .saturating_add(ParityDbWeight::get().reads(2_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn add_stake() -> Weight {
        Weight::from_parts(320_000_000, 60_000)
            .saturating_add(ParityDbWeight::get().reads_writes(24, 16))
    }
    fn remove_stake() -> Weight {
        Weight::from_parts(380_000_000, 66_000)
            .saturating_add(ParityDbWeight::get().reads_writes(26, 18))
    }
    fn remove_all_stake(n: u32) -> Weight {
        Weight::from_parts(40_000_000, 4_000)
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1))
            .saturating_add(Weight::from_parts(380_000_000, 66_000).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(26, 18).saturating_mul(n.into()))
    }
    fn move_stake() -> Weight {
        Weight::from_parts(220_000_000, 34_000)
            .saturating_add(ParityDbWeight::get().reads_writes(14, 12))
    }
    fn set_take() -> Weight {
        Weight::from_parts(87_000_000, 3545)
            .saturating_add(ParityDbWeight::get().reads(5_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn transfer_stake() -> Weight {
        Weight::from_parts(180_000_000, 26_000)
            .saturating_add(ParityDbWeight::get().reads_writes(9, 8))
    }
    fn swap_stake() -> Weight {
        Weight::from_parts(620_000_000, 110_000)
            .saturating_add(ParityDbWeight::get().reads_writes(42, 30))
    }
    fn set_root_weight() -> Weight {
        Weight::from_parts(42_180_000, 1489)
            .saturating_add(ParityDbWeight::get().reads(1_u64))
            .saturating_add(ParityDbWeight::get().writes(1_u64))
    }
    fn set_children() -> Weight {
        Weight::from_parts(3_000_000_000, 1_700_000)
            .saturating_add(ParityDbWeight::get().reads_writes(600, 40))
    }
    fn set_lenders() -> Weight {
        Weight::from_parts(200_000_000, 70_000)
            .saturating_add(ParityDbWeight::get().reads_writes(22, 12))
    }
}
