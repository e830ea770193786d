//! Answers as server-sent events, with the receipt as the last of them.

use super::{
    deadline_left,
    gate::Passed,
    generation::{count, finish_reason, Job, Style},
    receipt,
    routes::{self, Reply},
};
use crate::{admission::Permit, model::refusal, App};
use alun_inference::{Generated, GenerationService, StreamToken};
use alun_protocol::{
    messages::{self, AnswerExtras, ChatChunk, ChatDelta, Completion, FinishReason, Role},
    stream, Refusal,
};
use axum::{
    body::{Body, Bytes},
    http::{header, HeaderValue, StatusCode},
};
use sha2::{Digest as _, Sha256};
use std::{convert::Infallible, sync::Arc};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;

/// Events that may be written ahead of a slow reader.
const AHEAD: usize = 32;

/// Where the tokens come from.
enum Source {
    /// As the model picks them.
    Live(mpsc::Receiver<alun_inference::Result<StreamToken>>),
    /// An answer that is there already.
    Ready(Box<Generated>),
}

/// Starts the stream; what can be refused is refused here, with a status of its own.
pub(crate) async fn answer(
    app: &Arc<App>,
    service: &GenerationService,
    passed: Passed,
    job: Job,
    permit: Permit,
) -> Result<Reply, Refusal> {
    let strategy = app.served.get(passed.receiver).map(|one| one.strategy).unwrap_or_default();
    let source = if strategy.is_honest() {
        let tokens = service.generate_stream(job.request.clone());
        Source::Live(tokens.map_err(|error| refusal(&error))?)
    } else {
        let generated =
            strategy.generate(&app.cheats, service, job.request.clone(), passed.started).await?;
        strategy.dawdle(passed.started, app.target).await;
        Source::Ready(Box::new(generated))
    };
    let (events, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(write(app.clone(), passed, job, source, permit, events));
    let body = Body::from_stream(ReceiverStream::new(receiver));
    let mut response = routes::respond(StatusCode::OK, "text/event-stream", body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(Reply::Stream(response))
}

type Events = mpsc::Sender<Result<Bytes, Infallible>>;

/// Writes the whole stream, or as much of it as its time and its reader allow, and counts it.
async fn write(
    app: Arc<App>,
    passed: Passed,
    job: Job,
    source: Source,
    permit: Permit,
    events: Events,
) {
    let mut writer = Writer { events, hash: Sha256::new(), job: &job, sent: 0 };
    let work = writer.write_all(&app, &passed, source);
    let result = timeout(deadline_left(passed.started), work).await;
    drop(permit);
    let outcome = match result {
        Ok(Ok(())) => "ok",
        Ok(Err(Broken::Gone)) => "gone",
        Ok(Err(Broken::Failed(refusal))) => writer.fail(&refusal),
        Err(_) => writer.fail(&Refusal::TimedOut),
    };
    let endpoint = match job.style {
        Style::Completion => messages::COMPLETIONS,
        Style::Chat => messages::CHAT_COMPLETIONS,
    };
    app.metrics.request(endpoint, outcome, passed.started.elapsed());
}

/// Why a stream ends early.
enum Broken {
    /// Nobody reads it any more.
    Gone,
    /// It can't go on.
    Failed(Refusal),
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self::Failed(refusal)
    }
}

struct Writer<'a> {
    events: Events,
    hash: Sha256,
    job: &'a Job,
    /// Tokens sent.
    sent: usize,
}

impl Writer<'_> {
    async fn write_all(
        &mut self,
        app: &App,
        passed: &Passed,
        source: Source,
    ) -> Result<(), Broken> {
        if self.job.style == Style::Chat {
            let delta = ChatDelta { role: Some(Role::Assistant), content: Some(String::new()) };
            self.chunk(delta, None, None).await?;
        }
        match source {
            Source::Live(tokens) => self.live(tokens).await?,
            Source::Ready(generated) => self.ready(*generated).await?,
        }
        let usage = self.job.usage_of(self.sent);
        if self.job.usage {
            self.usage_chunk().await?;
        }
        self.send(stream::DONE.to_owned()).await?;
        count(app, usage);
        let hash = self.hash.clone().finalize().into();
        let signed = receipt::sign(app, passed, hash, usage)?;
        self.send(stream::receipt_event(&signed)).await
    }

    async fn live(
        &mut self,
        mut tokens: mpsc::Receiver<alun_inference::Result<StreamToken>>,
    ) -> Result<(), Broken> {
        loop {
            let token = match tokens.recv().await {
                Some(token) => token.map_err(|error| refusal(&error))?,
                // Its worker ended before the answer did.
                None => return Err(Refusal::Failed.into()),
            };
            let finish = token.finish.map(finish_reason);
            let extras = self.extras(vec![token.token], vec![token.logprob]);
            self.text(token.text, finish, extras).await?;
            if finish.is_some() {
                return Ok(());
            }
        }
    }

    async fn ready(&mut self, generated: Generated) -> Result<(), Broken> {
        let finish = Some(finish_reason(generated.finish));
        let extras = self.extras(generated.tokens, generated.logprobs);
        self.text(generated.text, finish, extras).await
    }

    /// What a verifier needs of some tokens; with the first of them what holds for all.
    fn extras(&mut self, token_ids: Vec<u32>, logprobs: Vec<f32>) -> AnswerExtras {
        let first = self.sent == 0;
        self.sent = self.sent.saturating_add(token_ids.len());
        AnswerExtras {
            token_ids,
            logprobs,
            prompt_token_ids: first.then(|| self.job.request.prompt.clone()),
            seed: self.job.seed.filter(|_| first),
        }
    }

    async fn text(
        &mut self,
        text: String,
        finish: Option<FinishReason>,
        extras: AnswerExtras,
    ) -> Result<(), Broken> {
        self.chunk(ChatDelta { role: None, content: Some(text) }, finish, Some(extras)).await
    }

    /// One chunk in the shape of the request.
    async fn chunk(
        &mut self,
        delta: ChatDelta,
        finish: Option<FinishReason>,
        extras: Option<AnswerExtras>,
    ) -> Result<(), Broken> {
        let Job { id, created, model, .. } = self.job;
        let event = match self.job.style {
            Style::Completion => {
                let text = delta.content.unwrap_or_default();
                let mut chunk = Completion::new(id, *created, model, text, finish);
                chunk.alun = extras;
                stream::event(&chunk)
            }
            Style::Chat => {
                let mut chunk = ChatChunk::new(id, *created, model, delta, finish);
                chunk.alun = extras;
                stream::event(&chunk)
            }
        };
        self.send_json(event).await
    }

    /// The chunk that only tells the usage.
    async fn usage_chunk(&mut self) -> Result<(), Broken> {
        let Job { id, created, model, .. } = self.job;
        let usage = Some(self.job.usage_of(self.sent));
        let event = match self.job.style {
            Style::Completion => {
                let chunk = Completion::new(id, *created, model, "", None);
                stream::event(&Completion { choices: Vec::new(), usage, ..chunk })
            }
            Style::Chat => {
                let chunk = ChatChunk::new(id, *created, model, ChatDelta::default(), None);
                stream::event(&ChatChunk { choices: Vec::new(), usage, ..chunk })
            }
        };
        self.send_json(event).await
    }

    async fn send_json(&mut self, event: Result<String, serde_json::Error>) -> Result<(), Broken> {
        let event = event.map_err(|error| {
            tracing::error!(%error, "an event can't be written");
            Refusal::Failed
        })?;
        self.send(event).await
    }

    async fn send(&mut self, event: String) -> Result<(), Broken> {
        self.hash.update(&event);
        self.events.send(Ok(event.into())).await.map_err(|_| Broken::Gone)
    }

    /// Ends the stream with an error, without a receipt.
    fn fail(&mut self, refusal: &Refusal) -> &'static str {
        // A reader that takes nothing more needs no error either.
        let _ = self.events.try_send(Ok(stream::error_event(refusal).into()));
        refusal.code()
    }
}
