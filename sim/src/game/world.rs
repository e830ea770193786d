//! The course of a game.

use super::{
    outcome::{Book, Outcome},
    population::{Member, Strategy},
    quality::Qualities,
};
use crate::{
    random::Random,
    subnet::{params, row_of, Subnet},
};
use alun_yuma::{EpochError, LiquidAlpha, Params, Row};
use serde::Serialize;
use std::collections::VecDeque;
use thiserror::Error;

/// Most validators.
pub const MAX_VALIDATORS: usize = 256;
/// Most miners, a cabal's included.
pub const MAX_MINERS: usize = 4_096;
/// Most epochs.
pub const MAX_EPOCHS: u32 = 100_000;
/// Blocks between two epochs.
const TEMPO: u64 = 100;
/// Epochs from one measurement of a lazy validator to the next.
const LAZY: u32 = 20;
/// Noise of a noisy validator, in that of an honest one.
const NOISY: f64 = 4.0;
/// All stake together, in the smallest unit.
const STAKE: f64 = 1e15;
/// The least part of it for a validator: below, its dividends are lost in the resolution of shares.
pub const MIN_STAKE: f64 = 1e-6;

/// A game.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// The validators.
    pub population: Vec<Member>,
    /// Miners that work for anybody.
    pub miners: u16,
    /// Miners of the cabal, if there is one.
    pub cabal_miners: u16,
    /// Quality of a cabal's miner; that of the others is 1 on average.
    pub cabal_quality: f64,
    /// Part of the miners' quality that is new in each epoch, 0 to 1.
    pub change: f64,
    /// Noise of an honest measurement, of the quality.
    pub noise: f64,
    /// Epochs between commit and reveal; 0 is weights set on chain in the open.
    pub reveal_period: u16,
    /// κ, β, bonds and liquid alpha; the rest is the game's own.
    #[serde(serialize_with = "rules")]
    pub params: Params,
    /// Epochs that count.
    pub epochs: u32,
    /// Epochs before these, in which bonds grow.
    pub warm_up: u32,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Setup {
    /// One of each strategy around six honest validators, and the chain's defaults.
    fn default() -> Self {
        let group = |strategy, validators, stake| Member { strategy, validators, stake };
        Self {
            population: vec![
                group(Strategy::Honest, 6, 60.0),
                group(Strategy::Noisy, 1, 5.0),
                group(Strategy::Late, 1, 5.0),
                group(Strategy::Lazy, 1, 5.0),
                group(Strategy::Copier, 1, 5.0),
                group(Strategy::Cabal, 2, 20.0),
            ],
            miners: 40,
            cabal_miners: 8,
            cabal_quality: 0.2,
            change: 0.05,
            noise: 0.1,
            reveal_period: 1,
            params: params(0),
            epochs: 500,
            warm_up: 50,
            seed: 1,
        }
    }
}

/// The rules as JSON, by the chain's names.
fn rules<S: serde::Serializer>(params: &Params, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Rules {
        kappa: u16,
        bonds_penalty: u16,
        bonds_moving_average: u32,
        bond_rule: &'static str,
        liquid_alpha: Option<[u16; 3]>,
    }
    let bond_rule = match params.bond_rule {
        alun_yuma::BondRule::Classic => "classic",
        alun_yuma::BondRule::StakeFree => "stake-free",
    };
    Rules {
        kappa: params.kappa,
        bonds_penalty: params.bonds_penalty,
        bonds_moving_average: params.bonds_moving_average,
        bond_rule,
        liquid_alpha: params
            .liquid_alpha
            .map(|LiquidAlpha { low, high, steepness }| [low, high, steepness]),
    }
    .serialize(serializer)
}

/// Why a game can't be played.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GameError {
    /// A setting is out of its bounds.
    #[error("{name} is {have}; it must be from {min} to {max}")]
    Range {
        /// The setting.
        name: &'static str,
        /// What it is.
        have: f64,
        /// The lowest.
        min: f64,
        /// The highest.
        max: f64,
    },
    /// A group has next to no stake.
    #[error(
        "the stake of `{group}` is {part:e} of all for each of its validators; it must be from {min} \
         to 1",
        min = MIN_STAKE
    )]
    Stake {
        /// The group.
        group: Strategy,
        /// The part.
        part: f64,
    },
    /// An epoch can't be computed.
    #[error("epoch {epoch}: {source}")]
    Epoch {
        /// Which.
        epoch: u32,
        /// Why.
        source: EpochError,
    },
}

impl Setup {
    fn check(&self) -> Result<(), GameError> {
        let within = |name, have: f64, min: f64, max: f64| match have >= min && have <= max {
            true => Ok(()),
            false => Err(GameError::Range { name, have, min, max }),
        };
        let validators: usize =
            self.population.iter().map(|member| usize::from(member.validators)).sum();
        let miners = usize::from(self.miners) + self.cabal_miners();
        within("the number of validators", validators as f64, 1.0, MAX_VALIDATORS as f64)?;
        within("the number of miners", miners as f64, 1.0, MAX_MINERS as f64)?;
        within("the number of epochs", f64::from(self.epochs), 1.0, f64::from(MAX_EPOCHS))?;
        within("the warm-up", f64::from(self.warm_up), 0.0, f64::from(MAX_EPOCHS))?;
        within("change", self.change, 0.0, 1.0)?;
        within("noise", self.noise, 0.0, 10.0)?;
        within("the cabal's quality", self.cabal_quality, 0.0, 1.0)?;
        within("the reveal period", f64::from(self.reveal_period), 0.0, 16.0)?;
        let all: f64 = self.population.iter().map(|member| member.stake).sum();
        for member in &self.population {
            let part = member.stake / all / f64::from(member.validators);
            // So that no number is not one, either.
            let enough = part >= MIN_STAKE;
            if !enough {
                return Err(GameError::Stake { group: member.strategy, part });
            }
        }
        Ok(())
    }

    /// Only a cabal brings a cabal's miners.
    pub(super) fn cabal_miners(&self) -> usize {
        let cabal = self.population.iter().any(|member| member.strategy == Strategy::Cabal);
        if cabal {
            usize::from(self.cabal_miners)
        } else {
            0
        }
    }
}

/// Plays a game.
///
/// # Errors
///
/// When a setting is out of its bounds or an epoch can't be computed.
pub fn play(setup: &Setup) -> Result<Outcome, GameError> {
    setup.check()?;
    let mut world = World::new(setup);
    let mut book = Book::new(setup, &world.strategies, &world.subnet);
    for epoch in 0..setup.warm_up + setup.epochs {
        let qualities = world.qualities.step();
        let error = |source| GameError::Epoch { epoch, source };
        world.rows(epoch, &qualities).map_err(error)?;
        let last = world.subnet.block.saturating_sub(TEMPO);
        let output = world.subnet.epoch(last).map_err(error)?;
        if epoch >= setup.warm_up {
            book.enter(&output, &qualities);
        }
    }
    Ok(book.close())
}

/// A row on its way: committed at a block, to be revealed.
type Sealed = (u64, Row);

struct World<'a> {
    setup: &'a Setup,
    subnet: Subnet,
    /// Of each validator; validators are the first uids.
    strategies: Vec<Strategy>,
    /// Each validator's own noise.
    noise: Vec<Random>,
    /// What each has committed and not revealed, oldest first.
    sealed: Vec<VecDeque<Sealed>>,
    /// What late validators measured an epoch ago, and lazy ones some epochs ago.
    kept: Vec<Row>,
    qualities: Qualities,
}

impl<'a> World<'a> {
    fn new(setup: &'a Setup) -> Self {
        let mut stakes = Vec::new();
        let mut strategies = Vec::new();
        let all: f64 = setup.population.iter().map(|member| member.stake).sum();
        for member in &setup.population {
            let each = member.stake / all / f64::from(member.validators);
            for _ in 0..member.validators {
                stakes.push((each * STAKE) as u64);
                strategies.push(member.strategy);
            }
        }
        let validators = strategies.len();
        let mut means = vec![1.0; setup.miners.into()];
        means.extend(std::iter::repeat_n(setup.cabal_quality, setup.cabal_miners()));
        stakes.resize(validators + means.len(), 0);
        let params = Params {
            max_validators: validators as u16,
            activity_cutoff: 50 * TEMPO,
            ..setup.params
        };
        let mut subnet = Subnet::new(params, &stakes, 0);
        for neuron in subnet.neurons.iter_mut().take(validators) {
            neuron.permit = true;
        }
        Self {
            setup,
            subnet,
            noise: (0..validators as u64).map(|uid| Random::part(setup.seed, 1 + uid)).collect(),
            sealed: vec![VecDeque::new(); validators],
            kept: vec![Row::new(); validators],
            qualities: Qualities::new(means, setup.change, Random::part(setup.seed, 0)),
            strategies,
        }
    }

    /// Everybody makes a row; then the block of the epoch comes.
    fn rows(&mut self, epoch: u32, qualities: &[f64]) -> Result<(), EpochError> {
        let committed = self.subnet.block + TEMPO / 2;
        self.subnet.block = committed;
        self.reveal(epoch);
        for uid in 0..self.strategies.len() {
            if self.strategies[uid] != Strategy::Copier {
                if let Some(row) = self.make(uid, epoch, qualities) {
                    self.send(uid, row, committed);
                }
            }
        }
        if self.strategies.contains(&Strategy::Copier) {
            let row = self.consensus()?;
            for uid in 0..self.strategies.len() {
                if self.strategies[uid] == Strategy::Copier && !row.is_empty() {
                    self.send(uid, row.clone(), committed + TEMPO / 4);
                }
            }
        }
        self.subnet.block = committed + TEMPO / 2;
        Ok(())
    }

    /// The rows whose window this epoch is come into force.
    fn reveal(&mut self, epoch: u32) {
        let delay = u64::from(self.setup.reveal_period) * TEMPO;
        let window = u64::from(epoch) * TEMPO;
        for (uid, sealed) in self.sealed.iter_mut().enumerate() {
            while sealed.front().is_some_and(|(block, _)| block - block % TEMPO + delay <= window) {
                if let Some((block, row)) = sealed.pop_front() {
                    self.subnet.set_row(uid, row, block);
                }
            }
        }
    }

    fn send(&mut self, uid: usize, row: Row, block: u64) {
        if self.setup.reveal_period == 0 {
            self.subnet.set_row(uid, row, block);
        } else {
            self.subnet.neurons[uid].last_submission = block;
            self.sealed[uid].push_back((block, row));
        }
    }

    /// The row of a validator that is no copier; `None` where it has none yet.
    fn make(&mut self, uid: usize, epoch: u32, qualities: &[f64]) -> Option<Row> {
        match self.strategies[uid] {
            Strategy::Honest => Some(self.measure(uid, qualities, self.setup.noise)),
            Strategy::Noisy => Some(self.measure(uid, qualities, self.setup.noise * NOISY)),
            Strategy::Late => {
                let row = self.measure(uid, qualities, self.setup.noise);
                let before = std::mem::replace(&mut self.kept[uid], row);
                (!before.is_empty()).then_some(before)
            }
            Strategy::Lazy => {
                if epoch.is_multiple_of(LAZY) {
                    self.kept[uid] = self.measure(uid, qualities, self.setup.noise);
                }
                Some(self.kept[uid].clone())
            }
            Strategy::Cabal => {
                let first = self.strategies.len() + usize::from(self.setup.miners);
                let own = first..first + self.setup.cabal_miners();
                Some(row_of(own.map(|uid| (uid as u16, 1.0))))
            }
            Strategy::Copier => None,
        }
    }

    fn measure(&mut self, uid: usize, qualities: &[f64], noise: f64) -> Row {
        let first = self.strategies.len();
        let random = &mut self.noise[uid];
        row_of(qualities.iter().enumerate().map(|(miner, quality)| {
            ((first + miner) as u16, quality * (1.0 + noise * random.normal()))
        }))
    }

    /// What a copier sees: the consensus of the rows in force at this moment.
    fn consensus(&self) -> Result<Row, EpochError> {
        let mut seen = self.subnet.clone();
        seen.block += TEMPO / 4;
        let output = seen.epoch(self.subnet.block.saturating_sub(TEMPO / 2))?;
        let consensus = output.neurons.iter().map(|neuron| f64::from(neuron.consensus));
        Ok(row_of((0..=u16::MAX).zip(consensus)))
    }
}
