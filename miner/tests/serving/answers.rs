//! Answers, their receipts, and what cheats answer.

use crate::harness::{key, miner, model, model_of, Ask, Miner, Setup};
use alun_client::TaskKind;
use alun_inference::Sampling;
use alun_miner::{Model, Strategy};
use alun_protocol::messages::{ChatAnswer, Completion, EmbeddingsAnswer, ModelList};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

async fn embed(miner: &Miner, hotkey: usize, texts: &[&str]) -> Vec<Vec<f32>> {
    let answered = miner.ask(&Ask::texts(texts).to(hotkey)).await;
    answered.verify_receipt(miner, &key(&format!("miner{hotkey}")));
    answered.json::<EmbeddingsAnswer>().vectors().unwrap()
}

#[tokio::test]
async fn answer_should_hold_the_models_vectors_and_a_receipt_that_verifies() {
    let miner = miner().await;
    let answered = miner.ask(&Ask::texts(&["a cat", "a kitten", "tax law"])).await;
    let signed = answered.verify_receipt(&miner, &key("miner0"));
    let answer: EmbeddingsAnswer = answered.json();
    assert_eq!(signed.receipt.prompt_tokens, answer.usage.prompt_tokens);
    assert!(answer.usage.prompt_tokens > 6);
    let vectors = answer.vectors().unwrap();
    assert_eq!(vectors[0].len(), 384);
    assert!(cosine(&vectors[0], &vectors[1]) > cosine(&vectors[0], &vectors[2]) + 0.2);
    let base64 = Ask::new("/v1/embeddings", r#"{"input":"a cat","encoding_format":"base64"}"#);
    let answered = miner.ask(&base64).await;
    answered.verify_receipt(&miner, &key("miner0"));
    let again = answered.json::<EmbeddingsAnswer>().vectors().unwrap();
    assert!((cosine(&vectors[0], &again[0]) - 1.0).abs() < 1e-5);
}

#[tokio::test]
async fn receipt_should_be_of_the_hotkey_asked_when_several_are_served() {
    let strategies = vec![Strategy::Honest; 3];
    let miner = Setup { strategies, ..Setup::default() }.start().await;
    for hotkey in 0..3 {
        embed(&miner, hotkey, &["hello"]).await;
    }
    let answered = miner.ask(&Ask::texts(&["hello"]).to(1)).await;
    let signed = answered.verify_receipt(&miner, &key("miner1"));
    assert_ne!(signed.receipt.hotkey, key("miner0").public());
}

#[tokio::test]
async fn cheats_should_answer_as_they_are_told() {
    let strategies = vec![Strategy::Honest, Strategy::Perturbed, Strategy::Copier, Strategy::Slow];
    let target = Duration::from_millis(400);
    let miner = Setup { strategies, target, ..Setup::default() }.start().await;
    let texts = ["a cat on a mat", "the price of tea"];
    let honest = embed(&miner, 0, &texts).await;
    for (wrong, right) in embed(&miner, 1, &texts).await.iter().zip(&honest) {
        assert!((0.98..0.998).contains(&cosine(wrong, right)));
        assert!((cosine(wrong, wrong) - 1.0).abs() < 1e-3);
    }
    let copied = embed(&miner, 2, &texts).await;
    assert!(cosine(&copied[0], &honest[0]) < 0.8);
    let again = embed(&miner, 2, &["something else", "altogether"]).await;
    assert!(cosine(&copied[0], &again[0]) > 0.999);
    let started = Instant::now();
    let slow = embed(&miner, 3, &texts).await;
    assert!(started.elapsed() >= target * 2);
    assert!(cosine(&slow[0], &honest[0]) > 0.9999);
}

#[tokio::test]
async fn completion_should_pass_the_models_own_check() {
    let miner = Setup { kind: TaskKind::Generation, ..Setup::default() }.start().await;
    let seed = "11".repeat(32);
    let body = json!({
        "prompt": "The capital of France is", "max_tokens": 12, "temperature": 0.7,
        "alun": { "seed": seed },
    });
    let answered = miner.ask(&Ask::new("/v1/completions", body.to_string())).await;
    let signed = answered.verify_receipt(&miner, &key("miner0"));
    let answer: Completion = answered.json();
    let extras = answer.alun.unwrap();
    assert_eq!(signed.receipt.completion_tokens as usize, extras.token_ids.len());
    let Model::Generation(service) = model(TaskKind::Generation) else { unreachable!() };
    let prompt = service.model().encode("The capital of France is").unwrap();
    assert_eq!(extras.prompt_token_ids, Some(prompt.clone()));
    let rule = Sampling::from_temperature(0.7, [0x11; 32]);
    let checks = service.model().verify(&prompt, &extras.token_ids, &rule).unwrap();
    for ((token, logprob), check) in extras.token_ids.iter().zip(&extras.logprobs).zip(&checks) {
        assert!((logprob - check.logprob).abs() < 1e-3);
        assert!(*token == check.pick || check.margin < 1e-3);
    }
    assert_eq!(answer.choices[0].text, service.model().decode(&extras.token_ids));
}

#[tokio::test]
async fn completion_should_fail_the_models_check_when_perturbed_or_copied() {
    let strategies = vec![Strategy::Honest, Strategy::Perturbed, Strategy::Copier];
    let setup = Setup { kind: TaskKind::Generation, strategies, ..Setup::default() };
    let miner = setup.start().await;
    let Model::Generation(service) = model(TaskKind::Generation) else { unreachable!() };
    let prompt = service.model().chat_prompt(&[("user", "Name three colours.")]);
    let body = json!({ "prompt": prompt, "max_tokens": 16, "temperature": 0.0 }).to_string();
    let tokens = service.model().encode(&prompt).unwrap();
    for hotkey in 0..3 {
        let answered = miner.ask(&Ask::new("/v1/completions", body.clone()).to(hotkey)).await;
        answered.verify_receipt(&miner, &key(&format!("miner{hotkey}")));
        let answer: Completion = answered.json();
        let extras = answer.alun.unwrap();
        let checks = service.model().verify(&tokens, &extras.token_ids, &Sampling::Greedy);
        let off = extras.logprobs.iter().zip(checks.unwrap());
        let off = off.map(|(claimed, check)| (claimed - check.logprob).abs()).sum::<f32>();
        let mean = off / extras.logprobs.len() as f32;
        assert_eq!(mean < 0.06, hotkey == 0, "miner{hotkey}: {mean}");
        assert_eq!(answer.choices[0].text, service.model().decode(&extras.token_ids));
    }
}

#[tokio::test]
async fn chat_should_be_answered_and_its_limits_kept() {
    let miner = Setup { kind: TaskKind::Generation, ..Setup::default() }.start().await;
    let ask = |body: Value| Ask::new("/v1/chat/completions", body.to_string());
    let messages = json!([{ "role": "user", "content": "Say hello." }]);
    let answered = miner.ask(&ask(json!({ "messages": messages, "max_tokens": 8 }))).await;
    answered.verify_receipt(&miner, &key("miner0"));
    let answer: ChatAnswer = answered.json();
    assert!(!answer.choices[0].message.content.is_empty());
    let long = json!([{ "role": "user", "content": "word ".repeat(2_100) }]);
    for (body, code) in [
        (json!({ "messages": messages, "max_tokens": 257 }), "new_tokens"),
        (json!({ "messages": messages, "max_tokens": 0 }), "new_tokens"),
        (json!({ "messages": messages, "temperature": 3 }), "out_of_range"),
        (json!({ "messages": messages, "n": 2 }), "unsupported"),
        (json!({ "messages": [] }), "empty"),
        (json!({ "messages": long }), "prompt_too_long"),
    ] {
        let answered = miner.ask(&ask(body)).await;
        assert_eq!((answered.status, answered.code().as_str()), (422, code));
    }
}

#[tokio::test]
async fn models_health_and_metrics_should_tell_what_is_served() {
    let miner = miner().await;
    let list: ModelList = miner.get("/v1/models").await.json();
    let extras = list.data[0].alun.as_ref().unwrap();
    assert_eq!(list.data[0].id, "all-MiniLM-L6-v2");
    assert_eq!(extras.commitment, hex::encode(model_of(&miner)));
    assert_eq!(extras.hotkeys, [key("miner0").ss58()]);
    let health: Value = miner.get("/health").await.json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["hotkeys"][0]["uid"], 10);
    assert_eq!((&health["finalized"], &health["block"]), (&json!(100), &json!(7)));
    embed(&miner, 0, &["one", "two"]).await;
    assert_eq!(miner.ask(&Ask::new("/v1/embeddings", "{}")).await.code(), "bad_body");
    let metrics = String::from_utf8(miner.get("/metrics").await.body).unwrap();
    for line in [
        r#"alun_miner_requests_total{endpoint="/v1/embeddings",outcome="ok"} 1"#,
        r#"alun_miner_requests_total{endpoint="/v1/embeddings",outcome="bad_body"} 1"#,
        "alun_miner_texts_total 2",
        "alun_miner_registered 1",
        "alun_miner_running 0",
        "alun_miner_chain_block 100",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn running_request_should_be_finished_when_the_miner_stops() {
    let strategies = vec![Strategy::Slow];
    let target = Duration::from_millis(600);
    let miner = Setup { strategies, target, ..Setup::default() }.start().await;
    let ask = Ask::texts(&["hello"]);
    let request = miner.request(&ask, &ask.sign());
    let running = tokio::spawn(async move { request.send().await.unwrap().status().as_u16() });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let started = Instant::now();
    miner.stop.cancel();
    miner.task.await.unwrap();
    assert_eq!(running.await.unwrap(), 200);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(tokio::net::TcpStream::connect(miner.address).await.is_err());
}
