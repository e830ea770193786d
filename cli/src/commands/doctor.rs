//! `alun doctor`: whether a chain is well.

use crate::{
    output::{Output, Show},
    CliError, Context,
};
use alun_client::{Chain, Health};
use clap::Subcommand;
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whether a chain is well.
#[derive(Debug, Subcommand)]
pub enum Doctor {
    /// Checks every invariant of a live chain at its newest final block, and its node
    #[command(
        after_help = "Examples:\n  alun doctor chain\n  alun doctor chain --url ws://10.0.0.5:9944 \
                      --json\n\nReads the whole state: slow on a big chain. Exit code 1 if anything \
                      is wrong. The numbers are those of docs/invariants.md."
    )]
    Chain,
}

/// The invariants that a chain checks, by the check that goes through them in turn and stops at the
/// first that does not hold.
const CHECKS: [&[&str]; 11] = [
    &["T1"],
    &["A1", "A2"],
    &["N1", "N2", "N3", "N5", "N6", "N7", "N8"],
    &["S1", "S2", "S3", "S4", "M4"],
    &["W1", "W2"],
    &["C1", "C2", "C3", "C4", "C5"],
    &["X2", "E1", "E2"],
    &["M2", "M5"],
    &["K1"],
    &["X1"],
    &["M1"],
];

/// Invariants that more than one check knows; they hold where none says otherwise.
const SHARED: [&str; 1] = ["X3"];

/// Blocks that finality may be behind: more than that, and authorities are missing.
const MAX_LAG: u32 = 20;

/// Slots that the best block may be old, and the clock of this machine off; at least [`MIN_AGE`].
const MAX_SLOTS: u32 = 10;

/// What a busy machine may be late on a chain of short slots.
const MIN_AGE: Duration = Duration::from_secs(30);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// It holds.
    Ok,
    /// It does not.
    Failed,
    /// Another of the same check failed first, so that nobody knows.
    Unknown,
}

/// One check.
#[derive(Debug, Serialize)]
struct Checked {
    /// Number of the invariant, or what was checked of the node.
    name: String,
    /// How it ended.
    verdict: Verdict,
    /// What was found.
    says: String,
}

/// All of them.
#[derive(Debug, Serialize)]
struct Report {
    /// The newest final block: where the invariants were checked.
    block: u32,
    /// Whether everything is well.
    well: bool,
    /// Every invariant.
    invariants: Vec<Checked>,
    /// The node.
    node: Vec<Checked>,
}

impl Show for Report {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&["check", "verdict", "says"]);
        for one in self.invariants.iter().chain(&self.node) {
            let verdict = match one.verdict {
                Verdict::Ok => "ok",
                Verdict::Failed => "FAILED",
                Verdict::Unknown => "unknown",
            };
            table.add_row([one.name.as_str(), verdict, one.says.as_str()]);
        }
        let end = if self.well { "All is well" } else { "Something is wrong" };
        format!("{table}\n{end} at block {}.", self.block)
    }
}

/// Runs `alun doctor`.
pub async fn run(context: &Context, command: Doctor) -> Result<(), CliError> {
    match command {
        Doctor::Chain => chain(context).await,
    }
}

async fn chain(context: &Context) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let node = node(&chain).await?;
    let finalized = chain.finalized().await?;
    let invariants = invariants(&finalized.broken_invariants().await?);
    let wrong: Vec<&str> = invariants
        .iter()
        .chain(&node)
        .filter(|one| one.verdict == Verdict::Failed)
        .map(|one| one.name.as_str())
        .collect();
    let (well, wrong) = (wrong.is_empty(), wrong.join(", "));
    context.output.show(&Report { block: finalized.number(), well, invariants, node })?;
    if well {
        Ok(())
    } else {
        Err(CliError::NotWell(wrong))
    }
}

/// Every number with its verdict, by the sentences of those that do not hold: `X1: why`.
fn invariants(broken: &[String]) -> Vec<Checked> {
    let failed = |number: &str| {
        let begins = |line: &&String| line.split(':').next() == Some(number);
        broken.iter().find(begins)
    };
    let one = |number: &str, verdict, says: &str| Checked {
        name: number.to_owned(),
        verdict,
        says: says.to_owned(),
    };
    let mut all = Vec::new();
    for numbers in CHECKS {
        let stopped = numbers.iter().any(|number| failed(number).is_some());
        all.extend(numbers.iter().map(|number| match failed(number) {
            Some(line) => one(number, Verdict::Failed, line),
            None if stopped => one(number, Verdict::Unknown, "another failed before it"),
            None => one(number, Verdict::Ok, ""),
        }));
    }
    all.extend(SHARED.iter().map(|number| match failed(number) {
        Some(line) => one(number, Verdict::Failed, line),
        None => one(number, Verdict::Ok, ""),
    }));
    // A newer chain may know more than this program.
    let unknown = |line: &&String| {
        !all.iter().any(|known| Some(known.name.as_str()) == line.split(':').next())
    };
    let more: Vec<Checked> =
        broken.iter().filter(unknown).map(|line| one(line, Verdict::Failed, line)).collect();
    all.extend(more);
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

async fn node(chain: &Chain) -> Result<Vec<Checked>, CliError> {
    let health = chain.health().await?;
    let best = chain.best().await?;
    let lag = best.number().saturating_sub(chain.finalized().await?.number());
    let slot = chain.slot().await?;
    // A clock before 1970 is as wrong as any other.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let block = Duration::from_millis(best.timestamp_ms().await?);
    Ok(judge(health, lag, now, block, slot))
}

/// What the node's answers mean. `block` is when the best block was made, as its author says.
fn judge(health: Health, lag: u32, now: Duration, block: Duration, slot: Duration) -> Vec<Checked> {
    let check = |name: &str, well: bool, says: String| Checked {
        name: name.to_owned(),
        verdict: if well { Verdict::Ok } else { Verdict::Failed },
        says,
    };
    let limit = slot.saturating_mul(MAX_SLOTS).max(MIN_AGE);
    let (late, ahead) = (now.saturating_sub(block), block.saturating_sub(now));
    let peers = health.peers > 0 || !health.should_have_peers;
    vec![
        check(
            "syncing",
            !health.syncing,
            if health.syncing { "it catches up" } else { "no" }.into(),
        ),
        check("peers", peers, health.peers.to_string()),
        check("finality lag", lag <= MAX_LAG, format!("{lag} blocks, at most {MAX_LAG}")),
        check(
            "block age",
            late <= limit,
            format!("{} s, at most {} s", late.as_secs(), limit.as_secs()),
        ),
        check(
            "clock drift",
            ahead <= limit,
            format!("this clock is at least {} ms behind the chain's", ahead.as_millis()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(all: &[Checked], name: &str) -> Verdict {
        all.iter().find(|one| one.name == name).unwrap().verdict
    }

    #[test]
    fn every_number_should_be_ok_when_nothing_is_broken() {
        let all = invariants(&[]);
        assert!(all.iter().all(|one| one.verdict == Verdict::Ok), "{all:?}");
        // Those of the page, but for one that is a law between two states and is not of any state.
        let page = include_str!("../../../docs/invariants.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| **")?.split_once("**"));
        let mut listed: Vec<&str> = rows.map(|(number, _)| number).collect();
        let mut named: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        listed.retain(|number| *number != "M3");
        listed.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, listed);
    }

    #[test]
    fn broken_invariant_should_hide_those_of_its_check_only() {
        let all = invariants(&["S2: a position without points".into(), "Z9: news".into()]);
        assert_eq!(verdict(&all, "S2"), Verdict::Failed);
        assert_eq!(verdict(&all, "S1"), Verdict::Unknown);
        assert_eq!(verdict(&all, "X1"), Verdict::Ok);
        assert_eq!(verdict(&all, "Z9: news"), Verdict::Failed);
    }

    #[test]
    fn node_should_be_judged_by_what_it_says() {
        let (slot, now) = (Duration::from_secs(6), Duration::from_secs(1_000));
        let good = Health { peers: 0, syncing: false, should_have_peers: false };
        let failed = |health, lag, block| -> Vec<String> {
            judge(health, lag, now, Duration::from_secs(block), slot)
                .into_iter()
                .filter(|one| one.verdict == Verdict::Failed)
                .map(|one| one.name)
                .collect()
        };
        assert!(failed(good, 3, 998).is_empty());
        let lonely = Health { peers: 0, syncing: true, should_have_peers: true };
        assert_eq!(failed(lonely, 21, 900), ["syncing", "peers", "finality lag", "block age"]);
        assert_eq!(failed(good, 0, 1_061), ["clock drift"]);
    }
}
