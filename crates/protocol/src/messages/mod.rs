//! The bodies of requests and answers: OpenAI's shapes, with our extras in an object `alun` that
//! ordinary clients ignore.
//!
//! [`parse`] reads a request and checks what can be checked without a model; unknown fields are
//! left alone, options that would change the answer and aren't offered are refused rather than
//! ignored.

mod chat;
mod completions;
mod embeddings;
mod external;
mod sampling;
mod texts;

pub use chat::{
    ChatAnswer, ChatChoice, ChatChunk, ChatChunkChoice, ChatDelta, ChatMessage, ChatRequest, Role,
};
pub use completions::{Completion, CompletionChoice, CompletionRequest};
pub use embeddings::{
    Embedding, EmbeddingsAnswer, EmbeddingsRequest, EncodingFormat, Vector, VectorError,
};
pub use external::{ExternalAnswer, ExternalRequest};
pub use sampling::{Sampling, StreamOptions};
pub use texts::Texts;

use crate::error::{echo, Refusal};
use serde::{de::DeserializeOwned, Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Path of embeddings.
pub const EMBEDDINGS: &str = "/v1/embeddings";
/// Path of completions.
pub const COMPLETIONS: &str = "/v1/completions";
/// Path of chat completions.
pub const CHAT_COMPLETIONS: &str = "/v1/chat/completions";
/// Path of external tasks.
pub const EXTERNAL: &str = "/v1/external";
/// Path of the list of models.
pub const MODELS: &str = "/v1/models";

/// A request's body that knows its own limits.
pub trait Request: DeserializeOwned {
    /// Refuses what is against the limits or not offered.
    fn check(&self) -> Result<(), Refusal>;

    /// The model asked for, if one is named.
    fn model(&self) -> Option<&str>;

    /// Refuses a model other than the one served. A request without a model takes what is served.
    fn check_model(&self, served: &str) -> Result<(), Refusal> {
        match self.model() {
            Some(found) if found != served => {
                Err(Refusal::OtherModel { found: echo(found), served: served.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// Reads and checks a request's body.
pub fn parse<R: Request>(body: &[u8]) -> Result<R, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::Empty { what: "the body".into() });
    }
    let request: R = serde_json::from_slice(body)
        .map_err(|error| Refusal::BadBody { why: echo(&error.to_string()) })?;
    request.check()?;
    Ok(request)
}

/// 32 bytes from which a challenge's noise is drawn; 64 hex digits in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", hex::encode(self.0))
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let mut seed = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        hex::decode_to_slice(digits, &mut seed)
            .map_err(|_| serde::de::Error::custom("a seed is 64 hex digits"))?;
        Ok(Self(seed))
    }
}

/// Our part of a request. A challenge and a user's request look the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestExtras {
    /// Seed of the noise that sampling adds; the miner draws one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

/// Our part of an answer: what a verifier needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerExtras {
    /// Generated tokens, the end-of-text token included if it was picked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_ids: Vec<u32>,
    /// For each of them, the natural logarithm of its probability at temperature 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logprobs: Vec<f32>,
    /// Tokens of the prompt as the miner read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_token_ids: Option<Vec<u32>>,
    /// The seed that was used, where sampling used one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

/// Tokens that an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt or of all texts.
    pub prompt_tokens: u32,
    /// Tokens generated.
    #[serde(default)]
    pub completion_tokens: u32,
    /// Their sum.
    pub total_tokens: u32,
}

impl Usage {
    /// Usage of `prompt` read and `completion` generated tokens.
    pub fn new(prompt: u32, completion: u32) -> Self {
        let total_tokens = prompt.saturating_add(completion);
        Self { prompt_tokens: prompt, completion_tokens: completion, total_tokens }
    }
}

/// Why generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended the text.
    Stop,
    /// The number of new tokens was reached.
    Length,
}

/// Answer of `GET /v1/models`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelList {
    /// `list`.
    pub object: String,
    /// The models.
    pub data: Vec<Model>,
}

impl ModelList {
    /// A list of these models.
    pub fn new(data: Vec<Model>) -> Self {
        Self { object: "list".into(), data }
    }
}

/// A model that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its name in requests.
    pub id: String,
    /// `model`.
    pub object: String,
    /// Unix time in seconds since it is served.
    pub created: u64,
    /// Who serves it.
    pub owned_by: String,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<ModelExtras>,
}

impl Model {
    /// A model of this name, served by the holder of `hotkeys`.
    pub fn new(id: impl Into<String>, created: u64, alun: ModelExtras) -> Self {
        let owned_by = alun.hotkeys.first().cloned().unwrap_or_default();
        Self { id: id.into(), object: "model".into(), created, owned_by, alun: Some(alun) }
    }
}

/// Our part of a model's entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelExtras {
    /// Model commitment, hex.
    pub commitment: String,
    /// Addresses of the hotkeys that serve it here.
    pub hotkeys: Vec<String>,
    /// Subnets it is served on.
    pub netuids: Vec<u16>,
}
