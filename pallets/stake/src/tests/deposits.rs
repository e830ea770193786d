//! Who makes a row in another's account pays for it **[A]**.

use crate::{mock::*, Deposits, Error, Event, HoldReason, Positions};
use alun_primitives::{NetUid, UNIT};
use frame::{testing_prelude::*, token::fungible::InspectHold};

fn give(from: AccountId, to: AccountId, amount: u64) -> DispatchResult {
    Stake::transfer_stake(signed(from), to, bob(), SUBNET, amount, 0)
}

/// The least that may be given.
const DUST: u64 = 500_000;

fn held(who: &AccountId) -> u64 {
    Balances::balance_on_hold(&HoldReason::Position.into(), who)
}

#[test]
fn giver_should_pay_for_each_row_when_it_litters_anothers_account() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        for n in 0..10 {
            assert_ok!(give(dave(), stranger(n), 500_000));
        }
        assert_eq!(Positions::<Test>::iter().count(), 11);
        assert_eq!(held(&dave()), 10 * ROW);
        assert_eq!(free(&dave()), RICH - 10 * ROW);
    });
}

/// How many rows somebody with one token and one alpha makes in the accounts of strangers, until it has
/// no more to make them with.
fn littered(deposit: u64) -> u64 {
    build_and_execute(|| {
        RowDeposit::set(deposit);
        let vandal = stranger(0);
        assert_ok!(Balances::transfer_keep_alive(signed(dave()), vandal.clone(), UNIT));
        place(&vandal, &bob(), SUBNET, UNIT);
        (1..10_000).take_while(|n| give(vandal.clone(), stranger(*n), DUST).is_ok()).count() as u64
    })
}

/// \[A\] Rows that nobody asked for, as many as a token makes: they cost no more than dust.
#[test]
fn litter_should_be_bounded_by_what_it_costs_to_leave() {
    let (with, without) = (littered(ROW), littered(0));
    println!(
        "[A] rows that one token and one alpha leave in the accounts of strangers: {with} with the \
         rule, {without} without"
    );
    assert_eq!(with, (UNIT - DEPOSIT) / ROW);
    assert!(without >= UNIT / DUST - 2, "{without}");
}

#[test]
fn deposit_should_be_asked_for_only_when_the_row_is_new() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        place(&eve(), &bob(), SUBNET, UNIT);
        assert_ok!(give(dave(), eve(), UNIT));
        assert_eq!(held(&dave()), 0);
        assert_ok!(give(dave(), stranger(1), UNIT));
        assert_ok!(give(dave(), stranger(1), UNIT));
        assert_eq!(held(&dave()), ROW);
        // One's own row needs no deposit.
        stake(&eve(), &charlie(), OTHER, UNIT);
        assert_eq!((held(&eve()), Deposits::<Test>::iter().count()), (0, 1));
    });
}

#[test]
fn deposit_should_come_back_when_the_row_goes() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        assert_ok!(give(dave(), eve(), UNIT));
        assert_ok!(Stake::remove_stake(signed(eve()), bob(), SUBNET, UNIT / 2, 0));
        assert_eq!(held(&dave()), ROW, "the row is still there");
        events();
        assert_ok!(remove_all(&eve(), &bob(), SUBNET, 0));
        assert_eq!((held(&dave()), free(&dave())), (0, RICH));
        let released = Event::DepositReleased {
            payer: dave(),
            coldkey: eve(),
            hotkey: bob(),
            netuid: SUBNET,
            amount: ROW,
        };
        assert!(events().contains(&released));
        assert_eq!(Deposits::<Test>::iter().count(), 0);
    });
}

#[test]
fn deposit_should_come_back_when_the_row_is_moved_swapped_or_given_away() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        assert_ok!(give(dave(), eve(), UNIT));
        assert_ok!(Stake::move_stake(signed(eve()), SUBNET, bob(), charlie(), UNIT, 0));
        assert_eq!(held(&dave()), 0);
        assert_ok!(give(dave(), eve(), UNIT));
        assert_ok!(Stake::swap_stake(signed(eve()), bob(), SUBNET, NetUid::ROOT, UNIT, 0));
        assert_eq!(held(&dave()), 0);
        assert_ok!(give(dave(), eve(), UNIT));
        // Eve pays for the next one's.
        assert_ok!(give(eve(), alice(), UNIT));
        assert_eq!((held(&dave()), held(&eve())), (0, ROW));
        // And Alice for Eve's, when she gives it back.
        assert_ok!(give(alice(), eve(), UNIT));
        assert_eq!((held(&eve()), held(&alice())), (0, ROW));
    });
}

#[test]
fn deposit_should_come_back_when_the_position_is_dust_that_is_worth_nothing() {
    build_and_execute(|| {
        place(&dave(), &bob(), OTHER, 1);
        assert_ok!(Stake::transfer_stake(signed(dave()), eve(), bob(), OTHER, 1, 1));
        assert_eq!(held(&dave()), ROW);
        assert_ok!(remove_all(&eve(), &bob(), OTHER, 0));
        assert_eq!((held(&dave()), free(&eve())), (0, RICH));
    });
}

#[test]
fn transfer_should_be_refused_when_the_giver_can_not_pay_the_deposit() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        let keeps = ROW + DEPOSIT - 1;
        assert_ok!(Balances::transfer_keep_alive(signed(dave()), eve(), RICH - keeps));
        assert_noop!(give(dave(), stranger(1), UNIT), Error::<Test>::DepositTooHigh);
        let quote = Stake::quote_transfer(&dave(), &stranger(1), &bob(), SUBNET, UNIT);
        assert_eq!(quote, Err(Error::<Test>::DepositTooHigh.into()));
        assert_ok!(Balances::transfer_keep_alive(signed(eve()), dave(), 1));
        let quote = Stake::quote_transfer(&dave(), &stranger(1), &bob(), SUBNET, UNIT);
        assert_eq!(quote.unwrap().deposit, ROW);
        assert_ok!(give(dave(), stranger(1), UNIT));
        assert_eq!((held(&dave()), free(&dave())), (ROW, DEPOSIT));
    });
}
