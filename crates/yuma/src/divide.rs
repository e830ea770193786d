//! Step 10 as the chain pays it: the two halves of a payout, divided among the neurons.

use alloc::vec::Vec;

use crate::{output::NeuronOutput, split::split_exact};

/// By what one neuron has a part in a payout, each relative to the others'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// In the miners' half.
    pub incentive: u64,
    /// In the validators' half.
    pub dividends: u64,
    /// In the validators' half where nobody has dividends.
    pub active_stake: u64,
}

impl From<&NeuronOutput> for Claim {
    fn from(neuron: &NeuronOutput) -> Self {
        Self {
            incentive: neuron.incentive_share,
            dividends: neuron.dividend_share,
            active_stake: neuron.active_stake,
        }
    }
}

/// Who gets how much of a payout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// Due to each as a miner. All 0 where the half is burned.
    pub miners: Vec<u64>,
    /// Due to each as a validator.
    pub validators: Vec<u64>,
    /// The miners' half, if it is burned because nobody has incentive.
    pub burned: u64,
    /// Nobody has dividends, so that the validators' half goes by active stake.
    pub by_stake: bool,
}

/// Divides the miners' half by incentive and the validators' half by dividends, each to the unit.
/// Where nobody has incentive the miners' half is burned; where nobody has dividends the validators'
/// goes by active stake, and without any of that to nobody.
///
/// ```
/// use alun_yuma::{divide, Claim};
///
/// let validator = Claim { active_stake: 7, ..Claim::default() };
/// let miner = Claim { incentive: 1, ..Claim::default() };
/// let division = divide(101, 100, [validator, miner].into_iter());
/// assert_eq!(division.miners, [0, 101]);
/// assert_eq!(division.validators, [100, 0]);
/// assert!(division.by_stake && division.burned == 0);
/// assert_eq!(divide(101, 100, [validator].into_iter()).burned, 101);
/// ```
pub fn divide(
    miners: u64,
    validators: u64,
    claims: impl Iterator<Item = Claim> + Clone,
) -> Division {
    let column = |of: fn(Claim) -> u64| claims.clone().map(of).collect::<Vec<u64>>();
    let incentive = column(|claim| claim.incentive);
    let dividends = column(|claim| claim.dividends);
    let by_stake = dividends.iter().all(|part| *part == 0);
    let deserved = if by_stake { column(|claim| claim.active_stake) } else { dividends };
    let nobody = incentive.iter().all(|part| *part == 0);
    Division {
        miners: split_exact(miners, &incentive),
        validators: split_exact(validators, &deserved),
        burned: if nobody { miners } else { 0 },
        by_stake,
    }
}
