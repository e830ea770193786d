//! `POST /v1/external`: the miner's own program answers.

use super::{gate, receipt, routes::Reply};
use crate::{App, Model};
use alun_protocol::{
    messages::{self, ExternalAnswer, ExternalRequest, Usage},
    Refusal,
};
use axum::extract::Request;
use std::time::Instant;
use tokio::task::spawn_blocking;

/// Answers a request, or says why not.
pub(crate) async fn answer(
    app: &App,
    request: Request,
    started: Instant,
) -> Result<Reply, Refusal> {
    let Model::External(program) = &app.model else { return Err(Refusal::NotFound) };
    let passed = gate::pass(app, request, started).await?;
    let work = u64::try_from(passed.body.len()).unwrap_or(u64::MAX);
    let permit = app.admission.enter(passed.stake, work).await?;
    let asked: ExternalRequest = messages::parse(&passed.body)?;
    let program = program.clone();
    let answering = spawn_blocking(move || program.answer(asked.question));
    let answer = answering.await.unwrap_or(Err(Refusal::Failed))?;
    drop(permit);
    receipt::receipted(app, &passed, &ExternalAnswer { answer }, Usage::new(0, 0)).map(Reply::Whole)
}
