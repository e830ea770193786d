//! Amounts as people write them: tokens with up to nine decimals.

use crate::{Balance, UNIT};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Decimals of the native token.
const DECIMALS: usize = 9;

/// An amount of the native token. Reads and prints tokens (`1.5`), holds smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tokens(pub Balance);

/// A text that is no amount.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokensError {
    /// Not digits with at most one point.
    #[error("`{0}` is not an amount; write tokens such as 1.5 or 1_000")]
    NotANumber(String),
    /// Finer than the smallest unit.
    #[error("`{0}` has more than 9 decimals; the smallest amount is 0.000000001")]
    TooFine(String),
    /// More than can ever exist.
    #[error("`{0}` is more than 18446744073.709551615 tokens, the most that can be written")]
    TooMuch(String),
}

impl FromStr for Tokens {
    type Err = TokensError;

    fn from_str(text: &str) -> Result<Self, TokensError> {
        let not_a_number = || TokensError::NotANumber(text.to_owned());
        let plain = text.trim().replace('_', "");
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
            return Err(not_a_number());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(TokensError::TooFine(text.to_owned()));
        }
        let too_much = || TokensError::TooMuch(text.to_owned());
        let whole: Balance = match whole {
            "" => 0,
            whole => whole.parse().map_err(|_| too_much())?,
        };
        // Nine digits, so it fits.
        let fraction: Balance =
            format!("{fraction:0<DECIMALS$}").parse().map_err(|_| not_a_number())?;
        let units = whole.checked_mul(UNIT).and_then(|units| units.checked_add(fraction));
        units.map(Self).ok_or_else(too_much)
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / UNIT, self.0 % UNIT);
        if fraction == 0 {
            return f.pad(&whole.to_string());
        }
        let text = format!("{whole}.{fraction:0DECIMALS$}");
        f.pad(text.trim_end_matches('0'))
    }
}

impl From<Tokens> for Balance {
    fn from(tokens: Tokens) -> Self {
        tokens.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_should_be_read_to_the_unit() {
        for (text, units) in [
            ("1.5", 1_500_000_000),
            ("0.000000001", 1),
            (".5", 500_000_000),
            ("2.", 2_000_000_000),
            ("1_000", 1_000_000_000_000),
            ("0", 0),
            ("1.5000000000000", 1_500_000_000),
            ("18446744073.709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Tokens(units)), "{text}");
        }
    }

    #[test]
    fn tokens_should_be_refused_with_the_right_form_when_malformed() {
        for text in ["", ".", "-1", "1,5", "1.2.3", "1e9", "abc", "1.5 ALUN", "0x10"] {
            let expected = Err(TokensError::NotANumber(text.to_owned()));
            assert_eq!(text.parse::<Tokens>(), expected);
        }
        let fine = "0.0000000001";
        assert_eq!(fine.parse::<Tokens>(), Err(TokensError::TooFine(fine.into())));
        let much = "18446744073.709551616";
        assert_eq!(much.parse::<Tokens>(), Err(TokensError::TooMuch(much.into())));
    }

    #[test]
    fn tokens_should_print_what_they_are_read_from() {
        for text in ["0", "1", "1.5", "0.000000001", "21000000", "18446744073.709551615"] {
            assert_eq!(text.parse::<Tokens>().unwrap().to_string(), text);
        }
    }
}
