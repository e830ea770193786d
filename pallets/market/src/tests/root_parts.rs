//! Root parts: collected, sold in lots, and paid to the unit.

use super::*;
use crate::{CurrentClaims, Dues, Event, NextClaims, MAX_CLAIMS, PAGE};
use alun_yuma::split_exact;

/// Alpha for who has root parts to give.
fn stock(amount: u64) {
    buy(&alice(), A, amount, 0).unwrap();
}

/// Polls until nothing of what waits is left.
fn sell_out() {
    for _ in 0..100_000 {
        let sale = market(A).sale;
        if sale.due == 0 && sale.next.is_zero() && sale.current.is_zero() {
            return;
        }
        poll();
    }
    panic!("it is not sold out: {:?}", market(A).sale);
}

/// What was paid since the last time, by hotkey.
fn paid() -> Vec<(AccountId, u64)> {
    let of_root = |event| match event {
        Event::RootPartPaid { hotkey, native, .. } => Some((hotkey, native)),
        _ => None,
    };
    events().into_iter().filter_map(of_root).collect()
}

#[test]
fn proceeds_should_be_divided_to_the_unit_when_a_batch_is_sold_out() {
    build_and_execute(|| {
        stock(100 * UNIT);
        let parts = [UNIT + 1, 2 * UNIT, 333_333_333];
        for (hotkey, part) in (10..).zip(parts) {
            root_part(hotkey, A, &alice(), part);
        }
        let sum = parts.iter().sum::<u64>();
        assert_eq!(market(A).sale.next.0, sum);
        let (reserve, fees) = (pool(A).native, burned());
        sell_out();
        let proceeds = reserve - pool(A).native - (burned() - fees);
        let expected = split_exact(proceeds, &parts);
        let got: Vec<_> = (10..13).map(|hotkey| rewarded(&key(hotkey))).collect();
        assert_eq!(got, expected);
        assert_eq!(got.iter().sum::<u64>(), proceeds);
        // About what they were worth, less the fee and the way down.
        let worth = u128::from(sum) * 1_210_000 / 1_000_000;
        assert!(u128::from(proceeds) > worth * 99 / 100 && u128::from(proceeds) < worth);
        assert_eq!(native(&root()) - RICH, proceeds);
    });
}

#[test]
fn claims_of_a_hotkey_should_be_one_when_it_has_several_parts() {
    build_and_execute(|| {
        stock(100 * UNIT);
        for hotkey in [12, 10, 12, 11, 10, 12] {
            root_part(hotkey, A, &alice(), 1_000);
        }
        let claims = NextClaims::<Test>::get(A).into_inner();
        let expected = [(10, 2_000), (11, 1_000), (12, 3_000)];
        assert_eq!(claims, expected.map(|(hotkey, part)| (key(hotkey), Alpha(part))));
        assert_eq!(market(A).sale.next_claims, 3);
    });
}

#[test]
fn part_should_wait_for_the_next_batch_when_one_is_being_sold() {
    build_and_execute(|| {
        stock(100 * UNIT);
        root_part(10, A, &alice(), 2 * UNIT);
        poll();
        assert!(market(A).sale.proceeds > 0);
        root_part(11, A, &alice(), 2 * UNIT);
        root_part(10, A, &alice(), 5);
        assert_eq!(NextClaims::<Test>::get(A).len(), 2);
        assert_eq!(CurrentClaims::<Test>::get(A).into_inner(), [(key(10), Alpha(2 * UNIT))]);
        check();
        events();
        sell_out();
        let order: Vec<_> = paid().into_iter().map(|(hotkey, _)| hotkey).collect();
        assert_eq!(order, [key(10), key(10), key(11)], "its first part, then the next batch");
    });
}

#[test]
fn dues_should_be_paid_page_by_page_one_in_a_block() {
    build_and_execute(|| {
        stock(100 * UNIT);
        for hotkey in 0..70 {
            root_part(1_000 + hotkey, A, &alice(), 1_000_000 + u64::from(hotkey));
        }
        // One lot sells all of it.
        poll();
        assert_eq!(market(A).sale.dues, 70);
        let due = market(A).sale.due;
        let mut pages = Vec::new();
        while market(A).sale.due > 0 {
            events();
            poll();
            pages.push(paid().len());
            check();
        }
        assert_eq!(pages, [PAGE, PAGE, 6]);
        let got: Vec<_> = (0..70).map(|hotkey| rewarded(&key(1_000 + hotkey))).collect();
        assert_eq!(got.iter().sum::<u64>(), due);
        assert!(got.iter().all(|got| *got > 0));
        assert!(!Dues::<Test>::contains_key(A) && !market(A).queued);
    });
}

#[test]
fn batch_should_wait_and_grow_when_it_would_get_nothing() {
    build_and_execute(|| {
        stock(100 * UNIT);
        // One unit of alpha is worth a unit and a fifth, which is the fee.
        root_part(10, A, &alice(), 1);
        let before = pool(A);
        for _ in 0..3 {
            poll();
        }
        assert_eq!((market(A).sale.next, pool(A)), (Alpha(1), before), "nothing is lost");
        assert!(!market(A).queued && NextClaims::<Test>::get(A).len() == 1);
        check();
        root_part(11, A, &alice(), 1_000_000);
        sell_out();
        // Both are paid by what they gave: of 1.2 million the first has one part in a million.
        assert_eq!(rewarded(&key(10)), 1);
        assert!(rewarded(&key(11)) > 1_200_000);
    });
}

#[test]
fn last_fraction_of_a_unit_should_be_the_pools_when_a_batch_has_proceeds() {
    build_and_execute(|| {
        stock(100 * UNIT);
        let lot = pool(A).alpha / 2_000;
        root_part(10, A, &alice(), lot + 1);
        poll();
        assert_eq!(market(A).sale.current, Alpha(1));
        let (before, proceeds) = (pool(A), market(A).sale.proceeds);
        poll();
        assert_eq!(market(A).sale.current, Alpha(0));
        assert_eq!((pool(A).native, pool(A).alpha), (before.native, before.alpha + 1));
        assert_eq!(market(A).sale.due, proceeds);
        sell_out();
        assert_eq!(rewarded(&key(10)), proceeds);
    });
}

#[test]
fn part_should_be_everybodys_in_the_batch_when_there_is_no_room_for_a_claim() {
    build_and_execute(|| {
        stock(100 * UNIT);
        for hotkey in 0..MAX_CLAIMS {
            root_part(1_000 + hotkey as u16, A, &alice(), 10_000);
        }
        root_part(5_000, A, &alice(), 10_000_000);
        root_part(1_000, A, &alice(), 1);
        let row = market(A);
        assert_eq!(row.sale.next_claims, MAX_CLAIMS);
        assert_eq!(row.sale.next.0, 10_000 * u64::from(MAX_CLAIMS) + 10_000_001);
        check();
        let (reserve, fees) = (pool(A).native, burned());
        sell_out();
        let proceeds = reserve - pool(A).native - (burned() - fees);
        let reached: u64 =
            (0..MAX_CLAIMS).map(|hotkey| rewarded(&key(1_000 + hotkey as u16))).sum();
        assert_eq!((reached, rewarded(&key(5_000))), (proceeds, 0), "root gets all of it");
    });
}

#[test]
fn part_should_change_nothing_when_it_is_empty_and_be_burned_when_it_has_no_market() {
    build_and_execute(|| {
        let before = market(A);
        root_part(10, A, &alice(), 0);
        assert_eq!(market(A), before);
        events();
        Market::sell_for_root(&key(10), AlphaCredit::taken(B, Alpha(5)));
        assert_eq!(events(), [Event::AlphaBurned { netuid: B, amount: Alpha(5) }]);
        assert!(!NextClaims::<Test>::contains_key(B));
    });
}
