//! Income history against the chain: every account and position of a run, to the unit, also when
//! the indexer was killed on the way.

use alun_client::{
    calls::{AddStake, AnnounceColdkeySwap, ExecuteColdkeySwap, Register, TransferKeepAlive},
    coldkey_hash, swap_hotkey, AccountId, Event, NetUid, UNIT,
};
use alun_e2e::harness::{
    binary, check_income, embedding_task, free_port, history, index, run, short_epochs, wait_until,
    Income, Market, Participant, Priority, Process, MAX_PRICE,
};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn history_should_add_up_to_the_chain_when_the_indexer_was_killed() -> Result<()> {
    let market = Market::start().await?;
    let to = live(&market).await?;
    let folder = market.folder();
    let (whole, cut) = (folder.join("whole.redb"), folder.join("cut.redb"));
    index(&market.node.url, &whole, to / 2).await?;
    index(&market.node.url, &whole, to).await?;
    killed_on_the_way(&market, &cut, to).await?;
    index(&market.node.url, &cut, to).await?;

    for account in market.chain.at_number(to).await?.accounts().await? {
        let told = history(&whole, &account, to).await?;
        ensure!(
            told == history(&cut, &account, to).await?,
            "{account}: another history after kills"
        );
    }
    let Income { accounts, positions, entries } = check_income(&market.chain, &whole, to).await?;
    println!("history: {accounts} accounts, {positions} positions, {entries} entries, 0 units off");
    ensure!(accounts > 8 && positions > 8, "{accounts} accounts, {positions} positions");

    check_income(&market.chain, &whole, to / 2).await?;
    openings_are_the_chains(&market, &whole, (to / 2, to)).await?;
    swapped_keys_have_one_history(&whole, to).await?;
    let cold = Participant::several("worker", 3)?.remove(1).cold.account();
    csv_adds_up(&whole, &cold, to).await?;
    served(&market, &whole, &cold, to).await
}

/// Kills the indexer three times, each further on, and sees that it goes on from there.
async fn killed_on_the_way(market: &Market, db: &Path, to: u32) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut reached = 0;
    for part in 1..=3 {
        let goal = to / 4 * part;
        let port = free_port()?;
        let mut arguments = arguments(market, db);
        arguments.extend(["--listen".into(), format!("127.0.0.1:{port}")]);
        let (name, alun) = (format!("cut-{part}"), binary("alun")?);
        let mut process =
            Process::start(&name, &alun, &arguments, &[], market.folder(), Priority::First)?;
        let url = format!("http://127.0.0.1:{port}/v1/status");
        let before = reached;
        let end = Instant::now() + LIMIT;
        while reached < goal {
            process.check()?;
            ensure!(Instant::now() < end, "block {goal} is not indexed within {LIMIT:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
            let Ok(answer) = http.get(&url).send().await else { continue };
            let status: Value = answer.json().await?;
            let block = status["block"].as_u64().unwrap_or(0);
            ensure!(block >= u64::from(before), "block {before} was indexed, now it is at {block}");
            reached = u32::try_from(block)?;
        }
        process.kill()?;
    }
    println!("killed thrice, the last time after block {reached} of {to}");
    Ok(())
}

/// What an account opens with in the middle is what it had then.
async fn openings_are_the_chains(market: &Market, db: &Path, (from, to): (u32, u32)) -> Result<()> {
    let at = market.chain.at_number(from).await?;
    let (db, from, to) = (db.display().to_string(), from.to_string(), to.to_string());
    let mut positions = 0;
    for account in at.accounts().await? {
        let who = account.to_string();
        let mut line = vec!["history", "--coldkey", &who, "--from", &from, "--to", &to];
        line.extend(["--db", &db, "--json"]);
        let told = run(&binary("alun")?, &line, &[], LIMIT).await?.success()?.json()?;
        let balance = at.balance(&account).await?;
        let mut had: BTreeMap<u64, u64> = [(u64::MAX, balance.free + balance.reserved)].into();
        for one in at.stake_of(&account).await? {
            *had.entry(one.netuid.0.into()).or_default() += one.value;
        }
        for one in told[0]["statements"].as_array().context("no statements")? {
            let on = one["netuid"].as_u64().unwrap_or(u64::MAX);
            let opening = one["opening"].as_u64().context("no opening")?;
            let left = had.get(&on).copied().unwrap_or(0).checked_sub(opening);
            had.insert(on, left.with_context(|| format!("{account} had less at {from}: {one}"))?);
            positions += 1;
        }
        had.retain(|_, left| *left > 0);
        ensure!(had.is_empty(), "{account}: {had:?} of block {from} is not among {told}");
    }
    ensure!(positions > 8, "{positions} openings");
    Ok(())
}

/// Page after page, each opens with what the last one closed with, and together they are the whole.
async fn pages_are_the_whole(http: &reqwest::Client, path: &str, whole: &Value) -> Result<()> {
    let flows = |pages: &[Value]| -> Result<BTreeMap<(Option<u64>, String), i64>> {
        let mut sums = BTreeMap::new();
        for one in pages.iter().filter_map(|page| page["statements"].as_array()).flatten() {
            for entry in one["entries"].as_array().context("no entries")? {
                let kind = entry["kind"].as_str().context("no kind")?;
                // A page that ends while a reward flows in has a part of it, rounded by itself.
                let kind = if kind == "rounding" { "reward" } else { kind };
                let amount = entry["amount"].as_i64().context("no amount")?;
                *sums.entry((one["netuid"].as_u64(), kind.to_owned())).or_default() += amount;
            }
        }
        Ok(sums)
    };
    let native = |page: &Value, which: &str| {
        let all = page["statements"].as_array().into_iter().flatten();
        all.filter(|one| one["netuid"].is_null()).find_map(|one| one[which].as_u64())
    };
    let (mut pages, mut from) = (Vec::<Value>::new(), 0);
    loop {
        let page: Value = http
            .get(format!("{path}&from={from}&limit=5"))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        if let Some(last) = pages.last() {
            ensure!(native(last, "closing") == native(&page, "opening"), "{last}, then {page}");
        }
        let next = page["next"].as_u64();
        ensure!(next.is_none_or(|next| next > from), "from {from} on to {next:?}");
        pages.push(page);
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    ensure!(pages.len() > 3, "{} pages", pages.len());
    let (one, other) = (flows(&pages)?, flows(std::slice::from_ref(whole))?);
    ensure!(one == other, "{} pages say {one:?}, the whole {other:?}", pages.len());
    Ok(())
}

/// By its new name a hotkey has what it earned by its old one, and an heir what he was left.
async fn swapped_keys_have_one_history(db: &Path, to: u32) -> Result<()> {
    let (old, new) = (Participant::several("worker", 3)?.remove(2), "worker-2-new");
    let new = Participant::new(new)?.hot.account();
    let told = history(db, &old.cold.account(), to).await?;
    let on = |hotkey: &AccountId| {
        let name = hotkey.to_string();
        let all = told[0]["statements"].as_array();
        all.map_or(0, |all| all.iter().filter(|one| one["hotkey"] == name.as_str()).count())
    };
    ensure!(on(&old.hot.account()) == 0 && on(&new) == 2, "{told}");
    let db_path = db.display().to_string();
    let mut both = Vec::new();
    for hotkey in [old.hot.account(), new] {
        let (hotkey, to) = (hotkey.to_string(), to.to_string());
        let line = ["history", "--hotkey", &hotkey, "--to", &to, "--db", &db_path, "--json"];
        let told = run(&binary("alun")?, &line, &[], LIMIT).await?.success()?.json()?;
        let stakes = told[0]["statements"].as_array().context("no statements")?.iter();
        both.push(stakes.filter(|one| !one["hotkey"].is_null()).cloned().collect::<Vec<_>>());
    }
    ensure!(both[0] == both[1] && both[0].len() == 2, "{both:?}");
    let heir = history(db, &Participant::new("heir")?.cold.account(), to).await?;
    let kinds = heir.to_string();
    ensure!(kinds.contains("coldkey_swapped") && kinds.contains("stake_transferred"), "{heir}");
    Ok(())
}

/// Each statement of the lines with commas: opening, entries, closing.
async fn csv_adds_up(db: &Path, account: &AccountId, to: u32) -> Result<()> {
    let (db, account, to) = (db.display().to_string(), account.to_string(), to.to_string());
    let line = ["history", "--coldkey", &account, "--to", &to, "--db", &db, "--csv"];
    let ended = run(&binary("alun")?, &line, &[], LIMIT).await?.success()?;
    let mut lines = ended.stdout.lines();
    let heading = "block,account,hotkey,netuid,token,kind,amount,with";
    ensure!(lines.next() == Some(heading), "{}", ended.stdout);
    let (mut sum, mut closed) = (0, 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        ensure!(cells.len() == 8 && cells[1] == account, "{line}");
        let amount: i64 = cells[6].parse().with_context(|| line.to_owned())?;
        match cells[5] {
            "opening" => sum = amount,
            "closing" => {
                ensure!(sum == amount, "{line}: {sum}");
                closed += 1;
            }
            _ => sum += amount,
        }
    }
    ensure!(closed > 3, "{closed} statements");
    Ok(())
}

/// What is served is what the database says, and has the shapes that are described.
async fn served(market: &Market, db: &Path, account: &AccountId, to: u32) -> Result<()> {
    let told = history(db, account, to).await?;
    let port = free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let mut arguments = arguments(market, db);
    arguments.extend(["--listen".into(), format!("127.0.0.1:{port}")]);
    let alun = binary("alun")?;
    let _served =
        Process::start("served", &alun, &arguments, &[], market.folder(), Priority::First)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let described: Value = wait_until("the indexer answers", LIMIT, || async {
        let Ok(answer) = http.get(format!("{url}/openapi.json")).send().await else {
            return Ok(None);
        };
        Ok(Some(answer.json().await?))
    })
    .await?;
    let path = format!("{url}/v1/history/coldkey/{account}?to={to}");
    let answer: Value = http.get(&path).send().await?.error_for_status()?.json().await?;
    ensure!(answer == told[0], "served {answer}, the database says {}", told[0]);
    pages_are_the_whole(&http, &path, &told[0]).await?;
    for (path, name) in [(path, "History"), (format!("{url}/v1/status"), "Status")] {
        let answer: Value = http.get(&path).send().await?.json().await?;
        fits(&answer, &described["components"]["schemas"][name], &described)?;
    }
    let bad = format!("{url}/v1/history/coldkey/{account}?to=4000000000");
    let answer = http.get(&bad).send().await?;
    ensure!(answer.status() == 400, "{answer:?}");
    fits(&answer.json().await?, &described["components"]["schemas"]["Error"], &described)?;
    let account = account.to_string();
    for (limit, code) in [(to.to_string(), 0), ("4000000000".into(), 2)] {
        let line = ["history", "--coldkey", &account, "--to", &limit, "--indexer", &url, "--json"];
        let ended = run(&alun, &line, &[], LIMIT).await?;
        ensure!(ended.code == Some(code), "{ended:?}");
        ensure!(code != 0 || ended.json()? == told, "`alun history --indexer` says another thing");
    }
    // A day that is not over ends with what there is.
    let today = run(Path::new("date"), &["-u", "+%F"], &[], LIMIT).await?.success()?.stdout;
    let mut line = vec!["history", "--coldkey", &account, "--to", today.trim(), "--indexer", &url];
    line.extend(["--json", "--url", &market.node.url]);
    let ended = run(&alun, &line, &[], LIMIT).await?.success()?;
    let last = ended.json()?[0]["to"].as_u64().context("no end")?;
    ensure!(last >= u64::from(to), "today ends with {last}, {to} is indexed");
    // Where nothing is, nothing is made.
    let nowhere = market.folder().join("nowhere.redb");
    let line = ["history", "--coldkey", &account, "--db", &nowhere.display().to_string()];
    let ended = run(&alun, &line, &[], LIMIT).await?;
    ensure!(ended.code == Some(3) && ended.stderr.contains("nowhere.redb"), "{ended:?}");
    ensure!(!nowhere.exists(), "a database was made");
    // The database has one owner at a time.
    let db = db.display().to_string();
    let ended = run(&alun, &["history", "--coldkey", &account, "--db", &db], &[], LIMIT).await?;
    ensure!(ended.code == Some(10), "{ended:?}");
    Ok(())
}

/// A value against a schema: types, required fields, no others.
fn fits(value: &Value, schema: &Value, all: &Value) -> Result<()> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return fits(value, &all["components"]["schemas"][name], all);
    }
    let kind = match value {
        Value::Null => "null",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        _ => "integer",
    };
    let types = &schema["type"];
    let fit =
        types == kind || types.as_array().is_some_and(|all| all.iter().any(|one| one == kind));
    ensure!(fit, "{value} is not {schema}");
    for item in value.as_array().into_iter().flatten() {
        fits(item, &schema["items"], all)?;
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            ensure!(name.as_str().is_some_and(|name| fields.contains_key(name)), "no {name}");
        }
        for (name, field) in fields {
            ensure!(!schema["properties"][name].is_null(), "{name} is not described");
            fits(field, &schema["properties"][name], all)?;
        }
    }
    Ok(())
}

/// Staking, paying, epochs; returns a finalized block.
async fn live(market: &Market) -> Result<u32> {
    let owner = Participant::new("owner")?;
    let several = Participant::several("worker", 3)?;
    let mover = Participant::new("mover")?;
    let mut all = vec![owner.clone(), mover.clone()];
    all.extend(several.iter().cloned());
    market.fund_participants(&all, 6_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(5)).await?;
    for one in &several {
        market.join(netuid, one, 1_000 * UNIT).await?;
    }
    market.join(netuid, &mover, 100 * UNIT).await?;
    market.open(netuid, &owner).await?;
    let hotkey = several[0].hot.account();
    for net in [netuid, NetUid::ROOT] {
        let add = AddStake { hotkey, netuid: net, amount: 20 * UNIT, min_received: 0 };
        market.submit(&several[1].cold, &add).await?;
    }
    let transfer = TransferKeepAlive::new(several[2].cold.account(), 7 * UNIT);
    market.submit(&several[1].cold, &transfer).await?;
    // A coldkey moves elsewhere, with a hotkey of its own, a position of others, and its tokens.
    let heir = Participant::new("heir")?.cold;
    let hash = coldkey_hash(&heir.account());
    let landed = market.submit(&mover.cold, &AnnounceColdkeySwap { hash }).await?;
    let announced = landed.events.iter().find_map(|event| match event {
        Event::ColdkeySwapAnnounced(announced) => Some(announced.from),
        _ => None,
    });
    let movable = announced.context("no ColdkeySwapAnnounced")?;
    // A refused call costs its fee.
    let twice = Register { netuid, hotkey, max_price: MAX_PRICE };
    ensure!(market.submit(&several[0].cold, &twice).await.is_err(), "registered twice");
    let url = &market.node.url;
    for line in [
        format!("stake move {hotkey} {} 5 --netuid {netuid}", several[2].hot.account()),
        format!("stake transfer {} {hotkey} 5 --netuid 0", several[2].cold.account()),
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
    // A hotkey that earns, and on which others have stake, is swapped.
    let (old, new) = (&several[2], Participant::new("worker-2-new")?.hot);
    let (owner, genesis) = (old.cold.account(), market.chain.genesis());
    let swap = swap_hotkey(&genesis, old.hot.account(), &new.pair, &owner, 100);
    market.submit(&old.cold, &swap).await.context("swapping a hotkey")?;
    let ran = market.epoch_ran(netuid, 3, LIMIT).await?;
    while market.chain.best().await?.number() < movable {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (from, to) = (mover.cold.account(), heir.account());
    let execute = ExecuteColdkeySwap { old: from, new: to, most_rows: 200 };
    let moved = market.submit(&several[0].cold, &execute).await.context("swapping a coldkey")?;
    let end = moved.block.max(ran) + 6;
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
