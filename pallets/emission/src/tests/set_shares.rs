//! `set_shares`.

use crate::{mock::*, Error, Event, Shares};
use alun_market_math::share::MAX_SHARE;
use alun_primitives::NetUid;
use frame::testing_prelude::*;

#[test]
fn shares_should_be_set_by_root_and_count_once_started() {
    build_and_execute(|| {
        assert_ok!(set_shares(&[(A, 5), (B, 7)]));
        assert_eq!(Emission::share(A), 5);
        assert_eq!(Emission::total_shares(), 0);
        System::assert_last_event(Event::ShareSet { netuid: B, old: 0, new: 7 }.into());
        start(A);
        assert_eq!(Emission::total_shares(), 5);
        start(B);
        assert_eq!(Emission::total_shares(), 12);
        assert_ok!(set_shares(&[(A, 1)]));
        assert_eq!(Emission::total_shares(), 8);
    });
}

#[test]
fn subnet_should_earn_nothing_for_the_time_before_it_was_started() {
    build_and_execute(|| {
        assert_ok!(set_shares(&[(A, 1), (B, 1)]));
        start(A);
        run(10);
        start(B);
        assert_eq!(Emission::pending_now(B), 0);
        run(2);
        assert_eq!(Emission::pending_now(B), EMISSION);
        assert_eq!(Emission::pending_now(A), 11 * EMISSION);
    });
}

#[test]
fn starting_twice_should_count_once() {
    build_and_execute(|| {
        assert_ok!(set_shares(&[(A, 5)]));
        start(A);
        start(A);
        assert_eq!(Emission::total_shares(), 5);
    });
}

#[test]
fn shares_should_be_refused_whole_when_one_is_bad() {
    build_and_execute(|| {
        for (bad, error) in [
            ((NetUid(9), 1), Error::<Test>::UnknownSubnet),
            ((NetUid::ROOT, 1), Error::<Test>::UnknownSubnet),
            ((A, 2), Error::<Test>::DuplicateSubnet),
            ((B, MAX_SHARE + 1), Error::<Test>::ShareTooLarge),
        ] {
            assert_noop!(set_shares(&[(A, 1), bad]), error);
        }
        assert_eq!(Shares::<Test>::get(A), 0);
        assert_noop!(
            Emission::set_shares(RuntimeOrigin::signed(rich()), Default::default()),
            frame::deps::sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn largest_shares_should_not_overflow() {
    build_and_execute(|| {
        assert_ok!(set_shares(&[(A, MAX_SHARE), (B, MAX_SHARE), (C, MAX_SHARE)]));
        for netuid in [A, B, C] {
            start(netuid);
        }
        run(3);
        assert!(EMISSION - Emission::pending_now(A) <= 1);
    });
}
