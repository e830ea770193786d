//! `set_root_weight`.

use crate::{mock::*, Error, Event, RootWeight};
use alun_primitives::{traits::StakeView, NetUid, UNIT};
use frame::testing_prelude::*;

#[test]
fn root_weight_should_count_at_once_when_root_sets_it() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        assert_ok!(Stake::set_root_weight(RuntimeOrigin::root(), 500_000));
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 50 * UNIT);
        System::assert_last_event(Event::RootWeightSet { old: 180_000, new: 500_000 }.into());
    });
}

#[test]
fn root_weight_should_be_refused_when_not_from_root_or_above_one() {
    build_and_execute(|| {
        assert_noop!(
            Stake::set_root_weight(signed(alice()), 1),
            frame::deps::sp_runtime::DispatchError::BadOrigin
        );
        assert_noop!(
            Stake::set_root_weight(RuntimeOrigin::root(), 1_000_001),
            Error::<Test>::RootWeightTooHigh
        );
        assert_eq!(RootWeight::<Test>::get(), 180_000);
    });
}
