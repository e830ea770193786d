//! Why there is no result.

use core::fmt;

/// Why a trade, a quote, a seed or a redemption is refused. Nothing is done by halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketError {
    /// The amount is zero.
    ZeroAmount,
    /// One side of the pool is empty, or nothing is left to redeem: there is no price.
    EmptyPool,
    /// So little goes in that nothing would come out.
    TooSmall,
    /// More is asked for than any input could get out.
    TooLarge,
    /// A number would leave its type. Amounts within the caps cannot cause it.
    Overflow,
}

impl fmt::Display for MarketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZeroAmount => "the amount is zero",
            Self::EmptyPool => "the pool is empty",
            Self::TooSmall => "the amount is so small that nothing would come out",
            Self::TooLarge => "the amount is more than can come out",
            Self::Overflow => "the amount is larger than a reserve can hold",
        })
    }
}

impl core::error::Error for MarketError {}
