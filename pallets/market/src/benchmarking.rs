//! Benchmarks on a populated chain: a market with emission to settle, and the longest path of each
//! turn.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alun_primitives::{traits::EmissionMarket, Alpha, AlphaCredit, NetUid, UNIT};
use frame::{
    benchmarking::prelude::*,
    deps::frame_support::weights::WeightMeter,
    token::fungible::{Inspect, Mutate},
    traits::Hooks,
};

/// A market in whose batch that collects `claims` hotkeys have a part each, together less than a
/// lot.
fn collecting<T: Config>(claims: u32) -> NetUid {
    let netuid = T::BenchmarkHelper::market();
    for seed in 0..claims {
        let part = Alpha(100_000);
        Markets::<T>::mutate_extant(netuid, |market| market.issue(part));
        let credit = AlphaCredit::taken(netuid, part);
        Pallet::<T>::sell_for_root(&T::BenchmarkHelper::root_hotkey(seed), credit);
    }
    netuid
}

/// Makes a market's next trade a sale.
fn sells_next<T: Config>(netuid: NetUid) {
    Markets::<T>::mutate_extant(netuid, |market| market.bought_last = true);
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A block in which nothing waits.
    #[benchmark]
    fn idle_poll() {
        QueueEnds::<T>::put(Ends { head: 7, tail: 7 });
        let mut meter = WeightMeter::new();

        #[block]
        {
            Pallet::<T>::on_poll(1u32.into(), &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::idle_poll());
    }

    /// One entry of the queue and its market.
    #[benchmark]
    fn peek() {
        let netuid = collecting::<T>(1);
        let ends = QueueEnds::<T>::get();
        let (entry, market);

        #[block]
        {
            entry = Queue::<T>::get(ends.head);
            market = Markets::<T>::get(netuid);
            QueueEnds::<T>::mutate(|ends| ends.head = ends.head.saturating_add(1));
        }

        assert!(entry.is_some() && market.is_some());
    }

    /// `c` claims in a batch that begins and is sold out in the same turn; settling included.
    #[benchmark]
    fn own_trade(c: Linear<1, 2_048>) {
        let netuid = collecting::<T>(c);
        sells_next::<T>(netuid);

        #[block]
        {
            Pallet::<T>::turn(netuid);
        }

        assert!(Markets::<T>::get(netuid).is_some_and(|market| market.sale.dues == c));
    }

    /// `c` dues, of which the last 32 are paid; settling included.
    #[benchmark]
    fn pay_page(c: Linear<32, 2_048>) {
        let netuid = collecting::<T>(c);
        sells_next::<T>(netuid);
        Pallet::<T>::turn(netuid);
        let next = Pallet::<T>::now().saturating_add(1);
        frame_system::Pallet::<T>::set_block_number(next.into());

        #[block]
        {
            Pallet::<T>::turn(netuid);
        }

        let left = c.saturating_sub(32);
        assert!(Markets::<T>::get(netuid).is_some_and(|market| market.sale.dues == left));
    }

    #[benchmark]
    fn pay() {
        let netuid = T::BenchmarkHelper::market();
        let payer: T::AccountId = account("payer", 0, 0);
        T::Currency::set_balance(&payer, 1_000 * UNIT);
        let memo = Memo::truncate_from(alloc::vec![7; 64]);

        #[extrinsic_call]
        _(RawOrigin::Signed(payer.clone()), netuid, 100 * UNIT, Alpha(1), memo);

        assert_eq!(T::Currency::balance(&payer), 900 * UNIT);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
