//! What alpha costs, now and on average.
//!
//! Only the averages decide what a subnet earns. They start at 0 and move slowly, so neither a
//! young pool nor a pump within a block earns: the caller moves them in the first touch of a block,
//! before any trade, towards the closing state of the block before.

use crate::{
    pool::Reserves,
    power::{self, two_to_minus},
    ratio::mul_div,
};
use alun_primitives::{Balance, BlockNumber, Millis};

/// A price of one native unit for one unit of alpha; prices have 64 bits after the point.
pub const PRICE_ONE: u128 = power::ONE;

/// The half-life of the averages at genesis: 14 days.
pub const DEFAULT_HALF_LIFE_MS: Millis = 14 * 24 * 60 * 60 * 1_000;

/// Native units for one unit of alpha at which the next small trade would be made, in units of
/// 2⁻⁶⁴, rounded down: less than one such unit is no price. An empty pool's price is 0.
pub fn spot(reserves: Reserves) -> u128 {
    // A u64 shifted by 64 fits.
    (u128::from(reserves.native) << 64).checked_div(reserves.alpha.into()).unwrap_or(0)
}

/// The averages of one pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Averages {
    /// P: the averaged spot price, at most [`PRICE_ONE`].
    pub price: u128,
    /// The averaged native reserve, native units.
    pub reserve: Balance,
}

impl Averages {
    /// Both averages after `blocks` in which the pool stood at `reserves`: [`moved`] and
    /// [`moved_reserve`] with the price and the native side of it.
    #[must_use]
    pub fn moved(self, reserves: Reserves, blocks: BlockNumber, half_life: BlockNumber) -> Self {
        let kept = two_to_minus(blocks.into(), half_life);
        let price = between(self.price, spot(reserves).min(PRICE_ONE), kept);
        let reserve = between(self.reserve.into(), reserves.native.into(), kept);
        // Between two amounts: it fits.
        Self { price, reserve: Balance::try_from(reserve).unwrap_or(self.reserve) }
    }
}

/// An averaged price after `blocks` at the price `towards`, which counts as at most [`PRICE_ONE`]:
/// it moves by `1 − 2^(−blocks / half_life)` of the way. A half-life of 0 counts as one block.
///
/// Rounded down, so that a subnet is never paid for a fraction. Lies between the two prices and
/// rises with both; never moves less in more time. Moving in `n` parts ends within
/// `n · (`[`POWER_ERROR`](power::POWER_ERROR)` + 1)` units of 2⁻⁶⁴ of moving once.
pub fn moved(average: u128, towards: u128, blocks: BlockNumber, half_life: BlockNumber) -> u128 {
    between(average, towards.min(PRICE_ONE), two_to_minus(blocks.into(), half_life))
}

/// An averaged reserve after `blocks` at the reserve `towards`: as [`moved`], in native units and
/// without a cap. However often it is moved, rounding takes less than `half_life / ln 2` + 1 units.
pub fn moved_reserve(
    average: Balance,
    towards: Balance,
    blocks: BlockNumber,
    half_life: BlockNumber,
) -> Balance {
    let kept = two_to_minus(blocks.into(), half_life);
    // Between two amounts: it fits.
    Balance::try_from(between(average.into(), towards.into(), kept)).unwrap_or(average)
}

/// `⌊from·kept + to·(1 − kept)⌋`, where `kept` has 64 bits after the point.
fn between(from: u128, to: u128, kept: u128) -> u128 {
    // Each is at most the distance, so the sums fit; the products have 256 bits.
    if to >= from {
        let way = mul_div(to.saturating_sub(from), PRICE_ONE.saturating_sub(kept), PRICE_ONE);
        from.saturating_add(way.unwrap_or(0))
    } else {
        let way = mul_div(from.saturating_sub(to), kept, PRICE_ONE);
        to.saturating_add(way.unwrap_or(0))
    }
}
