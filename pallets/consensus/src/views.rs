//! What the runtime API reads.

use crate::{
    work::{InWork, PayRecord, Stage, PAY_PAGE},
    Bonds, Config, Done, LastEpoch, LastPayout, NeuronOutput, Outputs, Pallet, Permits, Plans,
    Queue, QueuedEpoch, Work,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::NeuronRegistry,
    views::{EpochWork, NextEpoch},
    BlockNumber, MechanismId, NetUid, Uid,
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
    /// started, and from its notice on.
    pub fn next_epoch(netuid: NetUid) -> Option<NextEpoch> {
        let schedule = Plans::<T>::get(netuid).filter(|plan| plan.listed.is_some())?.schedule;
        let (block, epoch) = schedule.next_due(Self::now());
        let executed = Self::last_epoch(netuid, MechanismId::FIRST);
        Some(NextEpoch { block, epoch, due: schedule.due(Self::now()), executed })
    }

    /// Index of the last executed epoch of a mechanism.
    pub fn last_epoch(netuid: NetUid, mechanism: MechanismId) -> Option<u64> {
        LastEpoch::<T>::get((netuid, mechanism)).map(|last| last.epoch)
    }

    /// The bonds of a uid, ascending (uid, bond) pairs: empty without a permit.
    pub fn bonds(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> Vec<(u16, u16)> {
        let matrix = (netuid, mechanism);
        if Permits::<T>::get(matrix).binary_search(&uid).is_err() {
            return Vec::new();
        }
        let live = Self::generation(matrix, Self::live_generation(matrix));
        Bonds::<T>::get(live, uid).map(|row| row.unpack()).unwrap_or_default()
    }

    /// How the emission of the last epoch was divided, or of the one in work once it is computed.
    pub fn payout(netuid: NetUid, mechanism: MechanismId) -> Option<PayRecord> {
        LastPayout::<T>::get((netuid, mechanism))
    }

    /// The oldest epoch that is due and not finished, and how far it has got; `None` when there is
    /// none.
    pub fn work_view() -> Option<EpochWork> {
        let progress = Done::<T>::get();
        let item = Queue::<T>::get(progress.head)?;
        let work = Work::<T>::get();
        let QueuedEpoch { netuid, mechanism, epoch, due_at } = item;
        let pages = match work {
            Some(InWork { stage: Stage::Computed { next, .. }, .. }) => Some(next),
            _ => None,
        };
        let neurons = work.map(|work| work.neurons);
        // Saturation: at most 4,096 neurons.
        let paid = pages.map(|pages| pages.saturating_mul(PAY_PAGE).min(neurons.unwrap_or(0)));
        Some(EpochWork {
            netuid,
            mechanism,
            epoch,
            due_at,
            lag: Self::now().saturating_sub(due_at),
            frozen_at: work.map(|work| work.frozen_at),
            neurons,
            paid,
            queued: progress.backlog(),
        })
    }
}
