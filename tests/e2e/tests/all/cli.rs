//! `alun` from keys to pay against a real node, as a program would use it: `--json` and exit codes.

use alun_client::{Tokens, UNIT};
use alun_e2e::harness::{binary, free_port, run, wait_until, Finished, Market};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::time::Duration;

/// Long enough for a call to get into a block on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

struct Cli<'a> {
    market: &'a Market,
    wallets: String,
}

impl Cli<'_> {
    /// Runs `alun` with these words.
    async fn run(&self, line: &str) -> Result<Finished> {
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        arguments.extend(["--url", &self.market.node.url, "--wallet-dir", &self.wallets]);
        run(&binary("alun")?, &arguments, &[], LIMIT).await
    }

    /// The same with `--json`; it must succeed.
    async fn json(&self, line: &str) -> Result<Value> {
        let ended = self.run(&format!("{line} --json")).await?;
        ended.success().and_then(|ended| ended.json()).with_context(|| format!("alun {line}"))
    }

    /// It must end with that code and say it in JSON on standard error.
    async fn fails(&self, line: &str, code: i32, says: &str) -> Result<()> {
        let ended = self.run(&format!("{line} --json")).await?;
        ensure!(ended.code == Some(code), "alun {line}: {code} expected, {ended:?}");
        let error: Value = serde_json::from_str(&ended.stderr)
            .with_context(|| format!("alun {line}: {ended:?}"))?;
        ensure!(error["code"] == code, "alun {line}: {error}");
        let sentence = error["error"].as_str().unwrap_or_default();
        ensure!(sentence.contains(says), "alun {line}: {sentence:?} lacks {says:?}");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alun_should_lead_from_keys_to_pay() -> Result<()> {
    let market = Market::start().await?;
    let wallets = market.folder().join("wallets").display().to_string();
    let cli = Cli { market: &market, wallets };
    let owner = keys(&cli).await?;
    subnet(&cli, &owner).await?;
    let hotkey = neuron(&cli).await?;
    stake(&cli, &hotkey).await?;
    weights(&cli).await?;
    views(&cli, &hotkey).await?;
    explanations(&cli, &hotkey).await?;
    unstake(&cli, &hotkey).await?;
    launch(&cli).await?;
    failures(&cli).await?;
    market.check_invariants().await
}

/// A subnet from a template, in one command; called again it does what is left, here the validator.
async fn launch(cli: &Cli<'_>) -> Result<()> {
    let file = format!("{}/subnet.toml", cli.wallets);
    let template = cli.run("subnet template embedding").await?.success()?.stdout;
    std::fs::write(&file, template.replace("My texts", "launched"))?;
    let who = "--wallet owner --hotkey own";
    let launched = cli.json(&format!("subnet launch {file} {who} --no-validator")).await?;
    let netuid = launched["subnet"]["netuid"].as_u64().context("no netuid")?;
    ensure!(launched["subnet"]["name"] == "launched", "{launched}");
    ensure!(launched["subnet"]["started"] == true, "{launched}");
    ensure!(launched["calls"].as_array().is_some_and(|calls| calls.len() == 2), "{launched}");
    let again = cli.json(&format!("subnet launch {file} {who} --no-validator")).await?;
    ensure!(again["subnet"]["netuid"] == netuid, "{again}");
    ensure!(again["calls"].as_array().is_some_and(Vec::is_empty), "paid twice: {again}");
    cli.fails("subnet launch nowhere.toml --wallet owner --hotkey own", 2, "nowhere.toml").await?;

    let (port, state) = (free_port()?, format!("{}/validator", cli.wallets));
    let listen = format!("127.0.0.1:{port}");
    let line = format!(
        "subnet launch {file} {who} --url {} --wallet-dir {}",
        cli.market.node.url, cli.wallets
    );
    let mut validator = tokio::process::Command::new(binary("alun")?)
        .args(line.split_whitespace())
        .args(["--", "--listen", &listen, "--state-dir", &state])
        .kill_on_drop(true)
        .spawn()?;
    let health = format!("http://{listen}/health");
    let up = wait_until("the launched validator", LIMIT, || async {
        Ok(reqwest::get(&health)
            .await
            .is_ok_and(|answer| answer.status().is_success())
            .then_some(()))
    });
    up.await?;
    ensure!(validator.try_wait()?.is_none(), "the validator ended");
    validator.kill().await?;
    Ok(())
}

/// Creates, imports, lists and uses keys; returns the owner's address.
async fn keys(cli: &Cli<'_>) -> Result<String> {
    let created = cli.json("key create owner").await?;
    let phrase = created["phrase"].as_str().context("no phrase")?;
    ensure!(phrase.split_whitespace().count() >= 12, "a phrase of {phrase:?}");
    cli.json("key create owner --as-hotkey own").await?;
    cli.json("key import work --uri //e2e//daily").await?;
    cli.json("key import work --as-hotkey validator --uri //e2e//daily//validator").await?;
    let listed = cli.json("key list").await?;
    let names: Vec<&str> = listed["keys"]
        .as_array()
        .context("no keys")?
        .iter()
        .filter_map(|key| key["name"].as_str())
        .collect();
    ensure!(names == ["owner", "owner/own", "work", "work/validator"], "{names:?}");
    let shown = cli.json("key show owner").await?;
    ensure!(shown["ss58"] == created["ss58"] && shown["phrase"].is_null(), "{shown}");
    let signed = cli.json("key sign work/validator hello").await?;
    ensure!(signed["signature"].as_str().is_some_and(|text| text.len() == 130), "{signed}");
    cli.fails("key create owner", 1, "owner").await?;
    for wallet in ["owner", "work", "work/validator"] {
        let sent = cli.json(&format!("transfer {wallet} 5000 --wallet //Alice")).await?;
        ensure!(sent["block"].as_u64() > Some(0) && sent["fee"].as_u64() > Some(0), "{sent}");
    }
    let table = cli.run("key list").await?.success()?.stdout;
    ensure!(table.contains("work/validator") && !table.contains('{'), "{table}");
    Ok(created["ss58"].as_str().context("no address")?.to_owned())
}

async fn subnet(cli: &Cli<'_>, owner: &str) -> Result<()> {
    let register = "subnet register texts --task embedding --wallet owner --hotkey own";
    let registered = cli.json(register).await?;
    let events = registered["events"].as_array().context("no events")?;
    ensure!(
        events.iter().any(|event| event["event"] == "Subnets.SubnetRegistered"
            && event["netuid"] == 1
            && event["owner"] == owner),
        "{registered}"
    );
    let rules = "tempo_ms=8s weights_rate_limit_ms=0 commit_reveal=off stake_threshold=100";
    cli.json(&format!("sudo set-hyperparameters 1 {rules} --wallet //Alice")).await?;
    cli.json("subnet set 1 min_weights=1 owner_cut=9% --wallet owner").await?;
    let shown = cli.json("subnet show 1").await?;
    ensure!(shown["owner"] == owner && shown["task"]["kind"] == "embedding", "{shown}");
    ensure!(shown["hyperparameters"]["tempo_ms"] == 8_000, "{shown}");
    ensure!(shown["hyperparameters"]["owner_cut"] == 90_000, "{shown}");
    let price = shown["market"]["price"].as_f64().context("no price")?;
    ensure!((price - 1.0).abs() < 1e-6, "the first market opens at 1: {shown}");
    hand_over(cli).await
}

/// To another coldkey and back; then the owner's hotkey is what it was.
async fn hand_over(cli: &Cli<'_>) -> Result<()> {
    cli.json("subnet offer 1 work --wallet owner").await?;
    cli.json("subnet withdraw-offer 1 --wallet owner").await?;
    cli.fails("subnet accept-offer 1 --wallet work", 1, "").await?;
    for (from, to) in [("owner", "work"), ("work", "owner")] {
        cli.json(&format!("subnet offer 1 {to} --wallet {from}")).await?;
        let accepted = cli.json(&format!("subnet accept-offer 1 --wallet {to}")).await?;
        let event = &accepted["events"][0];
        ensure!(event["event"] == "Subnets.OwnershipAccepted", "{accepted}");
    }
    cli.fails("subnet set-hotkey 1 owner/own --wallet owner", 1, "").await
}

/// Registers a neuron; returns its hotkey.
async fn neuron(cli: &Cli<'_>) -> Result<String> {
    let who = "--wallet work --hotkey validator";
    let registered = cli.json(&format!("neuron register 1 --max-price 2 {who}")).await?;
    let event = registered["events"]
        .as_array()
        .context("no events")?
        .iter()
        .find(|event| event["event"] == "Subnets.NeuronRegistered")
        .context("no NeuronRegistered")?;
    ensure!(event["uid"] == 1 && event["price"].as_u64() > Some(0), "{event}");
    let far = cli.json("neuron eviction 1 work/validator").await?;
    ensure!(far["state"] == "immune" && far["immune_until"].as_u64() > Some(1), "{far}");
    ensure!(cli.json("neuron eviction 1 0").await?["state"] == "never", "the owner's");
    let estimate = cli.json("estimate miner --netuid 1").await?;
    ensure!(estimate["registration_price"].as_u64() > Some(0), "{estimate}");
    cli.fails("estimate miner --netuid 9", 1, "no subnet 9").await?;
    cli.json(&format!("neuron serve 1 --ip 127.0.0.1 --port 8091 {who}")).await?;
    let shown = cli.json("neuron show 1 work/validator").await?;
    ensure!(shown["uid"] == 1 && shown["hotkey"] == event["hotkey"], "{shown}");
    ensure!(shown["endpoint"]["url"] == "http://127.0.0.1:8091", "{shown}");
    Ok(event["hotkey"].as_str().context("no hotkey")?.to_owned())
}

async fn stake(cli: &Cli<'_>, hotkey: &str) -> Result<()> {
    let order = format!("add {hotkey} 500 --netuid 1 --wallet work");
    let quote = cli.json(&format!("stake quote {order}")).await?;
    ensure!(quote["amount"] == 500 * UNIT && quote["received_netuid"] == 1, "{quote}");
    let (received, least) = (&quote["received"], &quote["min_received"]);
    let received = received.as_u64().context("no quote")?;
    ensure!(least.as_u64() == Some(received / 100 * 99 + received % 100 * 99 / 100), "{quote}");
    // A third of the pool is bought at 1.5 on average.
    ensure!((0.3..0.4).contains(&quote["slippage"].as_f64().context("none")?), "{quote}");
    let more = Tokens(received + 1);
    let says = "less than --min-received";
    cli.fails(&format!("stake {order} --min-received {more}"), 1, says).await?;
    // The market stands still until the subnet is started: the call does what the quote says.
    let added = cli.json(&format!("stake {order} --max-slippage 0%")).await?;
    let events = added["events"].as_array().context("no events")?;
    let event = events.iter().find(|event| event["event"] == "Stake.StakeAdded");
    let event = event.with_context(|| format!("no StakeAdded: {added}"))?;
    ensure!(event["paid"] == 500 * UNIT && added["quote"]["received"] == received, "{added}");
    let listed = cli.json("stake list --wallet work").await?;
    let position = &listed["positions"][0];
    ensure!(position["value"] == received && position["native"] == listed["staked"], "{listed}");
    cli.json("subnet start 1 --wallet owner").await?;
    Ok(())
}

/// Sets a row with the permit of the first epoch, and waits until it has paid.
async fn weights(cli: &Cli<'_>) -> Result<()> {
    let limit = Duration::from_secs(60);
    cli.market.epoch_ran(alun_client::NetUid(1), 0, limit).await?;
    let who = "--wallet work --hotkey validator";
    cli.json(&format!("weights check 1 0=100 {who}")).await?;
    cli.json(&format!("weights set 1 0=100 {who}")).await?;
    wait_until("the validator got dividends", limit, || async {
        let metagraph = cli.json("view metagraph 1").await?;
        Ok(metagraph["neurons"][1]["dividends"].as_u64().filter(|dividends| *dividends > 0))
    })
    .await?;
    Ok(())
}

async fn views(cli: &Cli<'_>, hotkey: &str) -> Result<()> {
    let metagraph = cli.json("view metagraph 1").await?;
    let neurons = metagraph["neurons"].as_array().context("no neurons")?;
    ensure!(neurons.len() == 2 && neurons[0]["incentive"] == 65_535, "{metagraph}");
    ensure!(neurons[1]["permit"] == true && neurons[1]["hotkey"] == hotkey, "{metagraph}");
    let subnets = cli.json("view subnets").await?;
    ensure!(subnets[0]["netuid"] == 1 && subnets[0]["started"] == true, "{subnets}");
    ensure!(subnets[0]["tempo"] == 8 && subnets[0]["neurons"] == 2, "{subnets}");
    let market = cli.json("view market --netuid 1").await?;
    ensure!(market["price"].as_f64() > Some(1.0) && market["fee"] == 500, "{market}");
    ensure!(subnets[0]["market"]["netuid"] == 1, "{subnets}");
    let table = cli.run("view market").await?.success()?.stdout;
    ensure!(table.contains("averaged"), "{table}");
    cli.fails("view market --netuid 9", 1, "no subnet 9").await?;
    let staked = cli.json("view stake --wallet work").await?;
    let position = &staked["positions"][0];
    ensure!(position["hotkey"] == hotkey && position["netuid"] == 1, "{staked}");
    let delegates = cli.json("view delegates").await?;
    let delegates = delegates.as_array().context("no delegates")?;
    ensure!(delegates.iter().any(|one| one["hotkey"] == hotkey && one["take"] == 180_000));
    let emission = cli.json("view emission 1 --blocks 60").await?;
    let paid = emission["paid"].as_array().context("nobody was paid")?;
    let sum = |field: &str| paid.iter().filter_map(|one| one[field].as_u64()).sum::<u64>();
    ensure!(sum("incentive") > 0 && sum("dividends") > 0 && sum("owner_cut") > 0, "{emission}");
    ensure!(sum("earned") == sum("incentive") + sum("dividends") + sum("owner_cut"), "{emission}");
    let network = cli.json("view network").await?;
    ensure!(network["slot_ms"] == 1_000, "{network}");
    let table = cli.run("view metagraph 1").await?.success()?.stdout;
    ensure!(table.contains(hotkey) && table.contains("incentive"), "{table}");
    Ok(())
}

async fn explanations(cli: &Cli<'_>, hotkey: &str) -> Result<()> {
    let staker = "estimate staker --netuid 1 --delegate work/validator --amount 1";
    let estimate = cli.json(staker).await?;
    let (bought, left) = (estimate["received"].as_u64(), estimate["sold_at_once"].as_u64());
    ensure!(bought > Some(0) && left > Some(0) && left < Some(UNIT), "{estimate}");
    let subnet = cli.json("explain subnet --netuid 1").await?;
    ensure!(subnet["adds_up"] == true && subnet["payout"]["total"].as_u64() > Some(0), "{subnet}");
    let miner = cli.json("explain neuron --netuid 1 0").await?;
    ensure!(miner["adds_up"] == true && miner["scores"][0]["by"] == 1, "{miner}");
    let told = cli.run("explain neuron --netuid 1 0").await?.success()?.stdout;
    ensure!(told.contains("Validator 1 gave you 1, all within the consensus"), "{told}");
    let validator = cli.json(&format!("explain validator --netuid 1 {hotkey}")).await?;
    ensure!(validator["uid"] == 1 && validator["bonds"][0]["on"] == 0, "{validator}");
    let nominator = cli.json("explain nominator --netuid 1 --wallet work").await?;
    let one = &nominator["validators"][0];
    ensure!(one["adds_up"] == true && one["theirs"] == nominator["theirs"], "{nominator}");
    ensure!(one["owns"] == true && one["pools"][1]["theirs"].as_u64() > Some(0), "{nominator}");
    let who = "--wallet work --hotkey validator";
    let preview = cli.json(&format!("weights preview 1 0=7 {who}")).await?;
    ensure!(preview["after"]["validator_trust"] == 1.0, "{preview}");
    cli.fails("explain neuron --netuid 1 99", 1, "had 2 neurons").await?;
    cli.fails("explain subnet --netuid 99", 1, "there is no subnet 99").await
}

/// Moves, gives away, swaps, pays and takes out, each with a bound from the quote.
async fn unstake(cli: &Cli<'_>, hotkey: &str) -> Result<()> {
    cli.json(&format!("stake move {hotkey} owner/own 5 --netuid 1 --wallet work")).await?;
    let transfer = format!("stake transfer owner {hotkey} 5 --netuid 1 --wallet work");
    let given = cli.json(&transfer).await?;
    ensure!(given["quote"]["deposit"].as_u64() > Some(0), "{given}");
    let swapped =
        cli.json(&format!("stake swap {hotkey} 20 --from 1 --to 0 --wallet work")).await?;
    ensure!(swapped["quote"]["trades"][0]["side"] == "sell", "{swapped}");
    ensure!(swapped["events"].to_string().contains("Stake.StakeSwapped"), "{swapped}");
    let paid = cli.json("pay --netuid 1 2 --memo seventeen --wallet work").await?;
    ensure!(paid["events"].to_string().contains("seventeen"), "{paid}");
    let at = format!("{hotkey} 50 --netuid 1 --wallet work");
    let quote = cli.json(&format!("stake quote remove {at}")).await?;
    ensure!(quote["amount"] == 50 * UNIT && quote["received_netuid"] == 0, "{quote}");
    cli.json(&format!("stake remove {at}")).await?;
    let told = cli.run(&format!("stake remove {hotkey} all --netuid 1 --wallet work")).await?;
    let told = told.success()?.stdout;
    ensure!(told.contains("come out, at least") && told.contains("ALUN received for"), "{told}");
    cli.json("stake remove-all --wallet work").await?;
    let staked = cli.json("view stake --wallet work").await?;
    // An epoch may have paid a take meanwhile.
    ensure!(staked["staked"].as_u64() < Some(UNIT), "{staked}");
    ensure!(staked["free"].as_u64() > Some(4_900 * UNIT), "{staked}");
    let lent = cli.json(&format!("stake children {hotkey} --netuid 1")).await?;
    ensure!(lent["children"].as_array().is_some_and(Vec::is_empty), "{lent}");
    Ok(())
}

async fn failures(cli: &Cli<'_>) -> Result<()> {
    cli.fails("view metagraph 9", 1, "no subnet 9").await?;
    cli.fails("neuron show 1 7", 6, "no neuron of subnet 1").await?;
    cli.fails("neuron register 1 --max-price 0.1 --wallet work --hotkey validator", 1, "").await?;
    cli.fails("transfer work 900000 --wallet //Alice", 9, "900000 are needed").await?;
    cli.fails("subnet start 1 --wallet work", 1, "owner").await?;
    let nowhere = "stake add work/validator 1 --netuid 9 --wallet work";
    cli.fails(nowhere, 1, "There is no subnet of this netuid").await?;
    cli.fails("pay --netuid 9 1 --wallet work", 1, "no market of this netuid").await?;
    let both = "stake add work/validator 1 --min-received 1 --max-slippage 2%";
    ensure!(cli.run(both).await?.code == Some(2), "two bounds were taken");
    let wrong = cli.run("stake add nonsense").await?;
    ensure!(wrong.code == Some(2) && wrong.stderr.contains("Usage"), "{wrong:?}");
    let help = cli.run("stake add --help").await?.success()?;
    ensure!(help.stdout.contains("Example"), "{help:?}");
    Ok(())
}
