//! `alun-sim`: populations against the epoch, offline. It calls the same `alun-yuma` as the chain.
//!
//! The first population is the two-team game of the Yuma consensus paper: an honest team that
//! scores by utility and a cabal that scores itself, each with its validators and miners.

pub mod two_teams;
