//! Settings from a TOML file: each key becomes the default of the long flag it names.

use crate::{
    nearest,
    value::{self, form, is_list, is_settable, shown},
    SettingsError,
};
use clap::{Arg, ArgAction, Command};
use std::{collections::BTreeMap, path::Path};
use toml::{Table, Value};

/// New defaults by the id of their flag.
type Defaults = BTreeMap<String, Vec<String>>;

/// Reads the file at `path` and makes its values the defaults of `command`.
pub(crate) fn apply(command: Command, path: &Path) -> Result<Command, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.into(), source })?;
    let table = text.parse::<Table>().map_err(|error| SettingsError::NotToml {
        path: path.into(),
        message: error.to_string(),
    })?;
    Reader { path }.fill(command, table, "")
}

/// Reads tables of one file.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    /// Sets the defaults of `command` from `table`; `within` is the table's name and a dot.
    fn fill(&self, command: Command, table: Table, within: &str) -> Result<Command, SettingsError> {
        let mut defaults = Defaults::new();
        let mut inner = BTreeMap::new();
        for (key, value) in table {
            let name = format!("{within}{key}");
            match value {
                Value::Table(sub) if subcommand(&command, &key).is_some() => {
                    inner.insert(key, sub);
                }
                value => {
                    let arg = self.flag(&command, &key, &name)?;
                    let texts = self.texts(arg, &name, &value)?;
                    if defaults.insert(arg.get_id().to_string(), texts).is_some() {
                        let key = arg.get_long().unwrap_or_default().to_owned();
                        return Err(SettingsError::Twice { path: self.path.into(), key });
                    }
                }
            }
        }
        let mut command = command.mut_args(|arg| with_defaults(arg, &mut defaults));
        for (key, sub) in inner {
            let within = format!("{within}{key}.");
            let mut result = Ok(());
            command = command.mut_subcommand(&key, |before| {
                let kept = before.clone();
                self.fill(before, sub, &within).unwrap_or_else(|error| {
                    result = Err(error);
                    kept
                })
            });
            result?;
        }
        Ok(command)
    }

    /// The flag that `key` names.
    fn flag<'c>(
        &self,
        command: &'c Command,
        key: &str,
        name: &str,
    ) -> Result<&'c Arg, SettingsError> {
        let long = key.replace('_', "-");
        let known = || command.get_arguments().filter(|arg| is_settable(arg));
        known().find(|arg| arg.get_long() == Some(long.as_str())).ok_or_else(|| {
            let keys: Vec<String> = known()
                .filter_map(|arg| arg.get_long().map(str::to_owned))
                .chain(command.get_subcommands().map(|sub| sub.get_name().to_owned()))
                .collect();
            SettingsError::UnknownKey {
                path: self.path.into(),
                key: name.to_owned(),
                hint: nearest::hint(&long, &keys),
            }
        })
    }

    /// The value as clap takes it, checked against the flag.
    fn texts(&self, arg: &Arg, name: &str, value: &Value) -> Result<Vec<String>, SettingsError> {
        let refuse = |reason: String| SettingsError::FileValue {
            path: self.path.into(),
            key: name.to_owned(),
            value: shown(arg, value),
            form: form(arg, arg.get_long().unwrap_or_default()),
            reason,
        };
        match (arg.get_action(), value) {
            (ArgAction::SetTrue, Value::Boolean(on)) => Ok(vec![on.to_string()]),
            // The flag switches something off: `true` in the file means that it is given.
            (ArgAction::SetFalse, Value::Boolean(on)) => Ok(vec![(!on).to_string()]),
            (ArgAction::SetTrue | ArgAction::SetFalse, _) => {
                Err(refuse("a boolean is needed".into()))
            }
            (ArgAction::Count, Value::Integer(count)) if (0..=255).contains(count) => {
                Ok(vec![count.to_string()])
            }
            (ArgAction::Count, _) => Err(refuse("a count is needed".into())),
            (_, Value::Array(items)) if is_list(arg) => {
                items.iter().map(|item| checked(arg, item).map_err(refuse)).collect()
            }
            (_, Value::Array(_)) => Err(refuse("one value is needed, not a list".into())),
            (_, single) => Ok(vec![checked(arg, single).map_err(refuse)?]),
        }
    }
}

/// The subcommand called `name`.
fn subcommand<'c>(command: &'c Command, name: &str) -> Option<&'c Command> {
    command.get_subcommands().find(|sub| sub.get_name() == name)
}

/// A single value as text, if the flag takes it; else what is wrong.
fn checked(arg: &Arg, value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            value.to_string()
        }
        Value::Array(_) | Value::Table(_) => return Err("a single value is needed".into()),
    };
    match value::refusal(arg, &text) {
        Some(reason) => Err(reason),
        None => Ok(text),
    }
}

/// The flag with its default from the file, if it has one.
fn with_defaults(arg: Arg, defaults: &mut Defaults) -> Arg {
    let Some(values) = defaults.remove(arg.get_id().as_str()) else {
        return arg;
    };
    // Help prints defaults, but not those of a secret. Clap asks required flags to be given in
    // person, which a default is not.
    let secret = arg.is_hide_env_values_set();
    let required = arg.is_required_set() && values.is_empty();
    let switch = value::is_switch(&arg);
    let arg = arg.required(required).default_values(values);
    if secret && !switch {
        arg.hide_default_value(true)
    } else {
        arg
    }
}
