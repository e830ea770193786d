//! What the other pallets and the views get from this one.

use crate::{Commits, Config, LastSubmission, Pallet, Row, Rows};
use alloc::{vec, vec::Vec};
use alun_primitives::{
    traits::{NeuronRegistry, OnNeuronReplaced, RowInput, WeightMatrix},
    BlockNumber, MechanismId, NetUid, Uid,
};

impl<T: Config> WeightMatrix for Pallet<T> {
    fn rows(netuid: NetUid, mechanism: MechanismId, uids: &[Uid]) -> Vec<RowInput> {
        let matrix = (netuid, mechanism);
        let input = |uid| {
            let row = Rows::<T>::get(matrix, uid).unwrap_or_default();
            let last = LastSubmission::<T>::get(matrix, uid);
            RowInput {
                entries: row.entries.into_inner(),
                last_update: row.last_update,
                last_submission: last.map_or(0, |submission| submission.block),
            }
        };
        uids.iter().map(input).collect()
    }

    fn expiring(netuid: NetUid, mechanism: MechanismId, now: BlockNumber) -> u32 {
        Self::closed_commits((netuid, mechanism), now)
    }

    fn drop_expired(netuid: NetUid, mechanism: MechanismId, now: BlockNumber, limit: u32) {
        Self::sweep((netuid, mechanism), now, limit);
    }
}

/// The new holder of a uid inherits neither row nor commits nor rate limit.
impl<T: Config> OnNeuronReplaced<T::AccountId> for Pallet<T> {
    fn on_neuron_replaced(
        netuid: NetUid,
        uid: Uid,
        former: Option<&T::AccountId>,
        _holder: &T::AccountId,
    ) {
        let Some(former) = former else { return };
        for mechanism in (0..T::Neurons::mechanism_count(netuid)).map(MechanismId) {
            Rows::<T>::remove((netuid, mechanism), uid);
            LastSubmission::<T>::remove((netuid, mechanism), uid);
            Commits::<T>::remove((netuid, mechanism), former);
        }
    }
}

impl<T: Config> Pallet<T> {
    /// The row in force of a uid.
    pub fn row(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> Option<Row> {
        Rows::<T>::get((netuid, mechanism), uid)
    }

    /// By uid, the block at which the present row was committed; 0 where there is none.
    pub fn last_updates(netuid: NetUid, mechanism: MechanismId, neurons: u16) -> Vec<BlockNumber> {
        let mut blocks = vec![0; usize::from(neurons)];
        for (uid, row) in Rows::<T>::iter_prefix((netuid, mechanism)) {
            if let Some(block) = blocks.get_mut(uid.index()) {
                *block = row.last_update;
            }
        }
        blocks
    }
}
