//! Freezing the input of an epoch, in one block: stake that moved between two reads could count
//! twice.

use crate::{
    frozen::Scorers, work::Stage, Bonds, Config, FrozenHead, FrozenHeads, FrozenNeuron,
    FrozenNeurons, FrozenRows, InWork, LastEpoch, MatrixId, PackedRow, Pallet, Permits,
    QueuedEpoch, Step, Work,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{Clock, NeuronRegistry, RowInput, StakeView, WeightMatrix},
    BlockNumber, Uid, MAX_ROW,
};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// Removes the input of the last epoch, and the bonds that it started from.
    pub(crate) fn clear_frozen(matrix: MatrixId) {
        let Some(head) = FrozenHeads::<T>::take(matrix) else { return };
        FrozenNeurons::<T>::remove(matrix);
        let spare = Self::generation(matrix, Self::spare_generation(matrix));
        for uid in head.scorers {
            FrozenRows::<T>::remove(matrix, uid);
            Bonds::<T>::remove(spare, uid);
        }
    }

    /// Reads the input of an epoch and stores it. What expired was dropped before.
    ///
    /// Rows and submissions are read of permit holders and the owner only: no others count, and of
    /// others nothing can have been submitted since they lost their permit.
    pub(crate) fn freeze(item: QueuedEpoch, now: BlockNumber) -> Result<(), Step> {
        let matrix = item.matrix();
        let QueuedEpoch { netuid, mechanism, epoch, .. } = item;
        // None is left. Windows that nobody used are done with.
        T::Weights::drop_expired(netuid, mechanism, now, 0);
        let hyperparameters = T::Neurons::hyperparameters(netuid).ok_or(Step::Gather)?;
        let owner =
            T::Neurons::owner_hotkey(netuid).and_then(|hotkey| T::Neurons::uid_of(netuid, &hotkey));
        let permits = Permits::<T>::get(matrix);
        let scorers = scorers(&permits, owner);
        let inputs = T::Weights::rows(netuid, mechanism, &scorers);
        let neurons = Self::read_neurons(matrix, &permits, &scorers, &inputs)?;
        let last = LastEpoch::<T>::get(matrix);
        let bonds = last.map_or(0, |last| last.bond_entries);
        let count = u16::try_from(neurons.len()).map_err(|_| Step::Gather)?;
        let scorers = Scorers::try_from(scorers).map_err(|_| Step::Gather)?;
        let rows = store_rows::<T>(matrix, &scorers, inputs)?;
        let head = FrozenHead {
            epoch,
            frozen_at: now,
            last_epoch: last.map_or(0, |last| last.block),
            owner,
            activity_cutoff: T::Clock::to_blocks(hyperparameters.activity_cutoff_ms),
            hyperparameters,
            neurons: count,
            scorers,
            generation: last.map_or(0, |last| last.generation),
            // Saturation: each is at most 258 · 4,096.
            entries: rows.saturating_add(bonds),
        };
        Work::<T>::put(InWork {
            item,
            frozen_at: now,
            neurons: head.neurons,
            validators: validators(&head),
            entries: head.entries,
            stage: Stage::Frozen,
        });
        FrozenNeurons::<T>::insert(matrix, neurons);
        FrozenHeads::<T>::insert(matrix, head);
        Ok(())
    }

    /// The neurons with what the registry, the stake and the rows say of them.
    fn read_neurons(
        (netuid, _): MatrixId,
        permits: &[Uid],
        scorers: &[Uid],
        inputs: &[RowInput],
    ) -> Result<BoundedVec<FrozenNeuron<T::AccountId>, ConstU32<MAX_ROW>>, Step> {
        if u32::from(T::Neurons::neuron_count(netuid)) > MAX_ROW {
            return Err(Step::Gather);
        }
        let (hotkeys, registered): (Vec<_>, Vec<_>) =
            T::Neurons::roster(netuid).into_iter().unzip();
        let stakes = T::Stake::stake_weights(&hotkeys, netuid);
        let mut neurons: Vec<_> = hotkeys
            .into_iter()
            .zip(registered)
            .zip(stakes)
            .map(|((hotkey, registered_at), stake)| FrozenNeuron {
                hotkey,
                stake,
                registered_at,
                last_update: 0,
                last_submission: 0,
                permit: false,
            })
            .collect();
        for (uid, input) in scorers.iter().zip(inputs) {
            let neuron = neurons.get_mut(uid.index()).ok_or(Step::Gather)?;
            neuron.last_update = input.last_update;
            neuron.last_submission = input.last_submission;
            neuron.permit = permits.binary_search(uid).is_ok();
        }
        neurons.try_into().map_err(|_| Step::Gather)
    }
}

/// Permit holders and the owner, ascending.
fn scorers(permits: &[Uid], owner: Option<Uid>) -> Vec<Uid> {
    let mut scorers = permits.to_vec();
    if let Some(owner) = owner {
        if let Err(place) = scorers.binary_search(&owner) {
            scorers.insert(place, owner);
        }
    }
    scorers
}

/// Stores the rows that are not empty; returns the number of their entries. Nothing is stored when
/// it fails.
fn store_rows<T: Config>(
    matrix: MatrixId,
    scorers: &[Uid],
    inputs: Vec<RowInput>,
) -> Result<u32, Step> {
    let pack = |input: &RowInput| PackedRow::pack(&input.entries).ok_or(Step::Gather);
    let rows = inputs.iter().map(pack).collect::<Result<Vec<_>, _>>()?;
    let mut entries = 0u32;
    for (uid, row) in scorers.iter().zip(rows).filter(|(_, row)| row.entries() > 0) {
        // Saturation: at most 258 · 4,096.
        entries = entries.saturating_add(row.entries());
        FrozenRows::<T>::insert(matrix, uid, row);
    }
    Ok(entries)
}

/// How many validators the computation has to do with: those whose rows it reads, or those that it
/// may give a permit to, the owner's being extra.
fn validators(head: &FrozenHead) -> u16 {
    let scorers = u16::try_from(head.scorers.len()).unwrap_or(u16::MAX);
    // Saturation: at most 256.
    scorers.max(head.hyperparameters.max_validators.saturating_add(1)).min(head.neurons)
}
