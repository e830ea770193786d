//! What the last epoch of a subnet was computed from, as the chain keeps it until the next one.

use crate::{
    AccountId, Alpha, At, Balance, BlockNumber, ClientError, Hyperparameters, MechanismId, NetUid,
    Uid,
};
use scale_decode::DecodeAsType;

/// A sparse row: ascending `(uid, value)`.
pub type SparseRow = Vec<(u16, u16)>;

/// A neuron as an epoch read it.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
pub struct FrozenNeuron {
    /// Its hotkey.
    pub hotkey: AccountId,
    /// Stake weight, smallest unit.
    pub stake: Balance,
    /// Block at which it registered.
    pub registered_at: BlockNumber,
    /// Block at which its row was committed.
    pub last_update: BlockNumber,
    /// Block of its newest commit or row.
    pub last_submission: BlockNumber,
    /// Whether it held a permit.
    pub permit: bool,
}

/// How the emission of an epoch was divided, as the chain has recorded it. In the subnet's alpha.
#[derive(Clone, Debug, Default, PartialEq, Eq, DecodeAsType)]
pub struct PayRecord {
    /// The epoch.
    pub epoch: u64,
    /// All that was divided.
    pub total: Alpha,
    /// What reached the owner.
    pub owner_cut: Alpha,
    /// The miners' part.
    pub miners: Alpha,
    /// The validators' part.
    pub validators: Alpha,
    /// The miners' part, if it was burned because nobody has incentive.
    pub burned: Alpha,
    /// What could not be paid and is pending again.
    pub returned: Alpha,
    /// Block at which the last of it was paid; `None` until then.
    pub closed_at: Option<BlockNumber>,
}

/// What an epoch decided of one neuron. `u16`s are of 65,535, amounts in the subnet's alpha.
#[derive(Clone, Debug, Default, PartialEq, Eq, DecodeAsType)]
pub struct Award {
    /// Whether it was active.
    pub active: bool,
    /// Whether it gets a permit.
    pub permit: bool,
    /// Consensus on it.
    pub consensus: u16,
    /// Validator trust.
    pub validator_trust: u16,
    /// Incentive.
    pub incentive: u16,
    /// Dividends.
    pub dividends: u16,
    /// Due to it as a miner.
    pub as_miner: Alpha,
    /// Due to it as a validator.
    pub as_validator: Alpha,
}

/// How far the epoch has got whose input is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrozenState {
    /// It is being computed and paid.
    InWork,
    /// It could not be computed: nobody was paid, and its emission waits for the next one.
    Failed,
    /// It is paid.
    Paid {
        /// How its emission was divided.
        record: PayRecord,
        /// What it decided of each neuron, by uid.
        awards: Vec<Award>,
    },
}

#[derive(DecodeAsType)]
struct InWork {
    item: Queued,
}

#[derive(DecodeAsType)]
struct Queued {
    netuid: NetUid,
    mechanism: MechanismId,
}

/// An epoch with all that it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenEpoch {
    /// Its index.
    pub epoch: u64,
    /// Block at which the input was frozen: "now" for the epoch.
    pub frozen_at: BlockNumber,
    /// Block at which the input of the epoch before was frozen; 0 if there was none.
    pub last_epoch: BlockNumber,
    /// Uid of the owner's hotkey, if it has one.
    pub owner: Option<Uid>,
    /// The activity cutoff in blocks.
    pub activity_cutoff: BlockNumber,
    /// Hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Neurons by uid.
    pub neurons: Vec<FrozenNeuron>,
    /// Weight rows by uid; empty for those without a permit.
    pub rows: Vec<SparseRow>,
    /// Bonds by uid, as the epoch before left them.
    pub bonds: Vec<SparseRow>,
    /// Whether it is paid, and how.
    pub state: FrozenState,
}

#[derive(DecodeAsType)]
struct Head {
    epoch: u64,
    frozen_at: BlockNumber,
    last_epoch: BlockNumber,
    owner: Option<Uid>,
    activity_cutoff: BlockNumber,
    hyperparameters: Hyperparameters,
    scorers: Vec<Uid>,
    generation: u8,
}

#[derive(DecodeAsType)]
struct PackedRow {
    uids: Vec<u16>,
    values: Vec<u16>,
}

impl PackedRow {
    fn unpack(self) -> SparseRow {
        self.uids.into_iter().zip(self.values).collect()
    }
}

impl At {
    /// What the last epoch of a mechanism read, or the one in work at this block; `None` before the
    /// first one.
    pub async fn frozen_epoch(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
    ) -> Result<Option<FrozenEpoch>, ClientError> {
        let matrix = (netuid.0, mechanism.0);
        let key = (matrix,);
        let head = self.storage::<_, Head>("Consensus", "FrozenHeads", key).await?;
        let Some(head) = head else {
            return Ok(None);
        };
        let neurons = self.storage("Consensus", "FrozenNeurons", key).await?;
        let neurons: Vec<FrozenNeuron> = neurons.unwrap_or_default();
        let mut rows = vec![SparseRow::new(); neurons.len()];
        let mut bonds = rows.clone();
        let generation = (netuid.0, mechanism.0, head.generation);
        for uid in &head.scorers {
            let row: Option<PackedRow> =
                self.storage("Consensus", "FrozenRows", (matrix, uid.0)).await?;
            let held: Option<PackedRow> =
                self.storage("Consensus", "Bonds", (generation, uid.0)).await?;
            for (rows, found) in [(&mut rows, row), (&mut bonds, held)] {
                if let (Some(slot), Some(found)) = (rows.get_mut(uid.index()), found) {
                    *slot = found.unpack();
                }
            }
        }
        let state = self.frozen_state(netuid, mechanism, head.epoch, neurons.len()).await?;
        Ok(Some(FrozenEpoch {
            epoch: head.epoch,
            frozen_at: head.frozen_at,
            last_epoch: head.last_epoch,
            owner: head.owner,
            activity_cutoff: head.activity_cutoff,
            hyperparameters: head.hyperparameters,
            neurons,
            rows,
            bonds,
            state,
        }))
    }

    async fn frozen_state(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        epoch: u64,
        neurons: usize,
    ) -> Result<FrozenState, ClientError> {
        let matrix = (netuid.0, mechanism.0);
        let record = self.storage::<_, PayRecord>("Consensus", "LastPayout", (matrix,)).await?;
        let closed = |record: &PayRecord| record.epoch == epoch && record.closed_at.is_some();
        let Some(record) = record.filter(closed) else {
            let work: Option<InWork> = self.storage("Consensus", "Work", ()).await?;
            let this =
                |work: InWork| (work.item.netuid, work.item.mechanism) == (netuid, mechanism);
            let in_work = work.is_some_and(this);
            return Ok(if in_work { FrozenState::InWork } else { FrozenState::Failed });
        };
        let mut awards: Vec<Award> = Vec::with_capacity(neurons);
        for page in 0..=u16::MAX {
            if awards.len() >= neurons {
                break;
            }
            let some: Option<Vec<Award>> =
                self.storage("Consensus", "Awards", (matrix, page)).await?;
            let some = some.unwrap_or_default();
            if some.is_empty() {
                break;
            }
            awards.extend(some);
        }
        Ok(FrozenState::Paid { record, awards })
    }
}
