//! One game: a network of two teams, and what an epoch pays each.

use crate::{
    random::Random,
    subnet::{parameter, params, row_of},
};
use alun_yuma::{epoch, BondRule, EpochError, Input, Neuron, Params, Row};
use serde::Serialize;

/// How large the network is, and how its stake and weights scatter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Network {
    /// All neurons.
    pub neurons: usize,
    /// Those of them that are validators; the others are miners.
    pub validators: usize,
    /// Deviation of the validators' stake, of its mean.
    pub stake_deviation: f64,
    /// σ: deviation of the weights, of their mean.
    pub weight_deviation: f64,
}

impl Default for Network {
    /// As published: 512 neurons, 64 of them validators, stake N(1, 0.3²).
    fn default() -> Self {
        Self { neurons: 512, validators: 64, stake_deviation: 0.3, weight_deviation: 0.4 }
    }
}

/// By what the epoch pays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rules {
    /// κ, 0 to 1.
    pub kappa: f64,
    /// β, 0 to 1.
    pub bonds_penalty: f64,
    /// ξ: the validators' part of the emission, 0 to 1.
    pub validators_part: f64,
    /// Whether bonds follow the stake-free rule instead of the classic one.
    pub stake_free: bool,
}

impl Default for Rules {
    /// As published: κ = 0.5, β = 1, ξ = 0.5, classic bonds.
    fn default() -> Self {
        Self { kappa: 0.5, bonds_penalty: 1.0, validators_part: 0.5, stake_free: false }
    }
}

/// How many of each team there are.
#[derive(Clone, Copy, Debug)]
struct Teams {
    honest_validators: usize,
    honest_miners: usize,
}

/// One draw of a network's stake and weights, played with any choice of the teams: draws are the
/// same for all choices, so that curves don't jitter.
#[derive(Clone, Debug)]
pub struct Sample {
    network: Network,
    rules: Rules,
    honest_stake: f64,
    teams: Teams,
    neurons: Vec<Neuron>,
    params: Params,
    /// Per validator, a part for each miner; those for each team's miners sum to 1.
    shapes: Vec<Vec<f64>>,
    /// Nobody has a row or bonds but the validators.
    rows: Vec<Row>,
    bonds: Vec<Row>,
}

/// All stake together, in the smallest unit.
const STAKE: f64 = 21e15;
/// What an epoch pays: the resolution of the shares.
const EMISSION: u64 = 1_000_000_000_000;

/// A part of `total`, neither none nor all of it.
fn some_of(part: f64, total: usize) -> usize {
    ((part * total as f64) as usize).clamp(1, total.saturating_sub(1).max(1))
}

/// Draws from N(1, deviation²), none negative, that sum to 1.
fn draws(count: usize, deviation: f64, random: &mut Random) -> Vec<f64> {
    let draws: Vec<f64> =
        (0..count).map(|_| (1.0 + deviation * random.normal()).max(0.0)).collect();
    let sum: f64 = draws.iter().sum();
    draws.into_iter().map(|draw| if sum > 0.0 { draw / sum } else { 1.0 / count as f64 }).collect()
}

impl Sample {
    /// Draws the stake and the weights of a network whose honest team has that part of the stake
    /// and as large a part of its validators and miners.
    pub fn draw(network: Network, rules: Rules, honest_stake: f64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let miners = network.neurons - network.validators;
        let teams = Teams {
            honest_validators: some_of(honest_stake, network.validators),
            honest_miners: some_of(honest_stake, miners),
        };
        let cabal_validators = network.validators - teams.honest_validators;
        let honest = draws(teams.honest_validators, network.stake_deviation, &mut random);
        let cabal = draws(cabal_validators, network.stake_deviation, &mut random);
        let stakes = honest
            .into_iter()
            .map(|stake| stake * honest_stake)
            .chain(cabal.into_iter().map(|stake| stake * (1.0 - honest_stake)))
            .chain(std::iter::repeat_n(0.0, miners));
        let neuron = |(uid, part): (usize, f64)| Neuron {
            stake: (part * STAKE) as u64,
            last_update: 1,
            last_submission: 1,
            registered: 0,
            permit: uid < network.validators,
        };
        let shape = |_| {
            let mut shape = draws(teams.honest_miners, network.weight_deviation, &mut random);
            let cabal = miners - teams.honest_miners;
            shape.extend(draws(cabal, network.weight_deviation, &mut random));
            shape
        };
        let shapes = (0..network.validators).map(shape).collect();
        Self {
            network,
            rules,
            honest_stake,
            teams,
            neurons: stakes.enumerate().map(neuron).collect(),
            params: parameters(network, rules),
            shapes,
            rows: vec![Row::new(); network.neurons],
            bonds: vec![Row::new(); network.neurons],
        }
    }

    /// The honest team's part of the emission of one epoch that starts without bonds, as published:
    /// bonds that the same rows build over many epochs only come nearer to it.
    ///
    /// # Errors
    ///
    /// Those of [`alun_yuma::epoch`].
    pub fn play(&mut self, honest_utility: f64, cabal_self: f64) -> Result<f64, EpochError> {
        let first_miner = self.network.validators;
        for (validator, shape) in self.shapes.iter().enumerate() {
            let honest = validator < self.teams.honest_validators;
            let on_honest = if honest { honest_utility } else { 1.0 - cabal_self };
            let weight = |(miner, part): (usize, &f64)| {
                let to_honest = miner < self.teams.honest_miners;
                let on_team = if to_honest { on_honest } else { 1.0 - on_honest };
                ((first_miner + miner) as u16, on_team * part)
            };
            self.rows[validator] = row_of(shape.iter().enumerate().map(weight));
        }
        let (neurons, rows, bonds) = (&self.neurons, &self.rows, &self.bonds);
        let output = epoch(&Input { params: &self.params, neurons, rows, bonds })?;
        let to_validators = (self.rules.validators_part * EMISSION as f64) as u64;
        let sides = output.by_side(EMISSION - to_validators, to_validators);
        let paid = |uid: usize| sides.miners[uid] + sides.validators[uid];
        let ours = |uid: &usize| match uid.checked_sub(first_miner) {
            Some(miner) => miner < self.teams.honest_miners,
            None => *uid < self.teams.honest_validators,
        };
        let all: u64 = (0..self.network.neurons).map(paid).sum();
        let honest: u64 = (0..self.network.neurons).filter(ours).map(paid).sum();
        Ok(if all == 0 { 0.0 } else { honest as f64 / all as f64 })
    }

    /// Whether the honest team keeps its part of the stake. Amounts are split to the unit and
    /// weights to 1/65535, so that a tie is a tie up to that.
    ///
    /// # Errors
    ///
    /// Those of [`alun_yuma::epoch`].
    pub fn keeps(&mut self, honest_utility: f64, cabal_self: f64) -> Result<bool, EpochError> {
        const ROUNDING: f64 = 1e-4;
        Ok(self.play(honest_utility, cabal_self)? >= self.honest_stake - ROUNDING)
    }
}

fn parameters(network: Network, rules: Rules) -> Params {
    let bond_rule = if rules.stake_free { BondRule::StakeFree } else { BondRule::Classic };
    Params {
        kappa: parameter(rules.kappa),
        bonds_penalty: parameter(rules.bonds_penalty),
        bond_rule,
        now: 2,
        last_epoch: 0,
        ..params(network.validators as u16)
    }
}
