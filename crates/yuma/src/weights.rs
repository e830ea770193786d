//! Steps 5 and 8: the weight rows that count, and those that bonds follow.

use crate::{
    error::{EpochError, Step},
    fixed::{self, Reciprocal},
    input::{Input, Row},
    matrix::{at, Matrix},
};

/// Step 5. The rows of permitted neurons, without scores of oneself (the owner keeps its own) and
/// without scores of a uid's former holder; each row normalised to a sum of 1.0.
pub fn weights(input: &Input, permitted: &[bool]) -> Result<Matrix, EpochError> {
    let registered: alloc::vec::Vec<u64> = input.neurons.iter().map(|n| n.registered).collect();
    let entries = counted_entries(input.rows, permitted);
    let mut weights = Matrix::with_capacity(input.rows.len(), entries);
    let rows = input.rows.iter().zip(input.neurons).zip(permitted);
    for (scorer, ((row, neuron), permitted)) in (0..=u16::MAX).zip(rows) {
        if *permitted {
            let keeps_own = input.params.owner == Some(scorer);
            for &(uid, weight) in row {
                let own = uid == scorer && !keeps_own;
                if !own && neuron.last_update > at(&registered, uid, Step::Weights)? {
                    weights.push(uid, u64::from(weight));
                }
            }
            normalise(weights.open_row_mut())?;
        }
        weights.end_row();
    }
    Ok(weights)
}

/// Divides each value by their sum; the results are entries. All zeros stay zeros.
pub fn normalise(row: &mut [u64]) -> Result<(), EpochError> {
    let overflow = EpochError::Overflow { step: Step::Weights };
    let sum = row.iter().try_fold(0u64, |sum, value| sum.checked_add(*value)).ok_or(overflow)?;
    let by_sum = Reciprocal::of(sum);
    for value in row {
        *value = by_sum.part(*value).ok_or(overflow)?;
    }
    Ok(())
}

/// Step 8. `W̃ = W + β(W̄ − W)`: the bonds penalty takes away the part β of what was clipped.
pub fn for_bonds(weights: Matrix, consensus: &[u64], penalty: u16) -> Result<Matrix, EpochError> {
    let penalty = fixed::from_u16(penalty);
    weights.try_map(|uid, weight| {
        penalised(weight, at(consensus, uid, Step::BondWeights)?, penalty)
            .ok_or(EpochError::Overflow { step: Step::BondWeights })
    })
}

/// One entry of step 8: `weight` lowered by the part `penalty` of what it has over `consensus`.
#[inline]
pub fn penalised(weight: u64, consensus: u64, penalty: u64) -> Option<u64> {
    match weight.checked_sub(consensus) {
        Some(clipped) => weight.checked_sub(fixed::mul(penalty, clipped)?),
        None => Some(weight),
    }
}

/// How many entries the rows with `counts` hold, at most.
pub(crate) fn counted_entries(rows: &[Row], counts: &[bool]) -> usize {
    rows.iter().zip(counts).filter(|(_, counts)| **counts).map(|(row, _)| row.len()).sum()
}
