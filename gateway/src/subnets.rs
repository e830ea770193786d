//! The subnets that are served: what the chain says of their miners, and what was seen of them.

use crate::{
    api::ApiError,
    metrics::Metrics,
    pick::{Book, Candidate},
    GatewayError,
};
use alun_client::{Chain, Endpoint, MechanismId, NetUid, TaskKind};
use alun_exchange::Asked;
use alun_inference::{EmbeddingModel, GenerationModel};
use alun_protocol::limits;
use alun_scoring::{Task, Tasks};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How often the chain is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A block older than this is not signed with: miners accept it for [`limits::AT_WITHIN`].
const STALE: Duration = Duration::from_secs(limits::AT_WITHIN.as_secs() / 2);

/// A miner that can be asked.
#[derive(Clone, Copy, Debug)]
pub struct Miner {
    /// How it is picked.
    pub candidate: Candidate,
    /// Where it serves.
    pub endpoint: Endpoint,
}

/// What is known of the chain.
#[derive(Clone, Debug)]
pub struct View {
    /// Hash of the newest finalized block.
    pub at: [u8; 32],
    /// When that was.
    pub seen: Instant,
    /// Miners with an endpoint.
    pub miners: Vec<Miner>,
}

/// The model that a subnet's answers come from, loaded here too: to count, to shape, to check.
#[derive(Clone)]
pub enum Model {
    /// Embeds texts.
    Embedding(Arc<EmbeddingModel>),
    /// Writes text.
    Generation(Arc<GenerationModel>),
}

/// A served subnet.
pub struct Subnet {
    /// Which.
    pub netuid: NetUid,
    /// What users call it by.
    pub name: String,
    /// The model.
    pub model: Model,
    /// How answers are checked.
    pub task: Arc<dyn Task>,
    genesis: [u8; 32],
    own: [u8; 32],
    view: RwLock<Arc<View>>,
    book: Mutex<Book>,
    rates: Mutex<HashMap<[u8; 32], (f64, Instant)>>,
}

impl Subnet {
    /// Reads a subnet. `own` is the hotkey that asks: it is not asked itself.
    pub async fn open(
        chain: &Chain,
        netuid: NetUid,
        tasks: &Tasks,
        own: [u8; 32],
        taken: &[String],
    ) -> Result<Self, GatewayError> {
        let subnet = chain.best().await?.subnet(netuid).await?;
        let subnet = subnet.ok_or(GatewayError::UnknownSubnet(netuid.0))?;
        let task = tasks
            .open(netuid, &subnet.task)
            .map_err(|source| GatewayError::Task { netuid: netuid.0, source })?;
        let (model, name) = match subnet.task.kind {
            TaskKind::Embedding => {
                let model = tasks.embedding.clone();
                let model = model.ok_or(GatewayError::Missing("an embedding model"))?;
                let name = model.info().name.clone();
                (Model::Embedding(model), name)
            }
            TaskKind::Generation => {
                let model = tasks.generation.clone();
                let model = model.ok_or(GatewayError::Missing("a generation model"))?;
                let name = model.info().name.clone();
                (Model::Generation(model), name)
            }
            TaskKind::External => {
                return Err(GatewayError::Missing(
                    "a subnet of texts (external tasks have no OpenAI shape)",
                ))
            }
        };
        // The same model on a second subnet is called by its netuid too.
        let name = if taken.contains(&name) { format!("{name}@{netuid}") } else { name };
        let view = look(chain, netuid, own).await?;
        Ok(Self {
            netuid,
            name,
            model,
            task: task.into(),
            genesis: chain.genesis(),
            own,
            view: RwLock::new(Arc::new(view)),
            book: Mutex::default(),
            rates: Mutex::default(),
        })
    }

    /// What is known of the chain; an error when it is too old to sign with.
    pub fn view(&self) -> Result<Arc<View>, ApiError> {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner).clone();
        let age = view.seen.elapsed();
        if age > STALE {
            return Err(ApiError::blind(age.as_secs()));
        }
        Ok(view)
    }

    /// Age of what is known of the chain.
    pub fn age(&self) -> Duration {
        self.view.read().unwrap_or_else(PoisonError::into_inner).seen.elapsed()
    }

    /// What was seen of the miners.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A miner that was not tried yet and may be asked now. `Err(true)`: there is one, but each has
    /// had all the requests of this second.
    pub fn pick(&self, view: &View, tried: &[[u8; 32]]) -> Result<Miner, bool> {
        let candidates: Vec<Candidate> = view.miners.iter().map(|miner| miner.candidate).collect();
        let now = Instant::now();
        let mut out = tried.to_vec();
        let mut full = false;
        loop {
            let picked = self.book().pick(&candidates, &out, now, &mut rand::thread_rng());
            let Some(picked) = picked else { return Err(full) };
            if self.take(picked.hotkey, now) {
                let miner = view.miners.iter().find(|one| one.candidate.hotkey == picked.hotkey);
                return miner.copied().ok_or(full);
            }
            // One without incentive is no substitute for one that is only busy this second.
            if picked.incentive > 0 {
                full = true;
            }
            out.push(picked.hotkey);
            let left = candidates.iter().any(|one| one.incentive > 0 && !out.contains(&one.hotkey));
            if full && !left {
                return Err(true);
            }
        }
    }

    /// Miners take so many requests per second of one hotkey.
    fn take(&self, hotkey: [u8; 32], now: Instant) -> bool {
        let rate = f64::from(limits::REQUESTS_PER_SECOND_PER_HOTKEY);
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, at) = rates.entry(hotkey).or_insert((rate, now));
        *left = (*left + now.saturating_duration_since(*at).as_secs_f64() * rate).min(rate);
        *at = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }

    /// Whom to ask, as the exchange takes it.
    pub fn asked(&self, view: &View, miner: &Miner) -> Asked {
        Asked {
            hotkey: miner.candidate.hotkey,
            endpoint: miner.endpoint,
            genesis: self.genesis,
            netuid: self.netuid,
            at: view.at,
        }
    }

    /// Looks at the chain again and again.
    pub async fn follow(self: Arc<Self>, chain: Chain, metrics: Arc<Metrics>) {
        loop {
            match look(&chain, self.netuid, self.own).await {
                Ok(view) => {
                    let candidates: Vec<_> = view.miners.iter().map(|one| one.candidate).collect();
                    let aside = {
                        let mut book = self.book();
                        book.keep(&candidates, Instant::now());
                        book.aside(Instant::now())
                    };
                    self.rates
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .retain(|key, _| candidates.iter().any(|one| one.hotkey == *key));
                    metrics.miners(self.netuid.0, candidates.len(), aside);
                    *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
                }
                Err(error) => tracing::warn!(netuid = %self.netuid, %error, "looking at the chain"),
            }
            metrics.chain_age.set(i64::try_from(self.age().as_secs()).unwrap_or(i64::MAX));
            sleep(LOOK_EVERY).await;
        }
    }
}

async fn look(chain: &Chain, netuid: NetUid, own: [u8; 32]) -> Result<View, GatewayError> {
    let at = chain.finalized().await?;
    let seen = Instant::now();
    let metagraph = chain.best().await?.metagraph(netuid, MechanismId::FIRST).await?;
    let metagraph = metagraph.ok_or(GatewayError::UnknownSubnet(netuid.0))?;
    let miners = metagraph.neurons.iter().filter(|neuron| neuron.hotkey.0 != own);
    let miners = miners.filter_map(|neuron| {
        let candidate = Candidate { hotkey: neuron.hotkey.0, incentive: neuron.incentive };
        neuron.endpoint.map(|endpoint| Miner { candidate, endpoint })
    });
    Ok(View { at: at.hash().0, seen, miners: miners.collect() })
}
