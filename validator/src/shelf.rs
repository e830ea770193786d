//! Evidence that anybody may read: of rows that were revealed, never before, since it would give
//! the row away.

use crate::{
    error::ValidatorError,
    pack,
    quota::Quota,
    state::{EpochRecord, Fate, Store},
};
use alun_client::{MechanismId, NetUid};
use axum::{
    body::Body,
    extract::{ConnectInfo, Path as Segments, Request, State},
    http::{header, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
    Json, Router,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{io::AsyncReadExt, net::TcpListener, sync::Semaphore, time::timeout};

/// Requests that are answered at once; others wait.
const AT_ONCE: usize = 8;
/// Bundles that are being sent at once, however slowly they are read.
const STREAMS: usize = 64;
/// Time until a waiting one is refused.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes read from a file at a time.
const CHUNK: usize = 64 * 1_024;

type Matrix = (NetUid, MechanismId);

/// What is published.
pub struct Shelf {
    hotkey: String,
    chain: String,
    epochs: Mutex<BTreeMap<Matrix, (Store, BTreeSet<u64>)>>,
    indices: Mutex<BTreeMap<PathBuf, Arc<pack::Index>>>,
    quota: Quota,
    turns: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// One subnet and mechanism in the index.
#[derive(Serialize)]
struct Shown {
    netuid: NetUid,
    mechanism: MechanismId,
    epochs: Vec<u64>,
}

/// The index.
#[derive(Serialize)]
struct Catalogue {
    hotkey: String,
    chain: String,
    evidence: Vec<Shown>,
}

/// Whether an epoch's evidence gives nothing away any more. A row that never came onto the chain is
/// shown once a later epoch was worked, for those who follow averages back.
pub fn public(record: &EpochRecord, newest: u64) -> bool {
    let landed = |fate: &Fate| matches!(fate, Fate::Landed { .. });
    if record.evidence.is_none() {
        return false;
    }
    match &record.row {
        Ok(row) if row.commit_reveal && landed(&record.reveal) => true,
        Ok(row) if !row.commit_reveal && landed(&record.commit) => true,
        Ok(_) => record.lost() && record.epoch < newest,
        Err(_) => record.epoch < newest,
    }
}

impl Shelf {
    /// An empty one of that validator.
    pub fn new(hotkey: String, genesis: [u8; 32]) -> Self {
        Self {
            hotkey,
            chain: format!("0x{}", hex::encode(genesis)),
            epochs: Mutex::default(),
            indices: Mutex::default(),
            quota: Quota::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            streams: Arc::new(Semaphore::new(STREAMS)),
        }
    }

    /// Sets what is published of a subnet and mechanism.
    pub fn put(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        store: &Store,
        records: &BTreeMap<u64, EpochRecord>,
    ) {
        let newest = records.keys().next_back().copied().unwrap_or(0);
        let public = records.values().filter(|record| public(record, newest));
        let there =
            public.map(|record| record.epoch).filter(|epoch| store.evidence(*epoch).exists());
        let shown = (store.clone(), there.collect());
        // A poisoned lock still holds what to show.
        let mut epochs = self.epochs.lock().unwrap_or_else(PoisonError::into_inner);
        epochs.insert((netuid, mechanism), shown);
    }

    fn catalogue(&self) -> Catalogue {
        let epochs = self.epochs.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |(&(netuid, mechanism), (_, epochs)): (&Matrix, &(Store, BTreeSet<u64>))| {
            Shown { netuid, mechanism, epochs: epochs.iter().copied().collect() }
        };
        Catalogue {
            hotkey: self.hotkey.clone(),
            chain: self.chain.clone(),
            evidence: epochs.iter().map(shown).collect(),
        }
    }

    fn bundle(&self, matrix: Matrix, epoch: u64) -> Option<PathBuf> {
        let epochs = self.epochs.lock().unwrap_or_else(PoisonError::into_inner);
        let (store, published) = epochs.get(&matrix)?;
        published.contains(&epoch).then(|| store.evidence(epoch))
    }

    /// The answer of that SHA-256, if one of a published epoch has it. Reads the disk.
    fn blob(&self, sha256: &[u8; 32]) -> Option<Vec<u8>> {
        let packs: Vec<PathBuf> = {
            let epochs = self.epochs.lock().unwrap_or_else(PoisonError::into_inner);
            let of = |(store, epochs): &(Store, BTreeSet<u64>)| -> Vec<PathBuf> {
                epochs.iter().rev().map(|epoch| store.answers(*epoch)).collect()
            };
            epochs.values().flat_map(of).collect()
        };
        packs.iter().find_map(|path| {
            let place = *self.index(path, &packs)?.get(sha256)?;
            pack::read(path, place).ok()
        })
    }

    /// The index of a pack, read once. As many are held as there are published packs.
    fn index(&self, path: &PathBuf, packs: &[PathBuf]) -> Option<Arc<pack::Index>> {
        let lock = || self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(path) {
            return Some(known.clone());
        }
        let read = Arc::new(pack::index(path).ok()?);
        let mut indices = lock();
        indices.retain(|path, _| packs.contains(path));
        indices.insert(path.clone(), read.clone());
        Some(read)
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(serde_json::json!({ "error": why }))).into_response()
}

/// Quota and turns, in front of every path.
async fn admit(
    State(shelf): State<Arc<Shelf>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if !shelf.quota.take(peer.ip(), Instant::now()) {
        let why = "more than 10 requests a second from this address (200 at once): wait";
        return refused(StatusCode::TOO_MANY_REQUESTS, why);
    }
    let turn = timeout(PATIENCE, shelf.turns.clone().acquire_owned()).await;
    match turn {
        Ok(Ok(_turn)) => next.run(request).await,
        _ => refused(StatusCode::SERVICE_UNAVAILABLE, "8 requests are being answered: try again"),
    }
}

async fn bundle(
    State(shelf): State<Arc<Shelf>>,
    Segments((netuid, mechanism, epoch)): Segments<(u16, u8, u64)>,
) -> Response {
    let Ok(stream) = shelf.streams.clone().try_acquire_owned() else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "64 bundles are being sent: try again");
    };
    let path = shelf.bundle((NetUid(netuid), MechanismId(mechanism)), epoch);
    let file = match path {
        Some(path) => tokio::fs::File::open(path).await,
        None => Err(io::ErrorKind::NotFound.into()),
    };
    let Ok(file) = file else {
        let why = "no evidence of this epoch here: not worked, not revealed yet, or no longer kept; / lists what there is";
        return refused(StatusCode::NOT_FOUND, why);
    };
    let chunks = futures::stream::try_unfold((file, stream), |(mut file, stream)| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then_some((chunk, (file, stream))))
    });
    ([(header::CONTENT_TYPE, "application/jsonl")], Body::from_stream(chunks)).into_response()
}

async fn blob(State(shelf): State<Arc<Shelf>>, Segments(name): Segments<String>) -> Response {
    let mut sha256 = [0; 32];
    if hex::decode_to_slice(&name, &mut sha256).is_err() {
        return refused(
            StatusCode::BAD_REQUEST,
            "a blob's name is the 64 hex digits of its SHA-256",
        );
    }
    let found = tokio::task::spawn_blocking(move || shelf.blob(&sha256)).await;
    match found {
        Ok(Some(bytes)) => {
            ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
        }
        _ => refused(StatusCode::NOT_FOUND, "no published answer has this SHA-256"),
    }
}

/// What is served.
pub fn router(shelf: Arc<Shelf>) -> Router {
    Router::new()
        .route("/", get(|State(shelf): State<Arc<Shelf>>| async move { Json(shelf.catalogue()) }))
        .route("/evidence/{netuid}/{mechanism}/{epoch}", get(bundle))
        .route("/blob/{sha256}", get(blob))
        .layer(middleware::from_fn_with_state(shelf.clone(), admit))
        .with_state(shelf)
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, shelf: Arc<Shelf>) -> Result<(), ValidatorError> {
    let service = router(shelf).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.map_err(|error| ValidatorError::Worker(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Row;

    fn record(epoch: u64, commit_reveal: bool) -> EpochRecord {
        let row = Row {
            uids: vec![1],
            values: vec![65_535],
            version: 0,
            salt: [1; 32],
            evidence_root: [2; 32],
            hash: [3; 32],
            commit_reveal,
            reveal_period: 1,
        };
        EpochRecord {
            epoch,
            first_block: 1,
            window: None,
            miners: vec![],
            row: Ok(row),
            commit: Fate::Landed { block: 2 },
            reveal: Fate::Pending,
            evidence: Some("02".repeat(32)),
        }
    }

    #[test]
    fn evidence_should_not_be_public_before_its_row_is() {
        let committed = record(5, true);
        assert!(!public(&committed, 9));
        let landed = EpochRecord { reveal: Fate::Landed { block: 9 }, ..committed.clone() };
        assert!(public(&landed, 5));
        assert!(!public(&EpochRecord { evidence: None, ..landed }, 9));
        let lost = EpochRecord { reveal: Fate::Lost { why: "late".into() }, ..committed.clone() };
        assert!(!public(&lost, 5) && public(&lost, 6));
        let none = EpochRecord { row: Err("nobody scored".into()), ..committed };
        assert!(!public(&none, 5) && public(&none, 6));
        let pending = EpochRecord { commit: Fate::Pending, ..record(5, false) };
        assert!(public(&record(5, false), 5) && !public(&pending, 9));
    }

    #[tokio::test]
    async fn shelf_should_serve_what_is_public_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (netuid, mechanism) = (NetUid(1), MechanismId(0));
        let store = Store::open(folder.path(), netuid, mechanism).unwrap();
        let answer = ([9; 32], b"answer".to_vec());
        let secret = ([8; 32], b"secret".to_vec());
        store.save_evidence(5, b"{}\n", &[answer]).unwrap();
        store.save_evidence(6, b"{6}\n", &[secret]).unwrap();
        let landed = EpochRecord { reveal: Fate::Landed { block: 9 }, ..record(5, true) };
        let records = BTreeMap::from([(5, landed), (6, record(6, true))]);
        let shelf = Arc::new(Shelf::new("5F".into(), [1; 32]));
        shelf.put(netuid, mechanism, &store, &records);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, shelf));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let ask = |path: &str| {
            let request = http.get(format!("{base}{path}"));
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
            }
        };
        assert_eq!(ask("/evidence/1/0/5").await, (200, b"{}\n".to_vec()));
        assert_eq!(ask(&format!("/blob/{}", "09".repeat(32))).await, (200, b"answer".to_vec()));
        for (path, status) in [
            ("/evidence/1/0/6".to_owned(), 404),
            ("/evidence/2/0/5".to_owned(), 404),
            ("/evidence/1/0/../5".to_owned(), 404),
            ("/evidence/1/0/x".to_owned(), 400),
            (format!("/blob/{}", "08".repeat(32)), 404),
            ("/blob/x".to_owned(), 400),
        ] {
            assert_eq!(ask(&path).await.0, status, "{path}");
        }
        let (_, index) = ask("/").await;
        let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
        assert_eq!(index["evidence"][0]["epochs"], serde_json::json!([5]));
        let mut refused = 0;
        for _ in 0..400 {
            refused += u32::from(ask("/").await.0 == 429);
        }
        assert!(refused > 50, "{refused} of 400 were refused");
    }
}
