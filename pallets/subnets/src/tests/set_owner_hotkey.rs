use super::mock::*;
use crate::{Error, Event};
use alun_primitives::{
    traits::{KeyRegistry, NeuronRegistry},
    NetUid, Uid,
};
use frame::testing_prelude::*;

const OTHER: u64 = 500;

/// Registers a second hotkey of the owner on [`FIRST`].
fn other() {
    Keys::bind_unchecked(&OTHER, &OWNER);
    assert_ok!(register(OWNER, FIRST, OTHER, u64::MAX));
}

fn rotate(who: u64, hotkey: u64) -> DispatchResult {
    Subnets::set_owner_hotkey(by(who), FIRST, hotkey)
}

#[test]
fn hotkey_should_stand_for_the_owner_when_the_owner_sets_it() {
    run_with_subnet(|| {
        other();
        let before = Subnets::subnet(FIRST).unwrap();
        assert_ok!(rotate(OWNER, OTHER));
        let set = Event::OwnerHotkeySet { netuid: FIRST, by: OWNER, old: OWNER_HOTKEY, new: OTHER };
        assert_eq!(last_event(), set);
        assert_eq!(Subnets::owner_hotkey(FIRST), Some(OTHER));
        let after = Subnets::subnet(FIRST).unwrap();
        assert_eq!(crate::SubnetInfo { owner_hotkey: OWNER_HOTKEY, ..after }, before);
        // Both keep their uids.
        assert_eq!(Subnets::uid_of(FIRST, &OWNER_HOTKEY), Some(Uid(0)));
        assert_eq!(Subnets::uid_of(FIRST, &OTHER), Some(Uid(1)));
    });
}

#[test]
fn new_hotkey_should_never_leave_and_the_former_one_as_any_other_when_it_was_rotated() {
    run_with_subnet(|| {
        other();
        assert_ok!(set(None, FIRST, &[alun_primitives::Hyperparameter::MaxNeurons(64)]));
        (2..64).for_each(|uid| assert_eq!(neuron(FIRST, 1_000 + uid), Uid(uid as u16)));
        at(1 + 12 * HOUR);
        let ranks = || [0, 1, 2].map(|uid| Subnets::eviction_rank(FIRST, Uid(uid)));
        assert_eq!(ranks(), [None, Some(0), Some(1)]);
        assert_ok!(rotate(OWNER, OTHER));
        assert_eq!(ranks(), [Some(0), None, Some(1)]);
        assert_eq!(neuron(FIRST, 5_000), Uid(0));
        assert_eq!(neuron(FIRST, 5_001), Uid(2));
        assert_eq!(Subnets::uid_of(FIRST, &OTHER), Some(Uid(1)));
    });
}

#[test]
fn hotkey_should_be_refused_when_it_is_not_the_owners_or_not_on_the_subnet() {
    run_with_subnet(|| {
        assert_noop!(rotate(OWNER, OTHER), Error::<Test>::HotkeyNotBound);
        Keys::bind_unchecked(&OTHER, &OWNER);
        assert_noop!(rotate(OWNER, OTHER), Error::<Test>::OwnerHotkeyWithoutUid);
        let second = subnet();
        assert_ok!(register(OWNER, second, OTHER, u64::MAX));
        assert_noop!(rotate(OWNER, OTHER), Error::<Test>::OwnerHotkeyWithoutUid);
        neuron(FIRST, 1_001);
        assert_noop!(rotate(OWNER, 1_001), Error::<Test>::HotkeyOfAnother);
        assert_noop!(rotate(OWNER, OWNER_HOTKEY), Error::<Test>::OwnerHotkeyAlready);
    });
}

#[test]
fn hotkey_should_be_refused_when_not_set_by_the_owner() {
    run_with_subnet(|| {
        other();
        assert_noop!(rotate(BOB, OTHER), Error::<Test>::NotOwner);
        assert_noop!(rotate(OTHER, OTHER), Error::<Test>::NotOwner);
        let unsigned = Subnets::set_owner_hotkey(RuntimeOrigin::root(), FIRST, OTHER);
        assert_noop!(unsigned, DispatchError::BadOrigin);
        let unknown = Subnets::set_owner_hotkey(by(OWNER), NetUid(2), OTHER);
        assert_noop!(unknown, Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn new_owner_should_be_able_to_set_a_hotkey_of_its_own_when_the_subnet_was_handed_over() {
    run_with_subnet(|| {
        assert_ok!(Subnets::offer_ownership(by(OWNER), FIRST, ALICE));
        assert_ok!(Subnets::accept_ownership(by(ALICE), FIRST));
        assert_eq!(Subnets::owner_hotkey(FIRST), Some(OWNER_HOTKEY), "until then the former one");
        neuron(FIRST, 1_001);
        assert_noop!(rotate(OWNER, 1_001), Error::<Test>::NotOwner);
        assert_ok!(rotate(ALICE, 1_001));
        assert_eq!(Subnets::owner_hotkey(FIRST), Some(1_001));
    });
}
