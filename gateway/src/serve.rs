//! The API for users, and the pages for operators.

use crate::{
    api::ApiError,
    clock, forward,
    keys::{ApiKey, KeyRing},
    meter::Meter,
    metrics::Metrics,
    question::{understand, Endpoint, Job, Style},
    spot::Spot,
    stream::{self, Passing},
    subnets::{Model as Loaded, Subnet},
};
use alun_exchange::{request_as, send, Fault};
use alun_keys::Keypair;
use alun_protocol::{
    limits,
    messages::{
        self, ChatAnswer, Completion, EmbeddingsAnswer, EncodingFormat, FinishReason, Model,
        ModelExtras, ModelList, Usage,
    },
};
use alun_scoring::{Answer, Question};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{header, HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
    Json, Router,
};
use futures::StreamExt;
use serde_json::json;
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    time::Instant,
};
use tokio::{
    sync::{mpsc, OwnedSemaphorePermit, Semaphore},
    time::{timeout, timeout_at, Instant as Timer},
};
use tokio_stream::wrappers::ReceiverStream;

/// Which miner answered, its address: for those who want to know.
const HEADER_MINER: &str = "x-alun-miner";

/// What every request works with.
pub struct App {
    /// The validator's hotkey, which signs requests.
    pub key: Arc<Keypair>,
    /// For asking miners.
    pub http: reqwest::Client,
    /// What is served.
    pub subnets: Vec<Arc<Subnet>>,
    /// Who may ask.
    pub ring: Arc<KeyRing>,
    /// What they used.
    pub meter: Arc<Meter>,
    /// Checks of answers.
    pub spot: Spot,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Requests that run at once.
    pub admission: Admission,
    /// Unix time in seconds of the start.
    pub started_s: u64,
}

/// How many requests run and wait.
pub struct Admission {
    running: usize,
    queued: usize,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Admission {
    /// For so many at once and so many that wait.
    pub fn new(running: usize, queued: usize) -> Self {
        let places = Arc::new(Semaphore::new(running));
        Self { running, queued, places, waiting: AtomicUsize::new(0) }
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        /// Leaves the queue, also when its user goes away.
        struct Leaving<'a>(&'a AtomicUsize);
        impl Drop for Leaving<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _leaving = Leaving(&self.waiting);
        if before >= self.queued {
            return Err(ApiError::busy(self.running, self.queued));
        }
        let place = timeout(limits::TOTAL_WITHIN, self.places.clone().acquire_owned()).await;
        match place {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ApiError::busy(self.running, self.queued)),
        }
    }
}

/// Every path for users.
pub fn users(app: Arc<App>) -> Router {
    Router::new()
        .route(
            messages::EMBEDDINGS,
            post(|state, request| answer(state, Endpoint::Embeddings, request)),
        )
        .route(
            messages::COMPLETIONS,
            post(|state, request| answer(state, Endpoint::Completions, request)),
        )
        .route(
            messages::CHAT_COMPLETIONS,
            post(|state, request| answer(state, Endpoint::Chat, request)),
        )
        .route(messages::MODELS, get(models))
        .route("/v1/usage", get(usage))
        .route("/health", get(health))
        .fallback(|| async {
            let message = "there is nothing at this path; see GET /v1/models for what is served";
            ApiError { status: 404, ..ApiError::bad("not_found", message) }
        })
        .with_state(app)
}

/// Every path for operators.
pub fn operators(app: Arc<App>) -> Router {
    Router::new().route("/health", get(health)).route("/metrics", get(metrics)).with_state(app)
}

async fn health(State(app): State<Arc<App>>) -> Response {
    let blind = app.subnets.iter().any(|subnet| subnet.view().is_err());
    let subnets: Vec<_> = app
        .subnets
        .iter()
        .map(|subnet| {
            let miners = subnet.view().map_or(0, |view| view.miners.len());
            json!({ "netuid": subnet.netuid.0, "model": subnet.name, "miners": miners,
                    "chain_age_s": subnet.age().as_secs() })
        })
        .collect();
    let code = if blind { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let status = if blind { "blind" } else { "ok" };
    (code, Json(json!({ "status": status, "subnets": subnets }))).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let free = app.admission.places.available_permits();
    app.metrics.running.set(number(app.admission.running.saturating_sub(free)));
    app.metrics.waiting.set(number(app.admission.waiting.load(Ordering::Relaxed)));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.text()).into_response()
}

async fn models(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    key_of(&app, &headers)?;
    let list = app.subnets.iter().map(|subnet| {
        let extras = ModelExtras {
            commitment: hex::encode(subnet.task.model()),
            hotkeys: Vec::new(),
            netuids: vec![subnet.netuid.0],
        };
        let mut model = Model::new(subnet.name.clone(), app.started_s, extras);
        model.owned_by = format!("subnet {}", subnet.netuid);
        model
    });
    Ok(Json(ModelList::new(list.collect())).into_response())
}

async fn usage(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let key = key_of(&app, &headers)?;
    let used = app.meter.used(&key)?;
    let tokens = |amount: u64| alun_client::Tokens(amount).to_string();
    Ok(Json(json!({
        "key": key.id, "name": key.name, "requests": used.requests, "prompt_tokens": used.prompt,
        "completion_tokens": used.completion, "spent": tokens(used.amount),
        "limit": tokens(key.limit), "requests_per_second": key.per_second,
    }))
    .into_response())
}

/// The key that a request names, if it is accepted.
fn key_of(app: &App, headers: &HeaderMap) -> Result<Arc<ApiKey>, ApiError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = value.and_then(|value| value.strip_prefix("Bearer "));
    text.and_then(|text| app.ring.find(text.trim())).ok_or_else(ApiError::key)
}

async fn answer(State(app): State<Arc<App>>, endpoint: Endpoint, request: Request) -> Response {
    let started = Instant::now();
    match work(&app, endpoint, request, started).await {
        Ok(Done::Whole(response)) => {
            app.metrics.request(endpoint.path(), "ok", started.elapsed());
            response
        }
        // Whoever passes it on counts it.
        Ok(Done::Streams(response)) => response,
        Err(error) => {
            tracing::debug!(path = endpoint.path(), code = error.code, %error, "refused");
            app.metrics.request(endpoint.path(), error.code, started.elapsed());
            error.into_response()
        }
    }
}

enum Done {
    Whole(Response),
    Streams(Response),
}

async fn work(
    app: &Arc<App>,
    endpoint: Endpoint,
    request: Request,
    started: Instant,
) -> Result<Done, ApiError> {
    let key = key_of(app, request.headers())?;
    app.meter.admit(&key)?;
    let place = app.admission.enter().await?;
    let body = read(request.into_body()).await?;
    let understood = {
        let app = app.clone();
        tokio::task::spawn_blocking(move || understand(&app.subnets, endpoint, &body)).await
    };
    let (subnet, job) = understood.map_err(|_| ApiError::failed())??;
    let reservation = app.meter.reserve(&key, job.prompt_tokens, job.most_new)?;
    let streams = job.streams && stream::can_stream(&job.question);
    let (path, bytes) = request_as(&job.question, streams).map_err(|_| ApiError::failed())?;
    if bytes.len() as u64 > limits::BODY_BYTES {
        return Err(alun_protocol::Refusal::BodyTooLarge.into());
    }
    if !streams {
        let won = forward::first(&subnet, &app.metrics, started, |asked| {
            let (app, bytes, job, subnet) = (app, bytes.clone(), &job, &subnet);
            async move {
                let opened = send(&app.http, &app.key, &asked, path, bytes).await?;
                let received = opened.finish(&job.question).await?;
                shaped(subnet, job, received.answer).map_err(Fault::Failed)
            }
        })
        .await?;
        let answer = won.value;
        let generated = generated(&answer);
        reservation.settle(subnet.netuid.0, job.prompt_tokens, generated).await?;
        let mut response = whole(&subnet, &job, &answer, generated);
        note_miner(&mut response, &won.hotkey);
        app.spot.consider(&subnet, won.hotkey, &job.question, answer);
        return Ok(Done::Whole(response));
    }
    let deadline = Timer::from_std(started + limits::TOTAL_WITHIN);
    let won = forward::first(&subnet, &app.metrics, started, |asked| {
        let (app, bytes) = (app, bytes.clone());
        async move {
            let mut opened = send(&app.http, &app.key, &asked, path, bytes).await?;
            let first = timeout_at(deadline, opened.chunk()).await;
            match first.map_err(|_| Fault::from("no first event in time"))?? {
                Some(first) => Ok((opened, first)),
                None => Err(Fault::from("an empty answer")),
            }
        }
    })
    .await?;
    app.metrics.first_event.observe(started.elapsed().as_secs_f64());
    let (events, receiver) = mpsc::channel(stream::AHEAD);
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(receiver)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    note_miner(&mut response, &won.hotkey);
    let (opened, first) = won.value;
    let app = app.clone();
    let passing = Passing {
        app: app.clone(),
        subnet,
        job,
        reservation,
        miner: won.hotkey,
        opened,
        events,
        started,
    };
    tokio::spawn(async move {
        let outcome = passing.run(first).await;
        drop(place);
        app.metrics.request(endpoint.path(), outcome, started.elapsed());
    });
    Ok(Done::Streams(response))
}

fn note_miner(response: &mut Response, hotkey: &[u8; 32]) {
    if let Ok(value) = HeaderValue::from_str(&alun_keys::ss58::encode(hotkey)) {
        response.headers_mut().insert(HeaderName::from_static(HEADER_MINER), value);
    }
}

/// Reads a body under its cap and in its time.
async fn read(body: Body) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let read = async {
        let mut whole = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece: Bytes = piece.map_err(|_| ApiError::bad("bad_body", "it broke off"))?;
            if whole.len().saturating_add(piece.len()) as u64 > limits::BODY_BYTES {
                return Err(alun_protocol::Refusal::BodyTooLarge.into());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    };
    let limit_s = limits::BODY_WITHIN.as_secs();
    let slow = alun_protocol::Refusal::TooSlow { what: "body", limit_s };
    timeout(limits::BODY_WITHIN, read).await.unwrap_or(Err(slow.into()))
}

/// What can be seen of an answer without running the model: an answer of another shape never
/// reaches a user.
fn shaped(subnet: &Subnet, job: &Job, answer: Answer) -> Result<Answer, String> {
    match (&subnet.model, &job.question, &answer) {
        (
            Loaded::Embedding(model),
            Question::Embedding { texts },
            Answer::Embedding { vectors },
        ) => {
            if vectors.len() != texts.len() {
                return Err(format!("{} vectors for {} texts", vectors.len(), texts.len()));
            }
            let whole = |vector: &Vec<f32>| {
                vector.len() == model.dimensions() && vector.iter().all(|value| value.is_finite())
            };
            if !vectors.iter().all(whole) {
                return Err(format!("a vector without {} numbers", model.dimensions()));
            }
        }
        (
            Loaded::Generation(model),
            Question::Generation { .. },
            Answer::Generation { tokens, text, .. },
        ) => {
            let most = job.most_new as usize;
            if tokens.is_empty() || tokens.len() > most {
                return Err(format!("{} tokens, 1 to {most} asked for", tokens.len()));
            }
            if model.decode(tokens) != *text {
                return Err("the text is not what the tokens say".into());
            }
        }
        _ => return Err("the answer is of another task".into()),
    }
    Ok(answer)
}

fn generated(answer: &Answer) -> u32 {
    match answer {
        Answer::Embedding { .. } | Answer::External { .. } => 0,
        Answer::Generation { tokens, .. } => u32::try_from(tokens.len()).unwrap_or(u32::MAX),
    }
}

/// A whole answer in the shape of the request.
fn whole(subnet: &Subnet, job: &Job, answer: &Answer, generated: u32) -> Response {
    let name = subnet.name.as_str();
    match answer {
        Answer::Embedding { vectors } => {
            let format = match job.style {
                Style::Embedding(format) => format,
                _ => EncodingFormat::Float,
            };
            let tokens = job.prompt_tokens;
            Json(EmbeddingsAnswer::new(name, vectors.clone(), format, tokens)).into_response()
        }
        // No subnet of that kind is opened.
        Answer::External { answer } => Json(answer.clone()).into_response(),
        Answer::Generation { tokens, text, .. } => {
            let stops = match &subnet.model {
                Loaded::Generation(model) => {
                    tokens.last().is_some_and(|token| model.is_stop_token(*token))
                }
                Loaded::Embedding(_) => false,
            };
            let finish = if stops { FinishReason::Stop } else { FinishReason::Length };
            let usage = Usage::new(job.prompt_tokens, generated);
            let id = format!("gw-{:016x}", rand::random::<u64>());
            let created = clock::now_s();
            if job.style == Style::Chat {
                Json(ChatAnswer::new(id, created, name, text, finish, usage)).into_response()
            } else {
                let mut answer = Completion::new(id, created, name, text, Some(finish));
                answer.usage = Some(usage);
                Json(answer).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn admission_should_refuse_at_once_when_the_queue_is_full_and_free_places_on_drop() {
        let admission = Arc::new(Admission::new(1, 1));
        let first = admission.enter().await.unwrap();
        let waits = tokio::spawn({
            let admission = admission.clone();
            async move { admission.enter().await.map(drop) }
        });
        while admission.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let error = admission.enter().await.err().unwrap();
        assert_eq!((error.status, error.code), (503, "overloaded"));
        drop(first);
        waits.await.unwrap().unwrap();
        assert!(admission.enter().await.is_ok());
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}
