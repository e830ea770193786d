//! What users are told when a request is not answered: OpenAI's error shape.

use alun_protocol::Refusal;
use axum::{
    http::{header, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};

/// A refused or failed request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// OpenAI's kind of error.
    pub kind: &'static str,
    /// Stable name for programs.
    pub code: &'static str,
    /// A sentence that names the limit.
    pub message: String,
    /// Seconds after which to try again.
    pub retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, code: &'static str, message: String) -> Self {
        Self { status, kind, code, message, retry_after: None }
    }

    fn later(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The request can't be answered as it is.
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", code, message.into())
    }

    /// No key, or none that is accepted.
    pub fn key() -> Self {
        let message = "this API key is not accepted here: it was never made, or it was revoked";
        Self::new(401, "authentication_error", "invalid_api_key", message.into())
    }

    /// The key's requests per second are used up.
    pub fn rate(limit: u16) -> Self {
        let message = format!("more than {limit} requests per second with this key; slow down");
        Self::new(429, "rate_limit_error", "rate_limit_exceeded", message).later(1)
    }

    /// What the key may spend is used up.
    pub fn spent(limit: u64, spent: u64, needs: u64) -> Self {
        let tokens = alun_client::Tokens;
        let message = format!(
            "this key may spend {} ALUN and has spent {} (requests that run included); this request may cost up to {}",
            tokens(limit), tokens(spent), tokens(needs)
        );
        Self::new(429, "insufficient_quota", "insufficient_quota", message)
    }

    /// Too many requests wait.
    pub fn busy(running: usize, queued: usize) -> Self {
        let message =
            format!("the gateway is busy: {running} requests run and {queued} wait; try again");
        Self::new(503, "server_error", "overloaded", message).later(1)
    }

    /// Nobody answered.
    pub fn unanswered(why: impl std::fmt::Display) -> Self {
        let message = format!("no miner answered: {why}");
        Self::new(502, "server_error", "no_answer", message).later(1)
    }

    /// Nobody answered in time.
    pub fn slow(seconds: u64) -> Self {
        let message = format!("no answer within {seconds} s; try again, or ask for less");
        Self::new(504, "server_error", "timeout", message).later(1)
    }

    /// The gateway does not know the chain well enough to ask anybody.
    pub fn blind(seconds: u64) -> Self {
        let message = format!("the gateway has not heard of the chain for {seconds} s; try again");
        Self::new(503, "server_error", "chain_unreachable", message).later(5)
    }

    /// The gateway's own fault.
    pub fn failed() -> Self {
        let message = "the gateway failed; its operator finds the cause in the log".to_owned();
        Self::new(500, "server_error", "internal_error", message)
    }

    /// The JSON body.
    pub fn body(&self) -> Value {
        json!({ "error": { "message": self.message, "type": self.kind, "param": null, "code": self.code } })
    }

    /// As the last event of a stream.
    pub fn event(&self) -> String {
        format!("data: {}\n\n", self.body())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.status() {
            422 => 400,
            status => status,
        };
        Self::new(status, "invalid_request_error", refusal.code(), refusal.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
