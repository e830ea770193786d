//! Dispatch weights of `pallet-consensus`.
//!
//! Estimates until `scripts/bench-weights` is run: it replaces this file by measured ones.

#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Costs of the work of `pallet-consensus`.
pub trait WeightInfo {
    fn idle_poll() -> Weight;
    fn queue_subnet() -> Weight;
    fn peek() -> Weight;
    fn epoch(v: u32, n: u32) -> Weight;
    fn entries(e: u32) -> Weight;
}

/// Costs, not measured yet.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn idle_poll() -> Weight {
        Weight::from_parts(6_000_000, 135_000).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }
    fn queue_subnet() -> Weight {
        Weight::from_parts(15_000_000, 135_000)
            .saturating_add(T::DbWeight::get().reads_writes(2, 3))
    }
    fn peek() -> Weight {
        Weight::from_parts(12_000_000, 12_000).saturating_add(T::DbWeight::get().reads(4))
    }
    /// `v` validators, `n` neurons, each scored once.
    fn epoch(v: u32, n: u32) -> Weight {
        Weight::from_parts(150_000_000, 120_000)
            .saturating_add(Weight::from_parts(60_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(60_000_000, 4_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(14, 6))
            .saturating_add(T::DbWeight::get().reads(6).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().writes(2).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(10, 7).saturating_mul(v.into()))
    }
    /// `e` entries in the rows.
    fn entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(300_000, 8).saturating_mul(e.into()))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn idle_poll() -> Weight {
        Weight::from_parts(6_000_000, 135_000)
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1))
    }
    fn queue_subnet() -> Weight {
        Weight::from_parts(15_000_000, 135_000)
            .saturating_add(ParityDbWeight::get().reads_writes(2, 3))
    }
    fn peek() -> Weight {
        Weight::from_parts(12_000_000, 12_000).saturating_add(ParityDbWeight::get().reads(4))
    }
    fn epoch(v: u32, n: u32) -> Weight {
        Weight::from_parts(150_000_000, 120_000)
            .saturating_add(Weight::from_parts(60_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(60_000_000, 4_000).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(14, 6))
            .saturating_add(ParityDbWeight::get().reads(6).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().writes(2).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(10, 7).saturating_mul(v.into()))
    }
    fn entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(300_000, 8).saturating_mul(e.into()))
    }
}
