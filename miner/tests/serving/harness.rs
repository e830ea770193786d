//! A miner in this process, and clients that sign for it.

use alun_client::{Digest, NetUid, TaskKind, Uid, UNIT};
use alun_inference::{models_dir, DeviceKind, EMBEDDING_MODEL, GENERATION_MODEL};
use alun_keys::Keypair;
use alun_miner::{serve, App, ChainView, Model, Parts, Served, Snapshot, Standing, Strategy};
use alun_protocol::{
    auth,
    error::ErrorBody,
    query::Query,
    receipt::{Expected, SignedReceipt, HEADER_RECEIPT},
};
use reqwest::{Client, RequestBuilder, Response};
use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub const GENESIS: Digest = [0xab; 32];
pub const AT: Digest = [0xcd; 32];
pub const NETUID: NetUid = NetUid(1);
pub const SECOND: u64 = 1_000_000_000;

/// A key of these tests.
pub fn key(name: &str) -> Keypair {
    Keypair::from_uri(&format!("//{name}")).unwrap()
}

pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

/// The model of a task, loaded once.
pub fn model(kind: TaskKind) -> Model {
    static EMBEDDING: OnceLock<Model> = OnceLock::new();
    static GENERATION: OnceLock<Model> = OnceLock::new();
    let (place, known) = match kind {
        TaskKind::Embedding => (&EMBEDDING, EMBEDDING_MODEL),
        TaskKind::Generation => (&GENERATION, GENERATION_MODEL),
        TaskKind::External => panic!("no model answers an external task"),
    };
    let load = || {
        let folder = models_dir().unwrap().join(known.folder);
        Model::load(kind, &folder, DeviceKind::Cpu, Some(known.weights.sha256)).unwrap()
    };
    place.get_or_init(load).clone()
}

/// A miner that runs in this process.
pub struct Miner {
    pub address: SocketAddr,
    pub app: Arc<App>,
    pub view: Arc<ChainView>,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
    pub client: Client,
}

/// The neurons of the tests' subnet: `validator` holds a permit, `holder` stake, `nobody` a uid.
fn snapshot(hotkeys: &[Keypair]) -> Snapshot {
    let standing = |uid: u16, permit: bool, tokens: u64| Standing {
        uid: Uid(uid),
        permit,
        stake_weight: tokens * UNIT,
        endpoint: None,
        leaves_with: Some(u32::from(uid) + 1),
    };
    let mut neurons = vec![
        (key("validator").public(), standing(0, true, 500)),
        (key("holder").public(), standing(1, false, 50)),
        (key("nobody").public(), standing(2, false, 0)),
    ];
    let miners = (10..).zip(hotkeys).map(|(uid, key)| (key.public(), standing(uid, false, 0)));
    neurons.extend(miners);
    Snapshot::new(7, neurons)
}

/// What differs between the miners of the tests.
pub struct Setup {
    pub kind: TaskKind,
    pub strategies: Vec<Strategy>,
    /// Number of the first hotkey.
    pub first: usize,
    pub min_stake: Option<u64>,
    pub target: Duration,
    pub started_ns: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            kind: TaskKind::Embedding,
            strategies: vec![Strategy::Honest],
            first: 0,
            min_stake: None,
            target: Duration::from_secs(2),
            started_ns: now_ns() - 60 * SECOND,
        }
    }
}

impl Setup {
    pub async fn start(self) -> Miner {
        let numbers = self.first..self.first + self.strategies.len();
        let names = numbers.map(|number| key(&format!("miner{number}")));
        let hotkeys: Vec<Keypair> = names.collect();
        let view = Arc::new(ChainView::new(GENESIS, NETUID, Duration::from_secs(6)));
        view.note_finalized(100, AT);
        view.set_snapshot(snapshot(&hotkeys));
        let served = hotkeys.into_iter().zip(self.strategies);
        let served = served.map(|(hotkey, strategy)| Served { hotkey, coldkey: None, strategy });
        let app = App::new(Parts {
            substitute: None,
            view: view.clone(),
            served: served.collect(),
            model: model(self.kind),
            min_stake: self.min_stake,
            target: self.target,
            started_ns: self.started_ns,
        });
        let app = Arc::new(app.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, app.clone(), stop.clone()));
        Miner { address, app, view, stop, task, client: Client::new() }
    }
}

/// A miner with one honest hotkey.
pub async fn miner() -> Miner {
    Setup::default().start().await
}

/// A request before it is signed; every field may be spoiled.
#[derive(Clone)]
pub struct Ask {
    pub sender: Keypair,
    pub receiver: Option<String>,
    pub path: &'static str,
    pub query: String,
    pub body: Vec<u8>,
    pub nonce_ns: u64,
}

impl Ask {
    pub fn new(path: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            sender: key("validator"),
            receiver: Some(key("miner0").ss58()),
            path,
            query: Query::new(&GENESIS, NETUID, AT).to_string(),
            body: body.into(),
            nonce_ns: now_ns(),
        }
    }

    pub fn texts(texts: &[&str]) -> Self {
        let body = serde_json::json!({ "input": texts });
        Self::new("/v1/embeddings", serde_json::to_vec(&body).unwrap())
    }

    pub fn to(mut self, miner: usize) -> Self {
        self.receiver = Some(key(&format!("miner{miner}")).ss58());
        self
    }

    pub fn target(&self) -> String {
        format!("{}?{}", self.path, self.query)
    }

    pub fn sign(&self) -> Vec<(&'static str, String)> {
        auth::sign(
            &|bytes: &[u8]| self.sender.sign(bytes),
            &self.sender.ss58(),
            self.receiver.as_deref(),
            "POST",
            &self.target(),
            &self.body,
            self.nonce_ns,
        )
    }
}

/// A whole answer and what is needed to check its receipt.
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
    pub receipt: Option<String>,
    pub retry_after: bool,
    pub signature: Option<[u8; 64]>,
}

impl Answered {
    /// The refusal's code, or `ok`.
    pub fn code(&self) -> String {
        if self.status == 200 {
            return "ok".into();
        }
        let body: ErrorBody = serde_json::from_slice(&self.body).unwrap();
        assert!(body.error.message.len() > 10, "a refusal without a sentence");
        body.error.code
    }

    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Checks the receipt in the header as a validator would.
    pub fn verify_receipt(&self, miner: &Miner, hotkey: &Keypair) -> SignedReceipt {
        let receipt = SignedReceipt::from_header(self.receipt.as_deref().unwrap()).unwrap();
        self.check(&receipt, &self.body, miner, hotkey);
        receipt
    }

    pub fn check(&self, receipt: &SignedReceipt, answer: &[u8], miner: &Miner, hotkey: &Keypair) {
        let expected = Expected {
            request_signature: &self.signature.unwrap(),
            query: &Query::new(&GENESIS, NETUID, AT),
            answer,
            model: Some(model_of(miner)),
            hotkey: &hotkey.public(),
        };
        receipt.verify(&expected).unwrap();
    }
}

/// Commitment of the model that a miner serves, as it says itself.
pub fn model_of(miner: &Miner) -> Digest {
    miner.app.model().commitment()
}

impl Miner {
    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    pub fn request(&self, ask: &Ask, headers: &[(&'static str, String)]) -> RequestBuilder {
        let mut request = self.client.post(self.url(&ask.target())).body(ask.body.clone());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request
    }

    pub async fn ask(&self, ask: &Ask) -> Answered {
        self.send(ask, &ask.sign()).await
    }

    pub async fn send(&self, ask: &Ask, headers: &[(&'static str, String)]) -> Answered {
        let response = self.request(ask, headers).send().await.unwrap();
        read(response, auth::signature_of(headers)).await
    }

    pub async fn get(&self, path: &str) -> Answered {
        read(self.client.get(self.url(path)).send().await.unwrap(), None).await
    }
}

pub async fn read(response: Response, signature: Option<[u8; 64]>) -> Answered {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Answered {
        status: response.status().as_u16(),
        receipt: header(HEADER_RECEIPT),
        retry_after: header("retry-after").is_some(),
        signature,
        body: response.bytes().await.unwrap().to_vec(),
    }
}
