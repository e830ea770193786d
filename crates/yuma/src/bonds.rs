//! Step 9: bonds, and the dividends they bring.
//!
//! Of each column both rules walk the union of the weights `W̃` and the old bonds, and move each
//! bond towards its weight. An entry that one side lacks is 0 there: the bond on a uid that a row
//! omits decays exactly as with a stored 0.
//!
//! Only validators with a permit and with stake count. One without either would lose its row at
//! the end of the epoch in any case; until then it must not dilute the columns of the others.

use alloc::vec::Vec;

use crate::{
    alpha::{self, Alpha},
    columns::Cell,
    error::{EpochError, Step},
    fixed::{self, Reciprocal, ONE},
    input::{BondRule, Input, Row},
    ranks,
    weights::Validators,
};

/// The old bonds on one neuron and the weights they move towards, side by side; then its new bonds.
pub struct Column<'a> {
    /// Whose bond it is, and what it was.
    pub held: &'a [Cell],
    /// `W̃`; once it has moved, the bond. Entries.
    pub bonds: &'a mut [u64],
}

/// Room to put two columns side by side that name different validators.
#[derive(Default)]
pub struct Room {
    held: Vec<Cell>,
    bonds: Vec<u64>,
}

impl<'a> Column<'a> {
    /// Puts side by side the weights `W̃` behind `scores` and the old bonds, those that count.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn join(
        scores: &[Cell],
        weights: &'a mut [u64],
        held: &'a [Cell],
        who: &Validators,
        room: &'a mut Room,
    ) -> Self {
        if who.all_counted && same_slots(scores, held, who.uids.len()) {
            return Self { held, bonds: weights };
        }
        room.merge(scores, weights, held, who);
        Self { held: &room.held, bonds: &mut room.bonds }
    }

    /// Whether the rate and all weights and old bonds are below 1.0.
    fn narrow(&self, rate: u64) -> bool {
        let below = |all: bool, cell: &Cell| all & (cell.value() != u16::MAX);
        rate < ONE && fixed::narrow(self.bonds) && self.held.iter().fold(true, below)
    }

    /// Step 9. Adds what each bond pays to its holder's pay, by slot.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn pay(&self, payer: Payer, pay: &mut [u64]) {
        // All ranks together at most.
        if pay.len() != self.held.len() {
            for (cell, bond) in self.held.iter().zip(self.bonds.iter()) {
                if let Some(pay) = pay.get_mut(cell.slot()) {
                    *pay = pay.wrapping_add(payer.pay::<false>(*bond));
                }
            }
        } else if fixed::narrow(self.bonds) {
            for (bond, pay) in self.bonds.iter().zip(pay) {
                *pay = pay.wrapping_add(payer.pay::<true>(*bond));
            }
        } else {
            for (bond, pay) in self.bonds.iter().zip(pay) {
                *pay = pay.wrapping_add(payer.pay::<false>(*bond));
            }
        }
    }
}

impl Room {
    fn merge(&mut self, scores: &[Cell], weights: &[u64], held: &[Cell], who: &Validators) {
        self.held.clear();
        self.bonds.clear();
        let counts = |score: &Cell| who.counted.get(score.slot()) == Some(&true);
        let mut held = held.iter().copied().peekable();
        for (score, weight) in scores.iter().zip(weights).filter(|(score, _)| counts(score)) {
            while let Some(alone) = held.next_if(|other| other.slot() < score.slot()) {
                self.held.push(alone);
                self.bonds.push(0);
            }
            let mut both = *score;
            both.clear();
            self.held.push(held.next_if(|other| other.slot() == score.slot()).unwrap_or(both));
            self.bonds.push(*weight);
        }
        for alone in held {
            self.held.push(alone);
            self.bonds.push(0);
        }
    }
}

/// Whether two columns name the same slots.
fn same_slots(one: &[Cell], other: &[Cell], slots: usize) -> bool {
    one.len() == other.len()
        && (one.len() == slots || one.iter().zip(other).all(|(a, b)| a.slot() == b.slot()))
}

/// How bonds move in this epoch.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// `B' = a ΔB + (1 − a) B` with `B` and `ΔB = W̃ ∘ S` each divided by its column's sum.
    Classic {
        /// `a`, as an entry.
        rate: u64,
    },
    /// `B' = a W̃ + (1 − a) B`, each entry with its own `a`.
    StakeFree(Alpha),
}

impl Rule {
    /// That of the epoch's parameters.
    pub fn new(input: &Input) -> Result<Self, EpochError> {
        Ok(match input.params.bond_rule {
            BondRule::Classic => {
                Self::Classic { rate: alpha::fixed_rate(input.params.bonds_moving_average)? }
            }
            BondRule::StakeFree => Self::StakeFree(Alpha::new(input.params)?),
        })
    }

    /// Step 9, of one column: the bonds after this epoch, as entries. By the classic rule each is a
    /// part of its column's sum (up to rounding), by the stake-free one a proportion of its own.
    /// `shares` is `S` by slot.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn move_bonds(&self, column: &mut Column, consensus: u64, shares: &[u64]) {
        match *self {
            Self::Classic { rate } => classic(column, rate, shares),
            Self::StakeFree(Alpha::Fixed(rate)) if 0 < rate && column.narrow(rate) => {
                average::<true>(column, |_, _| rate);
            }
            Self::StakeFree(Alpha::Fixed(rate)) => average::<false>(column, |_, _| rate),
            Self::StakeFree(alpha) => {
                average::<false>(column, |weight, old| alpha.rate(weight, old, consensus));
            }
        }
    }
}

/// The stake-free rule, at the rate of each weight and old bond.
#[cfg_attr(feature = "std", inline(always))]
fn average<const NARROW: bool>(column: &mut Column, rate: impl Fn(u64, u64) -> u64) {
    for (bond, held) in column.bonds.iter_mut().zip(column.held) {
        let weight = fixed::entry::<NARROW>(*bond);
        let old = fixed::entry::<NARROW>(fixed::from_u16(held.value()));
        *bond = alpha::moved::<NARROW>(rate(weight, old), old, weight);
    }
}

/// The classic rule. Both sums divide their rates at once, so that a bond is rounded once.
#[cfg_attr(feature = "std", inline(always))]
fn classic(column: &mut Column, rate: u64, shares: &[u64]) {
    if column.bonds.len() != shares.len() {
        for (bond, old) in column.bonds.iter_mut().zip(column.held) {
            *bond = fixed::scaled(shares.get(old.slot()).copied().unwrap_or(0), *bond);
        }
    } else if fixed::narrow(column.bonds) {
        buy::<true>(column.bonds, shares);
    } else {
        buy::<false>(column.bonds, shares);
    }
    // Shares of at most 1.0 together; at most 2¹⁶ numbers of 16 bits.
    let bought = column.bonds.iter().fold(0u64, |sum, bond| sum.wrapping_add(*bond));
    let held = |sum: u64, old: &Cell| sum.wrapping_add(u64::from(old.value()));
    let held = column.held.iter().fold(0, held);
    let bought = Reciprocal::of(bought).times(rate);
    // An old bond is at most the sum, hence the product at most the dividend, 2⁶³.
    let stays = (ONE.wrapping_sub(rate) << 31).checked_div(held).unwrap_or(0);
    for (bond, old) in column.bonds.iter_mut().zip(column.held) {
        // Two shares of together at most 1.0, up to rounding. Halves of them, to spare a shift.
        let stays = stays.wrapping_mul(u64::from(old.value())) >> 1;
        *bond = fixed::lesser(stays.wrapping_add(bought.half(*bond)) >> 30, ONE);
    }
}

/// `W̃ ∘ S`.
#[cfg_attr(feature = "std", inline(always))]
fn buy<const NARROW: bool>(weights: &mut [u64], shares: &[u64]) {
    for (weight, share) in weights.iter_mut().zip(shares) {
        *weight = fixed::scaled(*share, fixed::entry::<NARROW>(*weight));
    }
}

/// What the bonds on one neuron pay: each its part of their sum, of the neuron's rank. (Ranks, not
/// incentives, which are ranks over their sum: the sum is the same for all and dividends are divided
/// by theirs at last.)
#[derive(Clone, Copy, Debug)]
pub struct Payer {
    /// How far bonds are shifted to have no fewer than 31 bits.
    shift: u32,
    /// `⌊R 2³¹ / sum⌋` with the sum shifted.
    factor: u64,
}

impl Payer {
    /// Of a column with these bonds, on a neuron with this rank.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn of(bonds: &[u64], rank: u64) -> Self {
        // At most 2¹⁶ entries of at most 2³².
        let sum = bonds.iter().fold(0u64, |sum, bond| sum.wrapping_add(*bond));
        // Saturating: a sum that has more than 32 bits stays as it is.
        let shift = sum.leading_zeros().saturating_sub(32);
        let sum = u128::from(sum.wrapping_shl(shift));
        // A rank of at most 2⁶³ over a sum of at least 2³¹: below 2⁶⁴.
        let factor = (u128::from(rank) << 31).checked_div(sum).unwrap_or(0);
        Self { shift, factor: u64::try_from(factor).unwrap_or(u64::MAX) }
    }

    /// What a bond of the column pays, in units of 2⁻⁶² of the ranks.
    #[inline]
    pub fn pay<const NARROW: bool>(self, bond: u64) -> u64 {
        // At most its sum, hence within 2³² after the shift.
        fixed::scaled(self.factor, fixed::entry::<NARROW>(bond.wrapping_shl(self.shift)))
    }
}

/// Step 9. `D`, as shares: what the bonds of each neuron paid, by the stake-free rule times `S`,
/// over the sum of all. `pay` is what they paid and `shares` is `S`.
pub fn dividends(rule: BondRule, pay: Vec<u64>, shares: &[u64]) -> Result<Vec<u64>, EpochError> {
    let earned = match rule {
        BondRule::Classic => pay,
        BondRule::StakeFree => {
            // Together at most all ranks, 2⁶². Shifted as far as their sum allows, so that few
            // ranks and small stakes lose no digits.
            let sum = pay.iter().fold(0u64, |sum, pay| sum.wrapping_add(*pay));
            let shift = sum.leading_zeros() & 63;
            let by_stake = |(pay, share): (&u64, &u64)| {
                u64::try_from(fixed::wide(pay << shift, *share) >> 63).unwrap_or(u64::MAX)
            };
            pay.iter().zip(shares).map(by_stake).collect()
        }
    };
    ranks::normalised(earned, Step::Dividends)
}

/// The bond rows to store: those of neurons with a new permit, by slot.
pub struct Store {
    rule: BondRule,
    rows: Vec<Row>,
    /// All ones where the row is stored, else 0.
    kept: Vec<u64>,
}

impl Store {
    /// With room for as many bonds as a validator has now, or scores.
    pub fn new(rule: BondRule, who: &Validators, renewed: &[bool]) -> Self {
        let renewed = |uid: &u16| renewed.get(usize::from(*uid)) == Some(&true);
        let room = who.rows.iter().zip(&who.bonds).map(|(row, bonds)| row.len().max(bonds.len()));
        let row = |(uid, room)| Row::with_capacity(if renewed(uid) { room } else { 0 });
        Self {
            rule,
            rows: who.uids.iter().zip(room).map(row).collect(),
            kept: who.uids.iter().map(|uid| if renewed(uid) { u64::MAX } else { 0 }).collect(),
        }
    }

    /// Step 11, of one column. The classic rule scales it so that its largest bond is 65535; the
    /// stake-free one stores each bond as a proportion.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn push(&mut self, uid: u16, column: &Column) {
        match self.rule {
            BondRule::StakeFree => self.scaled(uid, column, |bond| bond),
            BondRule::Classic => {
                let largest = column.bonds.iter().copied().max().unwrap_or(0);
                let largest = Reciprocal::of(largest);
                self.scaled(uid, column, |bond| largest.part(bond));
            }
        }
    }

    #[cfg_attr(feature = "std", inline(always))]
    fn scaled(&mut self, uid: u16, column: &Column, scale: impl Fn(u64) -> u64) {
        let store = |row: &mut Row, kept: &u64, bond: &u64| {
            let bond = fixed::to_u16(scale(*bond) & kept);
            if bond != 0 {
                row.push((uid, bond));
            }
        };
        if column.bonds.len() == self.rows.len() {
            for ((row, kept), bond) in self.rows.iter_mut().zip(&self.kept).zip(&*column.bonds) {
                store(row, kept, bond);
            }
            return;
        }
        for (cell, bond) in column.held.iter().zip(&*column.bonds) {
            let slot = cell.slot();
            if let (Some(row), Some(kept)) = (self.rows.get_mut(slot), self.kept.get(slot)) {
                store(row, kept, bond);
            }
        }
    }

    /// One row per neuron; `uids` are those of the slots.
    pub fn rows(self, uids: &[u16], neurons: usize) -> Vec<Row> {
        let mut rows = Vec::with_capacity(neurons);
        for (uid, row) in uids.iter().zip(self.rows) {
            rows.resize_with(usize::from(*uid), Row::new);
            rows.push(row);
        }
        rows.resize_with(neurons, Row::new);
        rows
    }
}
