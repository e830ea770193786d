//! Commits that nobody revealed are dropped before the freeze, in pages of their own.

use super::*;
use crate::{
    pages::{Page, EXPIRE_PAGE},
    Permits, QueuedEpoch, WeightInfo,
};
use alun_primitives::UNIT;

/// Epoch 2, before which the commits of epoch 0 expire.
const LAST: QueuedEpoch = QueuedEpoch { netuid: NETUID, mechanism: FIRST, epoch: 2, due_at: 203 };

/// Uids 1 to `validators` and the owner commit in epoch 0 and never reveal. At the end of epoch 1 one
/// permit is left, beside the owner's.
fn promised(validators: u16) {
    assert_eq!(due(2), LAST.due_at);
    started(validators + 8);
    Arranged::with(NETUID, |subnet| {
        for uid in 1..=validators {
            subnet.neurons[usize::from(uid)].2 = (5_000 + u64::from(uid)) * UNIT;
        }
        subnet.hyperparameters.max_validators = 256;
    });
    run_to(due(0));
    (0..=validators).for_each(|uid| commit(uid, &[validators + 1], &[1]));
    Arranged::with(NETUID, |subnet| subnet.hyperparameters.max_validators = 1);
    run_to(due(2) - 1);
    assert_eq!(Permits::<Test>::get((NETUID, FIRST)).into_inner(), [Uid(0), Uid(validators)]);
}

/// Uids whose commits expired, in order.
fn expired() -> Vec<u16> {
    let uid = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Weights(pallet_weights::Event::CommitExpired { hotkey, .. }) => {
            let uid = Arranged::with(NETUID, |subnet| {
                subnet.neurons.iter().position(|neuron| neuron.0 == hotkey)
            });
            Some(uid.unwrap() as u16)
        }
        _ => None,
    };
    System::events().into_iter().filter_map(uid).collect()
}

/// The next page, and the room that it needs beside what a block begins with.
fn next() -> (Page, Weight) {
    let page = Page::next::<Test>(&LAST);
    let fixed = <() as WeightInfo>::idle_poll() + <() as WeightInfo>::peek();
    (page, fixed + page.cost::<Test>())
}

/// Queues epoch 2 and clears the frozen input of epoch 1.
fn queued() {
    let (page, room) = next();
    assert!(matches!(page, Page::Clear { .. }), "{page:?}");
    poll(room + <() as WeightInfo>::queue_subnet() + <() as WeightInfo>::peek());
    assert_eq!(Consensus::work_view().map(|work| (work.epoch, work.frozen_at)), Some((2, None)));
}

#[test]
fn expiring_commits_should_be_paid_for_when_permits_got_fewer_since() {
    build_and_execute(|| {
        promised(40);
        queued();
        let (page, room) = next();
        assert_eq!(page, Page::Expire { commits: 41, neurons: 48 });
        // What holders of permits would have committed is far less.
        let few = Page::Expire { commits: 4, neurons: 48 }.cost::<Test>();
        assert!(page.cost::<Test>().ref_time() > 4 * few.ref_time());
        let less = room - Weight::from_parts(1, 0);
        assert!(poll(less).all_lte(less));
        assert!(expired().is_empty());
        assert!(poll(room).all_lte(room));
        assert_eq!(expired(), (0..=40).collect::<Vec<_>>());
        // Only now is the input frozen, of those who hold permits now.
        let (page, room) = next();
        assert_eq!(page, Page::Freeze { validators: 3, neurons: 48, lenders: 0 });
        assert!(poll(room).all_lte(room));
        assert_eq!(Consensus::work_view().unwrap().frozen_at, Some(Consensus::now()));
    });
}

#[test]
fn expiring_commits_should_take_several_pages_when_there_are_many() {
    build_and_execute(|| {
        promised(256);
        queued();
        for (commits, dropped) in [(EXPIRE_PAGE, 256), (1, 257)] {
            let (page, room) = next();
            assert_eq!(page, Page::Expire { commits, neurons: 264 });
            poll(room);
            assert_eq!(expired(), (0..dropped).collect::<Vec<_>>());
            assert_ok!(Weights::check_invariants());
        }
        let (page, _) = next();
        assert_eq!(page, Page::Freeze { validators: 3, neurons: 264, lenders: 0 });
        run_to(due(3));
        assert_eq!(ran().pop().map(|epoch| epoch.1), Some(3));
        assert_eq!(expired().len(), 257);
    });
}
