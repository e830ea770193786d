//! Benchmarks on a populated chain: pools with other positions and rewards on their way, and the
//! longest path of each call.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alun_primitives::{
    traits::{KeyRegistry, RewardSink},
    Balance, NetUid, Ppm, UNIT,
};
use frame::{
    benchmarking::prelude::*,
    token::fungible::{Balanced, Mutate},
};

/// What each staker of a benchmark stakes.
const STAKE: Balance = 1_000 * UNIT;

/// An account with money.
fn funded<T: Config>(name: &'static str, seed: u32) -> T::AccountId {
    let who: T::AccountId = account(name, seed, 0);
    T::Currency::set_balance(&who, STAKE.saturating_mul(100));
    who
}

/// A hotkey bound to a coldkey of its own.
fn bound<T: Config>(seed: u32) -> (T::AccountId, T::AccountId) {
    let (hotkey, coldkey) = (account("hotkey", seed, 0), funded::<T>("coldkey", seed));
    Pallet::<T>::bind_unchecked(&hotkey, &coldkey);
    (hotkey, coldkey)
}

/// A hotkey on which `nominators` stake, with a reward on its way.
fn delegate<T: Config>(
    seed: u32,
    netuid: NetUid,
    nominators: u32,
) -> Result<T::AccountId, BenchmarkError> {
    // The call is measured at block 1: rewards must not enter between here and there.
    frame_system::Pallet::<T>::set_block_number(1u32.into());
    let (hotkey, _) = bound::<T>(seed);
    for nominator in 0..nominators {
        let who = funded::<T>("nominator", nominator);
        Pallet::<T>::add_stake(RawOrigin::Signed(who).into(), hotkey.clone(), netuid, STAKE, 0)?;
    }
    if nominators > 0 {
        let reward = T::Currency::issue(UNIT);
        let _ = <Pallet<T> as RewardSink<_>>::reward_pools(&hotkey, netuid, reward, 1_000);
    }
    Ok(hotkey)
}

/// Leaves the first nominator alone in a pool, and returns it: the delegate's take goes.
fn alone<T: Config>(coldkey: T::AccountId, hotkey: &T::AccountId, netuid: NetUid) -> T::AccountId {
    let origin = RawOrigin::Signed(coldkey).into();
    // Refused where no take was paid.
    let _ = Pallet::<T>::remove_all_stake(origin, hotkey.clone(), netuid, 0);
    account("nominator", 0, 0)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn bind_hotkey() -> Result<(), BenchmarkError> {
        let coldkey = funded::<T>("coldkey", 0);
        let (hotkey, proof) = T::BenchmarkHelper::sign(&Pallet::<T>::bind_payload(&coldkey));

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), hotkey.clone(), proof);

        assert_eq!(Hotkeys::<T>::get(&hotkey), Some(coldkey));
        Ok(())
    }

    #[benchmark]
    fn add_stake() -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet();
        let hotkey = delegate::<T>(0, netuid, 8)?;
        let who = funded::<T>("staker", 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey, netuid, STAKE, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 1);
        Ok(())
    }

    /// The last position leaves: the pool is closed and its remainder goes to pending.
    #[benchmark]
    fn remove_stake() -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet();
        let hotkey = delegate::<T>(0, netuid, 1)?;
        let (_, coldkey) = bound::<T>(0);
        let who = alone::<T>(coldkey, &hotkey, netuid);
        let value = Pallet::<T>::stake_of(&who).first().map_or(0, |position| position.value);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey, netuid, value, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 0);
        Ok(())
    }

    /// As `remove_stake`.
    #[benchmark]
    fn remove_all_stake() -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet();
        let hotkey = delegate::<T>(0, netuid, 1)?;
        let (_, coldkey) = bound::<T>(0);
        let who = alone::<T>(coldkey, &hotkey, netuid);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey, netuid, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 0);
        Ok(())
    }

    /// The origin's pool is closed and the destination's is opened.
    #[benchmark]
    fn move_stake() -> Result<(), BenchmarkError> {
        let netuid = T::BenchmarkHelper::subnet();
        let from = delegate::<T>(0, netuid, 1)?;
        let (_, coldkey) = bound::<T>(0);
        let who = alone::<T>(coldkey, &from, netuid);
        let (to, _) = bound::<T>(1);
        let value = Pallet::<T>::stake_of(&who).first().map_or(0, |position| position.value);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), netuid, from.clone(), to.clone(), value, 0);

        assert_eq!(Pallet::<T>::pool_value(&from, netuid), 0);
        assert_eq!(Pallet::<T>::pool_value(&to, netuid), value);
        Ok(())
    }

    /// A raise, of a take that was set before.
    #[benchmark]
    fn set_take() -> Result<(), BenchmarkError> {
        let (hotkey, coldkey) = bound::<T>(0);
        let max: Ppm = 180_000;
        MaxTake::<T>::put(max);
        Pallet::<T>::set_take(RawOrigin::Signed(coldkey.clone()).into(), hotkey.clone(), 0)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), hotkey.clone(), max);

        assert!(Takes::<T>::get(&hotkey).is_some_and(|take| take.current <= max));
        Ok(())
    }

    #[benchmark]
    fn set_root_weight() {
        #[extrinsic_call]
        _(RawOrigin::Root, 500_000);

        assert_eq!(RootWeight::<T>::get(), 500_000);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
