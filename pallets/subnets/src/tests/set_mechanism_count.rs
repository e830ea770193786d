use super::mock::*;
use crate::{Error, Event};
use alun_primitives::{traits::NeuronRegistry, NetUid};
use frame::testing_prelude::*;

fn set_count(netuid: NetUid, count: u8) -> DispatchResult {
    Subnets::set_mechanism_count(RuntimeOrigin::root(), netuid, count)
}

#[test]
fn mechanisms_should_be_added_when_root_says_so() {
    run_with_subnet(|| {
        assert_eq!(Subnets::mechanism_count(FIRST), 1);
        assert_ok!(set_count(FIRST, 8));
        assert_eq!(Subnets::mechanism_count(FIRST), 8);
        assert_eq!(last_event(), Event::MechanismCountSet { netuid: FIRST, old: 1, new: 8 });
    });
}

#[test]
fn mechanisms_should_be_refused_when_none_or_too_many() {
    run_with_subnet(|| {
        assert_noop!(set_count(FIRST, 0), Error::<Test>::BadMechanismCount);
        assert_noop!(set_count(FIRST, 9), Error::<Test>::BadMechanismCount);
        assert_noop!(set_count(NetUid(2), 2), Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn mechanisms_should_not_be_removed_because_their_rows_would_stay() {
    run_with_subnet(|| {
        assert_ok!(set_count(FIRST, 3));
        assert_noop!(set_count(FIRST, 2), Error::<Test>::MechanismsOnlyGrow);
        assert_ok!(set_count(FIRST, 3));
    });
}

#[test]
fn mechanisms_should_be_refused_when_not_set_by_root() {
    run_with_subnet(|| {
        let refused = Subnets::set_mechanism_count(by(OWNER), FIRST, 2);
        assert_noop!(refused, DispatchError::BadOrigin);
    });
}
