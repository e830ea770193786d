//! The chain's own trades, in lots so small that they are not worth sandwiching.

use alun_primitives::{part_of, Ppm};

/// The most that a lot may be of the reserve that it goes into, at genesis: 0.05 %.
///
/// Not more than the fee: who trades before a lot and back after it gains at most (1 + lot)² on what
/// it put in and pays the fee twice, and (1 + lot)(1 − fee) is below 1.
pub const DEFAULT_LOT: Ppm = 500;

/// How much of what is `waiting` may trade in this block: at most `part` of `reserve`, both in the
/// units of what is waiting (the native side when the chain buys, alpha when it sells).
///
/// Rounded down: never more than that part; nothing while the reserve is too small for one unit.
pub fn lot(waiting: u64, reserve: u64, part: Ppm) -> u64 {
    waiting.min(part_of(reserve, part))
}
