use crate::{mock::*, pallet::Authorities as List, Error, Event, SessionBlocks};
use frame::testing_prelude::*;
use pallet_session::SessionManager;

fn listed() -> Vec<u64> {
    List::<Test>::get().into_inner()
}

fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}

#[test]
fn add_authority_should_list_and_plan_the_account_when_it_has_keys() {
    build_and_execute(|| {
        assert_eq!(Authorities::new_session_genesis(0), Some(vec![1, 2, 3]));
        Keys::set(4);
        assert_ok!(Authorities::add_authority(root(), 4));
        System::assert_last_event(Event::AuthorityAdded { who: 4 }.into());
        assert_eq!(Authorities::new_session(2), Some(vec![1, 2, 3, 4]));
        let authorities = BoundedVec::truncate_from(vec![1, 2, 3, 4]);
        System::assert_last_event(Event::Planned { session: 2, authorities }.into());
    });
}

#[test]
fn add_authority_should_fail_when_origin_list_or_keys_forbid_it() {
    build_and_execute(|| {
        let add = Authorities::add_authority;
        assert_noop!(add(RuntimeOrigin::signed(1), 4), BadOrigin);
        assert_noop!(add(root(), 1), Error::<Test>::AlreadyAuthority);
        assert_noop!(add(root(), 4), Error::<Test>::NoSessionKeys);
        Keys::set(4);
        Keys::set(5);
        assert_ok!(add(root(), 4));
        assert_noop!(add(root(), 5), Error::<Test>::TooManyAuthorities);
    });
}

#[test]
fn remove_authority_should_unlist_the_account_when_others_remain() {
    build_and_execute(|| {
        Authorities::new_session_genesis(0);
        assert_ok!(Authorities::remove_authority(root(), 2));
        System::assert_last_event(Event::AuthorityRemoved { who: 2 }.into());
        assert_eq!(listed(), vec![1, 3]);
        assert_eq!(Authorities::new_session(2), Some(vec![1, 3]));
    });
}

#[test]
fn remove_authority_should_fail_when_nobody_able_would_remain() {
    build_and_execute(|| {
        let remove = Authorities::remove_authority;
        assert_noop!(remove(RuntimeOrigin::signed(1), 1), BadOrigin);
        assert_noop!(remove(root(), 9), Error::<Test>::NotAuthority);
        assert_ok!(remove(root(), 1));
        Keys::purge(3);
        assert_noop!(remove(root(), 2), Error::<Test>::LastAuthority);
        Keys::set(3);
        assert_ok!(remove(root(), 2));
        assert_noop!(remove(root(), 3), Error::<Test>::LastAuthority);
    });
}

#[test]
fn session_should_keep_its_set_when_nothing_changed() {
    build_and_execute(|| {
        Authorities::new_session_genesis(0);
        Authorities::new_session_genesis(1);
        assert_eq!(Authorities::new_session(2), None);
    });
}

#[test]
fn authority_should_sit_out_when_it_purged_its_keys() {
    build_and_execute(|| {
        Authorities::new_session_genesis(0);
        Keys::purge(2);
        assert_eq!(Authorities::new_session(2), Some(vec![1, 3]));
        System::assert_has_event(Event::WithoutKeys { session: 2, who: 2 }.into());
        assert_eq!(Authorities::new_session(3), None);
        Keys::set(2);
        assert_eq!(Authorities::new_session(4), Some(vec![1, 2, 3]));
    });
}

#[test]
fn session_should_plan_nobody_until_keys_return_when_nobody_has_keys() {
    build_and_execute(|| {
        Authorities::new_session_genesis(0);
        (1..=3).for_each(Keys::purge);
        assert_eq!(Authorities::new_session(2), None);
        Keys::set(1);
        assert_eq!(Authorities::new_session(3), Some(vec![1]));
    });
}

#[test]
fn session_length_should_follow_the_slot_when_counted_in_blocks() {
    build_and_execute(|| assert_eq!(SessionBlocks::<Test>::get(), 10));
}
