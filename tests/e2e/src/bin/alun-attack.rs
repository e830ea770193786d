//! `alun-attack`: attacks on a real process. `scripts/attack` builds and runs it.

use alun_e2e::attack::{run, Options};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options: Options = alun_settings::parse_or_exit();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
