//! The template of a subnet: a TOML file, read and checked whole before anything is done.

use crate::{commands::subnet::parse_parameters, context::parse_digest, CliError};
use alun_client::{parse_hyperparameter, Hyperparameter, TaskDescriptor, TaskKind, Tokens};
use alun_primitives::{Setter, HYPERPARAMETERS};
use serde::Deserialize;
use std::{collections::BTreeMap, fs};

/// The longest file that is read, bytes.
const MAX_FILE: u64 = 65_536;
/// The longest name and metadata that the chain takes, bytes.
const MAX_NAME: usize = 64;
const MAX_METADATA: usize = 1_024;

/// The built-in templates by name.
const BUILT_IN: [(&str, &str); 2] = [
    ("embedding", include_str!("../../../templates/embedding.toml")),
    ("generation", include_str!("../../../templates/generation.toml")),
];

/// A subnet to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Text for people.
    pub metadata: String,
    /// What miners are asked.
    pub task: TaskDescriptor,
    /// Those that differ from the defaults.
    pub hyperparameters: Vec<Hyperparameter>,
    /// Native tokens to stake on the owner's hotkey, smallest unit.
    pub stake: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    metadata: String,
    task: Task,
    #[serde(default)]
    hyperparameters: BTreeMap<String, String>,
    #[serde(default)]
    validator: Validator,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    kind: Kind,
    model: Option<String>,
    #[serde(default)]
    parameters: toml::Table,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Embedding,
    Generation,
    External,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Validator {
    #[serde(default)]
    stake: String,
}

/// The text of a built-in template.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Template {
    /// Of this file, or the built-in one of this name.
    ///
    /// # Errors
    ///
    /// Where it can't be read, or holds what the chain would refuse: the file and the field.
    pub fn read(place: &str) -> Result<Self, CliError> {
        let wrong = |why: String| CliError::Usage(format!("{place}: {why}"));
        if let Some(text) = built_in(place) {
            return Self::parse(text).map_err(wrong);
        }
        let size = fs::metadata(place).map_err(|error| {
            let names = BUILT_IN.map(|(name, _)| name).join(", ");
            wrong(format!("{error}; name a file, or a built-in template: {names}"))
        })?;
        if size.len() > MAX_FILE {
            return Err(wrong(format!("{} bytes; a template has {MAX_FILE} at most", size.len())));
        }
        let text = fs::read_to_string(place).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let File { name, metadata, task, hyperparameters, validator } =
            toml::from_str(text).map_err(|error| error.to_string())?;
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(format!("name has {} bytes; 1 to {MAX_NAME} go on chain", name.len()));
        }
        if metadata.len() > MAX_METADATA {
            let length = metadata.len();
            return Err(format!("metadata has {length} bytes; at most {MAX_METADATA} go on chain"));
        }
        let hyperparameters = hyperparameters
            .iter()
            .map(|(name, value)| change(name, value))
            .collect::<Result<_, _>>()?;
        let stake = match validator.stake.as_str() {
            "" => Tokens(0),
            amount => amount.parse().map_err(|error| format!("validator.stake: {error}"))?,
        };
        Ok(Self { name, metadata, task: task.descriptor()?, hyperparameters, stake: stake.0 })
    }
}

impl Task {
    fn descriptor(self) -> Result<TaskDescriptor, String> {
        let kind = match self.kind {
            Kind::Embedding => TaskKind::Embedding,
            Kind::Generation => TaskKind::Generation,
            Kind::External => TaskKind::External,
        };
        let model = self.model.as_deref().map(parse_digest).transpose();
        let model = model.map_err(|why| format!("task.model: {why}"))?;
        if kind == TaskKind::External && model.is_none() {
            // The chain would take it, and the lock be paid for a subnet that nobody can validate.
            return Err("task.model: an external task names the SHA-256 of its program here".into());
        }
        let parameters = if self.parameters.is_empty() {
            String::new()
        } else {
            let text = serde_json::to_string(&self.parameters)
                .map_err(|error| format!("task.parameters: {error}"))?;
            parse_parameters(&text).map_err(|why| format!("task.parameters: {why}"))?
        };
        Ok(TaskDescriptor { kind, model, parameters: parameters.into_bytes() })
    }
}

/// A change that the owner may make.
fn change(name: &str, value: &str) -> Result<Hyperparameter, String> {
    let change = parse_hyperparameter(&format!("{name}={value}"))
        .map_err(|error| format!("hyperparameters: {error}"))?;
    let by_root =
        HYPERPARAMETERS.iter().any(|bounds| bounds.name == name && bounds.setter == Setter::Root);
    if by_root {
        return Err(format!("hyperparameters: only root sets {name}; take it out, and ask for it"));
    }
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_templates_should_be_read() {
        for (name, _) in BUILT_IN {
            let template = Template::read(name).unwrap();
            assert!(!template.name.is_empty() && !template.hyperparameters.is_empty());
            assert!(!template.task.parameters.is_empty() && template.stake > 0);
        }
    }

    #[test]
    fn template_should_be_refused_when_the_chain_would_refuse_it() {
        let good = "name = \"a\"\n[task]\nkind = \"embedding\"\n";
        assert!(Template::parse(good).is_ok());
        for (bad, says) in [
            (good.replace("\"a\"", "\"\""), "1 to 64"),
            (good.replace("\"a\"", &format!("\"{}\"", "é".repeat(33))), "66 bytes"),
            (good.replace("embedding", "painting"), "painting"),
            (format!("{good}model = \"0x12\"\n"), "task.model"),
            (good.replace("embedding", "external"), "SHA-256 of its program"),
            (format!("{good}speed = 1\n"), "speed"),
            (format!("{good}[hyperparameters]\ntempo_ms = \"1h\"\n"), "only root sets tempo_ms"),
            (format!("{good}[hyperparameters]\nmin_weights = \"x\"\n"), "min_weights"),
            (format!("{good}[hyperparameters]\nspeed = \"1\"\n"), "no hyperparameter `speed`"),
            (format!("{good}[validator]\nstake = \"much\"\n"), "validator.stake"),
            (format!("{good}[validator]\nsteak = \"1\"\n"), "steak"),
            (format!("metadata = \"{}\"\n{good}", "x".repeat(1_025)), "1025 bytes"),
            (format!("{good}parameters = {{ a = \"{}\" }}\n", "x".repeat(1_100)), "at most 1024"),
        ] {
            let error = Template::parse(&bad).unwrap_err();
            assert!(error.contains(says), "{error:?} lacks {says:?}");
        }
    }

    #[test]
    fn template_should_be_refused_by_name_when_there_is_no_such_file() {
        let error = Template::read("no-such-template").unwrap_err().to_string();
        assert!(error.contains("no-such-template") && error.contains("embedding, generation"));
    }
}
