//! `POST /v1/embeddings`.

use super::{gate, receipt, routes::Reply};
use crate::{model::refusal, App, Model};
use alun_inference::EmbeddingModel;
use alun_protocol::{
    messages::{self, EmbeddingsAnswer, EmbeddingsRequest, Request as _, Usage},
    Refusal,
};
use axum::extract::Request;
use std::{sync::Arc, time::Instant};
use tokio::task::spawn_blocking;

/// Answers a request, or says why not.
pub(crate) async fn answer(
    app: &App,
    request: Request,
    started: Instant,
) -> Result<Reply, Refusal> {
    let Model::Embedding(service) = &app.model else { return Err(Refusal::NotFound) };
    let passed = gate::pass(app, request, started).await?;
    let work = u64::try_from(passed.body.len()).unwrap_or(u64::MAX);
    let permit = app.admission.enter(passed.stake, work).await?;

    let asked: EmbeddingsRequest = messages::parse(&passed.body)?;
    let name = &app.model.info().name;
    asked.check_model(name)?;
    let format = asked.encoding_format.unwrap_or_default();
    let (texts, tokens) = count(service.model().clone(), asked.input.0).await?;
    let strategy = app.served.get(passed.receiver).map(|one| one.strategy).unwrap_or_default();
    let count = u64::try_from(texts.len()).unwrap_or(u64::MAX);
    let vectors = strategy.embed(&app.cheats, service, texts, passed.started).await?;
    drop(permit);
    strategy.dawdle(passed.started, app.target).await;

    app.metrics.texts.inc_by(count);
    app.metrics.prompt_tokens.inc_by(tokens.into());
    let answer = EmbeddingsAnswer::new(name.clone(), vectors, format, tokens);
    receipt::receipted(app, &passed, &answer, Usage::new(tokens, 0)).map(Reply::Whole)
}

/// Tokens of all texts together. A body full of text takes a while, so it has a thread of its own.
async fn count(
    model: Arc<EmbeddingModel>,
    texts: Vec<String>,
) -> Result<(Vec<String>, u32), Refusal> {
    let counting = spawn_blocking(move || {
        let mut tokens = 0u32;
        for text in &texts {
            let count = model.count_tokens(text).map_err(|error| refusal(&error))?;
            tokens = tokens.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        }
        Ok((texts, tokens))
    });
    counting.await.unwrap_or(Err(Refusal::Failed))
}
