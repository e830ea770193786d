//! Attacks on a real miner process, as anybody on the network could make them: what it refuses, how fast,
//! and what an honest user notices meanwhile.

mod exposure;
mod forgeries;
mod http;
mod load;
mod scene;

use anyhow::{bail, Context, Result};
use clap::{Parser, ValueEnum};
use scene::Scene;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex, PoisonError,
    },
    time::Duration,
};
use tokio::time::sleep;

/// More than this beyond what it held before an attack is a leak.
const GROWTH: u64 = 256 << 20;

/// What is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// A miner that serves an embedding subnet.
    Miner,
}

/// Attacks a real process and prints what came of it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "alun-attack",
    version,
    after_help = "Example:\n  scripts/attack miner --envelopes 1000000 --json attack.json"
)]
pub struct Options {
    /// What is attacked.
    pub target: Target,
    /// Mutated requests to send.
    #[arg(long, env = "ALUN_ATTACK_ENVELOPES", default_value_t = 100_000)]
    pub envelopes: u64,
    /// Seconds that each timed attack lasts, 5 to 600.
    #[arg(long, env = "ALUN_ATTACK_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(5..=600))]
    pub seconds: u64,
    /// The seed of the mutations.
    #[arg(long, env = "ALUN_ATTACK_SEED", default_value_t = 1)]
    pub seed: u64,
    /// Writes the table to this file as JSON.
    #[arg(long, env = "ALUN_ATTACK_JSON", value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// TOML file with any of these settings.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What came of one attack.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Outcome {
    /// Its name.
    pub attack: &'static str,
    /// Requests, or connections.
    pub sent: u64,
    /// How many got which status; `closed` where the connection ended without one.
    pub answers: BTreeMap<String, u64>,
    /// What was measured.
    pub note: String,
    /// What should not have happened.
    pub faults: Vec<String>,
    /// Ordinary requests made meanwhile: how many, and the slowest, ms.
    pub honest: Option<(u64, u64)>,
    /// By how much the miner's resident memory grew, bytes.
    pub grown: u64,
}

impl Outcome {
    pub(crate) fn new(attack: &'static str) -> Self {
        Self { attack, ..Self::default() }
    }

    /// Counts an answer.
    pub(crate) fn count(&mut self, status: Option<u16>) {
        let name = status.map_or_else(|| "closed".to_owned(), |status| status.to_string());
        *self.answers.entry(name).or_default() += 1;
        self.sent += 1;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.sent += other.sent;
        for (name, count) in other.answers {
            *self.answers.entry(name).or_default() += count;
        }
        self.faults.extend(other.faults);
    }

    pub(crate) fn fault(&mut self, wrong: bool, what: impl Into<String>) {
        if wrong {
            self.faults.push(what.into());
        }
    }

    fn line(&self) -> String {
        let answers: Vec<String> =
            self.answers.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let honest = match self.honest {
            Some((asked, slowest)) => format!("{asked} asked, slowest {slowest} ms"),
            None => "-".to_owned(),
        };
        format!(
            "{:<22}{:>10}  {:<44}{:<30}{:>8}  {}",
            self.attack,
            self.sent,
            answers.join(", "),
            honest,
            format!("{} MiB", self.grown >> 20),
            if self.faults.is_empty() { &self.note } else { &self.faults[0] }
        )
    }
}

/// Answers, the slowest of them in milliseconds, and what went wrong.
type Seen = (u64, u64, Vec<String>);

/// An honest user who asks about twice a second until it is stopped.
struct Probe {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Probe {
    fn start(scene: &Arc<Scene>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (scene, stopped, noted) = (scene.clone(), stop.clone(), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                let answer = scene.honest(&scene.validator).await;
                {
                    let mut seen = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.0 += 1;
                    match answer {
                        Ok((reply, took)) if reply.status == 200 => {
                            let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                            seen.1 = seen.1.max(took);
                        }
                        Ok((reply, _)) => seen.2.push(format!(
                            "an honest request got {}: {}",
                            reply.status,
                            String::from_utf8_lossy(&reply.body)
                        )),
                        Err(error) => seen.2.push(format!("an honest request failed: {error:#}")),
                    }
                }
                sleep(Duration::from_millis(500)).await;
            }
        });
        Self { stop, seen, task }
    }

    async fn end(self, outcome: &mut Outcome) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.context("the honest user")?;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.honest = Some((seen.0, seen.1));
        outcome.faults.extend(seen.2.iter().take(3).cloned());
        Ok(())
    }
}

/// Makes every attack on a fresh scene; an error if anything was accepted, lost or slowed beyond bounds.
pub async fn run(options: Options) -> Result<()> {
    let Target::Miner = options.target;
    eprintln!("starting a node, a miner and {} who may ask it", 17);
    let mut scene = Arc::new(Scene::start().await?);
    let time = Duration::from_secs(options.seconds);
    let mut table = Vec::new();
    macro_rules! attack {
        ($what:expr) => {{
            let before = scene.memory()?;
            let probe = Probe::start(&scene);
            let mut outcome: Outcome = $what;
            probe.end(&mut outcome).await?;
            outcome.grown = scene.memory()?.saturating_sub(before);
            outcome.fault(outcome.grown > GROWTH, "memory grew by more than 256 MiB");
            println!("{}", outcome.line());
            table.push(outcome);
        }};
    }
    println!(
        "{:<22}{:>10}  {:<44}{:<30}{:>8}  what",
        "attack", "sent", "answers", "honest user", "grown"
    );
    attack!(forgeries::mutated(&scene, options.envelopes, options.seed).await?);
    attack!(forgeries::bad_signatures(&scene, time).await?);
    attack!(forgeries::replays(&scene).await?);
    attack!(exposure::slow_headers(&scene).await?);
    attack!(exposure::slow_bodies(&scene).await?);
    attack!(exposure::too_large(&scene).await?);
    attack!(exposure::nested(&scene).await?);
    attack!(exposure::bombs(&scene).await?);
    attack!(exposure::connections(&scene).await?);
    attack!(load::overload(&scene, time).await?);
    // Without a user beside it: nobody is served while the miner is down.
    let inner = Arc::get_mut(&mut scene).context("somebody still holds the scene")?;
    let outcome = forgeries::replays_after_a_crash(inner).await?;
    println!("{}", outcome.line());
    table.push(outcome);

    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&table)?)
            .with_context(|| format!("writing {}", path.display()))?;
    }
    let faults: Vec<String> = table
        .iter()
        .flat_map(|outcome| {
            outcome.faults.iter().map(|fault| format!("{}: {fault}", outcome.attack))
        })
        .collect();
    if !faults.is_empty() {
        bail!("{} things went wrong:\n{}", faults.len(), faults.join("\n"));
    }
    Ok(())
}
