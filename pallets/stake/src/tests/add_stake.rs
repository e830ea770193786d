//! `add_stake`.

use crate::{mock::*, pool::VIRTUAL_POINTS, DustLimit, Error, Event, Pools, Positions};
use alun_primitives::{NetUid, TradeError, UNIT};
use frame::testing_prelude::*;

fn add(netuid: NetUid, amount: u64, min_received: u64) -> DispatchResult {
    Stake::add_stake(signed(dave()), bob(), netuid, amount, min_received)
}

#[test]
fn stake_should_buy_alpha_when_added_on_a_subnet() {
    build_and_execute(|| {
        let trade = Stake::quote_add(&bob(), SUBNET, 100 * UNIT).unwrap().bought.unwrap();
        let bought = trade.alpha.0;
        assert!((99 * UNIT..100 * UNIT).contains(&bought), "{bought}");
        assert_ok!(add(SUBNET, 100 * UNIT, bought));
        assert_eq!(value(&dave(), &bob(), SUBNET), bought);
        assert_eq!(Stake::alpha_here(SUBNET).unwrap().0, bought);
        assert_eq!(free(&dave()), RICH - 100 * UNIT);
        // None of it is in the account that holds root's stake; the fee is burned.
        assert_eq!(free(&Stake::account()), DEPOSIT);
        assert_eq!(free(&Market::account(SUBNET)), LOCK + 100 * UNIT - trade.fee);
        assert_eq!(burned(), trade.fee);
        let added = Event::StakeAdded {
            coldkey: dave(),
            hotkey: bob(),
            netuid: SUBNET,
            paid: 100 * UNIT,
            amount: bought,
            points: u128::from(bought) * VIRTUAL_POINTS,
        };
        assert_eq!(events(), [added]);
    });
}

#[test]
fn stake_should_stay_native_when_added_on_root() {
    build_and_execute(|| {
        assert_ok!(add(NetUid::ROOT, 100 * UNIT, 100 * UNIT));
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 100 * UNIT);
        assert_eq!(free(&dave()), RICH - 100 * UNIT);
        assert_eq!(free(&Stake::account()), DEPOSIT + 100 * UNIT);
        let added = Event::StakeAdded {
            coldkey: dave(),
            hotkey: bob(),
            netuid: NetUid::ROOT,
            paid: 100 * UNIT,
            amount: 100 * UNIT,
            points: u128::from(100 * UNIT) * VIRTUAL_POINTS,
        };
        assert_eq!(events(), [added]);
    });
}

#[test]
fn stake_should_be_kept_apart_when_hotkey_or_netuid_differ() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        place(&dave(), &bob(), NetUid::ROOT, 2 * UNIT);
        place(&dave(), &charlie(), SUBNET, 3 * UNIT);
        place(&dave(), &bob(), OTHER, 4 * UNIT);
        assert_eq!(value(&dave(), &bob(), SUBNET), UNIT);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 2 * UNIT);
        assert_eq!(value(&dave(), &charlie(), SUBNET), 3 * UNIT);
        assert_eq!(value(&dave(), &bob(), OTHER), 4 * UNIT);
        assert_eq!(Positions::<Test>::iter_prefix(dave()).count(), 4);
    });
}

#[test]
fn stake_should_be_refused_when_hotkey_or_subnet_is_unknown() {
    build_and_execute(|| {
        assert_noop!(
            Stake::add_stake(signed(dave()), eve(), SUBNET, UNIT, 0),
            Error::<Test>::UnknownHotkey
        );
        assert_noop!(add(NetUid(9), UNIT, 0), Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn stake_should_be_refused_when_under_the_dust_limit() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            assert_noop!(add(netuid, 499_999, 0), Error::<Test>::AmountUnderDustLimit);
            assert_ok!(add(netuid, 500_000, 0));
        }
    });
}

#[test]
fn stake_should_be_refused_when_the_account_could_not_live_on() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            assert_noop!(add(netuid, RICH, 0), Error::<Test>::BalanceTooLow);
            assert_noop!(add(netuid, RICH - DEPOSIT + 1, 0), Error::<Test>::BalanceTooLow);
        }
        assert_ok!(add(SUBNET, RICH - DEPOSIT, 0));
    });
}

#[test]
fn stake_should_be_refused_when_less_could_be_redeemed_than_asked() {
    build_and_execute(|| {
        assert_noop!(add(NetUid::ROOT, UNIT, UNIT + 1), Error::<Test>::ReceivedTooLittle);
        assert_noop!(add(SUBNET, UNIT, UNIT), Error::<Test>::ReceivedTooLittle);
    });
}

#[test]
fn stake_should_be_refused_when_nothing_would_come_of_it() {
    build_and_execute(|| {
        DustLimit::<Test>::put(0);
        assert_noop!(add(SUBNET, 1, 0), Error::<Test>::TooSmallToTrade);
        assert_noop!(add(NetUid::ROOT, 0, 0), Error::<Test>::ZeroAmount);
    });
}

#[test]
fn stake_should_be_refused_when_it_is_worth_no_point() {
    build_and_execute(|| {
        place(&eve(), &bob(), SUBNET, 1);
        // A point comes to be worth a million units.
        let gift = alpha(SUBNET, 2_000 * UNIT).place().0;
        Pools::<Test>::mutate(bob(), SUBNET, |row| row.as_mut().unwrap().pool.value += gift);
        assert_noop!(add(SUBNET, 500_000, 0), Error::<Test>::ZeroPoints);
        assert_ok!(add(SUBNET, 2_000_000, 0));
    });
}

#[test]
fn refusals_of_the_market_should_have_errors_of_their_own() {
    for (refusal, error) in [
        (TradeError::NoMarket, Error::<Test>::UnknownSubnet),
        (TradeError::WindingUp, Error::<Test>::WindingUp),
        (TradeError::TooSmall, Error::<Test>::TooSmallToTrade),
        (TradeError::TooLarge, Error::<Test>::TooLargeToTrade),
        (TradeError::BelowBound, Error::<Test>::ReceivedTooLittle),
    ] {
        assert_eq!(DispatchError::from(Error::<Test>::from(refusal)), error.into());
    }
}
