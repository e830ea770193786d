//! Keeps the view fresh: finalized blocks as they come, the subnet every few seconds. A node that
//! goes away is waited for; meanwhile the view stays as it was and says how old it is.

use super::view::{ChainView, Snapshot};
use alun_client::{
    At, BlockNumber, Chain, ClientError, MechanismId, SubnetMetagraph, TaskDescriptor,
};
use futures::{stream, StreamExt};
use std::{
    sync::{atomic::Ordering, Arc},
    time::Duration,
};
use tokio::time::{sleep, Instant};

/// How often the subnet is read.
const EVERY: Duration = Duration::from_secs(10);
/// Time between two readings at least, however many requests ask for one.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// Time before a failed reading is repeated.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Older blocks that are asked for at the same time.
const ASKED_AT_ONCE: usize = 4;

/// Reads the subnet once. `None`: there is no such subnet.
pub(crate) async fn metagraph(
    at: &At,
    view: &ChainView,
) -> Result<Option<SubnetMetagraph>, ClientError> {
    let found = at.metagraph(view.netuid(), MechanismId::FIRST).await?;
    if let Some(metagraph) = &found {
        view.set_snapshot(Snapshot::of_metagraph(metagraph));
    }
    Ok(found)
}

/// Reads the subnet again and again, and at once when somebody asks for it. Never returns.
pub(crate) async fn follow_subnet(chain: Chain, view: Arc<ChainView>, served: TaskDescriptor) {
    view.followed.store(true, Ordering::Relaxed);
    let mut outage = Outage::new("the subnet can't be read");
    let mut task = served;
    loop {
        let started = Instant::now();
        let result = async { metagraph(&chain.best().await?, &view).await }.await;
        let pause = if result.is_ok() { EVERY } else { AGAIN_AFTER };
        match result {
            Ok(Some(metagraph)) => {
                outage.over();
                if metagraph.subnet.task != task {
                    tracing::warn!(netuid = %view.netuid(), "the subnet's task has changed: restart to serve what it asks for now");
                    task = metagraph.subnet.task;
                }
            }
            Ok(None) => outage.happened("the subnet is gone"),
            Err(error) => outage.happened(error),
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = view.wanted.notified() => sleep(AT_MOST_EVERY.saturating_sub(started.elapsed())).await,
        }
    }
}

/// Takes note of every finalized block, and of those of the last ten minutes. Never returns.
pub(crate) async fn follow_finalized(chain: Chain, view: Arc<ChainView>) {
    let mut outage = Outage::new("finalized blocks can't be followed");
    loop {
        if let Err(error) = follow_once(&chain, &view, &mut outage).await {
            outage.happened(error);
        }
        sleep(AGAIN_AFTER).await;
    }
}

async fn follow_once(
    chain: &Chain,
    view: &ChainView,
    outage: &mut Outage,
) -> Result<(), ClientError> {
    let mut blocks = chain.finalized_blocks(None).await?;
    let newest = chain.finalized().await?;
    view.note_finalized(newest.number(), newest.hash().0);
    outage.over();
    let follow = async {
        loop {
            let at = blocks.next().await?;
            view.note_finalized(at.number(), at.hash().0);
        }
    };
    let (_, followed) = tokio::join!(seed(chain, view, newest.number()), follow);
    followed
}

/// Asks for the blocks before `newest`. One that can't be had is only not known.
async fn seed(chain: &Chain, view: &ChainView, newest: BlockNumber) {
    let missing = view.missing_below(newest);
    stream::iter(missing)
        .for_each_concurrent(ASKED_AT_ONCE, |number| async move {
            match chain.hash_of(number).await {
                Ok(Some(hash)) => view.note_finalized(number, hash.0),
                Ok(None) => tracing::debug!(number, "an older block is not to be had"),
                Err(error) => tracing::debug!(number, %error, "an older block is not to be had"),
            }
        })
        .await;
}

/// Says once that something fails, and once that it is over.
struct Outage {
    what: &'static str,
    since: Option<Instant>,
}

impl Outage {
    fn new(what: &'static str) -> Self {
        Self { what, since: None }
    }

    fn happened(&mut self, why: impl std::fmt::Display) {
        if self.since.is_none() {
            tracing::warn!(%why, "{}; going on with what is known", self.what);
            self.since = Some(Instant::now());
        }
    }

    fn over(&mut self) {
        if let Some(since) = self.since.take() {
            tracing::info!(seconds = since.elapsed().as_secs(), "the node is back");
        }
    }
}
