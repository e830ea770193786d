//! The real miner on a real chain: what an OpenAI client gets, with a receipt that anyone can
//! check, and an independent client of the same signatures (the bittensor SDK).

use crate::clients::environment;
use alun_client::{NetUid, Neuron, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, run, short_epochs, wait_until, Key, Market, Participant,
    Priority, Process,
};
use alun_protocol::{
    auth,
    query::Query,
    receipt::{Expected, SignedReceipt, HEADER_RECEIPT},
};
use anyhow::{ensure, Context, Result};
use serde_json::{json, Value};
use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const TEMPO: u64 = 10;

/// A miner that serves, a validator with a permit, and somebody without.
struct Scene {
    market: Market,
    netuid: NetUid,
    process: Process,
    url: String,
    miners: Vec<Participant>,
    validator: Key,
    stranger: Key,
}

#[tokio::test(flavor = "multi_thread")]
async fn miner_should_serve_permitted_hotkeys_and_refuse_forgeries() -> Result<()> {
    let mut scene = start().await?;
    for miner in 0..scene.miners.len() {
        answers_with_a_receipt(&scene, miner).await?;
    }
    refuses_a_stranger(&scene).await?;
    public_pages(&scene).await?;
    bittensor_client(&scene).await?;
    let status = scene.process.stop()?;
    ensure!(status.success(), "the miner stopped with {status}");
    scene.market.check_invariants().await
}

async fn start() -> Result<Scene> {
    let market = Market::start().await?;
    let (owner, validator) = (Participant::new("owner")?, Participant::new("validator")?);
    let miners = Participant::several("miner", 2)?;
    let mut all = vec![owner.clone(), validator.clone()];
    all.extend(miners.iter().cloned());
    market.fund_participants(&all, 6_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(TEMPO)).await?;
    market.join(netuid, &validator, 5_000 * UNIT).await?;
    market.open(netuid, &owner).await?;

    let port = free_port()?;
    let mut arguments = market.worker_arguments();
    let (listen, id) = (format!("127.0.0.1:{port}"), netuid.to_string());
    arguments.extend(
        ["--netuid", &id, "--register", "--max-price", "100", "--listen", &listen]
            .map(String::from),
    );
    for one in &miners {
        arguments.extend(["--hotkey", &one.hot.uri, "--coldkey", &one.cold.uri].map(String::from));
    }
    let process = Process::start(
        "miner",
        &binary("alun-miner")?,
        &arguments,
        &[],
        market.folder(),
        Priority::Later,
    )?;
    let scene = Scene {
        market,
        netuid,
        process,
        url: format!("http://127.0.0.1:{port}"),
        miners,
        validator: validator.hot,
        stranger: Key::new("//e2e//stranger")?,
    };
    wait_until_admitted(&scene).await?;
    Ok(scene)
}

/// Waits until both hotkeys are announced and the validator's permit is known to the miner.
async fn wait_until_admitted(scene: &Scene) -> Result<()> {
    wait_until("the miner answers the validator", Duration::from_secs(90), || async {
        for miner in &scene.miners {
            if neuron(scene, &miner.hot).await?.is_none_or(|neuron| neuron.endpoint.is_none()) {
                return Ok(None);
            }
        }
        let body = json!({"input": "warm"});
        let answer = ask(scene, &scene.validator, &scene.miners[0].hot, &body).await?;
        Ok((answer.status == 200).then_some(()))
    })
    .await
}

async fn neuron(scene: &Scene, hotkey: &Key) -> Result<Option<Neuron>> {
    Ok(scene.market.chain.best().await?.neuron_of(scene.netuid, &hotkey.account()).await?)
}

struct Answer {
    status: u16,
    body: Vec<u8>,
    receipt: Option<String>,
    query: Query,
    signature: [u8; 64],
}

impl Answer {
    fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| String::from_utf8_lossy(&self.body).into_owned())
    }
}

/// What the miner's chain asks of a request.
async fn query(scene: &Scene) -> Result<Query> {
    let at = scene.market.chain.finalized().await?.hash().0;
    Ok(Query::new(&scene.market.chain.genesis(), scene.netuid, at))
}

/// A request in OpenAI's shape, signed.
async fn ask(scene: &Scene, sender: &Key, miner: &Key, body: &Value) -> Result<Answer> {
    let query = query(scene).await?;
    let target = query.target("/v1/embeddings");
    let body = serde_json::to_vec(body)?;
    let nonce = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let headers = auth::sign(
        &|bytes| sender.pair.sign(bytes),
        &sender.pair.ss58(),
        Some(&miner.pair.ss58()),
        "POST",
        &target,
        &body,
        nonce,
    );
    let signature = auth::signature_of(&headers).context("no signature")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut post = client.post(format!("{}{target}", scene.url)).body(body);
    post = post.header("content-type", "application/json");
    for (name, value) in headers {
        post = post.header(name, value);
    }
    let response = post.send().await?;
    let receipt = response.headers().get(HEADER_RECEIPT).and_then(|value| value.to_str().ok());
    let receipt = receipt.map(str::to_owned);
    let status = response.status().as_u16();
    Ok(Answer { status, body: response.bytes().await?.into(), receipt, query, signature })
}

async fn answers_with_a_receipt(scene: &Scene, miner: usize) -> Result<()> {
    let miner = &scene.miners[miner].hot;
    let body = json!({"model": "all-MiniLM-L6-v2", "input": ["a cat", "a kitten", "a theorem"]});
    let answer = ask(scene, &scene.validator, miner, &body).await?;
    let told = answer.json()?;
    ensure!(answer.status == 200, "{}: {told}", answer.status);
    ensure!(told["object"] == "list" && told["model"] == "all-MiniLM-L6-v2", "{told}");
    let data = told["data"].as_array().context("no data")?;
    ensure!(data.len() == 3 && told["usage"]["prompt_tokens"].as_u64() > Some(5), "{told}");
    let mut vectors = Vec::new();
    for (index, one) in data.iter().enumerate() {
        ensure!(one["object"] == "embedding" && one["index"] == index, "{one}");
        let vector: Vec<f64> = serde_json::from_value(one["embedding"].clone())?;
        let norm: f64 = vector.iter().map(|x| x * x).sum();
        ensure!(vector.len() == 384 && (norm - 1.0).abs() < 1e-3, "{} of {norm}", vector.len());
        vectors.push(vector);
    }
    let cosine = |a: usize, b: usize| -> f64 {
        vectors[a].iter().zip(&vectors[b]).map(|(x, y)| x * y).sum()
    };
    ensure!(cosine(0, 1) > cosine(0, 2) + 0.2, "a cat is no more like a kitten than a theorem");

    let endpoint = neuron(scene, miner).await?.and_then(|neuron| neuron.endpoint);
    let model = endpoint.context("no endpoint")?.model;
    ensure!(model.is_some(), "the miner announced no model");
    let receipt = SignedReceipt::from_header(answer.receipt.as_deref().context("no receipt")?)?;
    let expected = Expected {
        request_signature: &answer.signature,
        query: &answer.query,
        answer: &answer.body,
        model,
        hotkey: &miner.pair.public(),
    };
    receipt.verify(&expected)?;
    let other = Expected { answer: b"another answer", ..expected };
    ensure!(receipt.verify(&other).is_err(), "a receipt stands for any answer");
    Ok(())
}

async fn refuses_a_stranger(scene: &Scene) -> Result<()> {
    let body = json!({"input": "hello"});
    let answer = ask(scene, &scene.stranger, &scene.miners[0].hot, &body).await?;
    let told = answer.json()?;
    ensure!(answer.status == 403 && answer.receipt.is_none(), "{}: {told}", answer.status);
    let message = told["error"]["message"].as_str().context("no sentence")?;
    ensure!(message.contains("permit"), "{message}");
    Ok(())
}

async fn public_pages(scene: &Scene) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    for (path, expected) in
        [("/health", "ok"), ("/metrics", "# TYPE"), ("/v1/models", "all-MiniLM-L6-v2")]
    {
        let response = client.get(format!("{}{path}", scene.url)).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success() && text.contains(expected), "{path}: {status} {text}");
    }
    Ok(())
}

async fn bittensor_client(scene: &Scene) -> Result<()> {
    let Some(python) = environment("python").map(|venv| venv.join("bin/python")) else {
        println!(
            "SKIPPED: the client of the bittensor SDK is not installed; it needs Python 3.12 and \
             tests/e2e/clients/install"
        );
        return Ok(());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python/http_auth.py");
    let arguments = [
        script.display().to_string(),
        scene.url.clone(),
        scene.miners[0].hot.pair.ss58(),
        query(scene).await?.to_string(),
        scene.validator.uri.clone(),
        scene.stranger.uri.clone(),
    ];
    let told = run(&python, &arguments, &[], Duration::from_secs(60)).await?.success()?;
    println!("bittensor SDK client: {}", told.stdout.trim());
    Ok(())
}
