//! What an epoch returns.

use alloc::vec::Vec;

use crate::{input::Row, split::split_exact};

/// The result for one neuron. A *part* is a fraction in units of 2⁻³² ([`ONE`](crate::fixed::ONE) is
/// 1.0); a
/// `u16` is the same fraction as `⌊x · 65535⌋`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeuronOutput {
    /// Whether its last submission is within the activity cutoff.
    pub active: bool,
    /// The validator permit for the next epoch.
    pub permit: bool,
    /// Its stake (0 under the threshold) of all neurons' stake, in units of 2⁻⁶³
    /// ([`SHARE_ONE`](crate::fixed::SHARE_ONE) is 1.0).
    pub stake: u64,
    /// Its stake of the stake of all active and permitted neurons, in units of 2⁻⁶³; 0 if it is
    /// not one of them.
    pub active_stake: u64,
    /// C: the largest weight on it that κ of the active stake supports, in 1/65535.
    pub consensus: u16,
    /// Tv: how much of its own weight row lies within the consensus, in 1/65535.
    pub validator_trust: u16,
    /// Its rank as a fraction of its rank before clipping, in 1/65535.
    pub trust: u16,
    /// Rank before clipping: the weights on it, by active stake; a part.
    pub rank_before_clip: u64,
    /// R: the clipped weights on it, by active stake; a part.
    pub rank: u64,
    /// I: its part of all ranks, in 1/65535.
    pub incentive: u16,
    /// D: its part of all dividends, in 1/65535.
    pub dividends: u16,
    /// I as a part.
    pub incentive_share: u64,
    /// D as a part.
    pub dividend_share: u64,
}

/// The result of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// One per neuron; the index is the uid.
    pub neurons: Vec<NeuronOutput>,
    /// The bond rows to store, one per neuron: those of the neurons with a new permit, the others
    /// empty.
    pub bonds: Vec<Row>,
}

/// Two amounts, split by their own side's shares. See [`Output::by_side`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Per neuron, of the miners' amount.
    pub miners: Vec<u64>,
    /// Per neuron, of the validators' amount.
    pub validators: Vec<u64>,
}

impl Output {
    /// Splits one amount by incentive and dividends together. A side that is all zero leaves
    /// everything to the other; when both are, it goes by active stake, without any of that by
    /// stake, and without any stake nobody gets anything. Otherwise the parts sum to `amount`.
    pub fn combined(&self, amount: u64) -> Vec<u64> {
        // Two fractions of at most 2³² each: the sum fits.
        let earned = self.column(|n| n.incentive_share.wrapping_add(n.dividend_share));
        let active = self.column(|n| n.active_stake);
        let weights = [earned, active]
            .into_iter()
            .find(|weights| weights.iter().any(|weight| *weight != 0))
            .unwrap_or_else(|| self.column(|n| n.stake));
        split_exact(amount, &weights)
    }

    /// Splits the miners' amount by incentive and the validators' by dividends. Each side sums to
    /// its amount, or is all zero where nobody has incentive or dividends: what happens to the
    /// amount then is the caller's to decide ([`divide`](crate::divide()) decides it as the chain does).
    pub fn by_side(&self, miners: u64, validators: u64) -> Sides {
        Sides {
            miners: split_exact(miners, &self.column(|n| n.incentive_share)),
            validators: split_exact(validators, &self.column(|n| n.dividend_share)),
        }
    }

    fn column(&self, field: fn(&NeuronOutput) -> u64) -> Vec<u64> {
        self.neurons.iter().map(field).collect()
    }
}
