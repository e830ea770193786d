//! Steps 1, 2 and 4: who is active, what stake counts, and what the active stake is.

use alloc::vec::Vec;

use crate::{
    error::{EpochError, Step},
    fixed,
    input::{Input, Neuron, Params},
};

/// Step 1. A neuron is inactive when its last submission is more than the cutoff ago.
pub fn activity(params: &Params, neurons: &[Neuron]) -> Vec<bool> {
    // Inactive: submission + cutoff < now. Asked this way round nothing overflows, and a chain
    // younger than the cutoff (saturated to 0) has no inactive neuron.
    let oldest = params.now.saturating_sub(params.activity_cutoff);
    neurons.iter().map(|neuron| neuron.last_submission >= oldest).collect()
}

/// Amounts, one per neuron, and what each is of their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// In the smallest unit.
    pub amounts: Vec<u64>,
    /// The sum of the amounts.
    pub total: u64,
    /// Amount / total, in units of 2⁻⁶³, rounded down.
    pub shares: Vec<u64>,
}

impl Stake {
    /// Normalises `amounts`. Without any, every share is 0.
    pub fn new(amounts: Vec<u64>, step: Step) -> Result<Self, EpochError> {
        let overflow = EpochError::Overflow { step };
        let total = amounts
            .iter()
            .try_fold(0u64, |sum, amount| sum.checked_add(*amount))
            .ok_or(overflow)?;
        let shares = amounts
            .iter()
            .map(|amount| fixed::share(*amount, total).ok_or(overflow))
            .collect::<Result<_, _>>()?;
        Ok(Self { amounts, total, shares })
    }
}

/// Step 2. Stake under the threshold counts as none, except the owner's.
pub fn stake(input: &Input) -> Result<Stake, EpochError> {
    let params = input.params;
    let counted = |(uid, neuron): (u16, &Neuron)| {
        let counts = neuron.stake >= params.stake_threshold || params.owner == Some(uid);
        if counts {
            neuron.stake
        } else {
            0
        }
    };
    Stake::new((0..=u16::MAX).zip(input.neurons).map(counted).collect(), Step::Stake)
}

/// Step 4. The stake of the neurons that are active and permitted, renormalised.
pub fn active_stake(
    stake: &Stake,
    active: &[bool],
    permitted: &[bool],
) -> Result<Stake, EpochError> {
    let amounts = stake
        .amounts
        .iter()
        .zip(active.iter().zip(permitted))
        .map(|(amount, (active, permitted))| if *active && *permitted { *amount } else { 0 })
        .collect();
    Stake::new(amounts, Step::ActiveStake)
}

/// Whose bonds count in step 9: those of neurons with a permit and with stake.
pub fn counted(stake: &Stake, permitted: &[bool]) -> Vec<bool> {
    stake.amounts.iter().zip(permitted).map(|(amount, permit)| *amount != 0 && *permit).collect()
}
