//! `alun stake`.

use super::{landed, tolerance};
use crate::{
    output::{Output, Show},
    shape::{DelegateShape, Delegates, Positions},
    CliError, Context,
};
use alun_client::{
    calls::{AddStake, MoveStake, RemoveAllStake, RemoveStake, SetTake},
    AccountId, At, Balance, NetUid, Ppm, Tokens,
};
use clap::{Args, Subcommand};
use serde::Serialize;

/// Stake.
#[derive(Debug, Subcommand)]
pub enum Stake {
    /// Stake tokens of the wallet's coldkey on a hotkey
    #[command(after_help = "Example:\n  alun stake add 5F…hotkey 10 --netuid 1 --wallet alice")]
    Add(OnHotkey),
    /// Take tokens back; `all` takes the whole position
    #[command(after_help = "Examples:\n  alun stake remove 5F…hotkey 2.5 --netuid 1\n  \
                            alun stake remove 5F…hotkey all --netuid 1")]
    Remove(Remove),
    /// Move stake to another hotkey of the same subnet
    #[command(after_help = "Example:\n  alun stake move 5F…from 5F…to 10 --netuid 1")]
    Move {
        /// Hotkey that has it
        from: String,
        /// Hotkey that gets it
        to: String,
        /// Tokens to move
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
        /// Least that it must be worth there; 99.9 % of the amount without this
        #[arg(long, value_name = "TOKENS")]
        min_received: Option<Tokens>,
    },
    /// List what a coldkey has
    #[command(after_help = "Example:\n  alun stake list --wallet alice")]
    List {
        /// The coldkey; the wallet's without it
        coldkey: Option<String>,
    },
    /// What adding or removing stake would give, without doing it
    #[command(subcommand)]
    Quote(Quote),
    /// Set a delegate's take: lowering holds at once, raising after a day
    #[command(after_help = "Example:\n  alun stake take alice/validator 9% --wallet alice")]
    Take {
        /// The delegate's hotkey, owned by the wallet's coldkey
        delegate: String,
        /// Percentage, 0% to 18%
        #[arg(value_parser = parse_percent)]
        take: Ppm,
    },
    /// List the hotkeys that can be staked on
    #[command(after_help = "Example:\n  alun stake delegates")]
    Delegates,
}

/// An amount on a hotkey.
#[derive(Debug, Args)]
pub struct OnHotkey {
    /// The hotkey to stake on
    delegate: String,
    /// Tokens
    amount: Tokens,
    /// The subnet, 0 for root
    #[arg(long, default_value_t = 0)]
    netuid: u16,
    /// Least that the stake must be worth at once; 99.9 % of the quote without this
    #[arg(long, value_name = "TOKENS")]
    min_received: Option<Tokens>,
}

/// Takes stake back.
#[derive(Debug, Args)]
pub struct Remove {
    /// The hotkey staked on
    delegate: String,
    /// Tokens wanted, or `all`
    #[arg(value_parser = parse_amount_or_all, value_name = "AMOUNT|all")]
    amount: AmountOrAll,
    /// The subnet, 0 for root
    #[arg(long, default_value_t = 0)]
    netuid: u16,
    /// Least to receive; 99.9 % of the quote without this
    #[arg(long, value_name = "TOKENS")]
    min_received: Option<Tokens>,
}

/// Quotes.
#[derive(Debug, Subcommand)]
pub enum Quote {
    /// What adding stake would give
    #[command(after_help = "Example:\n  alun stake quote add 5F…hotkey 10 --netuid 1")]
    Add {
        /// The hotkey
        delegate: String,
        /// Tokens
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
    },
    /// What removing stake would give
    #[command(after_help = "Example:\n  alun stake quote remove 5F…hotkey 2.5 --netuid 1")]
    Remove {
        /// The hotkey
        delegate: String,
        /// Tokens
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
    },
}

/// An amount, or everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountOrAll {
    /// This much.
    Amount(Tokens),
    /// The whole position.
    All,
}

fn parse_amount_or_all(text: &str) -> Result<AmountOrAll, alun_client::TokensError> {
    match text {
        "all" => Ok(AmountOrAll::All),
        text => text.parse().map(AmountOrAll::Amount),
    }
}

/// A percentage with up to four decimals, as parts per million.
fn parse_percent(text: &str) -> Result<Ppm, String> {
    let wrong = || format!("`{text}` is not a percentage; write 9% or 12.5%");
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let billionths: Tokens = number.parse().map_err(|_| wrong())?;
    if !billionths.0.is_multiple_of(100_000) {
        return Err(format!("`{text}` is finer than a part per million, 0.0001%"));
    }
    Ppm::try_from(billionths.0 / 100_000).ok().filter(|ppm| *ppm <= 1_000_000).ok_or_else(wrong)
}

/// Runs `alun stake`.
pub async fn run(context: &Context, command: Stake) -> Result<(), CliError> {
    match command {
        Stake::Add(arguments) => add(context, arguments).await,
        Stake::Remove(arguments) => remove(context, arguments).await,
        Stake::Move { from, to, amount, netuid, min_received } => {
            let call = MoveStake {
                netuid: NetUid(netuid),
                from_hotkey: context.account(&from)?,
                to_hotkey: context.account(&to)?,
                amount: amount.0,
                min_received: min_received.map_or_else(|| tolerance(amount.0), |least| least.0),
            };
            context.confirm(&format!("Move {amount} ALUN from {from} to {to}?"))?;
            let chain = context.chain().await?;
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, "Moved stake", &done)
        }
        Stake::List { coldkey } => list(context, coldkey.as_deref()).await,
        Stake::Quote(quote) => self::quote(context, quote).await,
        Stake::Take { delegate, take } => {
            let chain = context.chain().await?;
            let call = SetTake { hotkey: context.account(&delegate)?, take };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, "Set the take", &done)
        }
        Stake::Delegates => delegates(context).await,
    }
}

async fn add(context: &Context, arguments: OnHotkey) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let best = chain.best().await?;
    let (netuid, amount) = (NetUid(arguments.netuid), arguments.amount.0);
    let hotkey = context.account(&arguments.delegate)?;
    let min_received = match arguments.min_received {
        Some(least) => least.0,
        None => tolerance(quote_add(&best, &hotkey, netuid, amount).await?.received),
    };
    let coldkey = context.coldkey()?;
    let owner = AccountId::from(coldkey.public());
    context.confirm(&format!(
        "Stake {} ALUN of {owner} on {hotkey} (netuid {netuid})?",
        arguments.amount
    ))?;
    context.require_balance(&chain, &owner, amount, "the stake").await?;
    let call = AddStake { hotkey, netuid, amount, min_received };
    let done = context.submit(&chain, &coldkey, &call).await?;
    landed(context, "Staked", &done)
}

async fn remove(context: &Context, arguments: Remove) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let best = chain.best().await?;
    let netuid = NetUid(arguments.netuid);
    let hotkey = context.account(&arguments.delegate)?;
    let coldkey = context.coldkey()?;
    let owner = AccountId::from(coldkey.public());
    let asked = arguments.min_received.map(|least| least.0);
    let done = match arguments.amount {
        AmountOrAll::Amount(Tokens(amount)) => {
            let min_received = match asked {
                Some(least) => least,
                None => {
                    let quote = best.quote_remove(&owner, &hotkey, netuid, amount).await?;
                    tolerance(quote.map_or(0, |quote| quote.received))
                }
            };
            context.confirm(&format!("Take {} ALUN back from {hotkey}?", Tokens(amount)))?;
            let call = RemoveStake { hotkey, netuid, amount, min_received };
            context.submit(&chain, &coldkey, &call).await?
        }
        AmountOrAll::All => {
            let value = position(&best, &owner, &hotkey, netuid).await?;
            let min_received = asked.unwrap_or_else(|| tolerance(value));
            context.confirm(&format!("Take all back from {hotkey}: {} ALUN?", Tokens(value)))?;
            let call = RemoveAllStake { hotkey, netuid, min_received };
            context.submit(&chain, &coldkey, &call).await?
        }
    };
    landed(context, "Took stake back", &done)
}

/// What the coldkey has there.
async fn position(
    at: &At,
    coldkey: &AccountId,
    hotkey: &AccountId,
    netuid: NetUid,
) -> Result<Balance, CliError> {
    let all = at.stake_of(coldkey).await?;
    let found = all.iter().find(|position| position.hotkey == *hotkey && position.netuid == netuid);
    Ok(found.map_or(0, |position| position.value))
}

async fn list(context: &Context, coldkey: Option<&str>) -> Result<(), CliError> {
    let coldkey = context.account_or_coldkey(coldkey)?;
    let best = context.chain().await?.best().await?;
    let balance = best.balance(&coldkey).await?;
    let positions = best.stake_of(&coldkey).await?;
    context.output.show(&Positions::new(&coldkey, balance, &positions))
}

/// Prints what a coldkey has; also `alun view stake`.
pub(crate) async fn show_positions(
    context: &Context,
    coldkey: Option<&str>,
) -> Result<(), CliError> {
    list(context, coldkey).await
}

/// Prints the delegates; also `alun view delegates`.
pub(crate) async fn delegates(context: &Context) -> Result<(), CliError> {
    let all = context.chain().await?.best().await?.all_delegates().await?;
    context.output.show(&Delegates(all.iter().map(DelegateShape::from).collect()))
}

/// A quote.
#[derive(Debug, Serialize)]
struct QuoteShape {
    /// What was asked.
    amount: Balance,
    /// What would be received, or what the new stake could be redeemed for.
    received: Balance,
    /// Points minted or burned, as text.
    points: String,
}

impl Show for QuoteShape {
    fn text(&self, output: &Output) -> String {
        output.facts(&[
            ("amount", format!("{} ALUN", Tokens(self.amount))),
            ("received", format!("{} ALUN", Tokens(self.received))),
            ("points", self.points.clone()),
        ])
    }
}

async fn quote_add(
    at: &At,
    hotkey: &AccountId,
    netuid: NetUid,
    amount: Balance,
) -> Result<alun_client::views::StakeQuote, CliError> {
    let quote = at.quote_add(hotkey, netuid, amount).await?;
    quote.ok_or_else(|| {
        CliError::Usage(format!(
            "{} ALUN can't be staked on {hotkey} (netuid {netuid}): the amount is too small, or \
             there is no such subnet or hotkey; `alun view delegates` shows whom to stake on",
            Tokens(amount)
        ))
    })
}

async fn quote(context: &Context, quote: Quote) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let (amount, found) = match quote {
        Quote::Add { delegate, amount, netuid } => {
            let hotkey = context.account(&delegate)?;
            (amount.0, quote_add(&best, &hotkey, NetUid(netuid), amount.0).await?)
        }
        Quote::Remove { delegate, amount, netuid } => {
            let hotkey = context.account(&delegate)?;
            let coldkey = context.coldkey_account()?;
            let found = best.quote_remove(&coldkey, &hotkey, NetUid(netuid), amount.0).await?;
            let found = found.ok_or_else(|| {
                CliError::Usage(format!(
                    "{coldkey} can't take {amount} ALUN from {hotkey} (netuid {netuid}); `alun \
                     stake list` shows what there is"
                ))
            })?;
            (amount.0, found)
        }
    };
    let points = found.points.to_string();
    context.output.show(&QuoteShape { amount, received: found.received, points })
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
    fn amount_should_be_tokens_or_all() {
        assert_eq!(parse_amount_or_all("all"), Ok(AmountOrAll::All));
        assert_eq!(parse_amount_or_all("1.5"), Ok(AmountOrAll::Amount(Tokens(1_500_000_000))));
        assert!(parse_amount_or_all("everything").is_err());
    }

    #[test]
    fn tolerance_should_leave_room_for_rounding() {
        assert_eq!(tolerance(1_000_000), 998_999);
        assert_eq!(tolerance(0), 0);
    }
}
