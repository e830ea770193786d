//! The service as a whole: what every request sees.

use crate::{
    admission::Admission,
    chain::{announce::Announcements, view::ChainView},
    clock,
    limiter::Limiter,
    metrics::Metrics,
    strategy::{Cheats, Upstream},
    MinerError, Model, Served, Strategy,
};
use alun_client::Balance;
use alun_protocol::{limits, replay::ReplayWindow};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Burst of a hotkey: two seconds' worth, so that the challenges of an epoch may come at once.
const HOTKEY_BURST: u32 = 2 * limits::REQUESTS_PER_SECOND_PER_HOTKEY;

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// What is known of the chain.
    pub view: Arc<ChainView>,
    /// Hotkeys served.
    pub served: Vec<Served>,
    /// Their model.
    pub model: Model,
    /// A worse one, for tests in which a hotkey runs it instead.
    pub substitute: Option<Model>,
    /// Stake weight that stands in for a permit, if any does.
    pub min_stake: Option<Balance>,
    /// Time that the subnet wants an answer in.
    pub target: Duration,
    /// Unix time in nanoseconds from which this process, and no other, could accept requests.
    pub started_ns: u64,
}

/// The service: everything but connections and the chain behind the view.
#[derive(Debug)]
pub struct App {
    pub(crate) view: Arc<ChainView>,
    pub(crate) served: Vec<Served>,
    /// Addresses of `served`, in the same order.
    pub(crate) addresses: Vec<String>,
    pub(crate) model: Model,
    pub(crate) cheats: Cheats,
    pub(crate) min_stake: Option<Balance>,
    pub(crate) target: Duration,
    pub(crate) started_s: u64,
    pub(crate) replay: ReplayWindow,
    pub(crate) per_address: Limiter<u128>,
    /// By sender and hotkey served: several hotkeys are as many miners, though in one process.
    pub(crate) per_hotkey: Limiter<([u8; 32], usize)>,
    pub(crate) admission: Admission,
    pub(crate) metrics: Metrics,
    pub(crate) announcements: Announcements,
    pub(crate) stopping: CancellationToken,
}

impl App {
    /// A service of these parts, with the limits of the wire.
    pub fn new(parts: Parts) -> Result<Self, MinerError> {
        let Parts { view, served, model, substitute, min_stake, target, started_ns } = parts;
        let metrics = Metrics::new().map_err(|error| MinerError::Setup(error.to_string()))?;
        let own = served.iter().map(|one| one.hotkey.public()).collect();
        let proxy = served.iter().find(|one| one.strategy == Strategy::Proxy);
        let upstream = proxy.map(|one| Upstream::new(view.clone(), one.hotkey.clone(), own));
        let upstream = upstream.transpose().map_err(MinerError::Setup)?;
        Ok(Self {
            view,
            addresses: served.iter().map(|one| one.hotkey.ss58()).collect(),
            announcements: Announcements::new(served.len()),
            served,
            model,
            cheats: Cheats { substitute, upstream, ..Cheats::default() },
            min_stake,
            target,
            started_s: clock::now_s(),
            replay: ReplayWindow::new(started_ns),
            per_address: Limiter::new(limits::REQUESTS_PER_SECOND_PER_IP, limits::BURST_PER_IP),
            per_hotkey: Limiter::new(limits::REQUESTS_PER_SECOND_PER_HOTKEY, HOTKEY_BURST),
            admission: Admission::default(),
            metrics,
            stopping: CancellationToken::new(),
        })
    }

    /// The model served.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The admission queue: a caller that holds its permits holds the service up.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }
}
