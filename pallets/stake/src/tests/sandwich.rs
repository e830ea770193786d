//! Who sees a call coming and trades around it: with a tight bound the victim's call fails rather than
//! lose. Each study prints what the bot would have earned without the bound.

use super::quotes::Ask;
use crate::{mock::*, Error};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

/// The bot's stakes, in tokens.
const SIZES: [u64; 6] = [10, 100, 1_000, 10_000, 100_000, 900_000];

/// Which way the bot trades first.
#[derive(Clone, Copy)]
enum Front {
    /// The victim will buy: buy before it.
    Buy,
    /// The victim will sell: sell before it, what was bought long ago.
    Sell,
}

/// What the bot has more in native tokens after its two trades around a call that succeeds with
/// `min` or fails, and whether it did.
fn around(front: Front, size: u64, call: impl FnOnce() -> DispatchResult) -> (i128, bool) {
    let before = i128::from(free(&eve()));
    let have = |netuid| value(&eve(), &charlie(), netuid);
    match front {
        Front::Buy => {
            let old = have(SUBNET);
            stake(&eve(), &charlie(), SUBNET, size * UNIT);
            let made = call().is_ok();
            let bought = have(SUBNET) - old;
            assert_ok!(Stake::remove_stake(signed(eve()), charlie(), SUBNET, bought, 0));
            (i128::from(free(&eve())) - before, made)
        }
        Front::Sell => {
            let alpha = have(SUBNET);
            let part = (alpha / 1_000 * size.min(1_000)).min(alpha);
            assert_ok!(Stake::remove_stake(signed(eve()), charlie(), SUBNET, part, 0));
            let got = (i128::from(free(&eve())) - before) as u64;
            let made = call().is_ok();
            stake(&eve(), &charlie(), SUBNET, got);
            // In alpha: what it has more.
            (i128::from(have(SUBNET)) - i128::from(alpha), made)
        }
    }
}

/// The bot's best result around the call of a victim, with the tightest bound and without one.
fn study(front: Front, what: &str, prepare: fn(), call: fn(u64) -> DispatchResult, bound: u64) {
    let fresh = |min: u64, size: u64| {
        new_test_ext().execute_with(|| {
            prepare();
            let result = around(front, size, || call(min));
            check();
            result
        })
    };
    let mut best = i128::MIN;
    for size in SIZES {
        let (earned, made) = fresh(bound, size);
        assert!(!made, "{what}: the bound held the call up, size {size}");
        assert!(earned < 0, "{what}: the bot earned {earned} with {size}");
        let (earned, made) = fresh(0, size);
        assert!(made);
        best = best.max(earned);
    }
    println!(
        "{what}: a bot takes up to {:.3} from a caller without a bound; with the quote as the bound \
         the call fails and the bot loses its fees",
        best as f64 / UNIT as f64
    );
    assert!(best > 0, "{what}: there is something to protect");
}

fn bot_has_alpha() {
    place(&eve(), &charlie(), SUBNET, 50_000 * UNIT);
}

fn victim_has_alpha() {
    bot_has_alpha();
    place(&dave(), &bob(), SUBNET, 5_000 * UNIT);
}

fn victim_has_root() {
    place(&dave(), &bob(), NetUid::ROOT, 5_000 * UNIT);
}

/// What a quote says in the state that `prepare` makes.
fn quoted(prepare: fn(), quote: fn() -> u64) -> u64 {
    new_test_ext().execute_with(|| {
        prepare();
        quote()
    })
}

#[test]
fn bot_should_lose_when_who_adds_stake_has_a_tight_bound() {
    // [A]
    let bound = quoted(|| (), || Stake::quote_add(&bob(), SUBNET, 5_000 * UNIT).unwrap().received);
    let call = |min| Stake::add_stake(signed(dave()), bob(), SUBNET, 5_000 * UNIT, min);
    study(Front::Buy, "add 5,000 tokens", || (), call, bound);
}

#[test]
fn bot_should_lose_when_who_removes_stake_has_a_tight_bound() {
    // [A]
    let bound = quoted(victim_has_alpha, || {
        Stake::quote_remove(&dave(), &bob(), SUBNET, None).unwrap().received
    });
    study(
        Front::Sell,
        "remove 5,000 alpha (in alpha)",
        victim_has_alpha,
        |min| Stake::remove_stake(signed(dave()), bob(), SUBNET, 5_000 * UNIT, min),
        bound,
    );
    study(
        Front::Sell,
        "remove all of 5,000 alpha (in alpha)",
        victim_has_alpha,
        |min| remove_all(&dave(), &bob(), SUBNET, min),
        bound,
    );
}

#[test]
fn bot_should_lose_when_who_swaps_stake_has_a_tight_bound() {
    // [A]
    let bound = quoted(victim_has_root, || {
        Stake::quote_swap(&dave(), &bob(), NetUid::ROOT, SUBNET, 5_000 * UNIT).unwrap().received
    });
    study(
        Front::Buy,
        "swap 5,000 tokens from root",
        victim_has_root,
        |min| Stake::swap_stake(signed(dave()), bob(), NetUid::ROOT, SUBNET, 5_000 * UNIT, min),
        bound,
    );
    let bound = quoted(victim_has_alpha, || {
        Stake::quote_swap(&dave(), &bob(), SUBNET, OTHER, 5_000 * UNIT).unwrap().received
    });
    study(
        Front::Sell,
        "swap 5,000 alpha to another subnet (in alpha)",
        victim_has_alpha,
        |min| Stake::swap_stake(signed(dave()), bob(), SUBNET, OTHER, 5_000 * UNIT, min),
        bound,
    );
}

#[test]
fn bot_should_change_nothing_when_nothing_is_traded() {
    // Moves and transfers have nothing to trade around: the quote is what comes, whatever the bot did.
    build_and_execute(|| {
        victim_has_alpha();
        let netuid = SUBNET;
        let amount = 1_000 * UNIT;
        let moved = Stake::quote_move(&dave(), netuid, &bob(), &charlie(), amount).unwrap();
        let given = Stake::quote_transfer(&dave(), &alice(), &bob(), netuid, amount).unwrap();
        stake(&eve(), &charlie(), netuid, 100_000 * UNIT);
        let later = Stake::quote_move(&dave(), netuid, &bob(), &charlie(), amount).unwrap();
        assert!(moved.received.abs_diff(later.received) <= 1);
        let later = Stake::quote_transfer(&dave(), &alice(), &bob(), netuid, amount).unwrap();
        assert_eq!(given, later);
        let to = alice();
        assert!(Ask::Transfer { who: dave(), to, hotkey: bob(), netuid, amount }.compare());
        assert_noop!(
            Stake::move_stake(signed(dave()), netuid, bob(), charlie(), amount, amount + 1),
            Error::<Test>::ReceivedTooLittle
        );
    });
}
