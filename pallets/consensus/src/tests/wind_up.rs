//! From its notice on a subnet has no epochs; when it is wound up nothing of it is left.

use super::*;
use crate::{
    Awards, Bonds, Changed, Done, DueAt, FrozenHeads, FrozenNeurons, FrozenRows, LastPayout,
    Outputs, Permits, Plans, Queue, Work,
};
use alun_primitives::traits::{OnSubnet, OnSubnetWoundUp, Rows};

/// Another subnet.
const OTHER: NetUid = NetUid(2);

fn notice() {
    Consensus::on_notice(NETUID, Consensus::now());
}

/// Goes on with the winding up.
fn clear(rows: u32) -> bool {
    let weights = <Weights as OnSubnetWoundUp>::clear(NETUID, &mut Rows::new(1_000));
    weights && <Consensus as OnSubnetWoundUp>::clear(NETUID, &mut Rows::new(rows))
}

/// Rows that are stored of a subnet.
fn rows_of(netuid: NetUid) -> usize {
    let of = |matrix: (NetUid, MechanismId)| matrix.0 == netuid;
    Plans::<Test>::iter_keys().filter(|one| *one == netuid).count()
        + Permits::<Test>::iter_keys().filter(|id| of(*id)).count()
        + Outputs::<Test>::iter_keys().filter(|id| of(*id)).count()
        + LastEpoch::<Test>::iter_keys().filter(|id| of(*id)).count()
        + FrozenHeads::<Test>::iter_keys().filter(|id| of(*id)).count()
        + FrozenNeurons::<Test>::iter_keys().filter(|id| of(*id)).count()
        + LastPayout::<Test>::iter_keys().filter(|id| of(*id)).count()
        + FrozenRows::<Test>::iter_keys().filter(|(id, _)| of(*id)).count()
        + Awards::<Test>::iter_keys().filter(|(id, _)| of(*id)).count()
        + Bonds::<Test>::iter_keys().filter(|(id, _)| id.0 == netuid).count()
        + DueAt::<Test>::iter_values().filter(|listed| listed.contains(&netuid)).count()
        + Queue::<Test>::iter_values().filter(|item| item.netuid == netuid).count()
}

/// [`NETUID`], on which two score, with bonds of an epoch; and another one.
fn scene() {
    Arranged::add(OTHER, 5);
    Arranged::start(OTHER);
    scored();
    run_to(due(1) + 5);
    assert!(live_bonds(FIRST) > 0);
}

#[test]
fn no_epoch_should_be_due_when_the_subnet_is_under_notice() {
    build_and_execute(|| {
        scene();
        let (next, ran_before) = (Consensus::next_epoch(NETUID).unwrap().block, ran().len());
        assert!(DueAt::<Test>::get(next).contains(&NETUID));
        notice();
        assert!(!DueAt::<Test>::get(next).contains(&NETUID));
        assert_ok!(Consensus::check_invariants());
        assert_eq!(Consensus::next_epoch(NETUID), None);
        run_to(next + 3 * TEMPO);
        assert!(ran().iter().skip(ran_before).all(|epoch| epoch.0 == OTHER.0));
        assert!(ran().len() > ran_before);
    });
}

#[test]
fn epoch_in_work_should_be_given_up_when_the_notice_begins() {
    build_and_execute(|| {
        scene();
        run_to(due(2) - 1);
        // Page by page, until it is computed.
        let mut pages = 0;
        while Work::<Test>::get().is_none_or(|work| work.pages() == 0 || pages < 3) {
            let item =
                crate::QueuedEpoch { netuid: NETUID, mechanism: FIRST, epoch: 2, due_at: due(2) };
            let page = crate::pages::Page::next::<Test>(&item).cost::<Test>();
            let fixed = <() as crate::WeightInfo>::idle_poll()
                + <() as crate::WeightInfo>::queue_subnet()
                + <() as crate::WeightInfo>::peek();
            poll(fixed + page);
            assert_ok!(Consensus::check_invariants());
            pages += 1;
            assert!(pages < 50);
        }
        Arranged::replace(NETUID, 1, &hotkey(77));
        notice();
        assert_eq!(Work::<Test>::get(), None);
        assert!(Changed::<Test>::get().is_empty());
        assert_ok!(Consensus::check_invariants());
        assert!(!clear(1_000), "it stands in the queue");
        let before = ran().len();
        next_block(Weight::MAX);
        let failed =
            Event::EpochFailed { netuid: NETUID, mechanism: FIRST, epoch: 2, step: Step::Notice };
        assert_eq!(events().into_iter().filter(|event| *event == failed).count(), 1);
        assert_eq!(Done::<Test>::get().backlog(), 0);
        assert!(ran().iter().skip(before).all(|epoch| epoch.0 == OTHER.0));
        assert!(clear(1_000));
    });
}

#[test]
fn nothing_should_be_left_when_the_subnet_is_wound_up_in_steps() {
    build_and_execute(|| {
        scene();
        notice();
        let others = rows_of(OTHER);
        let mut steps = 0;
        while !clear(7) {
            steps += 1;
            assert_ok!(Consensus::check_invariants());
            assert_ok!(Weights::check_invariants());
            assert!(steps < 100);
        }
        assert!(steps > 0);
        assert_eq!((rows_of(NETUID), rows_of(OTHER)), (0, others));
        assert!(clear(0), "again for nothing");
        // It begins anew: with its epoch 0, and without permits of before.
        let now = Consensus::now();
        Arranged::start(NETUID);
        assert_eq!(Consensus::next_epoch(NETUID).unwrap().epoch, 0);
        run_to(now + 3);
        assert_eq!(Consensus::last_epoch(NETUID, FIRST), Some(0));
    });
}
