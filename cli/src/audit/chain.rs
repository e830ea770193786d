//! What the chain says about a validator's epoch. Old epochs need an archive node.

use super::of_chain;
use crate::CliError;
use alun_client::{
    AccountId, At, BlockNumber, Chain, ClientError, Event, MechanismId, NetUid, Protocol, Schedule,
    Subnet, TaskDescriptor, TaskKind, Uid,
};
use alun_evidence::{check::Facts, merkle::Hash, Header, Rostered};
use alun_primitives::IpAddress;
use codec::Encode;
use futures::{stream, StreamExt, TryStreamExt};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
};

/// Blocks whose events are asked for at once.
const AT_ONCE: usize = 8;
/// Windows that are looked through for rows of earlier epochs.
const WINDOWS_BACK: u64 = 4;

/// Which epoch of which validator.
#[derive(Clone, Debug)]
pub struct Place {
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism.
    pub mechanism: MechanismId,
    /// The validator's hotkey.
    pub validator: AccountId,
    /// Epoch.
    pub epoch: u64,
}

/// How the epoch's row came onto the chain.
#[derive(Clone, Debug)]
pub enum Landed {
    /// Revealed, with a root.
    Revealed {
        /// Evidence root.
        root: Hash,
        /// Uids and values.
        row: Vec<(u16, u16)>,
        /// Block of the reveal.
        block: BlockNumber,
    },
    /// Set, where commit-reveal is off.
    Set {
        /// Uids and values.
        row: Vec<(u16, u16)>,
        /// Block of the call.
        block: BlockNumber,
    },
    /// It did not; a sentence.
    Missing(String),
}

impl Landed {
    /// The block, if it did.
    pub fn block(&self) -> Option<BlockNumber> {
        match self {
            Self::Revealed { block, .. } | Self::Set { block, .. } => Some(*block),
            Self::Missing(_) => None,
        }
    }
}

/// The subnet as the newest final block has it, and when its epochs were due.
struct Now {
    head: BlockNumber,
    subnet: Subnet,
    schedule: Schedule,
}

impl Now {
    async fn read(chain: &Chain, place: &Place) -> Result<Self, CliError> {
        let at = chain.finalized().await.map_err(of_chain)?;
        let subnet = subnet(&at, place.netuid).await?;
        let schedule = subnet.schedule.ok_or_else(|| {
            CliError::NotAudited(format!("subnet {} was never started", place.netuid))
        })?;
        Ok(Self { head: at.number(), subnet, schedule })
    }

    /// Blocks of an epoch, as far as they are final.
    fn blocks(&self, epoch: u64) -> Result<RangeInclusive<BlockNumber>, CliError> {
        let of = |epoch| self.schedule.block_of(epoch, self.head);
        match (of(epoch), of(epoch.saturating_add(1))) {
            (Some(first), Some(next)) => Ok(first..=next.saturating_sub(1).min(self.head)),
            _ => Err(CliError::NotAudited(format!(
                "the subnet's tempo was changed since epoch {epoch}, so that its blocks are not known"
            ))),
        }
    }

    fn period(&self) -> u64 {
        self.subnet.hyperparameters.reveal_period.into()
    }
}

async fn subnet(at: &At, netuid: NetUid) -> Result<Subnet, CliError> {
    at.subnet(netuid).await.map_err(of_chain)?.ok_or(CliError::NoSubnet(netuid))
}

type Told = (BlockNumber, Uid, Event);

/// The validator's rows that came onto the chain in those blocks.
async fn rows(
    chain: &Chain,
    place: &Place,
    blocks: RangeInclusive<BlockNumber>,
) -> Result<Vec<Told>, ClientError> {
    let of_block = |number: BlockNumber| async move {
        let events = chain.at_number(number).await?.events().await?;
        let mine = |event: &Event| match event {
            Event::WeightsRevealed(row)
                if row.hotkey == place.validator
                    && (row.netuid, row.mechanism) == (place.netuid, place.mechanism) =>
            {
                Some(row.uid)
            }
            Event::WeightsSet(row)
                if row.hotkey == place.validator
                    && (row.netuid, row.mechanism) == (place.netuid, place.mechanism) =>
            {
                Some(row.uid)
            }
            _ => None,
        };
        let told = events.into_iter().filter_map(|event| Some((number, mine(&event)?, event)));
        Ok::<Vec<Told>, ClientError>(told.collect())
    };
    let found: Vec<Vec<Told>> =
        stream::iter(blocks).map(of_block).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Looks for the epoch's row.
pub async fn landed(chain: &Chain, place: &Place) -> Result<Landed, CliError> {
    let now = Now::read(chain, place).await?;
    let set = !now.subnet.hyperparameters.commit_reveal;
    let window = if set { place.epoch } else { place.epoch.saturating_add(now.period()) };
    let due = now.schedule.due(now.head).unwrap_or(0);
    if window > due {
        return Err(CliError::NotAudited(format!(
            "epoch {} is not revealed yet: its window is epoch {window}, now is epoch {due}",
            place.epoch
        )));
    }
    let blocks = now.blocks(window)?;
    let shown = format!("{} to {}", blocks.start(), blocks.end());
    let told = rows(chain, place, blocks).await.map_err(of_chain)?;
    for (block, uid, event) in told.into_iter().rev() {
        let root = match event {
            Event::WeightsRevealed(row) if row.epoch == place.epoch => Some(row.evidence_root),
            Event::WeightsSet(_) if set => None,
            _ => continue,
        };
        let at = chain.at_number(block).await.map_err(of_chain)?;
        let row = at.row(place.netuid, place.mechanism, uid).await.map_err(of_chain)?;
        let row = row.map(|row| row.entries).unwrap_or_default();
        return Ok(match root {
            Some(root) => Landed::Revealed { root, row, block },
            None => Landed::Set { row, block },
        });
    }
    let missing = format!("no row of this validator and epoch is in blocks {shown}");
    Ok(Landed::Missing(missing))
}

/// Roots of the validator's rows that were revealed for epochs from `from` on, before the audited
/// one. `Err` is a sentence.
pub async fn revealed_since(
    chain: &Chain,
    place: &Place,
    from: u64,
) -> Result<BTreeMap<u64, Hash>, String> {
    let words = |error: CliError| error.to_string();
    let now = Now::read(chain, place).await.map_err(words)?;
    if place.epoch.saturating_sub(from) > WINDOWS_BACK {
        return Err(format!("it goes on from epoch {from}: further back than is looked"));
    }
    let mut found = BTreeMap::new();
    for epoch in from..place.epoch {
        let blocks = now.blocks(epoch.saturating_add(now.period())).map_err(words)?;
        let told = rows(chain, place, blocks).await;
        for (_, _, event) in told.map_err(|error| words(of_chain(error)))? {
            let Event::WeightsRevealed(row) = event else { continue };
            if (from..place.epoch).contains(&row.epoch) {
                found.insert(row.epoch, row.evidence_root);
            }
        }
    }
    Ok(found)
}

/// How many rows the validator revealed in the epochs just before. `Err` is a sentence.
pub async fn rows_before(chain: &Chain, place: &Place) -> Result<usize, String> {
    let from = place.epoch.saturating_sub(WINDOWS_BACK);
    revealed_since(chain, place, from).await.map(|found| found.len())
}

/// Where the validator says that it serves.
pub async fn endpoint(chain: &Chain, place: &Place) -> Result<String, CliError> {
    let at = chain.finalized().await.map_err(of_chain)?;
    let neuron = at.neuron_of(place.netuid, &place.validator).await.map_err(of_chain)?;
    let endpoint = neuron.and_then(|neuron| neuron.endpoint);
    let endpoint = endpoint.filter(|endpoint| endpoint.protocol == Protocol::Http);
    let endpoint = endpoint.ok_or_else(|| {
        CliError::NotAudited(
            "the validator announces no plain HTTP endpoint on chain: say where its evidence is with --evidence"
                .into(),
        )
    })?;
    let address: fn(IpAddress) -> IpAddr = IpAddr::from;
    Ok(format!("http://{}", SocketAddr::new(address(endpoint.ip), endpoint.port)))
}

/// What the chain had at the epoch, with the task's kind and descriptor.
pub async fn facts(
    chain: &Chain,
    place: &Place,
    header: &Header,
) -> Result<(Facts, TaskKind, TaskDescriptor), CliError> {
    let now = Now::read(chain, place).await?;
    let blocks = now.blocks(place.epoch)?;
    let (first, last) = (*blocks.start(), *blocks.end());
    // One that is not of the epoch fails the check of the header; then the first serves as well.
    let roster = if blocks.contains(&header.roster_block) { header.roster_block } else { first };
    let missing = || CliError::NotAudited(format!("the node does not know block {first}"));
    let epoch_block = chain.hash_of(first).await.map_err(of_chain)?.ok_or_else(missing)?;
    let at = chain.at_number(roster).await.map_err(of_chain)?;
    let metagraph = at.metagraph(place.netuid, place.mechanism).await.map_err(of_chain)?;
    let metagraph = metagraph.ok_or(CliError::NoSubnet(place.netuid))?;
    let rules = &metagraph.subnet.hyperparameters;
    let task = metagraph.subnet.task.clone();
    let facts = Facts {
        genesis: chain.genesis(),
        netuid: place.netuid.0,
        mechanism: place.mechanism.0,
        epoch: place.epoch,
        first_block: first,
        epoch_block: epoch_block.0,
        last_block: last,
        validator: place.validator.0,
        task: task.encode(),
        model: task.model,
        min_weights: rules.min_weights,
        max_weight_share: rules.max_weight_share,
        weights_version: rules.weights_version,
        roster: metagraph
            .neurons
            .iter()
            .map(|neuron| Rostered {
                uid: neuron.uid.0,
                hotkey: neuron.hotkey.0,
                serving: neuron.endpoint.is_some(),
                model: neuron.endpoint.and_then(|endpoint| endpoint.model),
            })
            .collect(),
    };
    Ok((facts, task.kind, task))
}
