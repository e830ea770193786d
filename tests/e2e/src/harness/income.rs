//! Whether `alun history` says what the chain has: every account and position, to the unit.

use super::{binary, run};
use alun_client::{AccountId, At, Chain, NetUid, PlainEvent};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

/// Long enough for all blocks of a run on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

/// Whose position, on whom, where.
type Place = (String, String, u64);

/// What was held against the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// Accounts.
    pub accounts: usize,
    /// Positions, those that are empty by now included.
    pub positions: usize,
    /// Entries.
    pub entries: usize,
}

/// What the events say, added up without the indexer.
#[derive(Debug, Default)]
struct Told {
    /// By position and kind of entry.
    flows: BTreeMap<(Place, &'static str), i128>,
    /// By pool: rewards sent on their way.
    rewards: BTreeMap<(String, u64), i128>,
    /// The first block with such a reward.
    first: Option<u32>,
    /// Hotkeys that were swapped, and what for.
    swaps: BTreeMap<String, String>,
}

impl Told {
    fn add(&mut self, number: u32, event: &PlainEvent) {
        let who = |name: &str| event.account(name).map(|who| who.to_string()).unwrap_or_default();
        let net = |name: &str| event.number(name).and_then(|net| u64::try_from(net).ok());
        let amount = |name: &str| event.number(name).unwrap_or(0) as i128;
        let (cold, hot, on) = (who("coldkey"), who("hotkey"), net("netuid").unwrap_or(0));
        let mut flow = |cold: String, hot: String, on: u64, kind, amount: i128| {
            *self.flows.entry(((cold, hot, on), kind)).or_default() += amount;
        };
        let all = amount("amount");
        match event.name.as_str() {
            "StakeAdded" => flow(cold, hot, on, "stake_added", all),
            "StakeRemoved" => flow(cold, hot, on, "removed", -all),
            "IncentivePaid" => flow(cold, hot, on, "incentive_paid", all),
            "OwnerCutPaid" => flow(cold, hot, on, "owner_cut_paid", all),
            "StakeMoved" => {
                flow(cold.clone(), who("from"), on, "stake_moved", -all);
                flow(cold, who("to"), on, "stake_moved", all);
            }
            "StakeTransferred" => {
                flow(who("from"), hot.clone(), on, "stake_transferred", -all);
                flow(who("to"), hot, on, "stake_transferred", all);
            }
            "StakeSwapped" => {
                let (from, to) = (net("from").unwrap_or(0), net("to").unwrap_or(0));
                flow(cold.clone(), hot.clone(), from, "stake_swapped", -all);
                flow(cold, hot, to, "stake_swapped", amount("received"));
            }
            "HotkeySwapped" => {
                self.swaps.insert(who("old"), who("new"));
            }
            "RewardAdded" => {
                self.first = self.first.or(Some(number));
                *self.rewards.entry((hot, on)).or_default() += all;
            }
            _ => {}
        }
    }
}

impl Told {
    /// What a hotkey is called by now.
    fn name(&self, hotkey: &str) -> String {
        let mut name = hotkey;
        while let Some(next) = self.swaps.get(name) {
            name = next;
        }
        name.to_owned()
    }

    /// All who had a position.
    fn accounts(&self) -> Result<Vec<[u8; 32]>> {
        let parse = |((cold, ..), _): &(Place, _)| Ok(cold.parse::<AccountId>()?.0);
        self.flows.keys().map(parse).collect()
    }

    /// Calls all hotkeys by what they are called by now.
    fn rename(&mut self) {
        for (((cold, hot, on), kind), amount) in std::mem::take(&mut self.flows) {
            let hot = self.name(&hot);
            *self.flows.entry(((cold, hot, on), kind)).or_default() += amount;
        }
        for ((hot, on), amount) in std::mem::take(&mut self.rewards) {
            let hot = self.name(&hot);
            *self.rewards.entry((hot, on)).or_default() += amount;
        }
    }
}

/// Indexes up to a block.
pub async fn index(url: &str, db: &Path, to: u32) -> Result<()> {
    let (db, to) = (db.display().to_string(), to.to_string());
    let line = ["indexer", "run", "--url", url, "--db", &db, "--until", &to];
    run(&binary("alun")?, &line, &[], LIMIT).await?.success().map(|_| ())
}

/// What `alun history --json` says of a coldkey up to a block: a list of pages.
pub async fn history(db: &Path, account: &AccountId, to: u32) -> Result<Value> {
    let db = db.display().to_string();
    let (account, to) = (account.to_string(), to.to_string());
    let line = ["history", "--coldkey", &account, "--to", &to, "--db", &db, "--json"];
    run(&binary("alun")?, &line, &[], LIMIT).await?.success()?.json()
}

/// Holds an index against the chain at a block: every account that there is, each of its
/// positions, and each kind of entry against the events of all blocks.
pub async fn check_income(chain: &Chain, db: &Path, to: u32) -> Result<Income> {
    let mut told = Told::default();
    for number in 1..=to {
        for event in chain.at_number(number).await?.plain_events().await? {
            if matches!(event.pallet.as_str(), "Stake" | "Emission" | "Keys") {
                told.add(number, &event);
            }
        }
    }
    told.rename();
    let at = chain.at_number(to).await?;
    let mut found = Income::default();
    let mut flows = BTreeMap::new();
    let mut rewards: BTreeMap<(String, u64), i128> = BTreeMap::new();
    // Those that are gone by now had an income too.
    let mut accounts: BTreeSet<[u8; 32]> = at.accounts().await?.iter().map(|who| who.0).collect();
    accounts.extend(told.accounts()?);
    for account in accounts.into_iter().map(AccountId::from) {
        found.accounts += 1;
        let pages = history(db, &account, to).await?;
        ensure!(pages.as_array().is_some_and(|pages| pages.len() == 1), "pages: {pages}");
        check_closings(&at, &account, &pages[0]).await?;
        for statement in pages[0]["statements"].as_array().into_iter().flatten() {
            let entries = statement["entries"].as_array().context("no entries")?;
            found.entries += entries.len();
            let Some(hotkey) = statement["hotkey"].as_str() else { continue };
            found.positions += 1;
            let on = statement["netuid"].as_u64().context("no netuid")?;
            for entry in entries {
                let amount = i128::from(entry["amount"].as_i64().context("no amount")?);
                let kind = entry["kind"].as_str().context("no kind")?;
                if kind == "reward" {
                    let early = entry["block"].as_u64() <= told.first.map(u64::from);
                    ensure!(told.first.is_some() && !early, "{account}: no reward yet: {entry}");
                    *rewards.entry((hotkey.into(), on)).or_default() += amount;
                } else if let Some(kind) = flow_of(kind) {
                    let place = (account.to_string(), hotkey.to_owned(), on);
                    *flows.entry((place, kind)).or_default() += amount;
                }
            }
        }
    }
    told.flows.retain(|_, amount| *amount != 0);
    flows.retain(|_, amount: &mut i128| *amount != 0);
    let odd: Vec<_> =
        flows.iter().filter(|(place, n)| told.flows.get(*place) != Some(*n)).collect();
    let lost: Vec<_> = told.flows.keys().filter(|place| !flows.contains_key(*place)).collect();
    ensure!(odd.is_empty() && lost.is_empty(), "the history says {odd:?}, and nothing of {lost:?}");
    for (pool, amount) in rewards {
        let sent = told.rewards.get(&pool).copied().unwrap_or(0);
        ensure!(amount <= sent, "{pool:?}: {sent} sent, {amount} told");
    }
    Ok(found)
}

fn flow_of(kind: &str) -> Option<&'static str> {
    ["stake_added", "incentive_paid", "owner_cut_paid", "stake_moved", "stake_transferred"]
        .into_iter()
        .chain(["stake_swapped"])
        .find(|known| *known == kind)
        .or(matches!(kind, "stake_removed" | "stake_burned" | "paid_out" | "redeemed")
            .then_some("removed"))
}

/// Each statement of a page adds up, explains everything, and closes with what the chain has.
async fn check_closings(at: &At, account: &AccountId, page: &Value) -> Result<()> {
    let balance = at.balance(account).await?;
    let mut positions: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for one in at.stake_of(account).await? {
        let NetUid(netuid) = one.netuid;
        positions.insert((one.hotkey.to_string(), netuid.into()), one.value);
    }
    let mut native = false;
    for statement in page["statements"].as_array().context("no statements")? {
        let entries = statement["entries"].as_array().context("no entries")?;
        let sum: i64 = entries.iter().filter_map(|entry| entry["amount"].as_i64()).sum();
        let opening = statement["opening"].as_i64().context("no opening")?;
        let closing = statement["closing"].as_i64().context("no closing")?;
        ensure!(opening + sum == closing, "{account}: {statement}");
        for entry in entries {
            ensure!(entry["kind"] != "unexplained", "{account}: {entry} in {statement}");
        }
        let chain = match statement["hotkey"].as_str() {
            None => {
                native = true;
                balance.free + balance.reserved
            }
            Some(hotkey) => {
                let netuid = statement["netuid"].as_u64().context("no netuid")?;
                positions.remove(&(hotkey.to_owned(), netuid)).unwrap_or(0)
            }
        };
        ensure!(u64::try_from(closing)? == chain, "{account}: the chain has {chain}: {statement}");
    }
    positions.retain(|_, value| *value > 0);
    ensure!(native, "{account}: no tokens told");
    ensure!(positions.is_empty(), "{account}: no history of {positions:?}");
    Ok(())
}
