//! `alun-sim replay`: step scripts in the format of the vectors, computed by our epoch.
//!
//! A file holds scenarios; each is a subnet and a list of steps. Everything in it is either known
//! here or an annotation; the rest is an error that names file, scenario, step and field.

mod check;
mod error;
mod fields;
mod report;
mod run;
mod script;

pub use check::Mismatch;
pub use error::{Reason, ReplayError};
pub use report::{EpochReport, Report, ScenarioReport};

use script::File;
use std::path::Path;

/// What a replay gave.
#[derive(Debug)]
pub struct Replay {
    /// What is printed.
    pub report: Report,
    /// The file's expectations that do not hold.
    pub mismatches: Vec<Mismatch>,
    /// How many numbers the file expects of its scenarios.
    pub expected: usize,
}

/// Replays the file at `path`.
///
/// # Errors
///
/// When it can't be read, is not of the format, or has an epoch that can't be computed.
pub fn replay_file(path: &Path) -> Result<Replay, ReplayError> {
    let bytes = std::fs::read(path)
        .map_err(|source| ReplayError::new(Reason::Unreadable(source.to_string())).in_file(path))?;
    replay(&bytes).map_err(|error| error.in_file(path))
}

/// Replays a file's text.
///
/// # Errors
///
/// Those of [`replay_file`]; they don't name the file.
pub fn replay(text: &[u8]) -> Result<Replay, ReplayError> {
    let value: serde_json::Value = serde_json::from_slice(text)
        .map_err(|source| ReplayError::new(Reason::NotJson(source.to_string())))?;
    let file = File::read(&value)?;
    let mut checked = check::Checked::default();
    let mut scenarios = Vec::with_capacity(file.scenarios.len());
    for scenario in &file.scenarios {
        scenarios.push(run::run(scenario, &mut checked)?);
    }
    Ok(Replay {
        report: Report { scenarios },
        mismatches: checked.mismatches,
        expected: checked.expected,
    })
}
