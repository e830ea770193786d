//! Why the validator can't work, and the exit code that goes with it.

use alun_client::{ClientError, SubmitError};
use alun_inference::InferenceError;
use alun_scoring::TaskError;
use alun_settings::exit;
use std::{io, net::SocketAddr, path::PathBuf};

/// An error that ends the validator.
#[derive(Debug, thiserror::Error)]
pub enum ValidatorError {
    /// Reading the chain failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A transaction failed.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A key can't be read.
    #[error(transparent)]
    Key(#[from] alun_keys::KeyError),
    /// A model can't be loaded.
    #[error(transparent)]
    Model(#[from] InferenceError),
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
    #[error("the hotkey {hotkey} holds no uid on subnet {netuid}: register it with `alun neuron register`, or start with --register --coldkey KEY")]
    NotRegistered {
        /// Address.
        hotkey: String,
        /// The subnet.
        netuid: u16,
    },
    /// The state folder can't be used.
    #[error("can't {doing} {}: {source}; rows and salts must be on disk before they are committed", path.display())]
    Disk {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A state file is not ours or was altered.
    #[error("{} can't be read ({reason}); put it back from a copy, or move it away and lose its epoch", path.display())]
    State {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The address to listen on can't be used.
    #[error("can't listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Another process works with this state folder.
    #[error("another validator works in {}: two would send two different rows; give each its own --state-dir", .0.display())]
    Locked(PathBuf),
    /// A back-up can't be used.
    #[error("{} can't be restored: {reason}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An epoch's evidence can't be written down.
    #[error("the evidence of an epoch can't be written: {0}")]
    Evidence(#[from] alun_evidence::EvidenceError),
    /// `doctor` found rows that did not land.
    #[error("{0} of the newest rows did not land")]
    NotLanded(usize),
    /// A task of the process ended unexpectedly.
    #[error("a worker ended unexpectedly: {0}")]
    Worker(String),
}

impl ValidatorError {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(ClientError::Unreachable { .. } | ClientError::BadUrl { .. }) => {
                exit::NODE_UNREACHABLE
            }
            Self::Client(ClientError::OtherChain { .. }) => exit::OTHER_CHAIN,
            Self::Submit(SubmitError::CannotPay { .. }) => exit::BALANCE,
            Self::Key(_) | Self::UnknownSubnet(_) => exit::CONFIG,
            Self::Model(_) | Self::Task { .. } => exit::MODEL,
            Self::NotRegistered { .. } => exit::NOT_REGISTERED,
            Self::Disk { .. } | Self::State { .. } | Self::Locked(_) | Self::Backup { .. } => {
                exit::DISK
            }
            Self::Listen { .. } => exit::PORT_IN_USE,
            Self::NotLanded(_) => exit::NOT_LANDED,
            _ => exit::FAILURE,
        }
    }
}
