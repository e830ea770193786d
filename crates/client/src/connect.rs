//! A connection to a node that reconnects by itself.

use crate::{
    at::At, convert::Asked, lanes::Lanes, AccountId, BlockNumber, ClientError, Config, Digest, H256,
};
use std::{future::Future, sync::Arc, time::Duration};
use subxt::{
    backend::LegacyBackend,
    config::RpcConfigFor,
    rpcs::{
        client::{
            reconnecting_rpc_client::{ExponentialBackoff, RpcClient as Reconnecting},
            RpcClient,
        },
        methods::legacy::LegacyRpcMethods,
    },
    OnlineClient,
};
use tokio::{
    sync::OnceCell,
    time::{sleep, timeout, Instant},
};

/// How to connect.
#[derive(Clone, Debug)]
pub struct Connect {
    /// `ws://HOST:PORT` or `wss://HOST:PORT`.
    pub url: String,
    /// Genesis hash that the chain must have; `None` accepts any.
    pub genesis: Option<Digest>,
    /// How long to wait for the node to come up; zero tries once.
    pub wait: Duration,
    /// How long one answer may take, reconnecting included.
    pub patience: Duration,
}

impl Connect {
    /// Tries once, accepts any chain, waits 30 s for each answer.
    pub fn new(url: impl Into<String>) -> Self {
        let patience = Duration::from_secs(30);
        Self { url: url.into(), genesis: None, wait: Duration::ZERO, patience }
    }

    /// Requires this genesis hash.
    pub fn expecting(mut self, genesis: Option<Digest>) -> Self {
        self.genesis = genesis;
        self
    }

    /// Waits until the node is up.
    pub fn waiting(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// A connection to a node. Clones are cheap and share it; when the node goes away, it reconnects
/// and questions wait for that up to [`Connect::patience`].
#[derive(Clone)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub url: String,
    pub patience: Duration,
    pub client: OnlineClient<Config>,
    pub rpc: LegacyRpcMethods<RpcConfigFor<Config>>,
    pub genesis: Digest,
    pub slot: OnceCell<Duration>,
    pub lanes: Lanes,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

impl Chain {
    /// Connects with the defaults of [`Connect::new`].
    pub async fn connect(url: impl Into<String>) -> Result<Self, ClientError> {
        Self::connect_with(Connect::new(url)).await
    }

    /// Connects, and checks that the node follows the expected chain.
    pub async fn connect_with(how: Connect) -> Result<Self, ClientError> {
        check_url(&how.url)?;
        let asked = Asked { url: &how.url, what: "its genesis hash" };
        wait_until_up(&how).await?;
        let rpc = Reconnecting::builder()
            .retry_policy(ExponentialBackoff::from_millis(100).max_delay(Duration::from_secs(5)))
            .request_timeout(how.patience)
            .build(&how.url);
        let rpc: RpcClient = match timeout(how.patience, rpc).await {
            Ok(connected) => connected.map_err(|error| asked.unreachable(error))?.into(),
            Err(_) => return Err(asked.unreachable("it hung up")),
        };
        let backend = LegacyBackend::<Config>::builder().build(rpc.clone());
        let client = OnlineClient::from_backend_with_config(Config::new(), Arc::new(backend));
        let client = match timeout(how.patience, client).await {
            Ok(client) => client.map_err(|error| asked.unreachable(error))?,
            Err(_) => return Err(asked.unreachable("it does not answer")),
        };
        let genesis = client.genesis_hash().0;
        if let Some(expected) = how.genesis.filter(|expected| *expected != genesis) {
            return Err(ClientError::OtherChain {
                url: how.url,
                found: format!("0x{}", hex::encode(genesis)),
                expected: format!("0x{}", hex::encode(expected)),
            });
        }
        Ok(Self {
            inner: Arc::new(Inner {
                url: how.url,
                patience: how.patience,
                client,
                rpc: LegacyRpcMethods::new(rpc),
                genesis,
                slot: OnceCell::new(),
                lanes: Lanes::default(),
            }),
        })
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Hash of the genesis block.
    pub fn genesis(&self) -> Digest {
        self.inner.genesis
    }

    /// The newest block of the node's best chain. It may still be replaced.
    pub async fn best(&self) -> Result<At, ClientError> {
        self.at(self.best_hash().await?).await
    }

    /// The newest finalized block.
    pub async fn finalized(&self) -> Result<At, ClientError> {
        let asked = self.asked("the newest finalized block");
        let hash = self.in_time(asked, self.inner.rpc.chain_get_finalized_head()).await?;
        self.at(hash.map_err(|error| asked.rpc(error))?).await
    }

    /// The block of that hash.
    pub async fn at(&self, hash: H256) -> Result<At, ClientError> {
        let asked = self.asked("a block");
        let client = self.in_time(asked, self.inner.client.at_block(hash)).await?;
        Ok(At { chain: self.clone(), client: client.map_err(|error| asked.at_block(error))? })
    }

    /// The block of that height on the best chain.
    pub async fn at_number(&self, number: BlockNumber) -> Result<At, ClientError> {
        let what = format!("block {number}");
        let hash = self.hash_of(number).await?;
        match hash {
            Some(hash) => self.at(hash).await,
            None => Err(self.asked(&what).no_such_block("the chain is not that high yet")),
        }
    }

    /// Milliseconds per block, as a duration. Asked once.
    pub async fn slot(&self) -> Result<Duration, ClientError> {
        let ask = || async {
            let network = self.best().await?.network().await?;
            Ok(Duration::from_millis(network.slot_ms.max(1)))
        };
        self.inner.slot.get_or_try_init(ask).await.copied()
    }

    /// Height of the best chain.
    pub async fn best_number(&self) -> Result<BlockNumber, ClientError> {
        let asked = self.asked("the best block");
        let header = self.in_time(asked, self.inner.rpc.chain_get_header(None)).await?;
        let header = header.map_err(|error| asked.rpc(error))?;
        let header = header.ok_or_else(|| asked.no_such_block("it has no best block"))?;
        number(&header).ok_or_else(|| asked.incompatible("a height above 2³² − 1"))
    }

    /// Returns when the best chain has reached the block; at once if it has.
    pub async fn wait_for_block(&self, block: BlockNumber) -> Result<BlockNumber, ClientError> {
        let slot = self.slot().await?;
        loop {
            let best = self.best_number().await?;
            let Some(missing) = block.checked_sub(best).filter(|missing| *missing > 0) else {
                return Ok(best);
            };
            // Far from it, sleep longer; close to it, look four times per slot.
            sleep((slot * missing.saturating_sub(1).min(20)).max(slot / 4)).await;
        }
    }

    /// The next nonce of an account, transactions waiting in the node's pool included.
    pub(crate) async fn next_nonce(&self, account: &AccountId) -> Result<u64, ClientError> {
        let asked = self.asked("the nonce of an account");
        let nonce = self.in_time(asked, self.inner.rpc.system_account_next_index(account)).await?;
        nonce.map_err(|error| asked.rpc(error))
    }

    pub(crate) async fn best_hash(&self) -> Result<H256, ClientError> {
        let asked = self.asked("the best block");
        let hash = self.in_time(asked, self.inner.rpc.chain_get_block_hash(None)).await?;
        hash.map_err(|error| asked.rpc(error))?
            .ok_or_else(|| asked.no_such_block("it has no best block"))
    }

    /// Hash of a height on the best chain, if it is that high. Asks for no state, so that it works
    /// for blocks whose state the node has dropped.
    pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<H256>, ClientError> {
        let asked = self.asked("a block's hash");
        let hash =
            self.in_time(asked, self.inner.rpc.chain_get_block_hash(Some(number.into()))).await?;
        hash.map_err(|error| asked.rpc(error))
    }

    pub(crate) fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked { url: &self.inner.url, what }
    }

    /// Gives up on an answer after [`Connect::patience`].
    pub(crate) async fn in_time<F: Future>(
        &self,
        asked: Asked<'_>,
        answer: F,
    ) -> Result<F::Output, ClientError> {
        timeout(self.inner.patience, answer).await.map_err(|_| {
            asked.unreachable(format!("no answer within {} s", self.inner.patience.as_secs()))
        })
    }
}

/// A header's height, if it is one that our chain can have.
pub(crate) fn number<H: subxt::config::Header>(header: &H) -> Option<BlockNumber> {
    BlockNumber::try_from(header.number()).ok()
}

fn check_url(url: &str) -> Result<(), ClientError> {
    let host = url.strip_prefix("ws://").or_else(|| url.strip_prefix("wss://"));
    let reason = match host {
        None => "it must begin with ws:// or wss://",
        Some(host) if host.is_empty() || host.starts_with([':', '/']) => "it names no host",
        Some(_) => return Ok(()),
    };
    Err(ClientError::BadUrl { url: url.into(), reason: reason.into() })
}

/// A first connection without retries, so that a refusal is known with its reason.
async fn wait_until_up(how: &Connect) -> Result<(), ClientError> {
    let asked = Asked { url: &how.url, what: "a connection" };
    let deadline = Instant::now() + how.wait;
    loop {
        let attempt = Reconnecting::builder()
            .retry_policy(std::iter::empty())
            .connection_timeout(Duration::from_secs(10))
            .build(&how.url);
        let reason = match timeout(Duration::from_secs(15), attempt).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not answer".to_owned(),
        };
        if Instant::now() >= deadline {
            return Err(asked.unreachable(reason));
        }
        tracing::info!(url = how.url, reason, "waiting for the node");
        sleep(Duration::from_secs(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_url_should_name_the_fault_when_it_is_no_websocket_address() {
        assert!(check_url("ws://127.0.0.1:9944").is_ok());
        assert!(check_url("wss://node.example").is_ok());
        for bad in ["http://127.0.0.1:9944", "127.0.0.1:9944", "ws://", "ws://:9944", ""] {
            assert!(matches!(check_url(bad), Err(ClientError::BadUrl { .. })), "{bad}");
        }
    }

    #[tokio::test]
    async fn connect_should_say_unreachable_when_nobody_listens() {
        // Port 9 (discard) is not served on a test machine.
        let error = Chain::connect("ws://127.0.0.1:9").await.unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    }
}
