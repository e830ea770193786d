//! What the runtime API reads.

use crate::{Bonds, Config, LastEpoch, NeuronOutput, Outputs, Pallet, Permits, Plans};
use alloc::vec::Vec;
use alun_primitives::{
    traits::NeuronRegistry, views::NextEpoch, BlockNumber, MechanismId, NetUid, Uid,
};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// The block that is being made.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// What the last epoch said of each neuron, by uid; all zero where it said nothing yet.
    pub fn outputs(netuid: NetUid, mechanism: MechanismId) -> Vec<NeuronOutput> {
        let neurons = usize::from(T::Neurons::neuron_count(netuid));
        let mut outputs: Vec<_> = Outputs::<T>::get((netuid, mechanism))
            .into_iter()
            .map(|outcome| NeuronOutput {
                active: outcome.active,
                permit: false,
                consensus: outcome.consensus,
                validator_trust: outcome.validator_trust,
                incentive: outcome.incentive,
                dividends: outcome.dividends,
                emission: outcome.emission,
                prune_score: outcome.prune_score,
            })
            .collect();
        outputs.resize(neurons, NeuronOutput::default());
        for uid in Permits::<T>::get((netuid, mechanism)) {
            if let Some(output) = outputs.get_mut(uid.index()) {
                output.permit = true;
            }
        }
        outputs
    }

    /// When the next epoch is due, and how far the chain has got. `None` until the subnet is
    /// started.
    pub fn next_epoch(netuid: NetUid) -> Option<NextEpoch> {
        let schedule = Plans::<T>::get(netuid)?.schedule;
        let (block, epoch) = schedule.next_due(Self::now());
        let executed = Self::last_epoch(netuid, MechanismId::FIRST);
        Some(NextEpoch { block, epoch, due: schedule.due(Self::now()), executed })
    }

    /// Index of the last executed epoch of a mechanism.
    pub fn last_epoch(netuid: NetUid, mechanism: MechanismId) -> Option<u64> {
        LastEpoch::<T>::get((netuid, mechanism)).map(|last| last.epoch)
    }

    /// The bonds of a uid: ascending (uid, bond) pairs.
    pub fn bonds(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> Vec<(u16, u16)> {
        Bonds::<T>::get((netuid, mechanism), uid).unwrap_or_default().into_inner()
    }
}
