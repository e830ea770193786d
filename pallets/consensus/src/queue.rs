//! From the due lists into the queue, and from the queue into the block, by metered weight.

use crate::{
    Config, Done, DueAt, DueList, MatrixId, Pallet, Permits, Plans, Progress, Queue, QueuedEpoch,
    WeightInfo,
};
use alun_primitives::{traits::NeuronRegistry, BlockNumber, MechanismId, NetUid};
use frame::{
    deps::frame_support::{migrations::MultiStepMigrator, weights::WeightMeter},
    prelude::*,
};

/// Most epochs that wait in the queue. While it is full, due lists wait.
pub const MAX_QUEUE: u64 = 8_192;

/// Blocks that an epoch waits for a block with enough room.
pub const PATIENCE: BlockNumber = 8;

/// After that it runs where one over this much of a block is left. Half of what ordinary
/// transactions have to leave (a quarter), for there are mandatory parts of a block too.
pub const LEAST_SHARE: u64 = 8;

impl<T: Config> Pallet<T> {
    /// Queues what became due and runs what fits into `budget`. Returns what it cost: more than
    /// `budget` only if `last` (nothing else runs in this block) and an epoch had to wait for too
    /// long.
    pub(crate) fn work(now: BlockNumber, budget: Weight, last: bool) -> Weight {
        if T::MultiBlockMigrator::ongoing() {
            return Weight::zero();
        }
        let mut meter = WeightMeter::with_limit(budget);
        if meter.try_consume(T::WeightInfo::idle_poll()).is_err() {
            return Weight::zero();
        }
        let before = Done::<T>::get();
        let mut progress = before;
        queue_due::<T>(&mut progress, now, &mut meter);
        let excess = run_due::<T>(&mut progress, now, &mut meter, last);
        if progress != before {
            Done::<T>::put(progress);
        }
        meter.consumed().saturating_add(excess)
    }

    /// Puts a subnet on the due list of a block.
    pub(crate) fn list_due(netuid: NetUid, block: BlockNumber) {
        if DueAt::<T>::try_append(block, netuid).is_err() {
            // Each netuid is in one list, and a list holds every netuid.
            defensive!("a due list overflowed");
        }
    }

    /// What executing an epoch costs at most: its neurons and validators, and every validator
    /// scoring every neuron.
    pub(crate) fn cost(netuid: NetUid, matrix: MatrixId) -> Weight {
        let neurons = u32::from(T::Neurons::neuron_count(netuid));
        let permitted = T::Neurons::hyperparameters(netuid).map_or(0, |h| h.max_validators);
        let stored = Permits::<T>::decode_len(matrix).unwrap_or(0);
        let stored = u32::try_from(stored).unwrap_or(u32::MAX);
        // The owner's permit is extra.
        let validators = u32::from(permitted).saturating_add(1).max(stored).min(neurons);
        // At most 257 · 4,096.
        let entries = validators.saturating_mul(neurons);
        let dense = T::WeightInfo::entries(entries).saturating_sub(T::WeightInfo::entries(0));
        T::WeightInfo::epoch(validators, neurons).saturating_add(dense)
    }
}

/// Queues the epochs of the due lists up to `now`.
fn queue_due<T: Config>(progress: &mut Progress, now: BlockNumber, meter: &mut WeightMeter) {
    // The first list is paid for as part of an idle block.
    let mut paid = true;
    while progress.polled < now {
        if !paid && meter.try_consume(T::WeightInfo::idle_poll()).is_err() {
            return;
        }
        paid = false;
        // Not above `now`, so it does not overflow.
        let block = progress.polled.saturating_add(1);
        let due = DueAt::<T>::take(block);
        let mut waiting = due.iter();
        while let Some(&netuid) = waiting.as_slice().first() {
            if !queue_subnet::<T>(progress, netuid, block, meter) {
                let rest = DueList::truncate_from(waiting.as_slice().to_vec());
                DueAt::<T>::insert(block, rest);
                return;
            }
            waiting.next();
        }
        progress.polled = block;
    }
}

/// Queues the epoch of a subnet that is due at `block`, for each mechanism, and puts the subnet on
/// its next due list. `false` when there is no room for that, in the block or in the queue.
pub(crate) fn queue_subnet<T: Config>(
    progress: &mut Progress,
    netuid: NetUid,
    block: BlockNumber,
    meter: &mut WeightMeter,
) -> bool {
    let mechanisms = T::Neurons::mechanism_count(netuid);
    let cost = T::WeightInfo::queue_subnet().saturating_mul(u64::from(mechanisms).max(1));
    // Saturation: both are far from the limits of a u64.
    let full = progress.backlog().saturating_add(u64::from(mechanisms)) > MAX_QUEUE;
    if full || meter.try_consume(cost).is_err() {
        return false;
    }
    let Some(mut plan) = Plans::<T>::get(netuid) else {
        // Not started: it is on no list.
        return true;
    };
    let epoch = plan.next;
    for mechanism in (0..mechanisms).map(MechanismId) {
        let item = QueuedEpoch { netuid, mechanism, epoch, due_at: block };
        Queue::<T>::insert(progress.tail, item);
        progress.tail = progress.tail.saturating_add(1);
    }
    plan.next = epoch.saturating_add(1);
    // A tempo that was changed while this list had to wait can have moved the anchor past the next
    // epoch: that one is due at once.
    let soonest = block.saturating_add(1);
    let next_block = plan.schedule.block_of(plan.next, block).unwrap_or(soonest).max(soonest);
    Plans::<T>::insert(netuid, plan);
    Pallet::<T>::list_due(netuid, next_block);
    true
}

/// Executes queued epochs, oldest first, while they fit. Returns what the last of them cost beyond
/// the meter's limit, which can be more than nothing where `last`.
fn run_due<T: Config>(
    progress: &mut Progress,
    now: BlockNumber,
    meter: &mut WeightMeter,
    last: bool,
) -> Weight {
    let mut first = true;
    while progress.head < progress.tail {
        if meter.try_consume(T::WeightInfo::peek()).is_err() {
            break;
        }
        let Some(item) = Queue::<T>::get(progress.head) else {
            defensive!("a number of the queue is missing");
            progress.head = progress.head.saturating_add(1);
            continue;
        };
        let cost = Pallet::<T>::cost(item.netuid, (item.netuid, item.mechanism));
        let left = meter.remaining();
        let fits = meter.try_consume(cost).is_ok();
        if !fits && !(last && first && overdue::<T>(&item, now, left)) {
            break;
        }
        Queue::<T>::remove(progress.head);
        progress.head = progress.head.saturating_add(1);
        first = false;
        Pallet::<T>::run(&item, now);
        if !fits {
            meter.consume(left);
            return cost.saturating_sub(left);
        }
    }
    Weight::zero()
}

/// Whether an epoch that does not fit has waited long enough to run with `left` of the block.
fn overdue<T: Config>(item: &QueuedEpoch, now: BlockNumber, left: Weight) -> bool {
    let least = T::BlockWeights::get().max_block.saturating_div(LEAST_SHARE);
    now.saturating_sub(item.due_at) >= PATIENCE && left.all_gte(least)
}
