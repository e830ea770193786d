//! Shares: by price, counted once a subnet is started, asked for at each settlement.

use crate::{mock::*, ByPrice, Event, Minted, SharePolicy};
use alun_market_math::share::MAX_SHARE;
use alun_primitives::{traits::Settle, NetUid, UNIT};
use frame::testing_prelude::*;

/// Blocks in which an average goes half of its way.
const HALF_LIFE: u32 = 201_600;

fn by_price(netuid: NetUid) -> u64 {
    ByPrice::<Market>::share(netuid)
}

fn buy(amount: u64) {
    let _ = hot(1);
    let origin = RuntimeOrigin::signed(rich());
    assert_ok!(Stake::add_stake(origin, hot(1), A, amount, 0));
}

#[test]
fn shares_should_count_once_started() {
    build_and_execute(|| {
        set_shares(&[(A, 5), (B, 7)]);
        assert_eq!(Emission::share(A), 5);
        assert_eq!(Emission::total_shares(), 0);
        start(A);
        assert_eq!(Emission::total_shares(), 5);
        System::assert_last_event(Event::ShareMoved { netuid: A, old: 0, new: 5 }.into());
        start(B);
        assert_eq!(Emission::total_shares(), 12);
        run(1);
        set_shares(&[(A, 1)]);
        assert_eq!(Emission::total_shares(), 8);
        System::assert_last_event(Event::ShareMoved { netuid: A, old: 5, new: 1 }.into());
    });
}

#[test]
fn subnet_should_earn_nothing_for_the_time_before_it_was_started() {
    build_and_execute(|| {
        set_shares(&[(A, 1), (B, 1)]);
        start(A);
        run(10);
        start(B);
        assert_eq!((entered_now(B), pending_now(B)), (0, 0));
        run(2);
        assert_eq!((entered_now(B), pending_now(B)), (EMISSION, 2 * EMISSION));
        assert_eq!((entered_now(A), pending_now(A)), (11 * EMISSION, 12 * EMISSION));
    });
}

#[test]
fn starting_twice_should_count_once() {
    build_and_execute(|| {
        set_shares(&[(A, 4)]);
        start(A);
        run(3);
        start(A);
        assert_eq!(Emission::total_shares(), 4);
        // What was earned is still to be settled.
        assert_eq!((entered_now(A), pending_now(A)), (3 * EMISSION, 3 * EMISSION));
    });
}

#[test]
fn largest_shares_should_not_overflow() {
    build_and_execute(|| {
        set_shares(&[(A, u64::MAX), (B, MAX_SHARE), (C, MAX_SHARE)]);
        for netuid in [A, B, C] {
            start(netuid);
        }
        assert_eq!(Emission::total_shares(), 3 * MAX_SHARE);
        run(3);
        assert!(EMISSION - entered_now(A) <= 1);
    });
}

#[test]
fn share_should_grow_with_time_when_it_goes_by_price() {
    build_and_execute(|| {
        // [A] A young market earns nothing, whatever its price.
        assert_eq!(by_price(A), 0);
        assert_eq!(by_price(NetUid(9)), 0);
        System::set_block_number(1 + HALF_LIFE);
        // Half of the price of 1, and half of the reserve of 1,000 tokens.
        assert!((1u64 << 46).abs_diff(by_price(A)) <= 1 << 20, "{}", by_price(A));
        System::set_block_number(1 + 64 * HALF_LIFE);
        assert!(MAX_SHARE - by_price(A) <= 1 << 20, "{}", by_price(A));
    });
}

#[test]
fn share_by_price_should_count_from_the_next_settlement_on() {
    build_and_execute(|| {
        Priced::set(true);
        start(A);
        run(5);
        // No share counts yet: no native token is minted, though alpha is emitted.
        assert_eq!(Minted::<Test>::get(), 0);
        Emission::settle(A);
        let first = Emission::total_shares();
        assert_eq!((first, pending(A)), (by_price(A), 5 * EMISSION));
        assert!(first > 0);
        run(5);
        assert_eq!(Minted::<Test>::get(), 5 * EMISSION);
        assert_eq!(Emission::total_shares(), first);
        Emission::settle(A);
        assert!(Emission::total_shares() > first);
        assert!(5 * EMISSION - entered(A) <= 1);
    });
}

#[test]
fn share_should_not_move_within_a_block_when_the_price_is_pumped() {
    build_and_execute(|| {
        // [A] Who buys before it lets the subnet settle gains no share by it.
        Priced::set(true);
        start(A);
        run(100);
        let expected = by_price(A);
        buy(100_000 * UNIT);
        assert!(Market::market_view(A).unwrap().price >> 64 > 1_000);
        Emission::settle(A);
        assert_eq!((Emission::total_shares(), by_price(A)), (expected, expected));
        println!(
            "a share of {expected} is the same after 100,000 tokens bought alpha in its block"
        );
    });
}
