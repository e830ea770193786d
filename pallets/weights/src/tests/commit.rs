//! `commit_weights`.

use super::*;
use crate::{Commits, LastSubmission, Submission, MAX_REVEAL_PERIOD};
use alun_primitives::{Uid, HYPERPARAMETERS};

#[test]
fn commit_should_be_stored_for_its_window_and_cost_nothing_when_good() {
    build_and_execute(|| {
        at_epoch(3);
        let row = Sealed::of(1);
        assert_eq!(row.commit().unwrap().pays_fee, Pays::No);
        let commits = Commits::<Test>::get((NETUID, FIRST), hotkey(1));
        let terms = crate::Terms { version: 0, min_weights: 1, max_share: 65_535 };
        let (hash, block) = (row.hash(), 4 * TEMPO);
        let commit = crate::Commit { hash, epoch: 3, window: 4, block, terms };
        assert_eq!(commits.into_inner(), vec![commit]);
        let last = LastSubmission::<Test>::get((NETUID, FIRST), Uid(1));
        assert_eq!(last, Some(Submission { block: 4 * TEMPO, commit: Some(3) }));
        assert_eq!(
            events(),
            vec![Event::WeightsCommitted {
                netuid: NETUID,
                mechanism: FIRST,
                uid: Uid(1),
                hotkey: hotkey(1),
                epoch: 3,
                hash: row.hash(),
            }]
        );
    });
}

#[test]
fn commit_should_be_refused_when_commit_reveal_is_off() {
    build_and_execute(|| {
        Arranged::tune(|h| h.commit_reveal = false);
        at_epoch(0);
        assert_eq!(refused(Sealed::of(1).commit()), Refused::CommitRevealOff.into());
    });
}

#[test]
fn commit_should_be_refused_when_without_permit() {
    build_and_execute(|| {
        at_epoch(0);
        assert_eq!(refused(Sealed::of(3).commit()), Refused::NoPermit.into());
        assert_ok!(Sealed::of(0).commit());
    });
}

#[test]
fn commit_should_be_refused_when_it_is_the_second_of_an_epoch() {
    build_and_execute(|| {
        at_epoch(0);
        let first = Sealed::of(1);
        let second = Sealed { salt: [8; 32], ..first.clone() };
        assert_ok!(first.commit());
        at(2 * TEMPO - 1);
        assert_eq!(refused(second.commit()), Refused::AlreadyCommitted.into());
        // Showing the first does not open the epoch for another one either.
        at_epoch(1);
        assert_ok!(second.commit());
        assert_ok!(first.reveal());
        assert_eq!(refused(first.commit()), Refused::AlreadyCommitted.into());
    });
}

#[test]
fn commit_should_wait_for_the_rate_limit_when_the_epoch_is_new() {
    build_and_execute(|| {
        at(2 * TEMPO - 1);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_eq!(refused(Sealed::of(1).commit()), Refused::TooSoon.into());
        at(2 * TEMPO + 9);
        assert_ok!(Sealed::of(1).commit());
    });
}

#[test]
fn commits_should_wait_side_by_side_when_the_reveal_period_is_long() {
    build_and_execute(|| {
        Arranged::tune(|h| h.reveal_period = 16);
        for epoch in 0..40 {
            at_epoch(epoch);
            assert_ok!(Sealed { salt: [epoch as u8; 32], ..Sealed::of(1) }.commit());
        }
        let commits = Commits::<Test>::get((NETUID, FIRST), hotkey(1));
        assert_eq!(commits.len() as u32, MAX_REVEAL_PERIOD + 1);
        assert_ok!(Sealed { salt: [23; 32], ..Sealed::of(1) }.reveal());
    });
}

#[test]
fn commit_should_replace_the_one_of_the_same_window_when_the_reveal_period_gets_shorter() {
    build_and_execute(|| {
        Arranged::tune(|h| h.reveal_period = 2);
        at_epoch(0);
        let first = Sealed::of(1);
        assert_ok!(first.commit());
        Arranged::tune(|h| h.reveal_period = 1);
        at_epoch(1);
        let second = Sealed { salt: [8; 32], ..first.clone() };
        assert_ok!(second.commit());
        assert_eq!(expired(), vec![(hotkey(1), 0)]);
        at_epoch(2);
        assert_eq!(refused(first.reveal()), Refused::WrongReveal.into());
        assert_ok!(second.reveal());
    });
}

#[test]
fn longest_reveal_period_should_be_that_of_the_table() {
    let bounds = HYPERPARAMETERS.iter().find(|bounds| bounds.name == "reveal_period").unwrap();
    assert_eq!(bounds.max, u64::from(MAX_REVEAL_PERIOD));
}
