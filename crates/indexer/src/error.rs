//! What can go wrong, with what to do.

use alun_client::ClientError;
use std::path::PathBuf;
use thiserror::Error;

/// Why the index could not be made or read.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The node dropped a block's state.
    #[error(
        "the node no longer has the state of block {block}: use an archive node (`alun-node \
         --state-pruning archive`), which keeps it ({reason})"
    )]
    Pruned {
        /// The block.
        block: u32,
        /// What the node said.
        reason: String,
    },
    /// The database is of another chain.
    #[error("the database is of another chain, or block {0} was replaced there: use another --db")]
    OtherChain(u32),
    /// The node could not be read.
    #[error("block {block}: {source}")]
    Client {
        /// The block.
        block: u32,
        /// Why.
        source: ClientError,
    },
    /// The database failed.
    #[error("the database: {0}; is another indexer using it?")]
    Database(String),
    /// No database where one was to be read.
    #[error("there is no database {}; `alun indexer run --db` makes one", .0.display())]
    NoDatabase(PathBuf),
    /// Another version made it.
    #[error(
        "{} has format {found}, this version reads {reads}: move it away and run the indexer again, \
         which makes it anew from the chain", path.display()
    )]
    Format {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        reads: u32,
    },
    /// A question that would read too much.
    #[error("this would read more than {rows} rows: ask for one netuid, or for fewer blocks")]
    TooMuch {
        /// The limit.
        rows: u32,
    },
    /// The answer took too long.
    #[error("this took longer than {} s: ask for one netuid, or for fewer blocks", crate::http::WITHIN.as_secs())]
    TooLong,
    /// Too many are asking.
    #[error("{0} questions are being answered, which is the limit: ask again in a moment")]
    Busy(usize),
    /// A question that makes no sense.
    #[error("{0}")]
    BadQuestion(String),
}

impl IndexError {
    /// A failure to read a block.
    pub fn at(block: u32, source: ClientError) -> Self {
        match source {
            ClientError::NoSuchBlock { reason, .. } => Self::Pruned { block, reason },
            // What a node says when it still has the block, but not its state.
            source if source.to_string().contains("State already discarded") => {
                Self::Pruned { block, reason: source.to_string() }
            }
            source => Self::Client { block, source },
        }
    }

    /// A failure of the database.
    pub fn database(error: impl ToString) -> Self {
        Self::Database(error.to_string())
    }
}
