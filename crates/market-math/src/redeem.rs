//! What holders get when a subnet is wound up.
//!
//! While the notice runs, holders redeem one by one ([`Redemption`]); what is left is then paid out
//! to everyone in order ([`WindUp`]). Neither pays the first more than the last.

use crate::{
    ratio::{mul_div, narrow},
    MarketError,
};
use alun_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A subnet under notice: alpha is redeemed at N / S and burned, so that both fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// N: native units in the subnet's account.
    pub native: Balance,
    /// S: all alpha units of the subnet.
    pub supply: u64,
}

impl Redemption {
    /// Redeems `alpha` units for `⌊N·alpha / S⌋` native units.
    ///
    /// Rounded down, so N / S never falls: who comes later never gets less, and gets more by at most
    /// one unit for each redemption before. Together all holders get N exactly.
    ///
    /// # Errors
    ///
    /// [`ZeroAmount`](MarketError::ZeroAmount); [`TooLarge`](MarketError::TooLarge) when there is
    /// not so much alpha; [`TooSmall`](MarketError::TooSmall) when it is worth less than one unit.
    pub fn redeem(&mut self, alpha: u64) -> Result<Balance, MarketError> {
        if alpha == 0 {
            return Err(MarketError::ZeroAmount);
        }
        let supply = self.supply.checked_sub(alpha).ok_or(MarketError::TooLarge)?;
        let part = narrow(mul_div(self.native.into(), alpha.into(), self.supply.into()))?;
        if part == 0 {
            return Err(MarketError::TooSmall);
        }
        self.native = self.native.checked_sub(part).ok_or(MarketError::Overflow)?;
        self.supply = supply;
        Ok(part)
    }
}

/// A wind-up in steps: holder i gets `⌊N·cum_i / S⌋ − ⌊N·cum_(i−1) / S⌋`, where cum sums the alpha of
/// the holders so far. In whatever steps it is done, the parts sum to N exactly and each is within
/// one unit of its exact proportion.
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
pub struct WindUp {
    /// N: native units to pay out, fixed at the beginning.
    pub native: Balance,
    /// S: alpha units among which they are, fixed at the beginning.
    pub supply: u64,
    /// cum: alpha units of the holders so far.
    pub cumulated: u64,
}

impl WindUp {
    /// The beginning.
    pub fn new(native: Balance, supply: u64) -> Self {
        Self { native, supply, cumulated: 0 }
    }

    /// The next holder's part for its `alpha` units, native units. May be 0.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](MarketError::TooLarge), and nothing changed, when holders would have more alpha
    /// than there is.
    pub fn next(&mut self, alpha: u64) -> Result<Balance, MarketError> {
        let cumulated = self.cumulated.checked_add(alpha).filter(|all| *all <= self.supply);
        let after = Self { cumulated: cumulated.ok_or(MarketError::TooLarge)?, ..*self };
        let part = after.paid().checked_sub(self.paid()).ok_or(MarketError::Overflow)?;
        *self = after;
        Ok(part)
    }

    /// Native units paid so far: `⌊N·cum / S⌋`.
    pub fn paid(&self) -> Balance {
        mul_div(self.native.into(), self.cumulated.into(), self.supply.into())
            .and_then(|paid| Balance::try_from(paid).ok())
            // Division by 0; a part of N always fits.
            .unwrap_or(0)
    }

    /// What nobody has been paid, native units: at the end the part of the pool and of what was
    /// pending, which rank last and whose part is burned.
    pub fn rest(&self) -> Balance {
        // Saturation: at most N was paid.
        self.native.saturating_sub(self.paid())
    }
}
