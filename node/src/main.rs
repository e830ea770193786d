//! `alun-node`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    match alun_node::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alun-node: {error}");
            ExitCode::FAILURE
        }
    }
}
