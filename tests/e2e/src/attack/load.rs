//! More requests than the model can work off, all of them right.

use super::{
    http::{address, Connection},
    scene::Scene,
    Outcome,
};
use crate::harness::Key;
use alun_protocol::limits;
use anyhow::{ensure, Result};
use futures::future::try_join_all;
use serde_json::{json, Value};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{interval, MissedTickBehavior};

/// Requests one after the other that tell what an answer takes without load.
const ALONE: usize = 20;
/// Texts of a request: so many that a few requests a second are all that one thread does.
const TEXTS: usize = 32;

fn question() -> Value {
    let words = "the square is open to all who serve and to all who are served ";
    json!({"input": vec![words.repeat(4); TEXTS]})
}

/// The value at a part of the sorted list.
fn quantile(sorted: &[Duration], part: f64) -> Duration {
    let at = (sorted.len().saturating_sub(1) as f64 * part).round();
    sorted.get(at as usize).copied().unwrap_or_default()
}

/// Every sender asks as often as its quota lets it, for so long.
pub(crate) async fn overload(scene: &Arc<Scene>, time: Duration) -> Result<Outcome> {
    let mut outcome = Outcome::new("overload");
    let mut alone = Vec::new();
    let mut connection = Connection::open(address(0), scene.address).await?;
    for number in 0..ALONE {
        let sender = &scene.senders[number % scene.senders.len()];
        let bytes = scene.envelope(sender, &question()).await?.bytes();
        let started = Instant::now();
        let status = connection.ask(&bytes).await?.map(|reply| reply.status);
        ensure!(status == Some(200), "{status:?} for a right request without load");
        alone.push(started.elapsed());
    }
    alone.sort_unstable();
    let all = scene.senders.iter().enumerate().map(|(number, sender)| {
        let (scene, sender) = (scene.clone(), sender.clone());
        tokio::spawn(async move { offer(&scene, number, &sender, time).await })
    });
    let (mut served, mut refused) = (Vec::new(), Vec::new());
    for one in try_join_all(all).await? {
        for (status, took) in one? {
            outcome.count(status);
            match status {
                Some(200) => served.push(took),
                Some(429 | 503) => refused.push(took),
                other => outcome.fault(true, format!("{other:?} under load")),
            }
        }
    }
    served.sort_unstable();
    refused.sort_unstable();
    ensure!(!served.is_empty(), "nothing was served under load");
    let (alone, loaded) = (quantile(&alone, 0.5), quantile(&served, 0.5));
    let capacity = 1.0 / alone.as_secs_f64();
    outcome.note = format!(
        "offered {:.1} times what one after the other does; admitted: median {:.2} s, 95 % {:.2} s, alone {:.2} s ({:.1} times); refused: median {:.0} ms",
        outcome.sent as f64 / time.as_secs_f64() / capacity,
        loaded.as_secs_f64(),
        quantile(&served, 0.95).as_secs_f64(),
        alone.as_secs_f64(),
        loaded.as_secs_f64() / alone.as_secs_f64(),
        quantile(&refused, 0.5).as_secs_f64() * 1e3,
    );
    outcome.fault(
        quantile(&served, 1.0) > limits::TOTAL_WITHIN + Duration::from_secs(2),
        "an answer took longer than a request may",
    );
    Ok(outcome)
}

/// One sender's requests at the rate of its quota, each on a connection of its own so that none waits
/// for another.
async fn offer(
    scene: &Arc<Scene>,
    number: usize,
    sender: &Key,
    time: Duration,
) -> Result<Vec<(Option<u16>, Duration)>> {
    let body = serde_json::to_vec(&question())?;
    let at = scene.market.chain.finalized().await?.hash().0;
    let period = Duration::from_secs(1) / limits::REQUESTS_PER_SECOND_PER_HOTKEY;
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pending = Vec::new();
    let started = Instant::now();
    while started.elapsed() < time {
        ticks.tick().await;
        let bytes = scene.envelope_at(sender, body.clone(), at)?.bytes();
        let scene = scene.clone();
        pending.push(tokio::spawn(async move {
            let sent = Instant::now();
            let mut connection = Connection::open(address(1_000 + number), scene.address).await?;
            let status = connection.ask(&bytes).await?.map(|reply| reply.status);
            anyhow::Ok((status, sent.elapsed()))
        }));
    }
    try_join_all(pending).await?.into_iter().collect()
}
