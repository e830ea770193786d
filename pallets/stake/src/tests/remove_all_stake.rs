//! `remove_all_stake`: several whole positions, one bound on the sum.

use crate::{mock::*, Error, Event, Positions, MAX_POSITIONS};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn positions() -> Vec<(AccountId, NetUid)> {
    vec![(bob(), SUBNET), (charlie(), SUBNET), (bob(), NetUid::ROOT), (charlie(), OTHER)]
}

fn call(named: Vec<(AccountId, NetUid)>, min_received: u64) -> DispatchResult {
    Stake::remove_all_stake(signed(dave()), named.try_into().unwrap(), min_received)
}

fn with_positions() {
    for (hotkey, netuid) in positions() {
        place(&dave(), &hotkey, netuid, 100 * UNIT);
    }
}

#[test]
fn all_named_should_be_paid_when_removed_together() {
    build_and_execute(|| {
        with_positions();
        place(&dave(), &bob(), OTHER, UNIT);
        events();
        let quotes = Stake::quote_remove_all(&dave(), &positions()).unwrap();
        let sum = quotes.iter().map(|quote| quote.received).sum::<u64>();
        // The second sale on a subnet is at the price that the first left.
        assert!(quotes[1].received < quotes[0].received);
        let before = free(&dave());
        assert_noop!(call(positions(), sum + 1), Error::<Test>::ReceivedTooLittle);
        assert_ok!(call(positions(), sum));
        assert_eq!(free(&dave()) - before, sum);
        let paid: Vec<_> = events()
            .into_iter()
            .filter_map(|event| match event {
                Event::StakeRemoved { hotkey, netuid, received, .. } => {
                    Some((hotkey, netuid, received))
                }
                _ => None,
            })
            .collect();
        let quoted: Vec<_> = positions()
            .into_iter()
            .zip(quotes)
            .map(|((hotkey, netuid), quote)| (hotkey, netuid, quote.received))
            .collect();
        assert_eq!(paid, quoted);
        // What was not named stays.
        assert_eq!(Positions::<Test>::iter_prefix(dave()).count(), 1);
    });
}

#[test]
fn nothing_should_be_removed_when_one_can_not_be() {
    build_and_execute(|| {
        with_positions();
        let mut named = positions();
        named.push((bob(), OTHER));
        assert_noop!(call(named, 0), Error::<Test>::NoPosition);
    });
}

#[test]
fn position_should_be_refused_when_named_twice() {
    build_and_execute(|| {
        with_positions();
        let twice = vec![(bob(), SUBNET), (bob(), SUBNET)];
        assert_eq!(Stake::quote_remove_all(&dave(), &twice), Err(Error::<Test>::NoPosition.into()));
        assert_noop!(call(twice, 0), Error::<Test>::NoPosition);
    });
}

#[test]
fn list_should_be_refused_when_empty_or_too_long() {
    build_and_execute(|| {
        assert_noop!(call(vec![], 0), Error::<Test>::NothingNamed);
        let refused = Err(Error::<Test>::NothingNamed.into());
        assert_eq!(Stake::quote_remove_all(&dave(), &[]), refused);
        let long = vec![(bob(), SUBNET); MAX_POSITIONS as usize + 1];
        assert_eq!(Stake::quote_remove_all(&dave(), &long), refused);
    });
}

#[test]
fn dust_should_leave_with_the_rest_when_all_is_removed() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        place(&dave(), &charlie(), SUBNET, 3);
        place(&dave(), &charlie(), OTHER, 1);
        assert_ok!(call(vec![(bob(), SUBNET), (charlie(), SUBNET), (charlie(), OTHER)], 0));
        assert_eq!(Positions::<Test>::iter().count(), 0);
    });
}
