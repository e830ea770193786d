//! Settings of the gateway.

use alun_client::Tokens;
use alun_inference::DeviceKind;
use alun_settings::Secret;
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// An OpenAI-compatible endpoint in front of a subnet's miners, for users with API keys.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "alun-gateway",
    version,
    after_help = "Example:\n  alun-gateway --state-dir ~/.alun/gateway key create --name bob --limit 10\n  alun-gateway --url ws://127.0.0.1:9944 --netuid 1 --hotkey ~/.bittensor/wallets/main/hotkeys/validator \\\n    --payer ~/.bittensor/wallets/main/coldkey --state-dir ~/.alun/gateway\n\nExit codes: 0 well, 1 failure (doctor: something is wrong), 2 usage, 3 settings, 4 node unreachable, 5 other chain,\n  6 hotkey not registered, 7 model, 8 port in use, 10 disk."
)]
pub struct Settings {
    /// What to do; without a command it serves.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Address of a node, ws:// or wss://.
    #[arg(long, env = "ALUN_GATEWAY_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Hash of the genesis block that the chain must have, 64 hex digits; any chain without it.
    #[arg(long, env = "ALUN_GATEWAY_GENESIS", value_parser = digest)]
    pub genesis: Option<Digest>,
    /// Hotkey of a validator, which signs requests: path of a key file, or a development URI.
    #[arg(long, env = "ALUN_GATEWAY_HOTKEY", hide_env_values = true)]
    pub hotkey: Option<Secret>,
    /// Account that pays the subnets for what was used: path of a key file, or a development URI.
    /// It should do nothing else. Without it, use is metered and not settled.
    #[arg(long, env = "ALUN_GATEWAY_PAYER", hide_env_values = true)]
    pub payer: Option<Secret>,
    /// Password of encrypted key files.
    #[arg(long, env = "ALUN_GATEWAY_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,
    /// Subnet to serve; give it several times for several.
    #[arg(long, env = "ALUN_GATEWAY_NETUID", value_delimiter = ',')]
    pub netuid: Vec<u16>,
    /// Folder with the models (scripts/models fills it).
    #[arg(long, env = "ALUN_GATEWAY_MODELS")]
    pub models: Option<PathBuf>,
    /// Where models run: cpu, cuda or metal.
    #[arg(long, env = "ALUN_GATEWAY_DEVICE", default_value = "cpu")]
    pub device: DeviceKind,
    /// Threads of the models; 0 takes every processor.
    #[arg(long, env = "ALUN_GATEWAY_THREADS", default_value_t = 0)]
    pub threads: usize,
    /// Folder for keys, what was used and what was paid. Keep it: what is in it is owed.
    #[arg(long, env = "ALUN_GATEWAY_STATE_DIR", default_value = "alun-gateway-state")]
    pub state_dir: PathBuf,
    /// Address of the API for users.
    #[arg(long, env = "ALUN_GATEWAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address of /health and /metrics, for operators.
    #[arg(long, env = "ALUN_GATEWAY_METRICS", default_value = "127.0.0.1:9103")]
    pub metrics: SocketAddr,
    /// Price of a million tokens read, in ALUN.
    #[arg(long, env = "ALUN_GATEWAY_PRICE_PROMPT", value_name = "TOKENS", default_value = "0.1")]
    pub price_prompt: Tokens,
    /// Price of a million tokens generated, in ALUN.
    #[arg(
        long,
        env = "ALUN_GATEWAY_PRICE_COMPLETION",
        value_name = "TOKENS",
        default_value = "0.4"
    )]
    pub price_completion: Tokens,
    /// Price of each request besides its tokens, in ALUN.
    #[arg(long, env = "ALUN_GATEWAY_PRICE_REQUEST", value_name = "TOKENS", default_value = "0")]
    pub price_request: Tokens,
    /// Seconds between settlements, 1 or more.
    #[arg(long, env = "ALUN_GATEWAY_SETTLE_EVERY", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub settle_every: u64,
    /// Least amount worth a transaction, in ALUN.
    #[arg(long, env = "ALUN_GATEWAY_SETTLE_LEAST", value_name = "TOKENS", default_value = "0.01")]
    pub settle_least: Tokens,
    /// Percent by which the price may move between quote and payment, 0 to 50.
    #[arg(long, env = "ALUN_GATEWAY_SLIPPAGE", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=50))]
    pub slippage: u8,
    /// Percent of the answers that are checked with the own model after delivery, 0 to 100.
    #[arg(long, env = "ALUN_GATEWAY_SPOT_CHECK", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub spot_check: u8,
    /// Seconds for which a miner that failed a check gets no requests.
    #[arg(long, env = "ALUN_GATEWAY_ASIDE", default_value_t = 3_600)]
    pub aside: u64,
    /// Requests worked on at once, 1 to 4096.
    #[arg(long, env = "ALUN_GATEWAY_RUNNING", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4_096))]
    pub running: u16,
    /// Requests that wait to be worked on, 0 to 4096.
    #[arg(long, env = "ALUN_GATEWAY_QUEUED", default_value_t = 128, value_parser = clap::value_parser!(u16).range(0..=4_096))]
    pub queued: u16,
}

/// Commands besides serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// API keys of users. A running gateway sees a change within a second.
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Says what is wrong with this set-up and how to mend it; exit code 1 if anything is.
    Doctor,
}

/// What can be done with keys.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeyCommand {
    /// Makes a key and prints it, once: only its hash is kept.
    Create(Create),
    /// Refuses a key from now on.
    Revoke {
        /// Its id, as `key list` shows it.
        id: String,
    },
    /// Shows every key: id, name, limits, state.
    List,
}

/// A key to make.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Create {
    /// Whose it is, for people; at most 64 characters.
    #[arg(long, default_value = "")]
    pub name: String,
    /// Most that may be spent with it, in ALUN, over its whole life.
    #[arg(long, value_name = "TOKENS", default_value = "1")]
    pub limit: Tokens,
    /// Requests per second, 1 to 1000.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub per_second: u16,
}

/// A hash, given as 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

fn digest(text: &str) -> Result<Digest, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
        .map_err(|_| "write the 64 hex digits of the genesis hash".to_owned())?;
    Ok(Digest(bytes))
}
