//! A user's request as the question that miners are asked: the very shape of a challenge. What the
//! user called the model, how vectors are to be written, and that it was a chat, stays here.

use crate::{api::ApiError, subnets::Model, subnets::Subnet};
use alun_inference::{GenerateRequest, InferenceError, Sampling as Rule};
use alun_protocol::messages::{
    self, ChatRequest, CompletionRequest, EmbeddingsRequest, EncodingFormat, Request,
    RequestExtras, Sampling, Seed,
};
use alun_scoring::Question;
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Sets seeds that users choose apart from every other hash; as miners do it.
const USER_SEED: &[u8] = b"alun/user-seed/1";

/// In which shape to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Vectors, written so.
    Embedding(EncodingFormat),
    /// A prompt that is continued.
    Completion,
    /// A conversation.
    Chat,
}

/// A request that was understood.
#[derive(Clone, Debug)]
pub struct Job {
    /// The shape of the answer.
    pub style: Style,
    /// What miners are asked.
    pub question: Question,
    /// Tokens of the prompt or of all texts, counted here.
    pub prompt_tokens: u32,
    /// Most tokens that can be generated.
    pub most_new: u32,
    /// Whether to send tokens as they come.
    pub streams: bool,
    /// Whether the stream's last chunk tells the usage.
    pub usage: bool,
}

/// Which of the three endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/embeddings`.
    Embeddings,
    /// `/v1/completions`.
    Completions,
    /// `/v1/chat/completions`.
    Chat,
}

impl Endpoint {
    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Embeddings => messages::EMBEDDINGS,
            Self::Completions => messages::COMPLETIONS,
            Self::Chat => messages::CHAT_COMPLETIONS,
        }
    }
}

/// Understands a request's body. Tokenises: call it off the async threads.
pub fn understand(
    subnets: &[Arc<Subnet>],
    endpoint: Endpoint,
    body: &[u8],
) -> Result<(Arc<Subnet>, Job), ApiError> {
    match endpoint {
        Endpoint::Embeddings => {
            let request: EmbeddingsRequest = messages::parse(body)?;
            let subnet = find(subnets, endpoint, request.model())?;
            let Model::Embedding(model) = &subnet.model else { return Err(ApiError::failed()) };
            let texts = request.input.0;
            model.limits().check_texts(texts.len()).map_err(refused)?;
            let mut prompt_tokens = 0u32;
            for (index, text) in texts.iter().enumerate() {
                if text.trim().is_empty() {
                    return Err(ApiError::bad("empty", format!("`input[{index}]` is blank")));
                }
                let count = model.count_tokens(text).map_err(refused)?;
                let limit = model.limits().text_tokens;
                if count > limit {
                    let error = InferenceError::TextTooLong { index, found: count, limit };
                    return Err(refused(error));
                }
                prompt_tokens = prompt_tokens.saturating_add(number(count));
            }
            let format = request.encoding_format.unwrap_or_default();
            let job = Job {
                style: Style::Embedding(format),
                question: Question::Embedding { texts },
                prompt_tokens,
                most_new: 0,
                streams: false,
                usage: false,
            };
            Ok((subnet, job))
        }
        Endpoint::Completions => {
            let request: CompletionRequest = messages::parse(body)?;
            let subnet = find(subnets, endpoint, request.model())?;
            let prompt = request.prompt().to_owned();
            let job =
                generation(&subnet, Style::Completion, prompt, &request.sampling, request.alun)?;
            Ok((subnet, job))
        }
        Endpoint::Chat => {
            let request: ChatRequest = messages::parse(body)?;
            let subnet = find(subnets, endpoint, request.model())?;
            let Model::Generation(model) = &subnet.model else { return Err(ApiError::failed()) };
            let turns: Vec<(&str, &str)> = request
                .messages
                .iter()
                .map(|message| (message.role.name(), message.content.as_str()))
                .collect();
            let prompt = model.chat_prompt(&turns);
            let job = generation(&subnet, Style::Chat, prompt, &request.sampling, request.alun)?;
            Ok((subnet, job))
        }
    }
}

fn generation(
    subnet: &Subnet,
    style: Style,
    prompt: String,
    sampling: &Sampling,
    extras: Option<RequestExtras>,
) -> Result<Job, ApiError> {
    let Model::Generation(model) = &subnet.model else { return Err(ApiError::failed()) };
    let seed = seed(sampling, extras);
    let tokens = model.encode(&prompt).map_err(refused)?;
    let (prompt_tokens, temperature) = (number(tokens.len()), sampling.temperature());
    let max_tokens = usize::try_from(sampling.new_tokens()).unwrap_or(usize::MAX);
    let request = GenerateRequest {
        prompt: tokens,
        max_new_tokens: max_tokens,
        sampling: Rule::from_temperature(temperature, seed),
        ignore_eos: false,
    };
    model.check(&request).map_err(refused)?;
    Ok(Job {
        style,
        question: Question::Generation { prompt, max_tokens, temperature, seed },
        prompt_tokens,
        most_new: number(max_tokens),
        streams: sampling.streams(),
        usage: sampling.streams_usage(),
    })
}

/// The subnet that serves a model; without a name, the first that serves the endpoint.
fn find(
    subnets: &[Arc<Subnet>],
    endpoint: Endpoint,
    model: Option<&str>,
) -> Result<Arc<Subnet>, ApiError> {
    let embeds = endpoint == Endpoint::Embeddings;
    let fits = |subnet: &&Arc<Subnet>| matches!(subnet.model, Model::Embedding(_)) == embeds;
    let named = |subnet: &&Arc<Subnet>| model.is_none_or(|name| name == subnet.name);
    if let Some(found) = subnets.iter().filter(fits).find(named) {
        return Ok(found.clone());
    }
    let served: Vec<&str> = subnets.iter().filter(fits).map(|one| one.name.as_str()).collect();
    let served = if served.is_empty() { "none".to_owned() } else { served.join(", ") };
    let asked: String = model.unwrap_or("").chars().take(64).collect();
    let message = format!("the model {asked:?} is not served at this path; there is: {served}");
    Err(ApiError { status: 404, ..ApiError::bad("model_not_found", message) })
}

/// The seed of the noise: the request's own, else the user's number, else random.
fn seed(sampling: &Sampling, extras: Option<RequestExtras>) -> [u8; 32] {
    if let Some(Seed(seed)) = extras.and_then(|extras| extras.seed) {
        return seed;
    }
    if let Some(number) = sampling.seed {
        let hash = Sha256::new().chain_update(USER_SEED).chain_update(number.to_le_bytes());
        return hash.finalize().into();
    }
    let mut seed = [0; 32];
    rand::thread_rng().fill_bytes(&mut seed);
    seed
}

fn refused(error: InferenceError) -> ApiError {
    if error.is_request_error() {
        return ApiError::bad("invalid_request", error.to_string());
    }
    tracing::error!(%error, "the own model failed on a request");
    ApiError::failed()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_should_be_the_requests_then_the_users_then_random() {
        let sampling = Sampling { seed: Some(7), ..Sampling::default() };
        let extras = RequestExtras { seed: Some(Seed([9; 32])) };
        assert_eq!(seed(&sampling, Some(extras)), [9; 32]);
        assert_eq!(seed(&sampling, None), seed(&sampling, None));
        assert_ne!(seed(&Sampling::default(), None), seed(&Sampling::default(), None));
    }
}
