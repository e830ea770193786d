//! One value of one flag: is it right, and how is it written.

use clap::{error::ContextKind, error::ContextValue, Arg, ArgAction, Command};
use std::error::Error;

/// What stands for a secret in an error.
const MASK: &str = "***";

/// Whether the flag is a switch that takes no value on the command line.
pub(crate) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse)
}

/// Whether the flag takes a list.
pub(crate) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
        || arg.get_value_delimiter().is_some()
        || arg.get_num_args().is_some_and(|range| range.max_values() > 1)
}

/// Whether the file and the environment may set the flag.
pub(crate) fn is_settable(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|long| long != crate::CONFIG)
        && matches!(
            arg.get_action(),
            ArgAction::Set
                | ArgAction::Append
                | ArgAction::SetTrue
                | ArgAction::SetFalse
                | ArgAction::Count
        )
}

/// The value as an error may show it.
pub(crate) fn shown(arg: &Arg, value: impl ToString) -> String {
    if arg.is_hide_env_values_set() {
        MASK.into()
    } else {
        value.to_string()
    }
}

/// Why the flag refuses `text`, if it does.
pub(crate) fn refusal(arg: &Arg, text: &str) -> Option<String> {
    // A command of its own, so that rules about other flags play no part.
    let lone = Arg::new("value")
        .long("value")
        .action(ArgAction::Set)
        .num_args(1)
        .value_parser(arg.get_value_parser().clone())
        .ignore_case(arg.is_ignore_case_set());
    let lone = match arg.get_value_delimiter() {
        Some(delimiter) => lone.action(ArgAction::Append).value_delimiter(delimiter),
        None => lone,
    };
    let result = Command::new("value")
        .no_binary_name(true)
        .arg(lone)
        .try_get_matches_from([format!("--value={text}")]);
    result.err().map(|error| reason(arg, &error))
}

/// A clap error about a value, without what clap says around it.
pub(crate) fn reason(arg: &Arg, error: &clap::Error) -> String {
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue) {
        if !valid.is_empty() {
            return format!("it must be one of {}", valid.join(", "));
        }
    }
    match error.source() {
        // A parser's own message may repeat the value.
        Some(_) if arg.is_hide_env_values_set() => "it can't be read".into(),
        Some(source) => source.to_string(),
        None => "a value is needed".into(),
    }
}

/// How the flag is written in the file, with its help.
pub(crate) fn form(arg: &Arg, key: &str) -> String {
    let value = if is_switch(arg) {
        "true or false".to_owned()
    } else if matches!(arg.get_action(), ArgAction::Count) {
        "a whole number from 0 to 255".to_owned()
    } else {
        let name = match arg.get_value_names() {
            Some([name, ..]) => name.to_string(),
            _ => key.replace('-', "_").to_uppercase(),
        };
        if is_list(arg) {
            format!("[<{name}>, ...]")
        } else {
            format!("<{name}>")
        }
    };
    match arg.get_help() {
        Some(help) => format!("{key} = {value} ({help})"),
        None => format!("{key} = {value}"),
    }
}
