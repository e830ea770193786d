//! `remove_stake` and `remove_all_stake`.

use crate::{mock::*, pool::VIRTUAL_POINTS, Error, Event, PoolNames, Pools, Positions};
use alun_primitives::{traits::RewardSink, NetUid, UNIT};
use frame::testing_prelude::*;

fn remove(amount: u64, min_received: u64) -> DispatchResult {
    Stake::remove_stake(signed(dave()), bob(), SUBNET, amount, min_received)
}

fn remove_all(min_received: u64) -> DispatchResult {
    Stake::remove_all_stake(signed(dave()), bob(), SUBNET, min_received)
}

#[test]
fn stake_should_come_back_to_the_unit_when_removed() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(remove(40 * UNIT, 40 * UNIT));
        assert_eq!(Balances::free_balance(dave()), RICH - 60 * UNIT);
        assert_eq!(value(&dave(), &bob(), SUBNET), 60 * UNIT);
        System::assert_last_event(
            Event::StakeRemoved {
                coldkey: dave(),
                hotkey: bob(),
                netuid: SUBNET,
                amount: 40 * UNIT,
                points: u128::from(40 * UNIT) * VIRTUAL_POINTS,
            }
            .into(),
        );
    });
}

#[test]
fn rows_should_vanish_when_all_is_removed() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(remove_all(100 * UNIT));
        assert_eq!(Balances::free_balance(dave()), RICH);
        assert_eq!(Positions::<Test>::iter().count(), 0);
        assert_eq!(Pools::<Test>::iter().count() + PoolNames::<Test>::iter().count(), 0);
        assert_eq!(Pending::all(), []);
    });
}

#[test]
fn removal_should_be_refused_when_more_is_asked_than_is_there() {
    build_and_execute(|| {
        assert_noop!(remove(UNIT, 0), Error::<Test>::NoPosition);
        assert_noop!(remove_all(0), Error::<Test>::NoPosition);
        stake(&dave(), &bob(), SUBNET, UNIT);
        stake(&eve(), &bob(), SUBNET, UNIT);
        assert_noop!(remove(UNIT + 1, 0), Error::<Test>::NotEnoughStake);
        assert_noop!(remove(0, 0), Error::<Test>::ZeroAmount);
    });
}

#[test]
fn removal_should_be_refused_when_under_the_dust_limit() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(remove(499_999, 0), Error::<Test>::AmountUnderDustLimit);
        assert_ok!(remove(500_000, 500_000));
    });
}

#[test]
fn removal_should_be_refused_when_less_would_be_received_than_asked() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(remove(UNIT / 2, UNIT / 2 + 1), Error::<Test>::ReceivedTooLittle);
        assert_noop!(remove_all(UNIT + 1), Error::<Test>::ReceivedTooLittle);
    });
}

#[test]
fn dust_should_be_paid_out_with_the_rest_when_it_would_stay() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_ok!(remove(UNIT - 499_999, 0));
        assert_eq!(Balances::free_balance(dave()), RICH);
        assert_eq!(Positions::<Test>::iter().count(), 0);
    });
}

#[test]
fn dust_position_should_be_removable_whole_when_it_came_from_a_reward() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert!(Stake::reward_position(&bob(), SUBNET, credit(700)).is_ok());
        let have = value(&alice(), &bob(), SUBNET);
        assert!((699..=700).contains(&have));
        assert_noop!(
            Stake::remove_stake(signed(alice()), bob(), SUBNET, have - 1, 0),
            Error::<Test>::AmountUnderDustLimit
        );
        assert_ok!(Stake::remove_stake(signed(alice()), bob(), SUBNET, have, have));
        assert_eq!(Balances::free_balance(alice()), RICH + have);
    });
}

#[test]
fn remainder_should_go_to_pending_when_the_last_point_leaves_a_subnet() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        no_take();
        reward_pools(&bob(), 1_000, 10);
        at(6);
        let before = Balances::total_issuance();
        assert_ok!(remove_all(UNIT));
        // Half of the reward has come in; the rest was still on its way.
        let got = Balances::free_balance(dave()) - (RICH - UNIT);
        assert!((UNIT + 499..=UNIT + 500).contains(&got));
        let remainder = UNIT + 1_000 - got;
        assert_eq!(Pending::all(), [(SUBNET, remainder)]);
        assert_eq!(Burn::total(), 0);
        // The mock's pending drops what it gets.
        assert_eq!(Balances::total_issuance(), before - remainder);
        System::assert_has_event(
            Event::PoolEmptied { hotkey: bob(), netuid: SUBNET, remainder }.into(),
        );
    });
}

/// Lets all of the dividends go to the pools.
fn no_take() {
    assert_ok!(Stake::set_take(signed(alice()), bob(), 0));
}

#[test]
fn remainder_should_be_burned_when_the_last_point_leaves_root() {
    build_and_execute(|| {
        stake(&dave(), &bob(), NetUid::ROOT, UNIT);
        no_take();
        reward_pools(&bob(), 1_000, 10);
        assert_ok!(Stake::remove_all_stake(signed(dave()), bob(), NetUid::ROOT, UNIT));
        assert_eq!(Burn::total(), 1_000);
        assert_eq!(Pending::all(), []);
    });
}

#[test]
fn pool_should_begin_anew_when_staked_on_after_it_was_emptied() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        let id = || Pools::<Test>::get(bob(), SUBNET).map(|row| row.id);
        let first = id();
        assert_ok!(remove_all(0));
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_ne!(id(), first);
        assert_eq!(value(&dave(), &bob(), SUBNET), UNIT);
    });
}

#[test]
fn quote_should_equal_what_remove_does() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 7 * UNIT + 3);
        stake(&eve(), &bob(), SUBNET, 5 * UNIT + 1);
        reward_pools(&bob(), UNIT / 3, 10);
        at(5);
        let whole = value(&dave(), &bob(), SUBNET);
        for amount in [2 * UNIT + 1, 500_000, whole - 500_000 - 2 * UNIT - 1 - 499_999] {
            let quote = Stake::quote_remove(&dave(), &bob(), SUBNET, amount).unwrap();
            let (free, points) =
                (Balances::free_balance(dave()), Stake::stake_of(&dave())[0].points);
            assert_ok!(remove(amount, quote.received));
            assert_eq!(Balances::free_balance(dave()) - free, quote.received);
            let left = Stake::stake_of(&dave()).first().map_or(0, |position| position.points);
            assert_eq!(points - left, quote.points);
        }
        // The last one left less than the dust limit, so all was paid out.
        assert_eq!(Stake::stake_of(&dave()), []);
        assert_eq!(Stake::quote_remove(&dave(), &bob(), SUBNET, UNIT), None);
        assert_eq!(Stake::quote_remove(&eve(), &bob(), SUBNET, 100 * UNIT), None);
    });
}

#[test]
fn stake_should_be_removable_when_its_owner_lost_its_uid() {
    build_and_execute(|| {
        // On this subnet nobody holds a uid.
        stake(&dave(), &bob(), OTHER, UNIT);
        assert_ok!(Stake::remove_all_stake(signed(dave()), bob(), OTHER, UNIT));
    });
}
