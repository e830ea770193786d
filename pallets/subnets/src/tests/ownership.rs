//! Hand-over: offer, acceptance, withdrawal.

use super::mock::*;
use crate::{Error, Event, Offers};
use alun_primitives::{traits::NeuronRegistry, Hyperparameter, NetUid};
use frame::testing_prelude::*;

fn offer(to: u64) -> DispatchResult {
    Subnets::offer_ownership(by(OWNER), FIRST, to)
}

#[test]
fn subnet_should_be_the_new_owners_when_it_accepts_the_offer() {
    run_with_subnet(|| {
        let before = Subnets::subnet(FIRST).unwrap();
        assert_ok!(offer(BOB));
        assert_eq!(last_event(), Event::OwnershipOffered { netuid: FIRST, by: OWNER, to: BOB });
        // Until it is accepted, nothing changed.
        assert_eq!(Subnets::owner(FIRST), Some(OWNER));
        assert_noop!(Subnets::start(by(BOB), FIRST), Error::<Test>::NotOwner);
        assert_ok!(Subnets::accept_ownership(by(BOB), FIRST));
        assert_eq!(last_event(), Event::OwnershipAccepted { netuid: FIRST, from: OWNER, to: BOB });
        let after = Subnets::subnet(FIRST).unwrap();
        assert_eq!(after.owner, BOB);
        assert_eq!(crate::SubnetInfo { owner: OWNER, ..after }, before, "nothing else changed");
        assert_eq!(Offers::<Test>::get(FIRST), None);
        assert_noop!(Subnets::start(by(OWNER), FIRST), Error::<Test>::NotOwner);
        assert_ok!(Subnets::start(by(BOB), FIRST));
    });
}

#[test]
fn offer_should_be_refused_when_not_of_the_owner_or_to_itself() {
    run_with_subnet(|| {
        let by_whom = |origin, netuid| Subnets::offer_ownership(origin, netuid, ALICE);
        assert_noop!(by_whom(by(BOB), FIRST), Error::<Test>::NotOwner);
        assert_noop!(by_whom(by(OWNER_HOTKEY), FIRST), Error::<Test>::NotOwner);
        assert_noop!(by_whom(RuntimeOrigin::root(), FIRST), DispatchError::BadOrigin);
        assert_noop!(by_whom(by(OWNER), NetUid(2)), Error::<Test>::UnknownSubnet);
        assert_noop!(by_whom(by(OWNER), NetUid::ROOT), Error::<Test>::UnknownSubnet);
        assert_noop!(offer(OWNER), Error::<Test>::OfferToOwner);
    });
}

#[test]
fn acceptance_should_be_refused_when_the_subnet_is_offered_to_nobody_or_to_another() {
    run_with_subnet(|| {
        let accept = |who, netuid| Subnets::accept_ownership(by(who), netuid);
        assert_noop!(accept(BOB, FIRST), Error::<Test>::NotOffered);
        assert_ok!(offer(BOB));
        assert_noop!(accept(ALICE, FIRST), Error::<Test>::NotOffered);
        assert_noop!(accept(OWNER, FIRST), Error::<Test>::NotOffered);
        assert_noop!(accept(BOB, NetUid(2)), Error::<Test>::UnknownSubnet);
        // A later offer takes the place of the first one.
        assert_ok!(offer(ALICE));
        assert_noop!(accept(BOB, FIRST), Error::<Test>::NotOffered);
        assert_ok!(accept(ALICE, FIRST));
        // An offer is good for once.
        assert_noop!(accept(ALICE, FIRST), Error::<Test>::NotOffered);
    });
}

#[test]
fn offer_should_be_gone_when_the_owner_withdraws_it() {
    run_with_subnet(|| {
        let withdraw = |who| Subnets::withdraw_offer(by(who), FIRST);
        assert_noop!(withdraw(OWNER), Error::<Test>::NoOffer);
        assert_ok!(offer(BOB));
        assert_noop!(withdraw(BOB), Error::<Test>::NotOwner);
        assert_ok!(withdraw(OWNER));
        assert_eq!(last_event(), Event::OfferWithdrawn { netuid: FIRST, by: OWNER, to: BOB });
        assert_noop!(Subnets::accept_ownership(by(BOB), FIRST), Error::<Test>::NotOffered);
        assert_noop!(withdraw(OWNER), Error::<Test>::NoOffer);
        let unknown = Subnets::withdraw_offer(by(OWNER), NetUid(2));
        assert_noop!(unknown, Error::<Test>::UnknownSubnet);
    });
}

#[test]
fn offers_of_subnets_should_be_apart() {
    run_with_subnet(|| {
        let second = subnet();
        assert_ok!(offer(BOB));
        assert_noop!(Subnets::accept_ownership(by(BOB), second), Error::<Test>::NotOffered);
        assert_ok!(Subnets::accept_ownership(by(BOB), FIRST));
        assert_eq!((Subnets::owner(FIRST), Subnets::owner(second)), (Some(BOB), Some(OWNER)));
    });
}

/// [A] An owner with two coldkeys does not get around the rate limit.
#[test]
fn rate_limit_should_go_on_when_the_subnet_is_handed_over() {
    run_with_subnet(|| {
        let change = |who, weights| set(Some(who), FIRST, &[Hyperparameter::MinWeights(weights)]);
        assert_ok!(change(OWNER, 2));
        assert_ok!(offer(BOB));
        assert_ok!(Subnets::accept_ownership(by(BOB), FIRST));
        assert_noop!(change(BOB, 3), Error::<Test>::OwnerChangeTooSoon);
        at(1 + HOUR);
        assert_ok!(change(BOB, 3));
    });
}
