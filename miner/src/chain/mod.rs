//! The chain as the miner sees and uses it.

pub(crate) mod announce;
pub(crate) mod eviction;
pub(crate) mod register;
pub(crate) mod sync;
pub(crate) mod view;
