//! Why the gateway can't work, and the exit code that goes with it.

use alun_client::{ClientError, SubmitError};
use alun_inference::InferenceError;
use alun_scoring::TaskError;
use alun_settings::exit;
use std::{io, net::SocketAddr, path::PathBuf};

/// An error that ends the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Reading the chain failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A payment could not be made.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A signing key can't be read.
    #[error(transparent)]
    Key(#[from] alun_keys::KeyError),
    /// A model can't be loaded.
    #[error(transparent)]
    Model(#[from] InferenceError),
    /// A setting that serving needs is missing.
    #[error("{0} is needed to serve; see alun-gateway --help")]
    Missing(&'static str),
    /// A subnet's task can't be served.
    #[error("subnet {netuid}: {source}")]
    Task {
        /// The subnet.
        netuid: u16,
        /// Why.
        source: TaskError,
    },
    /// No such subnet.
    #[error("there is no subnet {0} on this chain; `alun subnet list` shows those there are")]
    UnknownSubnet(u16),
    /// The hotkey has no uid.
    #[error("the hotkey {hotkey} holds no uid on subnet {netuid}: miners answer validators; register it with `alun neuron register {netuid}`, and stake on it")]
    NotRegistered {
        /// Address.
        hotkey: String,
        /// The subnet.
        netuid: u16,
    },
    /// The state folder can't be used.
    #[error("can't {doing} {}: {source}; what is owed must be on disk", path.display())]
    Disk {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The database can't be used.
    #[error("the database in the state folder: {0}; one gateway at a time works in a folder")]
    Store(String),
    /// No key of this id.
    #[error("there is no key {0}; `alun-gateway key list` shows those there are")]
    UnknownKey(String),
    /// Too many keys.
    #[error("there are {0} keys, the most there may be: delete files of revoked ones in keys/ of the state folder")]
    TooManyKeys(usize),
    /// A name that is too long.
    #[error("the name has {0} characters, at most 64 are accepted")]
    LongName(usize),
    /// The address to listen on can't be used.
    #[error("can't listen on {address}: {source}; choose another with --listen or --metrics")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// `doctor` found something.
    #[error("{0} of the checks failed")]
    Sick(usize),
    /// A task of the process ended unexpectedly.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(String),
}

impl GatewayError {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(ClientError::Unreachable { .. } | ClientError::BadUrl { .. }) => {
                exit::NODE_UNREACHABLE
            }
            Self::Client(ClientError::OtherChain { .. }) => exit::OTHER_CHAIN,
            Self::Key(_) | Self::UnknownSubnet(_) => exit::CONFIG,
            Self::Missing(_) | Self::LongName(_) => exit::USAGE,
            Self::Model(_) | Self::Task { .. } => exit::MODEL,
            Self::NotRegistered { .. } => exit::NOT_REGISTERED,
            Self::Disk { .. } | Self::Store(_) => exit::DISK,
            Self::Listen { .. } => exit::PORT_IN_USE,
            _ => exit::FAILURE,
        }
    }
}
