//! `alun pay`: pays for the use of a subnet.

use super::Slippage;
use crate::{
    shape::{alpha, LandedShape, QuoteShape},
    CliError, Context,
};
use alun_client::{calls, Alpha, Failure, NetUid, Tokens, TradeError};
use clap::Args;

/// Longest memo, bytes.
const MAX_MEMO: usize = 64;

/// Pays for the use of a subnet: buys its alpha and burns it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alun pay --netuid 1 2.5 --memo \"invoice 17\" --wallet alice\n  \
                        alun pay --netuid 1 2.5 --min-burned 4.9"
)]
pub struct Pay {
    /// Native tokens, the fee included
    amount: Tokens,
    /// The subnet
    #[arg(long)]
    netuid: u16,
    /// What for, at most 64 bytes: it stands on the chain for everybody to read
    #[arg(long, default_value = "", value_name = "TEXT", value_parser = parse_memo)]
    memo: String,
    /// Least alpha to burn; instead of --max-slippage
    #[arg(long, value_name = "AMOUNT", conflicts_with = "max_slippage")]
    min_burned: Option<Tokens>,
    /// The bound.
    #[command(flatten)]
    slippage: Slippage,
}

fn parse_memo(text: &str) -> Result<String, String> {
    if text.len() > MAX_MEMO {
        return Err(format!("{} bytes; at most {MAX_MEMO} go on chain", text.len()));
    }
    Ok(text.to_owned())
}

/// Why a payment would be refused, as the chain names it.
fn would_fail(error: TradeError) -> CliError {
    CliError::WouldFail(Failure {
        name: format!("TradeError::{error:?}"),
        sentence: error.sentence().into(),
    })
}

/// Runs `alun pay`.
pub async fn run(context: &Context, arguments: Pay) -> Result<(), CliError> {
    let (netuid, amount) = (NetUid(arguments.netuid), arguments.amount.0);
    let chain = context.chain().await?;
    let trade = chain.best().await?.quote_buy(netuid, amount).await?.map_err(would_fail)?;
    let least = arguments.slippage.least(trade.alpha.0);
    let min_burned = match arguments.min_burned {
        Some(Tokens(named)) if named > trade.alpha.0 => {
            return Err(CliError::BelowBound {
                comes: alpha(netuid, trade.alpha),
                flag: "--min-burned",
                least: alpha(netuid, Alpha(named)),
            })
        }
        named => named.map_or(least, |named| named.0),
    };
    let quote = QuoteShape::of_payment(netuid, &trade).at_least(min_burned);
    if !context.output.json {
        context.output.show(&quote)?;
    }
    let payer = context.coldkey_account()?;
    context.require_balance(&chain, &payer, amount, "the payment").await?;
    context.confirm(&format!("Sign this as {payer}?"))?;
    let memo = arguments.memo.into_bytes();
    let call = calls::Pay { netuid, amount, min_burned: Alpha(min_burned), memo };
    let landed = context.submit(&chain, &context.coldkey()?, &call).await?;
    context.output.show(&LandedShape::new("Paid", &landed).quoted(&quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memo_should_be_refused_when_too_long() {
        assert_eq!(parse_memo("invoice 17").as_deref(), Ok("invoice 17"));
        assert!(parse_memo(&"x".repeat(65)).unwrap_err().contains("at most 64"));
    }

    #[test]
    fn refusal_should_be_a_sentence() {
        let error = would_fail(TradeError::NoMarket).to_string();
        assert!(error.contains("no market of this netuid"), "{error}");
    }
}
