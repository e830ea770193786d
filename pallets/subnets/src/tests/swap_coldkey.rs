//! A coldkey takes another's place: what it owns, is offered and waits for is the new one's.

use super::mock::*;
use crate::{Event, Offers, Reservations};
use alun_primitives::{
    traits::{ColdkeySwap, KeyRegistry, NeuronRegistry, OnColdkeySwapped, Rows},
    NetUid,
};
use frame::testing_prelude::*;

fn begin(old: u64, new: u64, rows: u32) -> bool {
    Subnets::begin(&ColdkeySwap { old, new }, &mut Rows::new(rows))
}

#[test]
fn subnets_and_offers_should_be_the_new_coldkeys_when_it_takes_the_place() {
    run_with_subnet(|| {
        let second = subnet();
        Keys::bind_unchecked(&900, &ALICE);
        assert_ok!(Subnets::register_subnet(by(ALICE), 900, name(), task(), u64::MAX));
        let third = NetUid(3);
        assert_ok!(Subnets::offer_ownership(by(ALICE), third, OWNER));
        assert_ok!(Subnets::offer_ownership(by(OWNER), FIRST, ALICE));
        assert!(begin(OWNER, BOB, 4));
        assert_eq!(Offers::<Test>::get(FIRST), None, "what the old one offered lapses");
        assert_eq!([FIRST, second, third].map(Subnets::owner), [Some(BOB), Some(BOB), Some(ALICE)]);
        assert_eq!(Offers::<Test>::get(third), Some(BOB));
        let told = Event::OwnershipAccepted { netuid: second, from: OWNER, to: BOB };
        assert_eq!(last_event(), told);
        assert_ok!(Subnets::accept_ownership(by(BOB), third));
        assert_ok!(Subnets::start(by(BOB), FIRST));
    });
}

#[test]
fn slot_should_be_the_new_coldkeys_when_the_old_one_waited_for_it() {
    short_lived(1).build_and_execute(|| {
        subnet();
        run_to(1 + IMMUNITY);
        crate::LastLock::<Test>::kill();
        Keys::bind_unchecked(&200, &BOB);
        assert_ok!(Subnets::register_subnet(by(BOB), 200, name(), task(), u64::MAX));
        Keys::bind_unchecked(&200, &ALICE);
        assert!(begin(BOB, ALICE, 9));
        assert_eq!(Reservations::<Test>::get(FIRST).map(|waiting| waiting.owner), Some(ALICE));
        run_to(System::block_number() + NOTICE);
        assert_eq!(Subnets::owner(FIRST), Some(ALICE));
    });
}

#[test]
fn swap_should_not_begin_when_it_has_too_few_rows() {
    run_with_subnet(|| {
        // One to look at up to four, one for each that changes.
        assert!(!begin(OWNER, BOB, 0) && !begin(OWNER, BOB, 1));
        assert_eq!(Subnets::owner(FIRST), Some(OWNER));
        assert!(begin(ALICE, BOB, 1) && begin(OWNER, BOB, 2));
    });
}
