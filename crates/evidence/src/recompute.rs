//! From leaves to averages to the row: what a validator sends, and what anybody computes again.

use crate::{
    bundle::{Bundle, Entry},
    leaf::{nine, Challenge},
};
use alun_scoring::{weight_row, Average, AverageRule, NoRow, Observation, RowRules};

/// What a miner's challenges show.
pub fn observe(challenges: &[Challenge]) -> Observation {
    let (mut asked, mut answered, mut verified, mut score) = (0.0, 0.0, 0.0, 0.0);
    for challenge in challenges {
        asked += 1.0;
        score += challenge.score;
        if let Some(verdict) = &challenge.verdict {
            answered += 1.0;
            verified += f64::from(u8::from(verdict.passed));
        }
    }
    let part = |of: f64, all: f64| if all > 0.0 { of / all } else { 0.0 };
    Observation {
        answered: part(answered, asked),
        verified: part(verified, answered),
        score: part(score, asked),
    }
}

/// A miner's average after its challenges.
pub fn average(before: Average, challenges: &[Challenge], rule: &AverageRule) -> Average {
    let after = before.after(&observe(challenges), rule);
    Average { value: nine(after.value), ..after }
}

/// The row that averages make: uids and values.
pub fn row(entries: &[Entry], rules: RowRules) -> Result<(Vec<u16>, Vec<u16>), NoRow> {
    let scores: Vec<(u16, f64)> =
        entries.iter().map(|entry| (entry.miner.uid, entry.miner.after.value)).collect();
    weight_row(&scores, rules)
}

impl Bundle {
    /// The row that follows from the bundle: uids and values.
    pub fn row(&self) -> Result<(Vec<u16>, Vec<u16>), NoRow> {
        let rules = RowRules {
            min_weights: self.header.min_weights,
            max_share: self.header.max_weight_share,
        };
        row(&self.entries, rules)
    }
}
