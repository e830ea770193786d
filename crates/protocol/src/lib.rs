//! The wire between validator and miner: what is signed, what is sent, and every limit.
//!
//! Knows neither an HTTP library nor the chain's RPC: a server or client feeds it bytes, times and
//! facts of the chain. All parsing is total; what is wrong comes back as a typed error, a
//! [`Refusal`] where a stranger's request is at fault.
//!
//! | module | holds |
//! |---|---|
//! | [`limits`] | every limit, in one table |
//! | [`auth`] | `btauth/1`: requests signed by a hotkey for a hotkey |
//! | [`query`] | the signed query: chain, subnet, recent block |
//! | [`replay`] | each (hotkey, nonce) accepted once |
//! | [`error`] | refusals with status and JSON |
//! | [`messages`] | OpenAI-shaped requests and answers |
//! | [`stream`] | server-sent events and where the receipt goes |
//! | [`receipt`] | the miner's signature under its answer |
//! | [`challenge`] | what a challenge's VRF is evaluated on |
//! | [`commit`] | the hash of a weight row that is committed to |
//! | [`ss58`], [`sr25519`] | addresses and signatures |
//!
//! A server's order of checks: limit per address → [`auth::Headers::parse`] and
//! [`auth::check_declared_size`] → [`auth::Headers::check_receiver`] →
//! [`auth::Headers::check_freshness`], [`query::Query::parse`] and [`query::Query::check`] → body,
//! read under its cap → [`auth::Headers::verify`] → [`replay::ReplayWindow::accept`] → policy and
//! quota → admission queue → [`messages::parse`].

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod auth;
pub mod challenge;
pub mod commit;
pub mod error;
pub mod limits;
pub mod messages;
pub mod query;
pub mod receipt;
pub mod replay;
pub mod sr25519;
pub mod ss58;
pub mod stream;

pub use error::Refusal;
