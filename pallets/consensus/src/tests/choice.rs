//! A commit binds: who has several rows to choose from, or none to show, earns nothing by it **[A]**.
//! Dividends are those of real epochs.

use super::*;
use alun_primitives::UNIT;
use pallet_weights::Windows;

/// The attacker, with a third of the stake.
const ATTACKER: u16 = 2;

/// A row.
type Row = (&'static [u16], &'static [u16]);

/// What the majority finds when it looks.
const FOUND: Row = (&[3, 4], &[1, 9]);

/// What an attacker who looks at nothing may guess.
const GUESSES: [Row; 3] = [(&[3, 4], &[9, 1]), (&[3, 4], &[1, 1]), (&[3, 4], &[1, 9])];

/// A subnet whose epoch 0 has run: all of the stake is the majority's, uid 1, and the attacker's.
fn arranged() {
    started(5);
    Arranged::with(NETUID, |subnet| subnet.neurons[usize::from(ATTACKER)].2 = 5_000 * UNIT);
    run_to(due(0));
}

/// The attacker's dividends of an epoch, of [`SIDE`].
fn dividends(epoch: u32) -> u64 {
    let of_it = |paid: &Paid| (due(epoch)..due(epoch + 1)).contains(&paid.block);
    let paid = Arranged::paid().into_iter().filter(of_it);
    paid.filter(|paid| paid.uid == ATTACKER).map(|paid| paid.amounts.1 .0).sum()
}

/// What the attacker earns in epoch 2 when it showed `guess`, which it alone committed to.
fn guessed(guess: Row) -> u64 {
    let mut earned = 0;
    build_and_execute(|| {
        arranged();
        commit(1, FOUND.0, FOUND.1);
        commit(ATTACKER, guess.0, guess.1);
        let again = Weights::commit_weights(
            RuntimeOrigin::signed(hotkey(ATTACKER)),
            NETUID,
            FIRST,
            [9; 32],
        );
        let refused = pallet_weights::Error::<Test>::AlreadyCommitted;
        assert_eq!(again.map_err(|error| error.error), Err(refused.into()));
        run_to(due(1));
        reveal(1, FOUND.0, FOUND.1);
        reveal(ATTACKER, guess.0, guess.1);
        run_to(due(2));
        earned = dividends(2);
    });
    earned
}

/// The attack: commit to every row that may turn out to be right, look at what the others reveal, and
/// reveal the one that pays best.
#[test]
fn attacker_should_earn_no_more_than_its_guess_when_it_would_choose_among_commits() {
    let earned = GUESSES.map(guessed);
    let with = earned.iter().sum::<u64>() / 3;
    let without = earned.into_iter().max().unwrap();
    println!(
        "[A] dividends of who commits to three rows and shows the best, of {}: {with} on average with \
         the rule (one of {earned:?}), {without} without",
        SIDE.0
    );
    assert_eq!(earned[2], without, "who is right earns most");
    assert!(10 * with < 9 * without, "{earned:?}");
}

/// Epochs for which the attacker gambles.
const GAMBLED: std::ops::RangeInclusive<u32> = 3..=7;

/// What the attacker earns in [`GAMBLED`] when it showed a good row in epoch 1, and from then on nothing
/// of what it had committed to, since each was a bad guess. `rule`: whether anybody notices.
fn silent(rule: bool) -> u64 {
    let mut earned = 0;
    build_and_execute(|| {
        arranged();
        for uid in [1, ATTACKER] {
            commit(uid, FOUND.0, FOUND.1);
        }
        for epoch in 1..*GAMBLED.end() {
            run_to(due(epoch));
            reveal(1, FOUND.0, FOUND.1);
            if epoch == 1 {
                reveal(ATTACKER, FOUND.0, FOUND.1);
            } else if !rule {
                // The window in which it was to be revealed closes without a look at who did not.
                Windows::<Test>::remove((NETUID, FIRST), u64::from(epoch));
            }
            commit(1, FOUND.0, FOUND.1);
            commit(ATTACKER, GUESSES[0].0, GUESSES[0].1);
        }
        run_to(due(*GAMBLED.end()));
        earned = GAMBLED.map(dividends).sum();
        let row = Weights::row(NETUID, FIRST, Uid(ATTACKER));
        assert_eq!(row.is_some(), !rule);
    });
    earned
}

/// The attack: show a row once, gamble with the next ones, and show them only where they won: the row
/// in force is what one falls back on. (Its bonds fade as those of who scores nobody.)
#[test]
fn attacker_should_not_earn_with_its_last_row_when_it_does_not_show_the_next_ones() {
    let (with, without) = (silent(true), silent(false));
    println!(
        "[A] dividends of five epochs of who shows nothing of what it committed to, of {}: {with} with \
         the rule, {without} without",
        5 * SIDE.0
    );
    assert!(3 * with < without, "{with}, {without}");
    assert!(without > 5 * SIDE.0 / 4, "{without}");
}
