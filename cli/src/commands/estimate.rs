//! `alun estimate`: what a newcomer would earn if everything stayed as it is.
//!
//! What is printed is the last epoch carried on, not a promise: others come, scores and prices move.

use crate::{
    output::{Output, Show},
    shape::{alpha, alun, percent},
    CliError, Context,
};
use alun_client::{
    views::MarketView, Alpha, At, Balance, MechanismId, NetUid, Neuron, Price, SubnetMetagraph,
    Tokens,
};
use clap::Subcommand;
use serde::Serialize;

/// Milliseconds of a day.
const DAY_MS: u128 = 86_400_000;

/// What a newcomer would earn.
#[derive(Debug, Subcommand)]
pub enum Estimate {
    /// What a new miner would earn a day, by what the present ones earn, and what its uid costs
    #[command(after_help = "Example:\n  alun estimate miner --netuid 1")]
    Miner {
        /// The subnet
        #[arg(long)]
        netuid: u16,
    },
    /// What a new stake on a validator would earn a day, and what going in and out costs
    #[command(
        after_help = "Example:\n  alun estimate staker --netuid 1 --delegate 5F…hotkey --amount 100"
    )]
    Staker {
        /// The subnet
        #[arg(long)]
        netuid: u16,
        /// The validator's hotkey
        #[arg(long, value_name = "HOTKEY")]
        delegate: String,
        /// Native tokens to stake
        #[arg(long, value_name = "TOKENS")]
        amount: Tokens,
    },
}

/// Runs `alun estimate`.
pub async fn run(context: &Context, command: Estimate) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    match command {
        Estimate::Miner { netuid } => {
            let scene = Scene::read(&best, NetUid(netuid)).await?;
            let mut estimate = miner(&scene);
            if let Some(day) = estimate.median_a_day.filter(|day| day.0 > 0) {
                let sold = best.quote_sell(NetUid(netuid), day).await?;
                estimate.median_sold_a_day = sold.ok().map(|trade| trade.native);
                estimate.days_to_earn_the_price =
                    days(estimate.registration_price, estimate.median_sold_a_day);
            }
            context.output.show(&estimate)
        }
        Estimate::Staker { netuid, delegate, amount } => {
            let netuid = NetUid(netuid);
            let hotkey = context.account(&delegate)?;
            let scene = Scene::read(&best, netuid).await?;
            let unknown = || CliError::NoNeuron { who: delegate.clone(), netuid };
            let neuron = scene.neuron(&hotkey).ok_or_else(unknown)?;
            let known = best.delegate(&hotkey).await?.ok_or_else(unknown)?;
            let quote = best.quote_add(&hotkey, netuid, amount.0).await?;
            let quote = quote.map_err(CliError::WouldFail)?;
            let pool = known.pools.iter().find(|(of, ..)| *of == netuid);
            let staked = Staked {
                amount: amount.0,
                received: Alpha(quote.received),
                pool: Alpha(pool.map_or(0, |(_, value, _)| *value)),
                take: known.take,
            };
            let mut estimate = staker(&scene, neuron, staked);
            let back = best.quote_sell(netuid, staked.received).await?;
            estimate.sold_at_once = back.ok().map(|trade| trade.native);
            context.output.show(&estimate)
        }
    }
}

/// A subnet as an estimate sees it.
struct Scene {
    metagraph: SubnetMetagraph,
    market: Option<MarketView>,
    slot_ms: u64,
}

impl Scene {
    async fn read(best: &At, netuid: NetUid) -> Result<Self, CliError> {
        let metagraph = best.metagraph(netuid, MechanismId::FIRST).await?;
        let metagraph = metagraph.ok_or(CliError::NoSubnet(netuid))?;
        let market = best.market(netuid).await?;
        Ok(Self { metagraph, market, slot_ms: best.network().await?.slot_ms })
    }

    fn neuron(&self, hotkey: &alun_client::AccountId) -> Option<&Neuron> {
        self.metagraph.neurons.iter().find(|neuron| neuron.hotkey == *hotkey)
    }

    /// What is paid in a day to who is paid so much at each epoch; nothing before the first epoch is due.
    fn a_day(&self, paid: Alpha) -> Alpha {
        let tempo = self.metagraph.subnet.schedule.map_or(0, |schedule| schedule.tempo);
        let epoch_ms = u128::from(tempo) * u128::from(self.slot_ms);
        let day = u128::from(paid.0).saturating_mul(DAY_MS).checked_div(epoch_ms).unwrap_or(0);
        Alpha(u64::try_from(day).unwrap_or(u64::MAX))
    }

    /// At the spot price; a sale gives less.
    fn worth(&self, amount: Alpha) -> Balance {
        self.market.as_ref().map_or(0, |market| Price(market.price).value_of(amount))
    }
}

/// What a new miner may expect.
#[derive(Debug, Serialize)]
struct MinerEstimate {
    /// The subnet.
    netuid: NetUid,
    /// Whether its epochs run.
    started: bool,
    /// What a uid costs now; burned.
    registration_price: Balance,
    /// Uids that nobody holds.
    free: u16,
    /// In a full subnet, the score under which a newcomer is evicted first once its immunity ends: the
    /// lowest average of 10 epochs, in alpha.
    lowest_score: Option<Alpha>,
    /// How long a newcomer can't be evicted, ms.
    immunity_ms: u64,
    /// Neurons that earned incentive at the last epoch.
    earning: usize,
    /// Neurons without a permit that earned none.
    earning_nothing: usize,
    /// What the least of them earns a day, alpha.
    least_a_day: Option<Alpha>,
    /// The one in the middle.
    median_a_day: Option<Alpha>,
    /// The best.
    most_a_day: Option<Alpha>,
    /// What the middle one's day gives if it is sold now, fee and slippage off.
    median_sold_a_day: Option<Balance>,
    /// Days in which the middle one earns what a uid costs now.
    days_to_earn_the_price: Option<f64>,
    /// What the numbers rest on.
    assumptions: Vec<&'static str>,
}

fn days(price: Balance, a_day: Option<Balance>) -> Option<f64> {
    a_day.filter(|day| *day > 0).map(|day| price as f64 / day as f64)
}

fn miner(scene: &Scene) -> MinerEstimate {
    let subnet = &scene.metagraph.subnet;
    let neurons = &scene.metagraph.neurons;
    let mut paid: Vec<Alpha> = neurons
        .iter()
        .filter(|neuron| neuron.incentive > 0 && neuron.dividends == 0)
        .map(|neuron| scene.a_day(neuron.emission))
        .collect();
    paid.sort_unstable();
    let lowest = neurons.iter().find(|neuron| neuron.eviction_rank == Some(0));
    MinerEstimate {
        netuid: subnet.netuid,
        started: subnet.started,
        registration_price: subnet.registration_price,
        free: subnet.hyperparameters.max_neurons.saturating_sub(subnet.neurons),
        lowest_score: lowest.map(|neuron| neuron.prune_score),
        immunity_ms: subnet.hyperparameters.immunity_ms,
        earning: paid.len(),
        earning_nothing: neurons.iter().filter(|one| one.incentive == 0 && !one.permit).count(),
        least_a_day: paid.first().copied(),
        median_a_day: paid.get(paid.len() / 2).copied(),
        most_a_day: paid.last().copied(),
        median_sold_a_day: None,
        days_to_earn_the_price: None,
        assumptions: vec![
            "every epoch pays what the last one paid, and you are as good as those you compare with",
            "with you there is one more to share with: the same sum is divided by incentive",
            "who earns dividends too is left out",
            "a day is sold at once at the present pool; the price moves with every trade",
        ],
    }
}

impl Show for MinerEstimate {
    fn text(&self, output: &Output) -> String {
        let a_day = |amount: Option<Alpha>| {
            amount.map_or_else(|| "nobody earns yet".into(), |amount| alpha(self.netuid, amount))
        };
        let hours = self.immunity_ms as f64 / 3_600_000.0;
        let mut facts = vec![
            ("a uid costs", format!("{}, burned", alun(self.registration_price))),
            ("free uids", self.free.to_string()),
            ("immune for", format!("{hours:.1} h")),
            ("earn incentive", self.earning.to_string()),
            ("earn nothing, without permit", self.earning_nothing.to_string()),
            ("the least earns a day", a_day(self.least_a_day)),
            ("the middle one", a_day(self.median_a_day)),
            ("the best", a_day(self.most_a_day)),
        ];
        if let Some(score) = self.lowest_score {
            facts.push(("to stay, more a tempo than", alpha(self.netuid, score)));
        }
        if let Some(sold) = self.median_sold_a_day {
            facts.push(("the middle one's day, sold", alun(sold)));
        }
        if let Some(days) = self.days_to_earn_the_price {
            facts.push(("days to earn the price", format!("{days:.1}")));
        }
        if !self.started {
            facts.push(("started", "no: no epochs run yet".into()));
        }
        with_assumptions(output.facts(&facts), &self.assumptions)
    }
}

fn with_assumptions(facts: String, assumptions: &[&str]) -> String {
    let lines = assumptions.iter().map(|line| format!("\n- {line}"));
    format!("{facts}\n\nIf{}", lines.collect::<String>())
}

/// A stake to be.
#[derive(Clone, Copy)]
struct Staked {
    amount: Balance,
    received: Alpha,
    pool: Alpha,
    take: u32,
}

/// What a new stake may expect.
#[derive(Debug, Serialize)]
struct StakerEstimate {
    /// The subnet.
    netuid: NetUid,
    /// The validator's uid.
    uid: alun_client::Uid,
    /// Native tokens that go in.
    amount: Balance,
    /// Alpha that they buy, fee and slippage off.
    received: Alpha,
    /// What it gives if it is sold at once: the cost of going in and out.
    sold_at_once: Option<Balance>,
    /// The validator's take, parts per million.
    take: u32,
    /// Your part of the validator's pool, parts per million.
    part_of_pool: u32,
    /// What you would earn a day, alpha.
    a_day: Alpha,
    /// The same at the spot price.
    a_day_native: Balance,
    /// Over a year without compounding, of what goes in: 0.12 is 12 %.
    a_year: f64,
    /// What the numbers rest on.
    assumptions: Vec<&'static str>,
}

fn staker(scene: &Scene, neuron: &Neuron, staked: Staked) -> StakerEstimate {
    let parts = |part: u128, of: u128| part.saturating_mul(1_000_000).checked_div(of).unwrap_or(0);
    let ppm = |parts: u128| u32::try_from(parts.min(1_000_000)).unwrap_or(1_000_000);
    let (received, pool) = (u128::from(staked.received.0), u128::from(staked.pool.0));
    // The stake weight is alpha and τ·root: the rest of a dividend belongs to root stakers.
    let by_alpha = ppm(parts(pool, u128::from(neuron.stake_weight)));
    let part_of_pool = ppm(parts(received, pool.saturating_add(received)));
    // Its dividends as they were: a larger stake weight raises them, which is left out.
    let dividends = if neuron.incentive == 0 { neuron.emission } else { Alpha(0) };
    let kept = 1_000_000_u32.saturating_sub(staked.take);
    let share = |amount: u128, part: u32| amount.saturating_mul(u128::from(part)) / 1_000_000;
    let paid = u128::from(scene.a_day(dividends).0);
    let day = share(share(share(paid, by_alpha), kept), part_of_pool);
    let a_day = Alpha(u64::try_from(day).unwrap_or(u64::MAX));
    let a_day_native = scene.worth(a_day);
    StakerEstimate {
        netuid: scene.metagraph.subnet.netuid,
        uid: neuron.uid,
        amount: staked.amount,
        received: staked.received,
        sold_at_once: None,
        take: staked.take,
        part_of_pool,
        a_day,
        a_day_native,
        a_year: a_day_native as f64 * 365.0 / staked.amount.max(1) as f64,
        assumptions: vec![
            "every epoch pays this validator what the last one did; a validator that earns incentive too is not estimated",
            "your stake raises nobody's dividends, and nobody else comes or goes",
            "the price stays: a day is worth its alpha at the spot price",
            "rewards enter over the tempo after their epoch; the first day earns less",
        ],
    }
}

impl Show for StakerEstimate {
    fn text(&self, output: &Output) -> String {
        let mut facts = vec![
            ("you stake", alun(self.amount)),
            ("that buys", alpha(self.netuid, self.received)),
            ("the validator takes", percent(self.take)),
            ("your part of its pool", percent(self.part_of_pool)),
            ("you earn a day", alpha(self.netuid, self.a_day)),
            ("worth", alun(self.a_day_native)),
            ("a year, not compounded", format!("{:.1}%", self.a_year * 100.0)),
        ];
        if let Some(sold) = self.sold_at_once {
            facts.push(("in and out at once leaves", alun(sold)));
        }
        with_assumptions(output.facts(&facts), &self.assumptions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_should_be_none_when_nothing_is_earned() {
        assert_eq!(days(10, None), None);
        assert_eq!(days(10, Some(0)), None);
        assert_eq!(days(10, Some(4)), Some(2.5));
    }
}
