//! Authorities come and go at session changes, by root.

use crate::chain::{run_block, signed, slot_of, state_of};
use alun_runtime::{
    configs::money::EXISTENTIAL_DEPOSIT, Aura, Authorities, Balances, Runtime, RuntimeCall,
    RuntimeOrigin, Session, SessionKeys, Sudo, System,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use pallet_authorities::Error;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Blocks in a session of the local preset: 60 s of 1 s slots.
const SESSION: u32 = 60;

/// The accounts that make blocks now, by their Aura keys.
fn aura() -> Vec<Sr25519Keyring> {
    pallet_aura::Authorities::<Runtime>::get()
        .into_iter()
        .map(|key| Sr25519Keyring::from_raw_public(key.into_inner().0).unwrap())
        .collect()
}

fn run_blocks(numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| run_block(number, || {}));
}

/// Announces session keys for Charlie, as `session.setKeys` would after checking the proof.
fn announce_charlie() {
    let keys = SessionKeys {
        aura: Sr25519Keyring::Charlie.public().into(),
        grandpa: Ed25519Keyring::Charlie.public().into(),
    };
    pallet_session::NextKeys::<Runtime>::insert(Sr25519Keyring::Charlie.to_account_id(), keys);
}

#[test]
fn authority_should_make_blocks_two_sessions_later_when_root_adds_it() {
    let charlie = Sr25519Keyring::Charlie.to_account_id();
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            let add = || Authorities::add_authority(RuntimeOrigin::root(), charlie.clone());
            assert_noop!(add(), Error::<Runtime>::NoSessionKeys);
            announce_charlie();
            assert_ok!(add());
        });
        run_blocks(2..SESSION + 2);
        assert_eq!(aura(), [Sr25519Keyring::Alice, Sr25519Keyring::Bob]);
        run_blocks(SESSION + 2..2 * SESSION + 2);
        assert_eq!(aura(), [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie]);
        assert!(Session::validators().contains(&charlie));
        assert_ok!(Authorities::check_invariants());
    });
}

#[test]
fn authority_should_stop_two_sessions_later_when_root_removes_it() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            let remove = |who: Sr25519Keyring| {
                Authorities::remove_authority(RuntimeOrigin::root(), who.to_account_id())
            };
            assert_ok!(remove(Sr25519Keyring::Alice));
            assert_noop!(remove(Sr25519Keyring::Bob), Error::<Runtime>::LastAuthority);
        });
        run_blocks(2..2 * SESSION + 2);
        assert_eq!(aura(), [Sr25519Keyring::Bob]);
        assert_eq!(Aura::authorities_len(), 1);
    });
}

#[test]
fn fees_and_tips_should_go_to_the_author_when_a_transaction_pays_them() {
    state_of("local_testnet").execute_with(|| {
        let (number, amount, tip) = (1, 10_000 * EXISTENTIAL_DEPOSIT, 12_345);
        // Slots go round among Alice and Bob.
        let author = [Sr25519Keyring::Alice, Sr25519Keyring::Bob][(slot_of(number) % 2) as usize];
        let (payer, payee) = (Sr25519Keyring::Charlie, Sr25519Keyring::Dave);
        let balance = |who: Sr25519Keyring| Balances::balance(&who.to_account_id());
        let before = [balance(payer), balance(payee), balance(author)];
        let issuance = Balances::total_issuance();
        run_block(number, || {
            let dest = payee.to_account_id().into();
            let transfer = pallet_balances::Call::transfer_keep_alive { dest, value: amount };
            let transfer = signed(payer, 0, tip, RuntimeCall::Balances(transfer));
            assert_ok!(alun_runtime::Executive::apply_extrinsic(transfer).unwrap());
        });
        let fee = balance(author) - before[2];
        assert!(fee > tip, "the fee of {fee} holds the tip of {tip}");
        assert_eq!(balance(payee), before[1] + amount);
        assert_eq!(balance(payer), before[0] - amount - fee);
        assert_eq!(Balances::total_issuance(), issuance);
    });
}

#[test]
fn sudo_key_should_be_alices_when_the_preset_is_local() {
    state_of("local_testnet").execute_with(|| {
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Sr25519Keyring::Alice.to_account_id()));
        run_block(1, || {
            let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
            let root = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
            assert_ok!(Sudo::sudo(root, Box::new(call)));
            assert!(System::event_count() > 0);
        });
    });
}
