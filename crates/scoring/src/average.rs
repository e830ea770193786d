//! A miner's moving average over epochs.

use serde::{Deserialize, Serialize};

/// How averages move.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageRule {
    /// Part of the way to the new score that an average moves each epoch.
    pub rate: f64,
    /// The same after a failed verification, upwards, until the average is back at the score.
    pub recovery_rate: f64,
    /// Verified fraction under which an epoch counts as failed verification.
    pub verified_floor: f64,
}

impl Default for AverageRule {
    fn default() -> Self {
        Self { rate: 0.3, recovery_rate: 0.1, verified_floor: 0.9 }
    }
}

/// What an epoch showed of a miner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Answers that arrived, of those asked, in \[0, 1\].
    pub answered: f64,
    /// Answers that passed verification, of those that arrived, in \[0, 1\].
    pub verified: f64,
    /// Mean score over all that was asked, in \[0, 1\].
    pub score: f64,
}

/// The average and whether a failed verification still weighs on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// In \[0, 1\].
    pub value: f64,
    /// Recovering from a failed verification.
    pub recovering: bool,
    /// Epochs observed.
    pub epochs: u64,
}

impl Average {
    /// The average after one more epoch. Answers that fail verification drop it to nothing at
    /// once; silence only lets it fade, since unreachable is not cheating.
    pub fn after(self, seen: &Observation, rule: &AverageRule) -> Self {
        let epochs = self.epochs.saturating_add(1);
        if seen.answered > 0.0 && seen.verified < rule.verified_floor {
            return Self { value: 0.0, recovering: true, epochs };
        }
        if self.epochs == 0 {
            return Self { value: seen.score, recovering: false, epochs };
        }
        let up = seen.score > self.value;
        let rate = if up && self.recovering { rule.recovery_rate } else { rule.rate };
        let value = (self.value + rate * (seen.score - self.value)).clamp(0.0, 1.0);
        let back = !up || seen.score - value < 0.01;
        Self { value, recovering: self.recovering && !(back && seen.answered > 0.0), epochs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Observation = Observation { answered: 1.0, verified: 1.0, score: 1.0 };
    const WRONG: Observation = Observation { answered: 1.0, verified: 0.0, score: 0.0 };
    const SILENT: Observation = Observation { answered: 0.0, verified: 0.0, score: 0.0 };

    fn run(observations: &[Observation]) -> Average {
        let rule = AverageRule::default();
        observations.iter().fold(Average::default(), |average, seen| average.after(seen, &rule))
    }

    #[test]
    fn average_should_drop_at_once_and_recover_slowly_when_verification_fails() {
        assert_eq!(run(&[GOOD, GOOD, WRONG]).value, 0.0);
        let later = run(&[GOOD, GOOD, WRONG, GOOD, GOOD, GOOD]);
        assert!(later.value < 0.3 && later.recovering, "{later:?}");
        let much_later: Vec<_> = [WRONG].into_iter().chain([GOOD; 60]).collect();
        assert!(run(&much_later).value > 0.99);
    }

    #[test]
    fn average_should_only_fade_when_the_miner_is_unreachable() {
        let average = run(&[GOOD, GOOD, SILENT]);
        assert!((average.value - 0.7).abs() < 1e-9 && !average.recovering);
        assert!(run(&[GOOD, SILENT, GOOD]).value > 0.75);
    }

    #[test]
    fn average_should_not_forget_a_failure_because_of_silence() {
        assert!(run(&[GOOD, WRONG, SILENT, SILENT]).recovering);
    }
}
