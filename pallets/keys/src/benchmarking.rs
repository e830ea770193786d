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

    #[benchmark]
    fn announce_coldkey_swap() {
        let coldkey = T::BenchmarkHelper::coldkey(1);

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), [7; 32]);

        assert!(Pallet::<T>::is_locked(&coldkey));
    }

    #[benchmark]
    fn dispute_coldkey_swap() -> Result<(), BenchmarkError> {
        let coldkey = T::BenchmarkHelper::coldkey(1);
        Pallet::<T>::announce_coldkey_swap(RawOrigin::Signed(coldkey.clone()).into(), [7; 32])?;

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()));

        assert!(Locks::<T>::get(coldkey) == Some(Lock::Disputed));
        Ok(())
    }

    #[benchmark]
    fn resolve_coldkey_dispute() {
        let coldkey = T::BenchmarkHelper::coldkey(1);
        Locks::<T>::insert(&coldkey, Lock::Disputed);

        #[extrinsic_call]
        _(RawOrigin::Root, coldkey.clone(), None);

        assert!(!Pallet::<T>::is_locked(&coldkey));
    }

    /// A coldkey of which `r` rows are moved.
    #[benchmark]
    fn execute_coldkey_swap(r: Linear<16, 512>) -> Result<(), BenchmarkError> {
        let old = T::BenchmarkHelper::coldkey(r);
        let new: T::AccountId = account("new", 0, 0);
        Locks::<T>::insert(&old, Lock::Disputed);
        Pallet::<T>::resolve_coldkey_dispute(
            RawOrigin::Root.into(),
            old.clone(),
            Some(new.clone()),
        )?;

        #[extrinsic_call]
        _(RawOrigin::Signed(new.clone()), old.clone(), new.clone(), u32::MAX);

        assert!(!Pallet::<T>::is_locked(&old));
        Ok(())
    }

    /// Accounts that are not locked, while another is.
    #[benchmark]
    fn check_lock(n: Linear<1, 100>) {
        let locked = T::BenchmarkHelper::coldkey(1);
        Locks::<T>::insert(locked, Lock::Disputed);
        let others: alloc::vec::Vec<T::AccountId> =
            (0..n).map(|seed| account("other", seed, 0)).collect();
        let mut found = false;

        #[block]
        {
            found |= others.iter().any(Pallet::<T>::is_locked);
        }

        assert!(!found);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
