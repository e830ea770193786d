//! Dispatch weights of `pallet-market`.
//!
//! Estimates with room to spare; `scripts/bench-weights` replaces this file by measured ones.

#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Dispatch weights of `pallet-market`.
pub trait WeightInfo {
    fn idle_poll() -> Weight;
    fn peek() -> Weight;
    fn own_trade(c: u32) -> Weight;
    fn pay_page(c: u32) -> Weight;
    fn pay() -> Weight;
}

/// Dispatch weights measured on a populated chain.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// A block in which nothing waits.
    fn idle_poll() -> Weight {
        Weight::from_parts(4_000_000, 2_000).saturating_add(T::DbWeight::get().reads_writes(1, 0))
    }
    /// One entry of the queue and its market.
    fn peek() -> Weight {
        Weight::from_parts(12_000_000, 6_000).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }
    /// `c` claims in a batch that begins and is sold out in the same turn; settling included.
    fn own_trade(c: u32) -> Weight {
        Weight::from_parts(160_000_000, 30_000)
            .saturating_add(Weight::from_parts(1_200_000, 200).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(20, 14))
    }
    /// `c` dues, of which the last 32 are paid; settling included.
    fn pay_page(c: u32) -> Weight {
        Weight::from_parts(400_000_000, 180_000)
            .saturating_add(Weight::from_parts(300_000, 100).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(110, 74))
    }
    fn pay() -> Weight {
        Weight::from_parts(150_000_000, 24_000)
            .saturating_add(T::DbWeight::get().reads_writes(16, 10))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    /// A block in which nothing waits.
    fn idle_poll() -> Weight {
        Weight::from_parts(4_000_000, 2_000)
            .saturating_add(ParityDbWeight::get().reads_writes(1, 0))
    }
    /// One entry of the queue and its market.
    fn peek() -> Weight {
        Weight::from_parts(12_000_000, 6_000)
            .saturating_add(ParityDbWeight::get().reads_writes(3, 1))
    }
    /// `c` claims in a batch that begins and is sold out in the same turn; settling included.
    fn own_trade(c: u32) -> Weight {
        Weight::from_parts(160_000_000, 30_000)
            .saturating_add(Weight::from_parts(1_200_000, 200).saturating_mul(c.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(20, 14))
    }
    /// `c` dues, of which the last 32 are paid; settling included.
    fn pay_page(c: u32) -> Weight {
        Weight::from_parts(400_000_000, 180_000)
            .saturating_add(Weight::from_parts(300_000, 100).saturating_mul(c.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(110, 74))
    }
    fn pay() -> Weight {
        Weight::from_parts(150_000_000, 24_000)
            .saturating_add(ParityDbWeight::get().reads_writes(16, 10))
    }
}
