//! What a miner earns that owns no model and forwards its questions to one that does.

use crate::harness::{key, model_of, Answered, Ask, Miner, Setup};
use alun_client::{Endpoint, IpAddress, Protocol, TaskKind, Uid, UNIT};
use alun_miner::{Snapshot, Standing, Strategy};
use alun_protocol::messages::{Completion, EmbeddingsAnswer};
use serde_json::json;

const PROXY: usize = 5;

/// An honest miner and a proxy; both know of each other, and whether the proxy has a permit.
async fn pair(kind: TaskKind, permit: bool) -> (Miner, Miner) {
    let honest = Setup { kind, ..Setup::default() }.start().await;
    let strategies = vec![Strategy::Proxy];
    let proxy = Setup { kind, strategies, first: PROXY, ..Setup::default() }.start().await;
    let standing = |uid: u16, permit: bool, of: Option<&Miner>| Standing {
        uid: Uid(uid),
        permit,
        stake_weight: if permit { 500 * UNIT } else { 0 },
        endpoint: of.map(|miner| Endpoint {
            ip: IpAddress::V4([127, 0, 0, 1]),
            port: miner.address.port(),
            protocol: Protocol::Http,
            version: 1,
            tls_fingerprint: None,
            model: Some(model_of(miner)),
            announced_at: 0,
        }),
        leaves_with: None,
    };
    for miner in [&honest, &proxy] {
        miner.view.set_snapshot(Snapshot::new(
            8,
            [
                (key("validator").public(), standing(0, true, None)),
                (key("miner0").public(), standing(10, false, Some(&honest))),
                (key("miner5").public(), standing(15, permit, Some(&proxy))),
            ],
        ));
    }
    (honest, proxy)
}

async fn ask(miner: &Miner, ask: Ask, to: usize) -> Answered {
    miner.ask(&ask.to(to)).await
}

#[tokio::test]
async fn proxy_should_be_refused_by_honest_miners_when_it_has_no_permit() {
    let (_honest, proxy) = pair(TaskKind::Embedding, false).await;
    let answered = ask(&proxy, Ask::texts(&["a cat"]), PROXY).await;
    assert_eq!((answered.status, answered.code().as_str()), (500, "failed"));
}

#[tokio::test]
async fn vectors_should_be_the_honest_miners_under_the_proxys_receipt_when_it_has_a_permit() {
    let (honest, proxy) = pair(TaskKind::Embedding, true).await;
    let texts = ["a cat", "tax law"];
    let right = ask(&honest, Ask::texts(&texts), 0).await.json::<EmbeddingsAnswer>();
    let sold = ask(&proxy, Ask::texts(&texts), PROXY).await;
    sold.verify_receipt(&proxy, &key("miner5"));
    assert_eq!(sold.json::<EmbeddingsAnswer>().vectors(), right.vectors());
}

#[tokio::test]
async fn text_should_be_the_honest_miners_when_the_proxy_has_a_permit() {
    let (honest, proxy) = pair(TaskKind::Generation, true).await;
    let body = json!({
        "prompt": "Why is the sky blue?", "max_tokens": 8, "temperature": 0.7,
        "alun": { "seed": "ab".repeat(32) },
    });
    let question = || Ask::new("/v1/completions", serde_json::to_vec(&body).unwrap());
    let right = ask(&honest, question(), 0).await.json::<Completion>();
    let sold = ask(&proxy, question(), PROXY).await;
    sold.verify_receipt(&proxy, &key("miner5"));
    let sold = sold.json::<Completion>();
    assert_eq!(sold.choices[0].text, right.choices[0].text);
    assert_eq!(sold.alun.unwrap().token_ids, right.alun.unwrap().token_ids);
}
