//! Benchmarks on a full list.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use frame::{benchmarking::prelude::*, traits::Get};

/// Lists `n` authorities with keys and returns the last.
fn fill<T: Config>(n: u32) -> Result<T::AccountId, BenchmarkError> {
    let mut list = BoundedVec::<T::AccountId, T::MaxAuthorities>::default();
    let mut last = account("authority", 0, 0);
    for seed in 0..n {
        last = account("authority", seed, 0);
        T::BenchmarkHelper::set_keys(&last);
        list.try_push(last.clone()).map_err(|_| BenchmarkError::Stop("list is too long"))?;
    }
    Authorities::<T>::put(list);
    Ok(last)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn add_authority() -> Result<(), BenchmarkError> {
        fill::<T>(T::MaxAuthorities::get().saturating_sub(1))?;
        let who: T::AccountId = account("new", 0, 0);
        T::BenchmarkHelper::set_keys(&who);
        let origin =
            T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, who.clone());

        assert!(Authorities::<T>::get().contains(&who));
        Ok(())
    }

    #[benchmark]
    fn remove_authority() -> Result<(), BenchmarkError> {
        let who = fill::<T>(T::MaxAuthorities::get())?;
        let origin =
            T::ManageOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, who.clone());

        assert!(!Authorities::<T>::get().contains(&who));
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
