//! Why a payout is what it is.

mod miner;
mod neuron;
mod nominator;
mod preview;
mod subnet;
#[cfg(test)]
mod tests;
mod validator;

pub use neuron::{NeuronExplanationShape, Side};
pub use nominator::{NominatorShape, NominatorsShape};
pub use preview::PreviewShape;
pub use subnet::SubnetExplanationShape;

use alun_client::{
    views::{Dropped, EpochView, NeuronPay, NoDividends, NoIncentive, PayoutView},
    Alpha, Balance, BlockNumber, MechanismId, NetUid,
};
use serde::Serialize;

use super::{alpha, token, tokens};

/// The epoch that is explained.
#[derive(Clone, Debug, Serialize)]
pub struct EpochShape {
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism.
    pub mechanism: MechanismId,
    /// Index.
    pub epoch: u64,
    /// Block at which its input was read.
    pub frozen_at: BlockNumber,
    /// Block at which the last of it was paid.
    pub paid_at: BlockNumber,
    /// κ: the part of the stake that must stand behind a consensus, 0 to 1.
    pub kappa: f64,
}

impl From<&EpochView> for EpochShape {
    fn from(epoch: &EpochView) -> Self {
        Self {
            netuid: epoch.netuid,
            mechanism: epoch.mechanism,
            epoch: epoch.epoch,
            frozen_at: epoch.frozen_at,
            paid_at: epoch.paid_at,
            kappa: f64::from(epoch.kappa) / f64::from(u16::MAX),
        }
    }
}

impl EpochShape {
    /// `Epoch 7 of subnet 1 (input of block 90, paid by block 92)`.
    fn title(&self) -> String {
        let mechanism = match self.mechanism {
            MechanismId::FIRST => String::new(),
            other => format!(", mechanism {other}"),
        };
        format!(
            "Epoch {} of subnet {}{mechanism} (input of block {}, paid by block {})",
            self.epoch, self.netuid, self.frozen_at, self.paid_at
        )
    }
}

/// Where the amount of an epoch went, in the subnet's alpha; `total` is the sum of the others.
#[derive(Clone, Debug, Serialize)]
pub struct PayoutShape {
    /// Drawn from what was pending.
    pub total: Alpha,
    /// To the owner.
    pub owner_cut: Alpha,
    /// To miners.
    pub miners: Alpha,
    /// To validators and their stakers.
    pub validators: Alpha,
    /// Burned.
    pub burned: Alpha,
    /// Back to pending.
    pub returned: Alpha,
}

impl From<&PayoutView> for PayoutShape {
    fn from(payout: &PayoutView) -> Self {
        let PayoutView { total, owner_cut, miners, validators, burned, returned } = *payout;
        Self { total, owner_cut, miners, validators, burned, returned }
    }
}

impl PayoutShape {
    /// Whether the parts are the total.
    fn adds_up(&self) -> bool {
        let parts = [self.owner_cut, self.miners, self.validators, self.burned, self.returned];
        sum(parts) == u128::from(self.total.0)
    }
}

/// What a neuron was paid, in the subnet's alpha.
#[derive(Clone, Debug, Serialize)]
pub struct PayShape {
    /// As a miner.
    pub incentive: Alpha,
    /// As a validator: the sum of the next four.
    pub dividends: Alpha,
    /// The delegate's take.
    pub take: Alpha,
    /// To the stakers on root, for whom it is sold.
    pub root: Alpha,
    /// To the pool on the subnet.
    pub subnet: Alpha,
    /// Burned because no pool had stake.
    pub burned: Alpha,
    /// As the subnet's owner.
    pub owner_cut: Alpha,
}

impl From<&NeuronPay> for PayShape {
    fn from(pay: &NeuronPay) -> Self {
        let NeuronPay { incentive, dividends, take, root, subnet, burned, owner_cut } = *pay;
        Self { incentive, dividends, take, root, subnet, burned, owner_cut }
    }
}

impl PayShape {
    /// Whether the dividends are their parts, and all is what the chain recorded.
    fn adds_up(&self, recorded: Alpha) -> bool {
        let divided = sum([self.take, self.root, self.subnet, self.burned]);
        let reached = sum([self.incentive, self.take, self.root, self.subnet]);
        divided == u128::from(self.dividends.0) && u128::from(recorded.0) == reached
    }
}

/// A sum that can't overflow.
fn sum(amounts: impl IntoIterator<Item = Alpha>) -> u128 {
    amounts.into_iter().map(|amount| u128::from(amount.0)).sum()
}

/// A part in units of 2⁻³² as a number.
fn part(units: u64) -> f64 {
    units as f64 / (1u64 << 32) as f64
}

/// A share in units of 2⁻⁶³ as a number.
fn stake_part(units: u64) -> f64 {
    units as f64 / (1u64 << 63) as f64
}

/// A number from 0 to 1 with four decimals at most; what is less but not zero says so.
fn decimal(value: f64) -> String {
    if value > 0.0 && value < 0.000_05 {
        return "<0.0001".into();
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number from 0 to 1 as a percentage.
fn percentage(value: f64) -> String {
    if value > 0.0 && value < 0.000_05 {
        return "<0.01%".into();
    }
    let text = format!("{:.2}", value * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A sentence with a code that programs can tell it by; docs/explain.md lists the codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// What it says, as a word of `snake_case` that stays as it is.
    pub code: &'static str,
    /// In plain words.
    pub text: String,
}

fn say(code: &'static str, text: impl Into<String>) -> Sentence {
    Sentence { code, text: text.into() }
}

/// Why a score did not count, as the end of a sentence.
fn dropped(why: Dropped) -> Sentence {
    match why {
        Dropped::NoPermit => say("scorer_without_permit", "the scorer held no permit"),
        Dropped::OwnScore => say("own_score", "nobody but the owner may score itself"),
        Dropped::FormerHolder(block) => say(
            "former_holder",
            format!(
                "the row was committed no later than block {block}, when the uid got its present \
                 holder: the score was for the former one"
            ),
        ),
    }
}

/// Why somebody got nothing as a miner.
fn no_incentive(why: NoIncentive) -> Sentence {
    match why {
        NoIncentive::NothingPaid => say("nothing_paid", "There was nothing to pay."),
        NoIncentive::NobodyScored => say(
            "nobody_scored",
            "No validator's row names you. Validators give nothing for wrong, late or missing \
             answers: is your endpoint announced and reachable?",
        ),
        NoIncentive::AllDropped => say(
            "all_dropped",
            "Every score of you was dropped. Scores count from the first row that was committed \
             after you registered.",
        ),
        NoIncentive::NoVote => say(
            "no_vote",
            "Only validators without a vote scored you: they are inactive, or their stake does not \
             count.",
        ),
        NoIncentive::AllClipped => say(
            "all_clipped",
            "Every score of you was clipped to zero, because too little of the stake scored you.",
        ),
        NoIncentive::TooSmall => say("too_small", "Your part is less than the smallest unit."),
    }
}

/// Why somebody got nothing as a validator. Without its stake weight, that is left out. A stake weight
/// is in no token: it adds alpha and native tokens up.
fn no_dividends(why: NoDividends, stake: Option<Balance>) -> Sentence {
    match why {
        NoDividends::NothingPaid => say("nothing_paid", "There was nothing to pay."),
        NoDividends::NoPermit => say(
            "no_permit",
            "You held no validator permit in this epoch; the largest stakes get one, for the epoch \
             after.",
        ),
        NoDividends::NoStake => say("no_stake", "You have no stake."),
        NoDividends::BelowThreshold(threshold) => {
            let stake = stake.map_or_else(String::new, |stake| format!(" of {}", tokens(stake)));
            let threshold = tokens(threshold);
            say(
                "below_threshold",
                format!("Your stake weight{stake} is below the subnet's threshold of {threshold}."),
            )
        }
        NoDividends::Inactive(block) => say(
            "inactive",
            format!(
                "You are inactive since block {block}: your last commit or row is longer ago than \
                 the activity cutoff."
            ),
        ),
        NoDividends::NoRow => say("no_row", "You have no weight row: none was revealed in time."),
        NoDividends::RowDropped => say(
            "row_dropped",
            "Every score of your row was dropped: its targets registered after you committed, or \
             it scores yourself.",
        ),
        NoDividends::NoBonds => say(
            "no_bonds",
            "You hold no bond on a neuron that had incentive: what you scored lies outside the \
             consensus.",
        ),
        NoDividends::TooSmall => say("too_small", "Your part is less than the smallest unit."),
    }
}

/// That the validators' half went by stake.
fn by_stake() -> Sentence {
    say("by_stake", "Nobody had dividends, so the validators' half went by stake.")
}

/// Whether the parts add up, as the last sentence.
fn added_up(adds_up: bool, right: String, wrong: String) -> Sentence {
    match adds_up {
        true => say("adds_up", right),
        false => say("does_not_add_up", wrong),
    }
}

/// Sentences as a list.
fn list(sentences: &[Sentence]) -> String {
    let lines: Vec<String> = sentences.iter().map(|one| format!("- {}", one.text)).collect();
    lines.join("\n")
}
