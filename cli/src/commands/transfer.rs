//! `alun transfer`.

use super::landed;
use crate::{CliError, Context};
use alun_client::{calls::TransferKeepAlive, AccountId, Tokens};
use clap::Args;

/// Sends tokens to an account.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alun transfer 5F…account 1.5 --wallet alice")]
pub struct Transfer {
    /// The receiver
    to: String,
    /// Tokens
    amount: Tokens,
}

/// Runs `alun transfer`.
pub async fn run(context: &Context, arguments: Transfer) -> Result<(), CliError> {
    let to = context.account(&arguments.to)?;
    let chain = context.chain().await?;
    let coldkey = context.coldkey()?;
    let from = AccountId::from(coldkey.public());
    context.confirm(&format!("Send {} ALUN from {from} to {to}?", arguments.amount))?;
    context.require_balance(&chain, &from, arguments.amount.0, "the transfer").await?;
    let call = TransferKeepAlive::new(to, arguments.amount.0);
    let done = context.submit(&chain, &coldkey, &call).await?;
    landed(context, format!("Sent {} ALUN to {to}", arguments.amount), &done)
}
