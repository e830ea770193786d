//! What a subnet's alpha costs.

use crate::{views::MarketView, Alpha, Balance};
use std::fmt;

/// Native tokens for one unit of alpha, with 64 bits after the point, as the chain has it. Prints as
/// a decimal, rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u128);

impl Price {
    /// The price of native tokens in native tokens.
    pub const ONE: Self = Self(1 << 64);

    /// What so much alpha is worth at this price, rounded down. A sale gives less: it moves the price,
    /// and pays the fee.
    pub fn value_of(self, alpha: Alpha) -> Balance {
        let amount = u128::from(alpha.0);
        let whole = amount.saturating_mul(self.0 >> 64);
        // Two factors of 64 bits.
        let fraction = amount.saturating_mul(self.0 & u128::from(u64::MAX)) >> 64;
        // Saturation: what is worth more than can exist is never sold.
        Balance::try_from(whole.saturating_add(fraction)).unwrap_or(Balance::MAX)
    }

    /// As a number, for programs.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 2_f64.powi(64)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 64 bits times 30 fit.
        let billionths = ((self.0 & u128::from(u64::MAX)) * 1_000_000_000) >> 64;
        match (self.0, self.0 >> 64, billionths) {
            (0, ..) => f.pad("0"),
            (_, 0, 0) => f.pad("<0.000000001"),
            (_, whole, 0) => f.pad(&whole.to_string()),
            (_, whole, _) => f.pad(format!("{whole}.{billionths:09}").trim_end_matches('0')),
        }
    }
}

impl From<&MarketView> for Price {
    fn from(market: &MarketView) -> Self {
        Self(market.price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_should_print_as_a_decimal_and_never_hide_what_is_there() {
        for (price, text) in [
            (0, "0"),
            (1, "<0.000000001"),
            (1 << 64, "1"),
            (1 << 63, "0.5"),
            (3 << 62, "0.75"),
            ((1 << 64) / 3, "0.333333333"),
            (5 << 63, "2.5"),
        ] {
            assert_eq!(Price(price).to_string(), text);
        }
        assert_eq!(Price(1 << 63).as_f64(), 0.5);
    }

    #[test]
    fn value_should_be_rounded_down_and_never_overflow() {
        assert_eq!(Price(1 << 63).value_of(Alpha(7)), 3);
        assert_eq!(Price::ONE.value_of(Alpha(u64::MAX)), u64::MAX);
        assert_eq!(Price(u128::MAX).value_of(Alpha(u64::MAX)), u64::MAX);
        assert_eq!(Price(5 << 63).value_of(Alpha(4)), 10);
    }
}
