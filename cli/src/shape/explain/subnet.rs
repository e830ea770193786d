//! Where an epoch's amount went.

use super::{
    added_up, alpha, by_stake, list, no_dividends, no_incentive, say, sum, EpochShape, PayShape,
    PayoutShape, Sentence,
};
use crate::{
    output::{Output, Show},
    shape::{ss58, tokens},
};
use alun_client::{Alpha, SubnetExplanation, Uid};
use serde::Serialize;

/// What one neuron was paid.
#[derive(Clone, Debug, Serialize)]
pub struct PaidLineShape {
    /// Uid at the epoch.
    pub uid: Uid,
    /// Its holder then.
    pub hotkey: String,
    /// What it was paid.
    pub pay: PayShape,
    /// What the chain recorded that it was paid.
    pub recorded: Alpha,
    /// Why it got nothing as a miner, said to it.
    pub no_incentive: Option<Sentence>,
    /// Why it got nothing as a validator, said to it.
    pub no_dividends: Option<Sentence>,
}

/// Where an epoch's amount went.
#[derive(Clone, Debug, Serialize)]
pub struct SubnetExplanationShape {
    /// The epoch.
    pub epoch: EpochShape,
    /// The amount and its parts.
    pub payout: PayoutShape,
    /// Hotkey that the owner's cut went to.
    pub owner: Option<String>,
    /// The miners' half was burned.
    pub miners_burned: bool,
    /// The validators' half went by stake.
    pub by_stake: bool,
    /// Whether all parts are what they sum to, and each is what the chain recorded.
    pub adds_up: bool,
    /// The neurons by uid.
    pub neurons: Vec<PaidLineShape>,
    /// In plain sentences.
    pub sentences: Vec<Sentence>,
}

impl From<&SubnetExplanation> for SubnetExplanationShape {
    fn from(told: &SubnetExplanation) -> Self {
        let neurons = told.neurons.iter().map(|line| PaidLineShape {
            uid: line.uid,
            hotkey: ss58(&line.hotkey),
            pay: PayShape::from(&line.pay),
            recorded: line.recorded,
            no_incentive: line.no_incentive.map(no_incentive),
            no_dividends: line.no_dividends.map(|why| no_dividends(why, None)),
        });
        let mut shape = Self {
            epoch: EpochShape::from(&told.epoch),
            payout: PayoutShape::from(&told.payout),
            owner: told.owner.as_ref().map(ss58),
            miners_burned: told.miners_burned,
            by_stake: told.by_stake,
            adds_up: false,
            neurons: neurons.collect(),
            sentences: Vec::new(),
        };
        shape.adds_up = shape.checked();
        shape.sentences = shape.told();
        shape
    }
}

impl SubnetExplanationShape {
    fn sum_of(&self, part: impl Fn(&PayShape) -> Alpha) -> u128 {
        sum(self.neurons.iter().map(|line| part(&line.pay)))
    }

    fn checked(&self) -> bool {
        self.payout.adds_up()
            && self.sum_of(|pay| pay.incentive) == sum([self.payout.miners])
            && self.sum_of(|pay| pay.dividends)
                == sum([self.payout.validators]) + self.sum_of(|pay| pay.burned)
            && self.neurons.iter().all(|line| line.pay.adds_up(line.recorded))
    }

    fn count(&self, part: impl Fn(&PayShape) -> Alpha) -> usize {
        self.neurons.iter().filter(|line| !part(&line.pay).is_zero()).count()
    }

    fn told(&self) -> Vec<Sentence> {
        let payout = &self.payout;
        if payout.total.is_zero() {
            return vec![say(
                "nothing_paid",
                "Nothing was paid: nobody had a vote, or nothing was pending. What is pending waits \
                 for the next epoch.",
            )];
        }
        let own = |amount| alpha(self.epoch.netuid, amount);
        let paid = format!(
            "The epoch paid out {}: {} to the owner, {} to {} miners, {} to {} validators and their \
             stakers, {} burned, {} back to pending.",
            own(payout.total),
            own(payout.owner_cut),
            own(payout.miners),
            self.count(|pay| pay.incentive),
            own(payout.validators),
            self.count(|pay| pay.dividends),
            own(payout.burned),
            own(payout.returned),
        );
        let mut all = vec![say("paid", paid)];
        if self.miners_burned {
            let burned = "No miner had incentive, so the miners' half was burned.";
            all.push(say("miners_burned", burned));
        }
        if self.by_stake {
            all.push(by_stake());
        }
        let right = "The parts add up, and each neuron's are what the chain recorded.";
        let wrong = "The parts DO NOT ADD UP to what the chain recorded.";
        all.push(added_up(self.adds_up, right.into(), wrong.into()));
        all
    }
}

impl Show for SubnetExplanationShape {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&[
            ">uid",
            "hotkey",
            ">incentive",
            ">dividends",
            ">take",
            ">root",
            ">subnet",
            ">burned",
            ">owner cut",
        ]);
        for PaidLineShape { uid, hotkey, pay, .. } in &self.neurons {
            let amounts = [
                pay.incentive,
                pay.dividends,
                pay.take,
                pay.root,
                pay.subnet,
                pay.burned,
                pay.owner_cut,
            ];
            let cells = [uid.to_string(), hotkey.clone()];
            table.add_row(cells.into_iter().chain(amounts.map(|amount| tokens(amount.0))));
        }
        format!("{}\n\n{table}\n\n{}", self.epoch.title(), list(&self.sentences))
    }
}
