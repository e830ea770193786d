//! The results of all steps, and step 11: rounding them for storage.

use alloc::vec::Vec;

use crate::{
    fixed,
    input::Row,
    output::{NeuronOutput, Output},
    stake::Stake,
};

/// What the steps of one epoch computed, one value per neuron each.
pub(crate) struct Terms {
    /// Step 1.
    pub active: Vec<bool>,
    /// Step 2.
    pub stake: Stake,
    /// Step 3: the permits to store.
    pub renewed: Vec<bool>,
    /// Step 4.
    pub active_stake: Stake,
    /// Step 6, as entries.
    pub consensus: Vec<u64>,
    /// Step 7, as entries.
    pub validator_trust: Vec<u64>,
    /// Step 7, as shares.
    pub rank_before_clip: Vec<u64>,
    /// Step 7, as shares.
    pub rank: Vec<u64>,
    /// Step 7, as shares.
    pub incentive: Vec<u64>,
    /// Step 9, as shares.
    pub dividends: Vec<u64>,
    /// Step 9, as they are stored.
    pub bonds: Vec<Row>,
}

impl Terms {
    /// Step 11.
    pub fn output(self) -> Output {
        let neurons = (0..self.active.len()).filter_map(|uid| self.neuron(uid)).collect();
        Output { neurons, bonds: self.bonds }
    }

    /// That of one neuron; all lists hold it.
    fn neuron(&self, uid: usize) -> Option<NeuronOutput> {
        let rank = *self.rank.get(uid)?;
        let rank_before_clip = *self.rank_before_clip.get(uid)?;
        let trust = fixed::share(rank, rank_before_clip)?;
        let incentive_share = fixed::share_to_entry(*self.incentive.get(uid)?);
        let dividend_share = fixed::share_to_entry(*self.dividends.get(uid)?);
        Some(NeuronOutput {
            active: *self.active.get(uid)?,
            permit: *self.renewed.get(uid)?,
            stake: *self.stake.shares.get(uid)?,
            active_stake: *self.active_stake.shares.get(uid)?,
            consensus: fixed::to_u16(*self.consensus.get(uid)?),
            validator_trust: fixed::to_u16(*self.validator_trust.get(uid)?),
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
