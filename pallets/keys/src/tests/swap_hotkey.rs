//! `swap_hotkey`: who may, for what, how often.

use crate::{mock::*, Error, Event, Head, Heads, LineId, Lines, WeightInfo};
use alun_primitives::{
    traits::{HotkeySwap, KeyRegistry, KeySuccession},
    NetUid,
};
use frame::testing_prelude::*;

/// Rows enough for all that is not about rows.
const ROWS: u32 = 100;

fn swap(who: u64, old: u64, new: u64, proof: u64) -> DispatchResult {
    let swapped = Keys::swap_hotkey(RuntimeOrigin::signed(who), old, new, proof, ROWS);
    swapped.map(|_| ()).map_err(|error| error.error)
}

/// Alice swaps a hotkey for one that agrees.
fn ok(old: u64, new: u64) {
    assert_ok!(swap(ALICE, old, new, word(new, ALICE)));
}

#[test]
fn new_hotkey_should_have_the_place_of_the_old_one_when_it_agrees() {
    build_and_execute(|| {
        Seats::set(vec![(NetUid(1), OLD), (NetUid(2), 99), (NetUid(5), OLD)]);
        ok(OLD, NEW);
        System::assert_last_event(
            Event::HotkeySwapped { coldkey: ALICE, old: OLD, new: NEW }.into(),
        );
        let seats = vec![NetUid(1), NetUid(5)];
        assert_eq!(Told::get(), Some(HotkeySwap { coldkey: ALICE, old: OLD, new: NEW, seats }));
        assert_eq!(Keys::successor(&OLD), Some(NEW));
        assert_eq!((Keys::successor(&NEW), Keys::successor(&99)), (None, None));
        assert_eq!([NEW, OLD, 99].map(|key| Keys::predecessor(&key)), [Some(OLD), None, None]);
        assert_eq!(
            Heads::<Test>::get(LineId(0)),
            Some(Head { hotkey: NEW, former: OLD, since: 1 })
        );
    });
}

#[test]
fn swap_should_be_refused_when_a_key_is_wrong() {
    build_and_execute(|| {
        World::bind_unchecked(&30, &BOB);
        let good = word(NEW, ALICE);
        for (who, old, new, proof, error) in [
            (ALICE, 77, NEW, good, Error::<Test>::UnknownHotkey),
            (BOB, OLD, NEW, word(NEW, BOB), Error::<Test>::NotOwner),
            (ALICE, OLD, OLD, word(OLD, ALICE), Error::<Test>::NewKeyBound),
            (ALICE, OLD, 30, word(30, ALICE), Error::<Test>::NewKeyBound),
            (ALICE, OLD, NEW, word(NEW, BOB), Error::<Test>::BadProof),
            (ALICE, OLD, NEW, word(OLD, ALICE), Error::<Test>::BadProof),
        ] {
            assert_noop!(swap(who, old, new, proof), error);
        }
        assert_noop!(Keys::swap_hotkey(RuntimeOrigin::root(), OLD, NEW, good, ROWS), BadOrigin);
    });
}

#[test]
fn retired_hotkey_should_never_come_back_when_it_agrees_again() {
    build_and_execute(|| {
        ok(OLD, NEW);
        at(1 + DAY);
        assert_noop!(swap(ALICE, NEW, OLD, word(OLD, ALICE)), Error::<Test>::NewKeyRetired);
        assert_noop!(swap(ALICE, OLD, 21, word(21, ALICE)), Error::<Test>::UnknownHotkey);
        // Nor in another's line.
        World::bind_unchecked(&40, &BOB);
        assert_noop!(swap(BOB, 40, OLD, word(OLD, BOB)), Error::<Test>::NewKeyRetired);
    });
}

#[test]
fn line_should_be_swapped_once_in_the_interval_and_others_at_once() {
    build_and_execute(|| {
        World::bind_unchecked(&11, &ALICE);
        ok(OLD, NEW);
        let early = || swap(ALICE, NEW, 21, word(21, ALICE));
        assert_noop!(early(), Error::<Test>::TooSoon);
        ok(11, 31);
        at(DAY);
        assert_noop!(early(), Error::<Test>::TooSoon);
        at(1 + DAY);
        assert_ok!(early());
        assert_eq!(
            Heads::<Test>::get(LineId(0)),
            Some(Head { hotkey: 21, former: NEW, since: 1 + DAY })
        );
        assert_eq!(Keys::successor(&11), Some(31));
    });
}

#[test]
fn head_should_be_found_at_once_when_the_line_is_long() {
    build_and_execute(|| {
        (0..50).for_each(|n: u64| {
            at(1 + DAY * n as u32);
            let old = if n == 0 { OLD } else { 99 + n };
            ok(old, 100 + n);
        });
        assert_eq!(Lines::<Test>::iter().count(), 51);
        assert_eq!(Heads::<Test>::iter().count(), 1);
        for old in [OLD, 100, 120, 148] {
            assert_eq!(Keys::successor(&old), Some(149));
        }
        assert_eq!(Keys::successor(&149), None);
    });
}

#[test]
fn swap_should_be_refused_whole_when_it_moves_more_rows_than_are_paid() {
    build_and_execute(|| {
        Seats::set((0..17).map(|n| (NetUid(n), 99)).collect());
        Carried::set(10);
        let swap = |rows| {
            let proof = word(NEW, ALICE);
            Keys::swap_hotkey(RuntimeOrigin::signed(ALICE), OLD, NEW, proof, rows)
        };
        // 17 subnets are looked at for two rows.
        for few in [0, 1, 11] {
            assert_noop!(swap(few), Error::<Test>::TooManyRows);
        }
        assert_eq!(World::coldkey_of(&OLD), Some(ALICE));
        let paid = swap(1_000).unwrap();
        assert_eq!(paid.actual_weight, Some(<() as WeightInfo>::swap_hotkey(12)));
        assert_eq!((World::coldkey_of(&OLD), World::coldkey_of(&NEW)), (None, Some(ALICE)));
    });
}
