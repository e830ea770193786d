use super::{mock::*, serve::endpoint};
use crate::{Endpoints, Error, Event};
use alun_primitives::{NetUid, Uid};
use frame::testing_prelude::*;

const HOTKEY: u64 = 1_001;

#[test]
fn endpoint_should_go_when_its_hotkey_withdraws_it() {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        assert_ok!(Subnets::serve(by(HOTKEY), FIRST, endpoint("8.8.8.8")));
        assert_ok!(Subnets::unserve(by(HOTKEY), FIRST));
        assert_eq!(Endpoints::<Test>::get(FIRST, Uid(1)), None);
        let withdrawn = Event::EndpointWithdrawn { netuid: FIRST, uid: Uid(1), hotkey: HOTKEY };
        assert_eq!(last_event(), withdrawn);
        assert_noop!(Subnets::unserve(by(HOTKEY), FIRST), Error::<Test>::NoEndpoint);
    });
}

#[test]
fn withdrawal_should_be_refused_when_there_is_nothing_of_the_signer() {
    run_with_subnet(|| {
        neuron(FIRST, HOTKEY);
        assert_ok!(Subnets::serve(by(HOTKEY), FIRST, endpoint("8.8.8.8")));
        assert_noop!(Subnets::unserve(by(OWNER_HOTKEY), FIRST), Error::<Test>::NoEndpoint);
        assert_noop!(Subnets::unserve(by(ALICE), FIRST), Error::<Test>::NotANeuron);
        assert_noop!(Subnets::unserve(by(HOTKEY), NetUid(2)), Error::<Test>::UnknownSubnet);
        assert_noop!(Subnets::unserve(RuntimeOrigin::root(), FIRST), DispatchError::BadOrigin);
    });
}
