//! The take: limits, and notice before a raise.

use crate::{mock::*, Error, Event, Take};
use alun_primitives::{traits::PoolReward, Alpha, UNIT};
use frame::testing_prelude::*;

/// A day of 6 s blocks.
const DAY: u32 = 14_400;

fn set(take: u32) -> DispatchResult {
    Stake::set_take(signed(alice()), bob(), take)
}

#[test]
fn take_should_be_the_highest_when_never_set() {
    build_and_execute(|| {
        assert_eq!(Stake::take_of(&bob()), Take { current: 180_000, pending: None });
    });
}

#[test]
fn take_should_be_lower_at_once_when_lowered() {
    build_and_execute(|| {
        assert_ok!(set(50_000));
        assert_eq!(Stake::take_of(&bob()).current, 50_000);
        System::assert_last_event(
            Event::TakeSet { hotkey: bob(), old: 180_000, new: 50_000 }.into(),
        );
    });
}

#[test]
fn take_should_be_higher_only_after_a_days_notice() {
    build_and_execute(|| {
        assert_ok!(set(50_000));
        at(10);
        assert_ok!(set(100_000));
        let at_block = 10 + DAY;
        System::assert_last_event(
            Event::TakeRaiseAnnounced { hotkey: bob(), from: 50_000, to: 100_000, at: at_block }
                .into(),
        );
        at(at_block - 1);
        assert_eq!(
            Stake::take_of(&bob()),
            Take { current: 50_000, pending: Some((at_block, 100_000)) }
        );
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_eq!(reward_pools(&bob(), 1_000_000, 1).take, Alpha(50_000));
        at(at_block);
        assert_eq!(Stake::take_of(&bob()), Take { current: 100_000, pending: None });
        assert_eq!(
            reward_pools(&bob(), 1_000_000, 1),
            PoolReward { take: Alpha(100_000), subnet: Alpha(900_000), ..Default::default() }
        );
    });
}

#[test]
fn raise_should_be_withdrawn_when_the_current_take_is_set_anew() {
    build_and_execute(|| {
        assert_ok!(set(50_000));
        assert_ok!(set(100_000));
        assert_ok!(set(50_000));
        at(1 + DAY);
        assert_eq!(Stake::take_of(&bob()), Take { current: 50_000, pending: None });
    });
}

#[test]
fn notice_should_begin_anew_when_a_raise_is_changed() {
    build_and_execute(|| {
        assert_ok!(set(0));
        assert_ok!(set(1));
        at(DAY);
        // Announcing a harmless raise early must not shorten the notice of a large one.
        assert_ok!(set(180_000));
        at(1 + DAY);
        assert_eq!(Stake::take_of(&bob()).current, 0);
        at(2 * DAY);
        assert_eq!(Stake::take_of(&bob()).current, 180_000);
    });
}

#[test]
fn take_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(set(180_001), Error::<Test>::TakeTooHigh);
        assert_noop!(set(180_000), Error::<Test>::TakeUnchanged);
        assert_noop!(Stake::set_take(signed(dave()), bob(), 0), Error::<Test>::NotOwner);
        assert_noop!(Stake::set_take(signed(bob()), bob(), 0), Error::<Test>::NotOwner);
        assert_noop!(Stake::set_take(signed(alice()), eve(), 0), Error::<Test>::UnknownHotkey);
    });
}
