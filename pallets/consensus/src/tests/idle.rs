//! A block without due epochs costs the same whatever there is on the chain.

use super::*;
use crate::Done;

/// What an idle block costs on a chain of so many subnets, and the keys that it writes.
fn idle_block(subnets: u16) -> (Weight, Vec<Vec<u8>>) {
    let mut state = new_test_ext();
    state.execute_with(|| {
        for netuid in 1..=subnets {
            Arranged::add(NetUid(netuid), 256);
            Consensus::on_started(NetUid(netuid), 1, 5_000);
        }
        use alun_primitives::traits::OnSubnet;
        run_to(3_000);
        assert_eq!(ran().len(), usize::from(subnets));
    });
    state.commit_all().unwrap();
    let spent = state.execute_with(|| {
        System::set_block_number(3_001);
        let mut meter = frame::deps::frame_support::weights::WeightMeter::with_limit(MAX_BLOCK);
        Consensus::on_poll(3_001, &mut meter);
        meter.consumed()
    });
    let written = state.overlayed_changes().changes().map(|(key, _)| key.clone());
    // The test itself wrote the number of the block.
    let number = [twox_128(b"System"), twox_128(b"Number")].concat();
    let ours = |key: &Vec<u8>| *key != number;
    (spent, written.filter(ours).collect())
}

#[test]
fn idle_block_should_cost_the_same_when_there_are_1_or_1024_subnets() {
    let progress = Done::<Test>::hashed_key().to_vec();
    let one = idle_block(1);
    assert_eq!(one, (<() as crate::WeightInfo>::idle_poll(), vec![progress]));
    assert_eq!(idle_block(1_024), one);
}
