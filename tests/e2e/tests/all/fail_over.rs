//! Two machines with one hotkey: the chain has one row of it in each epoch, whatever they do, and
//! the other machine says so. A back-up of the one is what it was on another.

use alun_client::{Event, MechanismId, NetUid, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, run, short_epochs, wait_until, Finished, Market,
    Participant, Priority, Process,
};
use alun_keys::Wallet;
use anyhow::{ensure, Context, Result};
use std::{path::Path, time::Duration};

const TEMPO: u64 = 20;
const LIMIT: Duration = Duration::from_secs(60);
/// Epochs in which both have worked.
const WORKED: u64 = 2;

fn arguments(market: &Market, netuid: NetUid, key: &str, state: &Path) -> Result<Vec<String>> {
    let mut arguments = market.worker_arguments();
    let (state, listen) = (state.display().to_string(), format!("127.0.0.1:{}", free_port()?));
    let netuid = netuid.to_string();
    let own = ["--netuid", &netuid, "--hotkey", key, "--state-dir", &state, "--listen", &listen];
    arguments.extend(own.map(String::from));
    Ok(arguments)
}

async fn told(arguments: &[String], command: &[&str]) -> Result<Finished> {
    let mut all = arguments.to_vec();
    all.extend(command.iter().map(|word| word.to_string()));
    run(&binary("alun-validator")?, &all, &[], LIMIT).await
}

#[tokio::test(flavor = "multi_thread")]
async fn hotkey_should_have_one_row_per_epoch_when_two_machines_use_it() -> Result<()> {
    let market = Market::start().await?;
    let owner = Participant::new("owner")?;
    let (miner, shared) = (Participant::new("miner")?, Participant::new("shared")?);
    let everybody = [owner.clone(), miner.clone(), shared.clone()];
    market.fund_participants(&everybody, 2_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(TEMPO)).await?;
    market.join(netuid, &shared, 1_500 * UNIT).await?;
    // Nothing waits for the subnet to be final: validators that are early wait themselves.
    let _miner = start_miner(&market, netuid, &miner)?;

    let wallet = Wallet::new(&market.folder().join("wallets"), "shared")?;
    wallet.write_hotkey("validator", &shared.hot.pair, false)?;
    let key = wallet.hotkey_path("validator")?.display().to_string();
    let mut machines = Vec::new();
    for name in ["one", "other"] {
        let words = arguments(&market, netuid, &key, &market.folder().join(name))?;
        let validator = binary("alun-validator")?;
        let folder = market.folder();
        let process = Process::start(name, &validator, &words, &[], folder, Priority::Later)?;
        machines.push((process, words));
    }
    wait_until("the miner has announced itself", LIMIT, || async {
        let at = market.chain.finalized().await?;
        let neurons = at.metagraph(netuid, MechanismId::FIRST).await?.map(|all| all.neurons);
        Ok(neurons.unwrap_or_default().iter().any(|one| one.endpoint.is_some()).then_some(()))
    })
    .await?;
    for (process, _) in &mut machines {
        process.wait_for_log("validating", LIMIT)?;
    }
    let before = market.chain.best_number().await?;
    market.open(netuid, &owner).await?;
    let limit = Duration::from_secs(TEMPO * (WORKED + 4));
    // The window of the last of them ends with the epoch after the next.
    let after = market.epoch_ran(netuid, WORKED + 1, limit).await?;

    let events = market.events(before, after).await?;
    for epoch in 0..WORKED {
        let count = |wanted: &dyn Fn(&Event) -> bool| {
            events.iter().filter(|(_, event)| wanted(event)).count()
        };
        let hot = shared.hot.account();
        let commits = count(
            &|event| matches!(event, Event::WeightsCommitted(row) if row.hotkey == hot && row.epoch == epoch),
        );
        let reveals = count(
            &|event| matches!(event, Event::WeightsRevealed(row) if row.hotkey == hot && row.epoch == epoch),
        );
        ensure!(
            (commits, reveals) == (1, 1),
            "epoch {epoch}: {commits} commits, {reveals} reveals"
        );
    }
    let logs: Vec<String> = machines
        .iter()
        .map(|(process, _)| std::fs::read_to_string(process.log()))
        .collect::<Result<_, _>>()?;
    let worked = logs.iter().all(|log| log.contains("row written"));
    ensure!(worked, "only one of them worked: {logs:?}");
    let beaten = logs.iter().any(|log| log.contains("another row of this hotkey"));
    ensure!(beaten, "neither says that the other was first: {logs:?}");

    let (process, words) = machines.first_mut().context("no machine")?;
    let file = market.folder().join("backup").display().to_string();
    // Beside the running validator.
    told(words, &["backup", &file]).await?.success()?;
    process.stop()?;
    std::fs::remove_file(&file)?;
    told(words, &["backup", &file]).await?.success()?;
    let (key_again, state) = (market.folder().join("key"), market.folder().join("restored"));
    let restored = arguments(&market, netuid, &key_again.display().to_string(), &state)?;
    told(&restored, &["restore", &file]).await?.success()?;
    let same = std::fs::read(&key_again)? == std::fs::read(&key)?;
    ensure!(same, "the key is not what it was");
    let (old, new) = (told(words, &["doctor"]).await?, told(&restored, &["doctor"]).await?);
    ensure!(old.stdout.contains("epoch 1") && old.stdout == new.stdout, "{old:?} {new:?}");
    let again = told(&restored, &["restore", &file]).await?;
    ensure!(again.code == Some(10) && again.stderr.contains("already"), "{again:?}");
    market.check_invariants().await
}

fn start_miner(market: &Market, netuid: NetUid, miner: &Participant) -> Result<Process> {
    let mut arguments = market.worker_arguments();
    let (listen, netuid) = (format!("127.0.0.1:{}", free_port()?), netuid.to_string());
    let own = ["--netuid", &netuid, "--register", "--max-price", "100", "--listen", &listen];
    arguments.extend(own.map(String::from));
    let keys = ["--hotkey", &miner.hot.uri, "--coldkey", &miner.cold.uri];
    arguments.extend(keys.map(String::from));
    let binary = binary("alun-miner")?;
    Process::start("miner", &binary, &arguments, &[], market.folder(), Priority::Later)
}
