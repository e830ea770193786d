//! `add_stake`.

use crate::{mock::*, Error, Event, Positions};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn add(netuid: NetUid, amount: u64, min_received: u64) -> DispatchResult {
    Stake::add_stake(signed(dave()), bob(), netuid, amount, min_received)
}

#[test]
fn stake_should_move_money_into_the_pool_when_added() {
    build_and_execute(|| {
        assert_ok!(add(SUBNET, 100 * UNIT, 100 * UNIT));
        assert_eq!(value(&dave(), &bob(), SUBNET), 100 * UNIT);
        assert_eq!(Balances::free_balance(dave()), RICH - 100 * UNIT);
        assert_eq!(Balances::free_balance(Stake::account()), DEPOSIT + 100 * UNIT);
        System::assert_last_event(
            Event::StakeAdded {
                coldkey: dave(),
                hotkey: bob(),
                netuid: SUBNET,
                amount: 100 * UNIT,
                points: u128::from(100 * UNIT) * 1_000_000,
            }
            .into(),
        );
    });
}

#[test]
fn stake_should_be_kept_apart_by_netuid_and_hotkey() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        stake(&dave(), &bob(), NetUid::ROOT, 2 * UNIT);
        stake(&dave(), &charlie(), SUBNET, 3 * UNIT);
        assert_eq!(value(&dave(), &bob(), SUBNET), UNIT);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 2 * UNIT);
        assert_eq!(value(&dave(), &charlie(), SUBNET), 3 * UNIT);
        assert_eq!(Positions::<Test>::iter_prefix(dave()).count(), 3);
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
        assert_noop!(add(SUBNET, 499_999, 0), Error::<Test>::AmountUnderDustLimit);
        assert_ok!(add(SUBNET, 500_000, 0));
    });
}

#[test]
fn stake_should_be_refused_when_the_account_could_not_live_on() {
    build_and_execute(|| {
        assert_noop!(add(SUBNET, RICH, 0), Error::<Test>::BalanceTooLow);
        assert_noop!(add(SUBNET, RICH - DEPOSIT + 1, 0), Error::<Test>::BalanceTooLow);
        assert_ok!(add(SUBNET, RICH - DEPOSIT, 0));
    });
}

#[test]
fn stake_should_be_refused_when_less_could_be_redeemed_than_asked() {
    build_and_execute(|| {
        assert_noop!(add(SUBNET, UNIT, UNIT + 1), Error::<Test>::ReceivedTooLittle);
    });
}

#[test]
fn quote_should_equal_what_add_does() {
    build_and_execute(|| {
        stake(&eve(), &bob(), SUBNET, 7 * UNIT + 3);
        reward_pools(&bob(), UNIT / 3, 10);
        at(5);
        let amount = 11 * UNIT + 1;
        let quote = Stake::quote_add(&bob(), SUBNET, amount).unwrap();
        assert_noop!(add(SUBNET, amount, quote.received + 1), Error::<Test>::ReceivedTooLittle);
        assert_ok!(add(SUBNET, amount, quote.received));
        assert_eq!(Stake::stake_of(&dave())[0].points, quote.points);
        assert_eq!(value(&dave(), &bob(), SUBNET), quote.received);
        assert!(amount - quote.received <= 1);
    });
}

#[test]
fn quote_should_be_none_when_the_call_would_be_refused() {
    build_and_execute(|| {
        assert_eq!(Stake::quote_add(&bob(), SUBNET, 499_999), None);
        assert_eq!(Stake::quote_add(&eve(), SUBNET, UNIT), None);
        assert_eq!(Stake::quote_add(&bob(), NetUid(9), UNIT), None);
    });
}
