use crate as pallet_clock;
use crate::{
    Blocks, Clock, MinimumPeriod, SlotDuration, SlotThird, DEFAULT_SLOT_MS, MAX_SLOT_MS,
    MIN_SLOT_MS,
};
use frame::{deps::frame_support::dispatch::DispatchClass, testing_prelude::*};

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Clocks = pallet_clock;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
}

impl pallet_clock::Config for Test {}

/// Runs `test` on a chain whose slot lasts `slot_ms`, then checks the invariants.
fn build_and_execute(slot_ms: u64, test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig {
        clocks: pallet_clock::GenesisConfig { slot_ms, ..Default::default() },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    TestState::new(storage).execute_with(|| {
        test();
        assert_ok!(Clocks::check_invariants());
    });
}

#[test]
fn clock_should_round_durations_up_when_they_do_not_fill_a_slot() {
    build_and_execute(6_000, || {
        assert_eq!(Clocks::to_blocks(0), 0);
        assert_eq!(Clocks::to_blocks(1), 1);
        assert_eq!(Clocks::to_blocks(6_000), 1);
        assert_eq!(Clocks::to_blocks(6_001), 2);
        assert_eq!(Clocks::to_blocks(72 * 60_000), 720);
        assert_eq!(<Blocks<Test, 72_000> as Get<u32>>::get(), 12);
    });
}

#[test]
fn clock_should_saturate_when_a_duration_exceeds_all_blocks() {
    build_and_execute(MIN_SLOT_MS, || assert_eq!(Clocks::to_blocks(u64::MAX), u32::MAX));
}

#[test]
fn clock_should_scale_everything_when_the_slot_differs() {
    for slot_ms in [MIN_SLOT_MS, 1_000, 6_000, MAX_SLOT_MS] {
        build_and_execute(slot_ms, || {
            assert_eq!(SlotDuration::<Test>::get(), slot_ms);
            assert_eq!(MinimumPeriod::<Test>::get(), slot_ms / 2);
            let limits = SlotThird::<Test>::get();
            assert_eq!(limits.max_block.ref_time(), slot_ms * 1_000_000_000 / 3);
            assert!(limits.get(DispatchClass::Normal).max_extrinsic.unwrap().ref_time() > 0);
            limits.validate().unwrap();
        });
    }
}

#[test]
fn clock_should_use_the_networks_slot_when_genesis_wrote_none() {
    TestState::new_empty().execute_with(|| assert_eq!(Clocks::slot_ms(), DEFAULT_SLOT_MS));
}

#[test]
#[should_panic(expected = "clock.slotMs is 0; it must lie between 200 and 60000 (ms)")]
fn genesis_should_be_refused_when_the_slot_is_zero() {
    build_and_execute(0, || {});
}
