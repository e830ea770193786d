//! `WeightMatrix::drop_expired`.

use super::*;
use crate::{commits::SWEEP_WINDOWS, Windows};
use alun_primitives::traits::WeightMatrix;

fn sweep(block: u32) {
    at(block);
    Weights::drop_expired(NETUID, FIRST, block);
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
        use alun_primitives::{traits::OnNeuronReplaced, Uid};
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
        at_epoch(50);
        assert_ok!(Sealed::of(2).commit());
        let late = TEMPO * 60;
        sweep(late);
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        assert_eq!(crate::SweptTo::<Test>::get((NETUID, FIRST)), Some(SWEEP_WINDOWS));
        sweep(late);
        assert_eq!(expired(), vec![(hotkey(1), 0), (hotkey(2), 50)]);
    });
}

#[test]
fn sweep_should_do_nothing_when_there_never_was_a_commit() {
    build_and_execute(|| {
        sweep(100 * TEMPO);
        Weights::drop_expired(9.into(), FIRST, 5);
        assert_eq!(crate::SweptTo::<Test>::iter().count(), 0);
    });
}
