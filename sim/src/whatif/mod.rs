//! `alun-sim whatif`: an epoch of a live chain, computed again with something changed.
//!
//! The chain keeps what its last epoch was computed from until the next one. [`read()`] fetches that,
//! and [`compare()`] computes the epoch twice, as it was and with the [`Change`]s, and divides the same
//! emission by both. As it was, it must be what the chain has recorded.

mod change;
mod compare;
mod error;
mod read;

pub use change::Change;
pub use compare::{compare, Comparison, Money, NeuronChange, Pay};
pub use error::WhatIfError;
pub use read::{read, Question, Snapshot};
