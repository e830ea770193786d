//! What the miners deserve.

use crate::random::Random;

/// The miners' qualities: each wanders about its mean, as models, hardware and tricks come and go.
#[derive(Clone, Debug)]
pub struct Qualities {
    means: Vec<f64>,
    /// How far each is from its mean, in deviations.
    away: Vec<f64>,
    change: f64,
    random: Random,
}

/// Deviation of a quality over time, of its mean.
const SPREAD: f64 = 0.4;

impl Qualities {
    /// Miners of such means. In each epoch the part `change` (0 to 1) of what a quality is away from
    /// its mean is replaced by something new, so that it forgets itself in about `1 / change` epochs.
    pub fn new(means: Vec<f64>, change: f64, mut random: Random) -> Self {
        let away = means.iter().map(|_| random.normal()).collect();
        Self { means, away, change, random }
    }

    /// The next epoch's qualities.
    pub fn step(&mut self) -> Vec<f64> {
        let kept = 1.0 - self.change;
        // Old and new add up to the same deviation at all times.
        let fresh = (1.0 - kept * kept).sqrt();
        for away in &mut self.away {
            *away = kept * *away + fresh * self.random.normal();
        }
        let quality = |(mean, away): (&f64, &f64)| (mean * (1.0 + SPREAD * away)).max(0.0);
        self.means.iter().zip(&self.away).map(quality).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Correlation of the qualities with those `lag` epochs later.
    fn memory(change: f64, lag: usize) -> f64 {
        let mut qualities = Qualities::new(vec![1.0; 2_000], change, Random::new(3));
        let first = qualities.step();
        let mut last = first.clone();
        for _ in 0..lag {
            last = qualities.step();
        }
        let product: f64 = first.iter().zip(&last).map(|(a, b)| (a - 1.0) * (b - 1.0)).sum();
        product / first.len() as f64 / (SPREAD * SPREAD)
    }

    #[test]
    fn qualities_should_forget_faster_when_change_is_larger() {
        assert!((memory(0.01, 10) - 0.90).abs() < 0.07, "{}", memory(0.01, 10));
        assert!((memory(0.2, 10) - 0.11).abs() < 0.07, "{}", memory(0.2, 10));
    }
}
