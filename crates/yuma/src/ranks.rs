//! Step 7: clipping, trust, rank and incentive.

use alloc::{vec, vec::Vec};

use crate::{
    error::{EpochError, Step},
    fixed,
    matrix::{at, at_mut, Matrix},
    stake::Stake,
};

const OVERFLOW: EpochError = EpochError::Overflow { step: Step::Rank };

/// What the clipped weight rows `W̄ = min(W, C)` give, one value per neuron.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranks {
    /// `Tv_i = Σ_j W̄_ij`: how much of its row a validator kept, as an entry.
    pub validator_trust: Vec<u64>,
    /// `Σ_i S_i W_ij`: the rank that nothing was clipped from, as a share.
    pub before_clip: Vec<u64>,
    /// `R_j = Σ_i S_i W̄_ij`, as a share.
    pub rank: Vec<u64>,
    /// `I_j = R_j / ΣR`, as a share.
    pub incentive: Vec<u64>,
}

/// Step 7. Clips each weight at the consensus on its target and adds up rows and columns.
pub fn ranks(weights: &Matrix, active: &Stake, consensus: &[u64]) -> Result<Ranks, EpochError> {
    let neurons = consensus.len();
    let mut validator_trust = Vec::with_capacity(neurons);
    // Sums of share times entry, in units of 2⁻⁹⁵: below 2¹¹² for 2¹⁶ full rows.
    let (mut given, mut clipped) = (vec![0u128; neurons], vec![0u128; neurons]);
    for (row, stake) in weights.rows().zip(active.shares.iter().copied()) {
        let mut trust = 0u64;
        for (uid, weight) in row.iter() {
            // Saturating: a weight under the consensus has no excess.
            let excess = weight.saturating_sub(at(consensus, uid, Step::Rank)?);
            let kept = weight.checked_sub(excess).ok_or(OVERFLOW)?;
            trust = trust.checked_add(kept).ok_or(OVERFLOW)?;
            add(at_mut(&mut given, uid, Step::Rank)?, fixed::wide(stake, weight))?;
            if excess != 0 {
                add(at_mut(&mut clipped, uid, Step::Rank)?, fixed::wide(stake, excess))?;
            }
        }
        validator_trust.push(trust);
    }
    let mut before_clip = Vec::with_capacity(neurons);
    let mut rank = Vec::with_capacity(neurons);
    for (given, clipped) in given.into_iter().zip(clipped) {
        before_clip.push(to_share(given)?);
        rank.push(to_share(given.checked_sub(clipped).ok_or(OVERFLOW)?)?);
    }
    let incentive = normalised(&rank, Step::Rank)?;
    Ok(Ranks { validator_trust, before_clip, rank, incentive })
}

/// Divides each value by their sum; the results are shares. All zeros stay zeros.
pub(crate) fn normalised(values: &[u64], step: Step) -> Result<Vec<u64>, EpochError> {
    Ok(Stake::new(values.to_vec(), step)?.shares)
}

fn add(sum: &mut u128, term: u128) -> Result<(), EpochError> {
    *sum = sum.checked_add(term).ok_or(OVERFLOW)?;
    Ok(())
}

/// From units of 2⁻⁹⁵ to a share.
fn to_share(sum: u128) -> Result<u64, EpochError> {
    u64::try_from(sum >> 32).map_err(|_| OVERFLOW)
}
