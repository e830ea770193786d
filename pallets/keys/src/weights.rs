//! Dispatch weights of `pallet-keys`.
//!
//! Where no shortest run is said, estimates with room to spare; `scripts/bench-weights` replaces this
//! file by measured ones.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens, unused_imports, missing_docs)]

use frame::weights_prelude::*;

/// Dispatch weights of the calls of `pallet-keys`.
pub trait WeightInfo {
    fn swap_hotkey(r: u32) -> Weight;
    fn announce_coldkey_swap() -> Weight;
    fn dispute_coldkey_swap() -> Weight;
    fn resolve_coldkey_dispute() -> Weight;
    fn execute_coldkey_swap(r: u32) -> Weight;
    fn check_lock(n: u32) -> Weight;
}

/// Dispatch weights estimated.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// A signature; each row with what it names.
    fn swap_hotkey(r: u32) -> Weight {
        Weight::from_parts(300_000_000, 12_000)
            .saturating_add(Weight::from_parts(30_000_000, 16_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(6_u64))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
    }
    fn announce_coldkey_swap() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn dispute_coldkey_swap() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn resolve_coldkey_dispute() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// Up to 32 proxies and the free balance; each row with what it names.
    fn execute_coldkey_swap(r: u32) -> Weight {
        Weight::from_parts(400_000_000, 20_000)
            .saturating_add(Weight::from_parts(40_000_000, 16_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(r.into())))
            .saturating_add(T::DbWeight::get().writes(8_u64))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(r.into())))
    }
    /// Calls inside one another, each in somebody's name.
    fn check_lock(n: u32) -> Weight {
        Weight::from_parts(2_000_000, 4_000)
            .saturating_add(Weight::from_parts(3_000_000, 2_600).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().reads(n.into()))
    }
}

/// For tests: the same with the costs of ParityDB.
impl WeightInfo for () {
    fn swap_hotkey(r: u32) -> Weight {
        Weight::from_parts(300_000_000, 12_000)
            .saturating_add(Weight::from_parts(30_000_000, 16_000).saturating_mul(r.into()))
            .saturating_add(ParityDbWeight::get().reads(8_u64))
            .saturating_add(ParityDbWeight::get().reads((3_u64).saturating_mul(r.into())))
            .saturating_add(ParityDbWeight::get().writes(6_u64))
            .saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
    }
    fn announce_coldkey_swap() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn dispute_coldkey_swap() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    fn resolve_coldkey_dispute() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(ParityDbWeight::get().reads(3_u64))
            .saturating_add(ParityDbWeight::get().writes(2_u64))
    }
    /// Up to 32 proxies and the free balance; each row with what it names.
    fn execute_coldkey_swap(r: u32) -> Weight {
        Weight::from_parts(400_000_000, 20_000)
            .saturating_add(Weight::from_parts(40_000_000, 16_000).saturating_mul(r.into()))
            .saturating_add(ParityDbWeight::get().reads(10_u64))
            .saturating_add(ParityDbWeight::get().reads((4_u64).saturating_mul(r.into())))
            .saturating_add(ParityDbWeight::get().writes(8_u64))
            .saturating_add(ParityDbWeight::get().writes((3_u64).saturating_mul(r.into())))
    }
    /// Calls inside one another, each in somebody's name.
    fn check_lock(n: u32) -> Weight {
        Weight::from_parts(2_000_000, 4_000)
            .saturating_add(Weight::from_parts(3_000_000, 2_600).saturating_mul(n.into()))
            .saturating_add(ParityDbWeight::get().reads(1_u64))
            .saturating_add(ParityDbWeight::get().reads(n.into()))
    }
}
