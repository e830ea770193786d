//! One epoch: read, compute, pay, store.

use crate::{
    gather::Frozen, BondRow, Bonds, Config, Event, Executed, LastEpoch, MatrixId, Outcome, Outputs,
    Pallet, PermitList, Permits, Plans, QueuedEpoch, Step,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EpochPayout, EpochShare, WeightMatrix},
    Balance, BlockNumber, Uid,
};
use alun_yuma::{Input, Output};
use frame::prelude::*;

/// An epoch's result in the form in which it is stored.
struct Storable {
    permits: PermitList,
    bonds: Vec<(Uid, BondRow)>,
}

impl<T: Config> Pallet<T> {
    /// Executes a due epoch. If it can't be computed, nothing changes but that expired commits are
    /// announced and the rows that they were to replace dropped.
    pub(crate) fn run(item: &QueuedEpoch, now: BlockNumber) {
        let QueuedEpoch { netuid, mechanism, epoch, .. } = *item;
        T::Weights::drop_expired(netuid, mechanism, now);
        let event = Self::execute(item, now).unwrap_or_else(|step| Event::EpochFailed {
            netuid,
            mechanism,
            epoch,
            step,
        });
        Self::deposit_event(event);
    }

    fn execute(item: &QueuedEpoch, now: BlockNumber) -> Result<Event<T>, Step> {
        let QueuedEpoch { netuid, mechanism, epoch, due_at } = *item;
        let matrix = (netuid, mechanism);
        let frozen = Self::gather(matrix, now)?;
        let output = alun_yuma::epoch(&Input {
            params: &frozen.params,
            neurons: &frozen.neurons,
            rows: &frozen.rows,
            bonds: &frozen.bonds,
        })?;
        let storable = storable(&output)?;
        // From here on nothing fails.
        let paid = Self::pay(item, now, &frozen.hotkeys, &output);
        Self::store_outputs(matrix, &output, &paid);
        Self::store_bonds(matrix, &frozen, storable);
        LastEpoch::<T>::insert(matrix, Executed { epoch, block: now });
        let validators = output.neurons.iter().filter(|neuron| neuron.active_stake > 0).count();
        Ok(Event::EpochRan {
            netuid,
            mechanism,
            epoch,
            due_at,
            lag: now.saturating_sub(due_at),
            neurons: count(frozen.neurons.len()),
            validators: count(validators),
            // Saturation: no more than exists.
            paid: paid.iter().fold(0, |sum, amount| sum.saturating_add(*amount)),
        })
    }

    /// Has the epoch paid; returns what each neuron got, by uid.
    fn pay(
        item: &QueuedEpoch,
        now: BlockNumber,
        hotkeys: &[T::AccountId],
        output: &Output,
    ) -> Vec<Balance> {
        let shares: Vec<_> = output
            .neurons
            .iter()
            .zip(hotkeys)
            .zip((0..).map(Uid))
            .map(|((neuron, hotkey), uid)| EpochShare {
                uid,
                hotkey: hotkey.clone(),
                incentive: neuron.incentive_share,
                dividends: neuron.dividend_share,
                active_stake: neuron.active_stake,
            })
            .filter(|share| share.incentive > 0 || share.dividends > 0 || share.active_stake > 0)
            .collect();
        let tempo = Plans::<T>::get(item.netuid).map_or(1, |plan| plan.schedule.at(now).tempo);
        let amounts = T::Payout::pay(item.netuid, item.mechanism, item.epoch, tempo, &shares);
        let mut paid = alloc::vec![0; hotkeys.len()];
        for (share, amount) in shares.iter().zip(amounts) {
            if let Some(slot) = paid.get_mut(share.uid.index()) {
                *slot = amount;
            }
        }
        paid
    }

    fn store_outputs(matrix: MatrixId, output: &Output, paid: &[Balance]) {
        let before = Outputs::<T>::get(matrix);
        let former = before.iter().copied().chain(core::iter::repeat(Outcome::default()));
        let outcomes: Vec<_> = output
            .neurons
            .iter()
            .zip(paid)
            .zip(former)
            .map(|((neuron, &emission), former)| {
                let (prune_score, scored) = former.next_score(emission);
                Outcome {
                    active: neuron.active,
                    consensus: neuron.consensus,
                    validator_trust: neuron.validator_trust,
                    incentive: neuron.incentive,
                    dividends: neuron.dividends,
                    emission,
                    prune_score,
                    scored,
                }
            })
            .collect();
        // As many as neurons, which were checked not to be too many.
        Outputs::<T>::insert(matrix, BoundedVec::truncate_from(outcomes));
    }

    fn store_bonds(matrix: MatrixId, frozen: &Frozen<T::AccountId>, new: Storable) {
        for uid in &frozen.permits {
            if new.bonds.binary_search_by_key(uid, |(holder, _)| *holder).is_err() {
                Bonds::<T>::remove(matrix, uid);
            }
        }
        for (uid, row) in new.bonds {
            Bonds::<T>::insert(matrix, uid, row);
        }
        Permits::<T>::insert(matrix, new.permits);
    }
}

/// Permits, and the bonds of their holders that are not empty.
fn storable(output: &Output) -> Result<Storable, Step> {
    let holders = || output.neurons.iter().zip((0..).map(Uid)).filter(|(neuron, _)| neuron.permit);
    let permits: Vec<_> = holders().map(|(_, uid)| uid).collect();
    let permits = PermitList::try_from(permits).map_err(|_| Step::Store)?;
    let mut bonds = Vec::with_capacity(permits.len());
    for (_, uid) in holders() {
        let row = output.bonds.get(uid.index()).filter(|row| !row.is_empty());
        if let Some(row) = row {
            bonds.push((uid, BondRow::try_from(row.clone()).map_err(|_| Step::Store)?));
        }
    }
    Ok(Storable { permits, bonds })
}

/// A number of neurons. Uids are `u16`, so it fits.
fn count(neurons: usize) -> u16 {
    u16::try_from(neurons).unwrap_or(u16::MAX)
}
