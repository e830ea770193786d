//! What a staker has done with stake: quoted first, then done, with a bound from the quote.

use super::Slippage;
use crate::{
    output::{Output, Show},
    shape::{token, Ends, LandedShape, QuoteShape, QuotesShape},
    CliError, Context,
};
use alun_client::{
    calls::{AddStake, MoveStake, RemoveAllStake, RemoveStake, SwapStake, TransferStake},
    views::StakeQuote,
    AccountId, At, Chain, Failure, NetUid, Tokens,
};
use clap::{Args, Subcommand};
use serde::Serialize;

/// The most positions that one call takes out.
const MAX_POSITIONS: usize = 16;

/// What can be done with stake.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Stake tokens of the wallet's coldkey on a hotkey; on a subnet they buy its alpha
    #[command(
        after_help = "Examples:\n  alun stake add 5F…hotkey 10 --netuid 1 --wallet alice\n  \
                            alun stake add 5F…hotkey 10 --netuid 1 --max-slippage 0.2%\n  \
                            alun stake quote add 5F…hotkey 10 --netuid 1"
    )]
    Add {
        /// The hotkey to stake on
        delegate: String,
        /// Native tokens to give
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
        /// The bound.
        #[command(flatten)]
        bound: Bound,
    },
    /// Take stake out; a subnet's alpha is sold. `all` takes the whole position
    #[command(after_help = "Examples:\n  alun stake remove 5F…hotkey 2.5 --netuid 1\n  \
                            alun stake remove 5F…hotkey all --netuid 1 --min-received 4.9")]
    Remove {
        /// The hotkey staked on
        delegate: String,
        /// How much of the netuid's token (native on root, else its alpha), or `all`
        #[arg(value_parser = parse_amount_or_all, value_name = "AMOUNT|all")]
        amount: AmountOrAll,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
        /// The bound.
        #[command(flatten)]
        bound: Bound,
    },
    /// Take whole positions out, up to 16, in one call: all or nothing
    #[command(after_help = "Examples:\n  alun stake remove-all --wallet alice\n  \
                            alun stake remove-all 5F…hotkey:1 5F…hotkey:2 --max-slippage 3%")]
    RemoveAll {
        /// HOTKEY:NETUID of each; all that the coldkey has without any
        #[arg(value_parser = parse_position, value_name = "HOTKEY:NETUID")]
        positions: Vec<(String, NetUid)>,
        /// The bound, for all of them together.
        #[command(flatten)]
        bound: Bound,
    },
    /// Move stake to another hotkey of the same subnet; nothing is traded
    #[command(after_help = "Example:\n  alun stake move 5F…from 5F…to 10 --netuid 1")]
    Move {
        /// Hotkey that has it
        from: String,
        /// Hotkey that gets it
        to: String,
        /// How much of the netuid's token
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
        /// The bound.
        #[command(flatten)]
        bound: Bound,
    },
    /// Give stake to another coldkey, on the same hotkey and subnet; nothing is traded
    #[command(after_help = "Example:\n  alun stake transfer 5F…coldkey 5F…hotkey 10 --netuid 1")]
    Transfer {
        /// Coldkey that gets it
        to: String,
        /// The hotkey staked on
        delegate: String,
        /// How much of the netuid's token
        amount: Tokens,
        /// The subnet, 0 for root
        #[arg(long, default_value_t = 0)]
        netuid: u16,
        /// The bound.
        #[command(flatten)]
        bound: Bound,
    },
    /// Sell stake on one subnet and stake what it gives on another, on the same hotkey
    #[command(after_help = "Examples:\n  alun stake swap 5F…hotkey 10 --from 1 --to 2\n  \
                            alun stake swap 5F…hotkey 10 --from 1 --to 0")]
    Swap {
        /// The hotkey staked on
        delegate: String,
        /// How much of the token of the subnet that it leaves
        amount: Tokens,
        /// The subnet that it leaves, 0 for root
        #[arg(long)]
        from: u16,
        /// The subnet to which it goes, 0 for root
        #[arg(long)]
        to: u16,
        /// The bound.
        #[command(flatten)]
        bound: Bound,
    },
}

/// The least that may come out.
#[derive(Clone, Copy, Debug, Args)]
pub struct Bound {
    /// Least that may come out, in the token that comes out; instead of --max-slippage
    #[arg(long, value_name = "AMOUNT", conflicts_with = "max_slippage")]
    min_received: Option<Tokens>,
    /// How much less than quoted may come out, for the price moves until the call is in a block
    #[command(flatten)]
    slippage: Slippage,
}

impl Bound {
    /// The least to receive where so much of a netuid's token was quoted. More than that would be
    /// refused in a block, for a fee.
    fn least(&self, quoted: u64, netuid: NetUid) -> Result<u64, CliError> {
        match self.min_received {
            Some(Tokens(least)) if least > quoted => Err(CliError::BelowBound {
                comes: token(netuid, quoted),
                flag: "--min-received",
                least: token(netuid, least),
            }),
            Some(Tokens(least)) => Ok(least),
            None => Ok(self.slippage.least(quoted)),
        }
    }
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

fn parse_position(text: &str) -> Result<(String, NetUid), String> {
    let parts = text.rsplit_once(':').map(|(hotkey, netuid)| (hotkey, netuid.parse()));
    match parts {
        Some((hotkey, Ok(netuid))) if !hotkey.is_empty() => Ok((hotkey.into(), NetUid(netuid))),
        _ => Err(format!("`{text}` is no position; write HOTKEY:NETUID, such as alice/default:1")),
    }
}

/// A call with what it would do.
struct Plan {
    quote: Quoted,
    call: Call,
    done: &'static str,
    /// Native tokens that the coldkey must have.
    needs: u64,
}

/// What is printed before a call is made.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Quoted {
    One(QuoteShape),
    All(QuotesShape),
}

impl Show for Quoted {
    fn text(&self, output: &Output) -> String {
        match self {
            Self::One(quote) => quote.text(output),
            Self::All(quotes) => quotes.text(output),
        }
    }
}

enum Call {
    Add(AddStake),
    Remove(RemoveStake),
    RemoveAll(RemoveAllStake),
    Move(MoveStake),
    Transfer(TransferStake),
    Swap(SwapStake),
}

/// Prints what an order would do, and does nothing.
pub async fn quote(context: &Context, order: Order) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let coldkey = context.coldkey_account()?;
    context.output.show(&plan(context, &best, &coldkey, order).await?.quote)
}

/// Prints what an order would do, asks, and does it.
pub async fn run(context: &Context, order: Order) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let owner = context.coldkey_account()?;
    let Plan { quote, call, done, needs } =
        plan(context, &chain.best().await?, &owner, order).await?;
    if !context.output.json {
        context.output.show(&quote)?;
    }
    if needs > 0 {
        context.require_balance(&chain, &owner, needs, "the stake").await?;
    }
    context.confirm(&format!("Sign this as {owner}?"))?;
    let landed = send(context, &chain, &call).await?;
    context.output.show(&LandedShape::new(done, &landed).quoted(&quote))
}

async fn send(
    context: &Context,
    chain: &Chain,
    call: &Call,
) -> Result<alun_client::Landed, CliError> {
    let coldkey = context.coldkey()?;
    match call {
        Call::Add(call) => context.submit(chain, &coldkey, call).await,
        Call::Remove(call) => context.submit(chain, &coldkey, call).await,
        Call::RemoveAll(call) => context.submit(chain, &coldkey, call).await,
        Call::Move(call) => context.submit(chain, &coldkey, call).await,
        Call::Transfer(call) => context.submit(chain, &coldkey, call).await,
        Call::Swap(call) => context.submit(chain, &coldkey, call).await,
    }
}

async fn plan(
    context: &Context,
    at: &At,
    coldkey: &AccountId,
    order: Order,
) -> Result<Plan, CliError> {
    match order {
        Order::Add { delegate, amount, netuid, bound } => {
            add(at, context.account(&delegate)?, NetUid(netuid), amount.0, bound).await
        }
        Order::Remove { delegate, amount: AmountOrAll::All, netuid, bound } => {
            let position = (context.account(&delegate)?, NetUid(netuid));
            remove_all(at, coldkey, vec![position], bound).await
        }
        Order::Remove { delegate, amount: AmountOrAll::Amount(amount), netuid, bound } => {
            let hotkey = context.account(&delegate)?;
            remove(at, coldkey, hotkey, NetUid(netuid), amount.0, bound).await
        }
        Order::RemoveAll { positions, bound } => {
            let positions = named(context, at, coldkey, positions).await?;
            remove_all(at, coldkey, positions, bound).await
        }
        Order::Move { from, to, amount: Tokens(amount), netuid, bound } => {
            let (from_hotkey, to_hotkey) = (context.account(&from)?, context.account(&to)?);
            let netuid = NetUid(netuid);
            let quote = at.quote_move(coldkey, netuid, &from_hotkey, &to_hotkey, amount).await?;
            passes(
                ["move_stake", "Moved stake"],
                [netuid; 2],
                amount,
                quote,
                bound,
                |min_received| {
                    Call::Move(MoveStake { netuid, from_hotkey, to_hotkey, amount, min_received })
                },
            )
        }
        Order::Transfer { to, delegate, amount: Tokens(amount), netuid, bound } => {
            let (to_coldkey, hotkey) = (context.account(&to)?, context.account(&delegate)?);
            let (netuid, words) = (NetUid(netuid), ["transfer_stake", "Transferred stake"]);
            let quote = at.quote_transfer(coldkey, &to_coldkey, &hotkey, netuid, amount).await?;
            passes(words, [netuid; 2], amount, quote, bound, |min_received| {
                let call = TransferStake { to_coldkey, hotkey, netuid, amount, min_received };
                Call::Transfer(call)
            })
        }
        Order::Swap { delegate, amount: Tokens(amount), from, to, bound } => {
            let hotkey = context.account(&delegate)?;
            let (from_netuid, to_netuid) = (NetUid(from), NetUid(to));
            let ends = [from_netuid, to_netuid];
            let quote = at.quote_swap(coldkey, &hotkey, from_netuid, to_netuid, amount).await?;
            let words = ["swap_stake", "Swapped stake"];
            let mut plan = passes(words, ends, amount, quote, bound, |min_received| {
                Call::Swap(SwapStake { hotkey, from_netuid, to_netuid, amount, min_received })
            })?;
            if let (Quoted::One(shape), true) = (&mut plan.quote, redeems(at, from_netuid).await?) {
                *shape = shape.clone().redeemed();
            }
            Ok(plan)
        }
    }
}

async fn add(
    at: &At,
    hotkey: AccountId,
    netuid: NetUid,
    amount: u64,
    bound: Bound,
) -> Result<Plan, CliError> {
    let quote = at.quote_add(&hotkey, netuid, amount).await?.map_err(CliError::WouldFail)?;
    let min_received = bound.least(quote.received, netuid)?;
    let ends = Ends { amount, from: NetUid::ROOT, to: netuid };
    let shape = QuoteShape::of_stake("add_stake", ends, &quote, [netuid; 2]);
    Ok(Plan {
        quote: Quoted::One(shape.at_least(min_received)),
        call: Call::Add(AddStake { hotkey, netuid, amount, min_received }),
        done: "Staked",
        needs: amount,
    })
}

/// What leaves a position: more than wanted, where dust would stay.
fn leaves(netuid: NetUid, wanted: u64, quote: &StakeQuote) -> Ends {
    let amount = match &quote.sold {
        Some(sold) => sold.alpha.0,
        None if netuid.is_root() && quote.bought.is_none() => quote.received,
        None => wanted,
    };
    Ends { amount, from: netuid, to: NetUid::ROOT }
}

/// Whether a subnet's alpha is redeemed instead of sold.
async fn redeems(at: &At, netuid: NetUid) -> Result<bool, CliError> {
    Ok(at.market(netuid).await?.is_some_and(|market| market.redemption.is_some()))
}

async fn remove(
    at: &At,
    coldkey: &AccountId,
    hotkey: AccountId,
    netuid: NetUid,
    amount: u64,
    bound: Bound,
) -> Result<Plan, CliError> {
    let quote = at.quote_remove(coldkey, &hotkey, netuid, Some(amount)).await?;
    let quote = quote.map_err(CliError::WouldFail)?;
    let min_received = bound.least(quote.received, NetUid::ROOT)?;
    let ends = leaves(netuid, amount, &quote);
    let shape = QuoteShape::of_stake("remove_stake", ends, &quote, [netuid; 2]);
    let shape = if redeems(at, netuid).await? { shape.redeemed() } else { shape };
    Ok(Plan {
        quote: Quoted::One(shape.at_least(min_received)),
        call: Call::Remove(RemoveStake { hotkey, netuid, amount, min_received }),
        done: "Took stake out",
        needs: 0,
    })
}

/// The positions named, or all that the coldkey has.
async fn named(
    context: &Context,
    at: &At,
    coldkey: &AccountId,
    positions: Vec<(String, NetUid)>,
) -> Result<Vec<(AccountId, NetUid)>, CliError> {
    let all: Vec<(AccountId, NetUid)> = if positions.is_empty() {
        let found = at.stake_of(coldkey).await?;
        found.iter().map(|position| (position.hotkey, position.netuid)).collect()
    } else {
        let read = |(hotkey, netuid): &(String, NetUid)| Ok((context.account(hotkey)?, *netuid));
        positions.iter().map(read).collect::<Result<_, CliError>>()?
    };
    match all.len() {
        0 => Err(CliError::Usage(format!("{coldkey} has no stake: nothing to take out"))),
        some if some > MAX_POSITIONS => Err(CliError::Usage(format!(
            "{some} positions, at most {MAX_POSITIONS} fit into one call: name some of them \
             (HOTKEY:NETUID, `alun stake list` shows them), then the others"
        ))),
        _ => Ok(all),
    }
}

async fn remove_all(
    at: &At,
    coldkey: &AccountId,
    positions: Vec<(AccountId, NetUid)>,
    bound: Bound,
) -> Result<Plan, CliError> {
    let quotes = at.quote_remove_all(coldkey, positions.clone()).await?;
    let quotes = quotes.map_err(CliError::WouldFail)?;
    let held = at.stake_of(coldkey).await?;
    let shape = |((hotkey, netuid), quote): (&(AccountId, NetUid), &StakeQuote)| {
        let position = held.iter().find(|one| one.hotkey == *hotkey && one.netuid == *netuid);
        let ends = leaves(*netuid, position.map_or(0, |one| one.value), quote);
        QuoteShape::of_stake("remove_all_stake", ends, quote, [*netuid; 2])
    };
    let mut shapes: Vec<_> = positions.iter().zip(&quotes).map(shape).collect();
    for (shape, (_, netuid)) in shapes.iter_mut().zip(&positions) {
        if redeems(at, *netuid).await? {
            *shape = shape.clone().redeemed();
        }
    }
    let hotkeys: Vec<AccountId> = positions.iter().map(|(hotkey, _)| *hotkey).collect();
    let all = QuotesShape::new(&hotkeys, shapes);
    let min_received = bound.least(all.received, NetUid::ROOT)?;
    Ok(Plan {
        quote: Quoted::All(all.at_least(min_received)),
        call: Call::RemoveAll(RemoveAllStake { positions, min_received }),
        done: "Took stake out",
        needs: 0,
    })
}

/// The plan of stake that stays stake: moved, transferred or swapped. `call` makes it with its bound.
fn passes(
    [name, done]: [&'static str; 2],
    [from, to]: [NetUid; 2],
    amount: u64,
    quote: Result<StakeQuote, Failure>,
    bound: Bound,
    call: impl FnOnce(u64) -> Call,
) -> Result<Plan, CliError> {
    let quote = quote.map_err(CliError::WouldFail)?;
    let min_received = bound.least(quote.received, to)?;
    let left = match (&quote.sold, &quote.bought) {
        (Some(sold), _) => sold.alpha.0,
        // From root: native tokens buy.
        (None, Some(bought)) if from.is_root() => bought.native,
        _ => amount,
    };
    let shape = QuoteShape::of_stake(name, Ends { amount: left, from, to }, &quote, [from, to]);
    Ok(Plan {
        quote: Quoted::One(shape.at_least(min_received)),
        call: call(min_received),
        done,
        needs: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::{Alpha, Trade, UNIT};

    #[test]
    fn amount_should_be_tokens_or_all() {
        assert_eq!(parse_amount_or_all("all"), Ok(AmountOrAll::All));
        assert_eq!(parse_amount_or_all("1.5"), Ok(AmountOrAll::Amount(Tokens(1_500_000_000))));
        assert!(parse_amount_or_all("everything").is_err());
    }

    #[test]
    fn position_should_be_a_hotkey_and_a_netuid() {
        assert_eq!(parse_position("alice/v:1"), Ok(("alice/v".into(), NetUid(1))));
        assert_eq!(parse_position("//Alice//v:0"), Ok(("//Alice//v".into(), NetUid(0))));
        for bad in ["", "alice", "alice:", ":1", "alice:x", "alice:70000"] {
            assert!(parse_position(bad).unwrap_err().contains("HOTKEY:NETUID"), "{bad}");
        }
    }

    #[test]
    fn what_leaves_should_be_what_is_sold_when_dust_would_stay() {
        let trade = Trade { alpha: Alpha(7 * UNIT), ..Trade::default() };
        let quote = |sold| StakeQuote { points: 1, received: 3, sold, bought: None, deposit: 0 };
        let amount = |netuid, sold| leaves(NetUid(netuid), 5, &quote(sold)).amount;
        assert_eq!(amount(1, Some(trade)), 7 * UNIT);
        assert_eq!((amount(1, None), amount(0, None)), (5, 3));
    }

    #[test]
    fn bound_should_be_what_is_named_or_come_from_the_quote() {
        let slippage = Slippage { max_slippage: 10_000 };
        let from_quote = Bound { min_received: None, slippage };
        assert_eq!(from_quote.least(1_000, NetUid(1)).ok(), Some(990));
        let named = Bound { min_received: Some(Tokens(7)), slippage };
        assert_eq!(named.least(7, NetUid(1)).ok(), Some(7));
        let error = named.least(6, NetUid(1)).unwrap_err().to_string();
        assert!(
            error.contains("0.000000006 α1 would come out, less than --min-received"),
            "{error}"
        );
    }
}
