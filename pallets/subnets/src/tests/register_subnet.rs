use super::mock::*;
use crate::{
    price::LOCK_DECAY_MS, Error, Event, LastLock, NeuronCount, NextNetuid, PriceMark,
    RegistrationPrice, Subnets as SubnetsMap, Tasks, WeightInfo, MAX_SUBNETS,
};
use alun_primitives::{
    traits::{KeyRegistry, NeuronRegistry},
    Hyperparameters, NetUid, Uid, UNIT,
};
use frame::{deps::frame_support::dispatch::GetDispatchInfo, testing_prelude::*};

const MIN_LOCK: u64 = 1_000 * UNIT;

/// Calls `register_subnet` without its refund.
fn call(who: u64, hotkey: u64, max_lock: u64) -> DispatchResult {
    Subnets::register_subnet(by(who), hotkey, name(), task(), max_lock)
        .map(|_| ())
        .map_err(|error| error.error)
}

#[test]
fn subnet_should_be_registered_with_its_owners_hotkey_as_uid_0_when_the_lock_is_paid() {
    run(|| {
        at(7);
        Keys::bind_unchecked(&OWNER_HOTKEY, &OWNER);
        assert_ok!(call(OWNER, OWNER_HOTKEY, MIN_LOCK));

        let info = SubnetsMap::<Test>::get(FIRST).unwrap();
        assert_eq!((info.owner, info.owner_hotkey, info.lock), (OWNER, OWNER_HOTKEY, MIN_LOCK));
        assert_eq!((info.registered_at, info.started_at, info.mechanisms), (7, None, 1));
        assert_eq!((info.name, Tasks::<Test>::get(FIRST)), (name(), Some(task())));
        assert_eq!(Subnets::hyperparameters(FIRST), Some(Hyperparameters::default()));
        assert_eq!(Subnets::registration_price(FIRST), Some(UNIT / 2));
        assert_eq!(RegistrationPrice::<Test>::get(FIRST), PriceMark { price: UNIT / 2, block: 7 });
        assert_eq!(NeuronCount::<Test>::get(FIRST), 1);
        let neuron = Subnets::neuron(FIRST, Uid(0)).unwrap();
        assert_eq!((neuron.hotkey, neuron.registered_at), (OWNER_HOTKEY, 7));
        assert_eq!(neuron.immune_until, 7 + 12 * HOUR);
        assert_eq!((Balances::free_balance(OWNER), seeded(FIRST)), (RICHES - MIN_LOCK, MIN_LOCK));
        assert_eq!(Burned::get(), 0, "the owner's hotkey pays no registration price");
        assert_eq!(Replaced::get(), vec![(FIRST, Uid(0), None, OWNER_HOTKEY)]);
        assert_eq!(
            events(),
            vec![
                Event::SubnetRegistered {
                    netuid: FIRST,
                    owner: OWNER,
                    hotkey: OWNER_HOTKEY,
                    lock: MIN_LOCK
                },
                Event::MetadataSet { netuid: FIRST, name: name(), metadata: metadata("") },
                Event::TaskSet { netuid: FIRST, task: task() },
                Event::NeuronRegistered {
                    netuid: FIRST,
                    uid: Uid(0),
                    hotkey: OWNER_HOTKEY,
                    coldkey: OWNER,
                    price: 0,
                    immune_until: 7 + 12 * HOUR
                },
            ]
        );
    });
}

#[test]
fn subnets_should_have_netuids_from_1_and_never_that_of_root() {
    run(|| {
        assert!(!Subnets::exists(NetUid::ROOT));
        assert_eq!([subnet(), subnet(), subnet()], [NetUid(1), NetUid(2), NetUid(3)]);
        assert!(!Subnets::exists(NetUid::ROOT));
        assert_eq!(Subnets::netuids(), vec![NetUid(1), NetUid(2), NetUid(3)]);
    });
}

#[test]
fn lock_should_double_at_once_and_decay_linearly_over_14_days_when_subnets_are_registered() {
    run(|| {
        assert_eq!(Subnets::subnet_lock(), MIN_LOCK);
        subnet();
        assert_eq!(Subnets::subnet_lock(), 2 * MIN_LOCK);
        subnet();
        assert_eq!(Subnets::subnet_lock(), 4 * MIN_LOCK);
        assert_eq!([FIRST, NetUid(2)].map(seeded), [MIN_LOCK, 2 * MIN_LOCK]);
        at(1 + 7 * DAY);
        assert_eq!(Subnets::subnet_lock(), 2 * MIN_LOCK);
        at(1 + 14 * DAY);
        assert_eq!(Subnets::subnet_lock(), MIN_LOCK);
        assert_eq!(u64::from(14 * DAY) * 6_000, LOCK_DECAY_MS);
        at(1 + 400 * DAY);
        subnet();
        assert_eq!(LastLock::<Test>::get(), PriceMark { price: MIN_LOCK, block: 1 + 400 * DAY });
        assert_eq!(Balances::free_balance(OWNER), RICHES - 4 * MIN_LOCK);
    });
}

#[test]
fn subnet_should_be_refused_when_its_lock_is_above_max_lock() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&200, &BOB);
        assert_noop!(call(BOB, 200, 2 * MIN_LOCK - 1), Error::<Test>::LockAboveMax);
        assert_ok!(call(BOB, 200, 2 * MIN_LOCK));
    });
}

#[test]
fn subnet_should_be_refused_when_the_balance_is_below_the_lock() {
    run(|| {
        Keys::bind_unchecked(&200, &POOR);
        assert_noop!(call(POOR, 200, u64::MAX), Error::<Test>::BalanceBelowLock);
        assert_ok!(Balances::transfer_allow_death(by(BOB), POOR, MIN_LOCK));
        // The account must stay alive without its lock.
        assert_noop!(call(POOR, 200, u64::MAX), Error::<Test>::BalanceBelowLock);
        assert_ok!(Balances::transfer_allow_death(by(BOB), POOR, 500));
        assert_ok!(call(POOR, 200, u64::MAX));
        assert_eq!(Balances::free_balance(POOR), 500);
    });
}

#[test]
fn subnet_should_be_refused_when_the_hotkey_is_not_the_callers() {
    run(|| {
        assert_noop!(call(OWNER, 200, u64::MAX), Error::<Test>::HotkeyNotBound);
        Keys::bind_unchecked(&200, &BOB);
        assert_noop!(call(OWNER, 200, u64::MAX), Error::<Test>::HotkeyOfAnother);
        assert_noop!(
            Subnets::register_subnet(RuntimeOrigin::root(), 200, name(), task(), u64::MAX),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn subnet_should_be_refused_when_its_name_or_task_is_no_text() {
    run(|| {
        Keys::bind_unchecked(&OWNER_HOTKEY, &OWNER);
        let with_name = |name: &[u8]| {
            let name = name.to_vec().try_into().unwrap();
            Subnets::register_subnet(by(OWNER), OWNER_HOTKEY, name, task(), u64::MAX)
                .map(|_| ())
                .map_err(|error| error.error)
        };
        for bad in [&b""[..], b"  ", b"\xff\xfe", b"red\x1b[31m", b"two\nlines"] {
            assert_noop!(with_name(bad), Error::<Test>::BadName);
        }
        let mut broken = task();
        broken.parameters = vec![0xc3, 0x28].try_into().unwrap();
        assert_noop!(
            Subnets::register_subnet(by(OWNER), OWNER_HOTKEY, name(), broken, u64::MAX)
                .map_err(|error| error.error),
            Error::<Test>::BadTaskParameters
        );
        assert_ok!(with_name("Wörter & Bilder 語".as_bytes()));
    });
}

#[test]
fn subnet_should_be_refused_when_the_limit_is_reached() {
    run_with_subnet(|| {
        assert_ok!(Subnets::set_subnet_limit(RuntimeOrigin::root(), 1));
        Keys::bind_unchecked(&200, &BOB);
        // The one that there is cannot give way yet.
        assert_noop!(call(BOB, 200, u64::MAX), Error::<Test>::NoSlot);
        assert_ok!(Subnets::set_subnet_limit(RuntimeOrigin::root(), 2));
        assert_ok!(call(BOB, 200, u64::MAX));
        assert_noop!(call(BOB, 200, u64::MAX), Error::<Test>::NoSlot);
        assert_ok!(Subnets::set_subnet_limit(RuntimeOrigin::root(), 1));
        assert_noop!(call(BOB, 200, u64::MAX), Error::<Test>::SubnetLimitReached);
    });
}

#[test]
fn lock_should_come_back_when_the_market_refuses_it() {
    run_with_subnet(|| {
        LeastSeed::set(2 * MIN_LOCK + 1);
        Keys::bind_unchecked(&200, &BOB);
        assert_noop!(call(BOB, 200, u64::MAX), Error::<Test>::MarketNotOpened);
        assert_eq!((Balances::free_balance(BOB), Burned::get()), (RICHES, 0));
        LeastSeed::set(2 * MIN_LOCK);
        assert_ok!(call(BOB, 200, u64::MAX));
        assert_eq!(seeded(NetUid(2)), 2 * MIN_LOCK);
    });
}

#[test]
fn subnet_should_be_refused_when_its_netuid_has_a_market_already() {
    run(|| {
        Keys::bind_unchecked(&200, &BOB);
        assert_ok!(Balances::transfer_allow_death(by(ALICE), market(FIRST), UNIT));
        assert_noop!(call(BOB, 200, u64::MAX), Error::<Test>::MarketNotOpened);
    });
}

#[test]
fn fee_should_be_for_the_number_of_subnets_when_one_is_registered() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&200, &BOB);
        let (name, task) = (name(), task());
        let bound = crate::Call::<Test>::register_subnet {
            hotkey: 200,
            name: name.clone(),
            task: task.clone(),
            max_lock: u64::MAX,
        };
        let most = <() as WeightInfo>::register_subnet(MAX_SUBNETS.into());
        assert_eq!(bound.get_dispatch_info().call_weight, most);
        assert_eq!(NextNetuid::<Test>::get(), 2);
        let refused = Subnets::register_subnet(by(BOB), 200, name.clone(), task.clone(), 0);
        let actual = Some(<() as WeightInfo>::register_subnet(1));
        assert_eq!(refused.unwrap_err().post_info.actual_weight, actual);
        let paid = Subnets::register_subnet(by(BOB), 200, name, task, u64::MAX);
        assert_eq!(paid.unwrap().actual_weight, actual);
    });
}
