//! What the other pallets get from this one, and hear of.

use crate::{
    Bonds, BondsId, Changed, Config, LastEpoch, MatrixId, Outcome, Outputs, Pallet, Permits, Plans,
    Work,
};
use alloc::{vec, vec::Vec};
use alun_primitives::{
    traits::{EpochClock, NeuronRegistry, OnNeuronReplaced, PermitView, PruneScore},
    Alpha, MechanismId, NetUid, Schedule, Uid,
};
use frame::prelude::*;

impl<T: Config> EpochClock for Pallet<T> {
    fn schedule(netuid: NetUid) -> Option<Schedule> {
        Plans::<T>::get(netuid).map(|plan| plan.schedule)
    }
}

impl<T: Config> PermitView for Pallet<T> {
    fn has_permit(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> bool {
        Permits::<T>::get((netuid, mechanism)).binary_search(&uid).is_ok()
    }
}

impl<T: Config> PruneScore for Pallet<T> {
    fn prune_score(netuid: NetUid, uid: Uid) -> Alpha {
        let score = |mechanism| {
            let outcomes = Outputs::<T>::get((netuid, mechanism));
            outcomes.get(uid.index()).map_or(Alpha::ZERO, |outcome| outcome.prune_score)
        };
        // Saturation: no more than the alpha that there is.
        mechanisms::<T>(netuid).map(score).fold(Alpha::ZERO, Alpha::saturating_add)
    }

    fn prune_scores(netuid: NetUid, neurons: u16) -> Vec<Alpha> {
        let mut scores = vec![Alpha::ZERO; usize::from(neurons)];
        for mechanism in mechanisms::<T>(netuid) {
            let outcomes = Outputs::<T>::get((netuid, mechanism));
            for (score, outcome) in scores.iter_mut().zip(outcomes) {
                // Saturation: no more than the alpha that there is.
                *score = score.saturating_add(outcome.prune_score);
            }
        }
        scores
    }
}

/// The mechanisms of a subnet.
pub(crate) fn mechanisms<T: Config>(netuid: NetUid) -> impl Iterator<Item = MechanismId> {
    (0..T::Neurons::mechanism_count(netuid)).map(MechanismId)
}

impl<T: Config> OnNeuronReplaced<T::AccountId> for Pallet<T> {
    fn on_neuron_replaced(
        netuid: NetUid,
        uid: Uid,
        former: Option<&T::AccountId>,
        _holder: &T::AccountId,
    ) {
        if former.is_none() {
            return;
        }
        for mechanism in mechanisms::<T>(netuid) {
            let matrix = (netuid, mechanism);
            Self::drop_bonds(matrix, uid);
            let mut permits = Permits::<T>::get(matrix);
            if let Ok(place) = permits.binary_search(&uid) {
                permits.remove(place);
                Permits::<T>::insert(matrix, permits);
            }
            Outputs::<T>::mutate_extant(matrix, |outcomes| {
                if let Some(outcome) = outcomes.get_mut(uid.index()) {
                    *outcome = Outcome::default();
                }
            });
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Drops the bonds of a uid. Those that the epoch in work starts from stay as they are; the
    /// epoch is told instead.
    fn drop_bonds(matrix: MatrixId, uid: Uid) {
        let live = Self::live_generation(matrix);
        let Some(work) = Work::<T>::get().filter(|work| work.item.matrix() == matrix) else {
            return Bonds::<T>::remove(Self::generation(matrix, live), uid);
        };
        Changed::<T>::mutate(|changed| {
            // The list has room for every uid once.
            if !changed.contains(&uid) && changed.try_push(uid).is_err() {
                defensive!("more uids changed hands than there are");
            }
        });
        if work.computed(matrix) {
            Bonds::<T>::remove(Self::generation(matrix, Self::spare_generation(matrix)), uid);
        }
    }

    /// The generation of bonds that holds.
    pub(crate) fn live_generation(matrix: MatrixId) -> u8 {
        LastEpoch::<T>::get(matrix).map_or(0, |last| last.generation)
    }

    /// The other one.
    pub(crate) fn spare_generation(matrix: MatrixId) -> u8 {
        Self::live_generation(matrix) ^ 1
    }

    /// The key of a generation.
    pub(crate) fn generation((netuid, mechanism): MatrixId, generation: u8) -> BondsId {
        (netuid, mechanism, generation)
    }
}
