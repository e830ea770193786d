//! What is attacked: a miner on a real chain, asked by a validator that it serves.

use super::http::{Connection, Envelope, Reply};
use crate::harness::{
    binary, embedding_task, free_port, short_epochs, wait_until, Key, Market, Participant,
    Priority, Process,
};
use alun_client::{NetUid, UNIT};
use alun_protocol::{auth, query::Query};
use anyhow::{Context, Result};
use serde_json::{json, Value};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Where honest requests come from.
pub(crate) const HONEST: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Stakers that may ask besides the validator: together they offer ten times what one thread does.
const SENDERS: usize = 16;

/// A chain, a miner and those who may ask it.
pub(crate) struct Scene {
    pub market: Market,
    pub miner: Process,
    pub address: SocketAddr,
    /// Whom requests are signed for.
    pub hotkey: Key,
    pub validator: Key,
    /// Stakers with enough stake to be served.
    pub senders: Vec<Key>,
    /// Known to nobody.
    pub stranger: Key,
    netuid: NetUid,
    arguments: Vec<String>,
}

impl Scene {
    /// Starts everything and waits until the validator is answered.
    pub(crate) async fn start() -> Result<Self> {
        let market = Market::start().await?;
        let (owner, validator) = (Participant::new("owner")?, Participant::new("validator")?);
        let (miner, senders) =
            (Participant::new("miner")?, Participant::several("sender", SENDERS)?);
        let first = [owner.clone(), validator.clone(), miner.clone()];
        market.fund_participants(&first, 6_000).await?;
        market.fund_participants(&senders, 2_000).await?;
        let netuid = market.subnet(&owner, embedding_task(), short_epochs(30)).await?;
        market.join(netuid, &validator, 5_000 * UNIT).await?;
        for sender in &senders {
            market.join(netuid, sender, 1_000 * UNIT).await?;
        }
        market.open(netuid, &owner).await?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut arguments = market.worker_arguments();
        arguments.extend(
            ["--netuid", &netuid.to_string(), "--register", "--max-price", "100"].map(String::from),
        );
        arguments.extend(["--min-stake", "10", "--listen", &listen].map(String::from));
        arguments
            .extend(["--hotkey", &miner.hot.uri, "--coldkey", &miner.cold.uri].map(String::from));
        let scene = Self {
            miner: Self::run(&market, &arguments)?,
            address: listen.parse()?,
            hotkey: miner.hot,
            validator: validator.hot,
            senders: senders.into_iter().map(|one| one.hot).collect(),
            stranger: Key::new("//e2e//stranger")?,
            market,
            netuid,
            arguments,
        };
        scene.wait_until_served().await?;
        Ok(scene)
    }

    fn run(market: &Market, arguments: &[String]) -> Result<Process> {
        let miner = binary("alun-miner")?;
        Process::start("miner", &miner, arguments, &[], market.folder(), Priority::First)
    }

    /// SIGKILL, and a new process on the same port.
    pub(crate) async fn crash(&mut self) -> Result<()> {
        self.miner.kill()?;
        self.miner = Self::run(&self.market, &self.arguments)?;
        let address = self.address;
        wait_until("the miner listens again", Duration::from_secs(60), || async move {
            Ok(Connection::open(HONEST, address).await.ok().map(drop))
        })
        .await
    }

    /// Until every one of those who may is answered.
    pub(crate) async fn wait_until_served(&self) -> Result<()> {
        wait_until("the miner answers", Duration::from_secs(120), || async {
            for key in self.senders.iter().chain([&self.validator]) {
                let answer = self.honest(key).await;
                if !answer.is_ok_and(|(reply, _)| reply.status == 200) {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
    }

    /// A request that is right in everything, for this text.
    pub(crate) async fn envelope(&self, sender: &Key, body: &Value) -> Result<Envelope> {
        let at = self.market.chain.finalized().await?.hash().0;
        self.envelope_at(sender, serde_json::to_vec(body)?, at)
    }

    /// The same, naming this block.
    pub(crate) fn envelope_at(
        &self,
        sender: &Key,
        body: Vec<u8>,
        at: [u8; 32],
    ) -> Result<Envelope> {
        let query = Query::new(&self.market.chain.genesis(), self.netuid, at);
        let target = query.target("/v1/embeddings");
        let nonce = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
        let signed = auth::sign(
            &|bytes| sender.pair.sign(bytes),
            &sender.pair.ss58(),
            Some(&self.hotkey.pair.ss58()),
            "POST",
            &target,
            &body,
            nonce,
        );
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(Envelope { method: "POST".into(), target, headers, body })
    }

    /// An ordinary question on a connection of its own, and how long it took.
    pub(crate) async fn honest(&self, sender: &Key) -> Result<(Reply, Duration)> {
        let body = json!({"input": ["What does an honest user notice of an attack?"]});
        let envelope = self.envelope(sender, &body).await?;
        let started = Instant::now();
        let mut connection = Connection::open(HONEST, self.address).await?;
        let reply = connection.ask(&envelope.bytes()).await?.context("closed without an answer")?;
        Ok((reply, started.elapsed()))
    }

    /// Resident memory of the miner, bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.miner.id());
        let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .with_context(|| format!("no VmRSS in {path}"))?
            .trim()
            .parse()?;
        Ok(kib << 10)
    }
}
