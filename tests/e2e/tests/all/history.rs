//! Income history against the chain: every account and position of a run, to the unit, also when
//! the indexer was killed on the way.

use alun_client::{
    calls::{AddStake, Register, TransferKeepAlive},
    AccountId, NetUid, UNIT,
};
use alun_e2e::harness::{
    binary, embedding_task, run, short_epochs, Market, Participant, Process, Priority, MAX_PRICE,
};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, time::Duration};

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn history_should_add_up_to_the_chain_when_the_indexer_was_killed() -> Result<()> {
    let market = Market::start().await?;
    let to = live(&market).await?;
    let folder = market.folder();
    let (whole, cut) = (folder.join("whole.redb"), folder.join("cut.redb"));
    index(&market, &whole, to / 2).await?;
    index(&market, &whole, to).await?;
    for wait in [300, 500, 800] {
        let mut arguments = arguments(&market, &cut);
        arguments.extend(["--until".into(), to.to_string()]);
        let name = format!("cut-{wait}");
        let process = Process::start(
            &name, &binary("alun")?, &arguments, &[], folder, Priority::First,
        )?;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        // Dropping would ask it to end: this does not.
        let _ = std::process::Command::new("kill").args(["-9", &process.id().to_string()]).status();
        drop(process);
    }
    index(&market, &cut, to).await?;

    let at = market.chain.at_number(to).await?;
    let mut accounts = 0;
    for account in at.accounts().await? {
        let told = history(&whole, &account, to).await?;
        ensure!(told == history(&cut, &account, to).await?, "{account}: another history after kills");
        let balance = at.balance(&account).await?;
        let mut positions: BTreeMap<(String, u64), u64> = BTreeMap::new();
        for one in at.stake_of(&account).await? {
            positions.insert((one.hotkey.to_string(), one.netuid.0.into()), one.value);
        }
        for statement in told[0]["statements"].as_array().context("no statements")? {
            let entries = statement["entries"].as_array().context("no entries")?;
            let sum: i64 = entries.iter().filter_map(|entry| entry["amount"].as_i64()).sum();
            let opening = statement["opening"].as_i64().context("no opening")?;
            let closing = statement["closing"].as_i64().context("no closing")?;
            ensure!(opening + sum == closing, "{account}: {statement}");
            for entry in entries {
                ensure!(entry["kind"] != "unexplained", "{account}: {entry}");
                ensure!(entry["kind"] != "rounding" || entry["amount"].as_i64() > Some(-10), "{entry}");
            }
            let chain = match statement["hotkey"].as_str() {
                None => balance.free + balance.reserved,
                Some(hotkey) => {
                    let netuid = statement["netuid"].as_u64().context("no netuid")?;
                    positions.remove(&(hotkey.to_owned(), netuid)).unwrap_or(0)
                }
            };
            ensure!(u64::try_from(closing)? == chain, "{account}: the chain has {chain}: {statement}");
        }
        ensure!(positions.is_empty(), "{account}: no history of {positions:?}");
        accounts += 1;
    }
    println!("history: {accounts} accounts, 0 units off");
    ensure!(accounts > 8, "{accounts} accounts");
    Ok(())
}

/// Staking, paying, epochs; returns a finalized block.
async fn live(market: &Market) -> Result<u32> {
    let owner = Participant::new("owner")?;
    let several = Participant::several("worker", 3)?;
    let mut all = vec![owner.clone()];
    all.extend(several.iter().cloned());
    market.fund_participants(&all, 6_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(5)).await?;
    for one in &several {
        market.join(netuid, one, 1_000 * UNIT).await?;
    }
    market.open(netuid, &owner).await?;
    let hotkey = several[0].hot.account();
    for net in [netuid, NetUid::ROOT] {
        let add = AddStake { hotkey, netuid: net, amount: 20 * UNIT, min_received: 0 };
        market.submit(&several[1].cold, &add).await?;
    }
    let transfer = TransferKeepAlive::new(several[2].cold.account(), 7 * UNIT);
    market.submit(&several[1].cold, &transfer).await?;
    // A refused call costs its fee.
    let twice = Register { netuid, hotkey, max_price: MAX_PRICE };
    ensure!(market.submit(&several[0].cold, &twice).await.is_err(), "registered twice");
    let url = &market.node.url;
    for line in [
        format!("stake move {hotkey} {} 5 --netuid {netuid}", several[2].hot.account()),
        format!("stake transfer {hotkey} {} 5 --netuid 0", several[2].cold.account()),
        format!("stake swap {hotkey} 2 --from 0 --to {netuid}"),
        format!("stake remove {hotkey} 1 --netuid {netuid}"),
        format!("pay --netuid {netuid} 1"),
    ] {
        let mut words: Vec<String> = line.split_whitespace().map(String::from).collect();
        let coldkey = several[1].cold.uri.clone();
        words.extend(["--yes".into(), "--url".into(), url.clone(), "--wallet".into(), coldkey]);
        let ended = run(&binary("alun")?, &words, &[], LIMIT).await?;
        ended.success().with_context(|| line.clone())?;
    }
    let ran = market.epoch_ran(netuid, 3, LIMIT).await?;
    let end = ran + 6;
    loop {
        if market.chain.finalized().await?.number() >= end {
            return Ok(end);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn arguments(market: &Market, db: &Path) -> Vec<String> {
    let db = db.display().to_string();
    ["indexer", "run", "--url", &market.node.url, "--db", &db].map(String::from).into()
}

async fn index(market: &Market, db: &Path, to: u32) -> Result<()> {
    let mut arguments = arguments(market, db);
    arguments.extend(["--until".into(), to.to_string()]);
    run(&binary("alun")?, &arguments, &[], LIMIT).await?.success().map(|_| ())
}

async fn history(db: &Path, account: &AccountId, to: u32) -> Result<Value> {
    let db = db.display().to_string();
    let (account, to) = (account.to_string(), to.to_string());
    let line = ["history", "--coldkey", &account, "--to", &to, "--db", &db, "--json"];
    run(&binary("alun")?, &line, &[], LIMIT).await?.success()?.json()
}
