//! The validator: challenge → collect → verify → score → commit → reveal, for one or several
//! subnets, each epoch, whatever happens in between.
//!
//! - [`worker`]: one subnet; a scorer and a lander side by side.
//! - [`round`]: one epoch's work up to a row on the disk. [`ask`] is one question to one miner (shared with the gateway).
//! - [`land`]: commit and reveal until final, decided from disk and chain alone.
//! - [`state`]: what survives a crash. [`pack`]: the answers of an epoch in one file.
//! - [`shelf`]: evidence that anybody may read, and its server; [`quota`] keeps strangers in bounds.
//! - [`server`]: `/health`, `/metrics`, `/status`. [`doctor`]: did the rows land?
//! - [`backup`]: key, rows and evidence in one file, and back.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod backup;
pub mod crash;
pub mod doctor;
pub mod error;
pub mod land;
mod lock;
pub mod metrics;
pub mod pack;
pub mod quota;
pub mod round;
pub mod server;
pub mod settings;
pub mod shelf;
pub mod state;
pub mod worker;

pub use alun_exchange as ask;
pub use error::ValidatorError;
pub use settings::{Command, Settings};

use alun_client::{Chain, Connect, MechanismId, NetUid, Submission};
use alun_inference::{EmbeddingModel, GenerationModel, EMBEDDING_MODEL, GENERATION_MODEL};
use alun_keys::Keypair;
use alun_primitives::TaskKind;
use alun_scoring::Tasks;
use metrics::Metrics;
use server::Board;
use shelf::Shelf;
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use tokio::{select, signal, sync::Semaphore, task::JoinSet};
use worker::{Shared, Worker};

/// Runs what the settings ask for, until SIGTERM or Ctrl-C.
pub async fn run(settings: Settings) -> Result<(), ValidatorError> {
    match &settings.command {
        Some(Command::Doctor) => return doctor::doctor(&settings),
        Some(Command::Backup { file }) => return backup::backup(&settings, file),
        Some(Command::Restore { file }) => return backup::restore(&settings, file),
        None => {}
    }
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())
        .map_err(|error| ValidatorError::Worker(error.to_string()))?;
    select! {
        outcome = validate(settings) => outcome,
        _ = signal::ctrl_c() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
    // Whatever is open is on the disk: the next start goes on from it.
}

async fn validate(settings: Settings) -> Result<(), ValidatorError> {
    let _lock = lock::acquire(&settings.state_dir)?;
    let key = Arc::new(alun_keys::load(&settings.hotkey, password(&settings))?);
    let listener = server::bind(settings.listen).await?;
    let how = Connect::new(&settings.url)
        .expecting(settings.genesis.map(|digest| digest.0))
        .waiting(Duration::from_secs(30));
    let evidence = match settings.evidence_listen {
        Some(address) => Some(server::bind(address).await?),
        None => None,
    };
    let chain = Chain::connect_with(how).await?;
    let netuids: BTreeSet<NetUid> = settings.netuid.iter().copied().map(NetUid).collect();
    let kinds = subnets(&settings, &chain, &key, &netuids).await?;
    let tasks = load(&settings, &kinds).await?;
    let metrics =
        Arc::new(Metrics::new().map_err(|error| ValidatorError::Worker(error.to_string()))?);
    let board = Arc::new(Board::default());
    let shelf = Arc::new(Shelf::new(key.ss58(), chain.genesis()));
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| ValidatorError::Worker(error.to_string()))?;
    let shared = Shared {
        chain: chain.clone(),
        key: key.clone(),
        http,
        tasks,
        model: Arc::new(Semaphore::new(1)),
        metrics: metrics.clone(),
        board: board.clone(),
        shelf: shelf.clone(),
        retention: settings.retention(),
    };
    let mut running = JoinSet::new();
    for netuid in netuids {
        for mechanism in 0..kinds.mechanisms(netuid) {
            let timeouts = settings.clone();
            let timeout = move |tempo| timeouts.timeout(tempo);
            let worker = Worker::open(
                shared.clone(),
                netuid,
                MechanismId(mechanism),
                &settings.state_dir,
                timeout,
            )?;
            running.spawn(async move { worker.run().await });
        }
    }
    tracing::info!(hotkey = %key.ss58(), listen = %settings.listen, "validating");
    running.spawn(server::serve(listener, board, metrics, key.ss58(), chain.genesis()));
    if let Some(listener) = evidence {
        running.spawn(shelf::serve(listener, shelf));
    }
    // None of them ends but by an error.
    match running.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) => Err(ValidatorError::Worker(error.to_string())),
        None => Ok(()),
    }
}

/// What the served subnets ask for.
#[derive(Default)]
struct Kinds {
    embedding: bool,
    generation: bool,
    mechanisms: Vec<(NetUid, u8)>,
}

impl Kinds {
    fn mechanisms(&self, netuid: NetUid) -> u8 {
        self.mechanisms.iter().find(|(id, _)| *id == netuid).map_or(1, |(_, count)| *count)
    }
}

/// Checks that every subnet is there and the hotkey registered; registers it if asked.
async fn subnets(
    settings: &Settings,
    chain: &Chain,
    key: &Keypair,
    netuids: &BTreeSet<NetUid>,
) -> Result<Kinds, ValidatorError> {
    let mut kinds = Kinds::default();
    for &netuid in netuids {
        let at = chain.best().await?;
        let subnet = at.subnet(netuid).await?.ok_or(ValidatorError::UnknownSubnet(netuid.0))?;
        match subnet.task.kind {
            TaskKind::Embedding => kinds.embedding = true,
            TaskKind::Generation => kinds.generation = true,
            TaskKind::External => {}
        }
        kinds.mechanisms.push((netuid, subnet.mechanisms));
        if at.neuron_of(netuid, &key.public().into()).await?.is_some() {
            continue;
        }
        let (true, Some(coldkey)) = (settings.register, &settings.coldkey) else {
            return Err(ValidatorError::NotRegistered { hotkey: key.ss58(), netuid: netuid.0 });
        };
        let coldkey = alun_keys::load(coldkey, password(settings))?;
        let how = Submission::default();
        alun_client::register_neuron(chain, &coldkey, key, netuid, settings.max_price.0, &how)
            .await?;
        tracing::info!(%netuid, "registered");
    }
    Ok(kinds)
}

/// Loads the models that the subnets' tasks need, each once.
async fn load(settings: &Settings, kinds: &Kinds) -> Result<Tasks, ValidatorError> {
    if settings.threads > 0 {
        alun_inference::set_threads(settings.threads)?;
    }
    let external = settings.programs();
    if !kinds.embedding && !kinds.generation {
        return Ok(Tasks { external, ..Default::default() });
    }
    let folder = match &settings.models {
        Some(folder) => folder.clone(),
        None => alun_inference::models_dir()?,
    };
    let (device, embedding, generation) = (settings.device, kinds.embedding, kinds.generation);
    let load = move || load_from(&folder, device, embedding, generation);
    let tasks = tokio::task::spawn_blocking(load)
        .await
        .map_err(|error| ValidatorError::Worker(error.to_string()))??;
    Ok(Tasks { external, ..tasks })
}

fn load_from(
    folder: &Path,
    device: alun_inference::DeviceKind,
    embedding: bool,
    generation: bool,
) -> Result<Tasks, ValidatorError> {
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
}

fn password(settings: &Settings) -> Option<&str> {
    settings.password.as_ref().map(|password| password.expose())
}
