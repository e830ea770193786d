//! `set_weights`.

use super::*;
use crate::Rows;
use alun_primitives::Uid;

fn direct(test: impl FnOnce()) {
    build_and_execute(|| {
        Arranged::tune(|h| h.commit_reveal = false);
        at_epoch(0);
        test();
    });
}

#[test]
fn set_should_store_the_row_when_good() {
    direct(|| {
        let info = Sealed::of(1).set().unwrap();
        assert_eq!(info.pays_fee, Pays::Yes);
        let row = Rows::<Test>::get((NETUID, FIRST), Uid(1)).unwrap();
        assert_eq!(row.entries.into_inner(), vec![(2, 32_768), (3, 65_535)]);
        assert_eq!(row.last_update, TEMPO);
        assert_eq!(
            events(),
            vec![Event::WeightsSet {
                netuid: NETUID,
                mechanism: FIRST,
                uid: Uid(1),
                hotkey: hotkey(1)
            }]
        );
    });
}

#[test]
fn set_should_be_refused_when_commit_reveal_is_on() {
    build_and_execute(|| {
        at_epoch(0);
        assert_eq!(refused(Sealed::of(1).set()), Refused::CommitRevealOn.into());
    });
}

#[test]
fn set_should_be_refused_when_the_sender_may_not() {
    direct(|| {
        let row = Sealed::of(1);
        let unknown = Call::set_weights {
            netuid: 9.into(),
            mechanism: FIRST,
            uids: list(&[1]),
            values: list(&[1]),
            version: 0,
        };
        assert_eq!(refused(dispatch(&hotkey(1), unknown)), Refused::UnknownSubnet.into());
        let third = Sealed { mechanism: MechanismId(2), ..row.clone() };
        assert_eq!(refused(third.set()), Refused::UnknownMechanism.into());
        let stranger = Sealed { validator: hotkey(9), ..row.clone() };
        assert_eq!(refused(stranger.set()), Refused::NotANeuron.into());
        assert_eq!(refused(Sealed::of(3).set()), Refused::NoPermit.into());
        let elsewhere = Sealed { mechanism: SECOND, ..row };
        assert_eq!(refused(elsewhere.set()), Refused::NoPermit.into());
        let call = RuntimeCall::from(Sealed::of(1).set_call());
        assert_noop!(call.dispatch(RuntimeOrigin::none()), DispatchError::BadOrigin);
    });
}

#[test]
fn set_should_be_refused_when_no_epoch_was_due() {
    direct(|| {
        at(TEMPO - 1);
        assert_eq!(refused(Sealed::of(0).set()), Refused::NotStarted.into());
        Arranged::with(|subnet| subnet.schedule = None);
        at(TEMPO);
        assert_eq!(refused(Sealed::of(0).set()), Refused::NotStarted.into());
        Arranged::reset(4);
    });
}

#[test]
fn set_should_be_accepted_from_the_owner_when_nobody_has_a_permit() {
    direct(|| {
        Arranged::with(|subnet| subnet.permits.clear());
        assert_ok!(Sealed::of(0).set());
        assert_eq!(refused(Sealed::of(1).set()), Refused::NoPermit.into());
    });
}

#[test]
fn set_should_be_refused_with_its_reason_when_the_row_is_bad() {
    direct(|| {
        let bad = |uids: &[u16], values: &[u16]| {
            let row = Sealed { uids: uids.into(), values: values.into(), ..Sealed::of(1) };
            refused(row.set())
        };
        assert_eq!(bad(&[4], &[1]), Refused::UnknownUid.into());
        assert_eq!(bad(&[1], &[1, 2]), Refused::LengthMismatch.into());
        assert_eq!(bad(&[0, 1, 2, 3, 0], &[1; 5]), Refused::TooManyWeights.into());
        assert_eq!(bad(&[2, 2], &[1, 1]), Refused::DuplicateUid.into());
        assert_eq!(bad(&[2, 3], &[0, 0]), Refused::AllZero.into());
        assert_eq!(bad(&[], &[]), Refused::AllZero.into());
        let version = Sealed { version: 1, ..Sealed::of(1) };
        assert_eq!(refused(version.set()), Refused::WrongVersion.into());
        Arranged::tune(|h| h.min_weights = 2);
        assert_eq!(bad(&[2, 3], &[1, 0]), Refused::TooFewWeights.into());
        Arranged::tune(|h| h.max_weight_share = 40_000);
        assert_eq!(bad(&[2, 3], &[3, 1]), Refused::ShareTooLarge.into());
    });
}

#[test]
fn set_should_wait_for_the_rate_limit_when_repeated() {
    direct(|| {
        assert_ok!(Sealed::of(1).set());
        at(TEMPO + 9);
        assert_eq!(refused(Sealed::of(1).set()), Refused::TooSoon.into());
        assert_ok!(Sealed::of(2).set());
        at(TEMPO + 10);
        assert_ok!(Sealed::of(1).set());
    });
}
