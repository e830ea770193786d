//! Steps 5 and 8: the weight rows that count, and those that bonds follow.

use alloc::{vec, vec::Vec};
use core::mem;

use crate::{
    columns::Cell,
    fixed::{self, Quotient, ONE},
    input::{Input, Row},
    stake::Stake,
};

/// What belongs to a validator, one value each, in lists that the steps go through side by side.
#[derive(Default)]
pub struct PerValidator {
    /// Step 5: what its scores are divided by, see [`Quotient`].
    totals: Vec<u64>,
    high: Vec<u64>,
    low: Vec<u64>,
    /// Its active stake, in the smallest unit.
    pub amounts: Vec<u64>,
    /// `S`: its active stake, as a share.
    pub shares: Vec<u64>,
}

impl PerValidator {
    /// Takes over the values of those who gave these scores.
    fn pick(&mut self, all: &Self, scores: &[Cell]) {
        let pick = |to: &mut Vec<u64>, from: &[u64]| {
            to.clear();
            let of = |score: &Cell| from.get(score.slot()).copied().unwrap_or(0);
            to.extend(scores.iter().map(of));
        };
        pick(&mut self.totals, &all.totals);
        pick(&mut self.high, &all.high);
        pick(&mut self.low, &all.low);
        pick(&mut self.amounts, &all.amounts);
        pick(&mut self.shares, &all.shares);
    }

    /// Step 5, its second half: the weights of a column, each score divided by its row's sum.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn weights(&self, scores: &[Cell], weights: &mut Vec<u64>) {
        weights.clear();
        let sums = self.totals.iter().zip(&self.high).zip(&self.low);
        weights.extend(scores.iter().zip(sums).map(|(score, ((total, high), low))| {
            Quotient { total: *total, high: *high, low: *low }.part(score.value())
        }));
    }
}

/// The neurons with a permit that have a row, or bonds that count. Their *slot* is their place here,
/// in order of uid; each list has one value per slot.
///
/// Who has neither (an owner that does not validate, say) is in no column. It has no slot, so that
/// the columns of the others stay full; its stake is still part of the active stake.
pub struct Validators<'a> {
    /// Who it is.
    pub uids: Vec<u16>,
    /// Their weight rows, as given.
    pub rows: Vec<&'a [(u16, u16)]>,
    /// Their bond rows; empty where bonds do not count.
    pub bonds: Vec<&'a [(u16, u16)]>,
    /// The sums of their rows, and their stake.
    pub all: PerValidator,
    /// Whether their bonds count: only with stake, active or not.
    pub counted: Vec<bool>,
    /// Whether those of all count.
    pub all_counted: bool,
    /// The block of each one's row.
    last_update: Vec<u64>,
    /// The earliest of these.
    oldest_row: u64,
    owner: Option<u16>,
}

impl<'a> Validators<'a> {
    /// Step 5, its first half: the rows of those with a permit (`permitted`), and the sum of each one's scores,
    /// without scores of oneself (the owner keeps its own) and without scores of a uid's former
    /// holder.
    pub fn new(input: &Input<'a>, permitted: &[bool], stake: &Stake, active: &Stake) -> Self {
        let counts = stake.amounts.iter().map(|amount| *amount != 0);
        let bonds: Vec<&[(u16, u16)]> = counts
            .clone()
            .zip(input.bonds)
            .map(|(counts, bonds)| if counts { bonds.as_slice() } else { &[] })
            .collect();
        let has_slot: Vec<bool> = permitted
            .iter()
            .zip(input.rows.iter().zip(&bonds))
            .map(|(permitted, (row, bonds))| *permitted && !(row.is_empty() && bonds.is_empty()))
            .collect();
        let counted: Vec<bool> = slots(&has_slot, counts);
        let last_update = slots(&has_slot, input.neurons.iter().map(|neuron| neuron.last_update));
        let mut validators = Self {
            uids: slots(&has_slot, 0..=u16::MAX),
            rows: slots(&has_slot, input.rows.iter().map(Row::as_slice)),
            bonds: slots(&has_slot, bonds.iter().copied()),
            all: PerValidator {
                amounts: slots(&has_slot, active.amounts.iter().copied()),
                shares: slots(&has_slot, active.shares.iter().copied()),
                ..PerValidator::default()
            },
            all_counted: counted.iter().all(|counted| *counted),
            counted,
            oldest_row: last_update.iter().copied().min().unwrap_or(0),
            last_update,
            owner: input.params.owner,
        };
        validators.add_up(input);
        validators
    }

    fn add_up(&mut self, input: &Input) {
        let registered: Vec<u64> = input.neurons.iter().map(|n| n.registered).collect();
        let newest = registered.iter().copied().max().unwrap_or(0);
        let rows = self.uids.iter().zip(&self.rows).zip(&self.last_update);
        for ((uid, row), last_update) in rows {
            let counts = |target: &u16| {
                registered.get(usize::from(*target)).is_some_and(|block| last_update > block)
            };
            // At most 2¹⁶ scores of 16 bits: below 2³².
            let sum = |sum: u32, score: &u16| sum.wrapping_add(u32::from(*score));
            let all = if *last_update > newest {
                row.iter().map(|(_, score)| score).fold(0, sum)
            } else {
                row.iter().filter(|(to, _)| counts(to)).map(|(_, score)| score).fold(0, sum)
            };
            let own = match row.binary_search_by_key(uid, |(target, _)| *target) {
                Ok(place) if self.owner != Some(*uid) && counts(uid) => {
                    row.get(place).map_or(0, |(_, score)| u32::from(*score))
                }
                _ => 0,
            };
            let Quotient { total, high, low } = Quotient::of(u64::from(all.wrapping_sub(own)));
            self.all.totals.push(total);
            self.all.high.push(high);
            self.all.low.push(low);
        }
    }

    /// Step 5: puts 0 in the place of each score of a column that is masked. `registered` is the
    /// block of the neuron.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn mask(&self, uid: u16, registered: u64, scores: &mut [Cell]) {
        if self.oldest_row <= registered {
            for score in scores.iter_mut() {
                let last_update = self.last_update.get(score.slot());
                if last_update.is_none_or(|last_update| *last_update <= registered) {
                    score.clear();
                }
            }
        }
        if self.owner == Some(uid) {
            return;
        }
        let Ok(own) = self.uids.binary_search(&uid) else { return };
        let place = scores.binary_search_by_key(&own, |score| score.slot());
        if let Some(score) = place.ok().and_then(|place| scores.get_mut(place)) {
            score.clear();
        }
    }

    /// What belongs to the validators who gave these scores; `room` is room to gather it.
    #[inline]
    pub fn behind<'b>(&'b self, scores: &[Cell], room: &'b mut PerValidator) -> &'b PerValidator {
        if scores.len() == self.uids.len() {
            return &self.all; // All of them, in order.
        }
        room.pick(&self.all, scores);
        room
    }

    /// From one value per slot to one per neuron, 0 for the others.
    pub fn spread(&self, values: &[u64], neurons: usize) -> Vec<u64> {
        let mut spread = vec![0; neurons];
        for (uid, value) in self.uids.iter().zip(values) {
            if let Some(place) = spread.get_mut(usize::from(*uid)) {
                *place = *value;
            }
        }
        spread
    }
}

/// The values of those that have a slot.
fn slots<T>(has_slot: &[bool], values: impl Iterator<Item = T>) -> Vec<T> {
    has_slot.iter().zip(values).filter(|(on, _)| **on).map(|(_, value)| value).collect()
}

/// Step 7: what the consensus leaves of each weight of a column, `W̄ = min(W, C)`.
#[cfg_attr(feature = "std", inline(always))]
pub fn clip(weights: &[u64], consensus: u64, kept: &mut Vec<u64>) {
    kept.clear();
    kept.extend(weights.iter().map(|weight| fixed::lesser(*weight, consensus)));
}

/// Step 8, of one column. `W̃ = W + β(W̄ − W)`: the bonds penalty takes away the part β of what was
/// clipped. `weights` are `W` and become `W̃`, `kept` are `W̄` and then of no more use, and `penalty`
/// is β as an entry.
#[cfg_attr(feature = "std", inline(always))]
pub fn for_bonds(weights: &mut Vec<u64>, kept: &mut Vec<u64>, penalty: u64) {
    if penalty == ONE {
        mem::swap(weights, kept);
    } else if penalty != 0 {
        for (weight, kept) in weights.iter_mut().zip(kept) {
            *weight = penalised(*weight, *kept, penalty);
        }
    }
}

/// One entry of step 8: `weight` lowered by the part `penalty` of what it has over `kept`.
#[inline]
pub fn penalised(weight: u64, kept: u64, penalty: u64) -> u64 {
    // Saturating: a weight under the consensus has nothing over it.
    let over = weight.saturating_sub(kept);
    weight.wrapping_sub(fixed::scaled(over, penalty))
}
