//! Benchmarks on a populated chain: every neuron both earns incentive and dividends, and has stake
//! in its pools on the subnet and on root.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EpochPayout, EpochShare, PendingEmission, RewardSink},
    MechanismId, NetUid, Uid, UNIT,
};
use frame::{
    benchmarking::prelude::*,
    token::fungible::{Balanced, Inspect, Mutate},
    traits::Hooks,
};

/// A neuron with stake on the subnet and on root.
fn neuron<T: Config>(netuid: NetUid, uid: u32) -> EpochShare<T::AccountId> {
    let hotkey: T::AccountId = account("hotkey", uid, 0);
    let coldkey: T::AccountId = account("coldkey", uid, 0);
    T::Currency::set_balance(&coldkey, UNIT);
    T::BenchmarkHelper::bind(&hotkey, &coldkey);
    for pool in [NetUid::ROOT, netuid] {
        let _ = T::Rewards::reward_position(&hotkey, pool, T::Currency::issue(1_000 * UNIT));
    }
    EpochShare {
        uid: Uid(u16::try_from(uid).unwrap_or(u16::MAX)),
        hotkey,
        incentive: u64::from(uid).saturating_add(1),
        dividends: u64::from(uid).saturating_add(7),
        active_stake: 1_000 * UNIT,
    }
}

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

    /// A payout among `n` neurons: called by consensus, which accounts for it.
    #[benchmark]
    fn pay(n: Linear<1, 256>) -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet(0);
        let shares: Vec<_> = (0..n).map(|uid| neuron::<T>(netuid, uid)).collect();
        Pallet::<T>::add_pending(netuid, T::Currency::issue(1_000 * UNIT));
        let paid;

        #[block]
        {
            paid = Pallet::<T>::pay(netuid, MechanismId::FIRST, 1, 720, &shares);
        }

        assert!(paid.iter().all(|amount| *amount > 0));
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
