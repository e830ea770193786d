//! Why the miner can't start, each with its exit code.

use alun_client::{AccountId, Balance, ClientError, NetUid, SubmitError, Tokens};
use alun_inference::InferenceError;
use alun_keys::KeyError;
use alun_settings::exit;
use std::{io, net::SocketAddr};
use thiserror::Error;

/// What keeps the miner from serving.
#[derive(Debug, Error)]
pub enum MinerError {
    /// The number of coldkeys or strategies fits that of the hotkeys in no way.
    #[error(
        "{found} times {flag} for {hotkeys} hotkeys; give it once for all, or once per hotkey"
    )]
    Count {
        /// The flag.
        flag: &'static str,
        /// How often it was given.
        found: usize,
        /// Number of hotkeys.
        hotkeys: usize,
    },
    /// A hotkey is there twice.
    #[error("the hotkey {hotkey} is given twice; give each once")]
    SameHotkey {
        /// Its address.
        hotkey: String,
    },
    /// A key that can't be loaded.
    #[error("{flag}: {source}")]
    Key {
        /// The flag that names it.
        flag: &'static str,
        /// Why.
        source: KeyError,
    },
    /// Registering needs a coldkey.
    #[error("--register needs --coldkey: the coldkey pays for the registration")]
    NoColdkey,
    /// Nobody could reach the address that would be announced.
    #[error("--listen {listen} is no address that others can reach; name one with --announce-ip")]
    NoAddress {
        /// The address listened on.
        listen: SocketAddr,
    },
    /// The port is taken, or not allowed.
    #[error("can't serve on {listen}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The node can't be asked.
    #[error(transparent)]
    Chain(#[from] ClientError),
    /// There is no such subnet.
    #[error(
        "there is no subnet {netuid} on this chain; `alun view subnets` lists those there are"
    )]
    UnknownSubnet {
        /// The subnet.
        netuid: NetUid,
    },
    /// The model can't be loaded.
    #[error(transparent)]
    Model(#[from] InferenceError),
    /// The subnet wants another model than the one in the folder.
    #[error("subnet {netuid} asks for the model with commitment {asked}, that of {name} is {loaded}; name the folder of the right one with --model")]
    OtherModel {
        /// The subnet.
        netuid: NetUid,
        /// Commitment in its task.
        asked: String,
        /// The folder loaded.
        name: String,
        /// Its commitment.
        loaded: String,
    },
    /// A hotkey holds no uid.
    #[error("{hotkeys} not registered on subnet {netuid}; add --register and --coldkey, or use `alun neuron register`")]
    NotRegistered {
        /// The subnet.
        netuid: NetUid,
        /// Which, as text with its verb.
        hotkeys: String,
    },
    /// A hotkey belongs to another coldkey.
    #[error("the hotkey {hotkey} is bound to the coldkey {owner}, not to {coldkey}; give the right --coldkey")]
    OtherColdkey {
        /// The hotkey.
        hotkey: AccountId,
        /// Its coldkey.
        owner: AccountId,
        /// The one given.
        coldkey: AccountId,
    },
    /// The price is too high.
    #[error("a registration on subnet {netuid} costs {} tokens now, --max-price is {}; raise it or wait, the price falls with time", Tokens(*price), Tokens(*max))]
    PriceAboveMax {
        /// The subnet.
        netuid: NetUid,
        /// Price now.
        price: Balance,
        /// Most to pay.
        max: Balance,
    },
    /// The coldkey has too little.
    #[error("the coldkey {coldkey} has {} tokens and needs {} to register {hotkeys} on subnet {netuid}, fees included; send it the rest", Tokens(*has), Tokens(*needs))]
    BalanceTooLow {
        /// The subnet.
        netuid: NetUid,
        /// The coldkey.
        coldkey: AccountId,
        /// What it can spend.
        has: Balance,
        /// What is needed.
        needs: Balance,
        /// For how many hotkeys, as text.
        hotkeys: String,
    },
    /// The registration did not land.
    #[error("{hotkey} could not be registered on subnet {netuid}: {source}")]
    Registration {
        /// The subnet.
        netuid: NetUid,
        /// The hotkey.
        hotkey: AccountId,
        /// Why.
        source: SubmitError,
    },
    /// The process could not be set up.
    #[error("the process can't be set up: {0}")]
    Setup(String),
}

impl MinerError {
    /// The exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Count { .. }
            | Self::SameHotkey { .. }
            | Self::NoColdkey
            | Self::NoAddress { .. } => exit::USAGE,
            Self::Key { .. } => exit::CONFIG,
            Self::Listen { .. } => exit::PORT_IN_USE,
            Self::Chain(error) => of_client(error),
            Self::UnknownSubnet { .. } | Self::OtherColdkey { .. } | Self::Setup(_) => {
                exit::FAILURE
            }
            Self::Model(InferenceError::DeviceUnavailable { .. }) => exit::USAGE,
            Self::Model(_) | Self::OtherModel { .. } => exit::MODEL,
            Self::NotRegistered { .. } | Self::PriceAboveMax { .. } => exit::NOT_REGISTERED,
            Self::BalanceTooLow { .. } => exit::BALANCE,
            Self::Registration { source, .. } => match source {
                SubmitError::Client(error) => of_client(error),
                SubmitError::CannotPay { .. } => exit::BALANCE,
                other if other.failure().is_some_and(|name| name.contains("BalanceBelowPrice")) => {
                    exit::BALANCE
                }
                _ => exit::NOT_REGISTERED,
            },
        }
    }
}

fn of_client(error: &ClientError) -> u8 {
    match error {
        ClientError::BadUrl { .. } => exit::USAGE,
        ClientError::Unreachable { .. } => exit::NODE_UNREACHABLE,
        ClientError::OtherChain { .. } => exit::OTHER_CHAIN,
        _ => exit::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_should_name_both_numbers_when_the_price_is_too_high() {
        let error = MinerError::PriceAboveMax {
            netuid: NetUid(1),
            price: 2_500_000_000,
            max: 1_000_000_000,
        };
        assert!(error.to_string().contains("costs 2.5 tokens now, --max-price is 1;"), "{error}");
        assert_eq!(error.exit_code(), exit::NOT_REGISTERED);
    }

    #[test]
    fn error_should_have_the_documented_code() {
        let url = "ws://x".to_owned();
        let unreachable = ClientError::Unreachable { url, reason: "refused".into() };
        assert_eq!(MinerError::from(unreachable).exit_code(), exit::NODE_UNREACHABLE);
        let missing = InferenceError::ModelMissing { path: "m".into() };
        assert_eq!(MinerError::from(missing).exit_code(), exit::MODEL);
        let listen = SocketAddr::from(([127, 0, 0, 1], 80));
        let source = io::Error::from(io::ErrorKind::AddrInUse);
        assert_eq!(MinerError::Listen { listen, source }.exit_code(), exit::PORT_IN_USE);
    }
}
