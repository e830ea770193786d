//! A validator that dies at each step of its loop, and one that is killed at random: every epoch
//! has one row, committed once and revealed, and `doctor` says so.

use alun_client::{Event, NetUid, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, run, short_epochs, tail, wait_until, Market, Participant,
    Priority, Process,
};
use anyhow::{bail, ensure, Context, Result};
use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::time::sleep;

const TEMPO: u64 = 30;
/// The points of `validator/src/crash.rs`.
const STEPS: [&str; 6] =
    ["challenged", "collected", "scored", "row-written", "committed", "revealed"];
/// The variable that names one.
const CRASH_AT: &str = "ALUN_VALIDATOR_CRASH_AT";
/// Signal of `abort`, which the points die by.
const SIGABRT: i32 = 6;
/// Epochs whose rows must all have landed.
const WORKED: u64 = 2;

/// A validator that is started, dies, and is started again.
struct Patient {
    keys: Participant,
    /// Where it dies; `None` for the one that is killed.
    step: Option<&'static str>,
    name: String,
    state: PathBuf,
    arguments: Vec<String>,
    process: Option<Process>,
    recovered: bool,
}

impl Patient {
    fn new(
        market: &Market,
        keys: Participant,
        step: Option<&'static str>,
        netuid: NetUid,
    ) -> Result<Self> {
        let name = format!("validator-{}", step.unwrap_or("killed"));
        let state = market.folder().join(&name);
        let mut arguments = market.worker_arguments();
        arguments.extend(
            [
                "--netuid",
                &netuid.to_string(),
                "--hotkey",
                &keys.hot.uri,
                "--state-dir",
                &state.display().to_string(),
                "--listen",
                &format!("127.0.0.1:{}", free_port()?),
            ]
            .map(String::from),
        );
        Ok(Self { keys, step, name, state, arguments, process: None, recovered: false })
    }

    fn start(&mut self, folder: &Path, crash_at: Option<&str>) -> Result<()> {
        // A process that aborts would leave its memory in a file.
        let script = r#"ulimit -c 0; exec "$0" "$@""#;
        let mut arguments: Vec<String> =
            vec!["-c".into(), script.into(), binary("alun-validator")?.display().to_string()];
        arguments.extend(self.arguments.clone());
        let environment: Vec<(&str, String)> =
            crash_at.map(|step| (CRASH_AT, step.to_owned())).into_iter().collect();
        self.process = Some(Process::start(
            &self.name,
            Path::new("/bin/sh"),
            &arguments,
            &environment,
            folder,
            Priority::Later,
        )?);
        Ok(())
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("it was started")
    }

    /// If it died where it should, starts it again.
    fn look_after(&mut self, folder: &Path) -> Result<()> {
        let Some(status) = self.process().ended()? else { return Ok(()) };
        let log = self.process().log().to_owned();
        let expected = !self.recovered && status.signal() == Some(SIGABRT);
        ensure!(expected, "{} ended with {status}:\n{}", self.name, tail(&log, 15));
        println!("{} died as asked; starting it again", self.name);
        self.recovered = true;
        self.start(folder, None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn validator_should_land_one_row_per_epoch_when_it_dies_anywhere() -> Result<()> {
    let market = Market::start().await?;
    let owner = Participant::new("owner")?;
    let miners = Participant::several("miner", 2)?;
    let validators = Participant::several("validator", STEPS.len() + 1)?;
    let everybody: Vec<_> = miners.iter().chain(&validators).cloned().collect();
    market.fund_participants(&everybody, 2_000).await?;
    market.fund_participants(std::slice::from_ref(&owner), 2_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(TEMPO)).await?;
    let joining = validators.iter().map(|one| market.join(netuid, one, 1_500 * UNIT));
    futures::future::try_join_all(joining).await?;

    let _miner = start_miner(&market, netuid, &miners)?;
    let steps = STEPS.map(Some).into_iter().chain([None]);
    let mut patients = Vec::new();
    for (keys, step) in validators.into_iter().zip(steps) {
        let mut patient = Patient::new(&market, keys, step, netuid)?;
        patient.start(market.folder(), step)?;
        patients.push(patient);
    }
    wait_until_served(&market, netuid, miners.len()).await?;
    for patient in &mut patients {
        patient.process().wait_for_log("validating", Duration::from_secs(60))?;
    }
    let before = market.chain.best_number().await?;
    market.open(netuid, &owner).await?;

    attend(&market, netuid, &mut patients).await?;
    let after = market.chain.best_number().await?;
    let events = market.events(before, after).await?;
    for patient in &mut patients {
        check_rows(patient, netuid, &events)?;
        check_doctor(patient).await?;
        let status = patient.process().stop()?;
        ensure!(status.success(), "{} stopped with {status}", patient.name);
    }
    market.check_invariants().await
}

fn start_miner(market: &Market, netuid: NetUid, miners: &[Participant]) -> Result<Process> {
    let mut arguments = market.worker_arguments();
    let listen = format!("127.0.0.1:{}", free_port()?);
    let netuid = netuid.to_string();
    arguments.extend(
        ["--netuid", &netuid, "--register", "--max-price", "100", "--listen", &listen]
            .map(String::from),
    );
    for one in miners {
        arguments.extend(["--hotkey", &one.hot.uri, "--coldkey", &one.cold.uri].map(String::from));
    }
    let miner = binary("alun-miner")?;
    Process::start("miner", &miner, &arguments, &[], market.folder(), Priority::Later)
}

async fn wait_until_served(market: &Market, netuid: NetUid, miners: usize) -> Result<()> {
    wait_until("the miners have announced themselves", Duration::from_secs(90), || async {
        let metagraph = market.chain.best().await?.metagraph(netuid, Default::default()).await?;
        let neurons = metagraph.context("no metagraph")?.neurons;
        let serving = neurons.iter().filter(|neuron| neuron.endpoint.is_some()).count();
        Ok((serving == miners).then_some(()))
    })
    .await
}

/// Starts again what dies, kills what must be killed, until the last epoch has run in which a lost
/// row would show.
async fn attend(market: &Market, netuid: NetUid, patients: &mut [Patient]) -> Result<()> {
    let (opened, folder) = (Instant::now(), market.folder());
    let limit = Duration::from_secs(TEMPO * (WORKED + 3));
    // Three moments, each in another third of the first two epochs.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    let window = 2_000 * TEMPO / 3;
    let mut kills: Vec<Duration> = (0..3u64)
        .map(|k| Duration::from_millis(k * window + u64::from(now >> (8 * k)) % window))
        .collect();
    println!("kills after {kills:?}");
    loop {
        ensure!(opened.elapsed() < limit, "epoch {} did not run within {limit:?}", WORKED + 1);
        for patient in patients.iter_mut() {
            if patient.step.is_none() && kills.first().is_some_and(|at| *at < opened.elapsed()) {
                kills.remove(0);
                patient.process().kill()?;
                patient.recovered = true;
                patient.start(folder, None)?;
            }
            patient.look_after(folder)?;
        }
        let subnet = market.chain.best().await?.subnet(netuid).await?.context("no subnet")?;
        if subnet.last_epoch.is_some_and(|last| last > WORKED) {
            break;
        }
        sleep(Duration::from_millis(250)).await;
    }
    match patients.iter().find(|patient| !patient.recovered) {
        Some(patient) => bail!("{} never died", patient.name),
        None => Ok(()),
    }
}

/// Each epoch one commit, of the row on the disk, and its reveal; nothing expired.
fn check_rows(patient: &Patient, netuid: NetUid, events: &[(u32, Event)]) -> Result<()> {
    let (name, hot) = (&patient.name, patient.keys.hot.account());
    for epoch in 0..=WORKED {
        let commits: Vec<[u8; 32]> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::WeightsCommitted(row) if row.hotkey == hot && row.epoch == epoch => {
                    Some(row.hash)
                }
                _ => None,
            })
            .collect();
        let reveals = events.iter().filter(|(_, event)| {
            matches!(event, Event::WeightsRevealed(row) if row.hotkey == hot && row.epoch == epoch)
        });
        ensure!(commits.len() <= 1, "{name}: {} commits in epoch {epoch}", commits.len());
        let on_disk = row_on_disk(&patient.state, netuid, epoch)?;
        ensure!(
            commits.first().is_none_or(|hash| Some(hex::encode(hash)) == on_disk),
            "{name}: the commit of epoch {epoch} is not of the row on the disk"
        );
        // The reveals of the last epoch are still to come.
        if epoch < WORKED {
            let reveals = reveals.count();
            ensure!(
                (commits.len(), reveals) == (1, 1),
                "{name}: {} commits and {reveals} reveals of epoch {epoch}; its log:\n{}",
                commits.len(),
                patient.process.as_ref().map(|one| tail(one.log(), 40)).unwrap_or_default()
            );
        }
    }
    let expired = events
        .iter()
        .any(|(_, event)| matches!(event, Event::CommitExpired(commit) if commit.hotkey == hot));
    ensure!(!expired, "{name}: a commit expired");
    Ok(())
}

/// Hash of the epoch's row in the state folder, as hex.
fn row_on_disk(state: &Path, netuid: NetUid, epoch: u64) -> Result<Option<String>> {
    let path = state.join(format!("{netuid}-0/epoch-{epoch}.json"));
    let Ok(bytes) = std::fs::read(&path) else { return Ok(None) };
    let record: serde_json::Value = serde_json::from_slice(&bytes)?;
    Ok(record["row"]["Ok"]["hash"].as_str().map(str::to_owned))
}

async fn check_doctor(patient: &Patient) -> Result<()> {
    let mut arguments = patient.arguments.clone();
    arguments.push("doctor".into());
    let limit = Duration::from_secs(20);
    let told = run(&binary("alun-validator")?, &arguments, &[], limit).await?.success()?;
    ensure!(told.stdout.contains("the row landed"), "{}: {}", patient.name, told.stdout);
    Ok(())
}
