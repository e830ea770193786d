//! A validator's evidence, as the validator writes it and an auditor reads it. Pure of network,
//! disk and chain.
//!
//! - [`leaf`]: what the lines say. [`bundle`]: a file of them, written and read under limits.
//! - [`merkle`]: the root that a weight commit binds, and proofs of single leaves.
//! - [`recompute`]: from leaves to averages to the row; the validator's own way too.
//! - [`check`]: every check of `alun audit`, given what the chain says.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod bundle;
pub mod check;
pub mod leaf;
pub mod merkle;
pub mod recompute;

pub use bundle::{lines, root_of, Bundle, Entry, EvidenceError, MAX_BUNDLE, MAX_LEAF, MAX_LEAVES};
pub use check::{Facts, Finding, Outcome, Rostered, Wire};
pub use leaf::{
    nine, recorded, sentence, Challenge, Header, Leaf, Miner, Previous, Request, FORMAT,
};
