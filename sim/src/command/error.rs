//! What a command can fail with, and the exit code of each.

use crate::{game::GameError, plot::PlotError, replay::ReplayError, whatif::WhatIfError};
use alun_settings::exit;
use alun_yuma::EpochError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum SimError {
    /// A file can't be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A file expects other numbers.
    #[error("{}: {off} of {expected} expected numbers differ; they are listed above", file.display())]
    Mismatches {
        /// The file.
        file: PathBuf,
        /// Numbers that differ.
        off: usize,
        /// Numbers that the file expects.
        expected: usize,
    },
    /// A game can't be played.
    #[error(transparent)]
    Game(#[from] GameError),
    /// An epoch can't be computed.
    #[error("the epoch can't be computed: {0}")]
    Epoch(#[from] EpochError),
    /// A chart can't be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A live chain's epoch can't be computed again.
    #[error(transparent)]
    WhatIf(#[from] WhatIfError),
    /// Nothing asynchronous can run.
    #[error("the asynchronous runtime can't start: {0}")]
    Runtime(std::io::Error),
    /// A file or the standard output can't be written.
    #[error("{what} can't be written: {source}; free space, or name another place")]
    Write {
        /// Which.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

impl SimError {
    /// The code that the process ends with ([`exit`]).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Game(GameError::Range { .. } | GameError::Stake { .. }) => exit::USAGE,
            Self::WhatIf(error) => error.exit_code(),
            Self::Write { .. } => exit::DISK,
            _ => exit::FAILURE,
        }
    }
}
