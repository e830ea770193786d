//! The nouns that everything in Alun shares: ids, amounts, hyperparameters, weight rows, the
//! views that runtime APIs return, and the traits through which the pallets meet.
//!
//! No FRAME, no I/O, `no_std`. With the feature `client` the types that cross the wire can also be
//! encoded and decoded by a node's metadata.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

extern crate alloc;

mod alpha;
mod amount;
mod commit;
mod endpoint;
mod eviction;
mod explanation;
mod hyperparameters;
mod ids;
mod schedule;
mod task;
pub mod traits;
mod validity;
pub mod views;
mod weight_row;

pub use alpha::{Alpha, AlphaCredit, AlphaIssuance, Trade, TradeError};
pub use amount::{cut, part_of, Balance, Cut, Ppm, UNIT};
pub use commit::{commit_preimage, WeightCommit, COMMIT_TAG};
pub use endpoint::{Endpoint, EndpointError, IpAddress, Protocol};
pub use eviction::{Distance, Eviction};
pub use hyperparameters::{
    BondRule, Bounds, CrossCheck, Hyperparameter, Hyperparameters, OutOfBounds, Setter,
    HYPERPARAMETERS,
};
pub use ids::{MechanismId, NetUid, Uid};
pub use schedule::Schedule;
pub use task::{TaskDescriptor, TaskKind, MAX_TASK_PARAMETERS};
pub use validity::Refusal;
pub use weight_row::{max_upscale, RowError, RowLimits, WeightRow, MAX_ROW};

/// A block's height.
pub type BlockNumber = u32;
/// Milliseconds: what durations are stored and set in.
pub type Millis = u64;
/// A BLAKE2b-256 or SHA-256 digest, by context.
pub type Digest = [u8; 32];
