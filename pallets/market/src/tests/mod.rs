//! Tests, one file per call or law.

mod averages;
mod books;
mod genesis;
mod injection;
mod laws;
mod open;
mod own_trades;
mod pay;
mod quotes;
mod root_parts;
mod sandwich;
mod trades;
mod views;

pub use crate::mock::*;
pub use alun_primitives::{
    traits::{AlphaMarket, EmissionMarket, PriceOracle},
    Alpha, AlphaCredit, NetUid, TradeError, UNIT,
};
pub use frame::testing_prelude::*;
mod wind_up;
