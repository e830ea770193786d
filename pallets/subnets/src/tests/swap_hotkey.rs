//! A hotkey takes another's place: it has its uids, as if it had always had them.

use super::{mock::*, serve::endpoint};
use crate::{Endpoints, Error, Event, Neuron, Uids};
use alun_primitives::{
    traits::{HotkeySwap, KeyRegistry, NeuronRegistry, OnHotkeySwapped, Rows},
    NetUid, Uid,
};
use frame::testing_prelude::*;

const OLD: u64 = 1_001;
const NEW: u64 = 2_001;

/// Puts a hotkey in another's place.
fn swap(old: u64, new: u64, seats: &[NetUid]) {
    let coldkey = Keys::coldkey_of(&old).unwrap();
    Coldkeys::mutate(|keys| keys.remove(&old));
    Keys::bind_unchecked(&new, &coldkey);
    Successors::mutate(|all| all.insert(old, new));
    let swap = HotkeySwap { coldkey, old, new, seats: seats.to_vec() };
    let mut rows = Rows::new(2 * seats.len() as u32);
    assert!(Subnets::on_hotkey_swapped(&swap, &mut rows));
    assert!(!rows.take(), "two rows for each uid");
    assert_eq!(Subnets::check_invariants(), Ok(()));
}

#[test]
fn uids_should_be_the_new_hotkeys_with_all_that_counts_from_registration() {
    run_with_subnet(|| {
        let second = subnet();
        at(7);
        assert_eq!(neuron(FIRST, OLD), Uid(1));
        at(9);
        assert_eq!(neuron(FIRST, 1_002), Uid(2));
        assert_eq!(neuron(second, OLD), Uid(1));
        let before = [FIRST, second].map(|netuid| Subnets::neuron(netuid, Uid(1)).unwrap());
        Replaced::set(Vec::new());
        swap(OLD, NEW, &[FIRST, second]);
        let after = [FIRST, second].map(|netuid| Subnets::neuron(netuid, Uid(1)).unwrap());
        assert_eq!(after.clone().map(|neuron| neuron.hotkey), [NEW, NEW]);
        assert_eq!(after.map(|neuron| Neuron { hotkey: OLD, ..neuron }), before);
        assert_eq!(Subnets::uid_of(FIRST, &NEW), Some(Uid(1)));
        assert!(
            !Uids::<Test>::contains_key(FIRST, OLD) && !Uids::<Test>::contains_key(second, OLD)
        );
        assert_eq!(Subnets::hotkey_of(FIRST, Uid(2)), Some(1_002));
        assert_eq!(Replaced::get(), [], "row, bonds and score stay");
    });
}

#[test]
fn endpoint_should_go_and_its_rate_limit_stay_when_the_hotkey_is_swapped() {
    run_with_subnet(|| {
        neuron(FIRST, OLD);
        at(100);
        assert_ok!(Subnets::serve(by(OLD), FIRST, endpoint("8.8.8.8")));
        swap(OLD, NEW, &[FIRST]);
        assert_eq!(
            last_event(),
            Event::EndpointWithdrawn { netuid: FIRST, uid: Uid(1), hotkey: OLD }
        );
        assert_eq!(Endpoints::<Test>::iter().count(), 0);
        let serve = |who| Subnets::serve(by(who), FIRST, endpoint("9.9.9.9"));
        assert_noop!(serve(OLD), Error::<Test>::NotANeuron);
        assert_noop!(serve(NEW), Error::<Test>::EndpointTooSoon);
        at(100 + HOUR);
        assert_ok!(serve(NEW));
    });
}

#[test]
fn owner_should_stand_for_its_subnet_by_the_new_hotkey_when_it_swapped_the_old_one() {
    run_with_subnet(|| {
        swap(OWNER_HOTKEY, NEW, &[FIRST]);
        assert_eq!(Subnets::owner_hotkey(FIRST), Some(NEW));
        fill();
        at(1 + 12 * HOUR);
        assert_eq!(Subnets::eviction_rank(FIRST, Uid(0)), None);
        assert_eq!(neuron(FIRST, 5_000), Uid(1), "the owner stays");
    });
}

#[test]
fn newcomer_should_enter_by_the_new_hotkey_when_it_swapped_while_it_waited() {
    short_lived(1).build_and_execute(|| {
        subnet();
        run_to(1 + IMMUNITY);
        crate::LastLock::<Test>::kill();
        Keys::bind_unchecked(&200, &BOB);
        assert_ok!(Subnets::register_subnet(by(BOB), 200, name(), task(), u64::MAX));
        swap(200, NEW, &[]);
        run_to(System::block_number() + NOTICE);
        let info = Subnets::subnet(FIRST).unwrap();
        assert_eq!((info.owner, info.owner_hotkey), (BOB, NEW));
        assert_eq!(Subnets::uid_of(FIRST, &NEW), Some(Uid(0)));
    });
}

#[test]
fn swap_should_stop_when_it_runs_out_of_rows() {
    run_with_subnet(|| {
        neuron(FIRST, OLD);
        let seats = vec![FIRST];
        let swap = HotkeySwap { coldkey: ALICE, old: OLD, new: NEW, seats };
        assert!(!Subnets::on_hotkey_swapped(&swap, &mut Rows::new(1)));
        assert_eq!(Subnets::uid_of(FIRST, &OLD), Some(Uid(1)), "nothing is half done");
    });
}
