//! `POST /v1/completions`.

use super::{
    sampling::with_sampling, AnswerExtras, FinishReason, Request, RequestExtras, Sampling, Texts,
    Usage,
};
use crate::error::Refusal;
use serde::{Deserialize, Deserializer, Serialize};

/// A prompt to go on from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CompletionRequest {
    /// Model; what is served if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// One prompt (a list of one is fine too).
    pub prompt: Texts,
    /// Not offered: text after the completion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Not offered: the prompt in front of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echo: Option<bool>,
    /// How tokens are picked.
    #[serde(flatten)]
    pub sampling: Sampling,
    /// Our extras.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alun: Option<RequestExtras>,
}

/// The fields of a [`CompletionRequest`] without those of [`Sampling`].
#[derive(Deserialize)]
struct Fields {
    model: Option<String>,
    prompt: Texts,
    suffix: Option<String>,
    echo: Option<bool>,
    alun: Option<RequestExtras>,
}

impl<'de> Deserialize<'de> for CompletionRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (fields, sampling): (Fields, _) = with_sampling(deserializer)?;
        let Fields { model, prompt, suffix, echo, alun } = fields;
        Ok(Self { model, prompt, suffix, echo, sampling, alun })
    }
}

impl CompletionRequest {
    /// The prompt; empty only in a request that was not checked.
    pub fn prompt(&self) -> &str {
        self.prompt.0.first().map_or("", String::as_str)
    }
}

impl Request for CompletionRequest {
    fn check(&self) -> Result<(), Refusal> {
        match self.prompt.0.as_slice() {
            [prompt] if prompt.is_empty() => {
                return Err(Refusal::Empty { what: "`prompt`".into() });
            }
            [_] => {}
            [] => return Err(Refusal::Empty { what: "`prompt`".into() }),
            _ => {
                let why = "one prompt per request; split it".into();
                return Err(Refusal::Unsupported { field: "prompt", why });
            }
        }
        if self.suffix.as_ref().is_some_and(|suffix| !suffix.is_empty()) {
            let why = "text goes on after the prompt only".into();
            return Err(Refusal::Unsupported { field: "suffix", why });
        }
        if self.echo == Some(true) {
            let why = "put the prompt in front on your side".into();
            return Err(Refusal::Unsupported { field: "echo", why });
        }
        self.sampling.check()
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// Answer to a [`CompletionRequest`], and each chunk of its stream (with what is new in it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The miner's id of the answer.
    pub id: String,
    /// `text_completion`.
    pub object: String,
    /// Unix time in seconds.
    pub created: u64,
    /// Model used.
    pub model: String,
    /// One choice; none in a stream's chunk that only tells the usage.
    pub choices: Vec<CompletionChoice>,
    /// Tokens read and generated; in a stream in the last chunk, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<AnswerExtras>,
}

impl Completion {
    /// An answer, or a chunk of a stream, with this text.
    pub fn new(
        id: impl Into<String>,
        created: u64,
        model: impl Into<String>,
        text: impl Into<String>,
        finish_reason: Option<FinishReason>,
    ) -> Self {
        Self {
            id: id.into(),
            object: "text_completion".into(),
            created,
            model: model.into(),
            choices: vec![CompletionChoice { index: 0, text: text.into(), finish_reason }],
            usage: None,
            alun: None,
        }
    }
}

/// The one choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionChoice {
    /// 0.
    pub index: u32,
    /// Generated text.
    pub text: String,
    /// Why it ended; `null` in a stream before its end.
    pub finish_reason: Option<FinishReason>,
}
