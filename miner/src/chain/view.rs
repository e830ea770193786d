//! What the miner knows of the chain, as data. [`super::sync`] fills it from a node, tests by hand.

use alun_client::{Balance, BlockNumber, Digest, Endpoint, Eviction, NetUid, SubnetMetagraph, Uid};
use alun_protocol::limits;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, PoisonError, RwLock,
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{watch, Notify},
    time::timeout,
};

/// A snapshot older than this is said to be stale.
pub(crate) const STALE_AFTER: Duration = Duration::from_secs(60);
/// A snapshot older than this is no longer relied on: who held a permit then may hold none now.
pub(crate) const VOID_AFTER: Duration = Duration::from_secs(600);

/// What a hotkey is on the subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its uid.
    pub uid: Uid,
    /// Whether it holds a validator permit.
    pub permit: bool,
    /// Its stake weight, smallest unit.
    pub stake_weight: Balance,
    /// Its endpoint.
    pub endpoint: Option<Endpoint>,
    /// With which registration it loses its uid, 1 for the next one; `None` while it can't.
    pub leaves_with: Option<u32>,
}

/// The subnet at one block.
#[derive(Clone, Debug)]
pub struct Snapshot {
    block: BlockNumber,
    taken: Instant,
    neurons: HashMap<Digest, Standing>,
}

impl Snapshot {
    /// The neurons of a block, by the public keys of their hotkeys.
    pub fn new(block: BlockNumber, neurons: impl IntoIterator<Item = (Digest, Standing)>) -> Self {
        Self { block, taken: Instant::now(), neurons: neurons.into_iter().collect() }
    }

    /// The neurons of a metagraph.
    pub fn of_metagraph(metagraph: &SubnetMetagraph) -> Self {
        let standing = metagraph.neurons.iter().map(|neuron| {
            let standing = Standing {
                uid: neuron.uid,
                permit: neuron.permit,
                stake_weight: neuron.stake_weight,
                endpoint: neuron.endpoint,
                leaves_with: Eviction::of(metagraph, neuron.uid).and_then(Eviction::registrations),
            };
            (neuron.hotkey.0, standing)
        });
        Self::new(metagraph.block, standing)
    }

    /// Block at which it was taken.
    pub fn block(&self) -> BlockNumber {
        self.block
    }

    /// Time since it was taken.
    pub fn age(&self) -> Duration {
        self.taken.elapsed()
    }

    /// Every neuron with its hotkey, in no order.
    pub(crate) fn neurons(&self) -> impl Iterator<Item = (&Digest, &Standing)> {
        self.neurons.iter()
    }

    /// What a hotkey is, if it is a neuron.
    pub fn of(&self, hotkey: &Digest) -> Option<&Standing> {
        self.neurons.get(hotkey)
    }
}

/// What is known of the chain. Shared between the tasks that keep it fresh and every request.
#[derive(Debug)]
pub struct ChainView {
    genesis: Digest,
    netuid: NetUid,
    blocks: RwLock<Blocks>,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Newest finalized block.
    finalized: watch::Sender<BlockNumber>,
    /// Counts snapshots.
    snapshots: watch::Sender<u64>,
    /// Wakes whoever takes snapshots.
    pub(super) wanted: Notify,
    /// Whether somebody takes snapshots.
    pub(super) followed: AtomicBool,
}

/// The finalized blocks of the last ten minutes: a number of them, so that they neither expire
/// while finality rests nor all come at once when it goes on.
#[derive(Debug)]
struct Blocks {
    most: usize,
    by_number: BTreeMap<BlockNumber, Digest>,
    hashes: HashSet<Digest>,
}

impl ChainView {
    /// A view that knows nothing yet of a chain whose blocks come every `slot`.
    pub fn new(genesis: Digest, netuid: NetUid, slot: Duration) -> Self {
        let slot = slot.as_millis().max(1);
        let most = limits::AT_WITHIN.as_millis().div_ceil(slot);
        let blocks = Blocks {
            most: usize::try_from(most).unwrap_or(usize::MAX).max(1),
            by_number: BTreeMap::new(),
            hashes: HashSet::new(),
        };
        Self {
            genesis,
            netuid,
            blocks: RwLock::new(blocks),
            snapshot: RwLock::new(Arc::new(Snapshot::new(0, []))),
            finalized: watch::Sender::new(0),
            snapshots: watch::Sender::new(0),
            wanted: Notify::new(),
            followed: AtomicBool::new(false),
        }
    }

    /// Genesis hash of the chain.
    pub fn genesis(&self) -> &Digest {
        &self.genesis
    }

    /// The subnet.
    pub fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// Takes note of a finalized block.
    pub fn note_finalized(&self, number: BlockNumber, hash: Digest) {
        {
            let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(other) = blocks.by_number.insert(number, hash) {
                blocks.hashes.remove(&other);
            }
            blocks.hashes.insert(hash);
            while blocks.by_number.len() > blocks.most {
                if let Some((_, old)) = blocks.by_number.pop_first() {
                    blocks.hashes.remove(&old);
                }
            }
        }
        self.finalized.send_if_modified(|newest| {
            let newer = number >= *newest;
            *newest = number.max(*newest);
            newer
        });
    }

    /// Heights below `newest` that are within the last ten minutes and not known, newest first.
    pub(super) fn missing_below(&self, newest: BlockNumber) -> Vec<BlockNumber> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let most = BlockNumber::try_from(blocks.most).unwrap_or(BlockNumber::MAX);
        let oldest = newest.saturating_add(1).saturating_sub(most);
        (oldest..newest).rev().filter(|number| !blocks.by_number.contains_key(number)).collect()
    }

    /// Hash of the newest finalized block known.
    pub(crate) fn newest(&self) -> Option<Digest> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        blocks.by_number.last_key_value().map(|(_, hash)| *hash)
    }

    /// Whether a block is one of the last ten minutes of finalized blocks.
    pub fn knows(&self, hash: &Digest) -> bool {
        self.blocks.read().unwrap_or_else(PoisonError::into_inner).hashes.contains(hash)
    }

    /// The same, but waits a moment for a block that this node has not seen finalized yet: nodes
    /// learn of it at slightly different times.
    pub(crate) async fn knows_within(&self, hash: &Digest, patience: Duration) -> bool {
        let mut news = self.finalized.subscribe();
        let wait = async {
            while !self.knows(hash) {
                if news.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whether it came or the time is over: the answer is what is known now.
        let _ = timeout(patience, wait).await;
        self.knows(hash)
    }

    /// Height of the newest finalized block known.
    pub fn finalized(&self) -> BlockNumber {
        *self.finalized.borrow()
    }

    /// Replaces what is known of the subnet.
    pub fn set_snapshot(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        self.snapshots.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// What is known of the subnet.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells of every new snapshot.
    pub(crate) fn snapshots(&self) -> watch::Receiver<u64> {
        self.snapshots.subscribe()
    }

    /// Asks for a new snapshot and waits for it; returns at once if nobody takes any.
    pub(crate) async fn refresh(&self, patience: Duration) {
        if !self.followed.load(Ordering::Relaxed) {
            return;
        }
        let mut snapshots = self.snapshots.subscribe();
        self.wanted.notify_one();
        // Without a new one the old one has to do.
        let _ = timeout(patience, snapshots.changed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: BlockNumber) -> Digest {
        let [a, b, c, d] = number.to_le_bytes();
        let mut hash = [7; 32];
        hash[..4].copy_from_slice(&[a, b, c, d]);
        hash
    }

    #[tokio::test]
    async fn view_should_know_the_last_ten_minutes_of_blocks() {
        let view = ChainView::new([0; 32], NetUid(1), Duration::from_secs(6));
        for number in 1..=150 {
            view.note_finalized(number, hash(number));
        }
        assert_eq!(view.finalized(), 150);
        assert!(view.knows(&hash(51)) && view.knows(&hash(150)));
        assert!(!view.knows(&hash(50)) && !view.knows(&hash(151)));
        assert!(!view.knows_within(&hash(151), Duration::from_millis(20)).await);
        // An old block that comes late is not taken back in.
        view.note_finalized(20, hash(20));
        assert!(!view.knows(&hash(20)) && view.knows(&hash(51)));
    }

    #[tokio::test]
    async fn block_should_be_known_when_it_comes_a_moment_later() {
        let view = Arc::new(ChainView::new([0; 32], NetUid(1), Duration::from_secs(1)));
        let late = view.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            late.note_finalized(3, hash(3));
        });
        assert!(view.knows_within(&hash(3), Duration::from_secs(5)).await);
    }

    #[test]
    fn gaps_should_be_listed_newest_first() {
        let view = ChainView::new([0; 32], NetUid(1), Duration::from_secs(200));
        view.note_finalized(10, hash(10));
        assert_eq!(view.missing_below(10), [9, 8]);
        view.note_finalized(9, hash(9));
        assert_eq!(view.missing_below(10), [8]);
        assert_eq!(view.missing_below(1), [0]);
    }
}
