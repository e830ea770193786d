//! The chain's own trades: small lots, one subnet after the other, by metered weight.

use super::*;
use crate::{
    weights::WeightInfo, Ends, Event, Markets, Queue, QueueEnds, Side, Trader, MAX_CLAIMS,
};

/// Lets native tokens wait to buy on a subnet, as the excess of its emission.
fn let_wait(netuid: NetUid, amount: u64) {
    RootTotal::set(0);
    let native = withdraw(&alice(), amount);
    let none = Market::inject(netuid, native, Alpha(0));
    assert_eq!(none.peek(), Alpha::ZERO);
}

/// What was traded for the chain since the last time: netuid, side, native, alpha.
fn traded() -> Vec<(u16, Side, u64, u64)> {
    let own = |event| match event {
        Event::Traded { netuid, trader, side, native, alpha, .. } => {
            assert!(matches!(trader, Trader::Buyback | Trader::RootSale));
            Some((netuid.0, side, native, alpha.0))
        }
        _ => None,
    };
    events().into_iter().filter_map(own).collect()
}

#[test]
fn buyback_should_buy_and_burn_one_lot_in_each_block() {
    build_and_execute(|| {
        let_wait(A, 3 * UNIT);
        for _ in 0..5 {
            let before = market(A);
            events();
            poll();
            let after = market(A);
            let lot = before.pool.native / 2_000;
            assert_eq!(before.buyback - after.buyback, lot);
            let [(1, Side::Buy, native, alpha)] = traded()[..] else { panic!("one purchase") };
            assert_eq!(native, lot);
            assert_eq!(before.issuance.0 - after.issuance.0, alpha, "burned");
            check();
        }
        // The last lot is what is left, and the queue is empty.
        for _ in 0..2 {
            poll();
        }
        assert_eq!((market(A).buyback, market(A).queued), (0, false));
        assert_eq!(Queue::<Test>::iter().count(), 0);
        events();
        poll();
        assert_eq!(traded(), []);
    });
}

#[test]
fn lot_should_move_the_price_by_no_more_than_two_fees() {
    build_and_execute(|| {
        let_wait(A, 1_000_000 * UNIT / 2);
        for _ in 0..200 {
            let before = Market::spot(A);
            poll();
            let after = Market::spot(A);
            assert!(after > before && after - before <= before * 1_001 / 1_000_000);
        }
    });
}

#[test]
fn lot_of_a_sale_should_not_grow_when_alpha_was_dumped_just_before() {
    build_and_execute(|| {
        let stock = buy(&bot(), A, 1_000 * UNIT, 0).unwrap();
        buy(&alice(), A, 100 * UNIT, 0).unwrap();
        let amount = alpha(&alice(), A);
        root_part(9, A, &alice(), amount);
        events();
        poll();
        let [(1, Side::Sell, _, calm)] = traded()[..] else { panic!("one sale") };
        let before = pool(A).alpha;
        assert_eq!(calm, (before - calm) / 2_000);
        // The reserve doubles; the lots follow by 0.05 % in a block.
        sell(&bot(), A, stock, 0).unwrap();
        assert!(pool(A).alpha > 2 * before);
        events();
        for block in 1..=50 {
            poll();
            let [(1, Side::Sell, _, lot)] = traded()[..] else { panic!("one sale") };
            let most = calm as f64 * 1.0005f64.powi(block + 1);
            assert!(lot > calm && (lot as f64) < most, "block {block}: {lot}");
        }
        // A reserve that falls is followed at once.
        buy(&bot(), A, 10_000 * UNIT, 0).unwrap();
        events();
        let reserve = pool(A).alpha;
        poll();
        assert_eq!(traded()[0].3, reserve / 2_000);
    });
}

#[test]
fn emission_should_be_settled_before_the_lot_is_traded() {
    build_and_execute(|| {
        Earns::set(UNIT);
        Emits::set(UNIT);
        let_wait(A, UNIT);
        skip(9);
        poll();
        assert_eq!(market(A).issuance.0 + lots_burned(), 1_000 * UNIT + 10 * UNIT);
        assert_eq!(alpha(&participants(), A), 10 * UNIT);
    });
}

/// Alpha that the events say was burned.
fn lots_burned() -> u64 {
    let amount = |event| match event {
        Event::AlphaBurned { amount, .. } => amount.0,
        _ => 0,
    };
    events().into_iter().map(amount).sum()
}

#[test]
fn purchases_and_sales_should_take_turns_when_both_wait() {
    build_and_execute(|| {
        buy(&alice(), A, 100 * UNIT, 0).unwrap();
        let_wait(A, 10 * UNIT);
        root_part(9, A, &alice(), 10 * UNIT);
        events();
        for _ in 0..6 {
            poll();
        }
        let sides: Vec<_> = traded().into_iter().map(|trade| trade.1).collect();
        assert_eq!(sides, [Side::Buy, Side::Sell, Side::Buy, Side::Sell, Side::Buy, Side::Sell]);
    });
}

#[test]
fn turns_should_go_round_when_a_block_has_room_for_few() {
    build_and_execute(|| {
        let netuids: Vec<_> = (1..=12).collect();
        for netuid in &netuids {
            if *netuid > 1 {
                open(NetUid(*netuid), LOCK);
            }
            let_wait(NetUid(*netuid), 2 * UNIT);
        }
        let turn = <()>::peek().saturating_add(<()>::own_trade(0));
        // Three and a half turns.
        let room = <()>::idle_poll().saturating_add(turn.saturating_mul(7).saturating_div(2));
        events();
        for round in 0..8 {
            let spent = poll_within(room);
            assert!(spent.all_lte(room));
            let served: Vec<_> = traded().into_iter().map(|trade| trade.0).collect();
            assert_eq!(served, netuids[round % 4 * 3..][..3], "round {round}");
            check();
        }
        // With all the room each has its turn once, and not twice.
        poll();
        let mut served: Vec<_> = traded().into_iter().map(|trade| trade.0).collect();
        served.sort_unstable();
        assert_eq!(served, netuids);
    });
}

#[test]
fn queue_should_stay_within_its_share_of_the_block_whatever_waits() {
    build_and_execute(|| {
        for netuid in 1..=300 {
            if netuid > 1 {
                open(NetUid(netuid), LOCK);
            }
            let_wait(NetUid(netuid), 20 * UNIT);
        }
        // A block of which an eighth holds a hundred of them.
        let turn = <()>::peek().saturating_add(<()>::own_trade(0));
        let eighth = max_block().saturating_div(8);
        for percent in [0, 1, 3, 9, 50, 100] {
            let room = max_block().saturating_mul(percent).saturating_div(100);
            events();
            let spent = poll_within(room);
            assert!(spent.all_lte(room) && spent.all_lte(eighth), "{percent} %");
            let turns = traded().len() as u64;
            let budget = room.min(eighth);
            assert!(turn.saturating_mul(turns).all_lte(budget));
            // And it uses what it has, where it is short of it.
            let next = turn.saturating_mul(turns + 1).saturating_add(<()>::idle_poll());
            assert!(turns == 300 || next.any_gt(budget), "{turns} turns in {percent} %");
        }
    });
}

#[test]
fn turn_should_fit_into_the_share_of_a_block_of_a_second_when_a_batch_is_full() {
    // A third of the slot is the block's, an eighth of that the queue's.
    let share = 1_000 * 1_000_000_000 / 3 / crate::QUEUE_SHARE;
    let turn = |weight: Weight| {
        <()>::idle_poll().saturating_add(<()>::peek()).saturating_add(weight).ref_time()
    };
    assert!(turn(<()>::own_trade(MAX_CLAIMS)) <= share);
    assert!(turn(<()>::pay_page(MAX_CLAIMS)) <= share);
}

#[test]
fn block_should_cost_one_read_when_nothing_waits() {
    build_and_execute(|| {
        for netuid in 2..100 {
            open(NetUid(netuid), LOCK);
        }
        assert_eq!(poll_within(max_block()), <()>::idle_poll());
    });
}

#[test]
fn market_should_leave_the_queue_until_more_comes_when_too_little_waits() {
    build_and_execute(|| {
        // At a price above 2 one unit buys nothing.
        buy(&alice(), A, 500 * UNIT, 0).unwrap();
        let_wait(A, 1);
        assert!(market(A).queued);
        let before = pool(A);
        poll();
        assert_eq!((market(A).queued, market(A).buyback, pool(A)), (false, 1, before));
        assert_eq!(QueueEnds::<Test>::get(), Ends { head: 1, tail: 1 });
        check();
        let_wait(A, UNIT / 10);
        poll();
        assert_eq!((market(A).queued, market(A).buyback), (false, 0));
    });
}

#[test]
fn market_should_stand_in_the_queue_once_when_work_comes_twice() {
    build_and_execute(|| {
        let_wait(A, UNIT);
        let_wait(A, UNIT);
        buy(&alice(), A, 10 * UNIT, 0).unwrap();
        root_part(9, A, &alice(), UNIT);
        assert_eq!(Queue::<Test>::iter().collect::<Vec<_>>(), [(0, A)]);
        assert_eq!(Markets::<Test>::iter().filter(|(_, row)| row.queued).count(), 1);
    });
}
