//! Signing what was answered.

use super::{gate::Passed, routes};
use crate::{clock, App};
use alun_protocol::{
    messages::Usage,
    receipt::{Receipt, SignedReceipt, HEADER_RECEIPT},
    Refusal,
};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The receipt for an answer with this hash, signed by the hotkey that was asked.
pub(crate) fn sign(
    app: &App,
    passed: &Passed,
    answer_sha256: [u8; 32],
    usage: Usage,
) -> Result<SignedReceipt, Refusal> {
    let served = app.served.get(passed.receiver).ok_or(Refusal::Failed)?;
    let hotkey = &served.hotkey;
    let receipt = Receipt::of_hash(
        &passed.headers,
        &passed.query,
        answer_sha256,
        app.model.commitment(),
        usage,
        clock::now_ms(),
        hotkey.public(),
    );
    Ok(receipt.sign(&|bytes: &[u8]| hotkey.sign(bytes)))
}

/// A whole answer with its receipt in the header.
pub(crate) fn receipted(
    app: &App,
    passed: &Passed,
    answer: &impl Serialize,
    usage: Usage,
) -> Result<Response, Refusal> {
    let body = serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer can't be written");
        Refusal::Failed
    })?;
    let receipt = sign(app, passed, Sha256::digest(&body).into(), usage)?.to_header();
    let receipt = HeaderValue::from_str(&receipt).map_err(|_| Refusal::Failed)?;
    let mut response = routes::respond(StatusCode::OK, "application/json", body);
    // Names of headers are lowercase inside.
    let name = HeaderName::from_bytes(HEADER_RECEIPT.as_bytes()).map_err(|_| Refusal::Failed)?;
    response.headers_mut().insert(name, receipt);
    Ok(response)
}
