//! What can go wrong, with what to do.

use alun_client::ClientError;
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
