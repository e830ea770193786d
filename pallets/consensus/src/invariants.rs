//! What must hold between any two calls. Always compiled: `try_state`, the runtime API and the
//! tests ask the same function.

use crate::{
    Bonds, Config, Done, DueAt, LastEpoch, Outputs, Pallet, Permits, Plans, Queue, MAX_QUEUE,
};
use alloc::collections::BTreeSet;
use alun_primitives::traits::NeuronRegistry;
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// Checks C1 to C3.
    pub fn check_invariants() -> Result<(), &'static str> {
        Self::check_results()?;
        Self::check_queue()?;
        Self::check_plans()
    }

    /// C1: permits and outputs are of live uids, bonds rows of permit holders, and none is empty.
    fn check_results() -> Result<(), &'static str> {
        for ((netuid, mechanism), permits) in Permits::<T>::iter() {
            let neurons = T::Neurons::neuron_count(netuid);
            ensure!(mechanism.0 < T::Neurons::mechanism_count(netuid), "C1: no such mechanism");
            ensure!(permits.iter().all(|uid| uid.0 < neurons), "C1: permit of no neuron");
            let next = permits.iter().skip(1);
            ensure!(permits.iter().zip(next).all(|(a, b)| a < b), "C1: permits not ascending");
        }
        for ((netuid, _), outcomes) in Outputs::<T>::iter() {
            let neurons = usize::from(T::Neurons::neuron_count(netuid));
            ensure!(outcomes.len() <= neurons, "C1: output of no neuron");
        }
        for (matrix, uid, row) in Bonds::<T>::iter() {
            let neurons = T::Neurons::neuron_count(matrix.0);
            ensure!(!row.is_empty(), "C1: empty bonds row");
            ensure!(Permits::<T>::get(matrix).contains(&uid), "C1: bonds without permit");
            let next = row.iter().skip(1);
            ensure!(row.iter().zip(next).all(|(a, b)| a.0 < b.0), "C1: bonds not ascending");
            ensure!(row.iter().all(|&(on, _)| on < neurons), "C1: bonds on no neuron");
        }
        Ok(())
    }

    /// C2: queued epochs are due, executed at most once, and none is queued twice.
    fn check_queue() -> Result<(), &'static str> {
        let progress = Done::<T>::get();
        ensure!(progress.head <= progress.tail, "C2: the queue ends before it begins");
        ensure!(progress.backlog() <= MAX_QUEUE, "C2: the queue is too long");
        let queued = Queue::<T>::iter().count();
        ensure!(u64::try_from(queued) == Ok(progress.backlog()), "C2: the queue has gaps");
        let mut seen = BTreeSet::new();
        for (number, item) in Queue::<T>::iter() {
            let inside = (progress.head..progress.tail).contains(&number);
            ensure!(inside, "C2: a number outside of the queue");
            let matrix = (item.netuid, item.mechanism);
            ensure!(seen.insert((matrix, item.epoch)), "C2: an epoch queued twice");
            ensure!(item.due_at <= progress.polled.saturating_add(1), "C2: queued before due");
            let done = LastEpoch::<T>::get(matrix).is_some_and(|last| last.epoch >= item.epoch);
            ensure!(!done, "C2: an executed epoch is queued");
            let plan = Plans::<T>::get(item.netuid).ok_or("C2: no schedule")?;
            ensure!(item.epoch < plan.next, "C2: queued beyond the schedule");
        }
        Ok(())
    }

    /// C3: every started subnet stands in one due list, of a block that is still to be polled.
    fn check_plans() -> Result<(), &'static str> {
        let polled = Done::<T>::get().polled;
        let mut seen = BTreeSet::new();
        for (block, netuids) in DueAt::<T>::iter() {
            ensure!(block > polled, "C3: a due list that is never polled");
            ensure!(!netuids.is_empty(), "C3: an empty due list");
            for netuid in netuids {
                ensure!(seen.insert(netuid), "C3: a subnet in two due lists");
                let plan = Plans::<T>::get(netuid).ok_or("C3: due without a schedule")?;
                let due = plan.schedule.block_of(plan.next, polled);
                ensure!(due.is_none_or(|due| due <= block), "C3: due after its time");
            }
        }
        ensure!(seen.len() == Plans::<T>::iter().count(), "C3: a subnet in no due list");
        Ok(())
    }
}
