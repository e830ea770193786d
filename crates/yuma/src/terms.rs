//! The results of all steps, and step 11: rounding them for storage.

use alloc::vec::Vec;

use crate::{
    bonds::{self, Dividends},
    error::{EpochError, Step},
    fixed,
    input::Params,
    matrix::{at, Matrix},
    output::{NeuronOutput, Output},
    ranks::Ranks,
    stake::Stake,
};

/// What the steps of one epoch computed, one value per neuron each.
pub(crate) struct Terms {
    /// Step 1.
    pub active: Vec<bool>,
    /// Step 2.
    pub stake: Stake,
    /// Step 3: the permits that mask this epoch.
    pub permitted: Vec<bool>,
    /// Step 3: the permits to store.
    pub renewed: Vec<bool>,
    /// Step 4.
    pub active_stake: Stake,
    /// Step 6, as entries.
    pub consensus: Vec<u64>,
    /// Step 7.
    pub ranks: Ranks,
    /// Step 9.
    pub bonds: Matrix,
    /// Step 9.
    pub dividends: Dividends,
}

impl Terms {
    /// Step 11.
    pub fn output(&self, params: &Params) -> Result<Output, EpochError> {
        let neurons = (0..=u16::MAX)
            .zip(&self.stake.shares)
            .map(|(uid, stake)| self.neuron(uid, *stake))
            .collect::<Result<_, _>>()?;
        let bonds = bonds::stored(params.bond_rule, &self.bonds, &self.renewed)?;
        Ok(Output { neurons, bonds })
    }

    fn neuron(&self, uid: u16, stake: u64) -> Result<NeuronOutput, EpochError> {
        let share = |shares: &[u64]| at(shares, uid, Step::Input);
        let rank = share(&self.ranks.rank)?;
        let rank_before_clip = share(&self.ranks.before_clip)?;
        let trust = fixed::share(rank, rank_before_clip)
            .ok_or(EpochError::Overflow { step: Step::Rank })?;
        let incentive_share = fixed::share_to_entry(share(&self.ranks.incentive)?);
        let dividend_share = fixed::share_to_entry(share(&self.dividends.shares)?);
        Ok(NeuronOutput {
            active: at(&self.active, uid, Step::Input)?,
            permit: at(&self.renewed, uid, Step::Input)?,
            stake,
            active_stake: share(&self.active_stake.shares)?,
            consensus: fixed::to_u16(share(&self.consensus)?),
            validator_trust: fixed::to_u16(share(&self.ranks.validator_trust)?),
            trust: fixed::to_u16(fixed::share_to_entry(trust)),
            rank_before_clip: fixed::share_to_entry(rank_before_clip),
            rank: fixed::share_to_entry(rank),
            incentive: fixed::to_u16(incentive_share),
            dividends: fixed::to_u16(dividend_share),
            incentive_share,
            dividend_share,
        })
    }
}
