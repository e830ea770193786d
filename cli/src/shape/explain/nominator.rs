//! What a payout means for a nominator.

use super::{alun, list, no_dividends, percentage, sum, EpochShape, PayShape};
use crate::{
    output::{Output, Show},
    shape::{ss58, tokens},
};
use alun_client::{views::NominatorPool, Balance, BlockNumber, NetUid, NominatorExplanation, Uid};
use serde::Serialize;

/// What of one pool's part is the nominator's; `reward` is the sum of the next three.
#[derive(Clone, Debug, Serialize)]
pub struct PoolPartShape {
    /// The pool's netuid, 0 for root.
    pub netuid: NetUid,
    /// What the payout sent into the pool.
    pub reward: Balance,
    /// The nominator's.
    pub theirs: Balance,
    /// The others'.
    pub others: Balance,
    /// What rounding down leaves in the pool.
    pub rounding: Balance,
    /// The nominator's points, as text: they may exceed what JSON numbers hold.
    pub points: String,
    /// The points of all positions, as text.
    pub pool_points: String,
    /// What the nominator's position is worth now.
    pub value: Balance,
    /// What is still on its way into the pool.
    pub on_the_way: Balance,
    /// Block at which all of it has entered.
    pub until: BlockNumber,
    #[serde(skip)]
    part: f64,
}

impl From<&NominatorPool> for PoolPartShape {
    fn from(pool: &NominatorPool) -> Self {
        Self {
            netuid: pool.netuid,
            reward: pool.reward,
            theirs: pool.theirs,
            others: pool.others,
            rounding: pool.rounding,
            points: pool.points.to_string(),
            pool_points: pool.pool_points.to_string(),
            value: pool.value,
            on_the_way: pool.on_the_way,
            until: pool.until,
            part: match pool.pool_points {
                0 => 0.0,
                all => pool.points as f64 / all as f64,
            },
        }
    }
}

impl PoolPartShape {
    fn sentence(&self) -> String {
        let place = if self.netuid.is_root() { "on root" } else { "on the subnet" };
        if self.reward == 0 {
            return format!("Nothing went to the pool {place}.");
        }
        let rounding = match self.rounding {
            0 => String::new(),
            units => format!(", and rounding down leaves {} in the pool", alun(units)),
        };
        format!(
            "{} went to the pool {place}, of which you hold {}: {} is yours, {} the other \
             stakers'{rounding}. It enters by and by until block {}, for whoever is in the pool \
             then.",
            alun(self.reward),
            percentage(self.part),
            alun(self.theirs),
            alun(self.others),
            self.until,
        )
    }
}

/// What a validator's payout means for one of its nominators.
#[derive(Clone, Debug, Serialize)]
pub struct NominatorShape {
    /// The epoch.
    pub epoch: EpochShape,
    /// The validator's uid.
    pub uid: Uid,
    /// The validator's hotkey.
    pub hotkey: String,
    /// What the validator was paid.
    pub pay: PayShape,
    /// Whether the nominator owns the hotkey: then the take is its own.
    pub owns: bool,
    /// The nominator's part of all: of the pools, and the take if it owns the hotkey.
    pub theirs: Balance,
    /// Whether the parts are what the validator was paid.
    pub adds_up: bool,
    /// The pools.
    pub pools: Vec<PoolPartShape>,
    /// In plain sentences.
    pub sentences: Vec<String>,
}

impl From<&NominatorExplanation> for NominatorShape {
    fn from(told: &NominatorExplanation) -> Self {
        let pay = PayShape::from(&told.pay);
        let pools: Vec<_> = told.pools.iter().map(PoolPartShape::from).collect();
        let of_pools = sum(pools.iter().map(|pool| pool.theirs));
        let take = if told.owns { pay.take } else { 0 };
        let parts = pools.iter().flat_map(|pool| [pool.theirs, pool.others, pool.rounding]);
        let adds_up = sum(parts.chain([pay.take, pay.burned])) == u128::from(pay.dividends);
        let sentences = sentences(told, &pay, &pools);
        Self {
            epoch: EpochShape::from(&told.epoch),
            uid: told.uid,
            hotkey: ss58(&told.hotkey),
            owns: told.owns,
            // Parts of one amount: the sum fits.
            theirs: Balance::try_from(of_pools.saturating_add(take.into())).unwrap_or(Balance::MAX),
            adds_up,
            pay,
            pools,
            sentences,
        }
    }
}

fn sentences(told: &NominatorExplanation, pay: &PayShape, pools: &[PoolPartShape]) -> Vec<String> {
    let whose = if told.owns { "you own it" } else { "to its owner" };
    let mut all = vec![format!(
        "Validator {} earned {}; {} of it was its take ({whose}).",
        told.uid,
        alun(pay.dividends),
        alun(pay.take)
    )];
    if let Some(why) = told.no_dividends {
        all.push(format!("Why it earned nothing, said to it: {}", no_dividends(why, 0)));
        return all;
    }
    if pay.burned > 0 {
        all.push(format!("{} was burned because no pool had stake.", alun(pay.burned)));
    }
    all.extend(pools.iter().map(PoolPartShape::sentence));
    all
}

/// What the payouts of an epoch mean for a nominator, validator by validator.
#[derive(Clone, Debug, Serialize)]
pub struct NominatorsShape {
    /// The nominator.
    pub coldkey: String,
    /// Subnet.
    pub netuid: NetUid,
    /// The nominator's part of all.
    pub theirs: Balance,
    /// The validators that it staked on.
    pub validators: Vec<NominatorShape>,
}

impl Show for NominatorsShape {
    fn text(&self, output: &Output) -> String {
        let Some(first) = self.validators.first() else {
            return format!(
                "{} has no stake on a validator of subnet {}, there or on root.",
                self.coldkey, self.netuid
            );
        };
        let mut table = output.table(&[
            ">uid",
            "validator",
            ">netuid",
            ">reward",
            ">yours",
            ">others'",
            ">rounding",
            ">until",
        ]);
        for validator in &self.validators {
            for pool in &validator.pools {
                table.add_row([
                    validator.uid.to_string(),
                    validator.hotkey.clone(),
                    pool.netuid.to_string(),
                    tokens(pool.reward),
                    tokens(pool.theirs),
                    tokens(pool.others),
                    tokens(pool.rounding),
                    pool.until.to_string(),
                ]);
            }
        }
        let mut sentences: Vec<String> =
            self.validators.iter().flat_map(|validator| validator.sentences.clone()).collect();
        sentences.push(format!("Together {} is yours.", alun(self.theirs)));
        format!("{}: {}\n\n{table}\n\n{}", first.epoch.title(), self.coldkey, list(&sentences))
    }
}
