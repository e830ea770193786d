//! Products and quotients with 256 bits in between, rounded either way.
//!
//! For every crate that needs `a·b / c`: pools of alpha, and pools of stake points. Small products, the
//! common case, take 128 bits.

use crate::MarketError;
use alun_primitives::{Balance, Ppm};
use primitive_types::U256;

/// 1 in parts per million.
pub const MILLION: Ppm = 1_000_000;

/// `⌊a·b / c⌋`; `None` when `c` is 0 or the quotient leaves its type. The product never does.
pub fn mul_div(a: u128, b: u128, c: u128) -> Option<u128> {
    if let Some(product) = a.checked_mul(b) {
        return product.checked_div(c);
    }
    let product = U256::from(a).checked_mul(U256::from(b))?;
    u128::try_from(product.checked_div(U256::from(c))?).ok()
}

/// `⌈a·b / c⌉`; `None` when `c` is 0 or the quotient leaves its type. The product never does.
pub fn mul_div_up(a: u128, b: u128, c: u128) -> Option<u128> {
    if let Some(product) = a.checked_mul(b) {
        let floor = product.checked_div(c)?;
        // Not above the product, which fits.
        return floor.checked_add(u128::from(product.checked_rem(c)? != 0));
    }
    let product = U256::from(a).checked_mul(U256::from(b))?;
    let floor = u128::try_from(product.checked_div(U256::from(c))?).ok()?;
    floor.checked_add(u128::from(!product.checked_rem(U256::from(c))?.is_zero()))
}

/// [`mul_div`] of amounts.
pub(crate) fn part_down(a: u64, b: u64, c: u64) -> Result<u64, MarketError> {
    narrow(mul_div(a.into(), b.into(), c.into()))
}

/// [`mul_div_up`] of amounts.
pub(crate) fn part_up(a: u64, b: u64, c: u64) -> Result<u64, MarketError> {
    narrow(mul_div_up(a.into(), b.into(), c.into()))
}

/// A result as an amount.
pub(crate) fn narrow(result: Option<u128>) -> Result<u64, MarketError> {
    result.and_then(|result| u64::try_from(result).ok()).ok_or(MarketError::Overflow)
}

/// `⌈amount · ppm / 10⁶⌉`, at most `amount`: what is charged is rounded up. A proportion above 1
/// counts as 1.
pub fn charge(amount: Balance, ppm: Ppm) -> Balance {
    // Not reached: a part of at most 1 is at most the whole.
    part_up(amount, ppm.min(MILLION).into(), MILLION.into()).unwrap_or(amount)
}
