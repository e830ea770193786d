//! One file per noun of the command line.

pub mod audit;
pub mod children;
pub mod doctor;
pub mod estimate;
pub mod explain;
pub mod history;
pub mod indexer;
pub mod key;
pub mod launch;
pub mod neuron;
pub mod order;
pub mod ownership;
pub mod pay;
pub mod row;
pub mod stake;
pub mod subnet;
pub mod sudo;
pub mod swap;
pub mod transfer;
pub mod view;
pub mod weights;

use crate::{shape::LandedShape, CliError, Context};
use alun_client::{Landed, Ppm, Tokens};
use clap::Args;

/// Prints what a call did.
pub(crate) fn landed(
    context: &Context,
    done: impl Into<String>,
    landed: &Landed,
) -> Result<(), CliError> {
    context.output.show(&LandedShape::new(done, landed))
}

/// How much less than quoted may come out of a call.
#[derive(Clone, Copy, Debug, Args)]
pub struct Slippage {
    /// How much less than quoted may come out: the price may move until the call is in a block
    #[arg(long, default_value = "1%", value_name = "PERCENT", value_parser = parse_percent)]
    pub max_slippage: Ppm,
}

impl Slippage {
    /// The least to accept where so much was quoted, rounded down.
    pub(crate) fn least(&self, quoted: u64) -> u64 {
        let kept = u128::from(1_000_000_u32.saturating_sub(self.max_slippage));
        // A part is at most the whole.
        u64::try_from(u128::from(quoted) * kept / 1_000_000).unwrap_or(quoted)
    }
}

/// A percentage with up to four decimals, as parts per million.
pub(crate) fn parse_percent(text: &str) -> Result<Ppm, String> {
    let wrong = || format!("`{text}` is not a percentage; write 9% or 12.5%");
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let billionths: Tokens = number.parse().map_err(|_| wrong())?;
    if !billionths.0.is_multiple_of(100_000) {
        return Err(format!("`{text}` is finer than a part per million, 0.0001%"));
    }
    Ppm::try_from(billionths.0 / 100_000).ok().filter(|ppm| *ppm <= 1_000_000).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_should_be_read_as_parts_per_million() {
        assert_eq!(parse_percent("18%"), Ok(180_000));
        assert_eq!(parse_percent("12.5"), Ok(125_000));
        assert_eq!(parse_percent("0.0001%"), Ok(1));
        for bad in ["", "%", "101%", "-1%", "0.00001%", "nine"] {
            assert!(parse_percent(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn least_should_be_the_quote_less_the_slippage_rounded_down() {
        let least = |max_slippage, quoted| Slippage { max_slippage }.least(quoted);
        assert_eq!(least(10_000, 1_000_000), 990_000);
        assert_eq!((least(0, 7), least(1_000_000, 7), least(10_000, 1)), (7, 0, 0));
        assert_eq!(least(1, u64::MAX), u64::MAX - 18_446_744_073_710);
    }
}
