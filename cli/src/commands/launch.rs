//! `alun subnet launch`: from a template to a subnet that runs, with its first validator.
//!
//! Everything that can be refused is looked at before the lock is paid. What is done is looked up on the chain, not
//! remembered: called again after a failure it goes on where it stopped, and pays nothing twice.

mod template;

pub use template::{built_in, Template};

use super::{
    landed,
    subnet::{pay_lock, Registration},
    Slippage,
};
use crate::{
    output::{Output, Show},
    shape::{LandedShape, SubnetShape},
    wallet::is_uri,
    CliError, Context,
};
use alun_client::{
    calls::{AddStake, BatchAll, EncodedCall, SetHyperparameters, SetMetadata, Start},
    AccountId, At, Chain, NetUid, Subnet, Tokens,
};
use clap::Args;
use serde::Serialize;
use std::{path::PathBuf, process::Command};

/// The validator's program, looked for beside `alun` and then on the path.
const VALIDATOR: &str = "alun-validator";

/// Launches a subnet.
#[derive(Debug, Args)]
pub struct Launch {
    /// File of the template, or the name of a built-in one: embedding, generation
    template: String,
    /// Most tokens to pay for the lock; the present price without it
    #[arg(long, value_name = "TOKENS")]
    max_lock: Option<Tokens>,
    /// How the validator's stake is bought.
    #[command(flatten)]
    slippage: Slippage,
    /// Do not start the validator, only print how to
    #[arg(long)]
    no_validator: bool,
    /// Arguments for alun-validator, such as --models DIR --state-dir DIR
    #[arg(last = true, value_name = "ARGUMENT")]
    validator: Vec<String>,
}

/// What a launch did.
#[derive(Debug, Serialize)]
struct Launched {
    /// The subnet, as it is now.
    subnet: SubnetShape,
    /// The calls that were sent, in order; none where all was done before.
    calls: Vec<LandedShape>,
    /// The validator, program and arguments.
    validator: Vec<String>,
}

impl Show for Launched {
    fn text(&self, output: &Output) -> String {
        let calls = self.calls.iter().map(|call| call.text(output));
        let mut parts: Vec<String> = calls.collect();
        parts.push(format!(
            "Subnet {} \"{}\" runs. Its first validator:\n  {}",
            self.subnet.netuid,
            self.subnet.name,
            self.validator.join(" ")
        ));
        parts.join("\n\n")
    }
}

/// Runs `alun subnet launch`.
pub async fn run(context: &Context, arguments: Launch) -> Result<(), CliError> {
    let template = Template::read(&arguments.template)?;
    let program = if arguments.no_validator { PathBuf::from(VALIDATOR) } else { validator()? };
    let hotkey = validator_key(context)?;
    let chain = context.chain().await?;
    let mut calls = Vec::new();
    let netuid = match registered(context, &chain.best().await?, &template).await? {
        Some(subnet) => {
            context.output.progress(format!("Going on with subnet {}", subnet.netuid));
            subnet.netuid
        }
        None => {
            let wanted = Registration {
                name: template.name.clone(),
                task: template.task.clone(),
                max_lock: arguments.max_lock,
                besides: template.stake,
            };
            let (netuid, done) = pay_lock(context, &chain, wanted).await?;
            let Some(netuid) = netuid else {
                // All slots are taken: launched again once its own is free, it goes on.
                return landed(context, "Reserved a slot; launch again when it is free", &done);
            };
            calls.push(LandedShape::new(format!("Registered subnet {netuid}"), &done));
            netuid
        }
    };
    let steps = steps(context, &chain, netuid, &template, arguments.slippage).await?;
    if !steps.is_empty() {
        let done = context.submit(&chain, &context.coldkey()?, &BatchAll { calls: steps }).await?;
        calls.push(LandedShape::new(format!("Set subnet {netuid} up and started it"), &done));
    }
    let best = chain.best().await?;
    let subnet = best.subnet(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
    let market = best.market(netuid).await?;
    let mut command = vec![program.display().to_string()];
    for (flag, value) in
        [("--url", &context.global.url), ("--hotkey", &hotkey), ("--netuid", &netuid.0.to_string())]
    {
        command.extend([flag.to_owned(), value.clone()]);
    }
    command.extend(arguments.validator);
    let subnet = SubnetShape::new(&subnet, market.as_ref());
    context.output.show(&Launched { subnet, calls, validator: command.clone() })?;
    if arguments.no_validator {
        return Ok(());
    }
    become_validator(context, &command)
}

/// The subnet of that name that this wallet's keys own.
async fn registered(
    context: &Context,
    best: &At,
    template: &Template,
) -> Result<Option<Subnet>, CliError> {
    let (owner, hotkey) = (context.coldkey_account()?, context.hotkey_account()?);
    let own = |subnet: &Subnet| {
        subnet.owner == owner
            && subnet.owner_hotkey == hotkey
            && subnet.name == template.name.as_bytes()
    };
    Ok(best.all_subnets().await?.into_iter().find(own))
}

/// What is still to be done on the subnet, in order, the start last.
async fn steps(
    context: &Context,
    chain: &Chain,
    netuid: NetUid,
    template: &Template,
    slippage: Slippage,
) -> Result<Vec<EncodedCall>, CliError> {
    let best = chain.best().await?;
    let subnet = best.subnet(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
    let mut steps = Vec::new();
    if !subnet.started && !template.metadata.is_empty() {
        let (name, metadata) = (subnet.name.clone(), template.metadata.clone().into_bytes());
        steps.push(chain.encode(&SetMetadata { netuid, name, metadata }).await?);
    }
    let present: Vec<_> = subnet.hyperparameters.list().collect();
    let changed = template.hyperparameters.iter().filter(|one| !present.contains(one));
    let changes: Vec<_> = changed.copied().collect();
    if !changes.is_empty() {
        steps.push(chain.encode(&SetHyperparameters { netuid, changes }).await?);
    }
    let (owner, hotkey) = (context.coldkey_account()?, context.hotkey_account()?);
    if !has_stake(&best, &owner, &hotkey, netuid).await? && template.stake > 0 {
        let amount = template.stake;
        context.require_balance(chain, &owner, amount, "the validator's stake").await?;
        let quote = best.quote_add(&hotkey, netuid, amount).await?.map_err(CliError::WouldFail)?;
        let min_received = slippage.least(quote.received);
        steps.push(chain.encode(&AddStake { hotkey, netuid, amount, min_received }).await?);
    }
    if !subnet.started {
        steps.push(chain.encode(&Start { netuid }).await?);
    }
    Ok(steps)
}

async fn has_stake(
    best: &At,
    coldkey: &AccountId,
    hotkey: &AccountId,
    netuid: NetUid,
) -> Result<bool, CliError> {
    let positions = best.stake_of(coldkey).await?;
    Ok(positions.iter().any(|position| position.hotkey == *hotkey && position.netuid == netuid))
}

/// Where the validator's program is.
fn validator() -> Result<PathBuf, CliError> {
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(VALIDATOR));
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&folders).map(|folder| folder.join(VALIDATOR));
    beside.into_iter().chain(on_path).find(|path| path.is_file()).ok_or_else(|| {
        CliError::Usage(format!(
            "there is no {VALIDATOR} beside `alun` nor on the path, so that nothing was done; \
             scripts/build makes it, --no-validator goes without"
        ))
    })
}

/// The hotkey as the validator's `--hotkey` takes it: a file, or a test chain's secret URI.
fn validator_key(context: &Context) -> Result<String, CliError> {
    let (wallet, hotkey) = (&context.global.wallet, &context.global.hotkey);
    if is_uri(hotkey) {
        return Ok(hotkey.clone());
    }
    let path = context.wallets.wallet(wallet)?.hotkey_path(hotkey)?;
    Ok(path.display().to_string())
}

/// Becomes the validator: it gets the terminal, the signals and the exit code.
#[cfg(unix)]
fn become_validator(context: &Context, command: &[String]) -> Result<(), CliError> {
    use std::os::unix::process::CommandExt;
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    context.output.progress("Starting the validator; Ctrl-C ends it");
    let error = Command::new(program).args(arguments).exec();
    Err(CliError::Usage(format!("{program} could not be started: {error}")))
}

/// Runs the validator until it ends.
#[cfg(not(unix))]
fn become_validator(context: &Context, command: &[String]) -> Result<(), CliError> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    context.output.progress("Starting the validator; Ctrl-C ends it");
    let wrong = |why: String| CliError::Usage(format!("{program}: {why}"));
    let status =
        Command::new(program).args(arguments).status().map_err(|error| wrong(error.to_string()))?;
    if status.success() {
        Ok(())
    } else {
        Err(wrong(status.to_string()))
    }
}
