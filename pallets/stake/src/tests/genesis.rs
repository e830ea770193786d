//! What a new chain begins with.

use crate::{
    mock::*, pallet::GenesisConfig, DustLimit, MaxTake, RootStream, RootWeight, TakeNotice,
};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

#[test]
fn genesis_should_hold_the_defaults_of_the_economy() {
    build_and_execute(|| {
        assert_eq!(RootWeight::<Test>::get(), 180_000);
        assert_eq!(DustLimit::<Test>::get(), UNIT / 2_000);
        assert_eq!(MaxTake::<Test>::get(), 180_000);
        assert_eq!(TakeNotice::<Test>::get(), 24 * 3_600 * 1_000);
        assert_eq!(RootStream::<Test>::get(), 72 * 60 * 1_000);
        assert_eq!(Balances::free_balance(Stake::account()), DEPOSIT);
    });
}

#[test]
#[should_panic(expected = "stake.maxTake is 1000001")]
fn genesis_should_be_refused_when_a_proportion_is_above_one() {
    let bad = GenesisConfig::<Test> { max_take: 1_000_001, ..Default::default() };
    let _ = bad.build_storage();
}

#[test]
#[should_panic(expected = "twice")]
fn genesis_should_be_refused_when_a_hotkey_is_bound_twice() {
    let hotkeys = vec![(bob(), alice()), (bob(), dave())];
    let _ = GenesisConfig::<Test> { hotkeys, ..Default::default() }.build_storage();
}

#[test]
fn gifts_of_strangers_should_belong_to_nobody_and_break_nothing() {
    new_test_ext().execute_with(|| {
        place(&dave(), &bob(), NetUid::ROOT, 10 * UNIT);
        assert_ok!(Balances::transfer_allow_death(signed(eve()), Stake::account(), UNIT));
        assert_eq!(Stake::surplus(), Some(UNIT));
        assert_eq!(Stake::check_invariants(), Ok(()));
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 10 * UNIT);
    });
}
