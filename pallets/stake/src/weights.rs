//! Dispatch weights of `pallet-stake`.
//!
//! Estimates with room to spare; `scripts/bench-weights` replaces this file by measured ones.
//! What trades includes settling the subnet and a market of its own each.

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
    fn bind_hotkey() -> Weight {
        Weight::from_parts(120_000_000, 4_000).saturating_add(T::DbWeight::get().reads_writes(2, 1))
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
    fn set_take() -> Weight {
        Weight::from_parts(40_000_000, 8_000).saturating_add(T::DbWeight::get().reads_writes(5, 1))
    }
    fn transfer_stake() -> Weight {
        Weight::from_parts(180_000_000, 26_000)
            .saturating_add(T::DbWeight::get().reads_writes(9, 8))
    }
    fn swap_stake() -> Weight {
        Weight::from_parts(620_000_000, 110_000)
            .saturating_add(T::DbWeight::get().reads_writes(42, 30))
    }
    fn set_root_weight() -> Weight {
        Weight::from_parts(20_000_000, 2_000).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }
    fn set_children() -> Weight {
        Weight::from_parts(500_000_000, 330_000)
            .saturating_add(T::DbWeight::get().reads_writes(112, 6))
    }
    fn set_lenders() -> Weight {
        Weight::from_parts(150_000_000, 40_000)
            .saturating_add(T::DbWeight::get().reads_writes(16, 6))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn bind_hotkey() -> Weight {
        Weight::from_parts(120_000_000, 4_000)
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1))
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
        Weight::from_parts(40_000_000, 8_000)
            .saturating_add(ParityDbWeight::get().reads_writes(5, 1))
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
        Weight::from_parts(20_000_000, 2_000)
            .saturating_add(ParityDbWeight::get().reads_writes(1, 1))
    }
    fn set_children() -> Weight {
        Weight::from_parts(500_000_000, 330_000)
            .saturating_add(ParityDbWeight::get().reads_writes(112, 6))
    }
    fn set_lenders() -> Weight {
        Weight::from_parts(150_000_000, 40_000)
            .saturating_add(ParityDbWeight::get().reads_writes(16, 6))
    }
}
