//! A subnet's notice and its end.

use super::{mock::*, serve::endpoint};
use crate::{
    Endpoints, Error, Event, HyperparametersOf, Metadata, NeuronCount, Neurons, Notice,
    NoticeCause, NoticeEnds, NoticeQueue, Notices, NoticesEnd, Offers, RegistrationPrice,
    Subnets as SubnetsMap, Tasks, Uids, Vacant, WeightInfo, MIN_ROWS,
};
use alun_primitives::{
    traits::{KeyRegistry, NeuronRegistry},
    views::SubnetPhase,
    Hyperparameter, NetUid,
};
use frame::testing_prelude::*;

/// The block in which the immunity of a subnet ends that was registered in block 1.
const IMMUNE_UNTIL: u32 = 1 + IMMUNITY;

/// The owner puts [`FIRST`] under notice, in the first block in which it can.
fn announce() {
    run_to(IMMUNE_UNTIL);
    assert_ok!(Subnets::announce_wind_up(by(OWNER), FIRST));
}

#[test]
fn notice_should_begin_when_the_owner_announces_it_after_the_immunity() {
    short_lived(9).build_and_execute(|| {
        subnet();
        run_to(IMMUNE_UNTIL - 1);
        assert_noop!(Subnets::announce_wind_up(by(OWNER), FIRST), Error::<Test>::SubnetImmune);
        assert_noop!(Subnets::announce_wind_up(by(ALICE), FIRST), Error::<Test>::NotOwner);
        assert_noop!(Subnets::announce_wind_up(by(OWNER), NetUid(7)), Error::<Test>::UnknownSubnet);
        assert!(Subnets::open(FIRST));
        announce();
        let until = IMMUNE_UNTIL + NOTICE;
        let cause = NoticeCause::Owner;
        assert_eq!(last_event(), Event::NoticeBegan { netuid: FIRST, by: OWNER, cause, until });
        assert_eq!(Ended::get().0, [FIRST]);
        assert_eq!(Subnets::phase(FIRST), SubnetPhase::Notice { until, reserved: false });
        assert!(Subnets::exists(FIRST) && !Subnets::open(FIRST));
        assert_noop!(Subnets::announce_wind_up(by(OWNER), FIRST), Error::<Test>::WindingUp);
    });
}

#[test]
fn notice_should_last_a_week_after_180_days_when_genesis_says_nothing() {
    run_with_subnet(|| {
        at(180 * DAY);
        assert_noop!(Subnets::announce_wind_up(by(OWNER), FIRST), Error::<Test>::SubnetImmune);
        at(1 + 180 * DAY);
        assert_ok!(Subnets::announce_wind_up(by(OWNER), FIRST));
        assert_eq!(Notices::<Test>::get(FIRST).map(|notice| notice.until), Some(1 + 187 * DAY));
    });
}

#[test]
fn every_change_should_be_refused_when_the_subnet_is_under_notice() {
    short_lived(9).build_and_execute(|| {
        subnet();
        neuron(FIRST, 1_001);
        assert_ok!(Subnets::offer_ownership(by(OWNER), FIRST, BOB));
        announce();
        let refused = || Error::<Test>::WindingUp;
        Keys::bind_unchecked(&1_002, &ALICE);
        assert_noop!(register(ALICE, FIRST, 1_002, u64::MAX), refused());
        assert_noop!(Subnets::serve(by(1_001), FIRST, endpoint("8.8.8.8")), refused());
        assert_noop!(Subnets::start(by(OWNER), FIRST), refused());
        assert_noop!(Subnets::set_task(by(OWNER), FIRST, task()), refused());
        assert_noop!(Subnets::set_metadata(by(OWNER), FIRST, name(), metadata("")), refused());
        assert_noop!(Subnets::offer_ownership(by(OWNER), FIRST, ALICE), refused());
        assert_noop!(Subnets::accept_ownership(by(BOB), FIRST), refused());
        assert_noop!(Subnets::withdraw_offer(by(OWNER), FIRST), refused());
        assert_noop!(Subnets::set_owner_hotkey(by(OWNER), FIRST, 1_001), refused());
        let root = RuntimeOrigin::root;
        assert_noop!(Subnets::set_mechanism_count(root(), FIRST, 2), refused());
        for who in [Some(OWNER), None] {
            assert_noop!(set(who, FIRST, &[Hyperparameter::MinWeights(2)]), refused());
        }
    });
}

#[test]
fn subnet_should_be_gone_with_all_its_rows_when_its_notice_is_over() {
    short_lived(9).build_and_execute(|| {
        subnet();
        (1..70).for_each(|uid| assert_eq!(neuron(FIRST, 1_000 + uid).0, uid as u16));
        assert_ok!(Subnets::set_metadata(by(OWNER), FIRST, name(), metadata("text")));
        assert_ok!(Subnets::offer_ownership(by(OWNER), FIRST, BOB));
        subnet();
        announce();
        run_to(IMMUNE_UNTIL + NOTICE - 1);
        assert_eq!(Subnets::neuron_count(FIRST), 70, "not a block sooner");
        run_to(IMMUNE_UNTIL + NOTICE);
        assert_eq!(Ended::get(), (vec![FIRST], vec![FIRST]));
        let told = events();
        assert!(told.contains(&Event::WindUpBegan { netuid: FIRST }));
        assert_eq!(told.last(), Some(&Event::SubnetWoundUp { netuid: FIRST }));
        assert!(!SubnetsMap::<Test>::contains_key(FIRST) && !Notices::<Test>::contains_key(FIRST));
        assert!(!Tasks::<Test>::contains_key(FIRST) && !Metadata::<Test>::contains_key(FIRST));
        assert!(!HyperparametersOf::<Test>::contains_key(FIRST));
        assert!(!RegistrationPrice::<Test>::contains_key(FIRST));
        assert!(!NeuronCount::<Test>::contains_key(FIRST) && !Offers::<Test>::contains_key(FIRST));
        assert_eq!(Neurons::<Test>::iter_prefix(FIRST).count(), 0);
        assert_eq!(Uids::<Test>::iter_prefix(FIRST).count(), 0);
        assert_eq!(Endpoints::<Test>::iter_prefix(FIRST).count(), 0);
        assert_eq!(NoticesEnd::<Test>::get(), NoticeEnds { head: 1, tail: 1 });
        assert_eq!(NoticeQueue::<Test>::iter().count(), 0);
        assert_eq!((Subnets::netuids(), Subnets::subnet_count()), (vec![NetUid(2)], 1));
        assert_eq!(Vacant::<Test>::get().to_vec(), [FIRST]);
        assert_eq!(Subnets::phase(FIRST), SubnetPhase::Open);
    });
}

#[test]
fn winding_up_should_go_on_from_block_to_block_when_there_is_room_for_a_part_only() {
    short_lived(9).build_and_execute(|| {
        subnet();
        (1..200).for_each(|uid| assert_eq!(neuron(FIRST, 1_000 + uid).0, uid as u16));
        Held::mutate(|held| held.insert(FIRST, 300));
        announce();
        at(IMMUNE_UNTIL + NOTICE - 1);
        let base = <() as WeightInfo>::idle_poll() + <() as WeightInfo>::peek_notice();
        let row = <() as WeightInfo>::wind_up_row();
        next_block(base);
        assert_eq!(Subnets::phase(FIRST), SubnetPhase::WindingUp { reserved: false });
        assert_eq!(Held::get()[&FIRST], 300, "no room for a row");
        // A quarter of this is less than what it always may have.
        let small = base + row * u64::from(MIN_ROWS);
        next_block(small);
        assert_eq!(Held::get()[&FIRST], 300 - MIN_ROWS);
        next_block(Weight::zero());
        next_block(small);
        next_block(small);
        assert_eq!(Held::get()[&FIRST], 0);
        let left = Subnets::neuron_count(FIRST);
        assert!(left > 0 && left < 200, "{left}");
        // A row for each neuron, and one to find that there are no endpoints.
        next_block(base + row * u64::from(left));
        assert_eq!(Subnets::neuron_count(FIRST), 1);
        next_block(base + row * 2);
        assert_eq!(Subnets::neuron_count(FIRST), 0);
        assert!(Subnets::exists(FIRST), "no room to hand it over");
        next_block(small);
        assert!(!Subnets::exists(FIRST));
    });
}

#[test]
fn subnets_should_be_wound_up_in_the_order_of_their_notices() {
    short_lived(9).build_and_execute(|| {
        let (first, second) = (subnet(), subnet());
        run_to(IMMUNE_UNTIL);
        assert_ok!(Subnets::announce_wind_up(by(OWNER), second));
        assert_ok!(Subnets::announce_wind_up(by(OWNER), first));
        run_to(IMMUNE_UNTIL + NOTICE);
        assert_eq!(Ended::get().1, [second], "one in a block");
        run_to(IMMUNE_UNTIL + NOTICE + 1);
        assert_eq!(Ended::get().1, [second, first]);
        assert_eq!(Vacant::<Test>::get().to_vec(), [first, second]);
    });
}

#[test]
fn netuid_should_inherit_nothing_when_it_is_used_again() {
    short_lived(9).build_and_execute(|| {
        subnet();
        neuron(FIRST, 1_001);
        assert_ok!(Subnets::set_metadata(by(OWNER), FIRST, name(), metadata("text")));
        assert_ok!(set(None, FIRST, &[Hyperparameter::MinWeights(7)]));
        announce();
        run_to(IMMUNE_UNTIL + NOTICE);
        assert_eq!(subnet(), FIRST);
        assert_eq!(Subnets::neuron_count(FIRST), 1);
        assert_eq!(Subnets::hyperparameters(FIRST), Some(Default::default()));
        assert_eq!(Subnets::metadata(FIRST), Vec::<u8>::new());
        assert_eq!(Subnets::uid_of(FIRST, &1_001), None);
        let now = IMMUNE_UNTIL + NOTICE;
        assert_eq!(SubnetsMap::<Test>::get(FIRST).map(|subnet| subnet.registered_at), Some(now));
        assert_noop!(Subnets::announce_wind_up(by(OWNER), FIRST), Error::<Test>::SubnetImmune);
        assert_eq!(Vacant::<Test>::get().len(), 0);
        assert_eq!(subnet(), NetUid(2));
    });
}

#[test]
fn invariants_should_name_n8_when_a_notice_is_lost_or_a_lock_is_not_in_escrow() {
    short_lived(9).build().execute_with(|| {
        subnet();
        announce();
        assert_eq!(Subnets::check_invariants(), Ok(()));
        let notice = Notices::<Test>::take(FIRST).unwrap();
        let broken = || Subnets::check_invariants().unwrap_err().to_owned();
        assert!(broken().starts_with("N8"), "{}", broken());
        Notices::<Test>::insert(FIRST, Notice { over: true, ..notice.clone() });
        assert_eq!(Subnets::check_invariants(), Ok(()));
        NoticesEnd::<Test>::mutate(|ends| ends.tail += 1);
        assert!(broken().starts_with("N8"), "{}", broken());
        NoticesEnd::<Test>::mutate(|ends| ends.tail -= 1);
        let newcomer =
            crate::Reservation { owner: BOB, hotkey: 200, name: name(), task: task(), lock: 1 };
        crate::Reservations::<Test>::insert(FIRST, newcomer);
        assert!(broken().starts_with("N8"), "{}", broken());
    });
}
