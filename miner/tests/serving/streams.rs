//! Server-sent events, over HTTP/1.1 and HTTP/2.

use crate::harness::{key, model, read, Answered, Ask, Miner, Setup};
use alun_client::TaskKind;
use alun_inference::{GenerateRequest, Sampling};
use alun_miner::{Model, Strategy};
use alun_protocol::{
    auth,
    messages::{ChatChunk, Completion, FinishReason},
    stream,
};
use serde_json::json;
use std::time::Duration;

async fn generating(strategies: Vec<Strategy>) -> Miner {
    let target = Duration::from_millis(100);
    Setup { kind: TaskKind::Generation, strategies, target, ..Setup::default() }.start().await
}

/// The chunks of a stream whose last event is a receipt that verifies.
fn checked<T: serde::de::DeserializeOwned>(
    answered: &Answered,
    miner: &Miner,
    hotkey: usize,
) -> Vec<T> {
    assert_eq!(answered.status, 200, "{}", String::from_utf8_lossy(&answered.body));
    let (answer, receipt) = stream::split(&answered.body).unwrap();
    answered.check(&receipt, answer, miner, &key(&format!("miner{hotkey}")));
    assert!(answer.ends_with(stream::DONE.as_bytes()));
    stream::chunks(answer).map(|chunk| serde_json::from_str(chunk).unwrap()).collect()
}

#[tokio::test]
async fn stream_should_end_with_a_receipt_and_hold_what_the_whole_answer_holds() {
    let miner = generating(vec![Strategy::Honest]).await;
    let body = json!({
        "prompt": "Once upon a time", "max_tokens": 10, "temperature": 0, "stream": true,
        "stream_options": { "include_usage": true },
    });
    let answered = miner.ask(&Ask::new("/v1/completions", body.to_string())).await;
    let chunks: Vec<Completion> = checked(&answered, &miner, 0);
    let Model::Generation(service) = model(TaskKind::Generation) else { unreachable!() };
    let prompt = service.model().encode("Once upon a time").unwrap();
    let whole = service.generate(GenerateRequest {
        prompt: prompt.clone(),
        max_new_tokens: 10,
        sampling: Sampling::Greedy,
        ignore_eos: false,
    });
    let whole = whole.await.unwrap();
    let text: String = chunks.iter().flat_map(|chunk| &chunk.choices).map(|c| &*c.text).collect();
    assert_eq!(text, whole.text);
    let extras: Vec<_> = chunks.iter().filter_map(|chunk| chunk.alun.clone()).collect();
    let tokens: Vec<u32> = extras.iter().flat_map(|one| one.token_ids.clone()).collect();
    assert_eq!(tokens, whole.tokens);
    assert_eq!(extras[0].prompt_token_ids, Some(prompt));
    assert!(extras[1..].iter().all(|one| one.prompt_token_ids.is_none()));
    let usage = chunks.last().unwrap().usage.unwrap();
    assert_eq!(usage.completion_tokens as usize, tokens.len());
    let finish = chunks.iter().rev().find_map(|chunk| chunk.choices.first()?.finish_reason);
    assert_eq!(finish, Some(FinishReason::Length));
}

#[tokio::test]
async fn chat_should_stream_over_http2_too() {
    let miner = generating(vec![Strategy::Honest]).await;
    let body = json!({
        "messages": [{ "role": "user", "content": "Count to three." }], "max_tokens": 6,
        "stream": true,
    });
    let ask = Ask::new("/v1/chat/completions", body.to_string());
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let headers = ask.sign();
    let mut request = client.post(miner.url(&ask.target())).body(ask.body.clone());
    for (name, value) in &headers {
        request = request.header(*name, value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let answered = read(response, auth::signature_of(&headers)).await;
    let chunks: Vec<ChatChunk> = checked(&answered, &miner, 0);
    assert!(chunks[0].choices[0].delta.role.is_some());
    let seeds = chunks.iter().filter_map(|chunk| chunk.alun.as_ref()?.seed).count();
    assert_eq!(seeds, 1);
    assert!(chunks.iter().all(|chunk| chunk.usage.is_none()));
}

#[tokio::test]
async fn stream_of_a_cheat_should_be_receipted_too() {
    let miner = generating(vec![Strategy::Honest, Strategy::Slow, Strategy::Copier]).await;
    let body = json!({ "prompt": "Hello", "max_tokens": 4, "stream": true }).to_string();
    for hotkey in [1, 2] {
        let answered = miner.ask(&Ask::new("/v1/completions", body.clone()).to(hotkey)).await;
        let chunks: Vec<Completion> = checked(&answered, &miner, hotkey);
        assert_eq!(chunks.len(), 1);
    }
}

#[tokio::test]
async fn work_should_end_when_the_reader_of_a_stream_goes_away() {
    let miner = generating(vec![Strategy::Honest]).await;
    let body = json!({ "prompt": "Once", "max_tokens": 256, "temperature": 0, "stream": true });
    let ask = Ask::new("/v1/completions", body.to_string());
    let mut response = miner.request(&ask, &ask.sign()).send().await.unwrap();
    response.chunk().await.unwrap().unwrap();
    assert_eq!(miner.app.admission().running(), 1);
    drop(response);
    let ended = async {
        while miner.app.admission().running() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
}
