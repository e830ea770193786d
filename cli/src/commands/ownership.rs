//! Handing a subnet over, and changing its owner's hotkey.

use super::landed;
use crate::{CliError, Context};
use alun_client::{
    calls::{AcceptOwnership, OfferOwnership, SetOwnerHotkey, WithdrawOffer},
    NetUid,
};
use clap::Subcommand;

/// Who owns a subnet.
#[derive(Debug, Subcommand)]
pub enum Ownership {
    /// Offer a subnet to another coldkey, which owns it once it accepts
    #[command(after_help = "Example:\n  alun subnet offer 1 5F…coldkey --wallet alice")]
    Offer {
        /// The subnet
        netuid: u16,
        /// The coldkey that may accept it
        to: String,
    },
    /// Accept a subnet that is offered to the wallet's coldkey
    #[command(after_help = "Example:\n  alun subnet accept-offer 1 --wallet bob")]
    AcceptOffer {
        /// The subnet
        netuid: u16,
    },
    /// Withdraw the offer of a subnet
    #[command(after_help = "Example:\n  alun subnet withdraw-offer 1 --wallet alice")]
    WithdrawOffer {
        /// The subnet
        netuid: u16,
    },
    /// Set the hotkey that gets the owner cut and is never evicted
    #[command(after_help = "Example:\n  alun subnet set-hotkey 1 bob/default --wallet bob")]
    SetHotkey {
        /// The subnet
        netuid: u16,
        /// The hotkey: bound to the wallet's coldkey, with a uid on the subnet
        owned: String,
    },
}

/// Runs a command of [`Ownership`].
pub(crate) async fn run(context: &Context, command: Ownership) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let (text, done) = match command {
        Ownership::Offer { netuid, to } => {
            let call = OfferOwnership { netuid: NetUid(netuid), to: context.account(&to)? };
            context.confirm(&format!("Offer subnet {netuid} to {}?", call.to))?;
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            (format!("Offered subnet {netuid}"), done)
        }
        Ownership::AcceptOffer { netuid } => {
            let call = AcceptOwnership { netuid: NetUid(netuid) };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            (format!("Accepted subnet {netuid}"), done)
        }
        Ownership::WithdrawOffer { netuid } => {
            let call = WithdrawOffer { netuid: NetUid(netuid) };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            (format!("Withdrew the offer of subnet {netuid}"), done)
        }
        Ownership::SetHotkey { netuid, owned } => {
            let call = SetOwnerHotkey { netuid: NetUid(netuid), hotkey: context.account(&owned)? };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            (format!("Set the owner's hotkey of subnet {netuid}"), done)
        }
    };
    landed(context, text, &done)
}
