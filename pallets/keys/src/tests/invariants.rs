//! That a broken K1 is found.

use crate::{mock::*, Head, Heads, LineId, Lines};
use alun_primitives::traits::KeyRegistry;
use frame::testing_prelude::*;

fn broken(harm: impl FnOnce()) -> Result<(), &'static str> {
    new_test_ext().execute_with(|| {
        assert_ok!(Keys::swap_hotkey(RuntimeOrigin::signed(ALICE), OLD, NEW, word(NEW, ALICE), 9));
        assert_eq!(Keys::check_invariants(), Ok(()));
        harm();
        Keys::check_invariants()
    })
}

#[test]
fn k1_should_be_broken_when_a_retired_hotkey_is_bound() {
    let result = broken(|| World::bind_unchecked(&OLD, &BOB));
    assert_eq!(result, Err("K1: another than the head is bound"));
}

#[test]
fn k1_should_be_broken_when_a_line_has_no_head_or_one_that_is_not_its_own() {
    assert_eq!(broken(|| Heads::<Test>::remove(LineId(0))), Err("K1: a line without a head"));
    assert_eq!(broken(|| Lines::<Test>::remove(NEW)), Err("K1: a head of another line"));
    let result = broken(|| {
        Heads::<Test>::insert(LineId(7), Head { hotkey: 5, former: 4, since: 1 });
    });
    assert_eq!(result, Err("K1: a line's id was never given out"));
}
