//! End to end: one binary for all of them, since each takes a minute to link.

mod bad_input;
mod cli;
mod clients;
mod crash;
mod doctor;
mod gateway;
mod history;
mod market;
mod miner;
