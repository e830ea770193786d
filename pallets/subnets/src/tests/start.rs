use super::mock::*;
use crate::{Error, Event};
use alun_primitives::{traits::NeuronRegistry, NetUid};
use frame::testing_prelude::*;

#[test]
fn subnet_should_start_once_when_its_owner_says_so() {
    run_with_subnet(|| {
        at(9);
        assert!(!Subnets::started(FIRST));
        assert_ok!(Subnets::start(by(OWNER), FIRST));
        assert!(Subnets::started(FIRST));
        assert_eq!(Subnets::subnet(FIRST).unwrap().started_at, Some(9));
        assert_eq!(Life::get(), vec![(FIRST, 9, 720, true)]);
        assert_eq!(last_event(), Event::SubnetStarted { netuid: FIRST, by: OWNER });
        assert_noop!(Subnets::start(by(OWNER), FIRST), Error::<Test>::AlreadyStarted);
    });
}

#[test]
fn start_should_be_refused_when_not_signed_by_the_owner() {
    run_with_subnet(|| {
        assert_noop!(Subnets::start(by(BOB), FIRST), Error::<Test>::NotOwner);
        assert_noop!(Subnets::start(by(OWNER_HOTKEY), FIRST), Error::<Test>::NotOwner);
        assert_noop!(Subnets::start(RuntimeOrigin::root(), FIRST), DispatchError::BadOrigin);
    });
}

#[test]
fn start_should_be_refused_when_the_subnet_is_unknown() {
    run_with_subnet(|| {
        for netuid in [NetUid::ROOT, NetUid(2)] {
            assert_noop!(Subnets::start(by(OWNER), netuid), Error::<Test>::UnknownSubnet);
        }
    });
}
