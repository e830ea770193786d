//! A market to test on: a node that makes a block each second, accounts with tokens, subnets.

use super::{Key, Node, NodeOptions, Participant};
use alun_client::{
    bind_hotkey,
    calls::{
        AddStake, BatchAll, Call, EncodedCall, Register, RegisterSubnet, SetHyperparameters, Start,
        TransferKeepAlive,
    },
    Balance, Chain, Connect, Event, Hyperparameter, Landed, NetUid, Schedule, Submission,
    SubmitError, TaskDescriptor, TaskKind, UNIT,
};
use anyhow::{bail, Context, Result};
use std::{
    future::Future,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::sleep;

/// Most that a registration may cost in a test.
pub const MAX_PRICE: Balance = 100 * UNIT;

/// A chain of one node, in a folder of its own. Dropping it stops the node.
pub struct Market {
    /// A connection to the node.
    pub chain: Chain,
    /// The node.
    pub node: Node,
    /// Holds the sudo key and, at first, most tokens.
    pub root: Key,
    folder: TempDir,
}

impl Market {
    /// Starts the node and waits for its first block.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder")?;
        let node = Node::start(&NodeOptions::dev(), folder.path())?;
        let chain = connect(&node).await?;
        chain.wait_for_block(1).await?;
        Ok(Self { chain, node, root: Key::new("//Alice")?, folder })
    }

    /// Kills the node as a crash would, and starts it again on what it has stored. What was in its pool
    /// is gone; its address is another one.
    pub async fn crash(&mut self) -> Result<()> {
        self.node.process.kill()?;
        self.node = Node::start(&NodeOptions::dev(), self.folder.path())?;
        self.chain = connect(&self.node).await?;
        Ok(())
    }

    /// Where data and logs are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The arguments of a worker that tell it where node and models are; one thread each, so that
    /// several fit beside the node.
    pub fn worker_arguments(&self) -> Vec<String> {
        let models = super::models_dir().display().to_string();
        ["--url", &self.node.url, "--models", &models, "--threads", "1"].map(String::from).into()
    }

    /// Sends a call and waits until a block holds it.
    pub async fn submit<C: Call>(&self, signer: &Key, call: &C) -> Result<Landed, SubmitError> {
        self.chain.submit(&signer.pair, call, &Submission::default()).await
    }

    /// Makes a call as root.
    pub async fn sudo<C: Call>(&self, call: &C) -> Result<Landed, SubmitError> {
        let call = self.chain.as_root(call).await?;
        self.submit(&self.root, &call).await
    }

    /// Sends each account so many whole tokens.
    pub async fn fund(&self, whom: &[(&Key, u64)]) -> Result<()> {
        let mut calls = Vec::new();
        for (key, tokens) in whom {
            let transfer = TransferKeepAlive::new(key.account(), tokens * UNIT);
            calls.push(self.chain.encode(&transfer).await?);
        }
        self.submit(&self.root, &BatchAll { calls }).await.context("funding accounts")?;
        Ok(())
    }

    /// Gives each coldkey so many whole tokens and each hotkey ten for its fees.
    pub async fn fund_participants(&self, whom: &[Participant], tokens: u64) -> Result<()> {
        let cold = whom.iter().map(|one| (&one.cold, tokens));
        let hot = whom.iter().map(|one| (&one.hot, 10));
        self.fund(&cold.chain(hot).collect::<Vec<_>>()).await
    }

    /// The call that binds a participant's hotkey.
    pub async fn bind(&self, one: &Participant) -> Result<EncodedCall> {
        let bind = bind_hotkey(&self.chain.genesis(), &one.hot.pair, &one.cold.account());
        Ok(self.chain.encode(&bind).await?)
    }

    /// Binds the owner's hotkey, registers a subnet, sets its rules as root. It is not started.
    pub async fn subnet(
        &self,
        owner: &Participant,
        task: TaskDescriptor,
        changes: Vec<Hyperparameter>,
    ) -> Result<NetUid> {
        let register = RegisterSubnet {
            hotkey: owner.hot.account(),
            name: b"test".to_vec(),
            task,
            max_lock: 100_000 * UNIT,
        };
        let register = self.chain.encode(&register).await?;
        let bound = self.chain.best().await?.coldkey_of(&owner.hot.account()).await?.is_some();
        let calls = if bound { vec![register] } else { vec![self.bind(owner).await?, register] };
        let landed = self
            .submit(&owner.cold, &BatchAll { calls })
            .await
            .context("registering the subnet")?;
        let netuid = landed.events.iter().find_map(|event| match event {
            Event::SubnetRegistered(registered) => Some(registered.netuid),
            _ => None,
        });
        let netuid = netuid.context("no SubnetRegistered")?;
        self.sudo(&SetHyperparameters { netuid, changes })
            .await
            .context("setting hyperparameters")?;
        Ok(netuid)
    }

    /// Binds a hotkey, registers it and stakes on it, all in one block: `stake` on root, where it counts
    /// at the root weight, and a hundredth of that on the subnet. A market that has just opened has
    /// no room for large stakes.
    pub async fn join(
        &self,
        netuid: NetUid,
        one: &Participant,
        stake: Balance,
    ) -> Result<Landed, anyhow::Error> {
        let hotkey = one.hot.account();
        let mut calls = vec![
            self.bind(one).await?,
            self.chain.encode(&Register { netuid, hotkey, max_price: MAX_PRICE }).await?,
        ];
        if stake > 0 {
            let root = (NetUid::ROOT, stake, stake - 10);
            // Others buy in the same block, so that nothing is known of the price.
            for (netuid, amount, min_received) in [root, (netuid, stake / 100, 0)] {
                let add = AddStake { hotkey, netuid, amount, min_received };
                calls.push(self.chain.encode(&add).await?);
            }
        }
        let landed = self.submit(&one.cold, &BatchAll { calls }).await;
        landed.with_context(|| format!("registering {}", one.hot.uri))
    }

    /// Starts the subnet: from here on it earns, by what its alpha is worth on average.
    pub async fn open(&self, netuid: NetUid, owner: &Participant) -> Result<()> {
        self.submit(&owner.cold, &Start { netuid }).await.context("starting the subnet")?;
        Ok(())
    }

    /// When the subnet's epochs are due.
    pub async fn schedule(&self, netuid: NetUid) -> Result<Schedule> {
        let subnet = self.chain.best().await?.subnet(netuid).await?.context("no such subnet")?;
        subnet.schedule.context("the subnet is not started")
    }

    /// Waits until the epoch has run and returns the height then.
    pub async fn epoch_ran(&self, netuid: NetUid, epoch: u64, limit: Duration) -> Result<u32> {
        wait_until(&format!("epoch {epoch} ran"), limit, || async {
            let best = self.chain.best().await?;
            let subnet = best.subnet(netuid).await?.context("no such subnet")?;
            Ok(subnet.last_epoch.filter(|last| *last >= epoch).map(|_| best.number()))
        })
        .await
    }

    /// The events of the blocks `from..=to`.
    pub async fn events(&self, from: u32, to: u32) -> Result<Vec<(u32, Event)>> {
        let mut all = Vec::new();
        for number in from..=to {
            let events = self.chain.at_number(number).await?.events().await?;
            all.extend(events.into_iter().map(|event| (number, event)));
        }
        Ok(all)
    }

    /// An error that names the invariants of the chain that do not hold.
    pub async fn check_invariants(&self) -> Result<()> {
        let broken = self.chain.best().await?.broken_invariants().await?;
        if !broken.is_empty() {
            bail!("broken invariants: {}", broken.join("; "));
        }
        Ok(())
    }
}

/// Connects to a node that is coming up.
async fn connect(node: &Node) -> Result<Chain> {
    let how = Connect::new(&node.url).waiting(Duration::from_secs(60));
    Ok(Chain::connect_with(how).await?)
}

/// An embedding task with small questions, for two processors that serve everybody.
pub fn embedding_task() -> TaskDescriptor {
    let parameters = br#"{"texts": 2, "challenges": 1, "target_ms": 10000}"#.to_vec();
    TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters }
}

/// Hyperparameters of a subnet with an epoch every `seconds`, no waiting between rows, and room for
/// validators with little stake.
pub fn short_epochs(seconds: u64) -> Vec<Hyperparameter> {
    vec![
        Hyperparameter::Tempo(seconds * 1_000),
        Hyperparameter::WeightsRateLimit(0),
        Hyperparameter::ActivityCutoff(600_000),
        Hyperparameter::EndpointRateLimit(0),
        Hyperparameter::StakeThreshold(100 * UNIT),
    ]
}

/// Asks again and again until there is an answer.
pub async fn wait_until<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("waited {limit:?} in vain until {what}");
        }
        sleep(Duration::from_millis(250)).await;
    }
}
