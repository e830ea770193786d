//! `alun indexer`: the index that `alun history` asks.

use crate::{CliError, Context};
use alun_indexer::{follow, http, index_to, Store};
use clap::{Args, Subcommand};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// The index of everybody's income.
#[derive(Debug, Subcommand)]
pub enum Indexer {
    /// Index every finalized block, and serve what was found over HTTP
    Run(Run),
}

/// Index every finalized block.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alun indexer run --url ws://127.0.0.1:9944 --db history.redb \
                  --listen 127.0.0.1:9955\n\nThe node must be an archive node: --state-pruning \
                  archive. It can be stopped at any moment and goes on where it was.")]
pub struct Run {
    /// The database; made where there is none
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
    /// Serve HTTP here; its description is at /openapi.json
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// End after this block, or the newest finalized one if that is lower
    #[arg(long, value_name = "BLOCK")]
    until: Option<u32>,
}

/// Runs it.
pub async fn run(context: &Context, Indexer::Run(run): Indexer) -> Result<(), CliError> {
    let store = Arc::new(Store::open(&run.db)?);
    let chain = context.chain().await?;
    if let Some(address) = run.listen {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|source| CliError::Listen { address, source })?;
        let router = http::router(store.clone());
        tokio::spawn(async move { http::serve(listener, router).await });
    }
    match run.until {
        Some(block) => {
            index_to(&chain, &store, Some(block)).await?;
        }
        None => follow(&chain, &store).await?,
    }
    Ok(())
}
