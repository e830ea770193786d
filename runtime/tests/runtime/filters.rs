//! What a proxy may do, and what goes on in an emergency.

use crate::chain::{run_block, signed, state_of};
use alun_primitives::{NetUid, UNIT};
use alun_runtime::{
    configs::governance::ProxyType, Runtime, RuntimeCall, RuntimeOrigin, SafeMode, TxPause,
};
use frame_support::{
    assert_noop, assert_ok,
    traits::{Contains, InstanceFilter},
};
use sp_keyring::Sr25519Keyring;

type CallFilter = <Runtime as frame_system::Config>::BaseCallFilter;

fn transfer() -> RuntimeCall {
    let dest = Sr25519Keyring::Bob.to_account_id().into();
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: 1_000 })
}

fn add_authority() -> RuntimeCall {
    let who = Sr25519Keyring::Bob.to_account_id();
    RuntimeCall::Authorities(pallet_authorities::Call::add_authority { who })
}

#[test]
fn proxy_should_transfer_only_when_it_may_do_anything() {
    for (kind, allowed) in [
        (ProxyType::Any, true),
        (ProxyType::StakeOnly, false),
        (ProxyType::WeightsAndServing, false),
        (ProxyType::Registration, false),
        (ProxyType::Governance, false),
    ] {
        assert_eq!(kind.filter(&transfer()), allowed, "{kind:?}");
        assert!(ProxyType::Any.is_superset(&kind));
        assert_eq!(kind.is_superset(&ProxyType::Any), kind == ProxyType::Any);
    }
}

fn add_stake() -> RuntimeCall {
    let hotkey = Sr25519Keyring::Bob.to_account_id();
    let (netuid, amount, min_received) = (NetUid::ROOT, UNIT, 0);
    RuntimeCall::Stake(pallet_stake::Call::add_stake { hotkey, netuid, amount, min_received })
}

fn unserve() -> RuntimeCall {
    RuntimeCall::Subnets(pallet_subnets::Call::unserve { netuid: NetUid(1) })
}

fn register() -> RuntimeCall {
    let hotkey = Sr25519Keyring::Bob.to_account_id();
    let (netuid, max_price) = (NetUid(1), UNIT);
    RuntimeCall::Subnets(pallet_subnets::Call::register { netuid, hotkey, max_price })
}

#[test]
fn proxy_should_do_its_own_part_and_nothing_else_when_its_type_is_narrow() {
    use ProxyType::{Governance, Registration, StakeOnly, WeightsAndServing};
    for (call, allowed) in [
        (add_stake(), StakeOnly),
        (unserve(), WeightsAndServing),
        (register(), Registration),
        (add_authority(), Governance),
    ] {
        for kind in [StakeOnly, WeightsAndServing, Registration, Governance] {
            assert_eq!(kind.filter(&call), kind == allowed, "{kind:?} {call:?}");
        }
    }
}

#[test]
fn burning_should_be_refused_when_nobody_would_count_it() {
    state_of("local_testnet").execute_with(|| {
        let burn = pallet_balances::Call::burn { value: UNIT, keep_alive: true };
        assert!(!CallFilter::contains(&RuntimeCall::Balances(burn)));
    });
}

#[test]
fn proxy_should_not_escape_its_filter_when_it_batches() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            let (owner, proxy) = (Sr25519Keyring::Charlie, Sr25519Keyring::Dave);
            let add = pallet_proxy::Call::add_proxy {
                delegate: proxy.to_account_id().into(),
                proxy_type: ProxyType::StakeOnly,
                delay: 0,
            };
            let add = signed(owner, 0, 0, RuntimeCall::Proxy(add));
            assert_ok!(alun_runtime::Executive::apply_extrinsic(add).unwrap());
            let before = alun_runtime::Balances::free_balance(owner.to_account_id());
            let batch = pallet_utility::Call::batch { calls: vec![transfer()] };
            let through = pallet_proxy::Call::proxy {
                real: owner.to_account_id().into(),
                force_proxy_type: None,
                call: Box::new(RuntimeCall::Utility(batch)),
            };
            let through = signed(proxy, 0, 0, RuntimeCall::Proxy(through));
            assert_ok!(alun_runtime::Executive::apply_extrinsic(through).unwrap());
            assert_eq!(alun_runtime::Balances::free_balance(owner.to_account_id()), before);
        });
    });
}

#[test]
fn transfers_should_be_refused_when_root_enters_the_safe_mode() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            assert!(CallFilter::contains(&transfer()));
            assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
            assert!(!CallFilter::contains(&transfer()));
            assert!(CallFilter::contains(&add_authority()));
            assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
            assert!(CallFilter::contains(&transfer()));
        });
    });
}

#[test]
fn batch_should_not_carry_a_transfer_when_safe_mode_lets_batches_through() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            let (who, other) = (Sr25519Keyring::Charlie, Sr25519Keyring::Dave);
            assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
            let before = alun_runtime::Balances::free_balance(other.to_account_id());
            let transfer = pallet_balances::Call::transfer_keep_alive {
                dest: other.to_account_id().into(),
                value: UNIT,
            };
            let calls = vec![RuntimeCall::Balances(transfer)];
            let batch = RuntimeCall::Utility(pallet_utility::Call::batch { calls });
            assert!(CallFilter::contains(&batch));
            let batch = signed(who, 0, 0, batch);
            assert_ok!(alun_runtime::Executive::apply_extrinsic(batch).unwrap());
            assert_eq!(alun_runtime::Balances::free_balance(other.to_account_id()), before);
        });
    });
}

#[test]
fn calls_should_be_refused_when_root_pauses_them_unless_the_chain_needs_them() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, || {
            let name = |pallet: &str, call: &str| {
                (
                    pallet.as_bytes().to_vec().try_into().unwrap(),
                    call.as_bytes().to_vec().try_into().unwrap(),
                )
            };
            let pause = |pallet, call| TxPause::pause(RuntimeOrigin::root(), name(pallet, call));
            assert_ok!(pause("Balances", "transfer_keep_alive"));
            assert!(!CallFilter::contains(&transfer()));
            assert_noop!(pause("Timestamp", "set"), pallet_tx_pause::Error::<Runtime>::Unpausable);
        });
    });
}
