//! Benchmarks.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alun_primitives::traits::{KeyRegistry, KeySuccession};
use frame::{benchmarking::prelude::*, deps::frame_system::RawOrigin};

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A hotkey of which `r` rows are moved.
    #[benchmark]
    fn swap_hotkey(r: Linear<16, 512>) {
        let (coldkey, old) = T::BenchmarkHelper::hotkey(r);
        let (new, proof) = T::BenchmarkHelper::agree(&coldkey);

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), old.clone(), new.clone(), proof, u32::MAX);

        assert!(T::Registry::coldkey_of(&new) == Some(coldkey));
        assert!(Pallet::<T>::successor(&old) == Some(new));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
