//! The gateway between users and miners: the unmodified OpenAI client, what is metered, what is paid
//! on chain when it is killed in between, and a miner that goes away.

use crate::clients::environment;
use alun_client::{calls::Register, Event, NetUid, TaskDescriptor, TaskKind, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, run, short_epochs, tail, wait_until, Finished, Key, Market,
    Participant, Priority, Process, MAX_PRICE,
};
use anyhow::{bail, ensure, Context, Result};
use serde_json::{json, Value};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const TEMPO: u64 = 10;
const LIMIT: Duration = Duration::from_secs(120);
/// Smallest units, by the price list that the gateway is started with.
const PROMPT: u64 = 100_000;
const COMPLETION: u64 = 400_000;
const REQUEST: u64 = 1_000_000;

struct Scene {
    market: Market,
    /// Embeddings; two miners.
    vectors: NetUid,
    /// Text; one miner.
    words: NetUid,
    miners: Vec<(Key, Process)>,
    /// Not started yet.
    cheat: Participant,
    validator: Key,
    payer: Key,
    port: u16,
    pages: u16,
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_should_serve_the_openai_client_and_pay_once_when_it_is_killed() -> Result<()> {
    let mut scene = start().await?;
    let (key, poor, slow) = (
        scene.key(&["--name", "user", "--limit", "100", "--per-second", "100"]).await?,
        scene.key(&["--name", "poor", "--limit", "0.000000001"]).await?,
        scene.key(&["--name", "slow", "--limit", "100", "--per-second", "1"]).await?,
    );
    let mut gateway = scene.gateway("gateway", &[])?;
    scene.wait_until_served(&mut gateway, &key).await?;
    let warm = scene.spent(&key).await?;
    let slow_before = scene.spent(&slow).await?;

    let told = openai(&scene, &key, &poor, &slow).await?;
    let mut owed = vec![(scene.vectors, warm), (scene.words, 0)];
    if let Some(told) = told {
        let number = |name: &str| told[name].as_u64().context("no number");
        let vectors = number("embedding_tokens")? * PROMPT + number("embedded")? * REQUEST;
        let words = number("prompt_tokens")? * PROMPT
            + number("completion_tokens")? * COMPLETION
            + number("generated")? * REQUEST;
        let spent = scene.spent(&key).await?;
        ensure!(spent == warm + vectors + words, "{spent} spent, {vectors} + {words} used: {told}");
        let by_slow = scene.spent(&slow).await? - slow_before;
        owed = vec![(scene.vectors, warm + vectors + by_slow), (scene.words, words)];
    }
    another_answers(&mut scene, &key, &mut owed).await?;
    doctor(&scene).await?;
    puts_a_cheat_aside(&mut scene, &key, &mut owed).await?;
    gateway.kill()?;
    pays_once(&scene, &owed).await?;
    scene.market.check_invariants().await
}

async fn start() -> Result<Scene> {
    let market = Market::start().await?;
    let owners = Participant::several("gateway-owner", 2)?;
    let validator = Participant::new("gateway-validator")?;
    let miners = Participant::several("gateway-miner", 4)?;
    let payer = Key::new("//e2e//gateway//payer")?;
    let mut all = vec![validator.clone()];
    all.extend(owners.iter().chain(&miners).cloned());
    market.fund_participants(&all, 6_000).await?;
    market.fund(&[(&payer, 1_000)]).await?;
    let parameters = br#"{"max_tokens": 16, "challenges": 1, "target_ms": 30000}"#.to_vec();
    let text = TaskDescriptor { kind: TaskKind::Generation, model: None, parameters };
    let vectors = market.subnet(&owners[0], embedding_task(), short_epochs(TEMPO)).await?;
    let words = market.subnet(&owners[1], text, short_epochs(TEMPO)).await?;
    market.join(vectors, &validator, 5_000 * UNIT).await?;
    let hotkey = validator.hot.account();
    let register = Register { netuid: words, hotkey, max_price: MAX_PRICE };
    market.submit(&validator.cold, &register).await.context("registering on the second subnet")?;
    market.open(vectors, &owners[0]).await?;
    market.open(words, &owners[1]).await?;
    let mut running = Vec::new();
    for (index, (one, netuid)) in miners.iter().zip([vectors, vectors, words]).enumerate() {
        let process = miner(&market, &format!("miner-{index}"), one, netuid, "honest")?;
        running.push((one.hot.clone(), process));
    }
    let (port, pages) = (free_port()?, free_port()?);
    let mut scene = Scene {
        market,
        vectors,
        words,
        miners: running,
        cheat: miners[3].clone(),
        validator: validator.hot,
        payer,
        port,
        pages,
    };
    ready(&mut scene).await?;
    Ok(scene)
}

/// Waits until the validator has its permits and the miners their endpoints.
async fn ready(scene: &mut Scene) -> Result<()> {
    let end = Instant::now() + LIMIT;
    loop {
        let missing = missing(scene).await?;
        if missing.is_empty() {
            return Ok(());
        }
        for (_, process) in &mut scene.miners {
            process.check()?;
        }
        if Instant::now() > end {
            let logs: Vec<_> = scene.miners.iter().map(|(_, one)| tail(one.log(), 15)).collect();
            bail!("missing after {LIMIT:?}: {}\n{}", missing.join(", "), logs.join("\n---\n"));
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn missing(scene: &Scene) -> Result<Vec<String>> {
    let best = scene.market.chain.best().await?;
    let mut missing = Vec::new();
    for netuid in [scene.vectors, scene.words] {
        let own = best.neuron_of(netuid, &scene.validator.account()).await?;
        if !own.is_some_and(|own| own.permit) {
            missing.push(format!("the validator's permit on subnet {netuid}"));
        }
    }
    for ((hot, process), netuid) in
        scene.miners.iter().zip([scene.vectors, scene.vectors, scene.words])
    {
        match best.neuron_of(netuid, &hot.account()).await? {
            None => missing.push(format!("{} on subnet {netuid}", process.name())),
            Some(one) if one.endpoint.is_none() => {
                missing.push(format!("the endpoint of {}", process.name()))
            }
            Some(_) => {}
        }
    }
    Ok(missing)
}

fn miner(
    market: &Market,
    name: &str,
    one: &Participant,
    netuid: NetUid,
    strategy: &str,
) -> Result<Process> {
    let (listen, id) = (format!("127.0.0.1:{}", free_port()?), netuid.to_string());
    let mut arguments = market.worker_arguments();
    let more = [
        ["--netuid", &id],
        ["--max-price", "100"],
        ["--listen", &listen],
        ["--hotkey", &one.hot.uri],
        ["--coldkey", &one.cold.uri],
        ["--strategy", strategy],
    ];
    arguments.extend(more.concat().into_iter().map(String::from));
    arguments.push("--register".into());
    let program = binary("alun-miner")?;
    Process::start(name, &program, &arguments, &[], market.folder(), Priority::Later)
}

impl Scene {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = self.market.worker_arguments();
        let state = self.market.folder().join("gateway-state").display().to_string();
        let (users, operators) =
            (format!("127.0.0.1:{}", self.port), format!("127.0.0.1:{}", self.pages));
        let (vectors, words) = (self.vectors.to_string(), self.words.to_string());
        let more = [
            "--state-dir",
            &state,
            "--hotkey",
            &self.validator.uri,
            "--payer",
            &self.payer.uri,
            "--netuid",
            &vectors,
            "--netuid",
            &words,
            "--listen",
            &users,
            "--metrics",
            &operators,
            "--price-prompt",
            "100",
            "--price-completion",
            "400",
            "--price-request",
            "0.001",
            "--settle-least",
            "0.0001",
            "--spot-check",
            "100",
        ];
        arguments.extend(more.map(String::from));
        arguments
    }

    fn gateway(&self, name: &str, environment: &[(&str, String)]) -> Result<Process> {
        let program = binary("alun-gateway")?;
        let folder = self.market.folder();
        Process::start(name, &program, &self.arguments(), environment, folder, Priority::Later)
    }

    async fn command(&self, more: &[&str]) -> Result<Finished> {
        let mut arguments = self.arguments();
        arguments.extend(more.iter().map(|one| one.to_string()));
        run(&binary("alun-gateway")?, &arguments, &[], Duration::from_secs(60)).await
    }

    async fn key(&self, more: &[&str]) -> Result<String> {
        let made = self.command(&[&["key", "create"], more].concat()).await?.success()?;
        Ok(made.stdout.trim().to_owned())
    }

    async fn post(&self, key: &str) -> Result<reqwest::Response> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("http://127.0.0.1:{}/v1/embeddings", self.port);
        let post = client.post(url).bearer_auth(key).json(&json!({"input": "hello"}));
        Ok(post.send().await?)
    }

    async fn page(&self, port: u16, path: &str, key: &str) -> Result<String> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let get = client.get(format!("http://127.0.0.1:{port}{path}")).bearer_auth(key);
        Ok(get.send().await?.error_for_status()?.text().await?)
    }

    /// What a key spent, smallest unit.
    async fn spent(&self, key: &str) -> Result<u64> {
        let told: Value = serde_json::from_str(&self.page(self.port, "/v1/usage", key).await?)?;
        let spent: alun_client::Tokens = told["spent"].as_str().context("no amount")?.parse()?;
        Ok(spent.0)
    }

    async fn wait_until_served(&self, gateway: &mut Process, key: &str) -> Result<()> {
        gateway.wait_for_log("serving hotkey", LIMIT)?;
        wait_until("the first answer", LIMIT, || async {
            let answer = self.post(key).await?;
            Ok(answer.status().is_success().then_some(()))
        })
        .await
    }
}

/// The client, and what it must see; `None` where it can't be had.
async fn openai(scene: &Scene, key: &str, poor: &str, slow: &str) -> Result<Option<Value>> {
    let Some(python) = environment("openai").map(|venv| venv.join("bin/python")) else {
        println!(
            "SKIPPED: the OpenAI client is not installed; it needs Python 3.12 and \
             tests/e2e/clients/install"
        );
        return Ok(None);
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python/openai_client.py");
    let base = format!("http://127.0.0.1:{}/v1", scene.port);
    let arguments = [&script.display().to_string(), &base, key, poor, slow].map(String::from);
    let environment = [("NO_PROXY", "127.0.0.1"), ("PYTHONDONTWRITEBYTECODE", "1")];
    let told = run(&python, &arguments, &environment, LIMIT).await?.success()?.json()?;
    println!("OpenAI client: {told}");
    ensure!(told["models"] == json!(["all-MiniLM-L6-v2", "SmolLM2-135M-Instruct"]), "{told}");
    ensure!(told["dimensions"] == json!([384, 384, 384]) && told["same_vectors"] == true, "{told}");
    ensure!(told["cat_kitten"].as_f64() > told["cat_theorem"].as_f64(), "{told}");
    ensure!(told["completion"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    // Greedy: streamed or not, it is the same.
    ensure!(told["chat"] == told["streamed"] && told["chat"] != "", "{told}");
    ensure!(told["pieces"].as_u64() > Some(3), "it came in one piece: {told}");
    ensure!(told["first_s"].as_f64() < told["last_s"].as_f64(), "{told}");
    let refusals = [
        ("wrong_key", "AuthenticationError", 401, "invalid_api_key"),
        ("poor_key", "RateLimitError", 429, "insufficient_quota"),
        ("slow_key", "RateLimitError", 429, "rate_limit_exceeded"),
    ];
    for (name, kind, status, code) in refusals {
        let one = &told[name];
        ensure!(one["kind"] == kind && one["status"] == status && one["code"] == code, "{one}");
    }
    ensure!(told["wrong_model"].as_str().is_some_and(|text| text.contains("SmolLM2")), "{told}");
    ensure!(told["too_many"].as_str().is_some_and(|text| text.contains("256")), "{told}");
    Ok(Some(told))
}

/// With one of two miners gone, every request is answered, by the other.
async fn another_answers(scene: &mut Scene, key: &str, owed: &mut [(NetUid, u64)]) -> Result<()> {
    let before = scene.spent(key).await?;
    scene.miners[0].1.kill()?;
    let other = scene.miners[1].0.pair.ss58();
    for _ in 0..8 {
        let answer = scene.post(key).await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        let by = answer.headers().get("x-alun-miner").and_then(|value| value.to_str().ok());
        ensure!(by == Some(&other), "answered by {by:?}");
    }
    let spent = scene.spent(key).await? - before;
    ensure!(spent >= 8 * REQUEST, "{spent} for eight answers");
    owed[0].1 += spent;
    let checked = wait_until("answers are checked", LIMIT, || async {
        let text = scene.page(scene.pages, "/metrics", key).await?;
        let passed = text.lines().find_map(|line| {
            line.strip_prefix("alun_gateway_checks_total{outcome=\"passed\"} ")?.parse::<u64>().ok()
        });
        ensure!(
            text.contains("alun_gateway_checks_total{outcome=\"failed\"} 0"),
            "an honest miner failed a check: {text}"
        );
        Ok(passed.filter(|passed| *passed >= 8))
    })
    .await?;
    println!("{checked} answers checked and found the model's");
    Ok(())
}

/// With both honest miners gone, one whose vectors are slightly wrong answers, is found out, and gets
/// nothing more: better no answer than its.
async fn puts_a_cheat_aside(
    scene: &mut Scene,
    key: &str,
    owed: &mut [(NetUid, u64)],
) -> Result<()> {
    let before = scene.spent(key).await?;
    let one = scene.cheat.clone();
    let _process = miner(&scene.market, "cheat", &one, scene.vectors, "perturbed")?;
    wait_until("the cheat is announced", LIMIT, || async {
        let best = scene.market.chain.best().await?;
        let neuron = best.neuron_of(scene.vectors, &one.hot.account()).await?;
        Ok(neuron.and_then(|neuron| neuron.endpoint))
    })
    .await?;
    scene.miners[1].1.kill()?;
    wait_until("the cheat is found out", LIMIT, || async {
        let _ = scene.post(key).await?;
        let text = scene.page(scene.pages, "/metrics", key).await?;
        Ok(text.contains("alun_gateway_miners{netuid=\"1\",state=\"aside\"} 1").then_some(()))
    })
    .await?;
    let spent = scene.spent(key).await?;
    let answer = scene.post(key).await?;
    let status = answer.status();
    let told: Value = answer.json().await?;
    ensure!(status == 502 && told["error"]["code"] == "no_answer", "{status} {told}");
    ensure!(scene.spent(key).await? == spent, "an answer that nobody got was charged");
    owed[0].1 += spent - before;
    Ok(())
}

async fn doctor(scene: &Scene) -> Result<()> {
    let well = scene.command(&["doctor"]).await?.success()?;
    ensure!(!well.stdout.contains("WRONG"), "{well:?}");
    let state = scene.market.folder().join("nowhere").display().to_string();
    let mut arguments = scene.market.worker_arguments();
    let sick = ["--state-dir", &state, "--hotkey", "//e2e//stranger", "--netuid", "1", "doctor"];
    arguments.extend(sick.map(String::from));
    let sick = run(&binary("alun-gateway")?, &arguments, &[], Duration::from_secs(60)).await?;
    ensure!(sick.code == Some(1), "{sick:?}");
    for mend in ["key create", "alun neuron register", "--payer"] {
        ensure!(sick.stdout.contains(mend), "{mend} is missing: {sick:?}");
    }
    Ok(())
}

/// Killed before sending, killed after landing, started again: each subnet is paid once.
async fn pays_once(scene: &Scene, owed: &[(NetUid, u64)]) -> Result<()> {
    let points = ["payment-written", "payment-landed"].into_iter().cycle();
    let deaths = owed.iter().filter(|(_, amount)| *amount > 0).count() * 2;
    for (index, point) in points.take(deaths).enumerate() {
        let name = format!("gateway-{index}");
        let mut gateway = scene.gateway(&name, &[("ALUN_GATEWAY_CRASH", point.into())])?;
        let log = gateway.log().to_owned();
        wait_until("it dies", LIMIT, || {
            let ended = gateway.ended();
            async move { Ok(ended?.map(|_| ())) }
        })
        .await?;
        let log = std::fs::read_to_string(log)?;
        ensure!(log.contains(point), "it did not die at {point}: {log}");
    }
    let mut gateway = scene.gateway("gateway-last", &[])?;
    let owes = |text: &str, netuid: NetUid| {
        text.contains(&format!("alun_gateway_owed{{netuid=\"{netuid}\"}} 0"))
    };
    gateway.wait_for_log("serving hotkey", LIMIT)?;
    wait_until("nothing is owed", LIMIT, || async {
        let text = scene.page(scene.pages, "/metrics", "").await?;
        let paid = owed.iter().all(|(netuid, amount)| *amount == 0 || owes(&text, *netuid));
        Ok(paid.then_some(()))
    })
    .await?;
    let last = scene.market.chain.best().await?.number();
    let payer = scene.payer.account();
    let mut paid: Vec<(NetUid, u64)> = Vec::new();
    for (_, event) in scene.market.events(1, last).await? {
        if let Event::Paid(event) = event {
            ensure!(event.payer == payer && event.burned.0 > 0, "{event:?}");
            paid.push((event.netuid, event.native));
        }
    }
    let expected: Vec<_> = owed.iter().copied().filter(|(_, amount)| *amount > 0).collect();
    paid.sort();
    ensure!(paid == expected, "paid {paid:?}, owed {expected:?}");
    println!("paid on chain, once: {paid:?}");
    gateway.stop()?;
    Ok(())
}
