//! What the transaction pool refuses, and what it keeps one of.

use super::*;
use alun_primitives::Refusal;

#[test]
fn pool_should_refuse_with_the_code_of_the_reason() {
    build_and_execute(|| {
        let row = Sealed::of(1);
        assert_eq!(pool(&hotkey(1), row.commit_call()), Err(Refusal::NotStarted.code()));
        at_epoch(0);
        assert_eq!(pool(&hotkey(9), row.commit_call()), Err(Refusal::NotANeuron.code()));
        assert_eq!(pool(&hotkey(3), row.commit_call()), Err(Refusal::NoPermit.code()));
        assert_eq!(pool(&hotkey(1), row.set_call()), Err(Refusal::CommitRevealOn.code()));
        assert_eq!(pool(&hotkey(1), row.reveal_call()), Err(Refusal::NoCommit.code()));
        assert_ok!(row.commit());
        assert_eq!(pool(&hotkey(1), row.commit_call()), Err(Refusal::AlreadyCommitted.code()));
        assert_eq!(pool(&hotkey(1), row.reveal_call()), Err(Refusal::RevealTooEarly.code()));
        at_epoch(1);
        let other = Sealed { salt: [0; 32], ..row.clone() };
        assert_eq!(pool(&hotkey(1), other.reveal_call()), Err(Refusal::WrongReveal.code()));
        at_epoch(2);
        assert_eq!(pool(&hotkey(1), row.reveal_call()), Err(Refusal::RevealTooLate.code()));
        let nowhere = Sealed { mechanism: MechanismId(2), ..row.clone() };
        assert_eq!(pool(&hotkey(1), nowhere.set_call()), Err(Refusal::UnknownMechanism.code()));
    });
}

#[test]
fn pool_should_refuse_bad_rows_when_set_directly() {
    build_and_execute(|| {
        Arranged::tune(|h| {
            h.commit_reveal = false;
            h.min_weights = 2;
            h.max_weight_share = 50_000;
        });
        at_epoch(0);
        let code = |uids: &[u16], values: &[u16]| {
            let row = Sealed { uids: uids.into(), values: values.into(), ..Sealed::of(1) };
            pool(&hotkey(1), row.set_call()).map_err(Refusal::from_code)
        };
        assert_eq!(code(&[9, 1], &[1, 1]), Err(Some(Refusal::UnknownUid)));
        assert_eq!(code(&[1], &[1]), Err(Some(Refusal::TooFewWeights)));
        assert_eq!(code(&[1, 2], &[1]), Err(Some(Refusal::LengthMismatch)));
        assert_eq!(code(&[0, 1, 2, 3, 1], &[1; 5]), Err(Some(Refusal::TooManyWeights)));
        assert_eq!(code(&[1, 1], &[1, 1]), Err(Some(Refusal::DuplicateUid)));
        assert_eq!(code(&[1, 2], &[0, 0]), Err(Some(Refusal::AllZero)));
        assert_eq!(code(&[1, 2], &[9, 1]), Err(Some(Refusal::ShareTooLarge)));
        let version = Sealed { version: 7, ..Sealed::of(1) };
        assert_eq!(pool(&hotkey(1), version.set_call()), Err(Refusal::WrongVersion.code()));
        let commit = Sealed::of(1).commit_call();
        assert_eq!(pool(&hotkey(1), commit), Err(Refusal::CommitRevealOff.code()));
        assert_ok!(Sealed { values: vec![1, 1], ..Sealed::of(1) }.set());
        let again = Sealed { values: vec![1, 2], ..Sealed::of(1) }.set_call();
        assert_eq!(pool(&hotkey(1), again), Err(Refusal::TooSoon.code()));
    });
}

#[test]
fn pool_should_keep_one_when_two_submit_the_same_reveal() {
    build_and_execute(|| {
        at_epoch(0);
        let row = Sealed::of(1);
        assert_ok!(row.commit());
        at_epoch(1);
        let mine = pool(&hotkey(1), row.reveal_call()).unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!(pool(&hotkey(80), row.reveal_call()).unwrap(), mine);
        // Its commit of this epoch is another matter.
        let next = Sealed { salt: [8; 32], ..row.clone() };
        assert_ne!(pool(&hotkey(1), next.commit_call()).unwrap(), mine);
        // Once the first is in a block, the second is refused and billed to nobody.
        assert_ok!(row.reveal());
        assert_eq!(pool(&hotkey(80), row.reveal_call()), Err(Refusal::NoCommit.code()));
    });
}

#[test]
fn pool_should_let_other_calls_pass() {
    build_and_execute(|| {
        let call = RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
        let info = call.get_dispatch_info();
        let extension = crate::CheckWeightCalls::<Test>::new();
        assert_eq!(extension.weight(&call), Weight::zero());
        let origin = RuntimeOrigin::signed(hotkey(9));
        let source = frame::deps::sp_runtime::transaction_validity::TransactionSource::External;
        assert!(extension.validate_only(origin, &call, &info, 0, source, 0).is_ok());
        let ours = RuntimeCall::from(Sealed::of(1).reveal_call());
        assert!(extension.weight(&ours).ref_time() > 0);
        assert_eq!(extension.encode(), Vec::<u8>::new());
    });
}
