//! Settings from `ALUN_…` variables. Clap reads them; this names them and says when one is wrong.

use crate::{value, SettingsError};
use clap::{
    builder::BoolishValueParser,
    error::{ContextKind, ContextValue, ErrorKind},
    Arg, Command,
};
use std::ffi::{OsStr, OsString};

/// What every variable of ours starts with.
const PREFIX: &str = "ALUN_";

/// Gives each long flag its variable, in subcommands too, and lets switches be written as people
/// write booleans.
pub(crate) fn name_variables(command: Command) -> Command {
    command.mut_args(name_variable).mut_subcommands(name_variables)
}

fn name_variable(arg: Arg) -> Arg {
    if !value::is_settable(&arg) {
        return arg;
    }
    let arg =
        if value::is_switch(&arg) { arg.value_parser(BoolishValueParser::new()) } else { arg };
    let variable = match (arg.get_env(), arg.get_long()) {
        (None, Some(long)) => format!("{PREFIX}{}", long.replace('-', "_").to_uppercase()),
        _ => return arg,
    };
    arg.env(variable)
}

/// Turns clap's error into one that names the variable, if a variable is to blame.
pub(crate) fn blame(
    command: &Command,
    arguments: &[OsString],
    error: clap::Error,
) -> SettingsError {
    let about_a_value =
        matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation);
    let (Some(ContextValue::String(flag)), Some(ContextValue::String(found))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
    else {
        return SettingsError::Flags(error);
    };
    if !about_a_value {
        return SettingsError::Flags(error);
    }
    match culprit(command, arguments, flag, found) {
        Some((arg, variable)) => SettingsError::EnvironmentValue {
            value: value::shown(arg, found),
            reason: value::reason(arg, &error),
            form: value::form(arg, arg.get_long().unwrap_or_default()),
            variable,
        },
        None => SettingsError::Flags(error),
    }
}

/// The flag that clap calls `flag` (such as `--port <PORT>`) and its variable, if that holds
/// `found` and the flag itself wasn't given.
fn culprit<'a>(
    command: &'a Command,
    arguments: &[OsString],
    flag: &str,
    found: &str,
) -> Option<(&'a Arg, String)> {
    let here = command.get_arguments().find_map(|arg| {
        let long = format!("--{}", arg.get_long()?);
        let variable = arg.get_env()?.to_str()?.to_owned();
        let value = std::env::var_os(&variable)?;
        let named = flag.split([' ', '=']).next() == Some(long.as_str());
        let holds = value
            .to_str()
            .is_some_and(|text| text == found || text.split(',').any(|part| part == found));
        let given = arguments.iter().any(|argument| gives(argument, &long, arg.get_short()));
        (named && holds && !given).then_some((arg, variable))
    });
    here.or_else(|| {
        command.get_subcommands().find_map(|inner| culprit(inner, arguments, flag, found))
    })
}

/// Whether an argument of the command line gives the flag.
fn gives(argument: &OsStr, long: &str, short: Option<char>) -> bool {
    let Some(text) = argument.to_str() else {
        return false;
    };
    let rest = text.strip_prefix(long);
    let by_short = short.is_some_and(|letter| {
        text.strip_prefix('-').is_some_and(|after| after.starts_with(letter))
    });
    by_short || rest.is_some_and(|after| after.is_empty() || after.starts_with('='))
}
