//! `POST /v1/completions` and `POST /v1/chat/completions`.

use super::{
    gate::{self, Passed},
    receipt,
    routes::Reply,
    stream,
};
use crate::{clock, model::refusal, App, Model};
use alun_inference::{
    Finish, GenerateRequest, Generated, GenerationModel, GenerationService, Sampling as Rule,
};
use alun_protocol::{
    messages::{
        self, AnswerExtras, ChatAnswer, ChatRequest, Completion, CompletionRequest, FinishReason,
        Request as _, RequestExtras, Sampling, Seed, Usage,
    },
    Refusal,
};
use axum::extract::Request;
use rand::RngCore;
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Instant};
use tokio::task::spawn_blocking;

/// Sets seeds that users choose apart from every other hash.
const USER_SEED: &[u8] = b"alun/user-seed/1";
/// Bytes of a request's hash that name its answer.
const ID_BYTES: usize = 12;

/// Which of the two shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A prompt that is continued.
    Completion,
    /// A conversation.
    Chat,
}

/// A request that was understood.
#[derive(Debug)]
pub(crate) struct Job {
    pub style: Style,
    pub request: GenerateRequest,
    /// Seed of the noise, if there is any.
    pub seed: Option<Seed>,
    pub streams: bool,
    /// Whether a stream's last chunk tells the usage.
    pub usage: bool,
    /// Name of the answer.
    pub id: String,
    /// Unix time in seconds.
    pub created: u64,
    /// Name of the model.
    pub model: String,
}

impl Job {
    /// Usage with so many tokens generated.
    pub fn usage_of(&self, generated: usize) -> Usage {
        // Saturation: both are far below 2³².
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Usage::new(count(self.request.prompt.len()), count(generated))
    }
}

/// Answers a request, or says why not.
pub(crate) async fn answer(
    app: &Arc<App>,
    style: Style,
    request: Request,
    started: Instant,
) -> Result<Reply, Refusal> {
    let Model::Generation(service) = &app.model else { return Err(Refusal::NotFound) };
    let passed = gate::pass(app, request, started).await?;
    // What is asked for is not known yet: bodies of a subnet's questions are alike, and so is their work.
    let work = u64::try_from(passed.body.len()).unwrap_or(u64::MAX);
    let permit = app.admission.enter(passed.stake, work).await?;
    let job = understand(app, service, style, &passed).await?;
    if job.streams {
        return stream::answer(app, service, passed, job, permit).await;
    }
    let strategy = app.served.get(passed.receiver).map(|one| one.strategy).unwrap_or_default();
    let generated =
        strategy.generate(&app.cheats, service, job.request.clone(), passed.started).await?;
    drop(permit);
    strategy.dawdle(passed.started, app.target).await;
    whole(app, &passed, &job, generated).map(Reply::Whole)
}

/// The whole answer, receipted.
fn whole(
    app: &App,
    passed: &Passed,
    job: &Job,
    generated: Generated,
) -> Result<axum::response::Response, Refusal> {
    let usage = job.usage_of(generated.tokens.len());
    count(app, usage);
    let finish = finish_reason(generated.finish);
    let extras = AnswerExtras {
        token_ids: generated.tokens,
        logprobs: generated.logprobs,
        prompt_token_ids: Some(job.request.prompt.clone()),
        seed: job.seed,
    };
    let (id, created, model) = (&job.id, job.created, &job.model);
    match job.style {
        Style::Completion => {
            let mut answer = Completion::new(id, created, model, generated.text, Some(finish));
            (answer.usage, answer.alun) = (Some(usage), Some(extras));
            receipt::receipted(app, passed, &answer, usage)
        }
        Style::Chat => {
            let mut answer = ChatAnswer::new(id, created, model, generated.text, finish, usage);
            answer.alun = Some(extras);
            receipt::receipted(app, passed, &answer, usage)
        }
    }
}

/// Adds to the metrics.
pub(crate) fn count(app: &App, usage: Usage) {
    app.metrics.prompt_tokens.inc_by(usage.prompt_tokens.into());
    app.metrics.completion_tokens.inc_by(usage.completion_tokens.into());
}

/// Why an answer ended, as it is sent.
pub(crate) fn finish_reason(finish: Finish) -> FinishReason {
    match finish {
        Finish::Stop => FinishReason::Stop,
        Finish::Length => FinishReason::Length,
    }
}

/// Reads the body and turns it into tokens and a rule.
async fn understand(
    app: &App,
    service: &GenerationService,
    style: Style,
    passed: &Passed,
) -> Result<Job, Refusal> {
    let name = &app.model.info().name;
    let (prompt, sampling, extras) = match style {
        Style::Completion => {
            let asked: CompletionRequest = messages::parse(&passed.body)?;
            asked.check_model(name)?;
            (Prompt::Text(asked.prompt().to_owned()), asked.sampling, asked.alun)
        }
        Style::Chat => {
            let asked: ChatRequest = messages::parse(&passed.body)?;
            asked.check_model(name)?;
            let messages = asked.messages.into_iter();
            let turns = messages.map(|one| (one.role.name(), one.content)).collect();
            (Prompt::Chat(turns), asked.sampling, asked.alun)
        }
    };
    let prompt = encode(service.model().clone(), prompt).await?;
    let (rule, seed) = rule(&sampling, extras.as_ref());
    let request = GenerateRequest {
        prompt,
        max_new_tokens: usize::try_from(sampling.new_tokens()).unwrap_or(usize::MAX),
        sampling: rule,
        ignore_eos: false,
    };
    service.model().check(&request).map_err(|error| refusal(&error))?;
    let hash = passed.headers.request_hash();
    let kind = match style {
        Style::Completion => "cmpl",
        Style::Chat => "chatcmpl",
    };
    Ok(Job {
        style,
        request,
        seed,
        streams: sampling.streams(),
        usage: sampling.streams_usage(),
        id: format!("{kind}-{}", hex::encode(hash.get(..ID_BYTES).unwrap_or(&hash))),
        created: clock::now_s(),
        model: name.clone(),
    })
}

enum Prompt {
    Text(String),
    Chat(Vec<(&'static str, String)>),
}

/// Tokens of a prompt. A body full of text takes a while, so it has a thread of its own.
async fn encode(model: Arc<GenerationModel>, prompt: Prompt) -> Result<Vec<u32>, Refusal> {
    let encoding = spawn_blocking(move || {
        let tokens = match &prompt {
            Prompt::Text(text) => model.encode(text),
            Prompt::Chat(turns) => model.encode_chat(turns),
        };
        tokens.map_err(|error| refusal(&error))
    });
    encoding.await.unwrap_or(Err(Refusal::Failed))
}

/// The rule that picks tokens, and its seed: the challenge's, else the user's, else a random one.
fn rule(sampling: &Sampling, extras: Option<&RequestExtras>) -> (Rule, Option<Seed>) {
    let temperature = sampling.temperature();
    if temperature == 0.0 {
        return (Rule::Greedy, None);
    }
    let user = || sampling.seed.map(user_seed);
    let seed = extras.and_then(|extras| extras.seed).or_else(user).unwrap_or_else(|| {
        let mut seed = [0; 32];
        rand::thread_rng().fill_bytes(&mut seed);
        Seed(seed)
    });
    (Rule::from_temperature(temperature, seed.0), Some(seed))
}

fn user_seed(seed: i64) -> Seed {
    Seed(Sha256::new().chain_update(USER_SEED).chain_update(seed.to_le_bytes()).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_should_be_the_challenges_then_the_users_then_random() {
        let sampling = Sampling { seed: Some(7), ..Sampling::default() };
        let extras = RequestExtras { seed: Some(Seed([9; 32])) };
        assert_eq!(rule(&sampling, Some(&extras)).1, Some(Seed([9; 32])));
        assert_eq!(rule(&sampling, None).1, Some(user_seed(7)));
        let random = || rule(&Sampling::default(), None).1.unwrap();
        assert_ne!(random(), random());
        let greedy = Sampling { temperature: Some(0.0), ..sampling };
        assert_eq!(rule(&greedy, Some(&extras)), (Rule::Greedy, None));
    }
}
