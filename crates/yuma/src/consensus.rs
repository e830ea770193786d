//! Step 6: the stake-weighted median of a column.
//!
//! The votes are thrown into buckets by weight, the bucket in which the median lies is found by
//! counting stake, and its votes are thrown again into finer ones. A round decides six bits of the
//! weight from the highest on in which two votes differ, so that six rounds end it whatever weights
//! an attacker picks: the worst case is linear.

use alloc::vec::Vec;

/// Bits of a weight that a round decides after the highest in which two differ.
const BITS: u32 = 5;
/// Buckets of a round: one for each value of these bits and the highest.
const BUCKETS: usize = 2 << BITS;
/// The last of them.
const LAST: u64 = (2 << BITS) - 1;
/// So few votes are sorted.
const FEW: usize = 12;

/// One validator's vote on one neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// The weight it gives, as an entry.
    pub weight: u64,
    /// The stake behind it, in any unit.
    pub stake: u64,
}

/// The most stake that may stand behind lower weights: `⌊(1 − κ) · total⌋`, exact.
pub fn most_below(total: u64, kappa: u16) -> u64 {
    let minority = u16::MAX.abs_diff(kappa);
    // A 64-bit by 16-bit product fits, and the quotient is at most `total`.
    let below = u128::from(total).wrapping_mul(u128::from(minority)) / 65_535;
    u64::try_from(below).unwrap_or(total)
}

/// Step 6. C: the largest weight that at least κ of the active stake supports (gives as much or
/// more), which is the largest such that no more than `limit` of the stake votes for less. Who
/// omits the uid votes 0; a vote without stake does not count.
///
/// `weights` and `stakes` are the votes, `total` is all active stake (at least that of the votes),
/// `limit` is [`most_below`] of it, and `votes` is room to work in.
#[cfg_attr(feature = "std", inline(always))]
pub fn consensus(
    weights: &[u64],
    stakes: &[u64],
    total: u64,
    limit: u64,
    votes: &mut Vec<Vote>,
) -> u64 {
    // Parts of `total`: neither the sum nor the difference leaves its type.
    let listed = stakes.iter().fold(0u64, |sum, stake| sum.wrapping_add(*stake));
    let silent = total.saturating_sub(listed);
    if silent > limit {
        return 0;
    }
    let pairs = || weights.iter().zip(stakes).map(|(weight, stake)| (*weight, *stake));
    if limit >= total {
        // κ = 0: any voter's support is enough.
        return pairs()
            .filter(|(_, stake)| *stake != 0)
            .map(|(weight, _)| weight)
            .max()
            .unwrap_or(0);
    }
    let mut search = Search { below: silent, limit };
    if weights.len() <= FEW {
        votes.clear();
        votes.extend(pairs().map(|(weight, stake)| Vote { weight, stake }));
        return search.sorted(votes);
    }
    let bucket = match search.round(pairs()) {
        Found::Weight(weight) => return weight,
        Found::Bucket(bucket) => bucket,
    };
    pick(votes, weights, stakes, bucket);
    search.narrow(votes)
}

/// The bucket of a round: weights from `base` on, `1 << shift` wide.
#[derive(Clone, Copy)]
struct Bucket {
    base: u64,
    shift: u32,
}

impl Bucket {
    #[inline]
    fn holds(self, weight: u64) -> bool {
        weight.wrapping_sub(self.base).checked_shr(self.shift) == Some(0)
    }
}

enum Found {
    Weight(u64),
    Bucket(Bucket),
}

/// The stake known to vote for less, and how much may. Stake crosses the limit among the votes that
/// are left.
struct Search {
    below: u64,
    limit: u64,
}

impl Search {
    /// Finds the bucket in which the stake crosses the limit.
    #[cfg_attr(feature = "std", inline(always))]
    fn round(&mut self, votes: impl Iterator<Item = (u64, u64)> + Clone) -> Found {
        let (any, all) = votes
            .clone()
            .fold((0, u64::MAX), |(any, all), (weight, _)| (any | weight, all & weight));
        // The highest bit in which two weights differ. Those above are the same in all.
        let Some(highest) = (any ^ all).checked_ilog2() else { return Found::Weight(any) };
        // Saturating: with so few bits left, this round decides them all.
        let shift = highest.saturating_sub(BITS);
        let mut stakes = [0u64; BUCKETS];
        for (weight, stake) in votes {
            let bucket = usize::try_from((weight >> (shift & 63)) & LAST).unwrap_or(0);
            if let Some(sum) = stakes.get_mut(bucket) {
                *sum = sum.wrapping_add(stake);
            }
        }
        // What is above these bits is common to all.
        let mut base = ((any >> (shift & 63)) & !LAST) << (shift & 63);
        for stake in stakes {
            // All stakes together are at most the total.
            let under = self.below.wrapping_add(stake);
            if under > self.limit {
                break;
            }
            self.below = under;
            base = base.wrapping_add(1u64 << (shift & 63));
        }
        if shift == 0 {
            return Found::Weight(base);
        }
        Found::Bucket(Bucket { base, shift })
    }

    /// Round after round, until few are left.
    fn narrow(mut self, votes: &mut [Vote]) -> u64 {
        let mut votes = votes;
        while votes.len() > FEW {
            let bucket = match self.round(votes.iter().map(|vote| (vote.weight, vote.stake))) {
                Found::Weight(weight) => return weight,
                Found::Bucket(bucket) => bucket,
            };
            let mut left = 0usize;
            for index in 0..votes.len() {
                let Some(vote) = votes.get(index).copied() else { break };
                if let Some(place) = votes.get_mut(left) {
                    *place = vote;
                }
                left = left.wrapping_add(usize::from(bucket.holds(vote.weight)));
            }
            votes = votes.get_mut(..left).unwrap_or_default();
        }
        self.sorted(votes)
    }

    /// The vote with which the stake crosses the limit.
    fn sorted(&mut self, votes: &mut [Vote]) -> u64 {
        votes.sort_unstable_by_key(|vote| vote.weight);
        let mut median = 0;
        for vote in votes.iter().filter(|vote| vote.stake != 0) {
            if self.below > self.limit {
                break;
            }
            median = vote.weight;
            self.below = self.below.wrapping_add(vote.stake);
        }
        median
    }
}

/// Writes down the votes that lie in the bucket.
#[cfg_attr(feature = "std", inline(always))]
fn pick(votes: &mut Vec<Vote>, weights: &[u64], stakes: &[u64], bucket: Bucket) {
    votes.clear();
    for (weights, stakes) in weights.chunks(64).zip(stakes.chunks(64)) {
        // Most do not: those that do are marked first, one bit each, without a branch to guess.
        let mark = |marks: u64, weight: &u64| (marks << 1) | u64::from(bucket.holds(*weight));
        let mut marks = weights.iter().rev().fold(0, mark);
        while let Some(rest) = marks.checked_sub(1) {
            let place = usize::try_from(marks.trailing_zeros()).unwrap_or(0);
            marks &= rest;
            if let (Some(weight), Some(stake)) = (weights.get(place), stakes.get(place)) {
                votes.push(Vote { weight: *weight, stake: *stake });
            }
        }
    }
}
