//! `transfer_stake`.

use crate::{mock::*, Error, Event};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn give(netuid: NetUid, to: AccountId, amount: u64, min_received: u64) -> DispatchResult {
    Stake::transfer_stake(signed(dave()), to, bob(), netuid, amount, min_received)
}

#[test]
fn stake_should_change_coldkeys_when_transferred() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            place(&dave(), &bob(), netuid, 10 * UNIT);
            place(&eve(), &bob(), netuid, UNIT);
            let fees = burned();
            events();
            assert_ok!(give(netuid, eve(), 4 * UNIT, 4 * UNIT));
            assert_eq!(value(&dave(), &bob(), netuid), 6 * UNIT);
            assert_eq!(value(&eve(), &bob(), netuid), 5 * UNIT);
            assert_eq!(burned(), fees, "nothing is traded");
            let given = Event::StakeTransferred {
                from: dave(),
                to: eve(),
                hotkey: bob(),
                netuid,
                amount: 4 * UNIT,
                points: u128::from(4 * UNIT) * 1_000_000,
                deposit: 0,
            };
            assert_eq!(events(), [given]);
        }
    });
}

#[test]
fn pool_should_stay_as_it_is_when_its_last_position_is_transferred() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, UNIT);
        reward_pools(&bob(), 1_000, 10);
        assert_ok!(give(SUBNET, eve(), UNIT, UNIT));
        // What is on its way is the new holder's; nothing remained.
        assert_eq!(pending(SUBNET), 0);
        at(11);
        assert_eq!(position(&dave(), &bob(), SUBNET), None);
        assert!((UNIT + 999..=UNIT + 1_000).contains(&value(&eve(), &bob(), SUBNET)));
    });
}

#[test]
fn whole_position_should_be_given_when_dust_would_stay() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_ok!(give(SUBNET, eve(), UNIT - 1, UNIT));
        assert_eq!(position(&dave(), &bob(), SUBNET), None);
        assert_eq!(value(&eve(), &bob(), SUBNET), UNIT);
    });
}

#[test]
fn transfer_should_be_refused_when_origin_is_destination() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(give(SUBNET, dave(), UNIT, 0), Error::<Test>::SameColdkey);
    });
}

#[test]
fn transfer_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(give(SUBNET, eve(), UNIT, 0), Error::<Test>::NoPosition);
        place(&alice(), &bob(), SUBNET, UNIT);
        assert_noop!(give(SUBNET, eve(), UNIT, 0), Error::<Test>::NoPosition);
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(give(SUBNET, eve(), UNIT + 1, 0), Error::<Test>::NotEnoughStake);
        assert_noop!(give(SUBNET, eve(), 0, 0), Error::<Test>::ZeroAmount);
        assert_noop!(give(SUBNET, eve(), 499_999, 0), Error::<Test>::AmountUnderDustLimit);
        assert_noop!(give(SUBNET, eve(), UNIT, UNIT + 1), Error::<Test>::ReceivedTooLittle);
    });
}
