//! Every way in which loading or running a model can fail.

use std::path::PathBuf;

/// What went wrong, the limit, and the way out. Cheap to clone, because one failed batch is
/// reported to every caller that was in it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InferenceError {
    /// A model file is not there.
    #[error("model file {} is missing: run scripts/models, or name the folder that holds it", path.display())]
    ModelMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A model file is not the one that was asked for.
    #[error(
        "model file {} was altered: its sha256 is {found}, expected {expected}; run scripts/models to fetch it anew",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// Lowercase hex of the sha256 it should have.
        expected: String,
        /// Lowercase hex of the sha256 it has.
        found: String,
    },
    /// A model file is there and cannot be read.
    #[error("model file {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// A model file was read and is not what this crate can run.
    #[error("model file {} cannot be used: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No folder for models: neither `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("no folder for models: set HOME or XDG_CACHE_HOME, or name the folder")]
    NoModelsFolder,
    /// A device name that is none of the three.
    #[error("unknown device {name:?}: it must be cpu, cuda or metal")]
    UnknownDevice {
        /// What was given.
        name: String,
    },
    /// The device cannot be used by this build or on this machine.
    #[error("device {device} is not available: {reason}")]
    DeviceUnavailable {
        /// The device asked for.
        device: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// The number of threads was set twice, to different numbers.
    #[error(
        "the number of threads is {current} since the first model; it cannot become {asked} later"
    )]
    ThreadsFixed {
        /// What is in force.
        current: usize,
        /// What was asked for.
        asked: usize,
    },
    /// Nothing to work on.
    #[error("{what} is empty: give at least one")]
    Empty {
        /// What was empty, e.g. `the list of texts`.
        what: String,
    },
    /// More texts in one request than allowed.
    #[error("{found} texts in one request, at most {limit} are allowed: split the request")]
    TooManyTexts {
        /// How many there were.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// A text to embed is longer than the model takes.
    #[error("text {index} has {found} tokens, at most {limit} are allowed: split the text")]
    TextTooLong {
        /// Place in the request, from 0.
        index: usize,
        /// Its tokens, the two special ones included.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// A prompt is longer than allowed.
    #[error("the prompt has {found} tokens, at most {limit} are allowed: shorten it")]
    PromptTooLong {
        /// Its tokens.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// More new tokens asked for, or claimed, than allowed.
    #[error("{found} new tokens, at most {limit} are allowed: ask for fewer")]
    TooManyNewTokens {
        /// How many.
        found: usize,
        /// How many may be.
        limit: usize,
    },
    /// A token id that the model does not have.
    #[error("token {token} is not in the vocabulary, which has {vocabulary} tokens")]
    UnknownToken {
        /// The id.
        token: u32,
        /// Ids are below this number.
        vocabulary: usize,
    },
    /// A sampling temperature that is not a positive, finite number.
    #[error("temperature {found} is not allowed: it must be above 0 and at most {limit}; for 0 use the greedy rule")]
    Temperature {
        /// What was given, as text.
        found: String,
        /// The largest allowed.
        limit: f32,
    },
    /// The queue of a service is full.
    #[error("the model is overloaded: {limit} requests are waiting already; try again later")]
    Overloaded {
        /// How many may wait.
        limit: usize,
    },
    /// The worker thread of a service is gone.
    #[error("the model's worker has stopped: restart the program")]
    Stopped,
    /// The tokenizer failed on a text.
    #[error("the tokenizer failed: {reason}")]
    Tokenizer {
        /// What it said.
        reason: String,
    },
    /// Candle failed, e.g. a device ran out of memory.
    #[error("the computation failed: {reason}")]
    Compute {
        /// What it said.
        reason: String,
    },
}

impl InferenceError {
    /// True if the request itself was wrong (an HTTP 422), false if the model, the machine or its
    /// load is at fault.
    pub fn is_request_error(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. }
                | Self::TooManyTexts { .. }
                | Self::TextTooLong { .. }
                | Self::PromptTooLong { .. }
                | Self::TooManyNewTokens { .. }
                | Self::UnknownToken { .. }
                | Self::Temperature { .. }
        )
    }

    pub(crate) fn empty(what: impl Into<String>) -> Self {
        Self::Empty { what: what.into() }
    }
}

impl From<candle_core::Error> for InferenceError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute { reason: error.to_string() }
    }
}

impl From<tokenizers::Error> for InferenceError {
    fn from(error: tokenizers::Error) -> Self {
        Self::Tokenizer { reason: error.to_string() }
    }
}
