//! One subnet and mechanism: a scorer that works each epoch once, and a lander that brings rows
//! onto the chain. They run side by side, so that a slow miner never delays a reveal.

use crate::{
    error::ValidatorError,
    land::Lander,
    metrics::Metrics,
    round::Round,
    server::Board,
    shelf::Shelf,
    state::{EpochRecord, Retention, Store},
};
use alun_client::{Chain, ClientError, MechanismId, NetUid, Neuron, SubnetMetagraph};
use alun_keys::Keypair;
use alun_scoring::{Task, Tasks};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, Semaphore},
    time::sleep,
};

/// What every worker of the process shares.
#[derive(Clone)]
pub struct Shared {
    /// The chain.
    pub chain: Chain,
    /// The hotkey.
    pub key: Arc<Keypair>,
    /// For asking miners.
    pub http: reqwest::Client,
    /// Loaded models.
    pub tasks: Tasks,
    /// One verification at a time.
    pub model: Arc<Semaphore>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What `/status` shows.
    pub board: Arc<Board>,
    /// Evidence that anybody may read.
    pub shelf: Arc<Shelf>,
    /// How much of the past is kept.
    pub retention: Retention,
}

/// A worker of one subnet and mechanism.
pub struct Worker {
    shared: Shared,
    netuid: NetUid,
    mechanism: MechanismId,
    store: Store,
    records: Mutex<BTreeMap<u64, EpochRecord>>,
    timeout: Box<dyn Fn(Duration) -> Duration + Send + Sync>,
}

/// What stands in the way of this epoch's work.
enum Idle {
    NotStarted,
    NotRegistered,
    NoPermit,
    NotDue,
    Done,
}

impl Idle {
    fn sentence(&self) -> &'static str {
        match self {
            Self::NotStarted => "the subnet is not started yet",
            Self::NotRegistered => "the hotkey holds no uid on this subnet any more",
            Self::NoPermit => {
                "no validator permit: it needs more stake, and permits are granted at each epoch"
            }
            Self::NotDue => "the first epoch is not due yet",
            Self::Done => "this epoch is worked; waiting for the next",
        }
    }
}

impl Worker {
    /// Opens the store and reads what is there.
    pub fn open(
        shared: Shared,
        netuid: NetUid,
        mechanism: MechanismId,
        state: &std::path::Path,
        timeout: impl Fn(Duration) -> Duration + Send + Sync + 'static,
    ) -> Result<Self, ValidatorError> {
        let store = Store::open(state, netuid, mechanism)?;
        let records = store.load()?;
        if let Some(newest) = records.values().next_back() {
            tracing::info!(%netuid, epoch = newest.epoch, finished = newest.finished(), "going on from the records on disk");
            shared.board.show(netuid, mechanism, newest);
        }
        shared.shelf.put(netuid, mechanism, &store, &records);
        Ok(Self {
            shared,
            netuid,
            mechanism,
            store,
            records: Mutex::new(records),
            timeout: Box::new(timeout),
        })
    }

    /// Works until an error that can't be waited out.
    pub async fn run(&self) -> Result<(), ValidatorError> {
        tokio::try_join!(self.score(), self.land()).map(|((), ())| ())
    }

    async fn score(&self) -> Result<(), ValidatorError> {
        let slot = self.shared.chain.slot().await?;
        let mut said = "";
        loop {
            match self.next_epoch().await {
                Ok(Err(idle)) => {
                    let sentence = idle.sentence();
                    if sentence != said {
                        tracing::info!(netuid = %self.netuid, "{sentence}");
                        said = sentence;
                    }
                    self.shared.board.step(self.netuid, self.mechanism, sentence);
                    sleep(slot).await;
                }
                Ok(Ok(())) => said = "",
                Err(ValidatorError::Client(error)) if may_pass(&error) => {
                    tracing::warn!(netuid = %self.netuid, %error, "the node does not answer: trying again");
                    sleep(slot * 3).await;
                }
                Err(ValidatorError::Task { netuid, source }) => {
                    // The owner may set another task, and other subnets go on.
                    tracing::error!(netuid, error = %source, "this subnet can't be served now");
                    self.shared.board.step(self.netuid, self.mechanism, &source.to_string());
                    sleep(slot * 10).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Works the newest due epoch, unless it is worked or can't be.
    async fn next_epoch(&self) -> Result<Result<(), Idle>, ValidatorError> {
        let at = self.shared.chain.finalized().await?;
        let Some(metagraph) = at.metagraph(self.netuid, self.mechanism).await? else {
            // Registered a moment ago, or gone for good?
            let best = self.shared.chain.best().await?.subnet(self.netuid).await?;
            let gone = best.is_none().then_some(ValidatorError::UnknownSubnet(self.netuid.0));
            return gone.map_or(Ok(Err(Idle::NotStarted)), Err);
        };
        let Some(schedule) = metagraph.subnet.schedule else { return Ok(Err(Idle::NotStarted)) };
        let Some(epoch) = schedule.due(at.number()) else { return Ok(Err(Idle::NotDue)) };
        let records = self.records.lock().await.clone();
        if records.contains_key(&epoch) {
            return Ok(Err(Idle::Done));
        }
        match self.own(&metagraph) {
            None => return Ok(Err(Idle::NotRegistered)),
            Some(neuron) if !neuron.permit => return Ok(Err(Idle::NoPermit)),
            Some(_) => {}
        }
        let Some(first) = schedule.block_of(epoch, at.number()) else {
            return Ok(Err(Idle::NotDue));
        };
        let epoch_block = self.shared.chain.hash_of(first).await?;
        let Some(epoch_block) = epoch_block else { return Ok(Err(Idle::NotDue)) };
        let tempo = self.shared.chain.slot().await? * schedule.at(at.number()).tempo;
        let round = Round {
            key: self.shared.key.clone(),
            http: self.shared.http.clone(),
            task: self.task(&metagraph)?,
            model: self.shared.model.clone(),
            genesis: self.shared.chain.genesis(),
            netuid: self.netuid,
            mechanism: self.mechanism,
            epoch,
            first_block: first,
            epoch_block: epoch_block.0,
            at: (at.number(), at.hash().0),
            limit: (self.timeout)(tempo),
            metrics: self.shared.metrics.clone(),
        };
        self.shared.board.step(self.netuid, self.mechanism, "challenging and verifying");
        let record = round.work(&metagraph, &self.store, &records).await?;
        self.shared.metrics.epochs.with_label_values(&[&self.netuid.to_string()]).inc();
        match &record.row {
            Ok(row) => {
                tracing::info!(netuid = %self.netuid, epoch, uids = ?row.uids, values = ?row.values, "row written")
            }
            Err(why) => tracing::warn!(netuid = %self.netuid, epoch, "no row: {why}"),
        }
        self.shared.board.show(self.netuid, self.mechanism, &record);
        let mut records = self.records.lock().await;
        records.insert(epoch, record);
        self.store.prune(&mut records, self.shared.retention);
        self.publish(&records);
        Ok(Ok(()))
    }

    fn publish(&self, records: &BTreeMap<u64, EpochRecord>) {
        self.shared.shelf.put(self.netuid, self.mechanism, &self.store, records);
    }

    fn own<'a>(&self, metagraph: &'a SubnetMetagraph) -> Option<&'a Neuron> {
        let own = self.shared.key.public();
        metagraph.neurons.iter().find(|neuron| neuron.hotkey.0 == own)
    }

    fn task(&self, metagraph: &SubnetMetagraph) -> Result<Arc<dyn Task>, ValidatorError> {
        let task = self.shared.tasks.open(self.netuid, &metagraph.subnet.task);
        task.map(Arc::from).map_err(|source| ValidatorError::Task { netuid: self.netuid.0, source })
    }

    async fn land(&self) -> Result<(), ValidatorError> {
        let slot = self.shared.chain.slot().await?;
        let lander = Lander {
            chain: self.shared.chain.clone(),
            key: self.shared.key.clone(),
            netuid: self.netuid,
            mechanism: self.mechanism,
            store: self.store.clone(),
            metrics: self.shared.metrics.clone(),
        };
        loop {
            match self.land_all(&lander).await {
                Ok(()) => {}
                Err(ValidatorError::Client(error)) if may_pass(&error) => {
                    tracing::warn!(netuid = %self.netuid, %error, "the node does not answer: trying again");
                }
                Err(error) => return Err(error),
            }
            sleep(slot).await;
        }
    }

    /// Advances every unfinished record. The lock is not held while the chain is asked.
    async fn land_all(&self, lander: &Lander) -> Result<(), ValidatorError> {
        let open: Vec<EpochRecord> = self
            .records
            .lock()
            .await
            .values()
            .filter(|record| !record.finished())
            .cloned()
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let at = self.shared.chain.best().await?;
        let schedule = at.subnet(self.netuid).await?.and_then(|subnet| subnet.schedule);
        let Some(schedule) = schedule else { return Ok(()) };
        for mut record in open {
            if lander.advance(&mut record, schedule).await? {
                let mut records = self.records.lock().await;
                if records.keys().next_back() == Some(&record.epoch) {
                    self.shared.board.show(self.netuid, self.mechanism, &record);
                }
                records.insert(record.epoch, record);
                self.publish(&records);
            }
        }
        Ok(())
    }
}

/// Whether waiting may help: a node that restarts, is behind or has dropped a block's state comes
/// back; one of another chain or runtime does not.
fn may_pass(error: &ClientError) -> bool {
    !matches!(error, ClientError::OtherChain { .. } | ClientError::Incompatible { .. })
}
