//! The command line.

mod args;
mod error;
mod output;

pub use args::{Cli, Command};
pub use error::SimError;

use crate::{
    copying::{Effort, Study},
    game,
    guarantee::{Row, Table},
    replay, whatif,
};
use args::{CopyingArgs, GameArgs, GuaranteeArgs, ReplayArgs, WhatIfArgs};
use output::{note, print_json, write_file, write_files};

/// Runs a command.
///
/// # Errors
///
/// What the command failed with; [`SimError::exit_code`] is what the process ends with.
pub fn run(cli: Cli) -> Result<(), SimError> {
    match cli.command {
        Command::Replay(args) => run_replay(&args),
        Command::Game(args) => run_game(&args),
        Command::Guarantee(args) => run_guarantee(&args),
        Command::Copying(args) => run_copying(&args),
        Command::WhatIf(args) => run_whatif(&args),
    }
}

fn run_replay(args: &ReplayArgs) -> Result<(), SimError> {
    let replay = replay::replay_file(&args.file)?;
    print_json(&replay.report)?;
    for mismatch in &replay.mismatches {
        note(&format!("{}: {mismatch}", args.file.display()));
    }
    let (expected, off) = (replay.expected, replay.mismatches.len());
    note(&format!("{} of {expected} numbers that the file expects hold", expected - off));
    if args.check && off > 0 {
        return Err(SimError::Mismatches { file: args.file.clone(), off, expected });
    }
    Ok(())
}

fn run_game(args: &GameArgs) -> Result<(), SimError> {
    let outcome = game::play(&args.setup())?;
    write_file(args.csv.as_deref(), || Ok(outcome.csv()))?;
    write_file(args.plot.as_deref(), || Ok(outcome.chart().svg()?))?;
    print_json(&outcome)
}

fn run_guarantee(args: &GuaranteeArgs) -> Result<(), SimError> {
    let table = Table::compute(args.network(), args.stake_free(), &args.grid())?;
    write_file(args.csv.as_deref(), || Ok(table.csv()))?;
    write_files(args.plots.as_deref(), || Ok(table.charts()?))?;
    print_json(&table)?;
    let names = |of: fn(&Row) -> bool| -> Vec<&str> {
        table.claims.iter().filter(|row| of(row)).map(|row| row.claim.name).collect()
    };
    let off = names(|row| row.holds == Some(false));
    let unjudged = names(Row::unjudged);
    if !off.is_empty() {
        note(&format!("not as published: {}", off.join(", ")));
    } else if unjudged.is_empty() {
        note("every published figure holds, within two points");
    }
    if !unjudged.is_empty() {
        let names = unjudged.join(", ");
        note(&format!("not compared, no point of --stakes is what is published of: {names}"));
    }
    Ok(())
}

fn run_copying(args: &CopyingArgs) -> Result<(), SimError> {
    let effort = Effort { games: args.games, epochs: args.epochs, seed: args.seed };
    let study = Study::run(effort)?;
    write_file(args.csv.as_deref(), || Ok(study.csv()))?;
    write_files(args.plots.as_deref(), || Ok(study.charts()?))?;
    print_json(&study)
}

fn run_whatif(args: &WhatIfArgs) -> Result<(), SimError> {
    // Before the node is asked: a change that can't be read is wrong without it, too.
    let changes = args.changes()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(SimError::Runtime)?;
    let snapshot = runtime.block_on(whatif::read(&args.question()))?;
    let comparison = whatif::compare(&snapshot, &changes)?;
    print_json(&comparison)?;
    comparison.notes.iter().for_each(|text| note(text));
    Ok(())
}
