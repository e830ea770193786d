//! `alun key swap-hotkey` and `swap-coldkey`.

use super::{key::pair, landed};
use crate::{CliError, Context};
use alun_client::{
    calls::{AnnounceColdkeySwap, ContinueColdkeySwap, DisputeColdkeySwap, ExecuteColdkeySwap},
    coldkey_hash, swap_hotkey, AccountId, At, ClientError, Event, Landed,
};
use clap::{Args, Subcommand};

/// More rows than this a swap declares only when told to: they cost a third of a second of a block.
const ROWS_UNASKED: usize = 1_500;

/// Swaps a hotkey.
#[derive(Debug, Args)]
pub struct SwapHotkey {
    /// The hotkey that is retired, bound to the wallet's coldkey
    old: String,
    /// The key in its place, on this machine: WALLET/HOTKEY; never a hotkey before
    new: String,
    /// Most rows of storage to move; without it, as many as its subnets can need
    #[arg(long, value_name = "ROWS")]
    most_rows: Option<u32>,
}

/// Swaps a hotkey for another.
pub(crate) async fn run(context: &Context, arguments: SwapHotkey) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let old = context.account(&arguments.old)?;
    let new = pair(context, &arguments.new)?;
    let coldkey = context.coldkey()?;
    let owner = AccountId::from(coldkey.public());
    let most_rows = match arguments.most_rows {
        Some(rows) => rows,
        None => rows_of(&chain.best().await?, &old).await?,
    };
    context.confirm(&format!(
        "Put {} in the place of hotkey {old}, which can never be a hotkey again?",
        AccountId::from(new.public())
    ))?;
    let call = swap_hotkey(&chain.genesis(), old, &new, &owner, most_rows);
    let done = context.submit(&chain, &coldkey, &call).await?;
    landed(context, "Swapped the hotkey", &done)
}

/// What a swap can move: on each subnet with a pool 1, and 18 of what is lent and borrowed; with a uid 2,
/// and 8 mechanisms; 1 for each 16 subnets that are looked at, 2 for the binding.
async fn rows_of(best: &At, hotkey: &AccountId) -> Result<u32, ClientError> {
    let subnets = best.all_subnets().await?.len();
    let delegate = best.delegate(hotkey).await?;
    let (pools, seats) = delegate.map_or((0, 0), |one| (one.pools.len(), one.registrations.len()));
    let rows = 2 + subnets.div_ceil(16) + 19 * pools + 10 * seats;
    Ok(u32::try_from(rows.min(ROWS_UNASKED)).unwrap_or(u32::MAX))
}

/// Rows that one call of a coldkey's swap moves.
const ROWS_A_CALL: u32 = 500;

/// Swaps a coldkey.
#[derive(Debug, Subcommand)]
pub enum SwapColdkey {
    /// Announce the new coldkey by its hash; from then on the wallet's coldkey may only dispute
    #[command(after_help = "Example:\n  alun key swap-coldkey announce alice2 --wallet alice")]
    Announce {
        /// The new coldkey: WALLET or address
        new: String,
    },
    /// Dispute the announced swap of the wallet's coldkey: it stays locked until root resolves that
    #[command(after_help = "Example:\n  alun key swap-coldkey dispute --wallet alice")]
    Dispute,
    /// Move everything, after the delay; the wallet's coldkey pays, and may be anybody's
    #[command(after_help = "Example:\n  \
                            alun key swap-coldkey execute alice alice2 --wallet alice2")]
    Execute {
        /// The old coldkey: WALLET or address
        old: String,
        /// The new one, as it was announced
        new: String,
    },
}

/// Runs `alun key swap-coldkey`.
pub(crate) async fn coldkey(context: &Context, command: SwapColdkey) -> Result<(), CliError> {
    let chain = context.chain().await?;
    match command {
        SwapColdkey::Announce { new } => {
            let new = context.account(&new)?;
            let signer = context.coldkey()?;
            context.confirm(&format!(
                "Lock {} until everything of it is {new}'s?",
                AccountId::from(signer.public())
            ))?;
            let call = AnnounceColdkeySwap { hash: coldkey_hash(&new) };
            let done = context.submit(&chain, &signer, &call).await?;
            landed(context, "Announced the swap of the coldkey", &done)
        }
        SwapColdkey::Dispute => {
            let done = context.submit(&chain, &context.coldkey()?, &DisputeColdkeySwap {}).await?;
            landed(context, "Disputed the swap of the coldkey", &done)
        }
        SwapColdkey::Execute { old, new } => {
            let (old, new) = (context.account(&old)?, context.account(&new)?);
            let signer = context.coldkey()?;
            let most_rows = ROWS_A_CALL;
            let call = ExecuteColdkeySwap { old, new, most_rows };
            let mut done = context.submit(&chain, &signer, &call).await?;
            while !is_over(&done) {
                let call = ContinueColdkeySwap { old, most_rows };
                done = context.submit(&chain, &signer, &call).await?;
            }
            landed(context, "Swapped the coldkey", &done)
        }
    }
}

/// Whether nothing is left to move.
fn is_over(done: &Landed) -> bool {
    done.events.iter().any(|event| matches!(event, Event::ColdkeySwapped(_)))
}
