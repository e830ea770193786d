//! `GET /v1/models`, `/health` and `/metrics`.

use super::routes;
use crate::{
    chain::{
        announce::Announcement,
        view::{STALE_AFTER, VOID_AFTER},
    },
    App,
};
use alun_client::{BlockNumber, NetUid};
use alun_protocol::{
    messages::{Model, ModelExtras, ModelList},
    query,
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use std::sync::Arc;

/// The one model.
pub(crate) async fn models(State(app): State<Arc<App>>) -> Response {
    let extras = ModelExtras {
        commitment: hex::encode(app.model.commitment()),
        hotkeys: app.addresses.clone(),
        netuids: vec![app.view.netuid().0],
    };
    let name = app.model.info().name.clone();
    let list = ModelList::new(vec![Model::new(name, app.started_s, extras)]);
    routes::json(StatusCode::OK, &list)
}

#[derive(Serialize)]
struct Health {
    /// `ok`; `stale`: serving with old permits; `silent`: too old to serve; `stopping`.
    status: &'static str,
    net: String,
    netuid: NetUid,
    model: String,
    commitment: String,
    hotkeys: Vec<Hotkey>,
    finalized: BlockNumber,
    /// Block of what is known of the subnet, and its age in seconds.
    block: BlockNumber,
    age_s: u64,
    running: usize,
    waiting: usize,
}

#[derive(Serialize)]
struct Hotkey {
    hotkey: String,
    /// `null`: not registered (any more).
    uid: Option<u16>,
    /// `pending`, `waiting for block …`, `done`, or why it failed.
    announced: String,
}

/// Whether and as whom the miner serves. 503 when it does not.
pub(crate) async fn health(State(app): State<Arc<App>>) -> Response {
    let snapshot = app.view.snapshot();
    let age = snapshot.age();
    let (status, code) = if app.stopping.is_cancelled() {
        ("stopping", StatusCode::SERVICE_UNAVAILABLE)
    } else if age > VOID_AFTER {
        ("silent", StatusCode::SERVICE_UNAVAILABLE)
    } else if age > STALE_AFTER {
        ("stale", StatusCode::OK)
    } else {
        ("ok", StatusCode::OK)
    };
    let hotkeys = app.served.iter().enumerate().map(|(index, one)| Hotkey {
        hotkey: one.hotkey.ss58(),
        uid: snapshot.of(&one.hotkey.public()).map(|standing| standing.uid.0),
        announced: match app.announcements.get(index) {
            Announcement::Pending => "pending".into(),
            Announcement::Waiting(block) => format!("waiting for block {block}"),
            Announcement::Done => "done".into(),
            Announcement::Failed(why) => why,
        },
    });
    let health = Health {
        status,
        net: hex::encode(query::net_of(app.view.genesis())),
        netuid: app.view.netuid(),
        model: app.model.info().name.clone(),
        commitment: hex::encode(app.model.commitment()),
        hotkeys: hotkeys.collect(),
        finalized: app.view.finalized(),
        block: snapshot.block(),
        age_s: age.as_secs(),
        running: app.admission.running(),
        waiting: app.admission.waiting(),
    };
    routes::json(code, &health)
}

/// Everything that is counted.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.text(&app);
    routes::respond(StatusCode::OK, "text/plain; version=0.0.4", text)
}
