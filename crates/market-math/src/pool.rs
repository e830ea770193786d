//! A subnet's pool: alpha × native = k, the constant product.
//!
//! The fee is a proportion of the native side of each trade, in either direction, and is burned:
//! who makes blocks or provides the pool gains nothing by trading. All roundings favour the pool,
//! so k never falls on a trade (invariant M3) and neither reserve is ever emptied.

use crate::{price, ratio, MarketError};
use alun_primitives::{Balance, Ppm};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The fee of a trade at genesis: 0.05 %.
pub const DEFAULT_FEE: Ppm = 500;

/// What a pool holds.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Reserves {
    /// Native units.
    pub native: Balance,
    /// Alpha units.
    pub alpha: u64,
}

/// A purchase: native tokens for alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// What the buyer pays, native units; `fee` + `native_kept`.
    pub native_in: Balance,
    /// What of it is burned, native units, rounded up.
    pub fee: Balance,
    /// What of it enters the pool, native units.
    pub native_kept: Balance,
    /// What the buyer gets, alpha units, rounded down; never 0.
    pub alpha_out: u64,
    /// The spot price before.
    pub price_before: u128,
    /// The spot price after; not below the one before.
    pub price_after: u128,
    /// The pool after.
    pub after: Reserves,
}

/// A sale: alpha for native tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// What the seller pays, alpha units; all of it enters the pool.
    pub alpha_in: u64,
    /// What leaves the pool, native units, rounded down; `fee` + `native_out`.
    pub native_taken: Balance,
    /// What of it is burned, native units, rounded up.
    pub fee: Balance,
    /// What of it the seller gets, native units; never 0.
    pub native_out: Balance,
    /// The spot price before.
    pub price_before: u128,
    /// The spot price after; not above the one before.
    pub price_after: u128,
    /// The pool after.
    pub after: Reserves,
}

impl Reserves {
    /// Whether one side is empty: then there is no price and no trade.
    pub fn is_empty(self) -> bool {
        self.native == 0 || self.alpha == 0
    }

    /// k, exactly.
    pub fn product(self) -> u128 {
        // Two u64 fit a u128.
        u128::from(self.native).saturating_mul(self.alpha.into())
    }

    /// The spot price, see [`price::spot`].
    pub fn price(self) -> u128 {
        price::spot(self)
    }

    /// Buys alpha for all of `native_in`. `fee` is of `native_in`, taken before the pool sees it.
    ///
    /// # Errors
    ///
    /// [`ZeroAmount`](MarketError::ZeroAmount), [`EmptyPool`](MarketError::EmptyPool),
    /// [`TooSmall`](MarketError::TooSmall) when less than one unit of alpha would come out,
    /// [`Overflow`](MarketError::Overflow) when the reserve cannot hold what enters.
    pub fn buy(self, native_in: Balance, fee: Ppm) -> Result<Bought, MarketError> {
        self.check(native_in)?;
        let fee = ratio::charge(native_in, fee);
        let native_kept = native_in.checked_sub(fee).ok_or(MarketError::Overflow)?;
        let native = self.native.checked_add(native_kept).ok_or(MarketError::Overflow)?;
        // Below `self.alpha`: the divisor is larger than what enters.
        let alpha_out = ratio::part_down(self.alpha, native_kept, native)?;
        if alpha_out == 0 {
            return Err(MarketError::TooSmall);
        }
        let alpha = self.alpha.checked_sub(alpha_out).ok_or(MarketError::Overflow)?;
        let after = Self { native, alpha };
        Ok(Bought {
            native_in,
            fee,
            native_kept,
            alpha_out,
            price_before: self.price(),
            price_after: after.price(),
            after,
        })
    }

    /// Sells all of `alpha_in`. `fee` is of what leaves the pool, so the seller gets less by it.
    ///
    /// # Errors
    ///
    /// [`ZeroAmount`](MarketError::ZeroAmount), [`EmptyPool`](MarketError::EmptyPool),
    /// [`TooSmall`](MarketError::TooSmall) when less than one native unit would be left to the
    /// seller, [`Overflow`](MarketError::Overflow) when the reserve cannot hold what enters.
    pub fn sell(self, alpha_in: u64, fee: Ppm) -> Result<Sold, MarketError> {
        self.check(alpha_in)?;
        let alpha = self.alpha.checked_add(alpha_in).ok_or(MarketError::Overflow)?;
        // Below `self.native`: the divisor is larger than what enters.
        let native_taken = ratio::part_down(self.native, alpha_in, alpha)?;
        let fee = ratio::charge(native_taken, fee);
        let native_out = native_taken.checked_sub(fee).ok_or(MarketError::Overflow)?;
        if native_out == 0 {
            return Err(MarketError::TooSmall);
        }
        let native = self.native.checked_sub(native_taken).ok_or(MarketError::Overflow)?;
        let after = Self { native, alpha };
        Ok(Sold {
            alpha_in,
            native_taken,
            fee,
            native_out,
            price_before: self.price(),
            price_after: after.price(),
            after,
        })
    }

    /// That there is an amount and a pool to trade it with.
    pub(crate) fn check(self, amount: u64) -> Result<(), MarketError> {
        if amount == 0 {
            return Err(MarketError::ZeroAmount);
        }
        if self.is_empty() {
            return Err(MarketError::EmptyPool);
        }
        Ok(())
    }
}
