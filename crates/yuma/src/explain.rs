//! Where one neuron's numbers come from.

use alloc::vec::Vec;

use crate::{
    bonds,
    error::{EpochError, Step},
    fixed,
    input::{BondRule, Input},
    matrix::at,
    steps,
    terms::Terms,
    weights,
};

/// What one validator's score of the neuron did. Parts are in units of 2⁻³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// The validator.
    pub by: u16,
    /// Its part of the active stake, in units of 2⁻⁶³; 0 for one that does not vote.
    pub stake: u64,
    /// The part of its row that it gave the neuron.
    pub weight: u64,
    /// What the consensus left of that; `weight − kept` was clipped.
    pub kept: u64,
}

/// What one bond paid the neuron. Parts are in units of 2⁻³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BondPay {
    /// On whom it holds the bond.
    pub on: u16,
    /// Its part of all bonds on that neuron.
    pub part: u64,
    /// That neuron's part of the incentive.
    pub incentive: u64,
    /// What the bond brought, as a part of the dividends of all validators. All bonds' together
    /// are the neuron's `dividend_share` (up to rounding).
    pub dividend: u64,
}

/// The terms behind one neuron's result in an epoch. Parts are in units of 2⁻³².
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The consensus on the neuron.
    pub consensus: u64,
    /// Its rank before clipping.
    pub rank_before_clip: u64,
    /// Its rank.
    pub rank: u64,
    /// Who scored it, in order of uid. Scores that step 5 drops are not there.
    pub scored: Vec<Scored>,
    /// What the bonds it holds paid it, in order of uid.
    pub bonds: Vec<BondPay>,
}

/// Explains the result of neuron `uid` from the input of the epoch: who scored it and with how
/// much stake, what was clipped, and which bonds paid it.
///
/// # Errors
///
/// Those of [`epoch`](crate::epoch), and [`EpochError::UnknownUid`].
pub fn explain(input: &Input, uid: u16) -> Result<Explanation, EpochError> {
    let terms = steps(input)?;
    Ok(Explanation {
        consensus: at(&terms.consensus, uid, Step::Input)?,
        rank_before_clip: fixed::share_to_entry(at(&terms.ranks.before_clip, uid, Step::Input)?),
        rank: fixed::share_to_entry(at(&terms.ranks.rank, uid, Step::Input)?),
        scored: scored(input, &terms, uid)?,
        bonds: bonds_pay(input.params.bond_rule, &terms, uid)?,
    })
}

fn scored(input: &Input, terms: &Terms, uid: u16) -> Result<Vec<Scored>, EpochError> {
    let consensus = at(&terms.consensus, uid, Step::Input)?;
    let weights = weights::weights(input, &terms.permitted)?;
    let rows = weights.rows().zip(&terms.active_stake.shares);
    let scored = (0..=u16::MAX).zip(rows).filter_map(|(by, (row, stake))| {
        let (_, weight) = row.iter().find(|(target, _)| *target == uid)?;
        Some(Scored { by, stake: *stake, weight, kept: weight.min(consensus) })
    });
    Ok(scored.collect())
}

fn bonds_pay(rule: BondRule, terms: &Terms, uid: u16) -> Result<Vec<BondPay>, EpochError> {
    let stake = at(&terms.active_stake.shares, uid, Step::Input)?;
    let columns = &terms.dividends.columns;
    let incentive = &terms.ranks.incentive;
    let earned = terms.dividends.earned.iter().try_fold(0u64, |sum, one| sum.checked_add(*one));
    let overflow = EpochError::Overflow { step: Step::Dividends };
    let earned = earned.ok_or(overflow)?;
    let Some(row) = terms.bonds.rows().nth(usize::from(uid)) else {
        return Ok(Vec::new());
    };
    row.iter()
        .map(|(on, bond)| {
            let pay = bonds::bond_pay(columns, incentive, on, bond)?;
            let pay = match rule {
                BondRule::Classic => pay,
                BondRule::StakeFree => bonds::by_stake(pay, stake)?,
            };
            Ok(BondPay {
                on,
                part: at(columns, on, Step::Dividends)?.part(bond).ok_or(overflow)?,
                incentive: fixed::share_to_entry(at(incentive, on, Step::Dividends)?),
                dividend: fixed::share_to_entry(fixed::share(pay, earned).ok_or(overflow)?),
            })
        })
        .collect()
}
