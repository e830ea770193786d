//! Brings the chain to where work can begin: accounts, subnets, stakes.

use super::{population::Population, population::Strategy, NetUids, Progress};
use alun_client::{
    bind_hotkey, calls, Chain, Endpoint, Hyperparameter, IpAddress, NetUid, Protocol, Submission,
    TaskDescriptor, TaskKind, UNIT,
};
use anyhow::{anyhow, Context, Result};

/// Most that a registration may cost here.
const MAX_PRICE: u64 = 100 * UNIT;

fn task(netuid: NetUid) -> (&'static str, TaskDescriptor) {
    // Small questions and patient targets: two processors serve everybody here.
    if netuid == NetUids::EMBEDDING {
        let parameters = br#"{"texts": 4, "challenges": 2, "target_ms": 4000}"#.to_vec();
        ("embedding", TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters })
    } else {
        let parameters = br#"{"max_tokens": 16, "challenges": 1, "target_ms": 6000}"#.to_vec();
        ("generation", TaskDescriptor { kind: TaskKind::Generation, model: None, parameters })
    }
}

/// Funds everybody, registers the subnets, and the validators with their stakes: on root, and a
/// hundredth of that on each subnet, whose markets have no room for more.
pub(crate) async fn accounts_and_subnets(
    chain: &Chain,
    population: &Population,
    tempo: u64,
    progress: &Progress,
) -> Result<()> {
    progress.say("funding accounts");
    fund(chain, population).await.context("funding accounts")?;
    progress.say("registering two subnets");
    register_subnets(chain, population).await.context("registering the subnets")?;
    govern(chain, population, tempo).await.context("setting hyperparameters")?;
    progress.say("registering and staking three validators");
    for validator in &population.validators {
        let (cold, hotkey) = (&validator.coldkey.pair, validator.hotkey.account());
        let bind =
            bind_hotkey(&chain.genesis(), &validator.hotkey.pair, &validator.coldkey.account());
        let mut batch = vec![chain.encode(&bind).await?];
        let amount = validator.stake;
        let (netuid, min_received) = (NetUid::ROOT, amount - 10);
        let stake = calls::AddStake { hotkey, netuid, amount, min_received };
        batch.push(chain.encode(&stake).await?);
        let best = chain.best().await?;
        for netuid in NetUids::ALL {
            batch.push(
                chain.encode(&calls::Register { netuid, hotkey, max_price: MAX_PRICE }).await?,
            );
            let amount = validator.on_subnet();
            let quote = best.quote_buy(netuid, amount).await?;
            let quote = quote.map_err(|error| anyhow!(error.sentence()))?;
            // One per cent less than quoted.
            let min_received = quote.alpha.0 - quote.alpha.0 / 100;
            let stake = calls::AddStake { hotkey, netuid, amount, min_received };
            batch.push(chain.encode(&stake).await?);
        }
        chain
            .submit(cold, &calls::BatchAll { calls: batch }, &Submission::default())
            .await
            .with_context(|| format!("registering {}", validator.name))?;
    }
    silent_miners(chain, population).await.context("registering the miners that are down")
}

async fn fund(chain: &Chain, population: &Population) -> Result<()> {
    let mut batch = Vec::new();
    let mut to = |keys: &super::population::Keys, tokens: u64| {
        batch.push(calls::TransferKeepAlive::new(keys.account(), tokens * UNIT));
    };
    to(&population.owner, 8_000);
    for validator in &population.validators {
        to(&validator.coldkey, 2 * validator.stake / UNIT + 500);
        to(&validator.hotkey, 10);
    }
    for miner in &population.miners {
        to(&miner.coldkey, 200);
        to(&miner.hotkey, 10);
    }
    let mut encoded = Vec::new();
    for transfer in &batch {
        encoded.push(chain.encode(transfer).await?);
    }
    chain
        .submit(&population.root, &calls::BatchAll { calls: encoded }, &Submission::default())
        .await?;
    Ok(())
}

async fn register_subnets(chain: &Chain, population: &Population) -> Result<()> {
    let hotkey = population.owner_hotkey.account();
    let bind =
        bind_hotkey(&chain.genesis(), &population.owner_hotkey.pair, &population.owner.account());
    let mut batch = vec![chain.encode(&bind).await?];
    for netuid in NetUids::ALL {
        let (name, task) = task(netuid);
        let call = calls::RegisterSubnet {
            hotkey,
            name: name.as_bytes().to_vec(),
            task,
            max_lock: 7_000 * UNIT,
        };
        batch.push(chain.encode(&call).await?);
    }
    chain
        .submit(&population.owner.pair, &calls::BatchAll { calls: batch }, &Submission::default())
        .await?;
    Ok(())
}

async fn govern(chain: &Chain, population: &Population, tempo: u64) -> Result<()> {
    let tempo = tempo * 1_000;
    let mut batch = Vec::new();
    for netuid in NetUids::ALL {
        let changes = vec![
            Hyperparameter::Tempo(tempo),
            Hyperparameter::WeightsRateLimit(tempo / 4),
            Hyperparameter::ActivityCutoff(tempo * 10),
            Hyperparameter::Immunity(tempo * 30),
            Hyperparameter::EndpointRateLimit(0),
            Hyperparameter::StakeThreshold(100 * UNIT),
        ];
        batch.push(chain.encode(&calls::SetHyperparameters { netuid, changes }).await?);
    }
    let batch = calls::BatchAll { calls: batch };
    let call = chain.as_root(&batch).await?;
    chain.submit(&population.root, &call, &Submission::default()).await?;
    Ok(())
}

/// The miners that are down: registered and announced, but nobody listens there.
async fn silent_miners(chain: &Chain, population: &Population) -> Result<()> {
    for miner in population.miners.iter().filter(|miner| miner.strategy == Strategy::Down) {
        let how = Submission::default();
        alun_client::register_neuron(
            chain,
            &miner.coldkey.pair,
            &miner.hotkey.pair,
            miner.netuid,
            MAX_PRICE,
            &how,
        )
        .await?;
        let endpoint = Endpoint {
            ip: IpAddress::V4([127, 0, 0, 1]),
            // The discard port: refused at once on any ordinary machine.
            port: 9,
            protocol: Protocol::Http,
            version: 1,
            tls_fingerprint: None,
            model: None,
            announced_at: 0,
        };
        chain
            .submit(&miner.hotkey.pair, &calls::Serve { netuid: miner.netuid, endpoint }, &how)
            .await?;
    }
    Ok(())
}

/// Starts both subnets: from here on they earn, by what their alpha is worth on average.
pub(crate) async fn start_subnets(chain: &Chain, population: &Population) -> Result<()> {
    let mut batch = Vec::new();
    for netuid in NetUids::ALL {
        batch.push(chain.encode(&calls::Start { netuid }).await?);
    }
    chain
        .submit(&population.owner.pair, &calls::BatchAll { calls: batch }, &Submission::default())
        .await
        .context("starting the subnets")?;
    Ok(())
}
