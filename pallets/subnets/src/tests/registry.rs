use super::{mock::*, serve::endpoint};
use alun_primitives::{traits::NeuronRegistry, Hyperparameters, NetUid, Uid};
use frame::testing_prelude::*;

#[test]
fn registry_should_know_subnets_and_neurons() {
    run_with_subnet(|| {
        at(4);
        neuron(FIRST, 1_001);
        assert_ok!(Subnets::serve(by(1_001), FIRST, endpoint("8.8.8.8")));
        assert!(Subnets::exists(FIRST) && !Subnets::started(FIRST));
        assert_eq!(Subnets::neuron_count(FIRST), 2);
        assert_eq!(Subnets::mechanism_count(FIRST), 1);
        assert_eq!(Subnets::hotkey_of(FIRST, Uid(1)), Some(1_001));
        assert_eq!(Subnets::uid_of(FIRST, &1_001), Some(Uid(1)));
        assert_eq!(Subnets::registered_at(FIRST, Uid(1)), Some(4));
        assert_eq!(Subnets::owner(FIRST), Some(OWNER));
        assert_eq!(Subnets::owner_hotkey(FIRST), Some(OWNER_HOTKEY));
        assert_eq!(Subnets::hyperparameters(FIRST), Some(Hyperparameters::default()));
        assert!(Subnets::endpoint(FIRST, Uid(1)).is_some());
        assert_eq!(Subnets::endpoint(FIRST, Uid(0)), None);
        assert_eq!(Subnets::neuron(FIRST, Uid(1)).unwrap().registered_at, 4);
        assert_eq!(Subnets::netuids(), vec![FIRST]);
    });
}

#[test]
fn registry_should_know_nothing_of_root_and_of_unknown_subnets() {
    run_with_subnet(|| {
        for netuid in [NetUid::ROOT, NetUid(2)] {
            assert!(!Subnets::exists(netuid) && !Subnets::started(netuid));
            assert_eq!(Subnets::neuron_count(netuid), 0);
            assert_eq!(Subnets::hotkey_of(netuid, Uid(0)), None);
            assert_eq!(Subnets::uid_of(netuid, &OWNER_HOTKEY), None);
            assert_eq!(Subnets::registered_at(netuid, Uid(0)), None);
            assert_eq!(Subnets::owner(netuid), None);
            assert_eq!(Subnets::owner_hotkey(netuid), None);
            assert_eq!(Subnets::hyperparameters(netuid), None);
            assert_eq!(Subnets::registration_price(netuid), None);
        }
        assert_eq!(Subnets::registrations_of(&BOB), vec![]);
    });
}
