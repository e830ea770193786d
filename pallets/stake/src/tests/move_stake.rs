//! `move_stake`.

use crate::{mock::*, Error, Event, Pools};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn go(netuid: NetUid, to: AccountId, amount: u64, min_received: u64) -> DispatchResult {
    Stake::move_stake(signed(dave()), netuid, bob(), to, amount, min_received)
}

#[test]
fn stake_should_change_hotkeys_and_keep_its_value_when_moved() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            place(&dave(), &bob(), netuid, 10 * UNIT);
            let (before, fees) = (free(&dave()), burned());
            events();
            assert_ok!(go(netuid, charlie(), 4 * UNIT, 4 * UNIT));
            assert_eq!(value(&dave(), &bob(), netuid), 6 * UNIT);
            assert_eq!(value(&dave(), &charlie(), netuid), 4 * UNIT);
            // Nothing was traded.
            assert_eq!((free(&dave()), burned()), (before, fees));
            let moved = Event::StakeMoved {
                coldkey: dave(),
                netuid,
                from: bob(),
                to: charlie(),
                amount: 4 * UNIT,
                burned: u128::from(4 * UNIT) * 1_000_000,
                minted: u128::from(4 * UNIT) * 1_000_000,
            };
            assert_eq!(events(), [moved]);
        }
    });
}

#[test]
fn whole_position_should_move_when_dust_would_stay() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_ok!(go(SUBNET, charlie(), UNIT - 1, 0));
        assert_eq!(value(&dave(), &charlie(), SUBNET), UNIT);
        assert!(!Pools::<Test>::contains_key(bob(), SUBNET));
    });
}

#[test]
fn move_should_be_refused_when_origin_is_destination() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(go(SUBNET, bob(), UNIT, 0), Error::<Test>::SameHotkey);
    });
}

#[test]
fn move_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(go(SUBNET, charlie(), UNIT, 0), Error::<Test>::NoPosition);
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(go(SUBNET, eve(), UNIT, 0), Error::<Test>::UnknownHotkey);
        assert_noop!(go(NetUid(9), charlie(), UNIT, 0), Error::<Test>::UnknownSubnet);
        assert_noop!(go(OTHER, charlie(), UNIT, 0), Error::<Test>::NoPosition);
        assert_noop!(go(SUBNET, charlie(), 2 * UNIT, 0), Error::<Test>::NotEnoughStake);
        assert_noop!(go(SUBNET, charlie(), 0, 0), Error::<Test>::ZeroAmount);
        assert_noop!(go(SUBNET, charlie(), 499_999, 0), Error::<Test>::AmountUnderDustLimit);
        assert_noop!(go(SUBNET, charlie(), UNIT, UNIT + 1), Error::<Test>::ReceivedTooLittle);
    });
}

#[test]
fn remainder_should_go_to_pending_when_the_last_point_moves_away() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, UNIT);
        reward_pools(&bob(), 1_000, 10);
        assert_ok!(go(SUBNET, charlie(), UNIT, UNIT));
        assert_eq!(pending(SUBNET), 1_000);
        assert_eq!(value(&dave(), &charlie(), SUBNET), UNIT);
    });
}
