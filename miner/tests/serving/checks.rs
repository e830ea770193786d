//! Every refusal of the order of checks, with its status; and the order itself.

use crate::harness::{
    key, miner, now_ns, Answered, Ask, Miner, Setup, AT, GENESIS, NETUID, SECOND,
};
use alun_client::{NetUid, UNIT};
use alun_protocol::query::Query;

async fn refused(miner: &Miner, ask: &Ask, status: u16, code: &str) -> Answered {
    let answered = miner.ask(ask).await;
    assert_eq!((answered.status, answered.code().as_str()), (status, code));
    assert!(answered.receipt.is_none());
    answered
}

fn spoiled(spoil: impl FnOnce(&mut Ask)) -> Ask {
    let mut ask = Ask::texts(&["hello"]);
    spoil(&mut ask);
    ask
}

#[tokio::test]
async fn request_should_be_refused_when_its_headers_are_wrong() {
    let miner = miner().await;
    let ask = Ask::texts(&["hello"]);
    let good = ask.sign();
    for name in ["X-Bittensor-Version", "X-Bittensor-Hotkey", "X-Bittensor-Nonce"] {
        let without: Vec<_> = good.iter().filter(|(other, _)| *other != name).cloned().collect();
        let answered = miner.send(&ask, &without).await;
        assert_eq!((answered.status, answered.code().as_str()), (400, "missing_header"), "{name}");
    }
    for (name, value, code) in [
        ("X-Bittensor-Version", "2", "bad_header"),
        ("X-Bittensor-Hotkey", "Alice", "bad_header"),
        ("X-Bittensor-Nonce", "soon", "bad_header"),
        ("X-Bittensor-Signature", "0xzz", "bad_header"),
        ("X-Bittensor-Crypto", "ed25519", "unsupported_scheme"),
        ("X-Bittensor-Extra", "", "ok"),
    ] {
        let others = good.iter().filter(|(other, _)| *other != name).cloned();
        let headers: Vec<_> = others.chain([(name, value.to_owned())]).collect();
        assert_eq!(miner.send(&ask, &headers).await.code(), code, "{name}");
    }
    let twice: Vec<_> = good.iter().chain(good.last()).cloned().collect();
    assert_eq!(miner.send(&ask, &twice).await.code(), "duplicate_header");
}

#[tokio::test]
async fn request_should_be_refused_when_it_is_for_somebody_else() {
    let miner = miner().await;
    let other = key("other").ss58();
    refused(&miner, &spoiled(|ask| ask.receiver = Some(other)), 403, "other_receiver").await;
    refused(&miner, &spoiled(|ask| ask.receiver = None), 403, "no_receiver").await;
}

#[tokio::test]
async fn request_should_be_refused_when_chain_subnet_or_block_are_others() {
    let miner = miner().await;
    let query = |genesis: &[u8; 32], netuid, at| Query::new(genesis, netuid, at).to_string();
    for (query, code) in [
        (query(&[1; 32], NETUID, AT), "other_chain"),
        (query(&GENESIS, NetUid(2), AT), "other_subnet"),
        (query(&GENESIS, NETUID, [9; 32]), "unknown_block"),
        (query(&GENESIS, NETUID, AT).replace("net=", "net=ffff"), "bad_query"),
        ("stream=true".to_owned(), "missing_query"),
    ] {
        refused(&miner, &spoiled(|ask| ask.query = query), 400, code).await;
    }
}

#[tokio::test]
async fn request_should_be_refused_when_its_block_is_too_old() {
    let miner = miner().await;
    assert_eq!(miner.ask(&Ask::texts(&["hello"])).await.code(), "ok");
    for number in 101..=200 {
        let [a, b, ..] = u32::to_le_bytes(number);
        let mut hash = [7; 32];
        hash[..2].copy_from_slice(&[a, b]);
        miner.view.note_finalized(number, hash);
    }
    refused(&miner, &Ask::texts(&["hello"]), 400, "unknown_block").await;
}

#[tokio::test]
async fn request_should_be_refused_when_it_is_not_fresh() {
    let miner = miner().await;
    let old = spoiled(|ask| ask.nonce_ns = now_ns() - 11 * SECOND);
    refused(&miner, &old, 401, "stale").await;
    let early = spoiled(|ask| ask.nonce_ns = now_ns() + 5 * SECOND);
    refused(&miner, &early, 401, "early").await;
}

#[tokio::test]
async fn request_should_be_refused_when_it_was_changed_or_signed_by_another() {
    let miner = miner().await;
    let ask = Ask::texts(&["hello"]);
    let headers = ask.sign();
    let changed = Ask { body: Ask::texts(&["hullo"]).body, ..ask.clone() };
    let answered = miner.send(&changed, &headers).await;
    assert_eq!((answered.status, answered.code().as_str()), (401, "bad_signature"));
    let changed = Ask { query: format!("{}&stream=true", ask.query), ..ask.clone() };
    assert_eq!(miner.send(&changed, &headers).await.code(), "bad_signature");
    let stranger = Ask { sender: key("stranger"), ..ask.clone() }.sign();
    let forged: Vec<_> = headers
        .iter()
        .map(|(name, value)| match *name {
            "X-Bittensor-Signature" => stranger.iter().find(|(other, _)| other == name).unwrap(),
            _ => headers.iter().find(|(other, _)| (other, value) == (name, value)).unwrap(),
        })
        .cloned()
        .collect();
    assert_eq!(miner.send(&ask, &forged).await.code(), "bad_signature");
}

#[tokio::test]
async fn request_should_be_answered_once_when_it_is_replayed() {
    let miner = miner().await;
    let ask = Ask::texts(&["hello"]);
    let headers = ask.sign();
    assert_eq!(miner.send(&ask, &headers).await.code(), "ok");
    let again = miner.send(&ask, &headers).await;
    assert_eq!((again.status, again.code().as_str()), (409, "replay"));
    // Refused requests don't use up their nonce for others, nor can anybody else use it up.
    let other = Ask { sender: key("validator"), nonce_ns: ask.nonce_ns + 1, ..ask };
    assert_eq!(miner.ask(&other).await.code(), "ok");
}

#[tokio::test]
async fn request_should_be_refused_when_an_earlier_process_may_have_answered_it() {
    let miner = Setup { started_ns: now_ns(), ..Setup::default() }.start().await;
    let answered = refused(&miner, &Ask::texts(&["hello"]), 409, "before_start").await;
    assert!(answered.retry_after);
}

#[tokio::test]
async fn sender_should_be_refused_when_without_permit_and_stake() {
    let strict = miner().await;
    for name in ["stranger", "nobody", "holder"] {
        let ask = spoiled(|ask| ask.sender = key(name));
        refused(&strict, &ask, 403, "not_allowed").await;
    }
    let open = Setup { min_stake: Some(50 * UNIT), ..Setup::default() }.start().await;
    assert_eq!(open.ask(&spoiled(|ask| ask.sender = key("holder"))).await.code(), "ok");
    let nobody = spoiled(|ask| ask.sender = key("nobody"));
    let answered = refused(&open, &nobody, 403, "not_allowed").await;
    let message = String::from_utf8(answered.body).unwrap();
    assert!(message.contains("a stake weight of 50 tokens"), "{message}");
}

#[tokio::test]
async fn request_should_be_refused_when_its_content_is_wrong() {
    let miner = miner().await;
    let many = serde_json::json!({ "input": vec!["x"; 65] }).to_string();
    let long = serde_json::json!({ "input": ["fine", "word ".repeat(300)] }).to_string();
    for (body, code) in [
        ("", "empty"),
        ("not json", "bad_body"),
        ("{}", "bad_body"),
        (r#"{"input": 7}"#, "bad_body"),
        (r#"{"input": []}"#, "empty"),
        (r#"{"input": ["a", ""]}"#, "empty"),
        (r#"{"input": ["  "]}"#, "empty"),
        (many.as_str(), "too_many_texts"),
        (long.as_str(), "prompt_too_long"),
        (r#"{"input": "a", "dimensions": 8}"#, "unsupported"),
        (r#"{"input": "a", "model": "other"}"#, "other_model"),
    ] {
        let answered = refused(&miner, &Ask::new("/v1/embeddings", body), 422, code).await;
        if code == "prompt_too_long" {
            let message = String::from_utf8(answered.body).unwrap();
            assert!(message.contains("`input[1]` has") && message.contains("256"), "{message}");
        }
    }
}

#[tokio::test]
async fn path_should_be_refused_when_there_is_nothing_or_it_takes_another_method() {
    let miner = miner().await;
    let of = |answered: Answered| (answered.status, answered.code());
    assert_eq!(of(miner.get("/v1/nothing").await), (404, "not_found".into()));
    // This miner's model embeds; it generates nothing.
    assert_eq!(of(miner.ask(&Ask::new("/v1/completions", "{}")).await), (404, "not_found".into()));
    assert_eq!(of(miner.get("/v1/embeddings").await), (405, "method".into()));
    let health = miner.client.post(miner.url("/health")).send().await.unwrap();
    assert_eq!(health.status().as_u16(), 405);
}

#[tokio::test]
async fn first_fault_should_be_named_when_a_request_has_several() {
    let miner = miner().await;
    // Each step adds the fault of an earlier check.
    let mut ask = Ask::new("/v1/embeddings", "not json");
    ask.sender = key("stranger");
    assert_eq!(miner.ask(&ask).await.code(), "not_allowed");
    ask.nonce_ns = now_ns();
    let signed = ask.sign();
    ask.body = b"[]".to_vec();
    assert_eq!(miner.send(&ask, &signed).await.code(), "bad_signature");
    ask.body = vec![b' '; 300 * 1024];
    ask.query = Query::new(&[1; 32], NETUID, AT).to_string();
    // The declared size is checked with the headers, before anything is read or looked up.
    assert_eq!(miner.send(&ask, &signed).await.code(), "body_too_large");
    ask.body = b"[]".to_vec();
    assert_eq!(miner.send(&ask, &signed).await.code(), "other_chain");
    ask.nonce_ns = now_ns() - 11 * SECOND;
    assert_eq!(miner.ask(&ask).await.code(), "stale");
    ask.receiver = None;
    assert_eq!(miner.ask(&ask).await.code(), "no_receiver");
    assert_eq!(miner.send(&ask, &[]).await.code(), "missing_header");
}
