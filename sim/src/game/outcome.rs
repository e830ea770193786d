//! Who earned what.

use super::{population::Strategy, world::Setup};
use crate::{
    plot::{Axis, Chart, Legend, Line},
    rounded,
    subnet::Subnet,
};
use alun_yuma::{fixed::ONE, Output};
use serde::Serialize;

/// What one strategy earned. Parts are of all validators'.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrategyPay {
    /// The strategy.
    pub strategy: Strategy,
    /// Validators that follow it.
    pub validators: usize,
    /// Their part of the stake.
    pub stake_part: f64,
    /// Their part of the dividends, over all epochs that count.
    pub dividends_part: f64,
    /// Dividends for stake: 1 is what all validators get on average.
    pub per_stake: f64,
    /// The same in that of the honest, if there are any.
    pub of_honest: Option<f64>,
    /// Their validator trust on average, 0 to 1.
    pub validator_trust: f64,
    /// `per_stake` in each epoch that counts.
    #[serde(skip)]
    pub course: Vec<f64>,
}

/// What one team of miners earned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MinerPay {
    /// `open` for those that work for anybody, or `cabal`.
    pub team: &'static str,
    /// Miners in it.
    pub miners: usize,
    /// Their part of all quality.
    pub deserved_part: f64,
    /// Their part of the incentive.
    pub incentive_part: f64,
}

/// A game's result.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The game.
    pub setup: Setup,
    /// In the order of [`Strategy`], those that took part.
    pub strategies: Vec<StrategyPay>,
    /// The open miners, then the cabal's.
    pub miners: Vec<MinerPay>,
    /// The part of the incentive that went to other miners than deserved it at that epoch, on
    /// average: 0 when all are paid by their quality.
    pub misplaced_incentive: f64,
}

impl Outcome {
    /// What a strategy earned, if it took part.
    pub fn of(&self, strategy: Strategy) -> Option<&StrategyPay> {
        self.strategies.iter().find(|pay| pay.strategy == strategy)
    }

    /// What each strategy earned for its stake, averaged over a twentieth of the game.
    pub fn chart(&self) -> Chart {
        let window = (self.setup.epochs as usize / 20).max(1);
        let line = |pay: &StrategyPay| {
            let windows = pay.course.windows(window).enumerate();
            let mean = |(end, window): (usize, &[f64])| {
                let sum: f64 = window.iter().sum();
                ((end + window.len()) as f64, sum / window.len() as f64)
            };
            Line { name: pay.strategy.to_string(), points: windows.map(mean).collect() }
        };
        let lines: Vec<Line> = self.strategies.iter().map(line).collect();
        let values = lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
        let epochs = f64::from(self.setup.epochs);
        Chart {
            title: format!("Dividends for stake, mean of {window} epochs"),
            x: Axis { digits: 0, ..Axis::new("epoch", 0.0, epochs) },
            y: Axis::around("1 = mean of all validators", values),
            lines,
            legend: Legend::Middle,
        }
    }

    /// One line for each epoch and strategy.
    pub fn csv(&self) -> String {
        let mut text = String::from("epoch,strategy,stake_part,dividends_part,per_stake\n");
        for epoch in 0..self.setup.epochs as usize {
            for pay in &self.strategies {
                let per_stake = pay.course.get(epoch).copied().unwrap_or(0.0);
                text.push_str(&format!(
                    "{epoch},{},{:.6},{:.6},{per_stake:.6}\n",
                    pay.strategy,
                    pay.stake_part,
                    per_stake * pay.stake_part,
                ));
            }
        }
        text
    }
}

/// The sums while a game is on.
pub(super) struct Book<'a> {
    setup: &'a Setup,
    strategies: Vec<Strategy>,
    stakes: Vec<f64>,
    trust: Vec<f64>,
    /// Per strategy, the dividends of each epoch.
    dividends: Vec<(Strategy, Vec<f64>)>,
    deserved: Vec<f64>,
    incentive: Vec<f64>,
    misplaced: f64,
}

impl<'a> Book<'a> {
    pub fn new(setup: &'a Setup, strategies: &[Strategy], subnet: &Subnet) -> Self {
        let all: f64 = subnet.neurons.iter().map(|neuron| neuron.stake as f64).sum();
        let taking_part = Strategy::ALL.into_iter().filter(|one| strategies.contains(one));
        let miners = subnet.neurons.len() - strategies.len();
        Self {
            setup,
            strategies: strategies.to_vec(),
            stakes: subnet.neurons.iter().map(|neuron| neuron.stake as f64 / all).collect(),
            trust: vec![0.0; strategies.len()],
            dividends: taking_part.map(|strategy| (strategy, Vec::new())).collect(),
            deserved: vec![0.0; miners],
            incentive: vec![0.0; miners],
            misplaced: 0.0,
        }
    }

    pub fn enter(&mut self, output: &Output, qualities: &[f64]) {
        let part = |units: u64| units as f64 / ONE as f64;
        for (strategy, course) in &mut self.dividends {
            let theirs = output.neurons.iter().zip(&self.strategies);
            let theirs = theirs.filter(|(_, one)| *one == strategy);
            course.push(theirs.map(|(neuron, _)| part(neuron.dividend_share)).sum());
        }
        for (sum, neuron) in self.trust.iter_mut().zip(&output.neurons) {
            *sum += f64::from(neuron.validator_trust) / f64::from(u16::MAX);
        }
        let all: f64 = qualities.iter().sum();
        let miners = output.neurons.iter().skip(self.strategies.len());
        for (((deserved, incentive), quality), neuron) in
            self.deserved.iter_mut().zip(&mut self.incentive).zip(qualities).zip(miners)
        {
            let due = if all > 0.0 { quality / all } else { 0.0 };
            let got = part(neuron.incentive_share);
            *deserved += due;
            *incentive += got;
            // What one has too much others have too little.
            self.misplaced += (got - due).max(0.0);
        }
    }

    pub fn close(self) -> Outcome {
        let epochs = f64::from(self.setup.epochs);
        let mut strategies: Vec<StrategyPay> =
            self.dividends.iter().map(|(one, course)| self.pay(*one, course, epochs)).collect();
        let honest = strategies.iter().find(|pay| pay.strategy == Strategy::Honest);
        let honest = honest.map(|pay| pay.per_stake).filter(|per_stake| *per_stake > 0.0);
        for pay in &mut strategies {
            pay.of_honest = honest.map(|honest| rounded(pay.per_stake / honest));
            pay.per_stake = rounded(pay.per_stake);
        }
        let open = usize::from(self.setup.miners);
        let teams = [("open", 0..open), ("cabal", open..self.deserved.len())];
        let miners =
            teams.into_iter().filter(|(_, uids)| !uids.is_empty()).map(|(team, uids)| MinerPay {
                team,
                miners: uids.len(),
                deserved_part: rounded(self.deserved[uids.clone()].iter().sum::<f64>() / epochs),
                incentive_part: rounded(self.incentive[uids].iter().sum::<f64>() / epochs),
            });
        Outcome {
            setup: self.setup.clone(),
            miners: miners.collect(),
            strategies,
            misplaced_incentive: rounded(self.misplaced / epochs),
        }
    }

    fn pay(&self, strategy: Strategy, course: &[f64], epochs: f64) -> StrategyPay {
        let uids = || (0..self.strategies.len()).filter(|uid| self.strategies[*uid] == strategy);
        let validators = uids().count();
        let stake_part: f64 = uids().map(|uid| self.stakes[uid]).sum();
        let trust: f64 = uids().map(|uid| self.trust[uid]).sum();
        let dividends_part = course.iter().sum::<f64>() / epochs;
        StrategyPay {
            strategy,
            validators,
            stake_part: rounded(stake_part),
            dividends_part: rounded(dividends_part),
            per_stake: dividends_part / stake_part,
            of_honest: None,
            validator_trust: rounded(trust / (epochs * validators as f64)),
            course: course.iter().map(|dividends| dividends / stake_part).collect(),
        }
    }
}
