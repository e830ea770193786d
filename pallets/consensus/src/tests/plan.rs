//! When epochs are due.

use super::*;
use crate::{DueAt, Plans};
use alun_primitives::{
    traits::{EpochClock, OnSubnet},
    Schedule,
};

#[test]
fn epochs_should_be_spread_by_netuid_when_subnets_start_together() {
    build_and_execute(|| {
        for netuid in [1, 2, 99, 100, 201] {
            Arranged::add(NetUid(netuid), 1);
            Arranged::start(NetUid(netuid));
        }
        let anchor = |netuid| Consensus::schedule(NetUid(netuid)).unwrap().anchor_block;
        assert_eq!([1, 2, 99, 100, 201].map(anchor), [3, 4, 101, 2, 3]);
        run_to(2 + TEMPO);
        assert_eq!(
            ran(),
            vec![
                (100, 0, 2, 0),
                (1, 0, 3, 0),
                (201, 0, 3, 0),
                (2, 0, 4, 0),
                (99, 0, 101, 0),
                (100, 1, 102, 0)
            ]
        );
    });
}

#[test]
fn schedule_should_stay_when_a_subnet_is_started_again() {
    build_and_execute(|| {
        started(1);
        run_to(50);
        Arranged::start(NETUID);
        assert_eq!(Consensus::schedule(NETUID), Some(Schedule::new(3, TEMPO)));
    });
}

#[test]
fn tempo_should_apply_at_the_next_due_epoch_when_changed() {
    build_and_execute(|| {
        started(1);
        run_to(50);
        Consensus::on_tempo_changed(NETUID, 50, 10);
        Consensus::on_tempo_changed(NetUid(9), 50, 10);
        run_to(125);
        let blocks: Vec<_> = ran().iter().map(|epoch| (epoch.1, epoch.2)).collect();
        assert_eq!(blocks, vec![(0, 3), (1, 103), (2, 113), (3, 123)]);
        assert_eq!(Arranged::opened().last().unwrap().tempo, 10);
    });
}

#[test]
fn tempo_should_apply_at_epoch_zero_when_changed_before_it() {
    build_and_execute(|| {
        started(1);
        Consensus::on_tempo_changed(NETUID, 1, 7);
        run_to(20);
        let blocks: Vec<_> = ran().iter().map(|epoch| (epoch.1, epoch.2)).collect();
        assert_eq!(blocks, vec![(0, 3), (1, 10), (2, 17)]);
    });
}

#[test]
fn no_epoch_should_be_lost_when_the_tempo_changes_while_due_lists_wait() {
    build_and_execute(|| {
        started(1);
        run_to(10);
        Migration::run(true);
        run_to(150);
        Consensus::on_tempo_changed(NETUID, 150, 10);
        run_to(215);
        Consensus::on_tempo_changed(NETUID, 215, 20);
        run_to(250);
        Migration::run(false);
        run_to(300);
        let epochs: Vec<_> = ran().iter().map(|epoch| epoch.1).collect();
        assert_eq!(epochs, (0..epochs.len() as u64).collect::<Vec<_>>());
        let newest = Consensus::schedule(NETUID).unwrap().due(300);
        assert_eq!(epochs.last().copied(), newest);
    });
}

#[test]
fn next_epoch_should_say_what_is_due_and_executed() {
    build_and_execute(|| {
        assert_eq!(Consensus::next_epoch(NETUID), None);
        started(1);
        let next = Consensus::next_epoch(NETUID).unwrap();
        assert_eq!((next.block, next.epoch, next.due, next.executed), (3, 0, None, None));
        run_to(due(1));
        let next = Consensus::next_epoch(NETUID).unwrap();
        assert_eq!((next.block, next.epoch), (due(2), 2));
        assert_eq!((next.due, next.executed), (Some(1), Some(1)));
        Migration::run(true);
        run_to(due(2));
        let next = Consensus::next_epoch(NETUID).unwrap();
        assert_eq!((next.due, next.executed), (Some(2), Some(1)));
    });
}

#[test]
fn due_lists_should_hold_each_started_subnet_once() {
    build_and_execute(|| {
        for netuid in 1..=300 {
            Arranged::add(NetUid(netuid), 1);
            Arranged::start(NetUid(netuid));
        }
        for _ in 0..250 {
            next_block(MAX_BLOCK);
            assert_ok!(Consensus::check_invariants());
        }
        assert_eq!(DueAt::<Test>::iter().map(|(_, list)| list.len()).sum::<usize>(), 300);
        assert_eq!(Plans::<Test>::iter().count(), 300);
    });
}
