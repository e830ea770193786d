//! `WeightMatrix::drop_expired`.

use super::*;
use crate::{commits::SWEEP_WINDOWS, Rows, Windows};
use alun_primitives::{traits::WeightMatrix, Uid};

fn sweep(block: u32) {
    at(block);
    Weights::drop_expired(NETUID, FIRST, block, u32::MAX);
}

#[test]
fn expiry_should_be_announced_once_when_the_window_closed() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        assert_ok!(Sealed::of(2).commit());
        sweep(2 * TEMPO);
        assert_ok!(Sealed::of(2).reveal());
        sweep(3 * TEMPO - 1);
        assert_eq!(expired(), vec![]);
        sweep(3 * TEMPO);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        sweep(4 * TEMPO);
        at(4 * TEMPO);
        assert_ok!(Sealed::of(1).commit());
        assert_eq!(expired().len(), 1);
        assert_eq!(Windows::<Test>::iter().count(), 1);
    });
}

#[test]
fn expiry_should_be_announced_when_the_next_commit_takes_its_place() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(2);
        assert_ok!(Sealed::of(1).commit());
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        sweep(3 * TEMPO);
        assert_eq!(expired().len(), 1);
    });
}

#[test]
fn expiry_should_be_announced_once_when_the_neuron_came_back_within_the_epoch() {
    build_and_execute(|| {
        use alun_primitives::traits::OnNeuronReplaced;
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        Weights::on_neuron_replaced(NETUID, Uid(1), Some(&hotkey(1)), &hotkey(1));
        assert_ok!(Sealed::of(1).commit());
        sweep(3 * TEMPO);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
    });
}

#[test]
fn sweep_should_be_bounded_and_catch_up_when_epochs_were_not_executed_for_long() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(2);
        assert_ok!(Sealed::of(2).commit());
        let late = TEMPO * 60;
        sweep(late);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        assert_eq!(crate::SweptTo::<Test>::get((NETUID, FIRST)), Some(SWEEP_WINDOWS));
        sweep(late);
        assert_eq!(expired(), vec![(hotkey(1), 0), (hotkey(2), 2)]);
    });
}

/// Drops at most `limit`; returns how many are left.
fn sweep_some(block: u32, limit: u32) -> u32 {
    at(block);
    Weights::drop_expired(NETUID, FIRST, block, limit);
    assert_ok!(Weights::check_invariants());
    Weights::expiring(NETUID, FIRST, block)
}

#[test]
fn sweep_should_go_on_where_it_stopped_when_it_may_drop_only_some() {
    build_and_execute(|| {
        use alun_primitives::traits::OnNeuronReplaced;
        Arranged::with(|subnet| subnet.permits = [1, 2, 3].into());
        at_epoch(0);
        for uid in [1, 2, 3] {
            assert_ok!(Sealed::of(uid).commit());
        }
        // Listed twice, in both parts.
        Weights::on_neuron_replaced(NETUID, Uid(1), Some(&hotkey(1)), &hotkey(1));
        assert_ok!(Sealed::of(1).commit());
        assert_eq!(Weights::expiring(NETUID, FIRST, 3 * TEMPO - 1), 0);
        assert_eq!(Weights::expiring(NETUID, FIRST, 3 * TEMPO), 4);
        assert_eq!(sweep_some(3 * TEMPO, 1), 2);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        // What was announced is not announced again when a commit takes its place.
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(3) }.commit());
        assert_eq!(expired(), vec![(hotkey(1), 0), (hotkey(3), 0)]);
        assert_eq!(sweep_some(3 * TEMPO, 0), 2);
        assert_eq!(sweep_some(3 * TEMPO, 2), 0);
        assert_eq!(expired(), vec![(hotkey(1), 0), (hotkey(3), 0), (hotkey(2), 0)]);
        assert_eq!(crate::SweptTo::<Test>::get((NETUID, FIRST)), Some(2));
    });
}

#[test]
fn sweep_should_do_nothing_when_there_never_was_a_commit() {
    build_and_execute(|| {
        sweep(100 * TEMPO);
        Weights::drop_expired(9.into(), FIRST, 5, u32::MAX);
        assert_eq!(Weights::expiring(9.into(), FIRST, 5), 0);
        assert_eq!(crate::SweptTo::<Test>::iter().count(), 0);
    });
}

/// Whether `uid` has a row in force.
fn has_row(uid: u16) -> bool {
    Rows::<Test>::contains_key((NETUID, FIRST), Uid(uid))
}

/// [A] The attack: show a row once, then only ever commit, which counts as being active.
#[test]
fn row_should_be_dropped_when_the_commit_after_it_was_not_revealed() {
    build_and_execute(|| {
        at_epoch(0);
        for uid in [1, 2] {
            assert_ok!(Sealed::of(uid).commit());
        }
        at_epoch(1);
        for uid in [1, 2] {
            assert_ok!(Sealed::of(uid).reveal());
            assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(uid) }.commit());
        }
        sweep(3 * TEMPO);
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(2) }.reveal());
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.commit());
        sweep(4 * TEMPO - 1);
        assert!(has_row(1), "the window is open");
        sweep(4 * TEMPO);
        assert_eq!(expired(), vec![(hotkey(1), 1)]);
        assert!(!has_row(1) && has_row(2));
        // The next one that is shown counts again.
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.reveal());
        assert!(has_row(1));
    });
}

#[test]
fn row_should_be_dropped_when_the_next_commit_takes_the_place_of_an_expired_one() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        // The epoch is due and not executed yet.
        at_epoch(3);
        assert!(has_row(1));
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.commit());
        assert_eq!(expired(), vec![(hotkey(1), 1)]);
        assert!(!has_row(1));
        sweep(4 * TEMPO);
        assert_eq!(expired().len(), 1);
    });
}

#[test]
fn row_should_stay_when_it_is_newer_than_the_expired_commit() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        Arranged::tune(|h| h.commit_reveal = false);
        at_epoch(1);
        assert_ok!(Sealed::of(1).set());
        sweep(3 * TEMPO);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        assert!(has_row(1));
    });
}

#[test]
fn row_should_stay_when_the_commit_gave_way_to_another_for_its_window() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        Arranged::tune(|h| h.reveal_period = 2);
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        Arranged::tune(|h| h.reveal_period = 1);
        at_epoch(2);
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.commit());
        assert_eq!(expired(), vec![(hotkey(1), 1)]);
        assert!(has_row(1), "the owner made it give way");
        // At most two windows a sweep: one that has passed already is the first of them.
        sweep(5 * TEMPO);
        sweep(5 * TEMPO);
        assert!(!has_row(1), "the other one was not shown either");
    });
}
