//! End to end: one binary for all of them, since each takes a minute to link.

mod audit;
mod bad_input;
mod cli;
mod clients;
mod crash;
mod doctor;
mod external;
mod fail_over;
mod gateway;
mod history;
mod market;
mod miner;
mod pages;
