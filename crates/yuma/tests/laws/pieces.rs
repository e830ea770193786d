//! Laws of single steps: the median, the rank, the split.

use alun_yuma::{
    alpha::{moved, sigmoid},
    consensus::{consensus, most_below},
    fixed::{self, Quotient, Reciprocal, ONE, SHARE_ONE},
    ranks::rank,
    split_exact,
    stake::Stake,
    weights::clip,
    Step,
};
use proptest::{collection::vec, prelude::*};

use crate::config;

/// By sorting, as the definition has it.
fn sorted_median(votes: &[(u64, u64)], below: u64, limit: u64) -> u64 {
    let mut votes: Vec<_> = votes.iter().filter(|(_, stake)| *stake > 0).collect();
    votes.sort_unstable();
    let (mut below, mut median) = (below, 0);
    for (weight, stake) in votes {
        if below > limit {
            break;
        }
        median = *weight;
        below += stake;
    }
    median
}

fn median(votes: &[(u64, u64)], total: u64, limit: u64) -> u64 {
    let (weights, stakes): (Vec<u64>, Vec<u64>) = votes.iter().copied().unzip();
    consensus(&weights, &stakes, total, limit, &mut Vec::new())
}

/// Weights close together and far apart, so that several rounds are needed.
fn weight() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..50, (0u32..33).prop_map(|bit| 1u64 << bit), 1u64..=ONE]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_median_should_be_that_of_the_sorted_votes_when_they_come_in_any_order(
        votes in vec((weight(), 0u64..100), 0..200),
        silent in prop_oneof![Just(0), 0u64..2_000],
        kappa in prop_oneof![Just(0), Just(u16::MAX), any::<u16>()],
    ) {
        let total = silent + votes.iter().map(|vote| vote.1).sum::<u64>();
        let limit = most_below(total, kappa);
        prop_assert_eq!(median(&votes, total, limit), sorted_median(&votes, silent, limit));
    }

    #[test]
    fn a_rank_should_not_rise_when_a_weight_above_the_consensus_is_raised(
        column in vec(0u64..ONE / 8, 6),
        stakes in vec(1u64..1_000_000, 6),
        kappa in any::<u16>(),
        who in any::<prop::sample::Index>(),
        raise in 1u64..ONE / 8,
    ) {
        let active = Stake::new(stakes.clone(), Step::ActiveStake).unwrap();
        let result = |column: &[u64]| {
            let votes: Vec<_> = column.iter().copied().zip(stakes.iter().copied()).collect();
            let level = median(&votes, active.total, most_below(active.total, kappa));
            let mut kept = Vec::new();
            clip(column, level, &mut kept);
            (level, rank(column, &kept, &active.shares).rank)
        };
        let (level, before) = result(&column);
        // The stake behind more than the consensus, once `who` is, must still be under κ.
        let stays = |who: usize| {
            let above = |uid: &usize| *uid == who || column[*uid] > level;
            let behind: u64 = (0..6).filter(above).map(|uid| stakes[uid]).sum();
            u128::from(behind) * 65_535 < u128::from(kappa) * u128::from(active.total)
        };
        let could: Vec<usize> = (0..6).filter(|who| column[*who] >= level && stays(*who)).collect();
        prop_assume!(!could.is_empty());
        let mut raised = column.clone();
        raised[could[who.index(could.len())]] += raise;
        prop_assert!(result(&raised).1 <= before);
    }

    #[test]
    fn a_quotient_should_be_the_floor_when_it_is_within_the_total(
        x in any::<u16>(),
        more in prop_oneof![Just(0u64), 0u64..1 << 16, 0u64..(1 << 32) - (1 << 16)],
    ) {
        let total = u64::from(x) + more;
        let floor = (u64::from(x) << 32).checked_div(total).unwrap_or(0);
        prop_assert_eq!(Quotient::of(total).part(x), floor);
    }

    #[test]
    fn a_bond_should_move_by_the_rounded_average_when_it_is_up_to_one(
        alpha in prop_oneof![Just(0), Just(ONE), 0..=ONE],
        old in prop_oneof![Just(0), Just(ONE), 0..=ONE],
        new in prop_oneof![Just(0), Just(ONE), 0..=ONE],
    ) {
        let product = |x: u64, y: u64| u128::from(x) * u128::from(y);
        let want = (product(ONE - alpha, old) + product(alpha, new)) >> 32;
        prop_assert_eq!(u128::from(moved::<false>(alpha, old, new)), want);
        if 0 < alpha && alpha.max(old).max(new) < ONE {
            prop_assert_eq!(u128::from(moved::<true>(alpha, old, new)), want);
        }
    }

    #[test]
    fn a_scaled_share_should_be_the_floor_of_the_product_when_it_is_in_halves(
        share in 0..=SHARE_ONE,
        entry in prop_oneof![Just(ONE), 0..=ONE],
    ) {
        let want = (u128::from(share) * u128::from(entry)) >> 32;
        prop_assert_eq!(u128::from(fixed::scaled(share, entry)), want);
    }

    /// As the documentation says: within 2⁻³⁰.
    #[test]
    fn a_sigmoid_should_be_within_its_precision_when_it_comes_from_the_table(
        x in 0..=ONE,
        steepness in prop_oneof![0u16..2_000, any::<u16>()],
    ) {
        let exponent = (x as f64 / ONE as f64 - 0.5) * f64::from(steepness) / 100.0;
        let want = 1.0 / (1.0 + (-exponent.clamp(-20.0, 20.0)).exp());
        let have = sigmoid(x, ONE / 2, steepness) as f64 / ONE as f64;
        prop_assert!((have - want).abs() < 1.0 / f64::from(1u32 << 30), "{} not {}", have, want);
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
        let part = u128::from(Reciprocal::of(total).part(x));
        prop_assert!(part == floor || (part == floor + 1 && total >= 1 << 30));
        prop_assert_eq!(Reciprocal::of(total).part(total), ONE);
    }
}
