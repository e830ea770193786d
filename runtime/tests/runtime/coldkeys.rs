//! A coldkey is swapped on the real chain: what it may not do meanwhile, in whatever wrapper, and what has
//! moved in the end.

use crate::chain::{run_block, signed, state_of};
use alun_primitives::{Hyperparameter, NetUid, Refusal, TaskDescriptor, TaskKind, UNIT};
use alun_runtime::{
    configs::{governance::ProxyType, money::EXISTENTIAL_DEPOSIT},
    market_api::runtime_decl_for_market_api::MarketApiV1,
    AccountId, Balances, Executive, Keys, Multisig, Proxy, Runtime, RuntimeCall, RuntimeOrigin,
    Stake, Subnets, System,
};
use codec::Encode;
use frame_support::{assert_ok, traits::fungible::Inspect};
use sp_keyring::Sr25519Keyring::{
    self, Alice, Bob, BobStash, Charlie, CharlieStash, Dave, Eve, Ferdie, One,
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

const A: NetUid = NetUid(1);

fn by(who: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.to_account_id())
}

fn id(who: Sr25519Keyring) -> AccountId {
    who.to_account_id()
}

fn hash(who: &AccountId) -> [u8; 32] {
    sp_io::hashing::blake2_256(&who.encode())
}

fn bind(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    let payload = Runtime::bind_payload(id(coldkey));
    let proof = hotkey.sign(&payload).into();
    assert_ok!(Stake::bind_hotkey(by(coldkey), id(hotkey), proof));
}

/// Bob owns a subnet and a hotkey with stakers on it and on root.
fn populate() {
    bind(Bob, BobStash);
    bind(Charlie, CharlieStash);
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = b"moved".to_vec().try_into().unwrap();
    assert_ok!(Subnets::register_subnet(by(Bob), id(BobStash), name, task, 1_000 * UNIT));
    assert_ok!(Subnets::register(by(Charlie), A, id(CharlieStash), 100 * UNIT));
    for (staker, on, tokens) in [(Bob, A, 500), (Bob, NetUid::ROOT, 40), (Ferdie, A, 30)] {
        assert_ok!(Stake::add_stake(by(staker), id(BobStash), on, tokens * UNIT, 0));
    }
    let fast = vec![Hyperparameter::Tempo(10_000), Hyperparameter::WeightsRateLimit(0)];
    let changes = fast.try_into().unwrap();
    assert_ok!(Subnets::set_hyperparameters(RuntimeOrigin::root(), A, changes));
    assert_ok!(Subnets::start(by(Bob), A));
    let any = ProxyType::Any;
    assert_ok!(Proxy::add_proxy(by(Bob), id(Dave).into(), any, 0));
}

fn transfer() -> RuntimeCall {
    let dest = id(Eve).into();
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: UNIT })
}

fn dispute() -> RuntimeCall {
    RuntimeCall::Keys(pallet_keys::Call::dispute_coldkey_swap {})
}

fn batch(call: RuntimeCall) -> RuntimeCall {
    RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![call] })
}

fn as_proxy(real: Sr25519Keyring, call: RuntimeCall) -> RuntimeCall {
    let (real, call) = (id(real).into(), Box::new(call));
    RuntimeCall::Proxy(pallet_proxy::Call::proxy { real, force_proxy_type: None, call })
}

fn derived(call: RuntimeCall) -> RuntimeCall {
    RuntimeCall::Utility(pallet_utility::Call::as_derivative { index: 5, call: Box::new(call) })
}

/// By the multisig of two, of which one is enough.
fn as_multisig(other: Sr25519Keyring, call: RuntimeCall) -> RuntimeCall {
    RuntimeCall::Multisig(pallet_multisig::Call::as_multi_threshold_1 {
        other_signatories: vec![id(other)],
        call: Box::new(call),
    })
}

/// Whether a transaction is refused because a coldkey is locked.
fn locked(who: Sr25519Keyring, call: RuntimeCall) -> bool {
    let code = InvalidTransaction::Custom(Refusal::ColdkeyLocked.code());
    let refused = TransactionValidityError::Invalid(code);
    let nonce = System::account_nonce(id(who));
    Executive::apply_extrinsic(signed(who, nonce, 0, call)) == Err(refused)
}

fn run(last: u32, mut inside: impl FnMut(u32)) {
    while System::block_number() < last {
        let number = System::block_number() + 1;
        run_block(number, || if number == 1 { populate() } else { inside(number) });
    }
}

#[test]
fn everything_should_be_the_new_coldkeys_when_the_swap_was_executed() {
    state_of("local_testnet").execute_with(|| {
        run(5, |_| {});
        run(6, |_| {
            assert_ok!(Keys::announce_coldkey_swap(by(Bob), hash(&id(One))));
        });
        // A minute of 1 s blocks.
        run(65, |_| assert!(locked(Bob, transfer())));
        let one = Balances::total_balance(&id(One));
        let execute = |rows| Keys::execute_coldkey_swap(by(Eve), id(Bob), id(One), rows);
        let mut free = 0;
        run(66, |_| {
            free = Balances::free_balance(id(Bob));
            assert!(execute(1).is_err(), "two rows are for the subnets");
            assert_ok!(execute(5));
            assert!(Keys::is_locked(&id(Bob)));
            assert_eq!(Subnets::subnet(A).unwrap().owner, id(One));
        });
        // An epoch pays in between; each block's invariants hold.
        run(72, |_| assert!(locked(Bob, transfer())));
        run(73, |_| {
            assert_ok!(Keys::continue_coldkey_swap(by(Eve), id(Bob), 100));
            assert!(!Keys::is_locked(&id(Bob)));
        });
        assert_eq!(Runtime::coldkey_of(id(BobStash)), Some(id(One)));
        assert_eq!(Runtime::stake_of(id(Bob)), []);
        assert_eq!(Runtime::stake_of(id(One)).len(), 2);
        assert_eq!(Proxy::proxies(id(Bob)).0.len(), 0);
        let gained = Balances::total_balance(&id(One)) - one;
        // The deposit of the proxies came back too. Bob's session keys keep his account alive.
        assert!(gained >= free, "{gained} of {free}");
        assert_eq!(Balances::total_balance(&id(Bob)), EXISTENTIAL_DEPOSIT);
        run(74, |_| {
            assert_ok!(Subnets::offer_ownership(by(One), A, id(Eve)));
        });
    });
}

#[test]
fn locked_coldkey_should_do_nothing_but_dispute_whatever_the_wrapper() {
    state_of("local_testnet").execute_with(|| {
        run(5, |_| {});
        run(6, |_| {
            assert_ok!(Keys::announce_coldkey_swap(by(Bob), hash(&id(One))));
            for call in
                [transfer(), batch(transfer()), derived(transfer()), as_proxy(Eve, transfer())]
            {
                assert!(locked(Bob, call.clone()), "{call:?}");
            }
            // [A] Nothing that would fail either: its fee would eat up what is left for a dispute.
            let on = pallet_keys::Call::continue_coldkey_swap { old: id(Bob), most_rows: 100 };
            assert!(locked(Bob, RuntimeCall::Keys(on)) && locked(Bob, batch(dispute())));
            // By a proxy, wrapped again.
            assert!(locked(Dave, as_proxy(Bob, transfer())));
            assert!(locked(Dave, batch(as_proxy(Bob, batch(transfer())))));
            let sudo =
                pallet_sudo::Call::sudo_as { who: id(Bob).into(), call: Box::new(transfer()) };
            assert!(locked(Alice, RuntimeCall::Sudo(sudo)));
            // Others are free, and so are a proxy's own calls.
            assert!(!locked(Eve, transfer()) && !locked(Dave, batch(transfer())));
            // The proxy may dispute.
            assert!(!locked(Dave, as_proxy(Bob, dispute())));
            let lock = pallet_keys::Locks::<Runtime>::get(id(Bob));
            assert_eq!(lock, Some(pallet_keys::Lock::Disputed));
            assert!(locked(Bob, transfer()) && locked(Bob, dispute()), "it is disputed already");
        });
    });
}

#[test]
fn multisig_and_derived_account_should_be_locked_when_they_are_coldkeys() {
    state_of("local_testnet").execute_with(|| {
        run(5, |_| {});
        run(6, |_| {
            let mut members = vec![id(Eve), id(Ferdie)];
            members.sort();
            let multi = Multisig::multi_account_id(&members, 1);
            let derivative = pallet_utility::derivative_account_id(id(Eve), 5);
            assert!(!locked(Eve, as_multisig(Ferdie, transfer())));
            for coldkey in [multi.clone(), derivative] {
                let origin = RuntimeOrigin::signed(coldkey);
                assert_ok!(Keys::announce_coldkey_swap(origin, hash(&id(One))));
            }
            assert!(locked(Eve, as_multisig(Ferdie, transfer())));
            assert!(locked(Ferdie, as_multisig(Eve, transfer())));
            assert!(locked(Eve, batch(as_multisig(Ferdie, transfer()))));
            assert!(locked(Eve, derived(transfer())));
            assert!(!locked(Eve, as_multisig(Ferdie, dispute())));
            assert_eq!(
                pallet_keys::Locks::<Runtime>::get(multi),
                Some(pallet_keys::Lock::Disputed)
            );
            assert!(!locked(Eve, transfer()), "its members are free");
        });
    });
}
