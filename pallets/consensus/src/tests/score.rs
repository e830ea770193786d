//! The prune score.

use super::*;
use crate::{Outcome, PRUNE_EPOCHS};

fn after(paid: &[u64]) -> Outcome {
    paid.iter().fold(Outcome::default(), |outcome, amount| {
        let (prune_score, scored) = outcome.next_score(Alpha(*amount));
        Outcome { prune_score, scored, ..outcome }
    })
}

fn score(paid: &[u64]) -> u64 {
    after(paid).prune_score.0
}

#[test]
fn score_should_be_the_mean_of_the_first_ten_epochs() {
    assert_eq!(score(&[]), 0);
    assert_eq!(score(&[700]), 700);
    assert_eq!(score(&[700, 100]), 400);
    assert_eq!(score(&[0, 0, 0, 900]), 225);
    assert_eq!(score(&[50; 10]), 50);
    assert_eq!(after(&[50; 10]).scored, PRUNE_EPOCHS);
}

#[test]
fn score_should_move_by_a_tenth_when_the_neuron_is_older() {
    let mut paid = vec![1_000; 10];
    paid.push(0);
    assert_eq!(score(&paid), 900);
    paid.push(0);
    assert_eq!(score(&paid), 810);
    paid.extend([0; 200]);
    assert_eq!(score(&paid), 0);
}

#[test]
fn score_should_hold_the_largest_amounts() {
    assert_eq!(score(&[u64::MAX; 30]), u64::MAX);
    assert_eq!(score(&[u64::MAX, 1]), u64::MAX / 2 + 1);
}

#[test]
fn score_should_follow_the_pay_of_epochs() {
    build_and_execute(|| {
        scored();
        run_to(due(4));
        let outputs = Consensus::outputs(NETUID, FIRST);
        // Epoch 0 paid nothing, the four since the same each.
        let mean = outputs[3].emission.0 * 4 / 5;
        assert!(outputs[3].prune_score.0.abs_diff(mean) <= 5);
    });
}
