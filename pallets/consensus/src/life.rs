//! When a subnet's epochs begin, and when they end.

use crate::{
    impls::mechanisms, Awards, Bonds, Config, Done, DueAt, FrozenHeads, FrozenNeurons, FrozenRows,
    LastEpoch, LastPayout, MatrixId, Outputs, Pallet, Permits, Plan, Plans, Queue, Work,
};
use alun_primitives::{
    traits::{EpochPayout, OnSubnet, OnSubnetWoundUp, Rows},
    BlockNumber, NetUid, Schedule,
};

impl<T: Config> OnSubnet for Pallet<T> {
    /// Epoch 0 is due in the next block or up to a tempo later, by netuid.
    fn on_started(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
        if Plans::<T>::contains_key(netuid) {
            return;
        }
        let offset = BlockNumber::from(netuid.0).checked_rem(tempo).unwrap_or(0);
        // Saturation: a height past 2³² blocks (800 years) is never reached. The block after this
        // one is the first whose due list is still to be polled.
        let anchor = now.saturating_add(1).saturating_add(offset);
        let schedule = Schedule::new(anchor, tempo);
        Plans::<T>::insert(netuid, Plan { schedule, next: 0, listed: Some(anchor) });
        Self::list_due(netuid, anchor);
    }

    /// The next epoch stays where it is and becomes the anchor, so the due lists stay right.
    fn on_tempo_changed(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
        Plans::<T>::mutate_extant(netuid, |plan| {
            plan.schedule = plan.schedule.with_tempo(tempo, now);
        });
    }

    /// It stands in no due list any more. An epoch in work is given up: what was not paid of it is
    /// pending again. Those in the queue leave it when their turn comes.
    fn on_notice(netuid: NetUid, _: BlockNumber) {
        let Some(plan) = Plans::<T>::get(netuid) else { return };
        if let Some(block) = plan.listed {
            DueAt::<T>::mutate_exists(block, |listed| {
                let mut left = listed.take().unwrap_or_default();
                left.retain(|other| *other != netuid);
                *listed = (!left.is_empty()).then_some(left);
            });
        }
        Plans::<T>::insert(netuid, Plan { listed: None, ..plan });
        if let Some(work) = Work::<T>::get().filter(|work| work.item.netuid == netuid) {
            Self::forget_work(work.item.matrix());
        }
        for mechanism in mechanisms::<T>(netuid) {
            T::Payout::close(netuid, mechanism);
        }
    }
}

impl<T: Config> OnSubnetWoundUp for Pallet<T> {
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        if !Plans::<T>::contains_key(netuid) {
            // Never started: nothing was ever stored.
            return true;
        }
        if Self::is_queued(netuid, rows) {
            return false;
        }
        let mut matrices = mechanisms::<T>(netuid).map(|mechanism| (netuid, mechanism));
        if !matrices.all(|matrix| clear_matrix::<T>(matrix, rows)) {
            return false;
        }
        Plans::<T>::remove(netuid);
        true
    }
}

impl<T: Config> Pallet<T> {
    /// Whether an epoch of a subnet still waits in the queue, or there was no room to find out. The queue
    /// works those of a subnet under notice off for nothing.
    fn is_queued(netuid: NetUid, rows: &mut Rows) -> bool {
        let progress = Done::<T>::get();
        let mut numbers = progress.head..progress.tail;
        let of_it = |number| Queue::<T>::get(number).is_some_and(|item| item.netuid == netuid);
        numbers.any(|number| !rows.take() || of_it(number))
    }
}

/// Removes what is stored of a matrix, as far as `rows` allow. In an order in which the invariants hold
/// after each row.
fn clear_matrix<T: Config>(matrix: MatrixId, rows: &mut Rows) -> bool {
    if !rows.take() {
        return false;
    }
    FrozenHeads::<T>::remove(matrix);
    LastPayout::<T>::remove(matrix);
    let bonds = [0, 1].map(|generation| Pallet::<T>::generation(matrix, generation));
    let cleared = bonds.iter().all(|bonds| rows.drain(Bonds::<T>::drain_prefix(*bonds)))
        && rows.drain(FrozenRows::<T>::drain_prefix(matrix))
        && rows.drain(Awards::<T>::drain_prefix(matrix))
        && rows.take();
    if cleared {
        FrozenNeurons::<T>::remove(matrix);
        Permits::<T>::remove(matrix);
        Outputs::<T>::remove(matrix);
        LastEpoch::<T>::remove(matrix);
    }
    cleared
}
