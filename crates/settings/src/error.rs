//! What can be wrong with settings.

use crate::exit;
use std::path::PathBuf;
use thiserror::Error;

/// Settings that can't be used. Each message names the place, the value and the right form.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A flag is wrong or missing; or help or the version was asked for. The message is clap's.
    #[error("{0}")]
    Flags(clap::Error),
    /// The settings file can't be read.
    #[error("the settings file {} can't be read: {source}; give another one with --config FILE", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file isn't TOML.
    #[error("the settings file {} isn't valid TOML: {message}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Place and reason, as the TOML parser puts it.
        message: String,
    },
    /// A key of the file is no long flag, or a table no subcommand.
    #[error("unknown key `{key}` in {}: {hint}", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key, with its tables.
        key: String,
        /// The nearest valid key, or all of them.
        hint: String,
    },
    /// A key is there twice, once with `-` and once with `_`.
    #[error("`{key}` is set twice in {}, with `-` and with `_`; keep one of them", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value of the file has the wrong type or is out of its bounds.
    #[error("wrong value for `{key}` in {}: {value}: {reason}; the right form: {form}", path.display())]
    FileValue {
        /// The file.
        path: PathBuf,
        /// The key, with its tables.
        key: String,
        /// The value found, masked if it is a secret.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// How it is written.
        form: String,
    },
    /// A value of the environment is wrong.
    #[error(
        "wrong value in the environment: {variable}={value}: {reason}; the right form: {form}"
    )]
    EnvironmentValue {
        /// The variable.
        variable: String,
        /// The value found, masked if it is a secret.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// How it is written.
        form: String,
    },
}

impl SettingsError {
    /// The code that the process ends with ([`exit`]).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Flags(error) if error.use_stderr() => exit::USAGE,
            Self::Flags(_) => exit::OK,
            _ => exit::CONFIG,
        }
    }

    /// Prints the error (help and version on standard output) and ends the process.
    pub fn exit(&self) -> ! {
        match self {
            // A closed pipe must not turn help into a failure.
            Self::Flags(error) => drop(error.print()),
            other => eprintln!("error: {other}"),
        }
        std::process::exit(self.exit_code().into())
    }
}
