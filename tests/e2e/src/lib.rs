//! End to end: real nodes, real binaries, third-party clients.
//!
//! [`harness`] starts processes on free ports and stops exactly those; [`localnet`] is the whole
//! market on one machine, run by `scripts/localnet`; [`attack`] is what `scripts/attack` does to a miner;
//! the tests are in `tests/`.

pub mod attack;
pub mod harness;
pub mod localnet;
