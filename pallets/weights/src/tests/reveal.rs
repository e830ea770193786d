//! `reveal_weights`.

use super::*;
use crate::{Commits, Rows};
use alun_primitives::{commit_preimage, Uid, WeightCommit};

#[test]
fn reveal_should_store_the_row_as_of_its_commit_when_in_the_window() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        at(3 * TEMPO - 1);
        let by = hotkey(77);
        assert_eq!(dispatch(&by, row.reveal_call()).unwrap().pays_fee, Pays::No);
        let stored = Rows::<Test>::get((NETUID, FIRST), Uid(1)).unwrap();
        assert_eq!(stored.entries.into_inner(), vec![(2, 32_768), (3, 65_535)]);
        assert_eq!(stored.last_update, TEMPO);
        assert!(!Commits::<Test>::contains_key((NETUID, FIRST), hotkey(1)));
        assert_eq!(
            events().last(),
            Some(&Event::WeightsRevealed {
                netuid: NETUID,
                mechanism: FIRST,
                uid: Uid(1),
                hotkey: hotkey(1),
                epoch: 0,
                evidence_root: [5; 32],
                by,
            })
        );
        assert_eq!(refused(row.reveal()), Refused::NoCommit.into());
    });
}

#[test]
fn commit_hash_should_be_that_of_the_specification() {
    build_and_execute(|| {
        let row = Sealed::of(1);
        let preimage = commit_preimage(&WeightCommit {
            genesis: System::block_hash(0).0,
            netuid: NETUID,
            mechanism: FIRST,
            hotkey: hotkey(1).into(),
            uids: row.uids.clone(),
            values: row.values.clone(),
            evidence_root: [5; 32],
            version: 0,
            salt: row.salt,
        });
        assert_eq!(row.hash(), blake2_256(&preimage));
        assert_ne!(System::block_hash(0).0, [0; 32]);
    });
}

#[test]
fn reveal_should_be_refused_when_early_or_late() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        at(2 * TEMPO - 1);
        assert_eq!(refused(row.reveal()), Refused::RevealTooEarly.into());
        at_epoch(2);
        assert_eq!(refused(row.reveal()), Refused::RevealTooLate.into());
        // Also after the expiry was announced.
        Weights::sweep((NETUID, FIRST), 3 * TEMPO, u32::MAX);
        assert_eq!(refused(row.reveal()), Refused::RevealTooLate.into());
    });
}

#[test]
fn reveal_should_be_refused_when_it_is_not_what_was_committed() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        at_epoch(1);
        for other in [
            Sealed { salt: [8; 32], ..row.clone() },
            Sealed { values: vec![100, 51], ..row.clone() },
            Sealed { version: 1, ..row.clone() },
        ] {
            assert_eq!(refused(other.reveal()), Refused::WrongReveal.into());
        }
        let copier = Sealed { validator: hotkey(2), ..row };
        assert_eq!(refused(copier.reveal()), Refused::NoCommit.into());
    });
}

#[test]
fn reveal_should_be_refused_when_the_row_is_bad() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed { uids: vec![9, 2], ..Sealed::of(1) };
        assert_ok!(row.commit());
        at_epoch(1);
        assert_eq!(refused(row.reveal()), Refused::UnknownUid.into());
    });
}

#[test]
fn reveal_should_be_refused_when_it_breaks_the_terms_of_its_commit() {
    build_and_execute(|| {
        Arranged::tune(|h| {
            h.weights_version = 3;
            h.min_weights = 2;
            h.max_weight_share = 45_000;
        });
        let good = Sealed { version: 3, ..Sealed::of(1) };
        let bad = [
            (Sealed::of(1), Refused::WrongVersion),
            (Sealed { values: vec![100, 0], ..good.clone() }, Refused::TooFewWeights),
            (Sealed { values: vec![100, 10], ..good.clone() }, Refused::ShareTooLarge),
        ];
        for (epoch, (row, why)) in (0..).zip(bad) {
            at_epoch(epoch);
            assert_ok!(row.commit());
            at_epoch(epoch + 1);
            assert_eq!(refused(row.reveal()), why.into());
        }
        assert_ok!(good.commit());
        at_epoch(4);
        assert_ok!(good.reveal());
    });
}

/// [A] The attack: the owner changes what it asks of rows just before the window opens, to void
/// every row that was promised.
#[test]
fn reveal_should_be_accepted_when_the_owner_asks_for_something_else_since() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        at_epoch(1);
        Arranged::tune(|h| {
            h.weights_version = 3;
            h.min_weights = 4;
            h.max_weight_share = 20_000;
        });
        assert!(pool(&hotkey(1), row.reveal_call()).is_ok());
        assert_ok!(row.reveal());
        assert!(Rows::<Test>::contains_key((NETUID, FIRST), Uid(1)));
        // From the next commit on it counts.
        let next = Sealed { salt: [8; 32], ..row };
        assert_ok!(next.commit());
        at_epoch(2);
        assert_eq!(refused(next.reveal()), Refused::WrongVersion.into());
    });
}

#[test]
fn reveal_should_keep_its_window_when_the_reveal_period_changes() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        Arranged::tune(|h| h.reveal_period = 5);
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
    });
}

#[test]
fn reveal_should_be_accepted_when_the_permit_or_commit_reveal_went_away() {
    build_and_execute(|| {
        at_epoch(0);
        assert_ok!(Sealed::of(1).commit());
        Arranged::with(|subnet| subnet.permits.clear());
        Arranged::tune(|h| h.commit_reveal = false);
        at_epoch(1);
        assert_ok!(Sealed::of(1).reveal());
    });
}

#[test]
fn reveal_should_never_replace_a_newer_row() {
    build_and_execute(|| {
        at_epoch(0);
        let promised = Sealed::of(1);
        assert_ok!(promised.commit());
        Arranged::tune(|h| h.commit_reveal = false);
        at(TEMPO + 10);
        assert_ok!(Sealed { values: vec![1, 1], ..promised.clone() }.set());
        at_epoch(1);
        assert_eq!(refused(promised.reveal()), Refused::RevealTooLate.into());
    });
}

/// [A] The attack: commit several rows, look at the others' and show the one that pays best.
#[test]
fn validator_should_have_one_row_to_show_when_it_committed_to_several() {
    build_and_execute(|| {
        Arranged::tune(|h| h.reveal_period = 2);
        let rows: Vec<_> =
            (0..3).map(|salt| Sealed { salt: [salt; 32], ..Sealed::of(1) }).collect();
        for (epoch, row) in rows.iter().enumerate() {
            at_epoch(epoch as u32);
            assert_ok!(row.commit());
            let other = Sealed { salt: [99; 32], ..row.clone() };
            assert_eq!(refused(other.commit()), Refused::AlreadyCommitted.into());
        }
        at_epoch(3);
        assert_eq!(refused(rows[0].reveal()), Refused::RevealTooLate.into());
        assert_eq!(refused(rows[2].reveal()), Refused::RevealTooEarly.into());
        assert_ok!(rows[1].reveal());
    });
}

/// \[A\] The attack: make the chain carry calls for nothing, by sending the same ones again.
#[test]
fn calls_for_nothing_should_be_two_an_epoch_whatever_is_sent() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        let (mut with, mut without) = (0, 0);
        let mut send = |call: Call<Test>| {
            let info = call.get_dispatch_info();
            let carried = info.call_weight.ref_time();
            without += carried;
            let pays = match dispatch(&row.validator, call) {
                Ok(done) => done.pays_fee,
                Err(refused) => refused.post_info.pays_fee,
            };
            if pays == Pays::No {
                with += carried;
            }
        };
        (0..50).for_each(|_| send(row.commit_call()));
        at_epoch(1);
        (0..50).for_each(|_| send(row.reveal_call()));
        println!(
            "[A] ps of blocks that 100 calls of a permit holder take for nothing: {with} with the rule, \
             {without} without"
        );
        assert!(with > 0);
        assert_eq!(50 * with, without, "one commit, one reveal");
    });
}

#[test]
fn fee_should_be_given_back_once_per_epoch() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_eq!(row.commit().unwrap().pays_fee, Pays::No);
        let again = Sealed { salt: [8; 32], ..row.clone() }.commit().unwrap_err();
        assert_eq!(again.post_info.pays_fee, Pays::Yes);
        at_epoch(1);
        assert_eq!(row.reveal().unwrap().pays_fee, Pays::No);
        assert_eq!(row.reveal().unwrap_err().post_info.pays_fee, Pays::Yes);
    });
}
