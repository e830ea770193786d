//! HTTP: connections, the order of checks, answers and their receipts.

mod embeddings;
mod external;
mod gate;
mod generation;
mod info;
mod receipt;
pub(crate) mod routes;
pub(crate) mod server;
mod stall;
mod stream;

use alun_protocol::limits;
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// Address that a request came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub IpAddr);

/// What is left of the time that a request may take.
pub(crate) fn deadline_left(started: Instant) -> Duration {
    limits::TOTAL_WITHIN.saturating_sub(started.elapsed())
}
