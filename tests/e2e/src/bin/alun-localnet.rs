//! `alun-localnet`: the whole market on this machine. `scripts/localnet` builds and runs it.

use alun_e2e::localnet::{run, Options};
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
