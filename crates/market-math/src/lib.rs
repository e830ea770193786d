//! The market of a subnet's alpha as pure arithmetic: the rules of supply, price and pool of the
//! economy, without storage, money or accounts.
//!
//! | file | holds |
//! |---|---|
//! | [`pool`] | constant product: trades, their fee, and quotes for an exact result |
//! | [`price`] | spot price and the averages that decide what a subnet earns |
//! | [`share`] | a subnet's share of the chain's emission |
//! | [`injection`] | how a subnet's emission enters its pool without moving the price |
//! | [`curve`] | the schedule of issuance, native and alpha |
//! | [`seed`] | a new subnet's first pool |
//! | [`redeem`] | what holders get when a subnet is wound up |
//! | [`lots`] | how much the chain itself may trade in a block |
//! | [`power`] | powers of one half, by which averages and prices decay |
//! | [`ratio`] | products and quotients with 256 bits in between |
//!
//! # Units
//!
//! Amounts are whole smallest units (9 decimals): native tokens are a
//! [`Balance`](alun_primitives::Balance), alpha is a `u64`, and the name says which of the two is
//! meant; the pallets, which hold money, keep them apart by types. A price is native units for one
//! unit of alpha, in units of 2⁻⁶⁴ ([`price::PRICE_ONE`] is 1). Proportions are parts per million.
//!
//! # Rounding
//!
//! Always for the pool or the chain, never for the caller: what a caller gets is rounded down, what
//! it pays and every fee is rounded up, and each function says so. No floats, no panics, no I/O:
//! any input gives a result or a [`MarketError`].
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

pub mod curve;
mod error;
pub mod injection;
pub mod lots;
pub mod pool;
pub mod power;
pub mod price;
mod quotes;
pub mod ratio;
pub mod redeem;
pub mod seed;
pub mod share;

pub use error::MarketError;
