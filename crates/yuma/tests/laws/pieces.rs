//! Laws of single steps: the median, the rank, the split.

use alun_yuma::{
    consensus::{consensus, most_below, weighted_median, Vote},
    fixed::{Reciprocal, ONE},
    matrix::Matrix,
    ranks::ranks,
    split_exact,
    stake::Stake,
    Step,
};
use proptest::{collection::vec, prelude::*};

use crate::config;

/// A table from full rows of entries.
fn table(rows: &[Vec<u64>]) -> Matrix {
    let mut table = Matrix::default();
    for row in rows {
        for (uid, entry) in (0..).zip(row) {
            table.push(uid, *entry);
        }
        table.end_row();
    }
    table
}

/// By sorting, as the definition has it.
fn sorted_median(votes: &[Vote], below: u64, limit: u64) -> u64 {
    let mut votes = votes.to_vec();
    votes.sort_unstable_by_key(|vote| vote.weight);
    let (mut below, mut median) = (below, 0);
    for vote in votes {
        if below > limit {
            break;
        }
        median = vote.weight;
        below += vote.stake;
    }
    median
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_median_should_be_that_of_the_sorted_votes_when_they_come_in_any_order(
        votes in vec((1u64..50, 0u64..100), 0..200),
        silent in 0u64..2_000,
        kappa in any::<u16>(),
    ) {
        let votes: Vec<Vote> =
            votes.into_iter().map(|(weight, stake)| Vote { weight, stake }).collect();
        let total = silent + votes.iter().map(|vote| vote.stake).sum::<u64>();
        let limit = most_below(total, kappa);
        let want = sorted_median(&votes, silent, limit);
        prop_assert_eq!(weighted_median(&mut votes.clone(), silent, limit), Ok(want));
    }

    #[test]
    fn a_rank_should_not_rise_when_a_weight_above_the_consensus_is_raised(
        rows in vec(vec(0u64..ONE / 8, 6), 6),
        stakes in vec(1u64..1_000_000, 6),
        kappa in any::<u16>(),
        on in 0usize..6,
        who in any::<prop::sample::Index>(),
        raise in 1u64..ONE / 8,
    ) {
        let active = Stake::new(stakes.clone(), Step::ActiveStake).unwrap();
        let rank = |rows: &[Vec<u64>]| {
            let table = table(rows);
            let consensus = consensus(&table, &active, kappa).unwrap();
            (consensus[on], ranks(&table, &active, &consensus).unwrap().rank[on])
        };
        let (level, before) = rank(&rows);
        // The stake behind more than the consensus, once `who` is, must still be under κ.
        let stays = |who: usize| {
            let above = |uid: &usize| *uid == who || rows[*uid][on] > level;
            let behind: u64 = (0..6).filter(above).map(|uid| stakes[uid]).sum();
            u128::from(behind) * 65_535 < u128::from(kappa) * u128::from(active.total)
        };
        let could: Vec<usize> =
            (0..6).filter(|who| rows[*who][on] >= level && stays(*who)).collect();
        prop_assume!(!could.is_empty());
        let mut raised = rows.clone();
        raised[could[who.index(could.len())]][on] += raise;
        prop_assert!(rank(&raised).1 <= before);
    }

    #[test]
    fn a_split_should_be_exact_and_fair_when_anything_is_split(
        amount in any::<u64>(),
        weights in vec(prop_oneof![Just(0), any::<u64>(), 0u64..100], 0..40),
    ) {
        let parts = split_exact(amount, &weights);
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        let want = if total == 0 { 0 } else { u128::from(amount) };
        prop_assert_eq!(parts.iter().map(|part| u128::from(*part)).sum::<u128>(), want);
        prop_assert_eq!(parts.len(), weights.len());
        let floor = |weight: u64| (u128::from(amount) * u128::from(weight)) / total.max(1);
        let rest = |weight: u64| (u128::from(amount) * u128::from(weight)) % total.max(1);
        let mut extra = Vec::new();
        for (index, (part, weight)) in parts.iter().zip(&weights).enumerate() {
            let over = u128::from(*part) - floor(*weight);
            prop_assert!(over <= 1);
            extra.push((over, rest(*weight), index));
        }
        for (_, more, first) in extra.iter().filter(|(over, ..)| *over == 0) {
            for (_, less, second) in extra.iter().filter(|(over, ..)| *over == 1) {
                prop_assert!(more < less || (more == less && first > second));
            }
        }
    }

    #[test]
    fn a_part_should_be_the_floor_or_one_more_when_it_is_within_the_total(
        total in prop_oneof![1u64..=u64::MAX, 1u64..1 << 28],
        x in any::<u64>(),
    ) {
        let x = x % total.max(1);
        let floor = (u128::from(x) << 32) / u128::from(total);
        let part = u128::from(Reciprocal::of(total).part(x).unwrap());
        prop_assert!(part == floor || (part == floor + 1 && total >= 1 << 30));
        prop_assert_eq!(Reciprocal::of(total).part(total), Some(ONE));
    }
}
