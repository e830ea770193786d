//! A new subnet's first pool.

use crate::{pool::Reserves, price::PRICE_ONE, ratio::mul_div, MarketError};
use alun_primitives::Balance;

/// The lowest price at which a pool is seeded: 0.01, rounded up, so that a lock never seeds more
/// than a hundredfold of alpha.
pub const LOWEST_PRICE: u128 = PRICE_ONE.div_ceil(100);

/// The highest price at which a pool is seeded: 1.
pub const HIGHEST_PRICE: u128 = PRICE_ONE;

/// A seed's alpha is at most the cap divided by this.
pub const CAP_PART: u64 = 100;

/// The pool that a lock seeds: all of the lock, native units, and `⌊lock / price⌋` alpha at the
/// `median` of the other subnets' averaged prices, clamped to [[`LOWEST_PRICE`], [`HIGHEST_PRICE`]];
/// 1 if there is no other. At most 1 % of `alpha_cap`, alpha units; then the price begins higher.
///
/// Rounded down: less alpha is created.
///
/// # Errors
///
/// [`ZeroAmount`](MarketError::ZeroAmount) without a lock; [`TooSmall`](MarketError::TooSmall) when
/// the cap is too low for any alpha.
pub fn seed(lock: Balance, median: Option<u128>, alpha_cap: u64) -> Result<Reserves, MarketError> {
    if lock == 0 {
        return Err(MarketError::ZeroAmount);
    }
    let price = median.unwrap_or(HIGHEST_PRICE).clamp(LOWEST_PRICE, HIGHEST_PRICE);
    // The product of a u64 and 2⁶⁴ fits; the price is not 0.
    let alpha = mul_div(lock.into(), PRICE_ONE, price).unwrap_or(0);
    let most = alpha_cap / CAP_PART;
    let alpha = u64::try_from(alpha).unwrap_or(u64::MAX).min(most);
    if alpha == 0 {
        return Err(MarketError::TooSmall);
    }
    Ok(Reserves { native: lock, alpha })
}

/// The median of prices, which it sorts; of two in the middle the higher, at which a lock seeds less
/// alpha. `None` of none.
pub fn median(prices: &mut [u128]) -> Option<u128> {
    prices.sort_unstable();
    prices.get(prices.len() / 2).copied()
}
