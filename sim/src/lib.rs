//! `alun-sim`: subnets without a chain. It calls the same `alun-yuma` as the chain; there is no
//! second copy of the maths.
//!
//! - [`replay`] computes the step scripts of a file in the format of the vectors.
//! - [`guarantee`] plays the two-team game: what an honest majority needs against a cabal.
//! - [`game`] plays populations of validators over many epochs.
//! - [`copying`] is the study of weight copying.
//! - [`whatif`] computes an epoch of a live chain again with something changed.
//!
//! [`command`] is the command line. Everything random comes from a seed: the same settings give the
//! same bytes.

pub mod command;
pub mod copying;
pub mod game;
pub mod guarantee;
pub mod plot;
pub mod random;
pub mod replay;
pub mod subnet;
pub mod whatif;

/// A result without the digits that mean nothing: parts are computed from `u16`s.
pub(crate) fn rounded(part: f64) -> f64 {
    (part * 1e6).round() / 1e6
}
