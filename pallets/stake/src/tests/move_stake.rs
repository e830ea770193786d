//! `move_stake`.

use crate::{mock::*, Error, Event, Pools};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn go(to: AccountId, amount: u64, min_received: u64) -> DispatchResult {
    Stake::move_stake(signed(dave()), SUBNET, bob(), to, amount, min_received)
}

#[test]
fn stake_should_change_hotkeys_and_keep_its_value_when_moved() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 10 * UNIT);
        assert_ok!(go(charlie(), 4 * UNIT, 4 * UNIT));
        assert_eq!(value(&dave(), &bob(), SUBNET), 6 * UNIT);
        assert_eq!(value(&dave(), &charlie(), SUBNET), 4 * UNIT);
        assert_eq!(Balances::free_balance(dave()), RICH - 10 * UNIT);
        System::assert_last_event(
            Event::StakeMoved {
                coldkey: dave(),
                netuid: SUBNET,
                from: bob(),
                to: charlie(),
                amount: 4 * UNIT,
            }
            .into(),
        );
    });
}

#[test]
fn whole_position_should_move_when_dust_would_stay() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_ok!(go(charlie(), UNIT - 1, 0));
        assert_eq!(value(&dave(), &charlie(), SUBNET), UNIT);
        assert!(!Pools::<Test>::contains_key(bob(), SUBNET));
    });
}

#[test]
fn move_should_be_refused_when_origin_is_destination() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(go(bob(), UNIT, 0), Error::<Test>::SameHotkey);
    });
}

#[test]
fn move_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(go(charlie(), UNIT, 0), Error::<Test>::NoPosition);
        stake(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(go(eve(), UNIT, 0), Error::<Test>::UnknownHotkey);
        assert_noop!(go(charlie(), 2 * UNIT, 0), Error::<Test>::NotEnoughStake);
        assert_noop!(go(charlie(), 499_999, 0), Error::<Test>::AmountUnderDustLimit);
        assert_noop!(go(charlie(), UNIT, UNIT + 1), Error::<Test>::ReceivedTooLittle);
        assert_noop!(
            Stake::move_stake(signed(dave()), NetUid(9), bob(), charlie(), UNIT, 0),
            Error::<Test>::UnknownSubnet
        );
    });
}

#[test]
fn remainder_should_go_to_pending_when_the_last_point_moves_away() {
    build_and_execute(|| {
        assert_ok!(Stake::set_take(signed(alice()), bob(), 0));
        stake(&dave(), &bob(), SUBNET, UNIT);
        reward_pools(&bob(), 1_000, 10);
        assert_ok!(go(charlie(), UNIT, UNIT));
        assert_eq!(Pending::all(), [(SUBNET, 1_000)]);
        assert_eq!(value(&dave(), &charlie(), SUBNET), UNIT);
    });
}
