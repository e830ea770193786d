//! Whether `alun explain` says what the chain paid: every neuron's parts against the events. Amounts
//! are of the subnet's alpha.

use super::{binary, run};
use alun_client::{BlockNumber, Event, NetUid};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Long enough for one explanation on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What events say that one neuron was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Paid {
    incentive: u64,
    dividends: u64,
    take: u64,
    root: u64,
    subnet: u64,
    burned: u64,
}

/// What events say of one epoch.
#[derive(Clone, Debug, Default)]
struct Epoch {
    neurons: BTreeMap<u64, Paid>,
    owner_cut: u64,
    burned: u64,
}

/// What events say that epochs paid, to be held against what `alun explain` says.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    epochs: HashMap<(NetUid, u64), Epoch>,
    /// The last epoch of each subnet that ran, and its block.
    last: HashMap<NetUid, (u64, BlockNumber)>,
}

impl Ledger {
    /// Notes an event of block `block`. Blocks come in their order.
    pub fn add(&mut self, block: BlockNumber, event: &Event) {
        match event {
            Event::IncentivePaid(paid) => {
                let epoch = self.epochs.entry((paid.netuid, paid.epoch)).or_default();
                epoch.neurons.entry(paid.uid.0.into()).or_default().incentive += paid.amount.0;
            }
            Event::DividendsPaid(paid) => {
                let epoch = self.epochs.entry((paid.netuid, paid.epoch)).or_default();
                let neuron = epoch.neurons.entry(paid.uid.0.into()).or_default();
                neuron.dividends += paid.amount.0;
                neuron.take += paid.take.0;
                neuron.root += paid.root.0;
                neuron.subnet += paid.subnet.0;
                neuron.burned += paid.burned.0;
                epoch.burned += paid.burned.0;
            }
            Event::OwnerCutPaid(paid) => {
                self.epochs.entry((paid.netuid, paid.epoch)).or_default().owner_cut +=
                    paid.amount.0;
            }
            Event::EmissionBurned(paid) => {
                self.epochs.entry((paid.netuid, paid.epoch)).or_default().burned += paid.amount.0;
            }
            Event::EpochRan(ran) => {
                self.last.insert(ran.netuid, (ran.epoch, block));
            }
            _ => {}
        }
    }

    /// Runs `alun explain` for the last epoch of a subnet and every neuron in it. An error unless
    /// all parts add up and are what events said. Returns the number of neurons.
    pub async fn check(&self, url: &str, netuid: NetUid) -> Result<usize> {
        let (number, block) = *self.last.get(&netuid).context("no epoch ran")?;
        let nothing = Epoch::default();
        let epoch = self.epochs.get(&(netuid, number)).unwrap_or(&nothing);
        let place = format!("--netuid {netuid} --at {block}");
        let told = explain(url, &format!("subnet {place}")).await?;
        ensure!(told["epoch"]["epoch"] == number, "epoch {number} expected: {told}");
        ensure!(told["adds_up"] == true, "it does not add up: {told}");
        let payout = &told["payout"];
        ensure!(payout["owner_cut"] == epoch.owner_cut, "{epoch:?}: {payout}");
        ensure!(payout["burned"] == epoch.burned, "{epoch:?}: {payout}");
        let neurons = told["neurons"].as_array().context("no neurons")?;
        for line in neurons {
            let uid = line["uid"].as_u64().context("no uid")?;
            let paid = epoch.neurons.get(&uid).copied().unwrap_or_default();
            same(paid, &line["pay"])?;
            let told = explain(url, &format!("neuron {place} {uid}")).await?;
            same(paid, &told["pay"])?;
            ensure!(told["adds_up"] == true, "it does not add up: {told}");
            ensure!(sum(&told["scores"]) == paid.incentive, "{paid:?}: {told}");
            let by_bonds = told["by_stake"] == true || sum(&told["bonds"]) == paid.dividends;
            ensure!(by_bonds, "{paid:?}: {told}");
            let sentences = told["sentences"].as_array().context("no sentences")?;
            ensure!(!sentences.is_empty(), "not a word: {told}");
        }
        Ok(neurons.len())
    }
}

async fn explain(url: &str, line: &str) -> Result<Value> {
    let mut arguments = vec!["explain", "--json", "--url", url];
    arguments.extend(line.split_whitespace());
    let ended = run(&binary("alun")?, &arguments, &[], LIMIT).await?;
    ended.success().and_then(|ended| ended.json()).with_context(|| format!("alun explain {line}"))
}

fn sum(lines: &Value) -> u64 {
    lines.as_array().into_iter().flatten().filter_map(|line| line["paid"].as_u64()).sum()
}

fn same(paid: Paid, told: &Value) -> Result<()> {
    let Paid { incentive, dividends, take, root, subnet, burned } = paid;
    let events = [
        ("incentive", incentive),
        ("dividends", dividends),
        ("take", take),
        ("root", root),
        ("subnet", subnet),
        ("burned", burned),
    ];
    for (name, amount) in events {
        ensure!(told[name] == amount, "events say {name} {amount}, the explanation {told}");
    }
    Ok(())
}
