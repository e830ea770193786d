//! `alun subnet`.

use super::{
    landed,
    launch::{self, built_in, Launch},
    ownership::{self, Ownership},
};
use crate::{
    context::parse_digest,
    output::{Output, Show},
    shape::{SubnetShape, Subnets},
    CliError, Context,
};
use alun_client::{
    bind_hotkey,
    calls::{
        AnnounceWindUp, BatchAll, RegisterSubnet, SetHyperparameters, SetMetadata, SetTask, Start,
    },
    parse_hyperparameter, show_bounds, show_hyperparameter, AccountId, Chain, Digest, Event,
    Hyperparameter, Hyperparameters, Landed, NetUid, TaskDescriptor, TaskKind, Tokens,
};
use alun_primitives::{HYPERPARAMETERS, MAX_TASK_PARAMETERS};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

/// Subnets.
#[derive(Debug, Subcommand)]
pub enum Subnet {
    /// Register a subnet: tokens of the wallet's coldkey open its market, and do not come back. Where all
    /// slots are taken, it waits for that of one that is wound up
    #[command(after_help = "Example:\n  alun subnet register \"My texts\" --task embedding \
                            --wallet alice --max-lock 1000")]
    Register(Register),
    /// From a template to a subnet that runs, with its first validator; called again, it goes on
    /// where it stopped
    #[command(after_help = "Examples:\n  alun subnet launch embedding --wallet alice\n  \
                            alun subnet template generation > mine.toml\n  \
                            alun subnet launch mine.toml --wallet alice --max-lock 1000 -- \
                            --models ~/models")]
    Launch(Launch),
    /// Print a built-in template, to start a file of your own from
    #[command(after_help = "Example:\n  alun subnet template embedding > mine.toml")]
    Template {
        /// embedding or generation
        #[arg(value_parser = ["embedding", "generation"])]
        name: String,
    },
    /// Start a subnet: its epochs begin and it may earn
    #[command(after_help = "Example:\n  alun subnet start 1 --wallet alice")]
    Start {
        /// The subnet
        netuid: u16,
    },
    /// List all subnets
    #[command(after_help = "Example:\n  alun subnet list --json")]
    List,
    /// Show one subnet with its hyperparameters
    #[command(after_help = "Example:\n  alun subnet show 1")]
    Show {
        /// The subnet
        netuid: u16,
    },
    /// Set hyperparameters, all or none
    #[command(after_help = "Examples:\n  alun subnet set 1 min_weights=2 commit_reveal=on \
                            --wallet alice\n  alun subnet set 1 immunity_ms=12h owner_cut=9%")]
    Set {
        /// The subnet
        netuid: u16,
        /// name=value, several at once; `alun subnet hyperparameters` lists the names
        #[arg(required = true, value_parser = parse_hyperparameter, value_name = "NAME=VALUE")]
        changes: Vec<Hyperparameter>,
    },
    /// Replace the task
    #[command(after_help = "Example:\n  alun subnet set-task 1 --task generation --model 0x…")]
    SetTask {
        /// The subnet
        netuid: u16,
        /// The task.
        #[command(flatten)]
        task: Task,
    },
    /// Set name and metadata
    #[command(after_help = "Example:\n  alun subnet set-metadata 1 \"My texts\" \
                            --metadata https://example.org")]
    SetMetadata {
        /// The subnet
        netuid: u16,
        /// Name, at most 64 bytes
        name: String,
        /// Text for people, at most 1,024 bytes
        #[arg(long, default_value = "")]
        metadata: String,
    },
    /// Who owns it.
    #[command(flatten)]
    Ownership(Ownership),
    /// Put a subnet under notice to be wound up, for good: what is left then goes to its holders
    #[command(after_help = "Example:\n  alun subnet wind-up 1 --wallet alice")]
    WindUp {
        /// The subnet
        netuid: u16,
    },
    /// List hyperparameters with their bounds; with a netuid also its values
    #[command(after_help = "Examples:\n  alun subnet hyperparameters\n  \
                            alun subnet hyperparameters 1")]
    Hyperparameters {
        /// The subnet
        netuid: Option<u16>,
    },
}

/// Registers a subnet.
#[derive(Debug, Args)]
pub struct Register {
    /// Name, at most 64 bytes
    name: String,
    /// The task.
    #[command(flatten)]
    task: Task,
    /// Most tokens to pay; the present price without it
    #[arg(long, value_name = "TOKENS")]
    max_lock: Option<Tokens>,
}

/// A task as typed.
#[derive(Debug, Args)]
pub struct Task {
    /// What miners are asked
    #[arg(long, value_enum)]
    task: Kind,
    /// Model commitment that answers must come from, 0x and 64 hex digits; open without it
    #[arg(long, value_parser = parse_digest, value_name = "HASH")]
    model: Option<Digest>,
    /// The task's parameters, a JSON object of at most 1,024 bytes
    #[arg(long, default_value = "", value_name = "JSON", value_parser = parse_parameters)]
    parameters: String,
}

/// The tasks that there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// Unit vectors for texts.
    Embedding,
    /// Text with proof of the model that wrote it.
    Generation,
    /// What a program asks and judges, whose SHA-256 is given as --model.
    External,
}

impl From<Task> for TaskDescriptor {
    fn from(task: Task) -> Self {
        let kind = match task.task {
            Kind::Embedding => TaskKind::Embedding,
            Kind::Generation => TaskKind::Generation,
            Kind::External => TaskKind::External,
        };
        Self { kind, model: task.model, parameters: task.parameters.into_bytes() }
    }
}

pub(crate) fn parse_parameters(text: &str) -> Result<String, String> {
    let limit = usize::try_from(MAX_TASK_PARAMETERS).unwrap_or(usize::MAX);
    if text.len() > limit {
        return Err(format!("{} bytes; at most {limit} go on chain", text.len()));
    }
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
        Err(error) if !text.is_empty() => {
            Err(format!("not a JSON object ({error}); write one such as {{\"texts\": 8}}"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Runs `alun subnet`.
pub async fn run(context: &Context, command: Subnet) -> Result<(), CliError> {
    match command {
        Subnet::Register(arguments) => register(context, arguments).await,
        Subnet::Launch(arguments) => launch::run(context, arguments).await,
        Subnet::Template { name } => {
            context.output.show(&TemplateText { toml: built_in(&name).unwrap_or_default() })
        }
        Subnet::Start { netuid } => {
            let chain = context.chain().await?;
            let call = Start { netuid: NetUid(netuid) };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, format!("Started subnet {netuid}"), &done)
        }
        Subnet::List => list(context).await,
        Subnet::Show { netuid } => show(context, NetUid(netuid)).await,
        Subnet::Set { netuid, changes } => {
            let chain = context.chain().await?;
            let call = SetHyperparameters { netuid: NetUid(netuid), changes };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, format!("Changed subnet {netuid}"), &done)
        }
        Subnet::SetTask { netuid, task } => {
            let chain = context.chain().await?;
            let call = SetTask { netuid: NetUid(netuid), task: task.into() };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, format!("Replaced the task of subnet {netuid}"), &done)
        }
        Subnet::SetMetadata { netuid, name, metadata } => {
            let chain = context.chain().await?;
            let call = SetMetadata {
                netuid: NetUid(netuid),
                name: name.into_bytes(),
                metadata: metadata.into_bytes(),
            };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, format!("Changed name and metadata of subnet {netuid}"), &done)
        }
        Subnet::Ownership(command) => ownership::run(context, command).await,
        Subnet::WindUp { netuid } => {
            let chain = context.chain().await?;
            context.confirm(&format!(
                "Wind subnet {netuid} up? Its epochs and its market stop at once and for good; its \
                 holders redeem their alpha until the notice ends."
            ))?;
            let call = AnnounceWindUp { netuid: NetUid(netuid) };
            let done = context.submit(&chain, &context.coldkey()?, &call).await?;
            landed(context, format!("Announced the end of subnet {netuid}"), &done)
        }
        Subnet::Hyperparameters { netuid } => hyperparameters(context, netuid.map(NetUid)).await,
    }
}

/// A template's text.
#[derive(Debug, Serialize)]
struct TemplateText {
    /// The file.
    toml: &'static str,
}

impl Show for TemplateText {
    fn text(&self, _: &Output) -> String {
        self.toml.trim_end().to_owned()
    }
}

/// A subnet to be registered.
pub(crate) struct Registration {
    /// Its name.
    pub name: String,
    /// What miners are asked.
    pub task: TaskDescriptor,
    /// Most tokens to pay; the present price without it.
    pub max_lock: Option<Tokens>,
    /// What the coldkey must have besides the lock, smallest unit.
    pub besides: u64,
}

async fn register(context: &Context, arguments: Register) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let Register { name, task, max_lock } = arguments;
    let wanted = Registration { name, task: task.into(), max_lock, besides: 0 };
    let (_, done) = pay_lock(context, &chain, wanted).await?;
    landed(context, "Registered a subnet", &done)
}

/// Asks, pays the lock, and says which subnet was registered: none yet, where a slot was reserved.
/// Binds the hotkey first if need be.
pub(crate) async fn pay_lock(
    context: &Context,
    chain: &Chain,
    wanted: Registration,
) -> Result<(Option<NetUid>, Landed), CliError> {
    let Registration { name, task, max_lock, besides } = wanted;
    let best = chain.best().await?;
    let lock = best.network().await?.subnet_lock;
    let max_lock = max_lock.map_or(lock, |tokens| tokens.0);
    let coldkey = context.coldkey()?;
    let owner = AccountId::from(coldkey.public());
    let hotkey = context.hotkey()?;
    let account = AccountId::from(hotkey.public());
    context.confirm(&format!(
        "Pay up to {} ALUN of {owner} into the market of a subnet named \"{name}\"? (Where all slots \
         are taken, they wait in escrow for one that is wound up.)",
        Tokens(max_lock),
    ))?;
    // Saturation: nobody has as much.
    let needs = lock.saturating_add(besides);
    context.require_balance(chain, &owner, needs, "the price of a subnet").await?;
    let call = RegisterSubnet { hotkey: account, name: name.into_bytes(), task, max_lock };
    let done = if best.coldkey_of(&account).await?.is_some() {
        context.submit(chain, &coldkey, &call).await?
    } else {
        let bind = bind_hotkey(&chain.genesis(), &hotkey, &owner);
        let calls = vec![chain.encode(&bind).await?, chain.encode(&call).await?];
        context.submit(chain, &coldkey, &BatchAll { calls }).await?
    };
    let registered = done.events.iter().find_map(|event| match event {
        Event::SubnetRegistered(event) => Some(event.netuid),
        _ => None,
    });
    Ok((registered, done))
}

pub(crate) async fn list(context: &Context) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let (subnets, markets) = (best.all_subnets().await?, best.all_markets().await?);
    let shape = |subnet: &alun_client::Subnet| {
        let market = markets.iter().find(|market| market.netuid == subnet.netuid);
        SubnetShape::new(subnet, market)
    };
    context.output.show(&Subnets(subnets.iter().map(shape).collect()))
}

async fn show(context: &Context, netuid: NetUid) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let subnet = best.subnet(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
    let market = best.market(netuid).await?;
    context.output.show(&SubnetShape::new(&subnet, market.as_ref()))
}

/// A row of the table of hyperparameters.
#[derive(Debug, Serialize)]
struct Row {
    /// Name.
    name: &'static str,
    /// What it is.
    doc: &'static str,
    /// Who may set it: `root`, `owner` or `owner, lower only`.
    setter: &'static str,
    /// Lowest value (bond rule: 0 classic, 1 stake-free; switches: 0, 1).
    min: u64,
    /// Highest value.
    max: u64,
    /// Default on a new chain.
    default: u64,
    /// The subnet's value.
    value: Option<u64>,
    #[serde(skip)]
    columns: [String; 3],
}

/// The table of hyperparameters.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Row>);

impl Show for Rows {
    fn text(&self, output: &Output) -> String {
        let mut table =
            output.table(&["hyperparameter", ">value", ">lowest", ">highest", "set by", "what"]);
        for row in &self.0 {
            let [value, min, max] = row.columns.clone();
            table.add_row([
                row.name.to_owned(),
                value,
                min,
                max,
                row.setter.to_owned(),
                row.doc.trim().to_owned(),
            ]);
        }
        table.to_string()
    }
}

async fn hyperparameters(context: &Context, netuid: Option<NetUid>) -> Result<(), CliError> {
    let values = match netuid {
        None => None,
        Some(netuid) => {
            let subnet = context.chain().await?.best().await?.subnet(netuid).await?;
            Some(subnet.ok_or(CliError::NoSubnet(netuid))?.hyperparameters)
        }
    };
    let shown = values.unwrap_or_else(Hyperparameters::default);
    let rows = HYPERPARAMETERS.iter().zip(shown.list()).map(|(bounds, parameter)| {
        let (min, max, setter) = show_bounds(bounds);
        Row {
            name: bounds.name,
            doc: bounds.doc,
            setter,
            min: bounds.min,
            max: bounds.max,
            default: bounds.default,
            value: values.map(|_| parameter.number()),
            columns: [show_hyperparameter(&parameter), min, max],
        }
    });
    context.output.show(&Rows(rows.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_should_be_refused_when_not_an_object_or_too_long() {
        assert_eq!(parse_parameters("").as_deref(), Ok(""));
        assert_eq!(parse_parameters(r#"{"a":1}"#).as_deref(), Ok(r#"{"a":1}"#));
        assert!(parse_parameters("[1]").unwrap_err().contains("JSON object"));
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(1_100));
        assert!(parse_parameters(&long).unwrap_err().contains("at most 1024"));
    }
}
