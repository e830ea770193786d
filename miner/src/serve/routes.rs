//! Which path does what, and how a refusal is sent.

use super::{deadline_left, embeddings, external, gate, generation, generation::Style, info};
use crate::{App, Model};
use alun_protocol::{messages, Refusal};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{header, HeaderValue, Method, StatusCode},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
    Router,
};
use serde::Serialize;
use std::{sync::Arc, time::Instant};
use tokio::time::timeout;

/// An answer, and who counts it.
pub(crate) enum Reply {
    /// Complete.
    Whole(Response),
    /// Goes on after its headers; whoever writes it counts it.
    Stream(Response),
}

/// Every path of the miner.
pub(crate) fn router(app: Arc<App>) -> Router {
    let router = match &app.model {
        Model::Embedding(_) => Router::new().route(messages::EMBEDDINGS, post(embeddings)),
        Model::Generation(_) => Router::new()
            .route(messages::COMPLETIONS, post(completions))
            .route(messages::CHAT_COMPLETIONS, post(chat)),
        Model::External(_) => Router::new().route(messages::EXTERNAL, post(external)),
    };
    router
        .route(messages::MODELS, get(info::models))
        .route("/health", get(info::health))
        .route("/metrics", get(info::metrics))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), limit_address))
        .with_state(app)
}

async fn limit_address(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match gate::check_address(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            app.metrics.request("any", refusal.code(), Default::default());
            refuse(&refusal)
        }
    }
}

async fn embeddings(State(app): State<Arc<App>>, request: Request) -> Response {
    let started = Instant::now();
    let work = embeddings::answer(&app, request, started);
    finish(&app, messages::EMBEDDINGS, started, work).await
}

async fn external(State(app): State<Arc<App>>, request: Request) -> Response {
    let started = Instant::now();
    let work = external::answer(&app, request, started);
    finish(&app, messages::EXTERNAL, started, work).await
}

async fn completions(State(app): State<Arc<App>>, request: Request) -> Response {
    let started = Instant::now();
    let work = generation::answer(&app, Style::Completion, request, started);
    finish(&app, messages::COMPLETIONS, started, work).await
}

async fn chat(State(app): State<Arc<App>>, request: Request) -> Response {
    let started = Instant::now();
    let work = generation::answer(&app, Style::Chat, request, started);
    finish(&app, messages::CHAT_COMPLETIONS, started, work).await
}

/// Ends a request in its time, counts it, and makes a refusal an answer.
async fn finish(
    app: &App,
    endpoint: &'static str,
    started: Instant,
    work: impl std::future::Future<Output = Result<Reply, Refusal>>,
) -> Response {
    let result = timeout(deadline_left(started), work).await.unwrap_or(Err(Refusal::TimedOut));
    let (response, outcome) = match result {
        Ok(Reply::Stream(response)) => return response,
        Ok(Reply::Whole(response)) => (response, "ok"),
        Err(refusal) => {
            tracing::debug!(endpoint, code = refusal.code(), %refusal, "refused");
            (refuse(&refusal), refusal.code())
        }
    };
    app.metrics.request(endpoint, outcome, started.elapsed());
    response
}

async fn not_found() -> Response {
    refuse(&Refusal::NotFound)
}

async fn wrong_method(request: Request) -> Response {
    let allowed = if request.method() == Method::POST { "GET" } else { "POST" };
    refuse(&Refusal::Method { allowed })
}

/// A refusal as it is sent.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status());
    let mut response = json(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &refusal.body());
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// JSON as it is sent.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // Nothing that is sent can fail to be JSON; an empty body would be all there is to do.
    let body = serde_json::to_vec(body).unwrap_or_default();
    respond(status, "application/json", body)
}

/// A body with its type.
pub(crate) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
