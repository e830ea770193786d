//! What another row would have given.

use super::{alpha, decimal, list, no_dividends, part, percentage, say, EpochShape, Sentence};
use crate::{
    output::{Output, Show},
    shape::{ss58, tokens},
};
use alun_client::{
    views::{PreviewLine, RowEffect},
    AccountId, Alpha, RowPreview, Uid,
};
use serde::Serialize;

/// What a validator has of a row.
#[derive(Clone, Debug, Serialize)]
pub struct EffectShape {
    /// How much of the row lies within consensus, 0 to 1.
    pub validator_trust: f64,
    /// Its part of the dividends, 0 to 1.
    pub dividend: f64,
    /// What that pays, in the subnet's alpha.
    pub dividends: Alpha,
}

impl From<&RowEffect> for EffectShape {
    fn from(effect: &RowEffect) -> Self {
        Self {
            validator_trust: f64::from(effect.validator_trust) / f64::from(u16::MAX),
            dividend: part(effect.dividend),
            dividends: effect.dividends,
        }
    }
}

/// One score of the row that is tried out.
#[derive(Clone, Debug, Serialize)]
pub struct PreviewLineShape {
    /// Who is scored.
    pub on: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// The part of the row that it is.
    pub weight: f64,
    /// The consensus with this row.
    pub consensus: f64,
    /// What is left after clipping.
    pub kept: f64,
    /// Why it does not count.
    pub dropped: Option<Sentence>,
    /// What the one scored got as a miner.
    pub before: Alpha,
    /// What it would have got.
    pub after: Alpha,
}

impl From<&PreviewLine<AccountId>> for PreviewLineShape {
    fn from(line: &PreviewLine<AccountId>) -> Self {
        Self {
            on: line.on,
            hotkey: ss58(&line.hotkey),
            weight: part(line.weight),
            consensus: part(line.consensus),
            kept: part(line.kept),
            dropped: line.dropped.map(super::dropped),
            before: line.before,
            after: line.after,
        }
    }
}

/// What an epoch would have given with another row of one validator.
#[derive(Clone, Debug, Serialize)]
pub struct PreviewShape {
    /// The epoch.
    pub epoch: EpochShape,
    /// The validator's uid.
    pub uid: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// With the row that counted.
    pub before: EffectShape,
    /// With this row.
    pub after: EffectShape,
    /// The scores of the row.
    pub lines: Vec<PreviewLineShape>,
    /// In plain sentences.
    pub sentences: Vec<Sentence>,
}

impl From<&RowPreview> for PreviewShape {
    fn from(told: &RowPreview) -> Self {
        let mut shape = Self {
            epoch: EpochShape::from(&told.epoch),
            uid: told.uid,
            hotkey: ss58(&told.hotkey),
            before: EffectShape::from(&told.before),
            after: EffectShape::from(&told.after),
            lines: told.lines.iter().map(PreviewLineShape::from).collect(),
            sentences: Vec::new(),
        };
        shape.sentences = shape.told();
        let why = told.no_dividends.map(|why| no_dividends(why, Some(told.standing.stake)));
        shape.sentences.extend(why);
        shape
    }
}

impl PreviewShape {
    fn told(&self) -> Vec<Sentence> {
        let clipped: f64 = self.lines.iter().map(|line| line.weight - line.kept).sum();
        let paid = format!(
            "With this row, everybody else's as it was, the epoch would have paid you {} instead \
             of {}.",
            alpha(self.epoch.netuid, self.after.dividends),
            alpha(self.epoch.netuid, self.before.dividends)
        );
        let within = format!(
            "{} of it would have been within the consensus, instead of {} of the row that \
             counted; {} would have been clipped.",
            percentage(self.after.validator_trust),
            percentage(self.before.validator_trust),
            decimal(clipped.max(0.0)),
        );
        vec![
            say("would_be_paid", paid),
            say("would_be_within", within),
            say(
                "one_epoch",
                "Bonds move by and by: one epoch shows only a part of what a lasting change of the \
                 row does to dividends.",
            ),
        ]
    }
}

impl Show for PreviewShape {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&[
            ">uid",
            "scored",
            ">gives",
            ">consensus",
            ">kept",
            &format!(">paid (α{})", self.epoch.netuid),
            ">would be",
            "note",
        ]);
        for line in &self.lines {
            let note = match &line.dropped {
                Some(_) => "dropped",
                None if line.kept < line.weight => "clipped",
                None => "",
            };
            table.add_row([
                line.on.to_string(),
                line.hotkey.clone(),
                decimal(line.weight),
                decimal(line.consensus),
                decimal(line.kept),
                tokens(line.before.0),
                tokens(line.after.0),
                note.to_owned(),
            ]);
        }
        let title = self.epoch.title();
        format!("{title}: uid {}, another row\n\n{table}\n\n{}", self.uid, list(&self.sentences))
    }
}
