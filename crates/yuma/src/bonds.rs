//! Step 9: bonds, and the dividends they bring.
//!
//! Both rules walk, for each validator, the union of its weight row `W̃` and its old bond row, and
//! move each bond towards what the row says. An entry that one side lacks is 0 there: the bond on
//! a uid that the row omits decays exactly as with a stored 0.
//!
//! Only validators with a permit and with stake count. One without either would lose its row at
//! the end of the epoch in any case; until then it must not dilute the columns of the others.

use alloc::{vec, vec::Vec};

use crate::{
    alpha::{self, Alpha},
    error::{EpochError, Step},
    fixed::{self, Reciprocal},
    input::{BondRule, Input, Row},
    matrix::{at, at_mut, for_union, Matrix},
    ranks, weights,
};

const OVERFLOW: EpochError = EpochError::Overflow { step: Step::Bonds };
const NO_DIVIDEND: EpochError = EpochError::Overflow { step: Step::Dividends };

/// What the moving average reads, whatever the rule.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The epoch's input, for the parameters and the old bonds.
    pub input: &'a Input<'a>,
    /// Which neurons' rows count: those with a permit and with stake.
    pub counted: &'a [bool],
    /// `W̃` of step 8.
    pub weights: &'a Matrix,
    /// `C` of step 6.
    pub consensus: &'a [u64],
    /// `S` of step 4, as shares.
    pub active: &'a [u64],
}

/// Step 9. The bonds after this epoch, as entries: of each column's sum by the classic rule (up to
/// rounding), each for itself by the stake-free one.
pub fn bonds(sources: &Sources) -> Result<Matrix, EpochError> {
    match sources.input.params.bond_rule {
        BondRule::Classic => classic(sources),
        BondRule::StakeFree => stake_free(sources),
    }
}

/// `B' = a ΔB + (1 − a) B` with `B` and `ΔB = W̃ ∘ S` each divided by its column's sum.
fn classic(sources: &Sources) -> Result<Matrix, EpochError> {
    let rate = alpha::fixed_rate(sources.input.params.bonds_moving_average)?;
    let fresh = fresh(sources.input);
    let (held, bought) = classic_columns(sources, &fresh)?;
    follow(sources, &fresh, u64::from, |uid, stake, weight, bond| {
        let old = at(&held, uid, Step::Bonds)?.part(bond).ok_or(OVERFLOW)?;
        let new = purchase(stake, weight).ok_or(OVERFLOW)?;
        let new = at(&bought, uid, Step::Bonds)?.part(new).ok_or(OVERFLOW)?;
        alpha::moved(rate, old, new).ok_or(OVERFLOW)
    })
}

/// The columns' sums of the old bonds and of what is bought, to divide by.
fn classic_columns(
    sources: &Sources,
    fresh: &[bool],
) -> Result<(Vec<Reciprocal>, Vec<Reciprocal>), EpochError> {
    let neurons = sources.counted.len();
    let (mut held, mut bought) = (vec![0u64; neurons], vec![0u64; neurons]);
    let rows = sources.weights.rows().zip(sources.input.bonds).zip(sources.active);
    for (((weights, bonds), stake), counted) in rows.zip(sources.counted) {
        if !counted {
            continue;
        }
        for (uid, bond) in old_bonds(bonds, fresh, u64::from) {
            add(&mut held, uid, bond)?;
        }
        for (uid, weight) in weights.iter() {
            add(&mut bought, uid, purchase(*stake, weight).ok_or(OVERFLOW)?)?;
        }
    }
    let reciprocals = |sums: Vec<u64>| sums.into_iter().map(Reciprocal::of).collect();
    Ok((reciprocals(held), reciprocals(bought)))
}

/// `W̃_ij S_i` as a share.
#[inline]
fn purchase(stake: u64, weight: u64) -> Option<u64> {
    u64::try_from(fixed::wide(stake, weight) >> 32).ok()
}

/// `B' = a W̃ + (1 − a) B`, each entry with its own `a`.
fn stake_free(sources: &Sources) -> Result<Matrix, EpochError> {
    let alpha = Alpha::new(sources.input.params)?;
    let fresh = fresh(sources.input);
    follow(sources, &fresh, fixed::from_u16, |uid, _, weight, bond| {
        let consensus = at(sources.consensus, uid, Step::Bonds)?;
        let rate = alpha.rate(weight, bond, consensus).ok_or(OVERFLOW)?;
        alpha::moved(rate, bond, weight).ok_or(OVERFLOW)
    })
}

/// Calls `moved(uid, stake, weight, old bond)` for each entry of each row that counts.
fn follow(
    sources: &Sources,
    fresh: &[bool],
    scale: fn(u16) -> u64,
    moved: impl Fn(u16, u64, u64, u64) -> Result<u64, EpochError>,
) -> Result<Matrix, EpochError> {
    let input = sources.input;
    let old = weights::counted_entries(input.bonds, sources.counted);
    let entries = old.max(sources.weights.entries());
    let mut bonds = Matrix::with_capacity(input.bonds.len(), entries);
    let rows = sources.weights.rows().zip(input.bonds).zip(sources.active);
    for (((weights, old), stake), counted) in rows.zip(sources.counted) {
        if *counted {
            for_union(weights.iter(), old_bonds(old, fresh, scale), |uid, weight, bond| {
                bonds.push(uid, moved(uid, *stake, weight, bond)?);
                Ok(())
            })?;
        }
        bonds.end_row();
    }
    Ok(bonds)
}

/// Which columns start empty: those of neurons that registered since the last epoch.
fn fresh(input: &Input) -> Vec<bool> {
    input.neurons.iter().map(|neuron| neuron.registered >= input.params.last_epoch).collect()
}

/// A stored bond row without its fresh columns.
fn old_bonds<'a>(
    row: &'a Row,
    fresh: &'a [bool],
    scale: fn(u16) -> u64,
) -> impl Iterator<Item = (u16, u64)> + 'a {
    row.iter()
        .filter(|(uid, _)| fresh.get(usize::from(*uid)) == Some(&false))
        .map(move |(uid, bond)| (*uid, scale(*bond)))
}

/// What the bonds pay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dividends {
    /// Of each column of bonds, what its entries are divided by.
    pub columns: Vec<Reciprocal>,
    /// `Σ_j colnorm(B')_ij I_j`, by the stake-free rule times `S_i`, as a share.
    pub earned: Vec<u64>,
    /// `D`: what each neuron earned of what all earned, as a share.
    pub shares: Vec<u64>,
}

/// Step 9. Dividends: each column of bonds is divided by its sum and pays its neuron's incentive.
pub fn dividends(
    rule: BondRule,
    bonds: &Matrix,
    incentive: &[u64],
    active: &[u64],
) -> Result<Dividends, EpochError> {
    let mut sums = vec![0u64; incentive.len()];
    for (uid, bond) in bonds.rows().flat_map(|row| row.iter()) {
        add(&mut sums, uid, bond)?;
    }
    let columns: Vec<_> = sums.into_iter().map(Reciprocal::of).collect();
    let mut earned = Vec::with_capacity(incentive.len());
    for (row, stake) in bonds.rows().zip(active) {
        let mut sum = 0u64;
        for (uid, bond) in row.iter() {
            let term = bond_pay(&columns, incentive, uid, bond)?;
            sum = sum.checked_add(term).ok_or(NO_DIVIDEND)?;
        }
        earned.push(match rule {
            BondRule::Classic => sum,
            BondRule::StakeFree => by_stake(sum, *stake)?,
        });
    }
    let shares = ranks::normalised(&earned, Step::Dividends)?;
    Ok(Dividends { columns, earned, shares })
}

/// What one bond pays, before stake: its part of its column times the column's incentive, as a
/// share.
#[inline]
pub(crate) fn bond_pay(
    columns: &[Reciprocal],
    incentive: &[u64],
    uid: u16,
    bond: u64,
) -> Result<u64, EpochError> {
    let part = at(columns, uid, Step::Dividends)?.part(bond).ok_or(NO_DIVIDEND)?;
    let paid = fixed::wide(part, at(incentive, uid, Step::Dividends)?) >> 32;
    u64::try_from(paid).map_err(|_| NO_DIVIDEND)
}

/// The product of two shares.
pub(crate) fn by_stake(pay: u64, stake: u64) -> Result<u64, EpochError> {
    u64::try_from(fixed::wide(pay, stake) >> 63).map_err(|_| NO_DIVIDEND)
}

/// The bond rows to store: those of neurons with a new permit. The classic rule scales each column
/// so that its largest bond is 65535; the stake-free one stores each bond as a proportion.
pub fn stored(rule: BondRule, bonds: &Matrix, renewed: &[bool]) -> Result<Vec<Row>, EpochError> {
    let largest = match rule {
        BondRule::StakeFree => None,
        BondRule::Classic => Some(largest(bonds, renewed.len())?),
    };
    let mut rows = Vec::with_capacity(renewed.len());
    for (row, renewed) in bonds.rows().zip(renewed) {
        let mut stored = Row::new();
        if *renewed {
            for (uid, bond) in row.iter() {
                let bond = match &largest {
                    None => bond,
                    Some(largest) => at(largest, uid, Step::Bonds)?.part(bond).ok_or(OVERFLOW)?,
                };
                let bond = fixed::to_u16(bond);
                if bond != 0 {
                    stored.push((uid, bond));
                }
            }
        }
        rows.push(stored);
    }
    Ok(rows)
}

/// The largest bond of each column, to divide by.
fn largest(bonds: &Matrix, neurons: usize) -> Result<Vec<Reciprocal>, EpochError> {
    let mut largest = vec![0u64; neurons];
    for (uid, bond) in bonds.rows().flat_map(|row| row.iter()) {
        let largest = at_mut(&mut largest, uid, Step::Bonds)?;
        *largest = bond.max(*largest);
    }
    Ok(largest.into_iter().map(Reciprocal::of).collect())
}

fn add(sums: &mut [u64], uid: u16, term: u64) -> Result<(), EpochError> {
    let sum = at_mut(sums, uid, Step::Bonds)?;
    *sum = sum.checked_add(term).ok_or(OVERFLOW)?;
    Ok(())
}
