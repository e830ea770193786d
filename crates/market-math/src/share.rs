//! A subnet's share of the chain's emission.

use crate::{
    price::{Averages, PRICE_ONE},
    ratio::mul_div,
};
use alun_primitives::{Balance, UNIT};

/// The averaged native reserve from which on a subnet's share is not reduced, at genesis: 1,000
/// tokens.
pub const DEFAULT_FULL_RESERVE: Balance = 1_000 * UNIT;

/// The largest share: with 2¹⁶ netuids the sum stays below 2⁶⁴.
pub const MAX_SHARE: u64 = (1 << 48) - 1;

/// `P · min(1, averaged reserve / full_reserve)` in units of 2⁻⁴⁸, at most [`MAX_SHARE`].
///
/// Rounded down: a pool too small to count earns nothing. A full reserve of 0 reduces no share.
pub fn share(averages: Averages, full_reserve: Balance) -> u64 {
    let price = averages.price.min(PRICE_ONE);
    let part = averages.reserve.min(full_reserve);
    // At most the price; `None` is the division by 0 only.
    let reduced = mul_div(price, part.into(), full_reserve.into()).unwrap_or(price);
    u64::try_from(reduced >> 16).unwrap_or(MAX_SHARE).min(MAX_SHARE)
}
