//! Requests that are slow, large, deep or many, from those who hold no key, and from one who does.

use super::{
    http::{address, Connection},
    scene::Scene,
    Outcome,
};
use alun_protocol::limits;
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use serde_json::json;
use std::{
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Connections of a slow attack.
const SLOW: usize = 200;
/// More than the limit, for a machine that is busy.
const SLACK: Duration = Duration::from_secs(5);
/// Connections of a flood.
const FLOOD: usize = 2_000;
/// Arrays within arrays.
const DEPTH: usize = 100_000;
/// What a bomb becomes.
const BOMB_BYTES: u64 = 256 << 20;

/// Headers that come a byte a second.
pub(crate) async fn slow_headers(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("slow headers");
    let one = |number: usize| async move {
        let started = Instant::now();
        let mut connection = Connection::open(address(number), scene.address).await?;
        let head = b"POST /v1/embeddings HTTP/1.1\r\nHost: miner\r\nX-Slow: aaaaaaaaaaaaaaaaaaaa";
        for byte in head.chunks(1) {
            if connection.write(byte).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
            if started.elapsed() > limits::HEADERS_WITHIN + SLACK {
                break;
            }
        }
        let reply = connection.read().await?.map(|reply| reply.status);
        anyhow::Ok((reply, started.elapsed()))
    };
    ends_within(&mut outcome, try_join_all((0..SLOW).map(one)).await?, limits::HEADERS_WITHIN);
    Ok(outcome)
}

/// Bodies that come a byte a second.
pub(crate) async fn slow_bodies(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("slow bodies");
    let text = "a body that comes one byte at a time, and so never to its end in any time worth it";
    let body = json!({"input": [text, text, text]});
    let at = scene.market.chain.finalized().await?.hash().0;
    let body = serde_json::to_vec(&body)?;
    let one = |number: usize| {
        let body = body.clone();
        async move {
            let envelope = scene.envelope_at(&scene.validator, body, at)?;
            let started = Instant::now();
            let mut connection = Connection::open(address(number), scene.address).await?;
            let framing = format!("Content-Length: {}\r\n", envelope.body.len());
            connection.write(&envelope.head(&framing)).await?;
            for byte in envelope.body.chunks(1) {
                if connection.write(byte).await.is_err() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
                if started.elapsed() > limits::BODY_WITHIN + SLACK {
                    break;
                }
            }
            let reply = connection.read().await?.map(|reply| reply.status);
            anyhow::Ok((reply, started.elapsed()))
        }
    };
    ends_within(&mut outcome, try_join_all((0..SLOW).map(one)).await?, limits::BODY_WITHIN);
    Ok(outcome)
}

/// That all were ended in time, and none was served.
fn ends_within(outcome: &mut Outcome, ends: Vec<(Option<u16>, Duration)>, limit: Duration) {
    let longest = ends.iter().map(|(_, took)| *took).max().unwrap_or_default();
    for (status, _) in ends {
        outcome.fault(status == Some(200), "a slow request was served");
        outcome.count(status);
    }
    let limit = limit + 2 * SLACK;
    outcome.fault(longest > limit, format!("one was open for {:.0} s", longest.as_secs_f64()));
    outcome.note = format!("all ended within {:.1} s", longest.as_secs_f64());
}

/// Bodies and headers beyond their limits, declared and not.
pub(crate) async fn too_large(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("too large");
    let mut envelope = scene.envelope(&scene.validator, &json!({"input": ["large"]})).await?;
    let declared = envelope.head("Content-Length: 10485760\r\n");
    let mut chunked = envelope.head("Transfer-Encoding: chunked\r\n");
    for _ in 0..16 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend(std::iter::repeat_n(b'x', 0x10000));
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    envelope.headers.push(("X-Large".into(), "x".repeat(3 * limits::HEADERS_BYTES)));
    let headers = envelope.bytes();
    for (number, (bytes, what)) in
        [(declared, "a declared size"), (chunked, "chunks"), (headers, "headers")]
            .iter()
            .enumerate()
    {
        let mut connection = Connection::open(address(number), scene.address).await?;
        // The refusal may come, and the connection go, before everything was written.
        let _ = connection.write(bytes).await;
        let status = connection.read().await?.map(|reply| reply.status);
        outcome.fault(
            !matches!(status, Some(413 | 431) | None),
            format!("{what} beyond the limit got {status:?}"),
        );
        outcome.count(status);
    }
    outcome.note = "a declared size, chunks, headers".into();
    Ok(outcome)
}

/// A signed body of arrays within arrays.
pub(crate) async fn nested(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("deep nesting");
    let at = scene.market.chain.finalized().await?.hash().0;
    let depth = DEPTH;
    let body = [vec![b'['; depth], vec![b']'; depth]].concat();
    let bodies = [
        body.clone(),
        [b"{\"input\":".to_vec(), body.clone(), b"}".to_vec()].concat(),
        [b"{\"unknown\":".to_vec(), body, b",\"input\":[\"x\"]}".to_vec()].concat(),
        [b"{\"input\":".repeat(depth / 4), b"1".to_vec(), b"}".repeat(depth / 4)].concat(),
    ];
    let mut connection = Connection::open(address(0), scene.address).await?;
    for body in bodies {
        let envelope = scene.envelope_at(&scene.validator, body, at)?;
        let status = connection.ask(&envelope.bytes()).await?.map(|reply| reply.status);
        outcome.fault(
            !matches!(status, Some(400 | 413 | 422)),
            format!("{status:?} for a deeply nested body"),
        );
        outcome.count(status);
        // The quota of a hotkey is ten a second.
        sleep(Duration::from_millis(200)).await;
    }
    outcome.note = format!("{DEPTH} levels");
    Ok(outcome)
}

/// A small signed body that says that it is compressed, and would be large.
pub(crate) async fn bombs(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("decompression bombs");
    let zeros = std::process::Command::new("head")
        .args(["-c", &BOMB_BYTES.to_string(), "/dev/zero"])
        .stdout(Stdio::piped())
        .spawn()
        .context("starting head")?;
    let zeros = zeros.stdout.context("head has no output")?;
    let gzip = std::process::Command::new("gzip").args(["-9", "-c"]).stdin(zeros).output();
    let bomb = gzip.context("starting gzip")?.stdout;
    // Twice: a bomb within the limit of bodies.
    let mut twice = std::process::Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting gzip")?;
    {
        use std::io::Write;
        let mut input = twice.stdin.take().context("gzip takes nothing")?;
        input.write_all(&bomb)?;
    }
    let bomb = twice.wait_with_output()?.stdout;
    ensure!(bomb.len() as u64 <= limits::BODY_BYTES, "the bomb has {} bytes", bomb.len());
    let at = scene.market.chain.finalized().await?.hash().0;
    let mut connection = Connection::open(address(0), scene.address).await?;
    for encoding in ["gzip", "gzip, gzip", "deflate", "br", "zstd"] {
        let mut envelope = scene.envelope_at(&scene.validator, bomb.clone(), at)?;
        envelope.headers.push(("Content-Encoding".into(), encoding.into()));
        let status = connection.ask(&envelope.bytes()).await?.map(|reply| reply.status);
        outcome.fault(
            !matches!(status, Some(400 | 413 | 415 | 422)),
            format!("{status:?} for a body in {encoding}"),
        );
        outcome.count(status);
        sleep(Duration::from_millis(200)).await;
    }
    outcome.note = format!("{} MiB in {} bytes", BOMB_BYTES >> 20, bomb.len());
    Ok(outcome)
}

/// More connections than one address may hold, all kept open.
pub(crate) async fn connections(scene: &Arc<Scene>) -> Result<Outcome> {
    let mut outcome = Outcome::new("a connection flood");
    let mut open = Vec::new();
    for _ in 0..FLOOD {
        if let Ok(connection) = Connection::open(address(9), scene.address).await {
            open.push(connection);
        }
    }
    sleep(Duration::from_secs(1)).await;
    // Who asks on them finds most of them closed.
    let mut asked = Vec::new();
    for mut connection in open {
        asked.push(async move {
            let reply = connection.ask(b"GET /health HTTP/1.1\r\nHost: miner\r\n\r\n").await?;
            anyhow::Ok(reply.map(|reply| reply.status))
        });
    }
    for status in try_join_all(asked).await? {
        outcome.count(status);
    }
    let held = outcome.sent - outcome.answers.get("closed").copied().unwrap_or(0);
    outcome.fault(held > 300, format!("{held} connections of one address were served"));
    outcome.note = format!("{held} of {FLOOD} were held");
    Ok(outcome)
}
