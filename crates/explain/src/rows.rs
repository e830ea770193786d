//! Which scores counted, and which did not.

use alloc::{vec, vec::Vec};
use alun_primitives::views::Dropped;
use alun_yuma::{fixed, Input, Neuron, Output};

use crate::settled::block;

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
    let sum = fixed::Quotient::of(sum);
    for entry in entries.iter_mut().filter(|entry| entry.dropped.is_none()) {
        entry.weight = sum.part(entry.value);
    }
    entries
}

/// What the consensus leaves of a weight. Both are compared as the chain stores the consensus, in
/// 1/65535, so that a weight at the consensus is not told to be clipped.
pub fn kept(weight: u64, consensus: u16) -> u64 {
    if fixed::to_u16(weight) > consensus {
        fixed::from_u16(consensus)
    } else {
        weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_yuma::{BondRule, OwnedInput, Params};

    /// Uid 2 owns the subnet; uid 4 came after the rows were committed.
    fn subnet() -> OwnedInput {
        let params = Params {
            kappa: 32_767,
            bonds_penalty: u16::MAX,
            bonds_moving_average: 900_000,
            bond_rule: BondRule::StakeFree,
            liquid_alpha: None,
            activity_cutoff: 100,
            max_validators: 4,
            stake_threshold: 0,
            owner: Some(2),
            last_epoch: 10,
            now: 20,
        };
        let neuron = |uid: u64| Neuron {
            stake: 5 + uid,
            last_update: 15,
            last_submission: 15,
            registered: if uid == 4 { 16 } else { 1 },
            permit: uid < 2,
        };
        let row = vec![(0, 7), (1, 65_535), (2, 3), (3, 0), (4, 9), (5, 40_001)];
        OwnedInput {
            params,
            neurons: (0..6).map(neuron).collect(),
            rows: vec![row; 6],
            bonds: vec![Vec::new(); 6],
        }
    }

    /// Why a score is dropped is told here; that it is, and what the others weigh, the epoch says.
    #[test]
    fn a_row_should_have_the_weights_of_the_epoch_when_scores_are_dropped() {
        let subnet = subnet();
        let input = subnet.input();
        let (_, explained) = alun_yuma::explain_all(&input).unwrap();
        for by in 0..6 {
            let entries = entries(&input, by);
            assert_eq!(entries.len(), 5);
            for Entry { on, weight, dropped, .. } in entries {
                let mut scored = explained[usize::from(on)].scored.iter();
                let epoch = scored.find(|scored| scored.by == by).map(|scored| scored.weight);
                assert_eq!(epoch, dropped.is_none().then_some(weight), "{by} on {on}");
            }
        }
        let own =
            |uid: u16| entries(&input, uid).iter().any(|e| e.on == uid && e.dropped.is_none());
        assert_eq!([0, 1, 2].map(own), [false, false, true]);
    }
}
