use super::mock::*;
use crate::{Error, Event, HyperparametersOf, NeuronCount, Uids, WeightInfo};
use alun_primitives::{traits::KeyRegistry, Hyperparameter, Hyperparameters, NetUid, Uid, UNIT};
use frame::testing_prelude::*;

const HOTKEY: u64 = 1_001;

#[test]
fn neuron_should_get_the_next_uid_and_burn_the_price_when_there_is_room() {
    run_with_subnet(|| {
        at(5);
        Keys::bind_unchecked(&HOTKEY, &ALICE);
        let price = Subnets::registration_price(FIRST).unwrap();
        assert_ok!(register(ALICE, FIRST, HOTKEY, price));

        assert_eq!(Uids::<Test>::get(FIRST, HOTKEY), Some(Uid(1)));
        assert_eq!(NeuronCount::<Test>::get(FIRST), 2);
        let neuron = Subnets::neuron(FIRST, Uid(1)).unwrap();
        assert_eq!((neuron.hotkey, neuron.registered_at), (HOTKEY, 5));
        assert_eq!((neuron.immune_until, neuron.announced_at), (5 + 12 * HOUR, None));
        assert_eq!(Balances::free_balance(ALICE), RICHES - price);
        assert_eq!(Burned::get(), price);
        assert_eq!(Replaced::get().last(), Some(&(FIRST, Uid(1), None, HOTKEY)));
        assert_eq!(
            last_event(),
            Event::NeuronRegistered {
                netuid: FIRST,
                uid: Uid(1),
                hotkey: HOTKEY,
                coldkey: ALICE,
                price,
                immune_until: 5 + 12 * HOUR
            }
        );
    });
}

#[test]
fn neurons_of_one_coldkey_should_be_able_to_register_on_several_subnets_by_one_hotkey() {
    run_with_subnet(|| {
        let second = subnet();
        assert_eq!(neuron(FIRST, HOTKEY), Uid(1));
        assert_eq!(neuron(second, HOTKEY), Uid(1));
        assert_eq!(Subnets::registrations_of(&HOTKEY), vec![FIRST, second]);
    });
}

/// [A] Many registrations in one block do not all pay the same low price.
#[test]
fn price_should_grow_at_each_registration_when_all_are_in_one_block() {
    run_with_subnet(|| {
        let mut expected = UNIT / 2;
        for hotkey in 1_001..1_020 {
            assert_eq!(Subnets::registration_price(FIRST), Some(expected));
            neuron(FIRST, hotkey);
            expected = (expected * 126).div_ceil(100);
        }
        assert!(expected > 40 * UNIT);
    });
}

#[test]
fn price_should_halve_in_36_minutes_and_stay_within_its_bounds_when_left_alone() {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        let price = |block| {
            at(block);
            Subnets::registration_price(FIRST).unwrap()
        };
        let start = price(1);
        assert_eq!(start, 630_000_000);
        assert_eq!(price(1 + 36 * MINUTE), start / 2);
        assert_eq!(price(1 + 72 * MINUTE), start / 4);
        assert!(price(1 + 18 * MINUTE) > start / 2 && price(1 + 18 * MINUTE) < start);
        assert_eq!(price(DAY), UNIT / 2_000, "price_min");
        assert_eq!(price(u32::MAX), UNIT / 2_000);
        // Growth starts from the price paid, not from what lies below the minimum.
        neuron(FIRST, HOTKEY + 1);
        assert_eq!(Subnets::registration_price(FIRST), Some(630_000));
    });
}

#[test]
fn price_should_not_pass_price_max_when_registrations_go_on() {
    run_with_subnet(|| {
        assert_ok!(set(None, FIRST, &[Hyperparameter::PriceMax(UNIT)]));
        for hotkey in 1_001..1_010 {
            neuron(FIRST, hotkey);
            assert!(Subnets::registration_price(FIRST).unwrap() <= UNIT);
        }
        assert_eq!(Subnets::registration_price(FIRST), Some(UNIT));
        // A change of bounds holds at once.
        assert_ok!(set(None, FIRST, &[Hyperparameter::PriceMax(UNIT / 4)]));
        assert_eq!(Subnets::registration_price(FIRST), Some(UNIT / 4));
    });
}

#[test]
fn prices_of_subnets_should_be_independent() {
    run_with_subnet(|| {
        let second = subnet();
        neuron(FIRST, HOTKEY);
        assert_eq!(Subnets::registration_price(second), Some(UNIT / 2));
        assert_eq!(Subnets::registration_price(NetUid(9)), None);
    });
}

#[test]
fn registration_should_be_refused_when_the_price_is_above_max_price() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&HOTKEY, &ALICE);
        let price = Subnets::registration_price(FIRST).unwrap();
        assert_noop!(register(ALICE, FIRST, HOTKEY, price - 1), Error::<Test>::PriceAboveMax);
        assert_ok!(register(ALICE, FIRST, HOTKEY, price));
    });
}

#[test]
fn registration_should_be_refused_when_the_subnet_is_unknown() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&HOTKEY, &ALICE);
        for netuid in [NetUid::ROOT, NetUid(2), NetUid(u16::MAX)] {
            let refused = register(ALICE, netuid, HOTKEY, u64::MAX);
            assert_noop!(refused, Error::<Test>::UnknownSubnet);
        }
    });
}

#[test]
fn registration_should_be_refused_when_the_hotkey_is_not_the_callers() {
    run_with_subnet(|| {
        let refused = register(ALICE, FIRST, HOTKEY, u64::MAX);
        assert_noop!(refused, Error::<Test>::HotkeyNotBound);
        Keys::bind_unchecked(&HOTKEY, &ALICE);
        assert_noop!(register(BOB, FIRST, HOTKEY, u64::MAX), Error::<Test>::HotkeyOfAnother);
        // A hotkey does not register itself.
        let refused = register(HOTKEY, FIRST, HOTKEY, u64::MAX);
        assert_noop!(refused, Error::<Test>::HotkeyOfAnother);
    });
}

#[test]
fn registration_should_be_refused_when_the_hotkey_holds_a_uid_already() {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        let refused = register(ALICE, FIRST, HOTKEY, u64::MAX);
        assert_noop!(refused, Error::<Test>::AlreadyRegistered);
        let refused = register(OWNER, FIRST, OWNER_HOTKEY, u64::MAX);
        assert_noop!(refused, Error::<Test>::AlreadyRegistered);
    });
}

#[test]
fn registration_should_be_refused_when_the_balance_is_below_the_price() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&HOTKEY, &POOR);
        assert_noop!(register(POOR, FIRST, HOTKEY, u64::MAX), Error::<Test>::BalanceBelowPrice);
        assert_ok!(Balances::transfer_allow_death(by(BOB), POOR, UNIT / 2));
        // The existential deposit stays: the coldkey is not reaped by registering.
        assert_noop!(register(POOR, FIRST, HOTKEY, u64::MAX), Error::<Test>::BalanceBelowPrice);
        assert_ok!(Balances::transfer_allow_death(by(BOB), POOR, 500));
        assert_ok!(register(POOR, FIRST, HOTKEY, u64::MAX));
        assert_eq!(Balances::free_balance(POOR), 500);
    });
}

#[test]
fn tokens_should_not_pay_for_a_registration_when_they_went_into_a_lock() {
    run(|| {
        Keys::bind_unchecked(&200, &POOR);
        Keys::bind_unchecked(&201, &POOR);
        let lock = Subnets::subnet_lock();
        assert_ok!(Balances::transfer_allow_death(by(BOB), POOR, lock + 500));
        assert_ok!(Subnets::register_subnet(by(POOR), 200, name(), task(), u64::MAX));
        assert_noop!(register(POOR, FIRST, 201, u64::MAX), Error::<Test>::BalanceBelowPrice);
    });
}

#[test]
fn registration_should_be_refused_when_not_signed() {
    run_with_subnet(|| {
        for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
            let refused = Subnets::register(origin, FIRST, HOTKEY, u64::MAX);
            assert_eq!(refused.map_err(|error| error.error), Err(DispatchError::BadOrigin));
        }
    });
}

/// [A] The end of immunity is fixed at registration: neither an owner who lowers it can throw
/// neurons out, nor one who raises it keep friends in.
#[test]
fn immunity_should_end_as_fixed_at_registration_when_the_owner_changes_it() {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        let fixed = Subnets::neuron(FIRST, Uid(1)).unwrap().immune_until;
        assert_ok!(set(Some(OWNER), FIRST, &[Hyperparameter::Immunity(14 * 86_400_000)]));
        assert_eq!(Subnets::neuron(FIRST, Uid(1)).unwrap().immune_until, fixed);
        neuron(FIRST, HOTKEY + 1);
        assert_eq!(Subnets::neuron(FIRST, Uid(2)).unwrap().immune_until, 1 + 14 * DAY);
    });
}

#[test]
fn fee_should_be_for_the_subnets_own_size_when_registering() {
    run_with_subnet(|| {
        Keys::bind_unchecked(&HOTKEY, &ALICE);
        let paid = Subnets::register(by(ALICE), FIRST, HOTKEY, u64::MAX).unwrap();
        assert_eq!(paid.actual_weight, Some(<() as WeightInfo>::register(1)));
        let refused = Subnets::register(by(ALICE), FIRST, HOTKEY, u64::MAX).unwrap_err();
        assert_eq!(refused.post_info.actual_weight, Some(<() as WeightInfo>::register(2)));
    });
}

#[test]
fn registration_should_work_up_to_max_neurons_and_not_past_it() {
    run_with_subnet(|| {
        HyperparametersOf::<Test>::insert(
            FIRST,
            Hyperparameters { max_neurons: 64, ..Hyperparameters::default() },
        );
        for hotkey in 1_001..1_064 {
            neuron(FIRST, hotkey);
        }
        assert_eq!(NeuronCount::<Test>::get(FIRST), 64);
        Keys::bind_unchecked(&2_000, &ALICE);
        let refused = register(ALICE, FIRST, 2_000, u64::MAX);
        assert_noop!(refused, Error::<Test>::TooFewEvictable);
    });
}
