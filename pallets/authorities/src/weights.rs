//! Dispatch weights of `pallet-authorities`.
//!
//! Estimates until `scripts/bench-weights` is run: it replaces this file by measured ones.

#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Costs of the calls of `pallet-authorities`.
pub trait WeightInfo {
    fn add_authority() -> Weight;
    fn remove_authority() -> Weight;
}

/// Costs, not measured yet.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn add_authority() -> Weight {
        Weight::from_parts(25_000_000, 5_000).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }
    fn remove_authority() -> Weight {
        Weight::from_parts(30_000_000, 8_000).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn add_authority() -> Weight {
        Weight::from_parts(25_000_000, 5_000)
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1))
    }
    fn remove_authority() -> Weight {
        Weight::from_parts(30_000_000, 8_000)
            .saturating_add(ParityDbWeight::get().reads_writes(3, 1))
    }
}
