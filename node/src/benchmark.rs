//! The `benchmark` subcommand, under the feature `runtime-benchmarks`.

use crate::{
    cli::Cli,
    service::{self, Parts},
};
use alun_runtime::opaque::Block;
use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};
use sc_cli::SubstrateCli;
use sp_runtime::traits::HashingFor;

/// Runs the benchmarks that `command` names.
pub fn run(cli: &Cli, command: &BenchmarkCmd) -> sc_cli::Result<()> {
    let runner = cli.create_runner(command)?;
    runner.sync_run(|config| match command {
        BenchmarkCmd::Pallet(command) => {
            // Either the runtime of a file, or the one of the chain spec.
            let spec = command.runtime.is_none().then_some(config.chain_spec);
            command.run_with_spec::<HashingFor<Block>, ()>(spec)
        }
        BenchmarkCmd::Overhead(command) => {
            command.run_with_default_builder_and_spec::<Block, ()>(Some(config.chain_spec))
        }
        BenchmarkCmd::Block(command) => {
            let (Parts { client, .. }, _, _) = service::parts(&config)?;
            command.run(client)
        }
        BenchmarkCmd::Machine(command) => {
            command.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone())
        }
        BenchmarkCmd::Storage(_) | BenchmarkCmd::Extrinsic(_) => {
            Err("not offered by this node: use `benchmark pallet` or `benchmark overhead`".into())
        }
    })
}
