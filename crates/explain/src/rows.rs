//! Which scores counted, and which did not.

use alloc::{vec, vec::Vec};
use alun_primitives::views::{Dropped, ExplainError};
use alun_yuma::{consensus, fixed::Reciprocal, permits, stake, weights, Input, Neuron, Output};

use crate::settled::{block, failed};

/// How far the scores of a neuron got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Somebody else's row names it.
    pub named: bool,
    /// A score of it counted.
    pub counted: bool,
    /// The scorer of one that counted had a vote.
    pub voted: bool,
}

/// One score of a row, with what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who is scored.
    pub on: u16,
    /// The score as stored.
    pub value: u16,
    /// The part of the counted row that it is, in units of 2⁻³².
    pub weight: u64,
    /// Why it did not count.
    pub dropped: Option<Dropped>,
}

/// Why the score of `on` in the row of `by` does not count (step 5).
pub fn dropped(input: &Input, by: (u16, &Neuron), on: u16) -> Option<Dropped> {
    let (scorer, neuron) = by;
    let owner = input.params.owner == Some(scorer);
    if !neuron.permit && !owner {
        return Some(Dropped::NoPermit);
    }
    if scorer == on && !owner {
        return Some(Dropped::OwnScore);
    }
    let registered = input.neurons.get(usize::from(on)).map_or(0, |target| target.registered);
    (neuron.last_update <= registered).then(|| Dropped::FormerHolder(block(registered)))
}

/// How far the scores of each neuron got, by uid.
pub fn seen(input: &Input, output: &Output) -> Vec<Seen> {
    let mut all = vec![Seen::default(); input.neurons.len()];
    let rows = (0..=u16::MAX).zip(input.neurons).zip(input.rows).zip(&output.neurons);
    for (((by, neuron), row), result) in rows {
        for &(on, _) in row.iter().filter(|(_, value)| *value != 0) {
            let dropped = dropped(input, (by, neuron), on);
            let Some(seen) = all.get_mut(usize::from(on)) else { continue };
            seen.named |= by != on || dropped.is_none();
            seen.counted |= dropped.is_none();
            seen.voted |= dropped.is_none() && result.active_stake > 0;
        }
    }
    all
}

/// The row of a neuron, score by score. Scores of zero are left out: they mean nothing.
pub fn entries(input: &Input, uid: u16) -> Vec<Entry> {
    let index = usize::from(uid);
    let (Some(row), Some(neuron)) = (input.rows.get(index), input.neurons.get(index)) else {
        return Vec::new();
    };
    let mut entries: Vec<Entry> = row
        .iter()
        .filter(|(_, value)| *value != 0)
        .map(|&(on, value)| {
            let dropped = dropped(input, (uid, neuron), on);
            Entry { on, value, weight: 0, dropped }
        })
        .collect();
    let counted = entries.iter().filter(|entry| entry.dropped.is_none());
    // 2¹⁶ values of 16 bits: the sum fits.
    let sum = counted.fold(0u64, |sum, entry| sum.wrapping_add(entry.value.into()));
    let by_sum = Reciprocal::of(sum);
    for entry in entries.iter_mut().filter(|entry| entry.dropped.is_none()) {
        entry.weight = by_sum.part(entry.value.into()).unwrap_or(0);
    }
    entries
}

/// The consensus on each neuron, by uid, in units of 2⁻³² (steps 1 to 6).
pub fn consensus_of(input: &Input) -> Result<Vec<u64>, ExplainError> {
    let active = stake::activity(input.params, input.neurons);
    let permitted = permits::stored(input);
    let stake = stake::stake(input).map_err(failed)?;
    let voting = stake::active_stake(&stake, &active, &permitted).map_err(failed)?;
    let weights = weights::weights(input, &permitted).map_err(failed)?;
    consensus::consensus(&weights, &voting, input.params.kappa).map_err(failed)
}
