//! `alun-sim`: see `alun-sim --help`.

use alun_sim::command::{run, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli: Cli = alun_settings::parse_or_exit();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
