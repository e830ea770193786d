//! A coldkey is swapped: announced, disputed, executed, in steps.

use crate::{mock::*, ColdkeyDelay, Error, Event, Lock, Locks, FEES};
use codec::Encode;
use frame::{
    hashing::blake2_256,
    testing_prelude::*,
    token::fungible::{Inspect, Mutate},
    token::{Fortitude, Preservation},
    traits::ReservableCurrency,
};

const ROWS: u32 = 100;
/// Five days of 6 s blocks.
const DELAY: u32 = 72_000;

fn by(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

fn hash(new: u64) -> [u8; 32] {
    new.using_encoded(blake2_256)
}

fn announce() {
    assert_ok!(Keys::announce_coldkey_swap(by(ALICE), hash(NEW)));
}

fn execute(new: u64, rows: u32) -> DispatchResultWithPostInfo {
    Keys::execute_coldkey_swap(by(BOB), ALICE, new, rows)
}

fn go_on(rows: u32) -> DispatchResultWithPostInfo {
    Keys::continue_coldkey_swap(by(BOB), ALICE, rows)
}

#[test]
fn everything_should_move_when_the_delay_is_over() {
    build_and_execute(|| {
        assert_eq!(ColdkeyDelay::<Test>::get(), 432_000_000);
        Things::insert(ALICE, (3, 5));
        announce();
        let from = 1 + DELAY;
        let told = Event::ColdkeySwapAnnounced { coldkey: ALICE, hash: hash(NEW), from };
        System::assert_last_event(told.into());
        assert!(Keys::is_locked(&ALICE) && Keys::any_locked() && !Keys::is_locked(&NEW));
        at(from - 1);
        assert_noop!(execute(NEW, ROWS), Error::<Test>::DelayNotOver);
        at(from);
        assert_noop!(execute(21, ROWS), Error::<Test>::OtherColdkey);
        assert_ok!(execute(NEW, ROWS));
        let free = RICH;
        System::assert_last_event(Event::ColdkeySwapped { old: ALICE, new: NEW, free }.into());
        assert_eq!((Things::get(ALICE), Things::get(NEW)), ((0, 0), (3, 5)));
        assert_eq!((Balances::free_balance(ALICE), Balances::free_balance(NEW)), (0, RICH));
        assert_eq!(Dropped::get(), [ALICE]);
        assert!(!Keys::is_locked(&ALICE) && !Keys::any_locked());
        assert_noop!(execute(NEW, ROWS), Error::<Test>::NotAnnounced);
    });
}

#[test]
fn swap_should_go_on_in_steps_and_pay_last_when_rows_are_few() {
    build_and_execute(|| {
        Things::insert(ALICE, (3, 5));
        announce();
        at(1 + DELAY);
        assert_noop!(execute(NEW, 2), Error::<Test>::TooManyRows);
        assert_noop!(go_on(ROWS), Error::<Test>::NotMoving);
        assert_ok!(execute(NEW, 4));
        assert_eq!((Things::get(ALICE), Things::get(NEW)), ((0, 4), (3, 1)));
        let moving = Lock::Moving { new: NEW, stepped: 1 + DELAY };
        assert_eq!(Locks::<Test>::get(ALICE), Some(moving));
        assert_noop!(go_on(ROWS), Error::<Test>::OneStepInABlock);
        at(2 + DELAY);
        assert_noop!(execute(NEW, ROWS), Error::<Test>::NotAnnounced);
        let dispute = Keys::dispute_coldkey_swap(by(ALICE));
        assert_eq!(dispute, Err(Error::<Test>::NotAnnounced.into()));
        assert_ok!(go_on(3));
        assert_eq!((Things::get(ALICE), Balances::free_balance(NEW)), ((0, 1), 0));
        at(3 + DELAY);
        let paid = go_on(ROWS).unwrap();
        let moved = <() as crate::WeightInfo>::execute_coldkey_swap(1);
        assert_eq!(paid.actual_weight, Some(moved));
        assert_eq!((Things::get(NEW), Balances::free_balance(NEW)), ((3, 5), RICH));
    });
}

#[test]
fn coldkey_should_stay_locked_when_it_disputes_until_root_drops_the_swap() {
    build_and_execute(|| {
        assert_noop!(Keys::dispute_coldkey_swap(by(ALICE)), Error::<Test>::NotAnnounced);
        announce();
        assert_noop!(Keys::announce_coldkey_swap(by(ALICE), [1; 32]), Error::<Test>::ColdkeyLocked);
        assert_ok!(Keys::dispute_coldkey_swap(by(ALICE)));
        System::assert_last_event(Event::ColdkeySwapDisputed { coldkey: ALICE }.into());
        at(1 + DELAY);
        assert_noop!(execute(NEW, ROWS), Error::<Test>::NotAnnounced);
        assert_noop!(
            Keys::announce_coldkey_swap(by(ALICE), hash(NEW)),
            Error::<Test>::ColdkeyLocked
        );
        let resolve = |origin| Keys::resolve_coldkey_dispute(origin, ALICE, None);
        assert_noop!(resolve(by(BOB)), BadOrigin);
        assert_ok!(resolve(RuntimeOrigin::root()));
        assert!(!Keys::is_locked(&ALICE));
        assert_noop!(resolve(RuntimeOrigin::root()), Error::<Test>::NotDisputed);
        assert_ok!(Balances::transfer(&ALICE, &BOB, RICH, Preservation::Expendable));
    });
}

#[test]
fn swap_should_go_to_the_key_that_root_names_when_it_was_disputed() {
    build_and_execute(|| {
        announce();
        assert_ok!(Keys::dispute_coldkey_swap(by(ALICE)));
        assert_ok!(Keys::resolve_coldkey_dispute(RuntimeOrigin::root(), ALICE, Some(33)));
        assert!(Keys::is_locked(&ALICE));
        assert_noop!(execute(NEW, ROWS), Error::<Test>::OtherColdkey);
        // [A] Or a thief could dispute what root decided, for ever.
        assert_noop!(Keys::dispute_coldkey_swap(by(ALICE)), Error::<Test>::NotAnnounced);
        assert_ok!(execute(33, ROWS));
        assert_eq!(Balances::free_balance(33), RICH);
    });
}

#[test]
fn swap_should_be_refused_when_the_new_coldkey_is_the_old_one_or_locked() {
    build_and_execute(|| {
        assert_ok!(Keys::announce_coldkey_swap(by(ALICE), hash(ALICE)));
        assert_ok!(Keys::announce_coldkey_swap(by(BOB), hash(ALICE)));
        at(1 + DELAY);
        assert_noop!(execute(ALICE, ROWS), Error::<Test>::BadNewColdkey);
        let into_locked = Keys::execute_coldkey_swap(by(NEW), BOB, ALICE, ROWS);
        assert_eq!(into_locked.unwrap_err().error, Error::<Test>::BadNewColdkey.into());
    });
}

/// Begins Bob's swap into Alice, whose own one waits for the delay or is in work.
fn into_alice(rows: u32) -> DispatchResultWithPostInfo {
    Keys::execute_coldkey_swap(by(NEW), BOB, ALICE, rows)
}

#[test]
fn swap_should_be_refused_when_the_new_coldkey_is_being_moved() {
    build_and_execute(|| {
        Things::insert(ALICE, (0, 5));
        announce();
        assert_ok!(Keys::announce_coldkey_swap(by(BOB), hash(ALICE)));
        at(1 + DELAY);
        assert_ok!(execute(NEW, 3));
        assert!(matches!(Locks::<Test>::get(ALICE), Some(Lock::Moving { .. })));
        let refused = into_alice(ROWS).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::BadNewColdkey.into());
        // Once that is over, Alice is a coldkey like another.
        at(2 + DELAY);
        assert_ok!(go_on(ROWS));
        assert_ok!(into_alice(ROWS));
        assert_eq!(Balances::free_balance(ALICE), RICH);
    });
}

#[test]
fn rest_should_go_where_its_swap_says_when_the_new_coldkey_is_swapped_before_it_is_over() {
    build_and_execute(|| {
        Things::insert(BOB, (0, 9));
        assert_ok!(Keys::announce_coldkey_swap(by(BOB), hash(ALICE)));
        at(1 + DELAY);
        assert_ok!(into_alice(2));
        // Alice announces while Bob's things arrive.
        announce();
        let of = |who| Things::get(who).1;
        let step = |block, rows| {
            at(block);
            Keys::continue_coldkey_swap(by(NEW), BOB, rows)
        };
        assert_ok!(step(2 + DELAY, 3));
        assert_eq!((of(BOB), of(ALICE), of(NEW)), (4, 5, 0));
        at(1 + 2 * DELAY);
        assert_ok!(execute(NEW, 1));
        // What arrives before Alice's swap is over goes on with it.
        assert_ok!(step(2 + 2 * DELAY, 1));
        assert_ok!(go_on(ROWS));
        assert_eq!((of(BOB), of(ALICE), of(NEW)), (3, 0, 6));
        assert!(!Keys::is_locked(&ALICE));
        // What arrives later is at Alice, as Bob said, and nothing is lost.
        assert_ok!(step(3 + 2 * DELAY, ROWS));
        assert_eq!((of(BOB), of(ALICE), of(NEW)), (0, 3, 6));
        assert_eq!((Balances::free_balance(ALICE), Balances::free_balance(NEW)), (RICH, RICH));
        assert!(!Keys::any_locked());
    });
}

/// \[A\] Who holds the key could tip all of it away with a call that is allowed.
#[test]
fn balance_should_be_frozen_but_for_fees_when_the_coldkey_is_locked() {
    build_and_execute(|| {
        let rich = 5 * FEES;
        let held = 3 * FEES;
        assert_ok!(Balances::mint_into(&ALICE, rich + held - RICH));
        assert_ok!(Balances::reserve(&ALICE, held));
        announce();
        let spendable =
            || Balances::reducible_balance(&ALICE, Preservation::Expendable, Fortitude::Polite);
        assert_eq!(spendable(), FEES);
        assert_ok!(Keys::dispute_coldkey_swap(by(ALICE)));
        assert_eq!(spendable(), FEES);
        assert_ok!(Keys::resolve_coldkey_dispute(RuntimeOrigin::root(), ALICE, Some(NEW)));
        assert_eq!(spendable(), FEES);
        assert_eq!(Balances::unreserve(&ALICE, held), 0);
        assert_eq!(spendable(), FEES);
        assert_ok!(execute(NEW, ROWS));
        let left = Balances::free_balance(ALICE);
        assert_eq!((Balances::free_balance(NEW), left), (rich + held, 0));
    });
}

/// \[A\] Else a thief could lock root out of its own chain, and nobody could resolve a dispute.
#[test]
fn coldkey_should_not_be_swapped_while_it_holds_the_sudo_key() {
    build_and_execute(|| {
        assert_ok!(Balances::mint_into(&RULER, RICH));
        let announced = Keys::announce_coldkey_swap(by(RULER), hash(NEW));
        assert_eq!(announced, Err(Error::<Test>::HoldsRoot.into()));
    });
}
