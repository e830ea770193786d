//! `alun-gateway-bench`: what the gateway costs. A node, one real miner under several hotkeys, a
//! gateway; the same paced requests straight to the miner and through the gateway, in one run.

use alun_client::{Chain, Endpoint, NetUid, UNIT};
use alun_e2e::harness::{
    binary, embedding_task, free_port, run, short_epochs, wait_until, Market, Participant,
    Priority, Process,
};
use alun_exchange::{ask, Asked};
use alun_keys::Keypair;
use alun_scoring::Question;
use anyhow::{ensure, Context, Result};
use clap::Parser;
use serde_json::{json, Value};
use std::{
    future::Future,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

const LIMIT: Duration = Duration::from_secs(120);

/// Load through the gateway against one real miner, beside the same load without it.
#[derive(Clone, Debug, Parser)]
struct Settings {
    /// Clients at once.
    #[arg(long, default_value_t = 8)]
    clients: u32,
    /// Requests per second of all of them together.
    #[arg(long, default_value_t = 40)]
    rate: u32,
    /// Seconds for each of the two measurements; each is made twice, taking turns.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Hotkeys of the miner: it takes 10 requests per second for each.
    #[arg(long, default_value_t = 8)]
    hotkeys: usize,
    /// Writes the numbers there too.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let settings = Settings::parse();
    let market = Market::start().await?;
    let (owner, validator) = (Participant::new("owner")?, Participant::new("validator")?);
    let miners = Participant::several("miner", settings.hotkeys)?;
    let mut all = vec![owner.clone(), validator.clone()];
    all.extend(miners.iter().cloned());
    market.fund_participants(&all, 6_000).await?;
    let netuid = market.subnet(&owner, embedding_task(), short_epochs(10)).await?;
    market.join(netuid, &validator, 5_000 * UNIT).await?;
    market.open(netuid, &owner).await?;
    let _miner = miner(&market, netuid, &miners)?;
    let served = served(&market.chain, netuid, &validator, &miners).await?;
    let (_gateway, url, api_key) = gateway(&market, netuid, &validator).await?;

    let http = reqwest::Client::builder().no_proxy().build()?;
    let text = "The quick brown fox jumps over the lazy dog.".to_owned();
    let straight = Straight {
        http: http.clone(),
        key: Arc::new(validator.hot.pair.clone()),
        chain: market.chain.clone(),
        netuid,
        served: Arc::new(served),
        text: text.clone(),
    };
    let mut direct = Measured::default();
    let mut through = Measured::default();
    for _ in 0..2 {
        let at = market.chain.finalized().await?.hash().0;
        direct.add(load(&settings, |number| straight.clone().ask(number, at)).await?);
        through.add(
            load(&settings, |_| {
                let post = http.post(&url).bearer_auth(&api_key).json(&json!({"input": text}));
                async move {
                    let answer = post.send().await;
                    let status = answer.map(|answer| answer.status());
                    status.is_ok_and(|status| status.is_success())
                }
            })
            .await?,
        );
    }
    let report = json!({ "cases": [{
        "clients": settings.clients, "rate": settings.rate, "hotkeys": settings.hotkeys,
        "direct": direct.json(), "gateway": through.json(),
        "p50_ratio": through.quantile(0.5) / direct.quantile(0.5),
        "p95_ratio": through.quantile(0.95) / direct.quantile(0.95),
    }] });
    println!("{report:#}");
    if let Some(path) = settings.json {
        std::fs::write(&path, report.to_string())
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn miner(market: &Market, netuid: NetUid, miners: &[Participant]) -> Result<Process> {
    let listen = format!("127.0.0.1:{}", free_port()?);
    let mut arguments = market.worker_arguments();
    let id = netuid.to_string();
    arguments.extend(
        ["--netuid", &id, "--register", "--max-price", "1000", "--listen", &listen]
            .map(String::from),
    );
    for one in miners {
        arguments.extend(["--hotkey", &one.hot.uri, "--coldkey", &one.cold.uri].map(String::from));
    }
    let program = binary("alun-miner")?;
    Process::start("miner", &program, &arguments, &[], market.folder(), Priority::First)
}

/// Waits for every endpoint and the validator's permit.
async fn served(
    chain: &Chain,
    netuid: NetUid,
    validator: &Participant,
    miners: &[Participant],
) -> Result<Vec<([u8; 32], Endpoint)>> {
    wait_until("all miners are announced", LIMIT, || async {
        let best = chain.best().await?;
        let own = best.neuron_of(netuid, &validator.hot.account()).await?;
        if !own.is_some_and(|own| own.permit) {
            return Ok(None);
        }
        let mut served = Vec::new();
        for one in miners {
            let neuron = best.neuron_of(netuid, &one.hot.account()).await?;
            let Some(endpoint) = neuron.and_then(|neuron| neuron.endpoint) else {
                return Ok(None);
            };
            served.push((one.hot.pair.public(), endpoint));
        }
        Ok(Some(served))
    })
    .await
}

async fn gateway(
    market: &Market,
    netuid: NetUid,
    validator: &Participant,
) -> Result<(Process, String, String)> {
    let program = binary("alun-gateway")?;
    let state = market.folder().join("gateway-state").display().to_string();
    let make = ["--state-dir", &state, "key", "create", "--limit", "1000", "--per-second", "1000"];
    let made = run(&program, &make, &[], LIMIT).await?.success()?;
    let (port, pages, id) = (free_port()?, free_port()?, netuid.to_string());
    let (users, operators) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{pages}"));
    let mut arguments = market.worker_arguments();
    let more = [
        "--state-dir",
        &state,
        "--hotkey",
        &validator.hot.uri,
        "--netuid",
        &id,
        "--listen",
        &users,
        "--metrics",
        &operators,
        "--spot-check",
        "0",
    ];
    arguments.extend(more.map(String::from));
    let mut process =
        Process::start("gateway", &program, &arguments, &[], market.folder(), Priority::First)?;
    process.wait_for_log("serving hotkey", LIMIT)?;
    Ok((process, format!("http://{users}/v1/embeddings"), made.stdout.trim().to_owned()))
}

/// Requests straight to the miner, signed, under its hotkeys in turn.
#[derive(Clone)]
struct Straight {
    http: reqwest::Client,
    key: Arc<Keypair>,
    chain: Chain,
    netuid: NetUid,
    served: Arc<Vec<([u8; 32], Endpoint)>>,
    text: String,
}

impl Straight {
    async fn ask(self, number: u32, at: [u8; 32]) -> bool {
        let Some(&(hotkey, endpoint)) = self.served.get(number as usize % self.served.len()) else {
            return false;
        };
        let (genesis, netuid) = (self.chain.genesis(), self.netuid);
        let asked = Asked { hotkey, endpoint, genesis, netuid, at };
        let question = Question::Embedding { texts: vec![self.text] };
        let outcome = ask(&self.http, &self.key, &asked, &question, LIMIT).await;
        outcome.received.is_ok()
    }
}

#[derive(Default)]
struct Measured {
    seconds: Vec<f64>,
    failed: u32,
    elapsed: f64,
}

impl Measured {
    fn add(&mut self, other: Self) {
        self.seconds.extend(other.seconds);
        self.seconds.sort_by(f64::total_cmp);
        self.failed += other.failed;
        self.elapsed += other.elapsed;
    }

    fn quantile(&self, part: f64) -> f64 {
        let last = self.seconds.len().saturating_sub(1);
        let at = (self.seconds.len() as f64 * part) as usize;
        self.seconds.get(at.min(last)).copied().unwrap_or(f64::NAN)
    }

    fn json(&self) -> Value {
        json!({
            "answered": self.seconds.len(), "failed": self.failed,
            "per_second": self.seconds.len() as f64 / self.elapsed,
            "p50_ms": self.quantile(0.5) * 1e3, "p95_ms": self.quantile(0.95) * 1e3,
            "p99_ms": self.quantile(0.99) * 1e3,
        })
    }
}

/// Every client sends at its own pace, whatever the others do.
async fn load<F: Future<Output = bool> + Send + 'static>(
    settings: &Settings,
    request: impl Fn(u32) -> F,
) -> Result<Measured> {
    let count = settings.rate * settings.seconds;
    ensure!(settings.clients > 0 && count > 0, "nothing to measure");
    let (started, pace) = (Instant::now(), Duration::from_secs(1) / settings.rate);
    let mut running = JoinSet::new();
    let mut measured = Measured::default();
    let mut take = |done: (f64, bool)| match done {
        (seconds, true) => measured.seconds.push(seconds),
        (_, false) => measured.failed += 1,
    };
    for number in 0..count {
        sleep((pace * number).saturating_sub(started.elapsed())).await;
        while running.len() >= settings.clients as usize {
            take(running.join_next().await.context("nobody runs")??);
        }
        let one = request(number);
        running.spawn(async move {
            let began = Instant::now();
            let fine = one.await;
            (began.elapsed().as_secs_f64(), fine)
        });
    }
    while let Some(done) = running.join_next().await {
        take(done?);
    }
    measured.elapsed = started.elapsed().as_secs_f64();
    Ok(measured)
}
