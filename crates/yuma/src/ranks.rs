//! Step 7: clipping, trust, rank and incentive.

use alloc::vec::Vec;

use crate::{
    columns::Cell,
    error::{EpochError, Step},
    fixed,
    stake::Stake,
};

/// What the weights on one neuron make of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank {
    /// `Σ_i S_i W_ij`: the rank that nothing was clipped from, as a share.
    pub before_clip: u64,
    /// `R_j = Σ_i S_i W̄_ij` with `W̄ = min(W, C)`, as a share.
    pub rank: u64,
}

/// Step 7, of one column: its rank before and after clipping. `weights` are `W`, `kept` are `W̄`, and
/// `shares` is the active stake behind each.
#[cfg_attr(feature = "std", inline(always))]
pub fn rank(weights: &[u64], kept: &[u64], shares: &[u64]) -> Rank {
    if fixed::narrow(weights) {
        ranked::<true>(weights, kept, shares)
    } else {
        ranked::<false>(weights, kept, shares)
    }
}

#[cfg_attr(feature = "std", inline(always))]
fn ranked<const NARROW: bool>(weights: &[u64], kept: &[u64], shares: &[u64]) -> Rank {
    // Weights are at most 1.0 and the shares together too: so are the sums.
    let (mut before_clip, mut rank) = (0u64, 0u64);
    for ((weight, kept), share) in weights.iter().zip(kept).zip(shares) {
        before_clip =
            before_clip.wrapping_add(fixed::scaled(*share, fixed::entry::<NARROW>(*weight)));
        rank = rank.wrapping_add(fixed::scaled(*share, fixed::entry::<NARROW>(*kept)));
    }
    Rank { before_clip, rank }
}

/// Step 7. `Tv_i = Σ_j W̄_ij`: adds what the consensus on one neuron leaves of each validator's
/// weight to its trust, by slot.
#[cfg_attr(feature = "std", inline(always))]
pub fn add_trust(trust: &mut [u64], scores: &[Cell], kept: &[u64]) {
    // A row sums to 1.0 at most.
    if trust.len() == scores.len() {
        for (trust, kept) in trust.iter_mut().zip(kept) {
            *trust = trust.wrapping_add(*kept);
        }
        return;
    }
    for (score, kept) in scores.iter().zip(kept) {
        if let Some(trust) = trust.get_mut(score.slot()) {
            *trust = trust.wrapping_add(*kept);
        }
    }
}

/// `I_j = R_j / ΣR`, or the same for dividends: divides each value by their sum; the results are
/// shares. All zeros stay zeros.
pub fn normalised(values: Vec<u64>, step: Step) -> Result<Vec<u64>, EpochError> {
    Ok(Stake::new(values, step)?.shares)
}
