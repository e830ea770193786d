//! Rewards to a coldkey's own position: a miner's pay, an owner's cut.

use crate::{mock::*, Pools};
use alun_primitives::{traits::RewardSink, UNIT};
use frame::testing_prelude::*;

#[test]
fn reward_should_be_the_coldkeys_at_once() {
    build_and_execute(|| {
        let reward = alpha(SUBNET, 5 * UNIT);
        assert_eq!(Stake::reward_position(&bob(), reward).ok(), Some(alice()));
        assert_eq!(value(&alice(), &bob(), SUBNET), 5 * UNIT);
        let quote = Stake::quote_remove(&alice(), &bob(), SUBNET, None).unwrap();
        assert_ok!(remove_all(&alice(), &bob(), SUBNET, quote.received));
        assert_eq!(free(&alice()), RICH + quote.received);
    });
}

#[test]
fn reward_should_leave_nominators_as_they_are() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 3 * UNIT);
        assert!(Stake::reward_position(&bob(), alpha(SUBNET, 5 * UNIT)).is_ok());
        assert_eq!(value(&dave(), &bob(), SUBNET), 3 * UNIT);
        assert_eq!(value(&alice(), &bob(), SUBNET), 5 * UNIT);
    });
}

#[test]
fn reward_should_come_back_when_the_hotkey_has_no_coldkey() {
    build_and_execute(|| {
        let back = Stake::reward_position(&eve(), alpha(SUBNET, UNIT)).err();
        assert_eq!(back.map(|credit| credit.peek().0), Some(UNIT));
        assert_eq!(Stake::stake_of(&eve()), []);
    });
}

#[test]
fn reward_should_raise_the_pool_when_it_is_worth_no_point() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 500_000);
        // Make a point worth more than two units.
        let gift = alpha(SUBNET, 2_000_000_000_000_000).place().0;
        Pools::<Test>::mutate(bob(), SUBNET, |row| row.as_mut().unwrap().pool.value += gift);
        assert!(Stake::reward_position(&bob(), alpha(SUBNET, 1)).is_ok());
        assert_eq!(Stake::stake_of(&alice()), []);
        assert_eq!(Stake::pool_value(&bob(), SUBNET), 500_000 + gift + 1);
    });
}

#[test]
fn reward_of_nothing_should_change_nothing() {
    build_and_execute(|| {
        assert_eq!(Stake::reward_position(&bob(), alpha(SUBNET, 0)).ok(), Some(alice()));
        assert_eq!(Stake::stake_of(&alice()), []);
        assert_eq!(Pools::<Test>::iter().count(), 0);
    });
}
