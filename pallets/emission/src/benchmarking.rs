//! Benchmarks. What a settlement costs is measured with what settles first, in `pallet-market` and
//! `pallet-stake`; a payout with the epoch that calls it, in `pallet-consensus`.

use super::*;
use frame::{benchmarking::prelude::*, token::fungible::Inspect, traits::Hooks};

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A block in which some share counts. How many subnets there are makes no difference.
    #[benchmark]
    fn on_initialize() {
        Index::<T>::mutate(|index| index.total_shares = index.total_shares.max(7));
        let before = T::Currency::total_issuance();

        #[block]
        {
            Pallet::<T>::on_initialize(1u32.into());
        }

        assert!(T::Currency::total_issuance() > before);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
