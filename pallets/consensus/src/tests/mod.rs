//! One file per law.

mod choice;
mod epoch;
mod expiry;
mod failure;
mod frozen;
mod idle;
mod mechanisms;
mod pages;
mod plan;
mod queue;
mod replaced;
mod score;
mod wind_up;

use crate::{mock::*, Event, Executed, LastEpoch, Progress, Step};
use alun_primitives::{
    commit_preimage, Alpha, BlockNumber, Digest, MechanismId, NetUid, Uid, WeightCommit,
};
use frame::testing_prelude::*;

/// The events of this pallet, oldest first.
pub fn events() -> Vec<Event<Test>> {
    let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Consensus(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(ours).collect()
}

/// (netuid, epoch, due block, lag) of the epochs that ran.
pub fn ran() -> Vec<(u16, u64, BlockNumber, BlockNumber)> {
    let run = |event| match event {
        Event::EpochRan { netuid, epoch, due_at, lag, .. } => Some((netuid.0, epoch, due_at, lag)),
        _ => None,
    };
    events().into_iter().filter_map(run).collect()
}

/// How many validators have bonds that hold.
pub fn live_bonds(mechanism: MechanismId) -> usize {
    let matrix = (NETUID, mechanism);
    let live = Consensus::generation(matrix, Consensus::live_generation(matrix));
    crate::Bonds::<Test>::iter_prefix(live).count()
}

/// A subnet of `neurons`, started at block 1: its epoch 0 is due at block 3.
pub fn started(neurons: u16) {
    Arranged::add(NETUID, neurons);
    Arranged::start(NETUID);
}

/// Due block of an epoch of that subnet.
pub fn due(epoch: u32) -> BlockNumber {
    3 + TEMPO * epoch
}

fn list(values: &[u16]) -> pallet_weights::Values {
    values.to_vec().try_into().unwrap()
}

/// Commits to a row of `uid` now.
pub fn commit(uid: u16, uids: &[u16], values: &[u16]) {
    let hash: Digest = blake2_256(&commit_preimage(&WeightCommit {
        genesis: System::block_hash(0).0,
        netuid: NETUID,
        mechanism: FIRST,
        hotkey: hotkey(uid).into(),
        uids: uids.to_vec(),
        values: values.to_vec(),
        evidence_root: [0; 32],
        version: 0,
        salt: [7; 32],
    }));
    let origin = RuntimeOrigin::signed(hotkey(uid));
    assert_ok!(Weights::commit_weights(origin, NETUID, FIRST, hash));
}

/// Reveals it.
pub fn reveal(uid: u16, uids: &[u16], values: &[u16]) {
    let origin = RuntimeOrigin::signed(hotkey(uid));
    let (uids, values) = (list(uids), list(values));
    let holder = hotkey(uid);
    assert_ok!(Weights::reveal_weights(
        origin, NETUID, FIRST, holder, uids, values, [0; 32], 0, [7; 32]
    ));
}

/// Sets a row of `uid` directly.
pub fn set(netuid: NetUid, mechanism: MechanismId, uid: u16, uids: &[u16], values: &[u16]) {
    let origin = RuntimeOrigin::signed(hotkey(uid));
    assert_ok!(Weights::set_weights(origin, netuid, mechanism, list(uids), list(values), 0));
}

/// A subnet without commit-reveal on which 1 and 2 score 3 and 4 since epoch 0 ran.
pub fn scored() {
    started(5);
    Arranged::with(NETUID, |subnet| subnet.hyperparameters.commit_reveal = false);
    run_to(due(0));
    set(NETUID, FIRST, 1, &[3, 4], &[3, 1]);
    set(NETUID, FIRST, 2, &[3, 4], &[3, 1]);
}
