//! The order of checks, from a request's headers to the admission queue. What is cheap comes
//! first, and nothing is remembered of a stranger before the signature holds.

use super::Peer;
use crate::{
    chain::view::{Standing, VOID_AFTER},
    clock,
    limiter::address_key,
    App,
};
use alun_client::{Balance, Tokens};
use alun_protocol::{auth, limits, query::Query, Refusal};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{header, request::Parts},
};
use futures::StreamExt;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long a block that this node has not seen finalized yet is waited for.
const BLOCK_PATIENCE: Duration = Duration::from_secs(1);
/// How long a look at the chain may take before a sender without permit is refused.
const PERMIT_PATIENCE: Duration = Duration::from_secs(2);
/// How much of a refused body is read, so that the refusal reaches a client that is still sending.
const DRAIN_BYTES: u64 = 4 * limits::BODY_BYTES;
/// For how long.
const DRAIN_WITHIN: Duration = Duration::from_secs(1);

/// A request that may be worked on.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Headers of the signature.
    pub headers: auth::Headers,
    /// Signed query.
    pub query: Query,
    /// Index of the hotkey that it is for.
    pub receiver: usize,
    /// Stake weight of the sender.
    pub stake: Balance,
    /// The body.
    pub body: Bytes,
    /// When it came.
    pub started: Instant,
}

/// Checks the address that a request came from. Comes first, for every path.
pub(crate) fn check_address(app: &App, request: &Request) -> Result<(), Refusal> {
    let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let ip = request.extensions().get::<Peer>().map_or(unknown, |peer| peer.0);
    if app.per_address.take(address_key(ip), Instant::now()) {
        Ok(())
    } else {
        Err(Refusal::AddressQuota)
    }
}

/// Everything between the limit per address and the admission queue.
pub(crate) async fn pass(app: &App, request: Request, started: Instant) -> Result<Passed, Refusal> {
    let (parts, body) = request.into_parts();
    let checked = before_body(app, &parts).await;
    let (headers, query, receiver) = match checked {
        Ok(checked) => checked,
        Err(refusal) => {
            drain(&parts, body).await;
            return Err(refusal);
        }
    };
    let body = read_body(body).await?;
    let sender = headers.verify(parts.method.as_str(), target(&parts), &body)?;
    app.replay.accept(&sender, headers.nonce_ns, clock::now_ns())?;
    let stake = policy(app, &headers).await?;
    if !app.per_hotkey.take((sender, receiver), Instant::now()) {
        return Err(Refusal::HotkeyQuota);
    }
    Ok(Passed { headers, query, receiver, stake, body, started })
}

/// Path and query, as they were signed.
fn target(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |target| target.as_str())
}

/// Header shape and declared size, receiver, freshness, chain.
async fn before_body(app: &App, parts: &Parts) -> Result<(auth::Headers, Query, usize), Refusal> {
    let bytes = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    if bytes.sum::<usize>() + target(parts).len() > limits::HEADERS_BYTES {
        return Err(Refusal::HeadersTooLarge);
    }
    let pairs = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = auth::Headers::parse(pairs)?;
    auth::check_declared_size(declared_size(parts))?;
    let receiver = headers.check_receiver(&app.addresses)?;
    headers.check_freshness(clock::now_ns())?;
    let query = Query::parse(target(parts))?;
    let view = &app.view;
    let served = [view.netuid()];
    // First without the block, so that only a request for this chain can make anybody wait.
    query.check(view.genesis(), &served, |_| true)?;
    let recent = view.knows_within(&query.at, BLOCK_PATIENCE).await;
    query.check(view.genesis(), &served, |_| recent)?;
    Ok((headers, query, receiver))
}

fn declared_size(parts: &Parts) -> Option<u64> {
    parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads the body under its cap and in its time.
async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    let limit = usize::try_from(limits::BODY_BYTES).unwrap_or(usize::MAX);
    let mut stream = body.into_data_stream();
    let read = async {
        let mut whole = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|_| Refusal::BadBody { why: "it broke off".into() })?;
            if whole.len().saturating_add(piece.len()) > limit {
                return Err(Refusal::BodyTooLarge);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(Bytes::from(whole))
    };
    let limit_s = limits::BODY_WITHIN.as_secs();
    let slow = Refusal::TooSlow { what: "body", limit_s };
    timeout(limits::BODY_WITHIN, read).await.unwrap_or(Err(slow))
}

/// Reads what a refused client is still sending, within bounds: a connection that is closed on
/// unread bytes may take the refusal with it.
async fn drain(parts: &Parts, body: Body) {
    if body.is_end_stream() || declared_size(parts).is_some_and(|size| size > DRAIN_BYTES) {
        return;
    }
    let mut left = DRAIN_BYTES;
    let mut stream = body.into_data_stream();
    let read = async {
        while let Some(Ok(piece)) = stream.next().await {
            left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if left == 0 {
                return;
            }
        }
    };
    // However it ended: the refusal is sent now.
    let _ = timeout(DRAIN_WITHIN, read).await;
}

/// Whether the sender may use this miner; its stake weight if so. Looks at the chain again before
/// it refuses anybody: permits are granted at every epoch.
async fn policy(app: &App, headers: &auth::Headers) -> Result<Balance, Refusal> {
    let admitted = || {
        let snapshot = app.view.snapshot();
        snapshot.of(&headers.sender_public).filter(|standing| may_use(app, standing)).copied()
    };
    let mut standing = admitted();
    if standing.is_none() {
        app.view.refresh(PERMIT_PATIENCE).await;
        standing = admitted();
    }
    let age = app.view.snapshot().age();
    if age > VOID_AFTER {
        let why = format!("its node has been silent for {} s", age.as_secs());
        return Err(Refusal::Unavailable { why });
    }
    let standing = standing.ok_or_else(|| {
        let netuid = app.view.netuid();
        let stake = app
            .min_stake
            .map(|least| format!(" or a stake weight of {} tokens or more there", Tokens(least)));
        let stake = stake.unwrap_or_default();
        let why = format!("it needs a validator permit on subnet {netuid}{stake}");
        Refusal::NotAllowed { sender: headers.sender.clone(), why }
    })?;
    Ok(standing.stake_weight)
}

fn may_use(app: &App, standing: &Standing) -> bool {
    standing.permit || app.min_stake.is_some_and(|least| standing.stake_weight >= least)
}
