//! Income history of every account: what came, what went, and why, so that opening + entries =
//! closing to the unit.
//!
//! [`follow`] reads finalized blocks, which no fork takes back, one transaction of the database
//! each; killed at any moment it goes on after the last whole block. [`Store`] holds what it found,
//! [`query`] makes statements of it, [`http`] serves them. Native balances come from the events of
//! balances, held against the account in every block that touches it; stake positions from the
//! events of stake and the rows of pools, so that a block costs the same with one nominator and many.

pub mod book;
pub mod error;
pub mod follow;
pub mod http;
mod names;
pub mod pool;
pub mod query;
pub mod store;

pub use error::IndexError;
pub use follow::{follow, index_to};
pub use query::{ask, Entry, History, Question, Role, Statement};
pub use store::Store;
