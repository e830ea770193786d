//! Two teams: honest validators put `honest_utility` of their row on honest miners and the rest
//! on the cabal's, with noise; the cabal's put `cabal_self` of theirs on their own miners.

use alun_yuma::{epoch, BondRule, EpochError, Input, Neuron, Params, Row};
use rand::{rngs::StdRng, Rng, SeedableRng};
use serde::Serialize;

/// Validators of each team, and miners of each team.
const TEAM: usize = 8;
/// All neurons: validators first (honest, cabal), then miners (honest, cabal).
const NEURONS: usize = 4 * TEAM;

/// One game. Shares and weights are in \[0, 1\].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Game {
    /// Honest part of the stake.
    pub honest_stake: f64,
    /// What honest miners deserve of an honest row.
    pub honest_utility: f64,
    /// What the cabal puts on its own miners.
    pub cabal_self: f64,
    /// Standard deviation of the noise on each weight, relative to the mean weight.
    pub noise: f64,
    /// κ.
    pub kappa: f64,
    /// β.
    pub bonds_penalty: f64,
    /// Epochs played.
    pub epochs: u32,
    /// Seed of the noise.
    pub seed: u64,
}

fn u16_of(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * 65_535.0).round() as u16
}

/// A normal deviate by summing twelve uniform ones: enough for noise on weights.
fn normal(random: &mut StdRng) -> f64 {
    (0..12).map(|_| random.gen::<f64>()).sum::<f64>() - 6.0
}

/// A validator's row, the largest entry 65,535.
fn row(on_honest: f64, noise: f64, random: &mut StdRng) -> Row {
    let mean = 1.0 / (2.0 * TEAM as f64);
    let weights: Vec<f64> = (0..2 * TEAM)
        .map(|miner| if miner < TEAM { on_honest } else { 1.0 - on_honest } / TEAM as f64)
        .map(|weight| (weight + noise * mean * normal(random)).max(0.0))
        .collect();
    let largest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let entry =
        |(miner, weight): (usize, &f64)| ((2 * TEAM + miner) as u16, u16_of(weight / largest));
    weights.iter().enumerate().map(entry).filter(|&(_, value)| value > 0).collect()
}

impl Game {
    /// Plays and returns the honest team's part of the last epoch's emission.
    pub fn play(&self) -> Result<f64, EpochError> {
        const STAKE: f64 = 1e15;
        let mut random = StdRng::seed_from_u64(self.seed);
        let stake = |uid: usize| match uid / TEAM {
            0 => (STAKE * self.honest_stake / TEAM as f64) as u64,
            1 => (STAKE * (1.0 - self.honest_stake) / TEAM as f64) as u64,
            _ => 0,
        };
        let mut bonds: Vec<Row> = vec![Row::new(); NEURONS];
        let mut honest = 0.0;
        for turn in 1..=u64::from(self.epochs) {
            let rows: Vec<Row> = (0..NEURONS)
                .map(|uid| match uid / TEAM {
                    0 => row(self.honest_utility, self.noise, &mut random),
                    1 => row(1.0 - self.cabal_self, 0.0, &mut random),
                    _ => Row::new(),
                })
                .collect();
            let now = turn * 100;
            let neurons: Vec<Neuron> = (0..NEURONS)
                .map(|uid| Neuron {
                    stake: stake(uid),
                    last_update: now,
                    last_submission: now,
                    registered: 0,
                    permit: uid < 2 * TEAM,
                })
                .collect();
            let params = Params {
                kappa: u16_of(self.kappa),
                bonds_penalty: u16_of(self.bonds_penalty),
                bonds_moving_average: 900_000,
                bond_rule: BondRule::Classic,
                liquid_alpha: None,
                activity_cutoff: 1_000,
                max_validators: 2 * TEAM as u16,
                stake_threshold: 0,
                owner: None,
                last_epoch: now - 100,
                now,
            };
            let output =
                epoch(&Input { params: &params, neurons: &neurons, rows: &rows, bonds: &bonds })?;
            const WHOLE: u64 = 1_000_000_000_000;
            let paid = output.combined(WHOLE);
            let ours = |uid: usize| matches!(uid / TEAM, 0 | 2);
            honest = (0..NEURONS)
                .filter(|&uid| ours(uid))
                .map(|uid| paid.get(uid).copied().unwrap_or(0) as f64)
                .sum::<f64>()
                / WHOLE as f64;
            bonds = output.bonds;
        }
        Ok(honest)
    }

    /// The honest part when the cabal picks what is best for itself, in 21 steps of `cabal_self`.
    pub fn worst_case(&self) -> Result<(f64, f64), EpochError> {
        let mut worst = (f64::INFINITY, 0.0);
        for step in 0..=20u32 {
            let cabal_self = f64::from(step) / 20.0;
            let honest = Game { cabal_self, ..*self }.play()?;
            if honest < worst.0 {
                worst = (honest, cabal_self);
            }
        }
        Ok(worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAME: Game = Game {
        honest_stake: 0.6,
        honest_utility: 0.8,
        cabal_self: 1.0,
        noise: 0.0,
        kappa: 0.5,
        bonds_penalty: 1.0,
        epochs: 40,
        seed: 1,
    };

    #[test]
    fn honest_majority_should_keep_its_share_when_the_cabal_scores_only_itself() {
        let (honest, _) = GAME.worst_case().unwrap();
        assert!(honest >= 0.6, "{honest}");
    }

    #[test]
    fn honest_minority_should_not_be_protected() {
        let (honest, _) = Game { honest_stake: 0.4, ..GAME }.worst_case().unwrap();
        assert!(honest < 0.4, "{honest}");
    }
}
