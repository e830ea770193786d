//! Step 6: the stake-weighted median of each column.
//!
//! A column's votes are gathered once, then narrowed by halves with the standard library's linear
//! selection, which falls back to a median of medians: its worst case is linear, and so is that of
//! the whole search, whatever weights an attacker picks.

use alloc::{vec, vec::Vec};

use crate::{
    error::{EpochError, Step},
    matrix::{at, at_mut, Matrix},
    stake::Stake,
};

const OVERFLOW: EpochError = EpochError::Overflow { step: Step::Consensus };

/// One validator's vote on one neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// The weight it gives, as an entry.
    pub weight: u64,
    /// The stake behind it, in any unit.
    pub stake: u64,
}

/// Step 6. For each neuron the largest weight that at least κ of the active stake supports (gives
/// as much or more). Rows without active stake do not vote; who omits a uid votes 0.
pub fn consensus(weights: &Matrix, active: &Stake, kappa: u16) -> Result<Vec<u64>, EpochError> {
    let mut votes = Votes::gather(weights, active)?;
    let limit = most_below(active.total, kappa);
    let mut rest = votes.all.as_mut_slice();
    let mut consensus = Vec::with_capacity(active.amounts.len());
    for column in &votes.columns {
        let (votes, others) = rest.split_at_mut_checked(column.votes).ok_or(OVERFLOW)?;
        rest = others;
        let silent = active.total.checked_sub(column.stake).ok_or(OVERFLOW)?;
        consensus.push(weighted_median(votes, silent, limit)?);
    }
    Ok(consensus)
}

/// The most stake that may stand behind lower weights: `⌊(1 − κ) · total⌋`, exact.
pub fn most_below(total: u64, kappa: u16) -> u64 {
    let minority = u16::MAX.abs_diff(kappa);
    // A 64-bit by 16-bit product fits, and the quotient is at most `total`.
    let below = u128::from(total).wrapping_mul(u128::from(minority)) / 65_535;
    u64::try_from(below).unwrap_or(total)
}

/// The largest weight of `votes` such that no more than `limit` of the stake votes for less, where
/// `below` is stake that votes 0 and is not listed. 0 if `below` is over the limit already, or if
/// there are no votes. Reorders the votes.
pub fn weighted_median(votes: &mut [Vote], below: u64, limit: u64) -> Result<u64, EpochError> {
    if below > limit {
        return Ok(0);
    }
    let (mut votes, mut below, mut median) = (votes, below, 0);
    while !votes.is_empty() {
        let middle = votes.len() / 2;
        let (lower, vote, upper) = votes.select_nth_unstable_by_key(middle, |vote| vote.weight);
        let under = lower.iter().try_fold(below, |sum, vote| sum.checked_add(vote.stake));
        let under = under.ok_or(OVERFLOW)?;
        if under > limit {
            votes = lower;
            continue;
        }
        median = vote.weight;
        below = under.checked_add(vote.stake).ok_or(OVERFLOW)?;
        if below > limit {
            break;
        }
        votes = upper;
    }
    Ok(median)
}

/// The votes of all columns in one list, column after column.
struct Votes {
    all: Vec<Vote>,
    columns: Vec<Column>,
}

/// How many votes a column has, and how much stake they are.
#[derive(Clone, Copy, Default)]
struct Column {
    votes: usize,
    stake: u64,
}

impl Votes {
    fn gather(weights: &Matrix, active: &Stake) -> Result<Self, EpochError> {
        let voters =
            || weights.rows().zip(active.amounts.iter().copied()).filter(|(_, stake)| *stake != 0);
        let mut columns = vec![Column::default(); active.amounts.len()];
        for (row, stake) in voters() {
            for (uid, _) in row.iter() {
                let column = at_mut(&mut columns, uid, Step::Consensus)?;
                column.votes = column.votes.checked_add(1).ok_or(OVERFLOW)?;
                column.stake = column.stake.checked_add(stake).ok_or(OVERFLOW)?;
            }
        }
        let mut end = 0usize;
        let mut next = Vec::with_capacity(columns.len());
        for column in &columns {
            next.push(end);
            end = end.checked_add(column.votes).ok_or(OVERFLOW)?;
        }
        let mut all = vec![Vote::default(); end];
        for (row, stake) in voters() {
            for (uid, weight) in row.iter() {
                let place = at(&next, uid, Step::Consensus)?;
                *all.get_mut(place).ok_or(OVERFLOW)? = Vote { weight, stake };
                *at_mut(&mut next, uid, Step::Consensus)? = place.checked_add(1).ok_or(OVERFLOW)?;
            }
        }
        Ok(Self { all, columns })
    }
}
