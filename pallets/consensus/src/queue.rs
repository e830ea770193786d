//! From the due lists into the queue, and from the queue into the block, by metered weight.

use crate::{
    pages::Page, Config, Done, DueAt, DueList, Pallet, Plans, Progress, Queue, QueuedEpoch, Step,
    WeightInfo,
};
use alun_primitives::{traits::NeuronRegistry, BlockNumber, MechanismId, NetUid};
use frame::{
    deps::frame_support::{migrations::MultiStepMigrator, weights::WeightMeter},
    prelude::*,
};

/// Most epochs that wait in the queue. While it is full, due lists wait.
pub const MAX_QUEUE: u64 = 8_192;

/// Blocks that a page waits for a block that has room for it beside the transactions.
pub const PATIENCE: BlockNumber = 8;

/// A page that costs more than a block less one over this much of it fails: mandatory parts of a
/// block need some of it, and no block may run over.
pub const RESERVED_SHARE: u64 = 16;

/// What a hook may spend.
pub(crate) struct Budget {
    /// Bounds what is spent by all that there is.
    meter: WeightMeter,
    /// The part of it for pages that are not overdue.
    share: Weight,
    /// Whether an overdue page may have more than the share.
    overdue: bool,
}

impl Budget {
    /// Before the transactions: at most a quarter of the block, and for an overdue page whatever
    /// there is.
    pub(crate) fn before_transactions<T: Config>(room: Weight) -> Self {
        let share = T::BlockWeights::get().max_block.saturating_div(4).min(room);
        Self { meter: WeightMeter::with_limit(room), share, overdue: true }
    }

    /// After the transactions: what they left.
    pub(crate) fn after_transactions(room: Weight) -> Self {
        Self { meter: WeightMeter::with_limit(room), share: room, overdue: false }
    }

    fn take(&mut self, cost: Weight) -> bool {
        let spent = self.meter.consumed().saturating_add(cost);
        spent.all_lte(self.share) && self.meter.try_consume(cost).is_ok()
    }

    /// Takes it for an overdue page.
    fn take_overdue(&mut self, cost: Weight) -> bool {
        self.overdue && self.meter.try_consume(cost).is_ok()
    }
}

impl<T: Config> Pallet<T> {
    /// Queues what became due and works off what fits into `budget`. Returns what it cost.
    pub(crate) fn work(now: BlockNumber, mut budget: Budget) -> Weight {
        if T::MultiBlockMigrator::ongoing() || !budget.take(T::WeightInfo::idle_poll()) {
            return Weight::zero();
        }
        let before = Done::<T>::get();
        let mut progress = before;
        queue_due::<T>(&mut progress, now, &mut budget);
        if before.backlog() == 0 {
            progress.since = now;
        }
        run_due::<T>(&mut progress, now, &mut budget);
        if progress != before {
            Done::<T>::put(progress);
        }
        budget.meter.consumed()
    }

    /// Puts a subnet on the due list of a block.
    pub(crate) fn list_due(netuid: NetUid, block: BlockNumber) {
        if DueAt::<T>::try_append(block, netuid).is_err() {
            // Each netuid is in one list, and a list holds every netuid.
            defensive!("a due list overflowed");
        }
    }
}

/// Queues the epochs of the due lists up to `now`.
fn queue_due<T: Config>(progress: &mut Progress, now: BlockNumber, budget: &mut Budget) {
    // The first list is paid for as part of an idle block.
    let mut paid = true;
    while progress.polled < now {
        if !paid && !budget.take(T::WeightInfo::idle_poll()) {
            return;
        }
        paid = false;
        // Not above `now`, so it does not overflow.
        let block = progress.polled.saturating_add(1);
        let due = DueAt::<T>::take(block);
        let mut waiting = due.iter();
        while let Some(&netuid) = waiting.as_slice().first() {
            if !queue_subnet::<T>(progress, netuid, block, budget) {
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
    budget: &mut Budget,
) -> bool {
    let mechanisms = T::Neurons::mechanism_count(netuid);
    let cost = T::WeightInfo::queue_subnet().saturating_mul(u64::from(mechanisms).max(1));
    // Saturation: both are far from the limits of a u64.
    let full = progress.backlog().saturating_add(u64::from(mechanisms)) > MAX_QUEUE;
    if full || !budget.take(cost) {
        return false;
    }
    let plan = Plans::<T>::get(netuid).filter(|plan| plan.listed.is_some());
    let Some(mut plan) = plan else {
        // Not started, or under notice: it is on no list.
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
    plan.listed = Some(next_block);
    Plans::<T>::insert(netuid, plan);
    Pallet::<T>::list_due(netuid, next_block);
    true
}

/// Works off queued epochs page by page, oldest first, while the pages fit.
fn run_due<T: Config>(progress: &mut Progress, now: BlockNumber, budget: &mut Budget) {
    let mut first = true;
    while progress.head < progress.tail && budget.take(T::WeightInfo::peek()) {
        let Some(item) = Queue::<T>::get(progress.head) else {
            defensive!("a number of the queue is missing");
            progress.head = progress.head.saturating_add(1);
            continue;
        };
        let page = Page::next::<T>(&item);
        let cost = page.cost::<T>();
        let over = if stopped::<T>(&item) {
            Pallet::<T>::fail(item, Step::Notice);
            true
        } else if cost.any_gt(largest_page::<T>()) {
            if !budget.take(page.cost_to_fail::<T>()) {
                return;
            }
            Pallet::<T>::fail(item, Step::TooLarge);
            true
        } else {
            // One overdue page in a block, or a long queue would starve the transactions.
            let waited = now.saturating_sub(progress.since) >= PATIENCE;
            let overdue = first && waited;
            let taken = budget.take(cost) || (overdue && budget.take_overdue(cost));
            if !taken {
                return;
            }
            page.run::<T>(item, now)
        };
        first = false;
        progress.since = now;
        if over {
            Queue::<T>::remove(progress.head);
            progress.head = progress.head.saturating_add(1);
        }
    }
}

/// Whether the subnet of a queued epoch is under notice.
fn stopped<T: Config>(item: &QueuedEpoch) -> bool {
    Plans::<T>::get(item.netuid).is_none_or(|plan| plan.listed.is_none())
}

/// The largest page: it fits into a block in which nothing but the mandatory happened before.
fn largest_page<T: Config>() -> Weight {
    let block = T::BlockWeights::get().max_block;
    block.saturating_sub(block.saturating_div(RESERVED_SHARE))
}
