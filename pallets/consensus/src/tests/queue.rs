//! By metered weight: when an epoch runs, and that none is lost.

use super::*;
use crate::{Done, DueAt, Queue};

/// Subnets 100, 200, …: all due at block 2 when started at block 1.
fn together(subnets: u16, neurons: u16) {
    for number in 1..=subnets {
        let netuid = NetUid(number * 100);
        Arranged::add(netuid, neurons);
        Arranged::start(netuid);
    }
}

fn quarter() -> Weight {
    MAX_BLOCK.saturating_div(4)
}

#[test]
fn epochs_should_run_before_the_transactions_in_a_quarter_of_the_block() {
    build_and_execute(|| {
        together(40, 64);
        let (polled, idle) = next_block(Weight::zero());
        assert!(polled.all_lte(quarter()) && idle.is_zero());
        let first = ran().len();
        assert!(first > 0 && first < 40);
        // And the rest of what the transactions left after them.
        next_block(MAX_BLOCK.saturating_div(2));
        assert!(ran().len() > 2 * first);
        run_to(10);
        assert_eq!(ran().len(), 40);
        let netuids: Vec<_> = ran().iter().map(|epoch| epoch.0).collect();
        assert_eq!(netuids, (1..=40).map(|number| number * 100).collect::<Vec<_>>());
        assert!(ran().iter().all(|epoch| epoch.2 == 2));
        // What did not fit into the first block is late.
        assert_eq!(ran()[first - 1].3, 0);
        assert!(ran()[first].3 > 0);
    });
}

#[test]
fn hooks_should_stay_within_their_budget_whatever_is_due() {
    build_and_execute(|| {
        together(60, 64);
        for percent in [0, 3, 11, 50, 90, 100, 100, 100] {
            let room = MAX_BLOCK.saturating_mul(percent).saturating_div(100);
            let (polled, idle) = next_block(room);
            assert!(polled.all_lte(quarter()));
            assert!(idle.all_lte(room));
        }
    });
}

#[test]
fn epoch_should_run_at_once_when_the_block_has_room_for_it() {
    build_and_execute(|| {
        Arranged::add(NETUID, 2_000);
        Arranged::start(NETUID);
        run_to(due(0));
        assert_eq!(ran(), vec![(1, 0, due(0), 0)]);
    });
}

#[test]
fn nothing_should_happen_and_nothing_be_lost_while_a_migration_runs() {
    build_and_execute(|| {
        started(3);
        Migration::run(true);
        for _ in 0..250 {
            assert_eq!(next_block(MAX_BLOCK), (Weight::zero(), Weight::zero()));
        }
        Migration::run(false);
        next_block(MAX_BLOCK);
        let now = Consensus::now();
        let expected: Vec<_> = (0..3).map(|k| (1, u64::from(k), due(k), now - due(k))).collect();
        assert_eq!(ran(), expected);
    });
}

#[test]
fn every_due_epoch_should_run_once_when_blocks_are_full_now_and_then() {
    build_and_execute(|| {
        together(20, 40);
        for block in 0..1_000u32 {
            if block % 7 < 4 {
                next_block(Weight::zero());
            } else {
                next_block(quarter());
            }
        }
        run_to(1_050);
        let mut epochs: Vec<_> = ran().iter().map(|epoch| (epoch.0, epoch.1)).collect();
        epochs.sort_unstable();
        let due = |number: u16| (0..=10).map(move |epoch| (number * 100, epoch));
        assert_eq!(epochs, (1..=20).flat_map(due).collect::<Vec<_>>());
    });
}

#[test]
fn due_lists_should_wait_when_the_queue_is_full() {
    build_and_execute(|| {
        // As if the queue had been filled by others.
        let full = crate::MAX_QUEUE - 1;
        Done::<Test>::mutate(|progress| progress.head = 0);
        for number in 0..full {
            let netuid = NetUid(60_000);
            let item = crate::QueuedEpoch { netuid, mechanism: FIRST, epoch: number, due_at: 1 };
            Queue::<Test>::insert(number, item);
        }
        Done::<Test>::mutate(|progress| progress.tail = full);
        together(3, 2);
        // Room for looking at due lists, not for running anything.
        System::set_block_number(2);
        let mut meter = frame::deps::frame_support::weights::WeightMeter::with_limit(
            Weight::from_parts(800_000_000, u64::MAX),
        );
        Consensus::on_poll(2, &mut meter);
        let progress = Done::<Test>::get();
        assert_eq!(progress.polled, 1);
        assert!(progress.backlog() <= crate::MAX_QUEUE);
        assert!(!DueAt::<Test>::get(2).is_empty());
        // In time everything runs; the invented subnet has no neurons and fails.
        run_to(20);
        assert_eq!(ran().len(), 3);
    });
}

#[test]
fn queue_should_be_bounded_by_back_pressure_and_remember_its_place() {
    build_and_execute(|| {
        together(5, 2);
        System::set_block_number(2);
        // Enough for the list and two of its subnets.
        let one = <() as crate::WeightInfo>::queue_subnet();
        let budget = <() as crate::WeightInfo>::idle_poll() + one + one;
        let mut meter = frame::deps::frame_support::weights::WeightMeter::with_limit(budget);
        Consensus::on_poll(2, &mut meter);
        assert_eq!(Done::<Test>::get(), Progress { polled: 1, head: 0, tail: 2, since: 2 });
        assert_eq!(DueAt::<Test>::get(2).into_inner(), [300, 400, 500].map(NetUid));
        assert_ok!(Consensus::check_invariants());
        run_to(3);
        assert_eq!(ran().len(), 5);
    });
}
