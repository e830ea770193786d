//! Shares: by price, counted once a subnet is started, asked for at each settlement.

use crate::{mock::*, ByPrice, Event, Minted, SharePolicy};
use alun_market_math::{
    price::Averages,
    share::{share, DEFAULT_FULL_RESERVE, MAX_SHARE},
};
use alun_primitives::{
    traits::{PriceOracle, Settle},
    Balance, NetUid, UNIT,
};
use frame::{
    deps::{
        frame_support::storage::{with_transaction, TransactionOutcome},
        sp_runtime::DispatchError,
    },
    testing_prelude::*,
};

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

/// The share if it went by the price and the reserve of the moment.
fn by_the_moment(netuid: NetUid) -> u64 {
    let reserve = Market::market_view(netuid).unwrap().native_reserve;
    share(Averages { price: Market::spot(netuid), reserve }, DEFAULT_FULL_RESERVE)
}

/// Blocks in an hour.
const HOUR: u32 = 600;

/// What A earns in an hour by this share, next to a market with the largest there is. Undone then.
fn hour_by(share: u64) -> Balance {
    let earned = with_transaction(|| {
        set_shares(&[(A, share), (B, MAX_SHARE)]);
        start(A);
        start(B);
        run(HOUR);
        let before = Balances::free_balance(Market::account(A));
        Emission::settle(A);
        let earned = Balances::free_balance(Market::account(A)) - before;
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(earned))
    });
    earned.unwrap()
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
        assert_eq!(by_price(A), 0);
        assert_eq!(by_price(NetUid(9)), 0);
        System::set_block_number(1 + HALF_LIFE);
        // Half of the price of 1, and half of the reserve of 1,000 tokens.
        assert!((1u64 << 46).abs_diff(by_price(A)) <= 1 << 20, "{}", by_price(A));
        System::set_block_number(1 + 64 * HALF_LIFE);
        assert!(MAX_SHARE - by_price(A) <= 1 << 20, "{}", by_price(A));
    });
}

/// \[A\] Who opens a market, at whatever price, and starts it at once.
#[test]
fn young_market_should_earn_nothing_whatever_its_price() {
    build_and_execute(|| {
        let (with, without) = (hour_by(by_price(A)), hour_by(by_the_moment(A)));
        println!(
            "[A] a market of a price of 1 in its first hour: {with} units with the rule, {without} \
             without"
        );
        assert_eq!(with, 0);
        let half = Balance::from(HOUR) * EMISSION / 2;
        assert!(without.abs_diff(half) <= 1, "{without}");
    });
}

/// \[A\] Who buys in one block, lets the subnet settle in the next, and sells there.
#[test]
fn market_should_earn_next_to_nothing_by_a_pump() {
    build_and_execute(|| {
        // Its alpha costs a hundredth, for long.
        stake(hot(1), A, 9_000 * UNIT);
        let owner = RuntimeOrigin::signed(cold(1));
        assert_ok!(Stake::remove_stake(owner, hot(1), A, 9_000 * UNIT, 0));
        System::set_block_number(1 + HALF_LIFE);
        let calm = hour_by(by_price(A));
        let before = Balances::free_balance(rich());
        buy(1_000 * UNIT);
        System::set_block_number(System::block_number() + 1);
        let (with, without) = (hour_by(by_price(A)), hour_by(by_the_moment(A)));
        let bought = value(&rich(), &hot(1), A);
        let bot = RuntimeOrigin::signed(rich());
        assert_ok!(Stake::remove_stake(bot, hot(1), A, bought, 0));
        let cost = before - Balances::free_balance(rich());
        let (with, without) = (with - calm, without - calm);
        println!(
            "[A] a pump that costs {cost} units of fees raises what a subnet earns in the next hour \
             by {with} with the rule, by {without} without"
        );
        assert!(with < cost / 1_000, "{with} for {cost}");
        assert!(without > 100 * cost, "{without} for {cost}");
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
        // Who buys before it lets the subnet settle gains no share by it.
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
