//! What the last epoch of a subnet was computed from, as the chain keeps it until the next one.

use crate::{
    AccountId, At, Balance, BlockNumber, ClientError, Hyperparameters, MechanismId, NetUid, Uid,
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

/// What an epoch divided, of what the chain has recorded.
#[derive(DecodeAsType)]
struct Payout {
    epoch: u64,
    total: Balance,
    closed_at: Option<BlockNumber>,
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
    /// What was divided, the owner's cut included, smallest unit; `None` while the epoch is being
    /// computed and paid.
    pub total: Option<Balance>,
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
        let payout: Option<Payout> = self.storage("Consensus", "LastPayout", key).await?;
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
        let finished = |payout: &Payout| payout.epoch == head.epoch && payout.closed_at.is_some();
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
            total: payout.filter(finished).map(|payout| payout.total),
        }))
    }
}
