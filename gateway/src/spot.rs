//! Checks of delivered answers with the own model, as a validator makes them. A miner that fails one
//! is put aside.

use crate::{metrics::Metrics, subnets::Subnet};
use alun_scoring::{Answer, Question};
use rand::Rng;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Answers that wait to be checked; when there are more, some go unchecked.
const WAITING: usize = 64;

/// An answer to check.
struct Check {
    subnet: Arc<Subnet>,
    miner: [u8; 32],
    question: Question,
    answer: Answer,
}

/// Hands answers to the checker.
#[derive(Clone)]
pub struct Spot {
    percent: u8,
    checks: mpsc::Sender<Check>,
    metrics: Arc<Metrics>,
}

impl Spot {
    /// Starts the checker. `percent` of the answers are checked; who fails is put aside for `aside`.
    pub fn start(percent: u8, aside: Duration, metrics: Arc<Metrics>) -> Self {
        let (checks, mut waiting) = mpsc::channel::<Check>(WAITING);
        let counted = metrics.clone();
        tokio::spawn(async move {
            // One at a time: the model uses every thread it is given.
            while let Some(check) = waiting.recv().await {
                run(check, aside, &counted).await;
            }
        });
        Self { percent, checks, metrics }
    }

    /// Takes an answer for a check, or not.
    pub fn consider(
        &self,
        subnet: &Arc<Subnet>,
        miner: [u8; 32],
        question: &Question,
        answer: Answer,
    ) {
        if rand::thread_rng().gen_range(0..100) >= self.percent {
            return;
        }
        let (subnet, question) = (subnet.clone(), question.clone());
        if self.checks.try_send(Check { subnet, miner, question, answer }).is_err() {
            self.metrics.check("skipped");
        }
    }
}

async fn run(check: Check, aside: Duration, metrics: &Metrics) {
    let Check { subnet, miner, question, answer } = check;
    let (task, netuid) = (subnet.task.clone(), subnet.netuid);
    let verdict = tokio::task::spawn_blocking(move || task.verify(&question, &answer)).await;
    let hotkey = alun_keys::ss58::encode(&miner);
    match verdict {
        Ok(Ok(verdict)) if verdict.passed => metrics.check("passed"),
        Ok(Ok(verdict)) => {
            metrics.check("failed");
            subnet.book().put_aside(miner, Instant::now() + aside);
            let seconds = aside.as_secs();
            tracing::warn!(%netuid, hotkey, seconds, finding = %verdict.finding, "A MINER'S ANSWER IS NOT THE MODEL'S: it is put aside");
        }
        Ok(Err(error)) => {
            metrics.check("error");
            tracing::error!(%netuid, %error, "an answer can't be checked");
        }
        Err(error) => {
            metrics.check("error");
            tracing::error!(%netuid, %error, "a check ended unexpectedly");
        }
    }
}
