//! What must hold between any two calls. Always compiled: `try_state`, the runtime API and the
//! tests ask the same function.

use crate::{
    work::{PayRecord, Stage, PAY_PAGE},
    Bonds, Changed, Config, Done, DueAt, FrozenHeads, FrozenNeurons, FrozenRows, LastEpoch,
    LastPayout, MatrixId, Outputs, Pallet, Permits, Plans, Queue, Work, MAX_QUEUE,
};
use alloc::collections::BTreeSet;
use alun_primitives::{traits::NeuronRegistry, Alpha};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// Checks C1 to C5.
    pub fn check_invariants() -> Result<(), &'static str> {
        Self::check_results()?;
        Self::check_bonds()?;
        Self::check_queue()?;
        Self::check_plans()?;
        FrozenHeads::<T>::iter_keys().try_for_each(Self::check_frozen)?;
        LastPayout::<T>::iter().try_for_each(|(matrix, record)| Self::check_pay(matrix, record))?;
        Self::check_work()
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
        Ok(())
    }

    /// C1, of the bonds that hold. Those of the epoch in work have no holder's permit yet, and those
    /// that it starts from may have lost it since.
    fn check_bonds() -> Result<(), &'static str> {
        for ((netuid, mechanism, generation), uid, row) in Bonds::<T>::iter() {
            let matrix = (netuid, mechanism);
            ensure!(generation <= 1, "C1: bonds of no generation");
            ensure!(row.entries() > 0, "C1: empty bonds row");
            ensure!(row.is_sound(T::Neurons::neuron_count(netuid)), "C1: bonds out of order");
            let live = generation == Self::live_generation(matrix);
            let held = Permits::<T>::get(matrix).contains(&uid);
            let working = Work::<T>::get().is_some_and(|work| work.item.matrix() == matrix);
            let excused = working && Changed::<T>::get().contains(&uid);
            ensure!(!live || held || excused, "C1: bonds without permit");
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

    /// C3: every started subnet that is not under notice stands in one due list, of a block that is
    /// still to be polled.
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
                ensure!(plan.listed == Some(block), "C3: in another list than its schedule says");
            }
        }
        let listed = Plans::<T>::iter_values().filter(|plan| plan.listed.is_some()).count();
        ensure!(seen.len() == listed, "C3: a subnet in no due list");
        Ok(())
    }

    /// C4: a frozen input is whole.
    fn check_frozen(matrix: MatrixId) -> Result<(), &'static str> {
        let head = FrozenHeads::<T>::get(matrix).ok_or("C4: no head")?;
        let stored = FrozenNeurons::<T>::decode_len(matrix).unwrap_or(0);
        ensure!(stored == usize::from(head.neurons), "C4: not as many neurons as it says");
        let next = head.scorers.iter().skip(1);
        ensure!(head.scorers.iter().zip(next).all(|(a, b)| a < b), "C4: scorers not ascending");
        let mut entries = 0u32;
        for (uid, row) in FrozenRows::<T>::iter_prefix(matrix) {
            ensure!(head.scorers.contains(&uid), "C4: a row of no scorer");
            ensure!(row.entries() > 0 && row.is_sound(head.neurons), "C4: a bad row");
            entries = entries.saturating_add(row.entries());
        }
        let finished = LastEpoch::<T>::get(matrix).is_some_and(|last| last.epoch == head.epoch);
        if finished {
            for (uid, row) in Bonds::<T>::iter_prefix(Self::generation(matrix, head.generation)) {
                ensure!(head.scorers.contains(&uid), "C4: bonds of no scorer");
                entries = entries.saturating_add(row.entries());
            }
        }
        ensure!(entries <= head.entries, "C4: more entries than it says");
        Ok(())
    }

    /// C5: awards sum to their payout, and none is paid beyond its due or before its page.
    fn check_pay(matrix: MatrixId, record: PayRecord) -> Result<(), &'static str> {
        let next = match Work::<T>::get().filter(|work| work.item.matrix() == matrix) {
            Some(work) => match work.stage {
                Stage::Computed { next, .. } => u32::from(next).saturating_mul(PAY_PAGE.into()),
                // The awards are those of the epoch before.
                Stage::Frozen => u32::MAX,
            },
            None => u32::MAX,
        };
        let (mut miners, mut validators) = (Alpha::ZERO, Alpha::ZERO);
        for (uid, award) in Self::awards(matrix) {
            let due = award.as_miner.saturating_add(award.as_validator);
            ensure!(award.paid <= due, "C5: paid more than is due");
            ensure!(award.paid.is_zero() || u32::from(uid.0) < next, "C5: paid before its page");
            miners = miners.saturating_add(award.as_miner);
            validators = validators.saturating_add(award.as_validator);
        }
        ensure!(miners == record.miners.saturating_sub(record.burned), "C5: miners' sum");
        ensure!(validators == record.validators, "C5: validators' sum");
        Ok(())
    }

    /// C5: the epoch in work is the oldest of the queue.
    fn check_work() -> Result<(), &'static str> {
        let Some(work) = Work::<T>::get() else {
            ensure!(Changed::<T>::get().is_empty(), "C5: uids changed hands for no epoch");
            return Ok(());
        };
        let oldest = Queue::<T>::get(Done::<T>::get().head);
        ensure!(oldest == Some(work.item), "C5: another epoch is in work than the oldest");
        let head = FrozenHeads::<T>::get(work.item.matrix());
        ensure!(head.is_some_and(|head| head.epoch == work.item.epoch), "C5: nothing frozen");
        Ok(())
    }
}
