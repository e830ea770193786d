//! Quotes the other way round: what must go in for an exact result. Each is the trade that
//! [`Reserves::buy`] or [`Reserves::sell`] then makes, to the unit.

use crate::{
    pool::{Bought, Reserves, Sold},
    ratio::{self, MILLION},
    MarketError,
};
use alun_primitives::{Balance, Ppm};

impl Reserves {
    /// The purchase with the smallest `native_in` that gets at least `alpha_out`, rounded up at
    /// each step: one unit less would get less than asked for.
    ///
    /// # Errors
    ///
    /// As [`buy`](Self::buy), and [`TooLarge`](MarketError::TooLarge) when the pool does not have so
    /// much, or no amount of native tokens buys it.
    pub fn buy_exact(self, alpha_out: u64, fee: Ppm) -> Result<Bought, MarketError> {
        self.check(alpha_out)?;
        let stays = above_zero(self.alpha.checked_sub(alpha_out))?;
        // ⌊alpha·n / (native + n)⌋ ≥ out, solved for n.
        let kept = ratio::part_up(self.native, alpha_out, stays).map_err(|_| TOO_LARGE)?;
        self.buy(before_fee(kept, fee)?, fee)
    }

    /// The sale with the smallest `alpha_in` that gets at least `native_out` after the fee, rounded
    /// up at each step: one unit less would get less than asked for.
    ///
    /// # Errors
    ///
    /// As [`sell`](Self::sell), and [`TooLarge`](MarketError::TooLarge) when the pool does not have
    /// so much, or no amount of alpha buys it.
    pub fn sell_exact(self, native_out: Balance, fee: Ppm) -> Result<Sold, MarketError> {
        self.check(native_out)?;
        let taken = before_fee(native_out, fee)?;
        let stays = above_zero(self.native.checked_sub(taken))?;
        // ⌊native·a / (alpha + a)⌋ ≥ taken, solved for a.
        let alpha_in = ratio::part_up(self.alpha, taken, stays).map_err(|_| TOO_LARGE)?;
        self.sell(alpha_in, fee)
    }
}

const TOO_LARGE: MarketError = MarketError::TooLarge;

fn above_zero(rest: Option<u64>) -> Result<u64, MarketError> {
    rest.filter(|rest| *rest > 0).ok_or(TOO_LARGE)
}

/// The smallest amount of which `amount` is left after the fee.
fn before_fee(amount: Balance, fee: Ppm) -> Result<Balance, MarketError> {
    // What is left of x is ⌊x·(10⁶ − fee)/10⁶⌋, because the fee is rounded up.
    let left = above_zero(u64::from(MILLION).checked_sub(fee.into()))?;
    ratio::part_up(amount, MILLION.into(), left).map_err(|_| TOO_LARGE)
}
