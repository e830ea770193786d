use super::mock::*;
use crate::{Error, Event, SubnetLimit, MAX_SUBNETS};
use frame::testing_prelude::*;

#[test]
fn subnet_limit_should_be_set_by_root_only() {
    run(|| {
        assert_eq!(SubnetLimit::<Test>::get(), 1_024);
        assert_noop!(Subnets::set_subnet_limit(by(OWNER), 5), DispatchError::BadOrigin);
        assert_ok!(Subnets::set_subnet_limit(RuntimeOrigin::root(), 5));
        assert_eq!(SubnetLimit::<Test>::get(), 5);
        assert_eq!(last_event(), Event::SubnetLimitSet { old: 1_024, new: 5 });
    });
}

#[test]
fn subnet_limit_should_be_refused_when_it_is_above_what_markets_can_look_at() {
    run(|| {
        let set = |limit| Subnets::set_subnet_limit(RuntimeOrigin::root(), limit);
        assert_noop!(set(MAX_SUBNETS + 1), Error::<Test>::BadSubnetLimit);
        assert_ok!(set(MAX_SUBNETS));
    });
}

#[test]
fn subnets_should_stay_when_the_limit_falls_below_their_number() {
    run(|| {
        let netuids = [subnet(), subnet(), subnet()];
        assert_ok!(Subnets::set_subnet_limit(RuntimeOrigin::root(), 1));
        assert!(netuids.iter().all(|netuid| Subnets::subnet(*netuid).is_some()));
    });
}
