//! Dispatch weights of `pallet-weights`.
//!
//! Estimates until `scripts/bench-weights` is run: it replaces this file by measured ones.

#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Costs of the calls of `pallet-weights`; `n` is the number of entries in the row.
pub trait WeightInfo {
    fn set_weights(n: u32) -> Weight;
    fn commit_weights() -> Weight;
    fn reveal_weights(n: u32) -> Weight;
    fn check_call(n: u32) -> Weight;
}

/// Costs, not measured yet.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn set_weights(n: u32) -> Weight {
        Weight::from_parts(60_000_000, 25_000)
            .saturating_add(Weight::from_parts(120_000, 4).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 2))
    }
    fn commit_weights() -> Weight {
        Weight::from_parts(70_000_000, 25_000)
            .saturating_add(T::DbWeight::get().reads_writes(12, 5))
    }
    fn reveal_weights(n: u32) -> Weight {
        Weight::from_parts(70_000_000, 25_000)
            .saturating_add(Weight::from_parts(140_000, 4).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 2))
    }
    fn check_call(n: u32) -> Weight {
        Weight::from_parts(45_000_000, 25_000)
            .saturating_add(Weight::from_parts(130_000, 4).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(9))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn set_weights(n: u32) -> Weight {
        Weight::from_parts(60_000_000, 25_000)
            .saturating_add(Weight::from_parts(120_000, 4).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(9, 2))
    }
    fn commit_weights() -> Weight {
        Weight::from_parts(70_000_000, 25_000)
            .saturating_add(ParityDbWeight::get().reads_writes(12, 5))
    }
    fn reveal_weights(n: u32) -> Weight {
        Weight::from_parts(70_000_000, 25_000)
            .saturating_add(Weight::from_parts(140_000, 4).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(8, 2))
    }
    fn check_call(n: u32) -> Weight {
        Weight::from_parts(45_000_000, 25_000)
            .saturating_add(Weight::from_parts(130_000, 4).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads(9))
    }
}
