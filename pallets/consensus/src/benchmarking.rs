//! Benchmarks of the work in a block, on a full subnet.
//!
//! [`Pallet::cost`] adds up `epoch(v, n)`, whose rows name every neuron once, and what a dense
//! matrix costs beyond it: `entries(v · n)` less `entries(0)`.

use super::*;
use crate::pallet::BenchmarkHelper as _;
use alloc::vec::Vec;
use alun_primitives::{BlockNumber, MechanismId, NetUid, Uid};
use frame::{benchmarking::prelude::*, deps::frame_support::weights::WeightMeter};

const FIRST: MechanismId = MechanismId::FIRST;

fn small(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn set_block<T: Config>(block: BlockNumber) {
    frame_system::Pallet::<T>::set_block_number(block.into());
}

/// A subnet whose first `validators` neurons have permits, bonds, a row each that names what
/// `entries` says, and an expired commit; its third epoch is due. The rows are newer than the
/// commits and stay: an epoch that drops them has less to compute.
fn populate<T: Config>(
    validators: u16,
    neurons: u16,
    entries: impl Fn(u16) -> Vec<(u16, u16)>,
) -> QueuedEpoch {
    let netuid: NetUid = T::BenchmarkHelper::subnet(validators, neurons);
    let matrix = (netuid, FIRST);
    let registered = Pallet::<T>::now();
    let tempo = Plans::<T>::get(netuid).map_or(1, |plan| plan.schedule.tempo);
    let due_at = registered.saturating_add(tempo.saturating_mul(3)).saturating_add(1);
    for uid in (0..validators).map(Uid) {
        let row = entries(uid.0);
        if !row.is_empty() {
            Bonds::<T>::insert(matrix, uid, BondRow::truncate_from(row.clone()));
            T::BenchmarkHelper::row(netuid, FIRST, uid, row, registered.saturating_add(1));
        }
        T::BenchmarkHelper::unrevealed_commit(netuid, FIRST, uid);
    }
    Permits::<T>::insert(matrix, PermitList::truncate_from((0..validators).map(Uid).collect()));
    let outcomes = (0..neurons).map(|_| Outcome::default()).collect();
    Outputs::<T>::insert(matrix, BoundedVec::truncate_from(outcomes));
    LastEpoch::<T>::insert(matrix, Executed { epoch: 0, block: registered.saturating_add(1) });
    set_block::<T>(due_at);
    QueuedEpoch { netuid, mechanism: FIRST, epoch: 3, due_at }
}

/// Runs `item` and fails the benchmark if the epoch fails.
fn assert_ran<T: Config>(item: &QueuedEpoch) {
    let last = LastEpoch::<T>::get((item.netuid, item.mechanism));
    assert_eq!(last.map(|last| last.epoch), Some(item.epoch), "the epoch failed");
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A block in which nothing is due and nothing waits.
    #[benchmark]
    fn idle_poll() {
        T::BenchmarkHelper::subnet(64, 256);
        let now = Pallet::<T>::now().saturating_add(10_000);
        Done::<T>::put(Progress { polled: now.saturating_sub(1), head: 7, tail: 7 });
        set_block::<T>(now);
        let mut meter = WeightMeter::new();

        #[block]
        {
            Pallet::<T>::on_poll(now.into(), &mut meter);
        }

        assert_eq!(Done::<T>::get().polled, now);
    }

    /// One subnet of a due list, per mechanism.
    #[benchmark]
    fn queue_subnet() {
        let netuid: NetUid = T::BenchmarkHelper::subnet(1, 256);
        let now = Pallet::<T>::now();
        let mut progress = Progress { polled: now, head: 7, tail: 7 };
        let mut meter = WeightMeter::new();

        #[block]
        {
            queue::queue_subnet::<T>(&mut progress, netuid, now, &mut meter);
        }

        assert!(progress.tail > 7);
    }

    /// Finding out what the oldest queued epoch costs.
    #[benchmark]
    fn peek() {
        let item = populate::<T>(64, 256, |_| Vec::new());
        Queue::<T>::insert(7, item);

        #[block]
        {
            let _ = Queue::<T>::get(7)
                .map(|item| Pallet::<T>::cost(item.netuid, (item.netuid, item.mechanism)));
        }
    }

    /// An epoch of `v` validators and `n` neurons, each of which one validator scores.
    #[benchmark]
    fn epoch(v: Linear<1, 64>, n: Linear<64, 256>) {
        let (validators, neurons) = (small(v), small(n));
        let item = populate::<T>(validators, neurons, |validator| {
            let scored =
                (0..neurons).filter(|uid| u16::checked_rem(*uid, validators) == Some(validator));
            scored.map(|uid| (uid, 1_000)).collect()
        });

        #[block]
        {
            Pallet::<T>::run(&item, item.due_at);
        }

        assert_ran::<T>(&item);
    }

    /// `e` entries, spread over the rows of 64 validators among 256 neurons. At the upper end the
    /// matrix is dense.
    #[benchmark]
    fn entries(e: Linear<0, 16_384>) {
        let item = populate::<T>(64, 256, |validator| {
            let each = small(e.div_ceil(64));
            // No two rows alike, so that medians have something to do.
            let value = |uid: u16| 1_000u16.saturating_add(uid.wrapping_mul(validator) % 4_096);
            (0..each).map(|uid| (uid, value(uid))).collect()
        });

        #[block]
        {
            Pallet::<T>::run(&item, item.due_at);
        }

        assert_ran::<T>(&item);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
