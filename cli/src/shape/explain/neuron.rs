//! One neuron's payout.

use super::{
    added_up, alpha, decimal, list, miner, no_dividends, no_incentive, part, percentage, say,
    stake_part, sum, validator, EpochShape, PayShape, PayoutShape, Sentence,
};
use crate::{
    output::{Output, Show},
    shape::{ss58, tokens},
};
use alun_client::{
    views::{BondLine, Dropped, DroppedLine, RowLine, ScoreLine},
    AccountId, Alpha, Balance, BlockNumber, NeuronExplanation, Uid,
};
use serde::Serialize;

/// A score of the neuron. Parts are numbers from 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreShape {
    /// The validator.
    pub by: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// Its part of the stake that votes.
    pub stake: f64,
    /// The part of its row that it gave.
    pub weight: f64,
    /// The part that was left after clipping.
    pub kept: f64,
    /// What it brought, in the subnet's alpha.
    pub paid: Alpha,
}

impl From<&ScoreLine<AccountId>> for ScoreShape {
    fn from(line: &ScoreLine<AccountId>) -> Self {
        Self {
            by: line.by,
            hotkey: ss58(&line.hotkey),
            stake: stake_part(line.stake),
            weight: part(line.weight),
            kept: part(line.kept),
            paid: line.paid,
        }
    }
}

/// A score that did not count.
#[derive(Clone, Debug, Serialize)]
pub struct DroppedShape {
    /// The scorer.
    pub by: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// The score as stored.
    pub value: u16,
    /// Why not, the end of a sentence.
    pub why: Sentence,
}

impl From<&DroppedLine<AccountId>> for DroppedShape {
    fn from(line: &DroppedLine<AccountId>) -> Self {
        Self {
            by: line.by,
            hotkey: ss58(&line.hotkey),
            value: line.value,
            why: super::dropped(line.why),
        }
    }
}

/// A score of the neuron's own row.
#[derive(Clone, Debug, Serialize)]
pub struct RowShape {
    /// Who is scored.
    pub on: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// The score as stored.
    pub value: u16,
    /// The part of the row that it is.
    pub weight: f64,
    /// The consensus on the one scored.
    pub consensus: f64,
    /// The part that was left after clipping.
    pub kept: f64,
    /// Why it did not count.
    pub dropped: Option<Sentence>,
}

impl From<&RowLine<AccountId>> for RowShape {
    fn from(line: &RowLine<AccountId>) -> Self {
        Self {
            on: line.on,
            hotkey: ss58(&line.hotkey),
            value: line.value,
            weight: part(line.weight),
            consensus: part(line.consensus),
            kept: part(line.kept),
            dropped: line.dropped.map(super::dropped),
        }
    }
}

/// A bond that the neuron holds.
#[derive(Clone, Debug, Serialize)]
pub struct BondShape {
    /// On whom.
    pub on: Uid,
    /// Its hotkey.
    pub hotkey: String,
    /// Its part of all bonds on that neuron.
    pub part: f64,
    /// That neuron's part of the incentive.
    pub incentive: f64,
    /// What it brought, in the subnet's alpha.
    pub paid: Alpha,
}

impl From<&BondLine<AccountId>> for BondShape {
    fn from(line: &BondLine<AccountId>) -> Self {
        Self {
            on: line.on,
            hotkey: ss58(&line.hotkey),
            part: part(line.part),
            incentive: part(line.incentive),
            paid: line.paid,
        }
    }
}

/// What of a neuron the tables and sentences are about; JSON has it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What it got as a miner, and as a validator if it is one.
    Both,
    /// What it got as a validator.
    Validator,
}

/// Why a neuron was paid what it was paid.
#[derive(Clone, Debug, Serialize)]
pub struct NeuronExplanationShape {
    /// The epoch.
    pub epoch: EpochShape,
    /// Where the whole amount went.
    pub payout: PayoutShape,
    /// Uid at the epoch.
    pub uid: Uid,
    /// Its holder then.
    pub hotkey: String,
    /// Stake weight: alpha, and native tokens on root at the root weight.
    pub stake: Balance,
    /// Part of the stake that votes.
    pub active_stake: f64,
    /// Whether it held a permit.
    pub permit: bool,
    /// Whether the epoch gave it one for the next.
    pub next_permit: bool,
    /// Whether it was active.
    pub active: bool,
    /// Block of its registration.
    pub registered_at: BlockNumber,
    /// Block at which its row was committed.
    pub last_update: BlockNumber,
    /// What it was paid.
    pub pay: PayShape,
    /// What the chain recorded that it was paid.
    pub recorded: Alpha,
    /// Whether all parts are what they sum to, and that is what the chain recorded.
    pub adds_up: bool,
    /// The consensus on it.
    pub consensus: f64,
    /// Its rank before clipping.
    pub rank_before_clip: f64,
    /// Its rank.
    pub rank: f64,
    /// Its part of the incentive.
    pub incentive: f64,
    /// Its part of the dividends.
    pub dividend: f64,
    /// How much of its own row lies within consensus.
    pub validator_trust: f64,
    /// Who scored it.
    pub scores: Vec<ScoreShape>,
    /// Scores of it that did not count.
    pub dropped: Vec<DroppedShape>,
    /// Its own row.
    pub row: Vec<RowShape>,
    /// The bonds that it holds.
    pub bonds: Vec<BondShape>,
    /// The validators' half went by stake.
    pub by_stake: bool,
    /// Why it got nothing as a miner.
    pub no_incentive: Option<Sentence>,
    /// Why it got nothing as a validator.
    pub no_dividends: Option<Sentence>,
    /// In plain sentences.
    pub sentences: Vec<Sentence>,
    #[serde(skip)]
    side: Side,
}

impl NeuronExplanationShape {
    /// From what the chain says.
    pub fn new(told: &NeuronExplanation, side: Side) -> Self {
        let standing = &told.standing;
        let mut shape = Self {
            epoch: EpochShape::from(&told.epoch),
            payout: PayoutShape::from(&told.payout),
            uid: told.uid,
            hotkey: ss58(&told.hotkey),
            stake: standing.stake,
            active_stake: stake_part(standing.active_stake),
            permit: standing.permit,
            next_permit: standing.next_permit,
            active: standing.active,
            registered_at: standing.registered_at,
            last_update: standing.last_update,
            pay: PayShape::from(&told.pay),
            recorded: told.recorded,
            adds_up: false,
            consensus: part(told.consensus),
            rank_before_clip: part(told.rank_before_clip),
            rank: part(told.rank),
            incentive: part(told.incentive),
            dividend: part(told.dividend),
            validator_trust: f64::from(told.validator_trust) / f64::from(u16::MAX),
            scores: told.scores.iter().map(ScoreShape::from).collect(),
            dropped: told.dropped.iter().map(DroppedShape::from).collect(),
            row: told.row.iter().map(RowShape::from).collect(),
            bonds: told.bonds.iter().map(BondShape::from).collect(),
            by_stake: told.by_stake,
            no_incentive: told.no_incentive.map(no_incentive),
            no_dividends: told.no_dividends.map(|why| no_dividends(why, Some(standing.stake))),
            sentences: Vec::new(),
            side,
        };
        shape.adds_up = shape.checked();
        shape.sentences = sentences(told, &shape);
        shape
    }

    fn checked(&self) -> bool {
        let scores = sum(self.scores.iter().map(|line| line.paid));
        let bonds = sum(self.bonds.iter().map(|line| line.paid));
        scores == u128::from(self.pay.incentive.0)
            && (self.by_stake || bonds == u128::from(self.pay.dividends.0))
            && self.pay.adds_up(self.recorded)
            && self.payout.adds_up()
    }

    fn scores_table(&self, output: &Output) -> String {
        let brought = format!(">brought (α{})", self.epoch.netuid);
        let mut table = output.table(&[">uid", "validator", ">stake", ">gave", ">kept", &brought]);
        for line in &self.scores {
            table.add_row([
                line.by.to_string(),
                line.hotkey.clone(),
                percentage(line.stake),
                decimal(line.weight),
                decimal(line.kept),
                tokens(line.paid.0),
            ]);
        }
        let total = tokens(self.pay.incentive.0);
        table.add_row(["", "sum", "", "", "", &total].map(str::to_owned));
        table.to_string()
    }

    fn bonds_table(&self, output: &Output) -> String {
        let mut table = output.table(&[
            ">uid",
            "bond on",
            ">of its bonds",
            ">its incentive",
            &format!(">brought (α{})", self.epoch.netuid),
        ]);
        for line in &self.bonds {
            table.add_row([
                line.on.to_string(),
                line.hotkey.clone(),
                percentage(line.part),
                percentage(line.incentive),
                tokens(line.paid.0),
            ]);
        }
        let total = tokens(self.pay.dividends.0);
        table.add_row(["", "sum", "", "", &total].map(str::to_owned));
        table.to_string()
    }

    fn row_table(&self, output: &Output) -> String {
        let mut table = output.table(&[">uid", "scored", ">gave", ">consensus", ">kept", "note"]);
        for line in &self.row {
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
                note.to_owned(),
            ]);
        }
        table.to_string()
    }
}

/// All that is to say, in order.
fn sentences(told: &NeuronExplanation, shape: &NeuronExplanationShape) -> Vec<Sentence> {
    let mut all = Vec::new();
    if shape.side == Side::Both {
        all.extend(miner::sentences(told));
    }
    // Who has no permit and no row is no validator: a miner need not read about it.
    let validates = told.standing.permit || !told.row.is_empty() || !told.pay.dividends.is_zero();
    if shape.side == Side::Validator || validates {
        all.extend(validator::sentences(told));
    }
    if !told.pay.owner_cut.is_zero() {
        let cut = alpha(told.epoch.netuid, told.pay.owner_cut);
        all.push(say("owner_cut", format!("As the subnet's owner you got {cut} besides.")));
    }
    let recorded = alpha(told.epoch.netuid, told.recorded);
    let it =
        |word| format!("It {word}: the chain recorded {recorded} for you, without an owner's cut.");
    all.push(added_up(shape.adds_up, it("adds up"), it("DOES NOT ADD UP")));
    all
}

impl Show for NeuronExplanationShape {
    fn text(&self, output: &Output) -> String {
        let mut blocks = vec![format!("{}: uid {}, {}", self.epoch.title(), self.uid, self.hotkey)];
        if self.side == Side::Both && !self.scores.is_empty() {
            blocks.push(self.scores_table(output));
        }
        if !self.row.is_empty() {
            blocks.push(self.row_table(output));
        }
        if !self.bonds.is_empty() {
            blocks.push(self.bonds_table(output));
        }
        blocks.push(list(&self.sentences));
        blocks.join("\n\n")
    }
}

/// Whether a score of one's own row is one of those that nobody has to hear about.
pub(super) fn counted(line: &RowLine<AccountId>) -> bool {
    line.dropped.is_none()
}

/// Whether a dropped score says something: one's own score is dropped as a matter of course.
pub(super) fn telling(why: Dropped) -> bool {
    why != Dropped::OwnScore
}
