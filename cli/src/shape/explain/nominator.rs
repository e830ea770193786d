//! What a payout means for a nominator.

use super::{
    alpha, list, no_dividends, percentage, say, sum, token, EpochShape, PayShape, Sentence,
};
use crate::{
    output::{Output, Show},
    shape::{ss58, tokens},
};
use alun_client::{
    views::{NominatorPool, PaidLine},
    AccountId, Alpha, Balance, BlockNumber, NetUid, NominatorExplanation, Uid,
};
use serde::Serialize;

/// What of one pool's part is the nominator's, in the subnet's alpha; `reward` is the sum of the next
/// three. Root's waits to be sold, and what it brings enters the pool.
#[derive(Clone, Debug, Serialize)]
pub struct PoolPartShape {
    /// The pool's netuid, 0 for root.
    pub netuid: NetUid,
    /// What the payout sent into the pool.
    pub reward: Alpha,
    /// The nominator's.
    pub theirs: Alpha,
    /// The others'.
    pub others: Alpha,
    /// What rounding down leaves in the pool.
    pub rounding: Alpha,
    /// The nominator's points, as text: they may exceed what JSON numbers hold.
    pub points: String,
    /// The points of all positions, as text.
    pub pool_points: String,
    /// What the nominator's position is worth now, in the token of the pool's netuid.
    pub value: u64,
    /// What is still on its way into the pool, in the same token.
    pub on_the_way: u64,
    /// Block at which all of it has entered.
    pub until: BlockNumber,
    #[serde(skip)]
    part: f64,
    /// Whose alpha it is.
    #[serde(skip)]
    of: NetUid,
}

impl PoolPartShape {
    fn new(of: NetUid, pool: &NominatorPool) -> Self {
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
            of,
        }
    }

    fn place(&self) -> &'static str {
        if self.netuid.is_root() {
            "on root"
        } else {
            "on the subnet"
        }
    }

    /// Whether `reward` is what the chain recorded, and its parts are all of it.
    fn adds_up(&self, pay: &PayShape) -> bool {
        let recorded = if self.netuid.is_root() { pay.root } else { pay.subnet };
        let parts = sum([self.theirs, self.others, self.rounding]);
        self.reward == recorded && parts == u128::from(self.reward.0)
    }

    fn sentence(&self) -> Sentence {
        let place = self.place();
        if self.reward.is_zero() {
            return say("pool_without_reward", format!("Nothing went to the pool {place}."));
        }
        let own = |amount| alpha(self.of, amount);
        let rounding = if self.rounding.is_zero() {
            String::new()
        } else {
            format!(", and rounding down leaves {} in the pool", own(self.rounding))
        };
        let enters = if self.netuid.is_root() {
            "It waits to be sold; the ALUN that it brings enter by and by, for whoever is in the pool \
             then."
                .to_owned()
        } else {
            let until = self.until;
            format!("It enters by and by until block {until}, for whoever is in the pool then.")
        };
        let text = format!(
            "{} went to the pool {place}, of which you hold {}: {} is yours, {} the other \
             stakers'{rounding}. {enters}",
            own(self.reward),
            percentage(self.part),
            own(self.theirs),
            own(self.others),
        );
        say("pool", text)
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
    /// The nominator's part of all, in the subnet's alpha: of the pools, and the take if it owns the
    /// hotkey.
    pub theirs: Alpha,
    /// What the chain recorded that the validator was paid, without an owner's cut and what was
    /// burned.
    pub recorded: Alpha,
    /// Whether the validator's pay is what the chain recorded, and the pools' parts are all of it.
    pub adds_up: bool,
    /// The pools.
    pub pools: Vec<PoolPartShape>,
    /// Why the validator got nothing, said to it.
    pub no_dividends: Option<Sentence>,
    /// In plain sentences.
    pub sentences: Vec<Sentence>,
}

impl NominatorShape {
    /// From what the chain says of the nominator, of the payout as a whole, and of the validator's
    /// stake where it got nothing.
    pub fn new(
        told: &NominatorExplanation,
        paid: &PaidLine<AccountId>,
        stake: Option<Balance>,
    ) -> Self {
        let pay = PayShape::from(&told.pay);
        let pools: Vec<_> =
            told.pools.iter().map(|pool| PoolPartShape::new(told.epoch.netuid, pool)).collect();
        let take = if told.owns { pay.take } else { Alpha::ZERO };
        // Saturation: parts of one amount, the sum fits.
        let theirs = pools.iter().fold(take, |sum, pool| sum.saturating_add(pool.theirs));
        // Both pools, root's and the subnet's: one that is missing would hide its part.
        let both = pools.iter().map(|pool| pool.netuid).eq([NetUid::ROOT, told.epoch.netuid]);
        let adds_up = told.pay == paid.pay
            && pay.adds_up(paid.recorded)
            && both
            && pools.iter().all(|pool| pool.adds_up(&pay));
        let no_dividends = told.no_dividends.map(|why| no_dividends(why, stake));
        let mut shape = Self {
            epoch: EpochShape::from(&told.epoch),
            uid: told.uid,
            hotkey: ss58(&told.hotkey),
            owns: told.owns,
            theirs,
            recorded: paid.recorded,
            adds_up,
            pay,
            pools,
            no_dividends,
            sentences: Vec::new(),
        };
        shape.sentences = shape.told();
        shape
    }

    fn told(&self) -> Vec<Sentence> {
        let (uid, pay) = (self.uid, &self.pay);
        let own = |amount| alpha(self.epoch.netuid, amount);
        let whose = if self.owns { "you own it" } else { "to its owner" };
        let earned = format!(
            "Validator {uid} earned {}; {} of it was its take ({whose}).",
            own(pay.dividends),
            own(pay.take)
        );
        let stake =
            |pool: &PoolPartShape| format!("{} {}", token(pool.netuid, pool.value), pool.place());
        let stakes: Vec<String> = self.pools.iter().map(stake).collect();
        let stake = format!("Your stake on it is worth {}.", stakes.join(" and "));
        let mut all = vec![say("earned", earned), say("stake", stake)];
        if let Some(why) = &self.no_dividends {
            all.push(say(why.code, format!("Why it earned nothing, said to it: {}", why.text)));
        } else {
            all.extend((!pay.burned.is_zero()).then(|| {
                let burned = own(pay.burned);
                say("burned", format!("{burned} was burned because no pool had stake."))
            }));
            all.extend(self.pools.iter().map(PoolPartShape::sentence));
        }
        if !self.adds_up {
            let recorded = own(self.recorded);
            let text =
                format!("It DOES NOT ADD UP: the chain recorded {recorded} for validator {uid}.");
            all.push(say("does_not_add_up", text));
        }
        all
    }
}

/// What the payouts of an epoch mean for a nominator, validator by validator.
#[derive(Clone, Debug, Serialize)]
pub struct NominatorsShape {
    /// The nominator.
    pub coldkey: String,
    /// Subnet.
    pub netuid: NetUid,
    /// The nominator's part of all, in the subnet's alpha.
    pub theirs: Alpha,
    /// The neurons that it staked on, whether they earned anything as validators or not.
    pub validators: Vec<NominatorShape>,
}

impl Show for NominatorsShape {
    fn text(&self, output: &Output) -> String {
        let Some(first) = self.validators.first() else {
            return format!(
                "{} has no stake on a neuron of subnet {}, there or on root.",
                self.coldkey, self.netuid
            );
        };
        let mut table = output.table(&[
            ">uid",
            "validator",
            ">netuid",
            &format!(">reward (α{})", self.netuid),
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
                    tokens(pool.reward.0),
                    tokens(pool.theirs.0),
                    tokens(pool.others.0),
                    tokens(pool.rounding.0),
                    pool.until.to_string(),
                ]);
            }
        }
        let mut sentences: Vec<Sentence> =
            self.validators.iter().flat_map(|validator| validator.sentences.clone()).collect();
        sentences.push(say(
            "together",
            format!("Together {} is yours.", alpha(self.netuid, self.theirs)),
        ));
        format!("{}: {}\n\n{table}\n\n{}", first.epoch.title(), self.coldkey, list(&sentences))
    }
}
