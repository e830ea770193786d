//! The chain's node: chain specs ([`chain_spec`]), command line ([`cli`]), the service that makes,
//! finalises and serves blocks ([`service`]) and its JSON-RPC ([`rpc`]).
//!
//! The database is ParityDB and no other; blocks are made by Aura and finalised by GRANDPA. What
//! the chain does is decided by the runtime alone, whose WASM is on the chain itself.
//!
//! Exit codes: 0 after a clean end, 1 with a sentence on standard error when something failed, 2
//! for a wrong command line.

#[cfg(feature = "runtime-benchmarks")]
mod benchmark;
pub mod chain_spec;
pub mod cli;
mod command;
pub mod rpc;
pub mod service;

pub use command::run;
