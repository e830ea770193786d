//! A hotkey takes another's place: what it promised it must show, and may.

use super::*;
use crate::{Commits, Rows as Stored, Windows};
use alun_primitives::{
    traits::{HotkeySwap, NeuronRegistry, OnHotkeySwapped, Rows, WeightMatrix},
    Uid,
};

fn new() -> AccountId32 {
    hotkey(60)
}

/// Puts [`new`] in the place of uid 1's hotkey.
fn swap() {
    Arranged::with(|subnet| {
        subnet.neurons[1].0 = new();
        subnet.successors.insert(hotkey(1), new());
    });
    let swap = HotkeySwap { coldkey: hotkey(0), old: hotkey(1), new: new(), seats: vec![NETUID] };
    // Two mechanisms, a row each.
    assert!(!Weights::on_hotkey_swapped(&swap, &mut Rows::new(1)));
    assert!(Weights::on_hotkey_swapped(&swap, &mut Rows::new(2)));
    assert_ok!(Weights::check_invariants());
}

/// A row of the new hotkey.
fn of_new(salt: u8) -> Sealed {
    Sealed { validator: new(), salt: [salt; 32], ..Sealed::of(1) }
}

/// Twice: two windows each.
fn sweep(block: u32) {
    at(block);
    (0..2).for_each(|_| Weights::drop_expired(NETUID, FIRST, block, u32::MAX));
}

#[test]
fn commit_should_be_revealed_by_the_name_that_made_it_when_the_hotkey_was_swapped() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        swap();
        assert!(!Commits::<Test>::contains_key((NETUID, FIRST), hotkey(1)));
        at_epoch(1);
        // Anyone may send it; the pool lets it through too.
        assert!(pool(&hotkey(3), row.reveal_call()).is_ok());
        assert_ok!(dispatch(&hotkey(3), row.reveal_call()));
        assert!(Stored::<Test>::contains_key((NETUID, FIRST), Uid(1)));
        let revealed = events().into_iter().any(|event| {
            matches!(event, Event::WeightsRevealed { uid: Uid(1), hotkey, .. } if hotkey == new())
        });
        assert!(revealed, "the event names who has the uid");
        assert_eq!(refused(row.reveal()), Refused::NoCommit.into());
        sweep(3 * TEMPO);
        assert_eq!(expired(), vec![]);
    });
}

#[test]
fn commit_should_be_revealed_by_the_new_name_too_when_the_hotkey_was_swapped() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        swap();
        at_epoch(1);
        let reveal = |salt| match row.reveal_call() {
            Call::reveal_weights {
                netuid,
                mechanism,
                uids,
                values,
                evidence_root,
                version,
                ..
            } => Call::reveal_weights {
                netuid,
                mechanism,
                hotkey: new(),
                uids,
                values,
                evidence_root,
                version,
                salt,
            },
            other => other,
        };
        assert_eq!(refused(dispatch(&new(), reveal([1; 32]))), Refused::WrongReveal.into());
        assert_ok!(dispatch(&new(), reveal(row.salt)));
        assert!(Stored::<Test>::contains_key((NETUID, FIRST), Uid(1)));
    });
}

#[test]
fn row_and_limits_should_stay_when_the_hotkey_is_swapped() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        let rows = Weights::rows(NETUID, FIRST, &[Uid(1)]);
        swap();
        assert_eq!(Weights::rows(NETUID, FIRST, &[Uid(1)]), rows);
        assert_eq!(refused(of_new(9).commit()), Refused::AlreadyCommitted.into());
        assert_eq!(refused(Sealed::of(1).commit()), Refused::NotANeuron.into());
        at_epoch(2);
        assert_ok!(of_new(9).commit());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.reveal());
        at_epoch(3);
        assert_ok!(of_new(9).reveal());
    });
}

/// \[A\] Otherwise a validator that promised what it regrets would swap its hotkey, and keep its old row.
#[test]
fn promise_should_not_be_escaped_when_the_hotkey_is_swapped() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
        assert_ok!(Sealed { salt: [8; 32], ..Sealed::of(1) }.commit());
        swap();
        sweep(4 * TEMPO);
        assert_eq!(expired(), vec![(new(), 1)]);
        assert!(!Stored::<Test>::contains_key((NETUID, FIRST), Uid(1)));
        sweep(5 * TEMPO);
        assert_eq!(expired().len(), 1);
    });
}

#[test]
fn expiry_should_be_announced_once_when_both_hotkeys_stand_in_the_list() {
    build_and_execute(|| {
        at_epoch(0);
        Arranged::tune(|set| set.reveal_period = 2);
        assert_ok!(Sealed::of(1).commit());
        at_epoch(1);
        swap();
        // The period got shorter: for the same window, and the old commit gives way.
        Arranged::tune(|set| set.reveal_period = 1);
        assert_ok!(of_new(9).commit());
        let listed = Windows::<Test>::get((NETUID, FIRST), 2).to_vec();
        assert_eq!(listed, [hotkey(1)], "one place in the list");
        assert_eq!(Windows::<Test>::try_append((NETUID, FIRST), 2, new()), Ok(()));
        assert_eq!(expired(), vec![(new(), 0)]);
        sweep(4 * TEMPO);
        assert_eq!(expired(), vec![(new(), 0), (new(), 1)]);
    });
}

#[test]
fn commit_should_be_worthless_when_the_new_hotkey_lost_the_uid() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        swap();
        use alun_primitives::traits::OnNeuronReplaced;
        Arranged::with(|subnet| subnet.neurons[1].0 = hotkey(70));
        Weights::on_neuron_replaced(NETUID, Uid(1), Some(&new()), &hotkey(70));
        at_epoch(1);
        assert_eq!(refused(row.reveal()), Refused::NotANeuron.into());
        assert_eq!(Arranged::uid_of(NETUID, &new()), None);
    });
}
