//! `alun-sim guarantee`: how much of the utility an honest majority must produce to keep its part
//! of the stake against a cabal.
//!
//! The two-team game of the published description of Yuma consensus: honest validators with the
//! part S_H of the stake put W_H of their weight on honest miners and the rest on the cabal's; the
//! cabal's put W_C on its own miners. An honest team *keeps* its stake when it earns at least S_H of
//! an epoch's emission. The cabal may pick any W_C, so that the *required utility* at S_H is the
//! largest, over W_C, of the smallest W_H that keeps the stake.

mod curve;
mod game;
mod published;

pub use curve::{Curve, Grid, Point};
pub use game::{Network, Rules, Sample};
pub use published::{claims, Claim, Row, Table};
