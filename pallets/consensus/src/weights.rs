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
    fn clear(v: u32) -> Weight;
    fn expire(c: u32) -> Weight;
    fn expire_entries(e: u32) -> Weight;
    fn freeze(v: u32, n: u32) -> Weight;
    fn freeze_entries(e: u32) -> Weight;
    fn compute(v: u32, n: u32) -> Weight;
    fn compute_entries(e: u32) -> Weight;
    fn compute_classic(v: u32, n: u32) -> Weight;
    fn compute_classic_entries(e: u32) -> Weight;
    fn compute_liquid_alpha(v: u32, n: u32) -> Weight;
    fn compute_liquid_alpha_entries(e: u32) -> Weight;
    fn pay(p: u32) -> Weight;
    fn finish(n: u32) -> Weight;
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
        Weight::from_parts(14_000_000, 270_000).saturating_add(T::DbWeight::get().reads(9))
    }
    /// `v` scorers.
    fn clear(v: u32) -> Weight {
        Weight::from_parts(20_000_000, 6_000)
            .saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(v.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 2))
            .saturating_add(T::DbWeight::get().writes(2).saturating_mul(v.into()))
    }
    /// `c` commits.
    fn expire(c: u32) -> Weight {
        Weight::from_parts(40_000_000, 140_000)
            .saturating_add(Weight::from_parts(20_000_000, 24_000).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(4, 3))
            .saturating_add(T::DbWeight::get().reads_writes(3, 2).saturating_mul(c.into()))
    }
    /// `e` entries in the rows that go with them.
    fn expire_entries(e: u32) -> Weight {
        Weight::from_parts(9_000_000_000, 0)
            .saturating_add(Weight::from_parts(15_000, 0).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once.
    fn freeze(v: u32, n: u32) -> Weight {
        Weight::from_parts(150_000_000, 120_000)
            .saturating_add(Weight::from_parts(20_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 4_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(14, 6))
            .saturating_add(T::DbWeight::get().reads(5).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows.
    fn freeze_entries(e: u32) -> Weight {
        Weight::from_parts(10_000_000_000, 0)
            .saturating_add(Weight::from_parts(25_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; stake-free.
    fn compute(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(18, 12))
            .saturating_add(T::DbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; stake-free.
    fn compute_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(150_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; Classic.
    fn compute_classic(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(18, 12))
            .saturating_add(T::DbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; Classic.
    fn compute_classic_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(205_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; liquid alpha.
    fn compute_liquid_alpha(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(18, 12))
            .saturating_add(T::DbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; liquid alpha.
    fn compute_liquid_alpha_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(195_000, 8).saturating_mul(e.into()))
    }
    /// `p` neurons.
    fn pay(p: u32) -> Weight {
        Weight::from_parts(60_000_000, 12_000)
            .saturating_add(Weight::from_parts(90_000_000, 18_000).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads_writes(9, 6))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4).saturating_mul(p.into()))
    }
    /// `n` neurons.
    fn finish(n: u32) -> Weight {
        Weight::from_parts(100_000_000, 140_000)
            .saturating_add(Weight::from_parts(3_000_000, 200).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(14, 9))
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
        Weight::from_parts(14_000_000, 270_000).saturating_add(ParityDbWeight::get().reads(9))
    }
    /// `v` scorers.
    fn clear(v: u32) -> Weight {
        Weight::from_parts(20_000_000, 6_000)
            .saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(v.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(2, 2))
            .saturating_add(ParityDbWeight::get().writes(2).saturating_mul(v.into()))
    }
    /// `c` commits.
    fn expire(c: u32) -> Weight {
        Weight::from_parts(40_000_000, 140_000)
            .saturating_add(Weight::from_parts(20_000_000, 24_000).saturating_mul(c.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(4, 3))
            .saturating_add(ParityDbWeight::get().reads_writes(3, 2).saturating_mul(c.into()))
    }
    /// `e` entries in the rows that go with them.
    fn expire_entries(e: u32) -> Weight {
        Weight::from_parts(9_000_000_000, 0)
            .saturating_add(Weight::from_parts(15_000, 0).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once.
    fn freeze(v: u32, n: u32) -> Weight {
        Weight::from_parts(150_000_000, 120_000)
            .saturating_add(Weight::from_parts(20_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 4_000).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(14, 6))
            .saturating_add(ParityDbWeight::get().reads(5).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows.
    fn freeze_entries(e: u32) -> Weight {
        Weight::from_parts(10_000_000_000, 0)
            .saturating_add(Weight::from_parts(25_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; stake-free.
    fn compute(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(18, 12))
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; stake-free.
    fn compute_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(150_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; Classic.
    fn compute_classic(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(18, 12))
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; Classic.
    fn compute_classic_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(205_000, 8).saturating_mul(e.into()))
    }
    /// `v` validators, `n` neurons, each scored once; liquid alpha.
    fn compute_liquid_alpha(v: u32, n: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(40_000_000, 20_000).saturating_mul(v.into()))
            .saturating_add(Weight::from_parts(12_000_000, 200).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(18, 12))
            .saturating_add(ParityDbWeight::get().reads_writes(2, 1).saturating_mul(v.into()))
    }
    /// `e` entries in the rows, and as many in the bonds; liquid alpha.
    fn compute_liquid_alpha_entries(e: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 0)
            .saturating_add(Weight::from_parts(195_000, 8).saturating_mul(e.into()))
    }
    /// `p` neurons.
    fn pay(p: u32) -> Weight {
        Weight::from_parts(60_000_000, 12_000)
            .saturating_add(Weight::from_parts(90_000_000, 18_000).saturating_mul(p.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(9, 6))
            .saturating_add(ParityDbWeight::get().reads_writes(8, 4).saturating_mul(p.into()))
    }
    /// `n` neurons.
    fn finish(n: u32) -> Weight {
        Weight::from_parts(100_000_000, 140_000)
            .saturating_add(Weight::from_parts(3_000_000, 200).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads_writes(14, 9))
    }
}
