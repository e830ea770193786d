//! A chain of nothing but this pallet, whose session keys are a plain list.

use crate as pallet_authorities;
use alun_primitives::traits::Clock;
use frame::{testing_prelude::*, traits::ValidatorRegistration};
use std::{cell::RefCell, collections::BTreeSet};

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
    pub type Authorities = pallet_authorities;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
}

thread_local! {
    static KEYS: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
}

/// The accounts with session keys.
pub struct Keys;

impl Keys {
    /// Gives `who` keys.
    pub fn set(who: u64) {
        KEYS.with_borrow_mut(|keys| keys.insert(who));
    }

    /// Takes the keys of `who`.
    pub fn purge(who: u64) {
        KEYS.with_borrow_mut(|keys| keys.remove(&who));
    }
}

impl ValidatorRegistration<u64> for Keys {
    fn is_registered(who: &u64) -> bool {
        KEYS.with_borrow(|keys| keys.contains(who))
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<u64> for Keys {
    fn set_keys(who: &u64) {
        Self::set(*who);
    }
}

/// Six-second slots.
pub struct SixSeconds;

impl Clock for SixSeconds {
    fn slot_ms() -> u64 {
        6_000
    }
}

impl pallet_authorities::Config for Test {
    type ManageOrigin = EnsureRoot<u64>;
    type SessionKeys = Keys;
    type Clock = SixSeconds;
    type MaxAuthorities = ConstU32<4>;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Keys;
}

/// A chain with the authorities 1, 2 and 3, at block 1.
pub fn new_test_ext() -> TestState {
    for who in 1..=3 {
        Keys::set(who);
    }
    let storage = RuntimeGenesisConfig {
        authorities: pallet_authorities::GenesisConfig {
            authorities: vec![1, 2, 3],
            session_ms: 60_000,
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| System::set_block_number(1));
    state
}

/// Runs `test` on such a chain, then checks the invariants.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_ok!(Authorities::check_invariants());
    });
}
