//! Who gets a slot when all are taken.

use super::mock::*;
use crate::{
    Error, Event, LastLock, NoticeCause, Notices, PriceMark, Reservations, Subnets as SubnetsMap,
    Vacant,
};
use alun_primitives::{
    traits::{KeyRegistry, NeuronRegistry},
    views::SubnetPhase,
    Balance, BlockNumber, NetUid, UNIT,
};
use frame::{deps::frame_support::weights::WeightMeter, testing_prelude::*, traits::Hooks};

const MIN_LOCK: Balance = 1_000 * UNIT;

/// Fills a chain of `limit` slots, and goes to where the immunity of all is over.
fn filled(limit: u16) {
    (1..=limit).for_each(|n| assert_eq!(subnet(), NetUid(n)));
    run_to(1 + IMMUNITY);
    // Nothing is left of the locks before.
    LastLock::<Test>::kill();
}

/// A newcomer registers a subnet by a hotkey of its own.
fn come(coldkey: u64, hotkey: u64) -> DispatchResult {
    Keys::bind_unchecked(&hotkey, &coldkey);
    Subnets::register_subnet(by(coldkey), hotkey, name(), task(), u64::MAX)
        .map(|_| ())
        .map_err(|error| error.error)
}

fn price(netuid: u16, price: u128) {
    Prices::mutate(|prices| prices.insert(NetUid(netuid), price));
}

fn escrow() -> Balance {
    Balances::free_balance(Subnets::escrow())
}

#[test]
fn newcomer_should_wait_for_the_slot_of_the_lowest_price_when_all_are_taken() {
    short_lived(3).build_and_execute(|| {
        filled(3);
        [(1, 30), (2, 10), (3, 20)].into_iter().for_each(|(netuid, of)| price(netuid, of));
        let now = System::block_number();
        assert_ok!(come(BOB, 200));
        let (netuid, until) = (NetUid(2), now + NOTICE);
        assert_eq!(
            events().split_off(events().len() - 2),
            [
                Event::NoticeBegan { netuid, by: BOB, cause: NoticeCause::LowestPrice, until },
                Event::SlotReserved {
                    netuid,
                    owner: BOB,
                    hotkey: 200,
                    name: name(),
                    lock: MIN_LOCK,
                    until
                },
            ]
        );
        assert_eq!((escrow(), Balances::free_balance(BOB)), (MIN_LOCK, RICHES - MIN_LOCK));
        assert_eq!(LastLock::<Test>::get(), PriceMark { price: MIN_LOCK, block: now });
        assert_eq!(Subnets::phase(netuid), SubnetPhase::Notice { until, reserved: true });
        assert_eq!(Ended::get().0, [netuid], "one notice, and no other");
        run_to(until - 1);
        assert_eq!(SubnetsMap::<Test>::get(netuid).map(|subnet| subnet.owner), Some(OWNER));
        run_to(until);
        let info = SubnetsMap::<Test>::get(netuid).unwrap();
        assert_eq!((info.owner, info.owner_hotkey, info.lock), (BOB, 200, MIN_LOCK));
        assert_eq!((info.registered_at, info.name), (until, name()));
        assert_eq!((escrow(), seeded(netuid)), (0, MIN_LOCK));
        assert!(!Reservations::<Test>::contains_key(netuid));
        assert_eq!(Subnets::subnet_count(), 3);
        assert!(Vacant::<Test>::get().is_empty());
    });
}

/// \[A\] Two newcomers, two notices: nobody shares a slot or takes another's, neither while it is
/// reserved, nor in the block in which it is free.
#[test]
fn reserved_slot_should_not_be_taken_by_another() {
    short_lived(2).build_and_execute(|| {
        filled(2);
        price(2, 1);
        assert_ok!(come(BOB, 200));
        assert_ok!(come(ALICE, 300));
        let waits =
            |netuid: NetUid| Reservations::<Test>::get(netuid).map(|newcomer| newcomer.owner);
        assert_eq!([FIRST, NetUid(2)].map(waits), [Some(BOB), Some(ALICE)]);
        assert_eq!(escrow(), MIN_LOCK + 2 * MIN_LOCK);
        // A third finds no slot, whatever it pays, and pays nothing.
        let before = Balances::free_balance(BOB);
        assert_noop!(come(BOB, 201), Error::<Test>::NoSlot);
        assert_eq!(Balances::free_balance(BOB), before);
        // Root raises the limit, and lowers it below what there is: the reservations hold.
        let limit = |limit| Subnets::set_subnet_limit(RuntimeOrigin::root(), limit);
        assert_ok!(limit(3));
        assert_ok!(come(BOB, 201));
        assert_eq!(Subnets::netuids(), [1, 2, 3].map(NetUid));
        assert_ok!(limit(2));
        assert_noop!(come(BOB, 202), Error::<Test>::SubnetLimitReached);
        let until = System::block_number() + NOTICE;
        run_to(until);
        assert_noop!(come(BOB, 202), Error::<Test>::SubnetLimitReached);
        run_to(until + 1);
        let owner = |netuid| SubnetsMap::<Test>::get(netuid).map(|subnet| subnet.owner);
        assert_eq!([FIRST, NetUid(2)].map(owner), [Some(BOB), Some(ALICE)]);
    });
}

/// What is paid for the slot of the only subnet by Bob, who waits out its notice, and by Alice, who comes in
/// the block after; `None` for who does not get it. `kept`: whether it is kept for who waits.
fn contested(kept: bool) -> [Option<Balance>; 2] {
    short_lived(1).build().execute_with(|| {
        filled(1);
        assert_ok!(come(BOB, 200));
        let until = System::block_number() + NOTICE;
        run_to(until - 1);
        if !kept {
            Reservations::<Test>::remove(FIRST);
        }
        at(until);
        let limits: frame_system::limits::BlockWeights =
            <Test as frame_system::Config>::BlockWeights::get();
        Subnets::on_poll(until, &mut WeightMeter::with_limit(limits.max_block));
        at(until + 1);
        let _ = come(ALICE, 300);
        let info = SubnetsMap::<Test>::get(FIRST).expect("somebody has it");
        [BOB, ALICE]
            .map(|who| (info.owner == who && info.registered_at >= until).then_some(info.lock))
    })
}

/// \[A\] Who comes when a slot gets free, and not before: it waits for nothing, no notice is opened for it,
/// and what Bob paid for the notice is lost to him.
#[test]
fn sniper_should_not_get_the_slot_for_which_another_waited() {
    let (with, without) = (contested(true), contested(false));
    println!(
        "[A] the slots of (who waited, who came when it got free), by what each paid: {with:?} with \
         the rule, {without:?} without"
    );
    assert_eq!(with, [Some(MIN_LOCK), None]);
    let [None, Some(paid)] = without else { panic!("{without:?}") };
    assert!(paid >= MIN_LOCK);
}

#[test]
fn newcomer_should_get_the_slot_that_an_owner_gives_up_when_nobody_waits_for_it() {
    short_lived(2).build_and_execute(|| {
        filled(2);
        price(1, 9);
        assert_ok!(Subnets::announce_wind_up(by(OWNER), FIRST));
        run_to(System::block_number() + 3);
        assert_ok!(come(BOB, 200));
        assert_eq!(
            Ended::get().0,
            [FIRST],
            "the other one's price is lower, but one leaves anyway"
        );
        assert!(Reservations::<Test>::contains_key(FIRST));
        run_to(System::block_number() + NOTICE - 3);
        assert_eq!(SubnetsMap::<Test>::get(FIRST).map(|subnet| subnet.owner), Some(BOB));
    });
}

#[test]
fn newcomer_should_be_refused_when_every_subnet_is_in_its_immunity() {
    short_lived(2).build_and_execute(|| {
        (1..=2).for_each(|n| assert_eq!(subnet(), NetUid(n)));
        run_to(IMMUNITY);
        assert_noop!(come(BOB, 200), Error::<Test>::NoSlot);
        run_to(1 + IMMUNITY);
        assert_ok!(come(BOB, 200));
    });
}

#[test]
fn immunity_should_be_respected_when_the_lowest_price_is_of_a_young_subnet() {
    short_lived(2).build_and_execute(|| {
        subnet();
        let block: BlockNumber = 30;
        run_to(block);
        subnet();
        [(1, 100), (2, 1)].into_iter().for_each(|(netuid, of)| price(netuid, of));
        run_to(1 + IMMUNITY);
        assert_ok!(come(BOB, 200));
        assert_eq!(Ended::get().0, [FIRST]);
        assert_noop!(come(BOB, 201), Error::<Test>::NoSlot);
        // Who entered is immune as long as anybody.
        run_to(block + IMMUNITY + NOTICE);
        assert_ok!(come(BOB, 201));
        assert!(!Notices::<Test>::contains_key(FIRST));
        assert!(Notices::<Test>::contains_key(NetUid(2)));
    });
}

#[test]
fn oldest_should_give_way_when_prices_are_the_same() {
    short_lived(3).build_and_execute(|| {
        (1..=3).for_each(|n| assert_eq!(subnet(), NetUid(n)));
        SubnetsMap::<Test>::mutate(NetUid(3), |info| info.as_mut().unwrap().registered_at = 0);
        run_to(1 + IMMUNITY);
        for hotkey in [200, 201, 202] {
            assert_ok!(come(BOB, hotkey));
        }
        assert_eq!(Ended::get().0, [3, 1, 2].map(NetUid));
    });
}

#[test]
fn newcomer_should_get_its_lock_back_when_its_hotkey_is_not_its_own_any_more() {
    short_lived(1).build_and_execute(|| {
        filled(1);
        assert_ok!(come(BOB, 200));
        Keys::bind_unchecked(&200, &ALICE);
        run_to(1 + IMMUNITY + NOTICE);
        let refunded = Event::ReservationRefunded { netuid: FIRST, owner: BOB, lock: MIN_LOCK };
        assert_eq!(last_event(), refunded);
        assert_eq!((Balances::free_balance(BOB), escrow()), (RICHES, 0));
        assert_eq!((Subnets::subnet_count(), Vacant::<Test>::get().to_vec()), (0, vec![FIRST]));
        assert!(!Subnets::exists(FIRST));
        // Anybody may have it now.
        assert_ok!(come(BOB, 202));
        assert!(Subnets::exists(FIRST));
    });
}

#[test]
fn newcomer_should_be_refused_when_no_subnet_is_allowed_at_all() {
    short_lived(0).build_and_execute(|| {
        assert_noop!(come(BOB, 200), Error::<Test>::NoSlot);
    });
}
