//! `alun neuron`.

use super::landed;
use crate::{
    context::parse_digest,
    output::{Output, Show},
    shape::{alpha, NeuronShape},
    CliError, Context,
};
use alun_client::{
    calls::{Serve as ServeCall, Unserve},
    register_neuron, AccountId, Alpha, At, Digest, Endpoint, Eviction, MechanismId, NetUid,
    Neuron as NeuronView, Protocol, Tokens, Uid,
};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use std::net::IpAddr;

/// Neurons.
#[derive(Debug, Subcommand)]
pub enum Neuron {
    /// Register the wallet's hotkey on a subnet; binds it to the coldkey first if need be, and
    /// gives it 0.1 ALUN for the fees of its calls if it has none
    #[command(after_help = "Example:\n  alun neuron register 1 --wallet alice --hotkey miner \
                            --max-price 1")]
    Register {
        /// The subnet
        netuid: u16,
        /// Most tokens to burn; the present price and half of it more without this
        #[arg(long, value_name = "TOKENS")]
        max_price: Option<Tokens>,
    },
    /// Announce the endpoint of the wallet's hotkey
    #[command(after_help = "Example:\n  alun neuron serve 1 --ip 203.0.113.7 --port 8091 \
                            --wallet alice --hotkey miner")]
    Serve(Serve),
    /// Withdraw the endpoint of the wallet's hotkey
    #[command(after_help = "Example:\n  alun neuron unserve 1 --wallet alice --hotkey miner")]
    Unserve {
        /// The subnet
        netuid: u16,
    },
    /// Show one neuron, by uid or hotkey
    #[command(after_help = "Examples:\n  alun neuron show 1 0\n  alun neuron show 1 alice/miner")]
    Show {
        /// The subnet
        netuid: u16,
        /// Uid or hotkey; the wallet's hotkey without it
        #[arg(value_name = "UID|HOTKEY")]
        who: Option<String>,
    },
    /// How far a neuron is from losing its uid
    #[command(
        after_help = "Examples:\n  alun neuron eviction 1 alice/miner\n  alun neuron eviction 1 17"
    )]
    Eviction {
        /// The subnet
        netuid: u16,
        /// Uid or hotkey; the wallet's hotkey without it
        #[arg(value_name = "UID|HOTKEY")]
        who: Option<String>,
    },
    /// List the neurons of a subnet
    #[command(after_help = "Example:\n  alun neuron list 1")]
    List {
        /// The subnet
        netuid: u16,
    },
}

/// Announces an endpoint.
#[derive(Debug, Args)]
pub struct Serve {
    /// The subnet
    netuid: u16,
    /// Address that validators reach it by
    #[arg(long)]
    ip: IpAddr,
    /// Port
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// What is spoken there; https needs --tls-fingerprint
    #[arg(long, value_enum, default_value = "http")]
    protocol: Scheme,
    /// SHA-256 of the certificate, 0x and 64 hex digits
    #[arg(long, value_parser = parse_digest, value_name = "HASH")]
    tls_fingerprint: Option<Digest>,
    /// Commitment to the model served, 0x and 64 hex digits
    #[arg(long, value_parser = parse_digest, value_name = "HASH")]
    model: Option<Digest>,
    /// Version of the miner's software
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    software: u32,
}

/// What is spoken at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// Runs `alun neuron`.
pub async fn run(context: &Context, command: Neuron) -> Result<(), CliError> {
    match command {
        Neuron::Register { netuid, max_price } => {
            register(context, NetUid(netuid), max_price).await
        }
        Neuron::Serve(arguments) => serve(context, arguments).await,
        Neuron::Unserve { netuid } => {
            let chain = context.chain().await?;
            let call = Unserve { netuid: NetUid(netuid) };
            let done = context.submit(&chain, &context.hotkey()?, &call).await?;
            landed(context, format!("Withdrew the endpoint on subnet {netuid}"), &done)
        }
        Neuron::Show { netuid, who } => show(context, NetUid(netuid), who).await,
        Neuron::Eviction { netuid, who } => eviction(context, NetUid(netuid), who).await,
        Neuron::List { netuid } => list(context, NetUid(netuid)).await,
    }
}

async fn register(
    context: &Context,
    netuid: NetUid,
    max_price: Option<Tokens>,
) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let price = chain.best().await?.registration_price(netuid).await?;
    let price = price.ok_or(CliError::NoSubnet(netuid))?;
    // The price grows by a quarter with each registration that comes first.
    let max_price = max_price.map_or_else(|| price.saturating_add(price / 2), |tokens| tokens.0);
    let coldkey = context.coldkey()?;
    let hotkey = context.hotkey()?;
    let owner = AccountId::from(coldkey.public());
    context.confirm(&format!(
        "Burn {} ALUN, at most {}, of {owner} to register {} on subnet {netuid}?",
        Tokens(price),
        Tokens(max_price),
        AccountId::from(hotkey.public())
    ))?;
    context.require_balance(&chain, &owner, price, "the registration price").await?;
    context.output.progress("Registering, waiting for a block …");
    let how = context.submission();
    let done = register_neuron(&chain, &coldkey, &hotkey, netuid, max_price, &how).await?;
    landed(context, format!("Registered on subnet {netuid}"), &done)
}

async fn serve(context: &Context, arguments: Serve) -> Result<(), CliError> {
    let protocol = match arguments.protocol {
        Scheme::Http => Protocol::Http,
        Scheme::Https => Protocol::Https,
    };
    if (protocol == Protocol::Https) != arguments.tls_fingerprint.is_some() {
        return Err(CliError::Usage(
            "--protocol https and --tls-fingerprint go together: give both or neither".into(),
        ));
    }
    let endpoint = Endpoint {
        ip: arguments.ip.into(),
        port: arguments.port,
        protocol,
        version: arguments.software,
        tls_fingerprint: arguments.tls_fingerprint,
        model: arguments.model,
        announced_at: 0,
    };
    let chain = context.chain().await?;
    let netuid = NetUid(arguments.netuid);
    let call = ServeCall { netuid, endpoint };
    let done = context.submit(&chain, &context.hotkey()?, &call).await?;
    landed(context, format!("Announced the endpoint on subnet {netuid}"), &done)
}

async fn show(context: &Context, netuid: NetUid, who: Option<String>) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let neuron = find(context, &best, netuid, who.as_deref()).await?;
    context.output.show(&NeuronShape::new(netuid, &neuron))
}

async fn find(
    context: &Context,
    at: &At,
    netuid: NetUid,
    who: Option<&str>,
) -> Result<NeuronView, CliError> {
    let found = match who.map(|who| (who, who.parse::<u16>())) {
        Some((_, Ok(uid))) => at.neuron(netuid, Uid(uid)).await?,
        Some((who, Err(_))) => at.neuron_of(netuid, &context.account(who)?).await?,
        None => at.neuron_of(netuid, &context.hotkey_account()?).await?,
    };
    if found.is_none() && at.subnet(netuid).await?.is_none() {
        return Err(CliError::NoSubnet(netuid));
    }
    let who = who.map_or_else(|| format!("hotkey {}", context.global.hotkey), str::to_owned);
    found.ok_or(CliError::NoNeuron { who, netuid })
}

/// How far a neuron is from losing its uid.
#[derive(Debug, Serialize)]
struct EvictionShape {
    /// The subnet.
    netuid: NetUid,
    /// The neuron.
    uid: Uid,
    /// `never`, `immune` or `possible`.
    state: &'static str,
    /// First block at which it may be evicted, while it is immune.
    immune_until: Option<u32>,
    /// How many leave before it.
    rank: Option<u16>,
    /// How many can be evicted now.
    evictable: Option<u16>,
    /// Uids that nobody holds.
    free: Option<u16>,
    /// With which registration it leaves, 1 for the next one.
    registrations: Option<u32>,
    /// Its emission averaged over 10 epochs, alpha.
    score: Alpha,
    /// That of who leaves just after it.
    next_score: Option<Alpha>,
}

impl Show for EvictionShape {
    fn text(&self, output: &Output) -> String {
        let mut facts = vec![("neuron", format!("{} of subnet {}", self.uid, self.netuid))];
        facts.push(("average of 10 epochs", alpha(self.netuid, self.score)));
        match (self.immune_until, self.rank, self.registrations) {
            (Some(block), ..) => facts.push(("immune until block", block.to_string())),
            (_, Some(rank), Some(registrations)) => {
                let (evictable, free) = (self.evictable.unwrap_or(0), self.free.unwrap_or(0));
                facts.push(("leave before it", format!("{rank} of {evictable}")));
                facts.push(("free uids", free.to_string()));
                facts.push(("it leaves with registration", registrations.to_string()));
                let next = self.next_score.map(|score| alpha(self.netuid, score));
                facts.push(("next one's average", next.unwrap_or_else(|| "it is the last".into())));
            }
            _ => facts.push(("evicted", "never: it is the owner's hotkey".into())),
        }
        output.facts(&facts)
    }
}

async fn eviction(context: &Context, netuid: NetUid, who: Option<String>) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let neuron = find(context, &best, netuid, who.as_deref()).await?;
    let state = best.eviction(netuid, neuron.uid).await?;
    let distance = match state {
        Some(Eviction::Possible(distance)) => Some(distance),
        _ => None,
    };
    context.output.show(&EvictionShape {
        netuid,
        uid: neuron.uid,
        state: match state {
            Some(Eviction::Possible(_)) => "possible",
            Some(Eviction::Immune { .. }) => "immune",
            _ => "never",
        },
        immune_until: match state {
            Some(Eviction::Immune { until }) => Some(until),
            _ => None,
        },
        rank: distance.map(|distance| distance.rank),
        evictable: distance.map(|distance| distance.evictable),
        free: distance.map(|distance| distance.free),
        registrations: distance.map(|distance| distance.registrations),
        score: neuron.prune_score,
        next_score: distance.and_then(|distance| distance.next),
    })
}

/// The neurons of a subnet: a JSON list.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Neurons(Vec<NeuronShape>);

impl Show for Neurons {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&[
            ">uid",
            "hotkey",
            "coldkey",
            ">registered",
            ">immune until",
            ">eviction rank",
        ]);
        for neuron in &self.0 {
            table.add_row([
                neuron.uid.to_string(),
                neuron.hotkey.clone(),
                neuron.coldkey.clone(),
                neuron.registered_at.to_string(),
                neuron.immune_until.to_string(),
                neuron.eviction_rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string()),
            ]);
        }
        table.to_string()
    }
}

async fn list(context: &Context, netuid: NetUid) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    let metagraph = best.metagraph(netuid, MechanismId::FIRST).await?;
    let metagraph = metagraph.ok_or(CliError::NoSubnet(netuid))?;
    let neurons = metagraph.neurons.iter().map(|neuron| NeuronShape::new(netuid, neuron));
    context.output.show(&Neurons(neurons.collect()))
}
