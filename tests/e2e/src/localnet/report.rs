//! Who earned what, and why.

use super::{
    population::{Miner, Population, Strategy, Validator},
    NetUids,
};
use alun_client::{
    AccountId, Alpha, Balance, Chain, Event, MechanismId, NetUid, Price, SubnetMetagraph, Tokens,
};
use anyhow::{bail, Context, Result};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};

/// What a validator says of a miner (its `/status`).
#[derive(Clone, Debug, Deserialize)]
struct Seen {
    hotkey: String,
    verified: f64,
    score: f64,
}

#[derive(Clone, Debug, Deserialize)]
struct SubnetStatus {
    netuid: u16,
    miners: Vec<Seen>,
}

#[derive(Clone, Debug, Deserialize)]
struct Status {
    subnets: Vec<SubnetStatus>,
}

/// Gathered from events while it runs, completed by [`Report::finish`].
#[derive(Default)]
pub(crate) struct Report {
    pub blocks: u32,
    pub peak_pss: u64,
    /// What must not happen: failed epochs, expired commits, broken invariants.
    faults: Vec<String>,
    finalized: u32,
    /// By payout events, in the subnet's alpha.
    earned: HashMap<(NetUid, [u8; 32]), Alpha>,
    /// Epochs in which somebody got incentive.
    scored: BTreeMap<NetUid, BTreeSet<u64>>,
    metagraphs: BTreeMap<NetUid, SubnetMetagraph>,
    prices: BTreeMap<NetUid, Price>,
    /// Means weighted by stake: (verified, score).
    means: HashMap<(NetUid, String), (f64, f64)>,
}

impl Report {
    pub(crate) fn add(&mut self, event: &Event) {
        match event {
            Event::IncentivePaid(paid) => {
                self.scored.entry(paid.netuid).or_default().insert(paid.epoch);
                self.earns(paid.netuid, &paid.hotkey, paid.amount);
            }
            Event::DividendsPaid(paid) => {
                let reached = paid.amount.saturating_sub(paid.burned);
                self.earns(paid.netuid, &paid.hotkey, reached);
            }
            Event::OwnerCutPaid(paid) => self.earns(paid.netuid, &paid.hotkey, paid.amount),
            Event::EpochFailed(failed) => self.faults.push(format!(
                "epoch {} of subnet {} failed ({:?})",
                failed.epoch, failed.netuid, failed.step
            )),
            Event::CommitExpired(commit) => self.faults.push(format!(
                "the commit of {} in epoch {} of subnet {} expired",
                commit.hotkey, commit.epoch, commit.netuid
            )),
            _ => {}
        }
    }

    fn earns(&mut self, netuid: NetUid, hotkey: &AccountId, amount: Alpha) {
        let earned = self.earned.entry((netuid, hotkey.0)).or_default();
        // Saturation: parts of the issuance, which fits.
        *earned = earned.saturating_add(amount);
    }

    /// Epochs that paid by scores.
    pub(crate) fn paid_epochs(&self, netuid: NetUid) -> u32 {
        self.scored.get(&netuid).map_or(0, |epochs| epochs.len() as u32)
    }

    pub(crate) fn state(&self) -> String {
        NetUids::ALL
            .map(|netuid| format!("subnet {netuid} had {}", self.paid_epochs(netuid)))
            .join(", ")
    }

    /// Reads the last epoch's outputs and asks the validators what they saw.
    pub(crate) async fn finish(&mut self, chain: &Chain, population: &Population) -> Result<()> {
        let at = chain.finalized().await?;
        self.finalized = at.number();
        for netuid in NetUids::ALL {
            let metagraph =
                at.metagraph(netuid, MechanismId::FIRST).await?.context("a subnet is gone")?;
            self.metagraphs.insert(netuid, metagraph);
            let market = at.market(netuid).await?.context("a market is gone")?;
            self.prices.insert(netuid, Price::from(&market));
        }
        self.faults.extend(at.broken_invariants().await?);
        let http = reqwest::Client::builder().no_proxy().build()?;
        let mut weighed: HashMap<(NetUid, String), (f64, f64, f64)> = HashMap::new();
        for validator in &population.validators {
            let url = format!("http://127.0.0.1:{}/status", validator.port);
            let status: Status = http
                .get(&url)
                .send()
                .await
                .and_then(|answer| answer.error_for_status())?
                .json()
                .await?;
            let stake = validator.stake as f64;
            for subnet in status.subnets {
                for seen in subnet.miners {
                    let entry = weighed.entry((NetUid(subnet.netuid), seen.hotkey)).or_default();
                    entry.0 += stake * seen.verified;
                    entry.1 += stake * seen.score;
                    entry.2 += stake;
                }
            }
        }
        self.means = weighed
            .into_iter()
            .map(|(key, (verified, score, stake))| (key, (verified / stake, score / stake)))
            .collect();
        Ok(())
    }

    fn earned(&self, netuid: NetUid, hotkey: &AccountId) -> Alpha {
        self.earned.get(&(netuid, hotkey.0)).copied().unwrap_or_default()
    }

    fn price(&self, netuid: NetUid) -> Price {
        self.prices.get(&netuid).copied().unwrap_or_default()
    }

    /// What somebody earned, in native tokens at the spot price at the end.
    fn native_value(&self, netuid: NetUid, hotkey: &AccountId) -> Balance {
        self.price(netuid).value_of(self.earned(netuid, hotkey))
    }

    fn neuron(&self, netuid: NetUid, hotkey: &AccountId) -> Option<&alun_client::Neuron> {
        self.metagraphs.get(&netuid)?.neurons.iter().find(|neuron| neuron.hotkey == *hotkey)
    }

    fn means(&self, miner: &Miner) -> (f64, f64) {
        let key = (miner.netuid, miner.hotkey.account().to_string());
        self.means.get(&key).copied().unwrap_or((0.0, 0.0))
    }

    /// The file that `--json` writes; its shape is in `docs/localnet.md`.
    pub(crate) fn json(&self, population: &Population) -> serde_json::Value {
        let subnets: Vec<_> =
            NetUids::ALL.iter().map(|&netuid| self.subnet_json(netuid, population)).collect();
        serde_json::json!({
            "blocks": self.blocks,
            "finalized": self.finalized,
            "epochs": NetUids::ALL.iter().map(|&netuid| self.paid_epochs(netuid)).min(),
            "peak_pss_bytes": self.peak_pss,
            "subnets": subnets,
        })
    }

    fn subnet_json(&self, netuid: NetUid, population: &Population) -> serde_json::Value {
        let validators: Vec<_> = population
            .validators
            .iter()
            .map(|validator| {
                let hotkey = validator.hotkey.account();
                let dividends = self.neuron(netuid, &hotkey).map_or(0, |neuron| neuron.dividends);
                serde_json::json!({
                    "hotkey": hotkey.to_string(),
                    "dividends_u16": dividends,
                    "earned": self.earned(netuid, &hotkey),
                    "native_value": self.native_value(netuid, &hotkey),
                })
            })
            .collect();
        let miners: Vec<_> = population
            .miners_of(netuid)
            .map(|miner| {
                let hotkey = miner.hotkey.account();
                let neuron = self.neuron(netuid, &hotkey);
                let (verified, score) = self.means(miner);
                serde_json::json!({
                    "hotkey": hotkey.to_string(),
                    "uid": neuron.map(|neuron| neuron.uid.0),
                    "strategy": miner.strategy.name(),
                    "verified": verified,
                    "score": score,
                    "incentive_u16": neuron.map_or(0, |neuron| neuron.incentive),
                    "earned": self.earned(netuid, &hotkey),
                    "native_value": self.native_value(netuid, &hotkey),
                })
            })
            .collect();
        let task = if netuid == NetUids::EMBEDDING { "embedding" } else { "generation" };
        serde_json::json!({
            "netuid": netuid.0,
            "task": task,
            "price": self.price(netuid).as_f64(),
            "validators": validators,
            "miners": miners,
        })
    }

    /// The table for people.
    pub(crate) fn table(&self, population: &Population) -> String {
        let mut text = String::new();
        for netuid in NetUids::ALL {
            let task = if netuid == NetUids::EMBEDDING { "embedding" } else { "generation" };
            let _ = writeln!(
                text,
                "\nSubnet {netuid}, {task}: {} epochs paid by scores; one α{netuid} costs {} ALUN",
                self.paid_epochs(netuid),
                self.price(netuid)
            );
            let _ = writeln!(
                text,
                "  {:<4} {:<12} {:>9} {:>7} {:>10} {:>18} {:>14}  why",
                "uid",
                "who",
                "verified",
                "score",
                "of 65535",
                format!("earned (α{netuid})"),
                "worth (ALUN)"
            );
            for miner in population.miners_of(netuid) {
                text.push_str(&self.miner_line(miner));
            }
            for validator in &population.validators {
                text.push_str(&self.validator_line(netuid, validator));
            }
        }
        let _ = writeln!(
            text,
            "\n{} blocks, {} final; all processes together at most {} MiB (PSS)",
            self.blocks,
            self.finalized,
            self.peak_pss >> 20
        );
        text
    }

    fn miner_line(&self, miner: &Miner) -> String {
        let hotkey = miner.hotkey.account();
        let neuron = self.neuron(miner.netuid, &hotkey);
        let (verified, score) = self.means(miner);
        let why = match miner.strategy {
            Strategy::Honest => "right answers in time",
            Strategy::Perturbed => "answers fail verification",
            Strategy::Copier => "answers of another question fail verification",
            Strategy::Slow => "right answers, late: speed is part of the score",
            Strategy::Down => "not reachable",
            Strategy::Substitute => "a model rounded to four bits fails verification",
            Strategy::Truncate => "half an answer fails verification",
            Strategy::Stale => "an old answer fails verification",
            Strategy::Proxy => "honest miners refuse whoever has no permit",
            Strategy::Colluder => "every other answer was another's and fails verification",
        };
        format!(
            "  {:<4} {:<12} {:>9.3} {:>7.3} {:>10} {:>18} {:>14}  {why}\n",
            neuron.map_or("-".into(), |neuron| neuron.uid.to_string()),
            miner.strategy.name(),
            verified,
            score,
            neuron.map_or(0, |neuron| neuron.incentive),
            Tokens(self.earned(miner.netuid, &hotkey).0).to_string(),
            Tokens(self.native_value(miner.netuid, &hotkey)).to_string(),
        )
    }

    fn validator_line(&self, netuid: NetUid, validator: &Validator) -> String {
        let hotkey = validator.hotkey.account();
        let neuron = self.neuron(netuid, &hotkey);
        format!(
            "  {:<4} {:<12} {:>9} {:>7} {:>10} {:>18} {:>14}  validator, {} ALUN on root, {} here\n",
            neuron.map_or("-".into(), |neuron| neuron.uid.to_string()),
            validator.name,
            "",
            "",
            neuron.map_or(0, |neuron| neuron.dividends),
            Tokens(self.earned(netuid, &hotkey).0).to_string(),
            Tokens(self.native_value(netuid, &hotkey)).to_string(),
            Tokens(validator.stake),
            Tokens(validator.on_subnet()),
        )
    }

    /// An error unless every honest miner out-earned every other one and every validator earned.
    pub(crate) fn verdict(&self, population: &Population) -> Result<()> {
        if let Some(fault) = self.faults.first() {
            bail!("{} went wrong; the first: {fault}", self.faults.len());
        }
        for netuid in NetUids::ALL {
            let earned = |miner: &Miner| self.earned(netuid, &miner.hotkey.account());
            let of = |honest: bool| {
                population
                    .miners_of(netuid)
                    .filter(move |miner| (miner.strategy == Strategy::Honest) == honest)
            };
            let least = of(true).map(earned).min().unwrap_or_default();
            for cheat in of(false) {
                if earned(cheat) >= least {
                    bail!(
                        "on subnet {netuid} the {} miner earned {} α{netuid} and an honest one only {}",
                        cheat.strategy.name(),
                        Tokens(earned(cheat).0),
                        Tokens(least.0)
                    );
                }
            }
            for validator in &population.validators {
                if self.earned(netuid, &validator.hotkey.account()).is_zero() {
                    bail!("on subnet {netuid} {} earned nothing", validator.name);
                }
            }
        }
        Ok(())
    }
}
