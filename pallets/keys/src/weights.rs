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
}
