//! Settings of every binary, read the same way: **flag > environment > file > default**.
//!
//! A binary describes its settings once, as a `clap` derive struct, and calls [`parse_or_exit`]
//! (or [`parse`], to see the error). What this crate adds to clap:
//!
//! - `--config FILE` (or `ALUN_CONFIG`), a TOML file whose keys are the long flags without their
//!   dashes. `max-price = 5` in the file is `--max-price 5`; `_` may stand for `-`. A table names a
//!   subcommand and holds the flags of that subcommand. A list sets a flag that may be repeated.
//! - Each long flag without an `env` of its own can also be set by `ALUN_` and its name in
//!   capitals: `--max-price` by `ALUN_MAX_PRICE`.
//! - A wrong key or value is refused before anything runs, with the place it came from and the
//!   right form. A value of a flag that hides its environment value (`hide_env_values`) is a
//!   secret: it is neither printed in such an error nor in `--help`.
//!
//! A flag that only switches something on (`--json`) is a boolean in the file and in the
//! environment (`true`, `yes`, `on`, `1` and their opposites). Because the file provides
//! *defaults*, rules between flags (`requires`, `conflicts_with`) see flags and environment only.
//!
//! ```
//! #[derive(clap::Parser)]
//! struct Args {
//!     /// Port to serve on.
//!     #[arg(long, default_value_t = 8091)]
//!     port: u16,
//! }
//! let args: Args = alun_settings::parse_from(["miner", "--port", "9000"])?;
//! assert_eq!(args.port, 9000);
//! # Ok::<(), alun_settings::SettingsError>(())
//! ```

mod environment;
mod error;
pub mod exit;
mod file;
mod nearest;
mod secret;
mod value;

pub use error::SettingsError;
pub use secret::Secret;

use clap::{Arg, Command, CommandFactory, FromArgMatches};
use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// Name of the flag that names the settings file.
const CONFIG: &str = "config";
/// Environment variable that names the settings file.
const CONFIG_VARIABLE: &str = "ALUN_CONFIG";

/// Reads the settings of this process. `--help` and `--version` come back as
/// [`SettingsError::Flags`] with exit code 0.
pub fn parse<A: CommandFactory + FromArgMatches>() -> Result<A, SettingsError> {
    parse_from(std::env::args_os())
}

/// Reads the settings of this process; prints what is wrong and ends the process with the exit
/// code of [`exit`] if they can't be used, or if only help was asked for.
pub fn parse_or_exit<A: CommandFactory + FromArgMatches>() -> A {
    match parse() {
        Ok(args) => args,
        Err(error) => error.exit(),
    }
}

/// Reads settings from `arguments` (the first is the program's name), the environment and the
/// file that they name.
pub fn parse_from<A, I, T>(arguments: I) -> Result<A, SettingsError>
where
    A: CommandFactory + FromArgMatches,
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut command = environment::name_variables(with_config_flag(A::command()));
    if let Some(path) = config_path(&arguments, std::env::var_os(CONFIG_VARIABLE)) {
        command = file::apply(command, &path)?;
    }
    let found = command.try_get_matches_from_mut(&arguments);
    let mut matches = match found {
        Ok(matches) => matches,
        Err(error) => return Err(environment::blame(&command, &arguments, error)),
    };
    A::from_arg_matches_mut(&mut matches)
        .map_err(|error| SettingsError::Flags(error.format(&mut command)))
}

/// Adds `--config`, unless the struct declares it itself.
fn with_config_flag(command: Command) -> Command {
    if command.get_arguments().any(|arg| arg.get_long() == Some(CONFIG)) {
        return command;
    }
    command.arg(
        Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .global(true)
            .env(CONFIG_VARIABLE)
            .value_parser(clap::value_parser!(PathBuf))
            .help("TOML file with settings: keys are the long flags; flags and environment win"),
    )
}

/// Where the settings file is: the last `--config FILE` or `--config=FILE` before a `--`, else the
/// environment. An empty variable counts as unset.
fn config_path(arguments: &[OsString], variable: Option<OsString>) -> Option<PathBuf> {
    let mut path = variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        if argument == "--" {
            break;
        }
        if argument == "--config" {
            path = rest.next().map(PathBuf::from).or(path);
        } else if let Some(value) = after_config(argument) {
            path = Some(PathBuf::from(value));
        }
    }
    path
}

/// The `FILE` of `--config=FILE`. A path that isn't UTF-8 can only be given as an argument of its
/// own.
fn after_config(argument: &OsStr) -> Option<&str> {
    argument.to_str()?.strip_prefix("--config=")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn config_path_should_be_the_last_flag_when_several_are_given() {
        let found = config_path(&words("x --config a.toml run --config=b.toml"), None);
        assert_eq!(found, Some("b.toml".into()));
    }

    #[test]
    fn config_path_should_come_from_the_environment_when_no_flag_names_it() {
        assert_eq!(config_path(&words("x run"), Some("e.toml".into())), Some("e.toml".into()));
        assert_eq!(config_path(&words("x"), Some(OsString::new())), None);
        let found = config_path(&words("x --config f.toml"), Some("e.toml".into()));
        assert_eq!(found, Some("f.toml".into()));
    }

    #[test]
    fn config_path_should_be_left_alone_when_it_stands_after_two_dashes() {
        assert_eq!(config_path(&words("x -- --config f.toml"), None), None);
        assert_eq!(config_path(&words("x --config"), None), None);
    }
}
