//! Runs what the command line asks for.

// The SDK's own errors are large, and what it calls here must return them.
#![allow(clippy::result_large_err)]

use crate::{
    cli::{Cli, Subcommand},
    service::{self, Parts},
};
use alun_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::Error as ServiceError;

/// Reads the command line and does what it says.
///
/// # Errors
///
/// Whatever went wrong, as a sentence.
pub fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();
    match &cli.subcommand {
        None => run_node(&cli),
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::BuildSpec(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| command.run(config.chain_spec, config.network))
        }
        Some(Subcommand::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        Some(Subcommand::PurgeChain(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| command.run(config.database))
        }
        Some(Subcommand::ChainInfo(command)) => {
            let runner = cli.create_runner(command)?;
            runner.sync_run(|config| command.run::<Block>(&config))
        }
        #[cfg(feature = "runtime-benchmarks")]
        Some(Subcommand::Benchmark(command)) => crate::benchmark::run(&cli, command),
        Some(subcommand) => run_on_database(&cli, subcommand),
    }
}

/// Runs a node until it is told to stop.
fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let runner = cli.create_runner(&cli.run)?;
    runner.run_node_until_exit(|config| async move {
        match config.network.network_backend {
            NetworkBackendType::Libp2p => service::start::<NetworkWorker<_, _>>(config),
            NetworkBackendType::Litep2p => service::start::<Litep2pNetworkBackend>(config),
        }
        .map_err(|error| match error {
            // A sentence of our own, without the SDK's prefix.
            ServiceError::Application(sentence) => sc_cli::Error::Application(sentence),
            other => sc_cli::Error::Service(other),
        })
    })
}

/// Runs a subcommand that opens the database.
fn run_on_database(cli: &Cli, subcommand: &Subcommand) -> sc_cli::Result<()> {
    match subcommand {
        Subcommand::CheckBlock(command) => cli.create_runner(command)?.async_run(|config| {
            let (Parts { client, task_manager, .. }, import_queue, _) = service::parts(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Subcommand::ExportBlocks(command) => cli.create_runner(command)?.async_run(|config| {
            let (Parts { client, task_manager, .. }, _, _) = service::parts(&config)?;
            Ok((command.run(client, config.database), task_manager))
        }),
        Subcommand::ExportState(command) => cli.create_runner(command)?.async_run(|config| {
            let (Parts { client, task_manager, .. }, _, _) = service::parts(&config)?;
            Ok((command.run(client, config.chain_spec), task_manager))
        }),
        Subcommand::ImportBlocks(command) => cli.create_runner(command)?.async_run(|config| {
            let (Parts { client, task_manager, .. }, import_queue, _) = service::parts(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Subcommand::Revert(command) => cli.create_runner(command)?.async_run(|config| {
            let (Parts { client, task_manager, backend, .. }, _, _) = service::parts(&config)?;
            let revert_votes = Box::new(|client, _, blocks| {
                sc_consensus_grandpa::revert(client, blocks)?;
                Ok(())
            });
            Ok((command.run(client, backend, Some(revert_votes)), task_manager))
        }),
        // `run` has handled the others.
        _ => Ok(()),
    }
}
