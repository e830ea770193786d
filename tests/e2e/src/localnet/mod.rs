//! The whole market on one machine: two authorities and a full node, one subnet per task, three
//! validators with unlike stakes, and on each subnet honest miners next to cheats.

mod memory;
mod population;
mod report;
mod setup;
mod workers;

use crate::harness::{check_income, index, Income, Ledger, Node, NodeOptions, Process};
use alun_client::{Chain, Event, NetUid};
use anyhow::{bail, Context, Result};
use clap::Parser;
use population::Population;
use report::Report;
use std::{
    io::IsTerminal,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{select, signal, time::sleep};

/// Starts a chain, miners and validators, lets them work for some epochs, and says who earned what
/// and why.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "alun-localnet",
    version,
    after_help = "Example:\n  scripts/localnet --epochs 3 --json out.json"
)]
pub struct Options {
    /// Epochs that pay by scores before it ends, counted on each subnet.
    #[arg(long, env = "ALUN_LOCALNET_EPOCHS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub epochs: u32,
    /// Writes the outcome to this file as JSON.
    #[arg(long, env = "ALUN_LOCALNET_JSON", value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Leaves it running after the report, until Ctrl-C, and prints the addresses.
    #[arg(long, env = "ALUN_LOCALNET_KEEP")]
    pub keep: bool,
    /// Seconds between epochs, 20 to 3,600.
    #[arg(long, env = "ALUN_LOCALNET_TEMPO", default_value_t = 60, value_parser = clap::value_parser!(u64).range(20..=3_600))]
    pub tempo: u64,
    /// Keeps data and logs in this folder instead of a temporary one.
    #[arg(long, env = "ALUN_LOCALNET_FOLDER", value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// TOML file with any of these settings.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Everything that runs. Dropping it stops it, workers first.
struct Running {
    workers: Vec<Process>,
    nodes: Vec<Node>,
}

impl Running {
    fn check(&mut self) -> Result<()> {
        self.workers.iter_mut().try_for_each(Process::check)?;
        self.nodes.iter_mut().try_for_each(|node| node.process.check())
    }

    fn pids(&self) -> Vec<u32> {
        let nodes = self.nodes.iter().map(|node| node.process.id());
        nodes.chain(self.workers.iter().map(Process::id)).collect()
    }
}

/// A line of progress, with the time since the start.
pub(crate) struct Progress(Instant);

impl Progress {
    pub(crate) fn say(&self, text: &str) {
        let seconds = self.0.elapsed().as_secs();
        eprintln!("[{:02}:{:02}] {text}", seconds / 60, seconds % 60);
    }
}

/// Runs the localnet to its end, or until Ctrl-C or SIGTERM.
pub async fn run(options: Options) -> Result<()> {
    let temporary = tempfile::tempdir().context("a temporary folder")?;
    let folder = options.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    select! {
        outcome = market(&options, &folder) => outcome,
        _ = signal::ctrl_c() => bail!("interrupted: everything that was started is stopped"),
        _ = terminate.recv() => bail!("terminated: everything that was started is stopped"),
    }
}

async fn market(options: &Options, folder: &std::path::Path) -> Result<()> {
    let progress = Progress(Instant::now());
    progress.say("starting two authorities and a full node");
    let mut running = Running { workers: Vec::new(), nodes: start_nodes(folder)? };
    let url = running.nodes.last().map(|node| node.url.clone()).context("no node")?;
    let chain = Chain::connect(&url).await?;
    wait_for_finality(&chain, &mut running).await?;
    progress.say(&format!("blocks are final; polkadot.js: {}", polkadot_js(&url)));

    let population = Population::new()?;
    setup::accounts_and_subnets(&chain, &population, options.tempo, &progress).await?;
    running.workers = workers::start(&url, folder, &population)?;
    progress.say("miners and validators are loading their models");
    workers::wait_until_ready(&chain, &population, &mut running.workers).await?;
    setup::start_subnets(&chain, &population).await?;
    progress.say("both subnets are started: epochs run");

    let report = watch(options, &chain, &population, &mut running, &progress).await?;
    let db = folder.join("history.redb");
    let to = report.blocks;
    index(chain.url(), &db, to).await.context("indexing the run")?;
    let Income { accounts, positions, .. } =
        check_income(&chain, &db, to).await.context("the income history is not the chain's")?;
    print!("{}", report.table(&population));
    println!("history: {accounts} accounts, {positions} positions, 0 units off");
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report.json(&population))?)
            .with_context(|| format!("writing {}", path.display()))?;
        progress.say(&format!("wrote {}", path.display()));
    }
    report.verdict(&population)?;
    if options.keep {
        keep(&running, &population, folder).await?;
    }
    progress.say("stopping");
    Ok(())
}

fn start_nodes(folder: &std::path::Path) -> Result<Vec<Node>> {
    let options = |name: &str, authority: Option<&str>, bootnodes: &[String]| NodeOptions {
        name: name.into(),
        chain: "local".into(),
        authority: authority.map(Into::into),
        bootnodes: bootnodes.to_vec(),
        archive: authority.is_none(),
    };
    let alice = Node::spawn(&options("alice", Some("alice"), &[]), folder)?;
    let addresses = [alice.address.clone()];
    let bob = Node::spawn(&options("bob", Some("bob"), &addresses), folder)?;
    let full = Node::spawn(&options("full", None, &addresses), folder)?;
    let mut nodes = vec![alice, bob, full];
    nodes.iter_mut().try_for_each(Node::wait_until_up)?;
    Ok(nodes)
}

async fn wait_for_finality(chain: &Chain, running: &mut Running) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(90);
    while chain.finalized().await?.number() < 2 {
        running.check()?;
        if Instant::now() > deadline {
            bail!("no block became final within 90 s");
        }
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// Follows finalized blocks until every subnet has had its epochs that paid by scores.
async fn watch(
    options: &Options,
    chain: &Chain,
    population: &Population,
    running: &mut Running,
    progress: &Progress,
) -> Result<Report> {
    let mut report = Report::default();
    let mut ledger = Ledger::default();
    let mut blocks = chain.finalized_blocks(Some(1)).await?;
    let patience = Duration::from_secs(options.tempo * (u64::from(options.epochs) + 6) + 120);
    let deadline = Instant::now() + patience;
    let mut measured = Instant::now();
    loop {
        let at = select! {
            at = blocks.next() => at?,
            () = sleep(Duration::from_secs(30)) => bail!("no block became final for 30 s"),
        };
        for event in at.events().await? {
            report.add(&event);
            ledger.add(at.number(), &event);
            tell(&event, progress);
        }
        report.blocks = report.blocks.max(at.number());
        running.check()?;
        if measured.elapsed() > Duration::from_secs(10) {
            measured = Instant::now();
            report.peak_pss = report.peak_pss.max(memory::pss(&running.pids()));
        }
        if NetUids::ALL.iter().all(|&netuid| report.paid_epochs(netuid) >= options.epochs) {
            break;
        }
        if Instant::now() > deadline {
            bail!(
                "the subnets did not have {} epochs that paid by scores within {patience:?}: {}",
                options.epochs,
                report.state()
            );
        }
    }
    for netuid in NetUids::ALL {
        let neurons = ledger.check(chain.url(), netuid).await.with_context(|| {
            format!("`alun explain` does not say what subnet {netuid} was paid")
        })?;
        progress.say(&format!(
            "subnet {netuid}: `alun explain` adds up to the unit for all {neurons} neurons"
        ));
    }
    report.finish(chain, population).await?;
    Ok(report)
}

/// The subnets of a localnet.
pub(crate) struct NetUids;

impl NetUids {
    pub(crate) const EMBEDDING: NetUid = NetUid(1);
    pub(crate) const GENERATION: NetUid = NetUid(2);
    pub(crate) const ALL: [NetUid; 2] = [Self::EMBEDDING, Self::GENERATION];
}

fn tell(event: &Event, progress: &Progress) {
    match event {
        Event::EpochRan(ran) => progress.say(&format!(
            "subnet {} epoch {} ran{}: {} permits, {} α{} paid",
            ran.netuid,
            ran.epoch,
            if ran.lag > 0 { format!(", {} blocks late", ran.lag) } else { String::new() },
            ran.validators,
            alun_client::Tokens(ran.paid.0),
            ran.netuid,
        )),
        Event::EpochFailed(failed) => progress.say(&format!(
            "subnet {} epoch {} FAILED ({:?})",
            failed.netuid, failed.epoch, failed.step
        )),
        Event::WeightsCommitted(row) => {
            progress.say(&format!("subnet {}: uid {} committed a row", row.netuid, row.uid))
        }
        Event::WeightsRevealed(row) => {
            progress.say(&format!("subnet {}: uid {} revealed its row", row.netuid, row.uid))
        }
        Event::CommitExpired(commit) => progress
            .say(&format!("subnet {}: a commit of epoch {} EXPIRED", commit.netuid, commit.epoch)),
        _ => {}
    }
}

fn polkadot_js(url: &str) -> String {
    let encoded: String = url.replace(':', "%3A").replace('/', "%2F");
    format!("https://polkadot.js.org/apps/?rpc={encoded}")
}

async fn keep(running: &Running, population: &Population, folder: &std::path::Path) -> Result<()> {
    eprintln!("\nIt goes on running. Ctrl-C stops all of it.");
    for node in &running.nodes {
        eprintln!("  node {:<8} {}", node.process.name(), node.url);
    }
    if let Some(node) = running.nodes.last() {
        eprintln!("  polkadot.js   {}", polkadot_js(&node.url));
    }
    for validator in &population.validators {
        eprintln!("  validator     http://127.0.0.1:{}/status", validator.port);
    }
    eprintln!("  data and logs {}", folder.display());
    if std::io::stdin().is_terminal() {
        eprintln!("  sudo key and first staker: //Alice");
    }
    signal::ctrl_c().await?;
    Ok(())
}
