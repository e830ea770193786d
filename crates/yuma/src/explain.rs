//! Where a neuron's numbers come from.

use alloc::{vec, vec::Vec};

use crate::{
    bonds::{Column, Payer},
    columns::Cell,
    error::{at, EpochError, Step},
    fixed::{self, Reciprocal},
    input::Input,
    output::Output,
    split_exact, steps,
    terms::Terms,
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
    /// What it added to the neuron's rank, `stake · kept`, in units of 2⁻⁶³. All scores' together
    /// are the rank, to the unit.
    pub rank: u64,
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
    /// The same in the unit in which the neuron's bonds are added up: what they pay is split by
    /// this, to the unit.
    pub pay: u64,
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
    /// Who scored it, in order of uid. Scores that step 5 drops, and those of 0, are not there.
    pub scored: Vec<Scored>,
    /// What the bonds it holds paid it, in order of uid.
    pub bonds: Vec<BondPay>,
}

impl Explanation {
    /// Who gave as much as the consensus or more, and has stake: the reason why it is not higher is
    /// that these are not more, and why it is not lower that they are enough.
    pub fn supporters(&self) -> impl Iterator<Item = &Scored> {
        self.scored.iter().filter(|scored| scored.stake != 0 && scored.weight >= self.consensus)
    }

    /// What each of [`Self::scored`] brought of an amount that the neuron got for its incentive.
    /// The parts sum to the amount; if it has no rank, all are 0.
    pub fn split_incentive(&self, amount: u64) -> Vec<u64> {
        let ranks: Vec<u64> = self.scored.iter().map(|scored| scored.rank).collect();
        split_exact(amount, &ranks)
    }

    /// What each of [`Self::bonds`] brought of an amount that the neuron got for its dividends. The
    /// parts sum to the amount; if no bond paid, all are 0.
    pub fn split_dividends(&self, amount: u64) -> Vec<u64> {
        let pays: Vec<u64> = self.bonds.iter().map(|bond| bond.pay).collect();
        split_exact(amount, &pays)
    }
}

/// Explains the result of neuron `uid` from the input of the epoch: who scored it and with how
/// much stake, what was clipped, and which bonds paid it.
///
/// # Errors
///
/// Those of [`epoch`](crate::epoch), and [`EpochError::UnknownUid`].
pub fn explain(input: &Input, uid: u16) -> Result<Explanation, EpochError> {
    at(input.neurons, uid, Step::Input)?;
    let mut notes = Notes::of(input, Some(uid));
    let terms = steps(input, &mut notes)?;
    notes.explanation(&terms, uid)
}

/// The output of the epoch and the explanation of every neuron, from one pass.
///
/// # Errors
///
/// Those of [`epoch`](crate::epoch).
pub fn explain_all(input: &Input) -> Result<(Output, Vec<Explanation>), EpochError> {
    let mut notes = Notes::of(input, None);
    let terms = steps(input, &mut notes)?;
    let explained = (0..=u16::MAX)
        .zip(input.neurons)
        .map(|(uid, _)| notes.explanation(&terms, uid))
        .collect::<Result<_, _>>()?;
    Ok((terms.output(), explained))
}

/// A column as the observer sees it, between steps 7 and 8.
pub(crate) struct Scores<'a> {
    /// Whose column it is.
    pub uid: u16,
    /// The slots of who scored it.
    pub cells: &'a [Cell],
    /// `W`.
    pub weights: &'a [u64],
    /// `W̄`.
    pub kept: &'a [u64],
    /// `S`.
    pub shares: &'a [u64],
}

/// Sees the terms of an epoch as they are computed. The one of `epoch` is `()`, which looks at
/// nothing and costs nothing.
pub(crate) trait Observer {
    /// Who has which slot.
    #[inline]
    fn began(&mut self, _uids: &[u16]) {}

    /// The weights on a neuron.
    #[inline]
    fn scored(&mut self, _scores: &Scores) {}

    /// The bonds on a neuron, and what pays them.
    #[inline]
    fn paid(&mut self, _uid: u16, _bonds: &Column, _payer: Payer) {}
}

impl Observer for () {}

/// Writes down what concerns one neuron, or all.
struct Notes {
    only: Option<u16>,
    /// Who has which slot.
    uids: Vec<u16>,
    /// Per neuron; empty for those that nobody asked for.
    neurons: Vec<(Vec<Scored>, Vec<BondPay>)>,
}

impl Notes {
    fn of(input: &Input, only: Option<u16>) -> Self {
        Self { only, uids: Vec::new(), neurons: vec![Default::default(); input.neurons.len()] }
    }

    fn wants(&self, uid: u16) -> bool {
        self.only.is_none_or(|only| only == uid)
    }

    fn explanation(&mut self, terms: &Terms, uid: u16) -> Result<Explanation, EpochError> {
        let notes = self.neurons.get_mut(usize::from(uid)).map(core::mem::take);
        let (scored, mut bonds) = notes.unwrap_or_default();
        let dividends = at(&terms.dividends, uid, Step::Input)?;
        // Together at most all ranks.
        let paid = bonds.iter().fold(0u64, |sum, bond| sum.wrapping_add(bond.pay));
        for bond in &mut bonds {
            bond.incentive = fixed::share_to_entry(at(&terms.incentive, bond.on, Step::Input)?);
            let part = fixed::share(bond.pay, paid);
            let part = part.ok_or(EpochError::Overflow { step: Step::Dividends })?;
            // A share of a share.
            let dividend = u64::try_from(fixed::wide(part, dividends) >> 63).unwrap_or(0);
            bond.dividend = fixed::share_to_entry(dividend);
        }
        Ok(Explanation {
            consensus: at(&terms.consensus, uid, Step::Input)?,
            rank_before_clip: fixed::share_to_entry(at(&terms.rank_before_clip, uid, Step::Input)?),
            rank: fixed::share_to_entry(at(&terms.rank, uid, Step::Input)?),
            scored,
            bonds,
        })
    }
}

impl Observer for Notes {
    fn began(&mut self, uids: &[u16]) {
        self.uids = uids.to_vec();
    }

    fn scored(&mut self, scores: &Scores) {
        if !self.wants(scores.uid) {
            return;
        }
        let Some((notes, _)) = self.neurons.get_mut(usize::from(scores.uid)) else { return };
        let terms = scores.weights.iter().zip(scores.kept).zip(scores.shares);
        for (cell, ((weight, kept), stake)) in scores.cells.iter().zip(terms) {
            if let (Some(by), true) = (self.uids.get(cell.slot()), *weight != 0) {
                let rank = fixed::scaled(*stake, *kept);
                let (by, stake, weight, kept) = (*by, *stake, *weight, *kept);
                notes.push(Scored { by, stake, weight, kept, rank });
            }
        }
    }

    fn paid(&mut self, uid: u16, column: &Column, payer: Payer) {
        let sum = column.bonds.iter().fold(0u64, |sum, bond| sum.wrapping_add(*bond));
        let sum = Reciprocal::of(sum);
        for (cell, bond) in column.held.iter().zip(column.bonds.iter()) {
            let Some(holder) = self.uids.get(cell.slot()).copied() else { continue };
            if *bond == 0 || !self.wants(holder) {
                continue;
            }
            if let Some((_, notes)) = self.neurons.get_mut(usize::from(holder)) {
                notes.push(BondPay {
                    on: uid,
                    part: sum.part(*bond),
                    incentive: 0, // These two are known when all columns are.
                    dividend: 0,
                    pay: payer.pay::<false>(*bond),
                });
            }
        }
    }
}
