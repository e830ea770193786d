//! `POST /v1/chat/completions`.

use super::{
    sampling::with_sampling, AnswerExtras, FinishReason, Request, RequestExtras, Sampling, Usage,
};
use crate::{error::Refusal, limits};
use serde::{Deserialize, Deserializer, Serialize};

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    #[serde(alias = "developer")]
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// Its name in chat templates.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// Its text. Read from a string or from a list of text parts.
    #[serde(deserialize_with = "content")]
    pub content: String,
}

/// A message's content as clients write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
}

fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Content::deserialize(deserializer) {
        Ok(Content::Text(text)) => Ok(text),
        Ok(Content::Parts(parts)) => {
            let texts: Vec<String> = parts.into_iter().map(|Part::Text { text }| text).collect();
            Ok(texts.join("\n"))
        }
        Err(_) => {
            Err(serde::de::Error::custom("`content` must be a string or a list of text parts"))
        }
    }
}

/// A conversation to answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChatRequest {
    /// Model; what is served if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// At most [`limits::CHAT_MESSAGES`] messages, the last of them not empty.
    pub messages: Vec<ChatMessage>,
    /// How tokens are picked.
    #[serde(flatten)]
    pub sampling: Sampling,
    /// Our extras.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alun: Option<RequestExtras>,
}

/// The fields of a [`ChatRequest`] without those of [`Sampling`].
#[derive(Deserialize)]
struct Fields {
    model: Option<String>,
    messages: Vec<ChatMessage>,
    alun: Option<RequestExtras>,
}

impl<'de> Deserialize<'de> for ChatRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (fields, sampling): (Fields, _) = with_sampling(deserializer)?;
        let Fields { model, messages, alun } = fields;
        Ok(Self { model, messages, sampling, alun })
    }
}

impl Request for ChatRequest {
    fn check(&self) -> Result<(), Refusal> {
        let count = self.messages.len() as u64;
        if count > limits::CHAT_MESSAGES {
            return Err(Refusal::TooManyMessages { count });
        }
        match self.messages.last() {
            None => return Err(Refusal::Empty { what: "`messages`".into() }),
            Some(last) if last.content.is_empty() => {
                return Err(Refusal::Empty { what: "the last message".into() });
            }
            Some(_) => {}
        }
        self.sampling.check()
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// Answer to a [`ChatRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatAnswer {
    /// The miner's id of the answer.
    pub id: String,
    /// `chat.completion`.
    pub object: String,
    /// Unix time in seconds.
    pub created: u64,
    /// Model used.
    pub model: String,
    /// One choice.
    pub choices: Vec<ChatChoice>,
    /// Tokens read and generated.
    pub usage: Usage,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<AnswerExtras>,
}

impl ChatAnswer {
    /// An answer with this text.
    pub fn new(
        id: impl Into<String>,
        created: u64,
        model: impl Into<String>,
        text: impl Into<String>,
        finish_reason: FinishReason,
        usage: Usage,
    ) -> Self {
        let message = ChatMessage { role: Role::Assistant, content: text.into() };
        Self {
            id: id.into(),
            object: "chat.completion".into(),
            created,
            model: model.into(),
            choices: vec![ChatChoice { index: 0, message, finish_reason: Some(finish_reason) }],
            usage,
            alun: None,
        }
    }
}

/// The one choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatChoice {
    /// 0.
    pub index: u32,
    /// The answer.
    pub message: ChatMessage,
    /// Why it ended.
    pub finish_reason: Option<FinishReason>,
}

/// A chunk of a chat's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatChunk {
    /// The miner's id of the answer, the same in each chunk.
    pub id: String,
    /// `chat.completion.chunk`.
    pub object: String,
    /// Unix time in seconds, the same in each chunk.
    pub created: u64,
    /// Model used.
    pub model: String,
    /// One choice; none in a chunk that only tells the usage.
    pub choices: Vec<ChatChunkChoice>,
    /// Tokens read and generated, in the last chunk, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<AnswerExtras>,
}

impl ChatChunk {
    /// A chunk with this delta.
    pub fn new(
        id: impl Into<String>,
        created: u64,
        model: impl Into<String>,
        delta: ChatDelta,
        finish_reason: Option<FinishReason>,
    ) -> Self {
        Self {
            id: id.into(),
            object: "chat.completion.chunk".into(),
            created,
            model: model.into(),
            choices: vec![ChatChunkChoice { index: 0, delta, finish_reason }],
            usage: None,
            alun: None,
        }
    }
}

/// The one choice of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatChunkChoice {
    /// 0.
    pub index: u32,
    /// What is new.
    pub delta: ChatDelta,
    /// Why it ended; `null` before its end.
    pub finish_reason: Option<FinishReason>,
}

/// What is new in a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatDelta {
    /// In the first chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Text that goes on from the last chunk's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}
