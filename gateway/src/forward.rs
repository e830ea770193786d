//! Asking miners until one answers: one at first, a second when it is slow, another when one fails;
//! nobody twice for one request.

use crate::{api::ApiError, metrics::Metrics, subnets::Subnet};
use alun_exchange::{Asked, Fault};
use alun_protocol::limits;
use futures::{stream::FuturesUnordered, Future, StreamExt};
use std::time::{Duration, Instant};
use tokio::time::{sleep, sleep_until, Instant as Timer};

/// Miners that are asked for one request at most.
const ATTEMPTS: usize = 4;
/// How often it is looked whether a busy miner takes requests again.
const PATIENCE: Duration = Duration::from_millis(50);

/// An answer, and whose.
#[derive(Debug)]
pub struct Won<T> {
    /// The miner's hotkey.
    pub hotkey: [u8; 32],
    /// What it answered.
    pub value: T,
}

/// Asks until the first success. `ask` is called once for each miner; those that lose are dropped,
/// which closes their connections.
pub async fn first<T, F: Future<Output = Result<T, Fault>>>(
    subnet: &Subnet,
    metrics: &Metrics,
    started: Instant,
    ask: impl Fn(Asked) -> F,
) -> Result<Won<T>, ApiError> {
    let deadline = Timer::from_std(started + limits::TOTAL_WITHIN);
    let netuid = subnet.netuid.0;
    let mut tried: Vec<[u8; 32]> = Vec::new();
    let mut running = FuturesUnordered::new();
    let mut hedged = false;
    let mut last = Fault::from("there is no miner with an endpoint");
    loop {
        // Nobody is asked now: ask the first, or the next after a failure.
        if running.is_empty() {
            let view = subnet.view()?;
            match subnet.pick(&view, &tried) {
                Ok(miner) if tried.len() < ATTEMPTS => {
                    if !tried.is_empty() {
                        metrics.retries.inc();
                    }
                    tried.push(miner.candidate.hotkey);
                    running.push(timed(miner.candidate.hotkey, ask(subnet.asked(&view, &miner))));
                }
                Err(true) if tried.len() < ATTEMPTS => {
                    if Timer::now() + PATIENCE >= deadline {
                        return Err(ApiError::slow(limits::TOTAL_WITHIN.as_secs()));
                    }
                    sleep(PATIENCE).await;
                    continue;
                }
                _ => return Err(ApiError::unanswered(last)),
            }
        }
        let hedge_at = Timer::now() + subnet.book().hedge_after();
        tokio::select! {
            Some((hotkey, took, result)) = running.next() => match result {
                Ok(value) => {
                    metrics.asked(netuid, "answered");
                    subnet.book().answered(hotkey, took);
                    return Ok(Won { hotkey, value });
                }
                Err(fault) => {
                    let busy = matches!(fault, Fault::Refused { status: 429 | 503, .. });
                    metrics.asked(netuid, if busy { "busy" } else { "failed" });
                    let miner = alun_keys::ss58::encode(&hotkey);
                    tracing::info!(netuid, miner, %fault, "asking another");
                    // Too many requests this second is no failing; an overloaded miner is one.
                    if !matches!(fault, Fault::Refused { status: 429, .. }) {
                        subnet.book().failed(hotkey, Instant::now());
                    }
                    last = fault;
                }
            },
            () = sleep_until(hedge_at), if !hedged && tried.len() < ATTEMPTS => {
                hedged = true;
                let view = subnet.view()?;
                if let Ok(miner) = subnet.pick(&view, &tried) {
                    metrics.hedges.inc();
                    tried.push(miner.candidate.hotkey);
                    running.push(timed(miner.candidate.hotkey, ask(subnet.asked(&view, &miner))));
                }
            }
            () = sleep_until(deadline) => {
                for hotkey in &tried {
                    subnet.book().failed(*hotkey, Instant::now());
                }
                return Err(ApiError::slow(limits::TOTAL_WITHIN.as_secs()));
            }
        }
    }
}

async fn timed<T>(
    hotkey: [u8; 32],
    answer: impl Future<Output = Result<T, Fault>>,
) -> ([u8; 32], Duration, Result<T, Fault>) {
    let started = Instant::now();
    let result = answer.await;
    (hotkey, started.elapsed(), result)
}
