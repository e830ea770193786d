//! Quotas, sizes, times, overload.

use crate::harness::{key, miner, Ask, Setup};
use alun_protocol::limits;
use futures::{future::join_all, stream};
use reqwest::Body;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

#[tokio::test]
async fn address_should_be_refused_when_it_asks_too_often() {
    let miner = miner().await;
    let answers = join_all((0..150).map(|_| miner.get("/health"))).await;
    let fine = answers.iter().filter(|answered| answered.status == 200).count();
    assert!((100..150).contains(&fine), "{fine} of 150");
    let refused = answers.iter().find(|answered| answered.status != 200).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (429, "address_quota"));
    assert!(refused.retry_after);
}

#[tokio::test]
async fn hotkey_should_be_refused_when_it_asks_too_often() {
    let miner = miner().await;
    let mut codes = Vec::new();
    let started = Instant::now();
    for nonce in 0..60 {
        // Wrong content: refused after the quota, and quick.
        let mut ask = Ask::new("/v1/embeddings", "{}");
        ask.nonce_ns += nonce;
        codes.push(miner.ask(&ask).await.code());
    }
    let let_in = codes.iter().filter(|code| *code == "bad_body").count();
    let most = 21 + started.elapsed().as_secs() as usize * 10 + 10;
    assert!((20..=most).contains(&let_in), "{let_in} of 60");
    assert!(codes.iter().any(|code| code == "hotkey_quota"));
    assert!(codes.iter().all(|code| code == "bad_body" || code == "hotkey_quota"));
}

#[tokio::test]
async fn body_should_be_refused_when_it_is_too_large_declared_or_not() {
    let miner = miner().await;
    let mut ask = Ask::new("/v1/embeddings", vec![b' '; limits::BODY_BYTES as usize + 1]);
    let answered = miner.ask(&ask).await;
    assert_eq!((answered.status, answered.code().as_str()), (413, "body_too_large"));
    // In pieces, without a declared size.
    ask.nonce_ns += 1;
    let pieces = (0..=256).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let mut request = miner.client.post(miner.url(&ask.target()));
    for (name, value) in ask.sign() {
        request = request.header(name, value);
    }
    let response = request.body(Body::wrap_stream(stream::iter(pieces))).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 413);
}

#[tokio::test]
async fn headers_should_be_refused_when_they_are_too_large() {
    let miner = miner().await;
    let ask = Ask::texts(&["hello"]);
    let mut headers = ask.sign();
    headers.push(("X-Padding", "x".repeat(20 * 1024)));
    let answered = miner.send(&ask, &headers).await;
    assert_eq!((answered.status, answered.code().as_str()), (413, "headers_too_large"));
}

#[tokio::test]
async fn request_should_be_refused_when_the_queue_is_full() {
    let miner = miner().await;
    let queue = miner.app.admission().clone();
    let mut running = Vec::new();
    for _ in 0..limits::RUNNING {
        running.push(queue.enter(u64::MAX, 1).await.unwrap());
    }
    let waiting: Vec<_> = (0..limits::QUEUED)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.enter(u64::MAX, 1).await })
        })
        .collect();
    while queue.waiting() < limits::QUEUED {
        sleep(Duration::from_millis(5)).await;
    }
    let answered = miner.ask(&Ask::texts(&["hello"])).await;
    assert_eq!((answered.status, answered.code().as_str()), (503, "queue_full"));
    assert!(answered.retry_after);
    waiting.iter().for_each(|one| one.abort());
    running.clear();
    assert_eq!(miner.ask(&Ask::texts(&["hello"])).await.code(), "ok");
}

#[tokio::test]
async fn request_should_be_refused_when_its_time_is_over() {
    let miner = miner().await;
    let queue = miner.app.admission();
    let mut running = Vec::new();
    for _ in 0..limits::RUNNING {
        running.push(queue.enter(u64::MAX, 1).await.unwrap());
    }
    let started = Instant::now();
    let answered = miner.ask(&Ask::texts(&["hello"])).await;
    assert_eq!((answered.status, answered.code().as_str()), (503, "timed_out"));
    let took = started.elapsed();
    assert!(took >= limits::TOTAL_WITHIN && took < limits::TOTAL_WITHIN * 5 / 4, "{took:?}");
    assert_eq!(queue.waiting(), 0);
}

/// Opens a connection, sends some bytes, and returns what came back until it was closed.
async fn raw(miner: &crate::harness::Miner, bytes: &[u8]) -> (String, Duration) {
    let mut stream = TcpStream::connect(miner.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let started = Instant::now();
    let mut answer = Vec::new();
    let end = timeout(Duration::from_secs(40), stream.read_to_end(&mut answer)).await;
    // Closed or reset: both end it.
    drop(end.expect("the connection hangs"));
    (String::from_utf8_lossy(&answer).into_owned(), started.elapsed())
}

#[tokio::test]
async fn connection_should_be_closed_when_its_headers_come_too_slowly() {
    let miner = miner().await;
    let slow: [&[u8]; 4] = [b"", b"PRI * HT", b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\n", b"P"];
    for (_, took) in join_all(slow.iter().map(|bytes| raw(&miner, bytes))).await {
        let (least, most) = (limits::HEADERS_WITHIN, limits::HEADERS_WITHIN * 3);
        assert!(took + Duration::from_millis(100) >= least && took < most, "{took:?}");
    }
}

#[tokio::test]
async fn request_should_be_refused_when_its_body_comes_too_slowly() {
    let miner = miner().await;
    let ask = Ask::texts(&["hello"]);
    let mut head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n", ask.target());
    for (name, value) in ask.sign() {
        head += &format!("{name}: {value}\r\n");
    }
    let (answer, took) = raw(&miner, format!("{head}\r\n{{").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("too_slow"), "{answer}");
    assert!(took >= limits::BODY_WITHIN - Duration::from_millis(100), "{took:?}");
}

#[tokio::test]
async fn quota_should_be_each_hotkeys_own_when_several_are_served() {
    let strategies = vec![Default::default(); 2];
    let miner = Setup { strategies, ..Setup::default() }.start().await;
    for _ in 0..25 {
        let mut ask = Ask::new("/v1/embeddings", "{}");
        ask.sender = key("validator");
        miner.ask(&ask).await;
    }
    assert_eq!(miner.ask(&Ask::texts(&["hello"]).to(1)).await.code(), "ok");
}
