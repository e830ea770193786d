//! `alun`: keys, subnets, neurons, stake, weights and views of an Alun chain.
//!
//! - On a terminal it prints tables; with `--json` it prints one JSON value on standard output,
//!   whose shapes ([`shape`]) are stable: amounts are integers in the smallest unit, accounts are
//!   ss58, hashes are hex with `0x`. An error is then `{"error": "…", "code": n}` on standard
//!   error, `n` being the exit code ([`alun_settings::exit`]).
//! - Amounts are typed as tokens (`1.5`): native ones, ALUN, or on a subnet its alpha. Tables and
//!   sentences name which: `1.5 ALUN`, `1.5 α3`.
//! - An account is written as ss58, as `0x` and 64 hex digits, as a wallet's name (its coldkey),
//!   as `WALLET/HOTKEY`, or, on test chains, as a secret URI such as `//Alice`.
//! - Nothing is asked when standard input or output is not a terminal, or with `--yes`.

pub mod audit;
pub mod commands;
pub mod context;
pub mod error;
pub mod output;
pub mod shape;
pub mod wallet;

pub use context::{Context, Global};
pub use error::CliError;

use clap::{Parser, Subcommand};
use commands::{
    audit as auditing, doctor, estimate, explain, history, indexer, key, neuron, pay, stake,
    subnet, sudo, transfer, view, weights,
};

/// The command line of an Alun chain: keys, subnets, neurons, stake, weights, views.
#[derive(Debug, Parser)]
#[command(
    name = "alun",
    version,
    propagate_version = true,
    after_help = "Examples:\n  alun key create alice\n  alun view subnets\n  \
                  alun stake add 5F…hotkey 10 --netuid 1 --wallet alice\n  \
                  alun view metagraph 1 --json\n  alun explain neuron --netuid 1 4\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong settings, 4 node not \
                  reachable, 5 other chain,\n6 hotkey not registered, 9 balance too low, 10 can't \
                  write, 11 did not land on chain, 12 caught by an audit, 13 not audited."
)]
pub struct Cli {
    /// Settings of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keys on this machine: create, import, list, show, sign; a new hotkey for an old one
    #[command(subcommand)]
    Key(key::Key),
    /// Subnets: register, start, list, show, set what they are, hand them over
    #[command(subcommand)]
    Subnet(subnet::Subnet),
    /// Neurons: register, announce an endpoint, list, show
    #[command(subcommand)]
    Neuron(neuron::Neuron),
    /// Stake: add, remove, move, transfer, swap, quote, list; a delegate's take and children
    #[command(subcommand)]
    Stake(stake::Stake),
    /// Weight rows by hand: set, commit, reveal, check, preview
    #[command(subcommand)]
    Weights(weights::Weights),
    /// What the chain knows: metagraph, subnets, markets, stake, delegates, emission
    #[command(subcommand)]
    View(view::View),
    /// What a new miner or staker would earn at the present state
    #[command(subcommand)]
    Estimate(estimate::Estimate),
    /// Why the last epoch paid what it paid, to the unit
    #[command(subcommand)]
    Explain(explain::Explain),
    /// What came and went, and why: opening + entries = closing, to the unit
    History(history::History),
    /// The index that `history` asks
    #[command(subcommand)]
    Indexer(indexer::Indexer),
    /// Whether a validator's row of an epoch is what its evidence makes it, and the evidence true
    Audit(auditing::Audit),
    /// Send tokens to an account
    Transfer(transfer::Transfer),
    /// Pay for the use of a subnet: tokens buy its alpha, which is burned
    Pay(pay::Pay),
    /// Whether a chain is well: every invariant, and the node
    #[command(subcommand)]
    Doctor(doctor::Doctor),
    /// Root calls of a chain's operator, through the sudo key
    #[command(subcommand)]
    Sudo(sudo::Sudo),
}

/// Runs a command, prints its result or its error, and returns the exit code.
pub async fn run(cli: Cli) -> u8 {
    let context = Context::new(cli.global);
    let result = match cli.command {
        Command::Key(command) => key::run(&context, command).await,
        Command::Subnet(command) => subnet::run(&context, command).await,
        Command::Neuron(command) => neuron::run(&context, command).await,
        Command::Stake(command) => stake::run(&context, command).await,
        Command::Weights(command) => weights::run(&context, command).await,
        Command::View(command) => view::run(&context, command).await,
        Command::Estimate(command) => estimate::run(&context, command).await,
        Command::Explain(command) => explain::run(&context, command).await,
        Command::History(command) => history::run(&context, command).await,
        Command::Indexer(command) => indexer::run(&context, command).await,
        Command::Audit(command) => auditing::run(&context, command).await,
        Command::Pay(command) => pay::run(&context, command).await,
        Command::Transfer(command) => transfer::run(&context, command).await,
        Command::Doctor(command) => doctor::run(&context, command).await,
        Command::Sudo(command) => sudo::run(&context, command).await,
    };
    match result {
        Ok(()) => alun_settings::exit::OK,
        Err(error) => {
            context.output.error(&error);
            error.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    /// Every command that does something, with its words.
    fn leaves(command: &clap::Command, words: &str, into: &mut Vec<(String, clap::Command)>) {
        let words = format!("{words} {}", command.get_name());
        let mut below = command.get_subcommands().filter(|one| one.get_name() != "help").peekable();
        if below.peek().is_none() {
            into.push((words, command.clone()));
            return;
        }
        below.for_each(|one| leaves(one, &words, into));
    }

    #[test]
    fn every_command_should_have_an_example_and_no_argument_twice() {
        let mut root = Cli::command();
        root.build();
        let mut all = Vec::new();
        leaves(&root, "", &mut all);
        assert!(all.len() > 50, "{} commands", all.len());
        for (words, command) in all {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{words}: no example");
            let mut seen = BTreeSet::new();
            for argument in command.get_arguments() {
                assert!(seen.insert(argument.get_id().as_str()), "{words}: {}", argument.get_id());
            }
        }
    }

    #[test]
    fn stake_should_take_one_bound_and_not_two() {
        let parse = |line: &str| Cli::try_parse_from(line.split_whitespace());
        for line in [
            "alun stake add 5F 10 --netuid 1",
            "alun stake add 5F 10 --netuid 1 --min-received 19.5",
            "alun stake remove 5F all --max-slippage 2.5%",
            "alun stake remove-all",
            "alun stake remove-all 5F:1 alice/v:2 --min-received 3",
            "alun stake move 5F 5G 1 --netuid 1",
            "alun stake transfer 5F 5G 1 --netuid 1",
            "alun stake swap 5F 1 --from 1 --to 0",
            "alun stake quote swap 5F 1 --from 1 --to 0",
            "alun stake set-children 5F --netuid 1 5G=20%",
            "alun pay --netuid 1 2.5 --memo x --min-burned 1",
            "alun subnet set-hotkey 1 alice/v",
            "alun view market --netuid 1",
        ] {
            assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
        }
        for line in [
            "alun stake add 5F 10 --min-received 1 --max-slippage 1%",
            "alun pay --netuid 1 2 --min-burned 1 --max-slippage 1%",
            "alun stake add 5F 10 --max-slippage 101%",
            "alun stake swap 5F 1 --from 1",
            "alun sudo set-shares 1=1",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
