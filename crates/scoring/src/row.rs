//! From averages to the row that goes on chain.

/// Limits of the subnet on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRules {
    /// Fewest non-zero values.
    pub min_weights: u16,
    /// Largest share of the row's sum for one uid, 65,535 = all.
    pub max_share: u16,
}

/// Why there is no row to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRow {
    /// Nobody scored above zero.
    #[error("no miner scored above zero, so there is no row to commit this epoch")]
    AllZero,
    /// Fewer scored than the subnet asks for.
    #[error("{scored} miners scored above zero, the subnet's min_weights asks for {min}: no row can be committed this epoch")]
    TooFew {
        /// Miners above zero.
        scored: usize,
        /// The subnet's minimum.
        min: u16,
    },
    /// With so few scored, no row can keep every share under the limit.
    #[error("{scored} miners scored above zero, too few to keep each under max_weight_share {max_share}/65535")]
    ShareUnreachable {
        /// Miners above zero.
        scored: usize,
        /// The subnet's maximum.
        max_share: u16,
    },
}

/// Normalises, caps and scales scores by uid to `(uids, values)` with the largest value 65,535.
/// Uids ascend; zeros are left out.
pub fn weight_row(scores: &[(u16, f64)], rules: RowRules) -> Result<(Vec<u16>, Vec<u16>), NoRow> {
    let mut entries: Vec<(u16, f64)> =
        scores.iter().copied().filter(|(_, score)| score.is_finite() && *score > 0.0).collect();
    entries.sort_unstable_by_key(|&(uid, _)| uid);
    let scored = entries.len();
    if scored == 0 {
        return Err(NoRow::AllZero);
    }
    if scored < usize::from(rules.min_weights) {
        return Err(NoRow::TooFew { scored, min: rules.min_weights });
    }
    let cap = f64::from(rules.max_share) / 65_535.0;
    if cap < 1.0 {
        cap_shares(&mut entries, cap)
            .ok_or(NoRow::ShareUnreachable { scored, max_share: rules.max_share })?;
    }
    let largest = entries.iter().map(|&(_, score)| score).fold(0.0, f64::max);
    // Floor, so that rounding never lifts a capped share over its limit by itself; at least 1, so
    // that a score never vanishes.
    let value = |score: f64| ((score / largest * 65_535.0).floor() as u16).max(1);
    Ok(entries.iter().map(|&(uid, score)| (uid, value(score))).unzip())
}

/// Lowers the largest entries until each is at most `cap` of the sum; `None` where it can't be.
fn cap_shares(entries: &mut [(u16, f64)], cap: f64) -> Option<()> {
    // A little under the limit, so that the chain's integer check passes after rounding.
    let cap = cap * (1.0 - 1e-3);
    if cap * (entries.len() as f64) < 1.0 {
        return None;
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| entries[b].1.total_cmp(&entries[a].1));
    let mut rest: f64 = entries.iter().map(|&(_, score)| score).sum();
    for (capped, &index) in order.iter().enumerate() {
        // With the k largest at the level L each: L = cap·(k·L + rest).
        let level = cap * rest / (1.0 - cap * capped as f64);
        if entries[index].1 <= level {
            order.iter().take(capped).for_each(|&large| entries[large].1 = level);
            return Some(());
        }
        rest -= entries[index].1;
    }
    // Every entry is equal to the level: cap·n = 1 within rounding.
    entries.iter_mut().for_each(|entry| entry.1 = 1.0);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_primitives::{RowLimits, WeightRow};
    use proptest::prelude::*;

    const RULES: RowRules = RowRules { min_weights: 1, max_share: u16::MAX };

    #[test]
    fn row_should_scale_the_best_to_the_top_and_leave_zeros_out() {
        let row = weight_row(&[(4, 0.5), (1, 1.0), (2, 0.0), (3, f64::NAN)], RULES);
        assert_eq!(row, Ok((vec![1, 4], vec![65_535, 32_767])));
    }

    #[test]
    fn row_should_say_why_when_there_is_none() {
        assert_eq!(weight_row(&[(1, 0.0)], RULES), Err(NoRow::AllZero));
        let three = RowRules { min_weights: 3, ..RULES };
        assert_eq!(weight_row(&[(1, 1.0)], three), Err(NoRow::TooFew { scored: 1, min: 3 }));
        let third = RowRules { max_share: 21_845, ..RULES };
        assert!(matches!(
            weight_row(&[(1, 1.0), (2, 1.0)], third),
            Err(NoRow::ShareUnreachable { .. })
        ));
    }

    proptest! {
        #[test]
        fn row_should_be_accepted_by_the_chain_whatever_the_scores(
            scores in prop::collection::vec(0.0f64..1.0, 1..64),
            max_share in 2_000u16..=u16::MAX,
        ) {
            let scores: Vec<(u16, f64)> = scores.into_iter().enumerate().map(|(uid, s)| (uid as u16, s)).collect();
            if let Ok((uids, values)) = weight_row(&scores, RowRules { min_weights: 1, max_share }) {
                let limits = RowLimits { neurons: 64, min_weights: 1, max_share };
                prop_assert!(WeightRow::accept(&uids, &values, &limits).is_ok());
            }
        }
    }
}
