//! A new holder of a uid inherits nothing.

use super::*;
use crate::{Commits, LastSubmission, Rows};
use alun_primitives::{traits::OnNeuronReplaced, traits::WeightMatrix, Uid};

fn replace(uid: u16, holder: &AccountId32) {
    let former = Arranged::with(|subnet| {
        let slot = &mut subnet.neurons[usize::from(uid)];
        std::mem::replace(slot, (holder.clone(), Weights::now())).0
    });
    Weights::on_neuron_replaced(NETUID, Uid(uid), Some(&former), holder);
}

#[test]
fn holder_should_inherit_nothing_when_the_neuron_is_replaced() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        assert_ok!(Sealed::of(2).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.commit());
        let new = hotkey(50);
        replace(1, &new);
        assert!(!Rows::<Test>::contains_key((NETUID, FIRST), Uid(1)));
        assert!(!LastSubmission::<Test>::contains_key((NETUID, FIRST), Uid(1)));
        assert!(!Commits::<Test>::contains_key((NETUID, FIRST), hotkey(1)));
        assert!(Commits::<Test>::contains_key((NETUID, FIRST), hotkey(2)));
        // Neither its commit of this epoch nor its rate limit.
        assert_ok!(Sealed { validator: new, ..Sealed::of(1) }.commit());
    });
}

#[test]
fn commit_should_be_worthless_when_its_hotkey_lost_the_uid() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        replace(1, &hotkey(50));
        at_epoch(1);
        assert_eq!(refused(row.reveal()), Refused::NotANeuron.into());
        // Back on another uid: the promise is gone.
        replace(3, &hotkey(1));
        assert_eq!(refused(row.reveal()), Refused::NoCommit.into());
    });
}

#[test]
fn rows_should_be_listed_as_asked_for_with_what_the_epoch_needs() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed { salt: [9; 32], ..Sealed::of(1) }.commit());
        assert_ok!(Sealed::of(2).commit());
        let rows = Weights::rows(NETUID, FIRST, &[0, 1, 2].map(Uid));
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1].entries, vec![(2, 32_768), (3, 65_535)]);
        assert_eq!((rows[1].last_update, rows[1].last_submission), (TEMPO, 2 * TEMPO));
        assert!(rows[2].entries.is_empty());
        assert_eq!((rows[2].last_update, rows[2].last_submission), (0, 2 * TEMPO));
        assert_eq!(rows[0], Default::default());
        assert_eq!(Weights::rows(NETUID, FIRST, &[Uid(2)]), rows[2..]);
        assert_eq!(Weights::last_updates(NETUID, FIRST, 4), vec![0, TEMPO, 0, 0]);
    });
}
