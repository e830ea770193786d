//! `alun sudo`: root calls of a chain's operator. The wallet's coldkey must be the sudo key.

use super::landed;
use crate::{CliError, Context};
use alun_client::{
    calls::{Call, SetHyperparameters, SetMechanismCount, SetRootWeight, SetSubnetLimit},
    parse_hyperparameter, AccountId, Chain, Hyperparameter, NetUid, Ppm,
};
use clap::Subcommand;

/// Root calls.
#[derive(Debug, Subcommand)]
pub enum Sudo {
    /// Set hyperparameters of a subnet, root's own too
    #[command(after_help = "Example:\n  alun sudo set-hyperparameters 1 tempo_ms=20s \
                            --wallet //Alice")]
    SetHyperparameters {
        /// The subnet
        netuid: u16,
        /// name=value, several at once
        #[arg(required = true, value_parser = parse_hyperparameter, value_name = "NAME=VALUE")]
        changes: Vec<Hyperparameter>,
    },
    /// Set the number of a subnet's mechanisms
    #[command(after_help = "Example:\n  alun sudo set-mechanisms 1 2 --wallet //Alice")]
    SetMechanisms {
        /// The subnet
        netuid: u16,
        /// Mechanisms
        count: u8,
    },
    /// Set the most subnets that there may be
    #[command(after_help = "Example:\n  alun sudo set-subnet-limit 64 --wallet //Alice")]
    SetSubnetLimit {
        /// Subnets
        limit: u16,
    },
    /// Set root weight τ
    #[command(after_help = "Example:\n  alun sudo set-root-weight 180000 --wallet //Alice")]
    SetRootWeight {
        /// Parts per million
        ppm: Ppm,
    },
}

/// Runs `alun sudo`.
pub async fn run(context: &Context, command: Sudo) -> Result<(), CliError> {
    let chain = context.chain().await?;
    match command {
        Sudo::SetHyperparameters { netuid, changes } => {
            let call = SetHyperparameters { netuid: NetUid(netuid), changes };
            as_root(context, &chain, &call, &format!("Changed subnet {netuid}")).await
        }
        Sudo::SetMechanisms { netuid, count } => {
            let call = SetMechanismCount { netuid: NetUid(netuid), count };
            as_root(context, &chain, &call, &format!("Changed subnet {netuid}")).await
        }
        Sudo::SetSubnetLimit { limit } => {
            as_root(context, &chain, &SetSubnetLimit { limit }, "Set the subnet limit").await
        }
        Sudo::SetRootWeight { ppm } => {
            as_root(context, &chain, &SetRootWeight { ppm }, "Set the root weight").await
        }
    }
}

async fn as_root<C: Call>(
    context: &Context,
    chain: &Chain,
    call: &C,
    done: &str,
) -> Result<(), CliError> {
    let coldkey = context.coldkey()?;
    let signer = AccountId::from(coldkey.public());
    let sudo = chain.best().await?.sudo_key().await?;
    if sudo != Some(signer) {
        let holder = sudo.map_or_else(|| "nobody".to_owned(), |key| key.to_string());
        return Err(CliError::Usage(format!(
            "{signer} may not make root calls: the sudo key is {holder}; sign with it (--wallet)"
        )));
    }
    let call = chain.as_root(call).await?;
    let outcome = context.submit(chain, &coldkey, &call).await?;
    landed(context, done, &outcome)
}
