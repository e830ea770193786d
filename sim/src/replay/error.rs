//! What is wrong with a file, and where.

use alun_yuma::EpochError;
use std::{
    fmt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why a file can't be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// The file can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// It is of another version of the format.
    #[error("version {0} of the format is not known here; this program reads version 1")]
    Version(String),
    /// A value has another type than it must.
    #[error("{found} is not {wanted}")]
    Type {
        /// The value found, cut if it is long.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A field must be there and is not.
    #[error("it is missing")]
    Missing,
    /// A field that the format does not define.
    #[error("it is unknown; known here are {known}")]
    UnknownField {
        /// The fields that may be there.
        known: String,
    },
    /// A step that the format does not define.
    #[error("the step `{found}` is unknown; there are {known}")]
    UnknownStep {
        /// The `op` found.
        found: String,
        /// The steps that there are.
        known: String,
    },
    /// A number outside of its bounds.
    #[error("{found} is out of range: it must be from {min} to {max}")]
    Range {
        /// The number found.
        found: u64,
        /// The lowest.
        min: u64,
        /// The highest.
        max: u64,
    },
    /// A list has not as many entries as it must.
    #[error("it has {found} entries, {wanted} are needed ({why})")]
    Length {
        /// Its entries.
        found: usize,
        /// The entries needed.
        wanted: usize,
        /// By which rule.
        why: &'static str,
    },
    /// A scenario without neurons, or with too many.
    #[error("{0} neurons: there must be 1 to 65536")]
    Neurons(u64),
    /// A uid that no neuron has.
    #[error("uid {uid} is unknown; there are {neurons} neurons, from 0")]
    UnknownUid {
        /// The uid.
        uid: u64,
        /// The neurons.
        neurons: usize,
    },
    /// A uid is in a row twice.
    #[error("uid {0} is there twice; a row names each uid once")]
    Twice(u16),
    /// All stake together is too much.
    #[error("the stake of all neurons together is over the largest sum, 2^64 - 1 units")]
    StakeSum,
    /// A block past the last.
    #[error("the block is over the largest, 2^64 - 1")]
    BlockSum,
    /// A block that has passed.
    #[error("block {to} has passed; the present one is {from}")]
    Backwards {
        /// The block asked for.
        to: u64,
        /// The present block.
        from: u64,
    },
    /// The lower liquid alpha is above the upper.
    #[error("the lower value {low} is above the upper value {high}")]
    LowAboveHigh {
        /// The lower.
        low: u16,
        /// The upper.
        high: u16,
    },
    /// The epoch has no result.
    #[error("the epoch can't be computed: {0}")]
    Epoch(EpochError),
}

/// Something wrong in a file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayError {
    /// The file.
    pub file: Option<PathBuf>,
    /// The scenario's name, or its index where it has none.
    pub scenario: Option<String>,
    /// The step's index and `op`.
    pub step: Option<String>,
    /// The field, with the fields that it is in: `params.kappa`, `uids[2]`.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: Box<Reason>,
}

impl ReplayError {
    pub(super) fn new(reason: Reason) -> Self {
        Self { file: None, scenario: None, step: None, field: None, reason: Box::new(reason) }
    }

    pub(super) fn at(field: impl Into<String>, reason: Reason) -> Self {
        Self { field: Some(field.into()), ..Self::new(reason) }
    }

    /// Names the field that this field is in.
    pub(super) fn inside(mut self, outer: &str) -> Self {
        self.field = Some(match self.field {
            Some(inner) => format!("{outer}.{inner}"),
            None => outer.to_owned(),
        });
        self
    }

    pub(super) fn in_step(mut self, index: usize, op: &str) -> Self {
        self.step = Some(format!("{index} ({op})"));
        self
    }

    pub(super) fn in_scenario(mut self, name: &str) -> Self {
        self.scenario = Some(name.to_owned());
        self
    }

    pub(super) fn in_file(mut self, path: &Path) -> Self {
        self.file = Some(path.to_owned());
        self
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut places = Vec::new();
        places.extend(self.file.as_ref().map(|path| path.display().to_string()));
        places.extend(self.scenario.as_ref().map(|name| format!("scenario `{name}`")));
        places.extend(self.step.as_ref().map(|step| format!("step {step}")));
        places.extend(self.field.as_ref().map(|field| format!("field `{field}`")));
        if !places.is_empty() {
            write!(f, "{}: ", places.join(", "))?;
        }
        write!(f, "{}", self.reason)
    }
}

impl std::error::Error for ReplayError {}
