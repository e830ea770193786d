//! `alun-sim game`: a population of validators over many epochs; who earns what.
//!
//! Miners have a quality that changes with time. In each epoch every validator makes a row by its
//! [`Strategy`] and sets it, or commits it and reveals it `reveal_period` epochs later; then the
//! epoch pays. Stake stays as it is, so that returns of different times can be compared.

mod outcome;
mod population;
mod quality;
mod world;

pub use outcome::{MinerPay, Outcome, StrategyPay};
pub use population::{Member, MemberError, Strategy};
pub use world::{play, GameError, Setup, MAX_EPOCHS, MAX_MINERS, MAX_VALIDATORS, MIN_STAKE};
