//! Benchmarks on a populated chain: pools with other positions and rewards on their way, subnets with
//! emission to settle, and the longest path of each call.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EmissionMarket, KeyRegistry, RewardSink},
    Alpha, Balance, NetUid, Ppm, UNIT,
};
use frame::{
    benchmarking::prelude::*,
    prelude::{BlockNumberFor, BoundedVec},
    token::fungible::{InspectHold, Mutate},
};

/// What each staker of a benchmark stakes.
const STAKE: Balance = 1_000 * UNIT;

/// An account with money.
fn funded<T: Config>(name: &'static str, seed: u32) -> T::AccountId {
    let who: T::AccountId = account(name, seed, 0);
    T::Currency::set_balance(&who, STAKE.saturating_mul(100));
    who
}

/// A hotkey, which takes nothing, bound to a coldkey of its own.
fn bound<T: Config>(seed: u32) -> (T::AccountId, T::AccountId) {
    let (hotkey, coldkey) = (account("hotkey", seed, 0), funded::<T>("coldkey", seed));
    Pallet::<T>::bind_unchecked(&hotkey, &coldkey);
    Takes::<T>::insert(&hotkey, Take { current: 0, pending: None });
    (hotkey, coldkey)
}

/// The `n`-th nominator.
fn nominator<T: Config>(n: u32) -> T::AccountId {
    account("nominator", n, 0)
}

/// Stakes of the first `nominators` on a hotkey, and a reward on its way: the last to leave leaves
/// something.
fn populate<T: Config>(
    hotkey: &T::AccountId,
    netuid: NetUid,
    nominators: u32,
) -> Result<(), BenchmarkError> {
    for n in 0..nominators {
        let who = funded::<T>("nominator", n);
        Pallet::<T>::add_stake(RawOrigin::Signed(who).into(), hotkey.clone(), netuid, STAKE, 0)?;
    }
    if !netuid.is_root() {
        let reward = T::Market::inject(netuid, CreditOf::<T>::default(), Alpha(UNIT));
        let _ = <Pallet<T> as RewardSink<_>>::reward_pools(hotkey, reward, 1_000);
    }
    Ok(())
}

/// A hotkey on which `nominators` have staked.
fn delegate<T: Config>(
    seed: u32,
    netuid: NetUid,
    nominators: u32,
) -> Result<T::AccountId, BenchmarkError> {
    let (hotkey, _) = bound::<T>(seed);
    populate::<T>(&hotkey, netuid, nominators)?;
    Ok(hotkey)
}

/// Some blocks later: rewards have come in and emission is to be settled.
fn later<T: Config>() {
    let now = frame_system::Pallet::<T>::block_number();
    let blocks: BlockNumberFor<T> = 10u32.into();
    frame_system::Pallet::<T>::set_block_number(now + blocks);
}

/// What a nominator has on a hotkey and netuid.
fn value<T: Config>(who: &T::AccountId, hotkey: &T::AccountId, netuid: NetUid) -> u64 {
    Pallet::<T>::stake_of(who)
        .into_iter()
        .find(|position| position.hotkey == *hotkey && position.netuid == netuid)
        .map_or(0, |position| position.value)
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
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let hotkey = delegate::<T>(0, netuid, 8)?;
        let who = funded::<T>("staker", 0);
        later::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey, netuid, STAKE, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 1);
        Ok(())
    }

    /// The last position leaves: the pool is closed and its remainder goes to pending.
    #[benchmark]
    fn remove_stake() -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let hotkey = delegate::<T>(0, netuid, 1)?;
        later::<T>();
        let who = nominator::<T>(0);
        let all = value::<T>(&who, &hotkey, netuid);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey, netuid, all, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 0);
        Ok(())
    }

    /// As `remove_stake`, `n` times, each of another hotkey.
    #[benchmark]
    fn remove_all_stake(n: Linear<1, { MAX_POSITIONS }>) -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let mut positions = Vec::new();
        for seed in 0..n {
            positions.push((delegate::<T>(seed, netuid, 1)?, netuid));
        }
        later::<T>();
        let who = nominator::<T>(0);
        let positions = BoundedVec::truncate_from(positions);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), positions, 0);

        assert_eq!(Positions::<T>::iter_prefix(&who).count(), 0);
        Ok(())
    }

    /// The origin's pool is closed and the destination's is opened.
    #[benchmark]
    fn move_stake() -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let from = delegate::<T>(0, netuid, 1)?;
        let (to, _) = bound::<T>(1);
        later::<T>();
        let who = nominator::<T>(0);
        let all = value::<T>(&who, &from, netuid);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), netuid, from.clone(), to.clone(), all, 0);

        assert_eq!(Pallet::<T>::pool_value(&from, netuid), 0);
        assert_eq!(Pallet::<T>::pool_value(&to, netuid), all);
        Ok(())
    }

    /// A raise, of a take that was set before.
    #[benchmark]
    fn set_take() -> Result<(), BenchmarkError> {
        let (hotkey, coldkey) = bound::<T>(0);
        let max: Ppm = 180_000;
        MaxTake::<T>::put(max);

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), hotkey.clone(), max);

        assert!(Takes::<T>::get(&hotkey).is_some_and(|take| take.pending.is_some()));
        Ok(())
    }

    /// A position that another had paid for goes whole into a new row: one deposit is released, and
    /// one is held.
    #[benchmark]
    fn transfer_stake() -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let hotkey = delegate::<T>(0, netuid, 8)?;
        later::<T>();
        let (first, who, to) = (nominator::<T>(0), funded::<T>("staker", 0), nominator::<T>(99));
        let origin = RawOrigin::Signed(first.clone()).into();
        let all = value::<T>(&first, &hotkey, netuid);
        Pallet::<T>::transfer_stake(origin, who.clone(), hotkey.clone(), netuid, all, 0)?;
        let held = |who| T::Currency::balance_on_hold(&HoldReason::Position.into(), who);
        assert_eq!(held(&first), T::RowDeposit::get());
        let all = value::<T>(&who, &hotkey, netuid);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), to.clone(), hotkey.clone(), netuid, all, 0);

        assert_eq!(value::<T>(&to, &hotkey, netuid), all);
        assert_eq!((held(&first), held(&who)), (0, T::RowDeposit::get()));
        Ok(())
    }

    /// Two markets are settled and traded in; the origin's pool is closed and the destination's is
    /// opened.
    #[benchmark]
    fn swap_stake() -> Result<(), BenchmarkError> {
        let [from, to] = T::BenchmarkHelper::subnets();
        let hotkey = delegate::<T>(0, from, 1)?;
        later::<T>();
        let who = nominator::<T>(0);
        let all = value::<T>(&who, &hotkey, from);

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()), hotkey.clone(), from, to, all, 0);

        assert_eq!(value::<T>(&who, &hotkey, from), 0);
        assert!(value::<T>(&who, &hotkey, to) > 0);
        Ok(())
    }

    /// Five new children of the same coldkey, each with four lenders, and behind them as many hotkeys as
    /// are looked at for a circle; the subnet's list is full.
    #[benchmark]
    fn set_children() -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let coldkey = funded::<T>("coldkey", 0);
        let owned = |seed: u32| -> T::AccountId {
            let hotkey = account("hotkey", seed, 0);
            Pallet::<T>::bind_unchecked(&hotkey, &coldkey);
            hotkey
        };
        let part = 100_000;
        let lend = |from: u32, to: Vec<u32>| -> Result<(), BenchmarkError> {
            let children: Vec<_> = to.into_iter().map(|seed| (owned(seed), part)).collect();
            let origin = RawOrigin::Signed(coldkey.clone()).into();
            let children = BoundedVec::truncate_from(children);
            Pallet::<T>::set_children(origin, owned(from), netuid, children)?;
            Ok(())
        };
        // A tree from the children 1..=5 down, five to each until enough are reached.
        let most = u32::try_from(MAX_LOOKED_AT).unwrap_or(u32::MAX);
        let mut next = MAX_CHILDREN + 1;
        let mut parent = 1;
        while next <= most {
            let last = (next + MAX_CHILDREN - 1).min(most);
            lend(parent, (next..=last).collect())?;
            next = last + 1;
            parent += 1;
        }
        for child in 1..=MAX_CHILDREN {
            for lender in 1..MAX_LENDERS {
                lend(1_000 * child + lender, alloc::vec![child])?;
            }
        }
        let mut seed = 10_000;
        while LentOn::<T>::get(netuid).len() < usize::try_from(MAX_LENDINGS).unwrap_or(usize::MAX) {
            lend(seed, alloc::vec![20_000 + seed / MAX_LENDERS])?;
            seed += 1;
        }
        let hotkey = owned(0);
        populate::<T>(&hotkey, netuid, 1)?;
        let children: Vec<_> = (1..=MAX_CHILDREN).map(|seed| (owned(seed), part)).collect();
        let children = BoundedVec::truncate_from(children);

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), hotkey.clone(), netuid, children.clone());

        assert!(Lendings::<T>::get(&hotkey, netuid).is_some_and(|lending| lending.names(&owned(5))));
        Ok(())
    }

    /// Five lenders are struck out that have no change waiting.
    #[benchmark]
    fn set_lenders() -> Result<(), BenchmarkError> {
        let [netuid, _] = T::BenchmarkHelper::subnets();
        let (child, coldkey) = bound::<T>(0);
        for seed in 1..=MAX_LENDERS {
            let lender: T::AccountId = account("hotkey", seed, 0);
            Pallet::<T>::bind_unchecked(&lender, &coldkey);
            let children = BoundedVec::truncate_from(alloc::vec![(child.clone(), 100_000)]);
            Lendings::<T>::insert(&lender, netuid, Lending { current: children, next: None });
            LentOn::<T>::mutate(netuid, |listed| listed.try_push(lender.clone()).ok());
            Lenders::<T>::mutate(&child, netuid, |lenders| {
                let _ = lenders.try_push(Lender { hotkey: lender, accepted: true });
            });
        }

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), child.clone(), netuid, BoundedVec::default());

        let lenders = Lenders::<T>::get(&child, netuid);
        assert!(lenders.len() == 5 && lenders.iter().all(|lender| !lender.accepted));
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
