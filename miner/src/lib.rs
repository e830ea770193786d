//! The miner: one model of a subnet, served for one or several hotkeys.
//!
//! ```text
//! settings ─ identity          what to serve, as whom
//! model    ─ strategy          answers (and, for tests, wrong ones)
//! chain/   view                what the miner knows of the chain, as data
//!          sync                keeps it fresh
//!          register, announce  what the miner writes
//! serve/   server              connections: header times, stalled readers, graceful stop
//!          routes, gate        the order of checks
//!          embeddings, generation, stream, receipt, info
//! limiter, admission, metrics
//! run                          puts it together
//! ```
//!
//! [`App`] is the whole service without the chain behind it: tests fill its [`ChainView`] by hand.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod admission;
mod app;
mod chain;
mod clock;
mod error;
mod external;
mod identity;
mod limiter;
mod metrics;
mod model;
mod run;
mod serve;
mod settings;
mod strategy;

pub use admission::{Admission, Permit};
pub use app::{App, Parts};
pub use chain::view::{ChainView, Snapshot, Standing};
pub use error::MinerError;
pub use external::External;
pub use identity::Served;
pub use model::Model;
pub use run::run;
pub use serve::server::serve;
pub use settings::Settings;
pub use strategy::Strategy;
