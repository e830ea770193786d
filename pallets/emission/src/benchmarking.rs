//! Benchmarks on a populated chain. What a payout costs is measured with the epoch that calls it, in
//! `pallet-consensus`.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alloc::vec::Vec;
use alun_primitives::NetUid;
use frame::{benchmarking::prelude::*, token::fungible::Inspect, traits::Hooks};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn on_initialize() -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet(0);
        let shares = vec_of(&[(netuid, 1)])?;
        Pallet::<T>::set_shares(RawOrigin::Root.into(), shares)?;
        <Pallet<T> as alun_primitives::traits::OnSubnet>::on_started(netuid, 0, 1);
        let before = T::Currency::total_issuance();

        #[block]
        {
            Pallet::<T>::on_initialize(1u32.into());
        }

        assert!(T::Currency::total_issuance() > before);
        Ok(())
    }

    #[benchmark]
    fn set_shares(n: Linear<1, 256>) -> Result<(), BenchmarkError> {
        let list: Vec<_> =
            (0..n).map(|seed| (T::BenchmarkHelper::subnet(seed), u64::from(seed))).collect();
        let shares = vec_of(&list)?;

        #[extrinsic_call]
        _(RawOrigin::Root, shares);

        for (netuid, share) in list {
            assert_eq!(Shares::<T>::get(netuid), share);
        }
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

/// A list of shares as the call takes it.
fn vec_of(
    list: &[(NetUid, u64)],
) -> Result<BoundedVec<(NetUid, u64), ConstU32<1024>>, BenchmarkError> {
    BoundedVec::try_from(list.to_vec()).map_err(|_| BenchmarkError::Stop("too many shares"))
}
