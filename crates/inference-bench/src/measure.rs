//! Times and memory.

use crate::peers::Peer;
use anyhow::{Context, Result};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// Between two that take turns: the threads of the one before have gone to sleep by then.
const PAUSE: Duration = Duration::from_millis(30);

/// Seconds of `work`, after a pause.
pub fn seconds<T>(work: impl FnOnce() -> Result<T>) -> Result<f64> {
    thread::sleep(PAUSE);
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// A pause for one who measures itself.
pub fn pause() {
    thread::sleep(PAUSE);
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle), values.get(middle.wrapping_sub(1))) {
        (0, Some(upper), Some(lower)) => (upper + lower) / 2.0,
        (_, Some(value), _) => *value,
        _ => f64::NAN,
    }
}

/// What two reached in each round, in units a second.
#[derive(Default)]
pub struct Rounds {
    ours: Vec<f64>,
    peer: Vec<f64>,
}

impl Rounds {
    pub fn push(&mut self, ours: f64, peer: f64) {
        self.ours.push(ours);
        self.peer.push(peer);
    }

    /// Medians of both and of their ratio in each round.
    pub fn medians(self) -> (f64, f64, f64) {
        let ratios = self.ours.iter().zip(&self.peer).map(|(ours, peer)| ours / peer).collect();
        (median(self.ours), median(self.peer), median(ratios))
    }
}

/// Bytes of memory that this process has now.
pub fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
    Ok(kilobytes.parse::<u64>()? * 1_024)
}

/// Prints how much memory a model and its work have taken, ours and the peer's.
pub fn memory(name: &str, before: u64, peer: &mut Peer) -> Result<()> {
    let ours = resident()?.saturating_sub(before) >> 20;
    let (start, now) = peer.resident()?;
    println!(
        "{name}: memory beyond that of the bare process: ours {ours} MiB, peer's {} MiB\n",
        now.saturating_sub(start) >> 20
    );
    Ok(())
}
