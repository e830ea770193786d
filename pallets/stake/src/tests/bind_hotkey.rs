//! Binding a hotkey needs the hotkey's own signature **[A]**.

use crate::{mock::*, Error, Event, Hotkeys, BIND_TAG};
use alun_primitives::{
    traits::{KeyRegistry, RewardSink},
    UNIT,
};
use codec::Encode;
use frame::testing_prelude::*;

fn hotkey() -> AccountId {
    Sr25519Keyring::Ferdie.to_account_id()
}

fn sign(message: &[u8]) -> frame::deps::sp_runtime::MultiSignature {
    Sr25519Keyring::Ferdie.sign(message).into()
}

#[test]
fn payload_should_be_tag_genesis_hash_and_coldkey() {
    build_and_execute(|| {
        let genesis = System::block_hash(0);
        let mut expected = b"alun/bind/1".to_vec();
        expected.extend(genesis.encode());
        expected.extend(dave().encode());
        assert_eq!(Stake::bind_payload(&dave()), expected);
        assert_eq!(expected.len(), BIND_TAG.len() + 64);
    });
}

#[test]
fn hotkey_should_be_bound_when_it_signed_the_bare_payload() {
    build_and_execute(|| {
        let proof = sign(&Stake::bind_payload(&dave()));
        assert_ok!(Stake::bind_hotkey(signed(dave()), hotkey(), proof));
        assert_eq!(Stake::coldkey_of(&hotkey()), Some(dave()));
        System::assert_last_event(Event::HotkeyBound { hotkey: hotkey(), coldkey: dave() }.into());
    });
}

#[test]
fn hotkey_should_be_bound_when_a_wallet_wrapped_the_payload() {
    build_and_execute(|| {
        let wrapped =
            [b"<Bytes>".to_vec(), Stake::bind_payload(&dave()), b"</Bytes>".to_vec()].concat();
        assert_ok!(Stake::bind_hotkey(signed(dave()), hotkey(), sign(&wrapped)));
    });
}

#[test]
fn hotkey_should_not_be_bound_when_the_proof_is_for_another_coldkey_chain_or_key() {
    build_and_execute(|| {
        let other_coldkey = sign(&Stake::bind_payload(&eve()));
        let other_chain = sign(&(BIND_TAG, [7u8; 32], dave()).encode());
        let other_key = Sr25519Keyring::Dave.sign(&Stake::bind_payload(&dave())).into();
        for proof in [other_coldkey, other_chain, other_key] {
            assert_noop!(
                Stake::bind_hotkey(signed(dave()), hotkey(), proof),
                Error::<Test>::BadProof
            );
        }
        assert_eq!(Hotkeys::<Test>::get(hotkey()), None);
    });
}

#[test]
fn hotkey_should_not_be_bound_twice() {
    build_and_execute(|| {
        let proof = sign(&Stake::bind_payload(&dave()));
        assert_ok!(Stake::bind_hotkey(signed(dave()), hotkey(), proof));
        let stolen = sign(&Stake::bind_payload(&eve()));
        assert_noop!(
            Stake::bind_hotkey(signed(eve()), hotkey(), stolen),
            Error::<Test>::AlreadyBound
        );
    });
}

#[test]
fn hotkey_should_be_bindable_to_itself() {
    build_and_execute(|| {
        let proof = sign(&Stake::bind_payload(&hotkey()));
        assert_ok!(Stake::bind_hotkey(signed(hotkey()), hotkey(), proof));
        assert_eq!(Stake::coldkey_of(&hotkey()), Some(hotkey()));
    });
}

/// What Eve, who saw somebody's hotkey and nothing else, has of its first reward of 100 alpha when she
/// was there before its owner, Dave; and what Dave has. `asked`: whether the hotkey must have signed.
fn squatted(asked: bool) -> (u64, u64) {
    build_and_execute(|| {
        if asked {
            let own = Sr25519Keyring::Eve.sign(&Stake::bind_payload(&eve())).into();
            let refused = Stake::bind_hotkey(signed(eve()), hotkey(), own);
            assert_noop!(refused, Error::<Test>::BadProof);
        } else {
            Stake::bind_unchecked(&hotkey(), &eve());
        }
        let proof = sign(&Stake::bind_payload(&dave()));
        let bound = Stake::bind_hotkey(signed(dave()), hotkey(), proof);
        assert_eq!(bound.is_ok(), asked);
        assert!(Stake::reward_position(&hotkey(), alpha(SUBNET, 100 * UNIT)).is_ok());
        let earned = |who| value(&who, &hotkey(), SUBNET);
        (earned(eve()), earned(dave()))
    })
}

/// \[A\] A hotkey is seen before it is bound, on another chain for instance; who binds it has all that it
/// earns from then on.
#[test]
fn squatter_should_earn_nothing_with_the_hotkey_of_another() {
    let ((with, owners), (without, nothing)) = (squatted(true), squatted(false));
    println!(
        "[A] who binds the hotkey of another before its owner does: {with} units of its first \
         reward with the rule, {without} without"
    );
    assert_eq!((with, owners), (0, 100 * UNIT));
    assert_eq!((without, nothing), (100 * UNIT, 0));
}
