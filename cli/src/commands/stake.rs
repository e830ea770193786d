//! `alun stake`.

use super::{
    children, landed,
    order::{self, Order},
    parse_percent,
};
use crate::{
    shape::{DelegateShape, Delegates, Positions, Prices},
    CliError, Context,
};
use alun_client::{calls::SetTake, NetUid, Ppm};
use clap::Subcommand;

/// Stake.
#[derive(Debug, Subcommand)]
pub enum Stake {
    /// What is done with stake.
    #[command(flatten)]
    Order(Order),
    /// What any of these would give, without doing it
    #[command(subcommand)]
    Quote(Order),
    /// List what a coldkey has
    #[command(after_help = "Example:\n  alun stake list --wallet alice")]
    List {
        /// The coldkey; the wallet's without it
        coldkey: Option<String>,
    },
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
    /// What a hotkey lends of its weight on a subnet, and is lent
    #[command(after_help = "Example:\n  alun stake children alice/validator --netuid 1")]
    Children {
        /// The hotkey
        delegate: String,
        /// The subnet
        #[arg(long)]
        netuid: u16,
    },
    /// Lend parts of a hotkey's own weight to up to 5 others; without any, lend nothing. Holds after
    /// a day
    #[command(after_help = "Examples:\n  alun stake set-children alice/validator --netuid 1 \
                            5F…child=20% --wallet alice\n  \
                            alun stake set-children alice/validator --netuid 1 --wallet alice")]
    SetChildren {
        /// The lender, owned by the wallet's coldkey
        delegate: String,
        /// HOTKEY=PERCENT of each child
        #[arg(value_parser = children::parse_child, value_name = "HOTKEY=PERCENT")]
        children: Vec<(String, Ppm)>,
        /// The subnet
        #[arg(long)]
        netuid: u16,
    },
    /// Say which hotkeys, up to 5, may lend to one of yours
    #[command(after_help = "Example:\n  alun stake set-lenders alice/validator --netuid 1 \
                            5F…lender --wallet alice")]
    SetLenders {
        /// The child, owned by the wallet's coldkey
        delegate: String,
        /// Hotkeys that may lend; instead of those before
        lenders: Vec<String>,
        /// The subnet
        #[arg(long)]
        netuid: u16,
    },
}

/// Runs `alun stake`.
pub async fn run(context: &Context, command: Stake) -> Result<(), CliError> {
    match command {
        Stake::Order(order) => order::run(context, order).await,
        Stake::Quote(order) => order::quote(context, order).await,
        Stake::List { coldkey } => list(context, coldkey.as_deref()).await,
        Stake::Take { delegate, take } => {
            let chain = context.chain().await?;
            let call = SetTake { hotkey: context.account(&delegate)?, take };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, "Set the take", &done)
        }
        Stake::Delegates => delegates(context).await,
        Stake::Children { delegate, netuid } => {
            children::show(context, &delegate, NetUid(netuid)).await
        }
        Stake::SetChildren { delegate, children, netuid } => {
            children::set(context, &delegate, NetUid(netuid), &children).await
        }
        Stake::SetLenders { delegate, lenders, netuid } => {
            children::set_lenders(context, &delegate, NetUid(netuid), &lenders).await
        }
    }
}

/// Prints what a coldkey has; also `alun view stake`.
pub(crate) async fn list(context: &Context, coldkey: Option<&str>) -> Result<(), CliError> {
    let coldkey = context.account_or_coldkey(coldkey)?;
    let best = context.chain().await?.best().await?;
    let balance = best.balance(&coldkey).await?;
    let positions = best.stake_of(&coldkey).await?;
    context.output.show(&Positions::new(&coldkey, balance, &positions))
}

/// Prints the delegates; also `alun view delegates`.
pub(crate) async fn delegates(context: &Context) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let (all, prices) = (best.all_delegates().await?, Prices::new(&best.all_markets().await?));
    let shapes = all.iter().map(|delegate| DelegateShape::new(delegate, &prices));
    context.output.show(&Delegates(shapes.collect()))
}
