use super::mock::*;
use crate::{Endpoints, Error, Event};
use alun_primitives::{
    traits::NeuronRegistry, Endpoint, Hyperparameter, IpAddress, NetUid, Protocol, Uid,
};
use frame::testing_prelude::*;
use std::net::IpAddr;

const HOTKEY: u64 = 1_001;

pub fn endpoint(ip: &str) -> Endpoint {
    Endpoint {
        ip: IpAddress::from(ip.parse::<IpAddr>().unwrap()),
        port: 8_091,
        protocol: Protocol::Http,
        version: 1,
        tls_fingerprint: None,
        model: Some([5; 32]),
        announced_at: 77,
    }
}

/// Runs a test with [`HOTKEY`] as uid 1.
fn run_with_neuron(test: impl FnOnce()) {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        test();
    });
}

#[test]
fn endpoint_should_be_stored_with_the_block_of_its_announcement_when_its_hotkey_signs() {
    run_with_neuron(|| {
        at(12);
        assert_ok!(Subnets::serve(by(HOTKEY), FIRST, endpoint("8.8.8.8")));
        let stored = Endpoint { announced_at: 12, ..endpoint("8.8.8.8") };
        assert_eq!(Subnets::endpoint(FIRST, Uid(1)), Some(stored));
        assert_eq!(
            last_event(),
            Event::EndpointServed { netuid: FIRST, uid: Uid(1), hotkey: HOTKEY, endpoint: stored }
        );
    });
}

#[test]
fn endpoint_should_be_refused_when_the_signer_holds_no_uid() {
    run_with_neuron(|| {
        let serve = |who, netuid| Subnets::serve(by(who), netuid, endpoint("8.8.8.8"));
        assert_noop!(serve(1_002, FIRST), Error::<Test>::NotANeuron);
        assert_noop!(serve(ALICE, FIRST), Error::<Test>::NotANeuron);
        assert_noop!(serve(HOTKEY, NetUid(2)), Error::<Test>::UnknownSubnet);
        assert_noop!(serve(HOTKEY, NetUid::ROOT), Error::<Test>::UnknownSubnet);
        assert_noop!(
            Subnets::serve(RuntimeOrigin::root(), FIRST, endpoint("8.8.8.8")),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn endpoint_should_be_refused_with_its_reason_when_malformed() {
    run_with_neuron(|| {
        let serve = |endpoint| Subnets::serve(by(HOTKEY), FIRST, endpoint);
        let good = endpoint("8.8.8.8");
        assert_noop!(serve(Endpoint { port: 0, ..good }), Error::<Test>::EndpointZeroPort);
        let https = Endpoint { protocol: Protocol::Https, ..good };
        assert_noop!(serve(https), Error::<Test>::EndpointFingerprint);
        let print = Endpoint { tls_fingerprint: Some([1; 32]), ..good };
        assert_noop!(serve(print), Error::<Test>::EndpointFingerprint);
        assert_noop!(serve(endpoint("0.0.0.0")), Error::<Test>::EndpointNotReachable);
        assert_noop!(serve(endpoint("224.0.0.1")), Error::<Test>::EndpointNotReachable);
        // [A] Validators must not be sent to their own networks.
        for private in ["127.0.0.1", "10.0.0.1", "::1", "::ffff:192.168.1.1", "fd00::1"] {
            assert_noop!(serve(endpoint(private)), Error::<Test>::EndpointPrivate);
        }
        assert_ok!(serve(Endpoint { tls_fingerprint: Some([1; 32]), ..https }));
    });
}

#[test]
fn private_endpoint_should_be_accepted_when_the_chain_is_local() {
    let mut chain = Chain::default();
    chain.subnets.local = true;
    chain.build_and_execute(|| {
        subnet();
        neuron(FIRST, HOTKEY);
        assert_ok!(Subnets::serve(by(HOTKEY), FIRST, endpoint("127.0.0.1")));
    });
}

#[test]
fn endpoint_should_be_refused_when_announced_within_the_rate_limit() {
    run_with_neuron(|| {
        let serve = || Subnets::serve(by(HOTKEY), FIRST, endpoint("8.8.8.8"));
        assert_ok!(serve());
        at(5 * MINUTE);
        assert_noop!(serve(), Error::<Test>::EndpointTooSoon);
        at(1 + 5 * MINUTE);
        assert_ok!(serve());
        // Another neuron has a limit of its own.
        neuron(FIRST, 1_002);
        assert_ok!(Subnets::serve(by(1_002), FIRST, endpoint("8.8.8.8")));
        // Without a limit: as often as one pays.
        assert_ok!(set(None, FIRST, &[Hyperparameter::EndpointRateLimit(0)]));
        assert_ok!(serve());
        assert_ok!(serve());
    });
}

/// [A] Withdrawing in between is no way around the rate limit.
#[test]
fn endpoint_should_be_refused_within_the_rate_limit_when_withdrawn_in_between() {
    run_with_neuron(|| {
        let serve = || Subnets::serve(by(HOTKEY), FIRST, endpoint("8.8.8.8"));
        assert_ok!(serve());
        at(3);
        assert_ok!(Subnets::unserve(by(HOTKEY), FIRST));
        assert_noop!(serve(), Error::<Test>::EndpointTooSoon);
        assert_eq!(Endpoints::<Test>::get(FIRST, Uid(1)), None);
        at(1 + 5 * MINUTE);
        assert_ok!(serve());
    });
}
