//! Each check finds what it is there for.

use super::{mock::*, serve::endpoint};
use crate::{
    Endpoints, HyperparametersOf, NeuronCount, NeuronPage, Neurons, NextNetuid, Offers,
    Subnets as SubnetsMap, Tasks, Uids,
};
use alun_primitives::{traits::KeyRegistry, NetUid, Uid};
use frame::testing_prelude::*;

/// Breaks a sound state of two subnets and gives the number of the invariant found broken.
fn broken(damage: impl FnOnce()) -> String {
    Chain::default().build().execute_with(|| {
        subnet();
        subnet();
        neuron(FIRST, 1_001);
        neuron(FIRST, 1_002);
        assert_ok!(Subnets::serve(by(1_001), FIRST, endpoint("8.8.8.8")));
        assert_eq!(Subnets::check_invariants(), Ok(()));
        damage();
        let found = Subnets::check_invariants().unwrap_err();
        found.split(':').next().unwrap().to_string()
    })
}

#[test]
fn check_should_name_n1_when_uids_have_gaps_or_no_inverse() {
    assert_eq!(broken(|| Neurons::<Test>::remove(FIRST, 0)), "N1");
    assert_eq!(broken(|| Neurons::<Test>::mutate(FIRST, 0, |page| page.truncate(2))), "N1");
    assert_eq!(broken(|| Neurons::<Test>::insert(FIRST, 1, Neurons::<Test>::get(FIRST, 0))), "N1");
    let split = || {
        let mut first = Neurons::<Test>::get(FIRST, 0);
        let last = first.pop().unwrap();
        Neurons::<Test>::insert(FIRST, 0, first);
        Neurons::<Test>::insert(FIRST, 1, NeuronPage::truncate_from(vec![last]));
        NeuronCount::<Test>::insert(FIRST, 3);
    };
    assert_eq!(broken(split), "N1");
    assert_eq!(broken(|| NeuronCount::<Test>::insert(FIRST, 2)), "N1");
    assert_eq!(broken(|| Uids::<Test>::remove(FIRST, 1_002)), "N1");
    assert_eq!(broken(|| Uids::<Test>::insert(FIRST, 1_002, Uid(1))), "N1");
    assert_eq!(broken(|| Uids::<Test>::insert(FIRST, 9, Uid(1))), "N1");
}

#[test]
fn check_should_name_x3_when_a_hotkey_has_no_coldkey() {
    assert_eq!(broken(|| Coldkeys::mutate(|keys| keys.retain(|hotkey, _| *hotkey != 1_001))), "X3");
}

#[test]
fn check_should_name_n2_when_the_owners_hotkey_has_no_uid() {
    let damage = || {
        SubnetsMap::<Test>::mutate(FIRST, |subnet| subnet.as_mut().unwrap().owner_hotkey = 55);
    };
    assert_eq!(broken(damage), "N2");
}

#[test]
fn check_should_name_n3_when_an_endpoint_is_nobodys_or_anothers() {
    let at_uid = |uid| move || Endpoints::<Test>::insert(FIRST, uid, endpoint("8.8.8.8"));
    assert_eq!(broken(at_uid(Uid(9))), "N3");
    assert_eq!(broken(at_uid(Uid(2))), "N3");
}

#[test]
fn check_should_name_n5_when_hyperparameters_are_unsound_or_neurons_too_many() {
    let with = |tempo_ms, max_neurons| {
        move || {
            HyperparametersOf::<Test>::mutate(FIRST, |values| {
                let values = values.as_mut().unwrap();
                values.tempo_ms = tempo_ms;
                values.max_neurons = max_neurons;
            })
        }
    };
    assert_eq!(broken(with(1, 64)), "N5");
    assert_eq!(broken(with(86_400_000, 64)), "N5");
    assert_eq!(broken(with(3_600_000, 2)), "N5");
    assert_eq!(broken(|| HyperparametersOf::<Test>::remove(FIRST)), "N5");
}

#[test]
fn check_should_name_n6_when_something_belongs_to_no_subnet() {
    assert_eq!(broken(|| NextNetuid::<Test>::put(4)), "N6");
    assert_eq!(broken(|| NextNetuid::<Test>::put(2)), "N6");
    assert_eq!(broken(|| Tasks::<Test>::remove(FIRST)), "N6");
    assert_eq!(broken(|| NeuronCount::<Test>::insert(NetUid::ROOT, 1)), "N6");
    assert_eq!(broken(|| Uids::<Test>::insert(NetUid(7), 1, Uid(0))), "N6");
    assert_eq!(broken(|| Offers::<Test>::insert(NetUid(7), BOB)), "N6");
}

#[test]
fn check_should_name_n7_when_a_subnet_has_no_market() {
    let damage = || {
        assert_ok!(Balances::transfer_all(by(market(FIRST)), BOB, false));
    };
    assert_eq!(broken(damage), "N7");
}

#[test]
fn check_should_pass_when_keys_are_bound_that_have_no_uid() {
    run_with_subnet(|| Keys::bind_unchecked(&77, &BOB));
}
