//! `/health`, `/metrics` and `/status`.

use crate::{
    error::ValidatorError,
    metrics::Metrics,
    state::{EpochRecord, Fate, MinerRecord},
};
use alun_client::{MechanismId, NetUid};
use axum::{extract::State, http::StatusCode, routing::get, Json, Router};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// What is known of each subnet, for people and programs.
#[derive(Default)]
pub struct Board {
    subnets: Mutex<BTreeMap<(NetUid, MechanismId), Shown>>,
}

#[derive(Clone, Default)]
struct Shown {
    step: String,
    record: Option<EpochRecord>,
}

#[derive(Serialize)]
struct MinerView {
    uid: u16,
    hotkey: String,
    answered: f64,
    verified: f64,
    score: f64,
    average: f64,
    finding: String,
}

impl From<MinerRecord> for MinerView {
    fn from(miner: MinerRecord) -> Self {
        Self {
            uid: miner.uid,
            hotkey: miner.hotkey,
            answered: miner.seen.answered,
            verified: miner.seen.verified,
            score: miner.seen.score,
            average: miner.average.value,
            finding: miner.finding,
        }
    }
}

#[derive(Serialize)]
struct SubnetView {
    netuid: NetUid,
    mechanism: MechanismId,
    step: String,
    epoch: Option<u64>,
    commit: Option<Fate>,
    reveal: Option<Fate>,
    no_row: Option<String>,
    miners: Vec<MinerView>,
}

/// The body of `/status`.
#[derive(Serialize)]
pub struct Status {
    hotkey: String,
    chain: String,
    subnets: Vec<SubnetView>,
}

impl Board {
    fn change(&self, netuid: NetUid, mechanism: MechanismId, change: impl FnOnce(&mut Shown)) {
        // A poisoned lock still holds what to show.
        let mut subnets = self.subnets.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        change(subnets.entry((netuid, mechanism)).or_default());
    }

    /// Notes what is being done.
    pub fn step(&self, netuid: NetUid, mechanism: MechanismId, step: &str) {
        self.change(netuid, mechanism, |shown| shown.step = step.to_owned());
    }

    /// Notes the newest epoch.
    pub fn show(&self, netuid: NetUid, mechanism: MechanismId, record: &EpochRecord) {
        self.change(netuid, mechanism, |shown| shown.record = Some(record.clone()));
    }

    fn views(&self) -> Vec<SubnetView> {
        let subnets = self.subnets.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        subnets
            .into_iter()
            .map(|((netuid, mechanism), shown)| view(netuid, mechanism, shown))
            .collect()
    }
}

fn view(netuid: NetUid, mechanism: MechanismId, shown: Shown) -> SubnetView {
    let Shown { step, record } = shown;
    let (epoch, commit, reveal, no_row, miners) = match record {
        Some(record) => {
            let miners = record.miners.into_iter().map(MinerView::from).collect();
            (Some(record.epoch), Some(record.commit), Some(record.reveal), record.row.err(), miners)
        }
        None => (None, None, None, None, Vec::new()),
    };
    SubnetView { netuid, mechanism, step, epoch, commit, reveal, no_row, miners }
}

#[derive(Clone)]
struct Served {
    board: Arc<Board>,
    metrics: Arc<Metrics>,
    hotkey: String,
    chain: String,
}

/// Binds the address, so that a taken port is known at once.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ValidatorError> {
    TcpListener::bind(address).await.map_err(|source| ValidatorError::Listen { address, source })
}

/// Serves until the process ends.
pub async fn serve(
    listener: TcpListener,
    board: Arc<Board>,
    metrics: Arc<Metrics>,
    hotkey: String,
    genesis: [u8; 32],
) -> Result<(), ValidatorError> {
    let served = Served { board, metrics, hotkey, chain: format!("0x{}", hex::encode(genesis)) };
    let router = Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route(
            "/metrics",
            get(|State(served): State<Served>| async move {
                served
                    .metrics
                    .text()
                    .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
            }),
        )
        .route(
            "/status",
            get(|State(served): State<Served>| async move {
                Json(Status {
                    subnets: served.board.views(),
                    hotkey: served.hotkey,
                    chain: served.chain,
                })
            }),
        )
        .with_state(served);
    axum::serve(listener, router).await.map_err(|error| ValidatorError::Worker(error.to_string()))
}
