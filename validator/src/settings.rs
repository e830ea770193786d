//! Settings of the validator.

use crate::state::Retention;
use alun_client::NetUid;
use alun_inference::DeviceKind;
use alun_scoring::{Program, ProgramLimits};
use alun_settings::Secret;
use clap::{Parser, Subcommand};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

/// Challenges the miners of one or several subnets, verifies their answers with its own model,
/// and commits and reveals a row of weights each epoch.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "alun-validator",
    version,
    after_help = "Example:\n  alun-validator --url ws://127.0.0.1:9944 --hotkey ~/.bittensor/wallets/main/hotkeys/validator \\\n    --netuid 1 --netuid 2 --state-dir ~/.alun/validator\n\nExit codes: 0 well, 1 failure, 2 usage, 3 settings, 4 node unreachable, 5 other chain, 6 hotkey not registered,\n  7 model, 8 port in use, 9 balance, 10 disk, 11 (doctor) a row did not land."
)]
pub struct Settings {
    /// What to do; without a command it works.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Address of a node, ws:// or wss://.
    #[arg(long, env = "ALUN_VALIDATOR_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Hash of the genesis block that the chain must have, 64 hex digits; any chain without it.
    #[arg(long, env = "ALUN_VALIDATOR_GENESIS", value_parser = digest)]
    pub genesis: Option<Digest>,
    /// Hotkey: path of a key file, or a development URI such as //Alice.
    #[arg(long, env = "ALUN_VALIDATOR_HOTKEY", hide_env_values = true)]
    pub hotkey: String,
    /// Coldkey that pays for --register: path of a key file, or a development URI.
    #[arg(long, env = "ALUN_VALIDATOR_COLDKEY", hide_env_values = true, requires = "register")]
    pub coldkey: Option<String>,
    /// Password of encrypted key files.
    #[arg(long, env = "ALUN_VALIDATOR_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,
    /// Registers the hotkey where it holds no uid.
    #[arg(long, env = "ALUN_VALIDATOR_REGISTER", requires = "coldkey")]
    pub register: bool,
    /// Most tokens to burn for a registration.
    #[arg(long, env = "ALUN_VALIDATOR_MAX_PRICE", default_value = "1")]
    pub max_price: alun_client::Tokens,
    /// Subnet to serve; give it several times for several.
    #[arg(long, env = "ALUN_VALIDATOR_NETUID", required = true, value_delimiter = ',')]
    pub netuid: Vec<u16>,
    /// Program of an external subnet that you read and approve, NETUID=FILE; once for each subnet.
    /// It runs only if its SHA-256 is the one in the subnet's descriptor (docs/external-tasks.md).
    #[arg(long, env = "ALUN_VALIDATOR_EXTERNAL", value_name = "NETUID=FILE", value_parser = of_subnet, value_delimiter = ',')]
    pub external: Vec<(NetUid, String)>,
    /// Argument of an external subnet's program, NETUID=WORD; in order, as often as needed.
    #[arg(long, env = "ALUN_VALIDATOR_EXTERNAL_ARG", value_name = "NETUID=WORD", value_parser = of_subnet)]
    pub external_arg: Vec<(NetUid, String)>,
    /// Folder with the models (scripts/models fills it).
    #[arg(long, env = "ALUN_VALIDATOR_MODELS")]
    pub models: Option<PathBuf>,
    /// Where models run: cpu, cuda or metal.
    #[arg(long, env = "ALUN_VALIDATOR_DEVICE", default_value = "cpu")]
    pub device: DeviceKind,
    /// Threads of the models; 0 takes every processor.
    #[arg(long, env = "ALUN_VALIDATOR_THREADS", default_value_t = 0)]
    pub threads: usize,
    /// Folder for rows, salts and evidence. Keep it: without it a committed row can't be revealed.
    #[arg(long, env = "ALUN_VALIDATOR_STATE_DIR", default_value = "alun-validator-state")]
    pub state_dir: PathBuf,
    /// Address of /health, /metrics and /status.
    #[arg(long, env = "ALUN_VALIDATOR_LISTEN", default_value = "127.0.0.1:9102")]
    pub listen: SocketAddr,
    /// Address at which anybody may read the evidence of revealed rows (docs/audit.md); not served
    /// without it.
    #[arg(long, env = "ALUN_VALIDATOR_EVIDENCE_LISTEN")]
    pub evidence_listen: Option<SocketAddr>,
    /// Epochs whose rows and evidence are kept, 4 to 4096.
    #[arg(long, env = "ALUN_VALIDATOR_KEEP_EPOCHS", default_value_t = 64, value_parser = clap::value_parser!(u64).range(4..=4096))]
    pub keep_epochs: u64,
    /// Most megabytes of evidence for each subnet and mechanism; the oldest goes first, the newest
    /// epoch always stays.
    #[arg(long, env = "ALUN_VALIDATOR_KEEP_MEGABYTES", default_value_t = 4096)]
    pub keep_megabytes: u64,
    /// Seconds that a miner has for an answer, 1 to 30; a third of the tempo at most.
    #[arg(long, env = "ALUN_VALIDATOR_TIMEOUT", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=30))]
    pub timeout: u64,
}

/// Commands besides working.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Says for each subnet whether the newest row landed; exit code 11 if one did not.
    Doctor,
    /// Writes key file, rows, salts and evidence into a new file, beside a running validator too.
    Backup {
        /// The file to make.
        file: PathBuf,
    },
    /// Writes a back-up's files into --state-dir, which has no rows yet, and its key to --hotkey.
    Restore {
        /// The back-up.
        file: PathBuf,
    },
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

fn of_subnet(text: &str) -> Result<(NetUid, String), String> {
    let parts = text.split_once('=').filter(|(_, rest)| !rest.is_empty());
    let netuid = parts.and_then(|(netuid, _)| netuid.trim().parse().ok());
    match (netuid, parts) {
        (Some(netuid), Some((_, rest))) => Ok((NetUid(netuid), rest.to_owned())),
        _ => Err("write NETUID=VALUE, such as 7=/opt/tasks/puzzle.py".into()),
    }
}

impl Settings {
    /// The approved programs.
    pub fn programs(&self) -> BTreeMap<NetUid, Program> {
        let program = |(netuid, path): &(NetUid, String)| {
            let args = self.external_arg.iter().filter(|(of, _)| of == netuid);
            let args = args.map(|(_, word)| word.clone()).collect();
            (*netuid, Program { path: path.into(), args, limits: ProgramLimits::ROUND })
        };
        self.external.iter().map(program).collect()
    }

    /// How much of the past is kept.
    pub fn retention(&self) -> Retention {
        Retention {
            // At most 4,096.
            epochs: usize::try_from(self.keep_epochs).unwrap_or(usize::MAX),
            // Saturation: nobody has such a disk.
            bytes: self.keep_megabytes.saturating_mul(1_000_000),
        }
    }

    /// Time for an answer on a subnet with that time between epochs.
    pub fn timeout(&self, tempo: Duration) -> Duration {
        Duration::from_secs(self.timeout).min(tempo / 3).max(Duration::from_secs(1))
    }
}
