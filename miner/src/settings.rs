//! Settings of the miner.

use crate::Strategy;
use alun_client::{Digest, NetUid, Tokens};
use alun_inference::DeviceKind;
use alun_scoring::{Program, ProgramLimits};
use alun_settings::Secret;
use clap::{ArgAction, Parser};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// Serves the model of a subnet to validators and users, for one or several hotkeys.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "alun-miner",
    version,
    after_help = "Example:\n  alun-miner --url ws://127.0.0.1:9944 --netuid 1 --hotkey ~/.bittensor/wallets/main/hotkeys/miner \\\n    --coldkey ~/.bittensor/wallets/main/coldkey --register --max-price 5 --announce-ip 203.0.113.7\n\nExit codes: 0 stopped, 1 failure, 2 usage, 3 settings, 4 node unreachable, 5 other chain,\n  6 hotkey not registered (or the price is above --max-price), 7 model, 8 port in use, 9 balance, 10 disk"
)]
pub struct Settings {
    /// Address of a node, ws:// or wss://.
    #[arg(long, env = "ALUN_MINER_URL", default_value = "ws://127.0.0.1:9944")]
    pub url: String,
    /// Hash of the genesis block that the chain must have, 64 hex digits; any chain without it.
    #[arg(long, env = "ALUN_MINER_GENESIS", value_name = "HASH", value_parser = digest)]
    pub genesis: Option<Genesis>,
    /// Subnet to serve; its task says which model.
    #[arg(long, env = "ALUN_MINER_NETUID")]
    pub netuid: u16,
    /// Hotkey: path of a key file, or a development URI such as //Alice. Repeat it for several.
    #[arg(long, env = "ALUN_MINER_HOTKEY", value_name = "KEY", required = true, action = ArgAction::Append, value_delimiter = ',', hide_env_values = true)]
    pub hotkey: Vec<Secret>,
    /// Coldkey that pays for --register, given as hotkeys are: one for all, or one per hotkey.
    #[arg(long, env = "ALUN_MINER_COLDKEY", value_name = "KEY", action = ArgAction::Append, value_delimiter = ',', hide_env_values = true)]
    pub coldkey: Vec<Secret>,
    /// Password of encrypted key files.
    #[arg(long, env = "ALUN_MINER_PASSWORD", hide_env_values = true)]
    pub password: Option<Secret>,
    /// Registers hotkeys that hold no uid, by burning the price. Needs --coldkey.
    #[arg(long, env = "ALUN_MINER_REGISTER")]
    pub register: bool,
    /// Most tokens to burn for each registration.
    #[arg(long, env = "ALUN_MINER_MAX_PRICE", value_name = "TOKENS", default_value = "1")]
    pub max_price: Tokens,
    /// Address and port to serve on; port 0 takes a free one.
    #[arg(long, env = "ALUN_MINER_LISTEN", value_name = "ADDR", default_value = "0.0.0.0:8091")]
    pub listen: SocketAddr,
    /// Address that others reach this miner at; that of --listen if it is a single one.
    #[arg(long, env = "ALUN_MINER_ANNOUNCE_IP", value_name = "IP")]
    pub announce_ip: Option<IpAddr>,
    /// Port that others reach this miner at; that of --listen without it.
    #[arg(long, env = "ALUN_MINER_ANNOUNCE_PORT", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub announce_port: Option<u16>,
    /// Folder that holds a folder per model (scripts/models fills it); the user's cache without it.
    #[arg(long, env = "ALUN_MINER_MODELS", value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Folder within --models of another model than the subnet's usual one.
    #[arg(long, env = "ALUN_MINER_MODEL", value_name = "NAME")]
    pub model: Option<String>,
    /// Program that answers on an external subnet (docs/external-tasks.md).
    #[arg(long, env = "ALUN_MINER_EXTERNAL_PROGRAM", value_name = "FILE")]
    pub external_program: Option<PathBuf>,
    /// Argument of that program; in order, as often as needed.
    #[arg(long, env = "ALUN_MINER_EXTERNAL_ARG", value_name = "WORD", action = ArgAction::Append)]
    pub external_arg: Vec<String>,
    /// Where the model runs: cpu, cuda or metal.
    #[arg(long, env = "ALUN_MINER_DEVICE", default_value = "cpu")]
    pub device: DeviceKind,
    /// Threads of the model; 0 takes every processor.
    #[arg(long, env = "ALUN_MINER_THREADS", default_value_t = 0)]
    pub threads: usize,
    /// Stake weight on the subnet that admits a hotkey without a validator permit; without it only
    /// permits do.
    #[arg(long, env = "ALUN_MINER_MIN_STAKE", value_name = "TOKENS")]
    pub min_stake: Option<Tokens>,
    /// For localnets and tests only: answer as a cheat would. One for all, or one per hotkey.
    #[arg(long, env = "ALUN_MINER_STRATEGY", value_enum, action = ArgAction::Append, value_delimiter = ',', default_value = "honest")]
    pub strategy: Vec<Strategy>,
}

/// The hash of a genesis block, given as 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Genesis(pub Digest);

fn digest(text: &str) -> Result<Genesis, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
        .map_err(|_| "write the 64 hex digits of the genesis hash".to_owned())?;
    Ok(Genesis(bytes))
}

impl Settings {
    /// The program that answers on an external subnet.
    pub fn program(&self) -> Option<Program> {
        let path = self.external_program.clone()?;
        Some(Program { path, args: self.external_arg.clone(), limits: ProgramLimits::SERVING })
    }

    /// The subnet served.
    pub fn netuid(&self) -> NetUid {
        NetUid(self.netuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Settings, alun_settings::SettingsError> {
        alun_settings::parse_from(line.split_whitespace())
    }

    #[test]
    fn settings_should_be_read_as_the_localnet_writes_them() {
        let settings = parse(
            "alun-miner --url ws://127.0.0.1:1 --models m --threads 1 --netuid 1 --register --max-price 100 \
             --listen 127.0.0.1:0 --announce-ip 127.0.0.1 --hotkey //a --coldkey //b --strategy honest \
             --hotkey //c --coldkey //d --strategy slow",
        )
        .unwrap();
        assert_eq!(settings.hotkey.len(), 2);
        assert_eq!(settings.strategy, [Strategy::Honest, Strategy::Slow]);
        assert_eq!(settings.max_price.0, 100 * alun_client::UNIT);
        assert!(!format!("{settings:?}").contains("//a"));
    }

    #[test]
    fn settings_should_be_refused_when_a_value_is_wrong() {
        for line in [
            "alun-miner --netuid 1",
            "alun-miner --hotkey //a",
            "alun-miner --hotkey //a --netuid 70000",
            "alun-miner --hotkey //a --netuid 1 --strategy lazy",
            "alun-miner --hotkey //a --netuid 1 --genesis 0x12",
            "alun-miner --hotkey //a --netuid 1 --announce-port 0",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), alun_settings::exit::USAGE, "{line}");
        }
    }
}
