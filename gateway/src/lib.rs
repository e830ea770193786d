//! The gateway: an OpenAI-compatible endpoint for users with API keys, in front of the miners of one
//! or several subnets. It signs with a validator's hotkey, so that what it asks looks like a
//! challenge, and pays the subnets for what was used.
//!
//! - [`serve`]: the API. [`question`]: a request as miners are asked it. [`stream`]: answers as they
//!   come. [`api`]: what users are told when something is wrong.
//! - [`pick`], [`forward`]: which miner, and which next. [`subnets`]: what is known of them.
//!   [`spot`]: delivered answers checked with the own model.
//! - [`keys`]: who may ask. [`meter`]: what they used. [`store`]: on disk. [`settle`]: paid for.
//! - [`doctor`]: what is wrong with a set-up.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod api;
mod clock;
mod crash;
pub mod doctor;
pub mod error;
pub mod forward;
pub mod keys;
pub mod meter;
pub mod metrics;
pub mod pick;
pub mod question;
pub mod serve;
pub mod settings;
pub mod settle;
pub mod spot;
pub mod store;
pub mod stream;
pub mod subnets;

pub use error::GatewayError;
pub use settings::{Command, KeyCommand, Settings};

use alun_client::{Chain, Connect, NetUid, TaskKind, Tokens};
use alun_inference::{EmbeddingModel, GenerationModel, EMBEDDING_MODEL, GENERATION_MODEL};
use alun_keys::Keypair;
use alun_scoring::Tasks;
use keys::{KeyFolder, KeyRing};
use meter::{Meter, Prices};
use metrics::Metrics;
use serve::{Admission, App};
use settle::Settler;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use store::Store;
use subnets::Subnet;
use tokio::{net::TcpListener, select, signal, task::JoinSet, time::sleep};

/// Runs what the settings ask for; a gateway until SIGTERM or Ctrl-C.
pub async fn run(settings: Settings) -> Result<(), GatewayError> {
    match &settings.command {
        Some(Command::Doctor) => return doctor::doctor(&settings).await,
        Some(Command::Key { command }) => return key(&settings, command),
        None => {}
    }
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())
        .map_err(|error| GatewayError::Worker(error.to_string()))?;
    select! {
        outcome = gateway(settings) => outcome,
        _ = signal::ctrl_c() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
    // Whatever is owed is on the disk: the next start goes on from it.
}

fn key(settings: &Settings, command: &KeyCommand) -> Result<(), GatewayError> {
    let folder = KeyFolder::open(&settings.state_dir)?;
    match command {
        KeyCommand::Create(create) => {
            let (key, text) = folder.create(&create.name, create.limit.0, create.per_second)?;
            eprintln!("made {}; this is shown once:", key.id);
            println!("{text}");
        }
        KeyCommand::Revoke { id } => {
            folder.revoke(id)?;
            eprintln!("{id} is refused from now on");
        }
        KeyCommand::List => {
            for key in folder.list()? {
                let state = if key.revoked_ms.is_some() { "revoked" } else { "accepted" };
                let (limit, rate) = (Tokens(key.limit), key.per_second);
                println!("{}  {state}  {limit} ALUN  {rate}/s  {}", key.id, key.name);
            }
        }
    }
    Ok(())
}

async fn gateway(settings: Settings) -> Result<(), GatewayError> {
    let spec = settings.hotkey.as_ref().ok_or(GatewayError::Missing("--hotkey"))?;
    if settings.netuid.is_empty() {
        return Err(GatewayError::Missing("--netuid"));
    }
    let hotkey = Arc::new(alun_keys::load(spec.expose(), password(&settings))?);
    let store = Arc::new(Store::open(&settings.state_dir)?);
    let folder = KeyFolder::open(&settings.state_dir)?;
    let ring = Arc::new(KeyRing::default());
    ring.load(&folder)?;
    let users = bind(settings.listen).await?;
    let operators = bind(settings.metrics).await?;
    let how = Connect::new(&settings.url)
        .expecting(settings.genesis.map(|digest| digest.0))
        .waiting(Duration::from_secs(30));
    let chain = Chain::connect_with(how).await?;
    let metrics =
        Arc::new(Metrics::new().map_err(|error| GatewayError::Worker(error.to_string()))?);
    let mut running = JoinSet::new();
    // Before models are loaded: what is open from the last time need not wait for them.
    match payer(&settings)? {
        Some(payer) => {
            let settler = Settler {
                chain: chain.clone(),
                store: store.clone(),
                payer: Arc::new(payer),
                metrics: metrics.clone(),
                netuids: settings.netuid.clone(),
                least: settings.settle_least.0,
                slippage: settings.slippage,
            };
            running.spawn(settler.run(Duration::from_secs(settings.settle_every)));
        }
        None => tracing::warn!("NOTHING IS PAID: there is no --payer; use is metered only"),
    }
    let subnets = open_subnets(&settings, &chain, &hotkey).await?;
    let prices = Prices {
        prompt: settings.price_prompt.0,
        completion: settings.price_completion.0,
        request: settings.price_request.0,
    };
    let app = Arc::new(App {
        key: hotkey.clone(),
        http: http()?,
        subnets: subnets.clone(),
        ring: ring.clone(),
        meter: Meter::start(store, prices, metrics.clone())?,
        spot: spot::Spot::start(
            settings.spot_check,
            Duration::from_secs(settings.aside),
            metrics.clone(),
        ),
        metrics: metrics.clone(),
        admission: Admission::new(settings.running.into(), settings.queued.into()),
        started_s: clock::now_s(),
    });
    for subnet in subnets {
        running.spawn(subnet.follow(chain.clone(), metrics.clone()));
    }
    running.spawn(watch_keys(ring, folder));
    running.spawn(serve_http(operators, serve::operators(app.clone())));
    running.spawn(serve_http(users, serve::users(app)));
    tracing::info!(hotkey = %hotkey.ss58(), listen = %settings.listen, "serving");
    // None of them ends but by an error.
    match running.join_next().await {
        Some(Err(error)) => Err(GatewayError::Worker(error.to_string())),
        _ => Err(GatewayError::Worker("it returned".into())),
    }
}

async fn open_subnets(
    settings: &Settings,
    chain: &Chain,
    hotkey: &Keypair,
) -> Result<Vec<Arc<Subnet>>, GatewayError> {
    let mut kinds = Vec::new();
    for &netuid in &settings.netuid {
        let best = chain.best().await?;
        let subnet = best.subnet(NetUid(netuid)).await?;
        kinds.push(subnet.ok_or(GatewayError::UnknownSubnet(netuid))?.task.kind);
        let own = best.neuron_of(NetUid(netuid), &hotkey.public().into()).await?;
        match own {
            None => return Err(GatewayError::NotRegistered { hotkey: hotkey.ss58(), netuid }),
            Some(own) if !own.permit => tracing::warn!(
                netuid,
                "the hotkey holds no permit here: miners refuse it until it does, but those with --min-stake"
            ),
            Some(_) => {}
        }
    }
    let tasks = load_models(settings, &kinds).await?;
    let (mut subnets, mut taken) = (Vec::new(), Vec::new());
    for &netuid in &settings.netuid {
        let subnet = Subnet::open(chain, NetUid(netuid), &tasks, hotkey.public(), &taken).await?;
        tracing::info!(netuid, model = subnet.name, "serving a subnet");
        taken.push(subnet.name.clone());
        subnets.push(Arc::new(subnet));
    }
    Ok(subnets)
}

/// Loads the models that the subnets' tasks need, each once.
pub(crate) async fn load_models(
    settings: &Settings,
    kinds: &[TaskKind],
) -> Result<Tasks, GatewayError> {
    if settings.threads > 0 {
        alun_inference::set_threads(settings.threads)?;
    }
    let folder = match &settings.models {
        Some(folder) => folder.clone(),
        None => alun_inference::models_dir()?,
    };
    let device = settings.device;
    let embedding = kinds.contains(&TaskKind::Embedding);
    let generation = kinds.contains(&TaskKind::Generation);
    let load = move || -> Result<Tasks, GatewayError> {
        let mut tasks = Tasks::default();
        if embedding {
            tasks.embedding = Some(Arc::new(EmbeddingModel::load(
                &folder.join(EMBEDDING_MODEL.folder),
                device,
                Some(EMBEDDING_MODEL.weights.sha256),
            )?));
        }
        if generation {
            tasks.generation = Some(Arc::new(GenerationModel::load(
                &folder.join(GENERATION_MODEL.folder),
                device,
                Some(GENERATION_MODEL.weights.sha256),
            )?));
        }
        Ok(tasks)
    };
    let loaded = tokio::task::spawn_blocking(load).await;
    loaded.map_err(|error| GatewayError::Worker(error.to_string()))?
}

fn http() -> Result<reqwest::Client, GatewayError> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| GatewayError::Worker(error.to_string()))
}

async fn bind(address: SocketAddr) -> Result<TcpListener, GatewayError> {
    TcpListener::bind(address).await.map_err(|source| GatewayError::Listen { address, source })
}

async fn serve_http(listener: TcpListener, router: axum::Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "serving HTTP");
    }
}

/// Takes keys that were made or revoked since.
async fn watch_keys(ring: Arc<KeyRing>, folder: KeyFolder) {
    loop {
        sleep(Duration::from_secs(1)).await;
        let (ring, folder) = (ring.clone(), folder.clone());
        let loaded = tokio::task::spawn_blocking(move || ring.load(&folder)).await;
        match loaded {
            Ok(Err(error)) => tracing::error!(%error, "the keys can't be read: the old ones hold"),
            Err(error) => tracing::error!(%error, "the keys can't be read: the old ones hold"),
            Ok(Ok(())) => {}
        }
    }
}

fn payer(settings: &Settings) -> Result<Option<Keypair>, GatewayError> {
    let Some(spec) = &settings.payer else { return Ok(None) };
    Ok(Some(alun_keys::load(spec.expose(), password(settings))?))
}

pub(crate) fn password(settings: &Settings) -> Option<&str> {
    settings.password.as_ref().map(|password| password.expose())
}
