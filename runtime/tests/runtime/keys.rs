//! The hotkeys of a validator, a miner and an owner are swapped: between commit and reveal, between an
//! epoch and its pay, while root parts wait. Nothing is lost or burned, and the invariants hold after each
//! block ([`run_block`]).

use crate::chain::{run_block, signed, state_of};
use alun_primitives::{
    commit_preimage,
    traits::{EpochDue, EpochPayout, EpochShare, KeyRegistry, KeySuccession, NeuronRegistry},
    Alpha, Endpoint, Hyperparameter, IpAddress, MechanismId, NetUid, Protocol, TaskDescriptor,
    TaskKind, Uid, WeightCommit, UNIT,
};
use alun_runtime::{
    configs::governance::ProxyType, market_api::runtime_decl_for_market_api::MarketApiV1,
    AccountId, Emission, Executive, Keys, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Stake,
    Subnets, System,
};
use frame_support::{assert_noop, assert_ok, traits::InstanceFilter};
use sp_keyring::Sr25519Keyring::{
    self, Alice, AliceStash, Bob, BobStash, Charlie, CharlieStash, Dave, DaveStash, Eve, EveStash,
    Ferdie, FerdieStash, One, Two,
};

const A: NetUid = NetUid(1);
const FIRST: MechanismId = MechanismId::FIRST;
const SALT: [u8; 32] = [9; 32];
const OWNER: Uid = Uid(0);
const VALIDATOR: Uid = Uid(1);
const MINER: Uid = Uid(2);

fn by(who: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.to_account_id())
}

fn bind(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    let payload = Runtime::bind_payload(coldkey.to_account_id());
    let proof = hotkey.sign(&payload).into();
    assert_ok!(Stake::bind_hotkey(by(coldkey), hotkey.to_account_id(), proof));
}

fn stake(staker: Sr25519Keyring, hotkey: Sr25519Keyring, netuid: NetUid, tokens: u64) {
    assert_ok!(Stake::add_stake(by(staker), hotkey.to_account_id(), netuid, tokens * UNIT, 0));
}

/// A subnet with epochs of ten blocks, the first at block 3: the owner's hotkey, Bob's validator with
/// nominators here and on root, Charlie's miner, and Dave's hotkey, which lends to Bob's.
fn populate() {
    pallet_stake::ChildDelay::<Runtime>::put(1_000);
    bind(Alice, AliceStash);
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = b"swapped".to_vec().try_into().unwrap();
    let hotkey = AliceStash.to_account_id();
    assert_ok!(Subnets::register_subnet(by(Alice), hotkey, name, task, 1_000 * UNIT));
    for (coldkey, hotkey) in [(Bob, BobStash), (Charlie, CharlieStash), (Dave, DaveStash)] {
        bind(coldkey, hotkey);
        assert_ok!(Subnets::register(by(coldkey), A, hotkey.to_account_id(), 100 * UNIT));
    }
    stake(Bob, BobStash, A, 5_000);
    stake(Ferdie, BobStash, A, 3_000);
    stake(Dave, DaveStash, A, 500);
    stake(Ferdie, BobStash, NetUid::ROOT, 20_000);
    let lenders = vec![DaveStash.to_account_id()].try_into().unwrap();
    assert_ok!(Stake::set_lenders(by(Bob), BobStash.to_account_id(), A, lenders));
    let children = vec![(BobStash.to_account_id(), 400_000)].try_into().unwrap();
    assert_ok!(Stake::set_children(by(Dave), DaveStash.to_account_id(), A, children));
    let changes = vec![
        Hyperparameter::Tempo(10_000),
        Hyperparameter::WeightsRateLimit(0),
        Hyperparameter::StakeThreshold(100 * UNIT),
    ];
    let changes = changes.try_into().unwrap();
    assert_ok!(Subnets::set_hyperparameters(RuntimeOrigin::root(), A, changes));
    let endpoint = Endpoint {
        ip: IpAddress::V4([8, 8, 8, 8]),
        port: 8_091,
        protocol: Protocol::Http,
        version: 1,
        tls_fingerprint: None,
        model: None,
        announced_at: 0,
    };
    assert_ok!(Subnets::serve(by(CharlieStash), A, endpoint));
    assert_ok!(Subnets::start(by(Alice), A));
}

/// A row of the validator, promised by a hotkey and named by it.
fn commit(by: Sr25519Keyring) -> RuntimeCall {
    let preimage = commit_preimage(&WeightCommit {
        genesis: System::block_hash(0).into(),
        netuid: A,
        mechanism: FIRST,
        hotkey: by.to_raw_public(),
        uids: vec![MINER.0],
        values: vec![1],
        evidence_root: [0; 32],
        version: 0,
        salt: SALT,
    });
    let hash = sp_io::hashing::blake2_256(&preimage);
    let call = pallet_weights::Call::commit_weights { netuid: A, mechanism: FIRST, hash };
    RuntimeCall::Weights(call)
}

fn reveal(named: Sr25519Keyring) -> RuntimeCall {
    RuntimeCall::Weights(pallet_weights::Call::reveal_weights {
        netuid: A,
        mechanism: FIRST,
        hotkey: named.to_account_id(),
        uids: vec![MINER.0].try_into().unwrap(),
        values: vec![1].try_into().unwrap(),
        evidence_root: [0; 32],
        version: 0,
        salt: SALT,
    })
}

fn swap_call(coldkey: Sr25519Keyring, old: Sr25519Keyring, new: Sr25519Keyring) -> RuntimeCall {
    let payload = Runtime::bind_payload(coldkey.to_account_id());
    RuntimeCall::Keys(pallet_keys::Call::swap_hotkey {
        old: old.to_account_id(),
        new: new.to_account_id(),
        proof: new.sign(&payload).into(),
        most_rows: 100,
    })
}

fn send(who: Sr25519Keyring, nonce: u32, call: RuntimeCall) {
    assert_ok!(Executive::apply_extrinsic(signed(who, nonce, 0, call)).unwrap());
}

/// By a transaction with a fee.
fn swap(coldkey: Sr25519Keyring, old: Sr25519Keyring, new: Sr25519Keyring, nonce: u32) {
    send(coldkey, nonce, swap_call(coldkey, old, new));
}

/// Runs blocks up to and with `last`; says what the pallets told in them.
fn run(last: u32, mut inside: impl FnMut(u32)) -> Vec<RuntimeEvent> {
    let mut told = Vec::new();
    while System::block_number() < last {
        let number = System::block_number() + 1;
        run_block(number, || if number == 1 { populate() } else { inside(number) });
        told.extend(System::events().into_iter().map(|record| record.event));
    }
    told
}

fn value(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring, netuid: NetUid) -> u64 {
    let positions = Runtime::stake_of(coldkey.to_account_id());
    let hotkey = hotkey.to_account_id();
    let found = positions.iter().find(|one| (&one.hotkey, one.netuid) == (&hotkey, netuid));
    found.map_or(0, |one| one.value)
}

/// What was burned of what neurons earned.
fn burned(told: &[RuntimeEvent]) -> u64 {
    let burned = |event: &RuntimeEvent| match event {
        RuntimeEvent::Emission(pallet_emission::Event::DividendsPaid { burned, .. }) => burned.0,
        RuntimeEvent::Emission(pallet_emission::Event::EmissionBurned { amount, .. }) => amount.0,
        _ => 0,
    };
    told.iter().map(burned).sum()
}

/// The three swaps: validator, miner, owner.
fn swap_all() {
    swap(Bob, BobStash, Two, 0);
    swap(Charlie, CharlieStash, One, 0);
    swap(Alice, AliceStash, EveStash, 0);
}

#[test]
fn everything_should_go_on_when_hotkeys_are_swapped_between_commit_and_reveal() {
    state_of("local_testnet").execute_with(|| {
        run(6, |number| {
            if number == 5 {
                send(BobStash, 0, commit(BobStash));
            }
        });
        let before = Runtime::metagraph(A, FIRST).unwrap();
        let ferdie = value(Ferdie, BobStash, A);
        run(7, |_| swap_all());
        let after = Runtime::metagraph(A, FIRST).unwrap();
        for (old, new) in before.neurons.iter().zip(&after.neurons) {
            assert_eq!((old.uid, old.registered_at), (new.uid, new.registered_at));
            assert_eq!((old.permit, old.stake_weight), (new.permit, new.stake_weight));
            assert_eq!(old.coldkey, new.coldkey);
        }
        let hotkeys: Vec<_> = after.neurons.iter().map(|one| one.hotkey.clone()).collect();
        assert_eq!(hotkeys, [EveStash, Two, One, DaveStash].map(|key| key.to_account_id()));
        assert_eq!(Subnets::owner_hotkey(A), Some(EveStash.to_account_id()));
        assert!(before.neurons[MINER.index()].endpoint.is_some());
        assert!(after.neurons[MINER.index()].endpoint.is_none());
        assert!(value(Ferdie, Two, A) >= ferdie);
        assert_eq!((value(Ferdie, BobStash, A), value(Ferdie, BobStash, NetUid::ROOT)), (0, 0));

        // A program with the new key goes on where the old one was. The row pays at block 23.
        run(22, |number| {
            if number == 15 {
                let fees = pallet_balances::Call::transfer_keep_alive {
                    dest: Two.to_account_id().into(),
                    value: UNIT,
                };
                send(Bob, 1, RuntimeCall::Balances(fees));
                send(Two, 0, reveal(Two));
            }
        });
        let (bob, ferdie) = (value(Bob, Two, A), value(Ferdie, Two, A));
        let root = value(Ferdie, Two, NetUid::ROOT);
        let told = run(45, |_| {});
        assert_eq!(burned(&told), 0);
        assert!(value(Charlie, One, A) > 0, "the miner's pay");
        assert!(value(Alice, EveStash, A) > 0, "the owner's cut");
        assert!(value(Bob, Two, A) > bob && value(Ferdie, Two, A) > ferdie);
        assert!(value(Ferdie, Two, NetUid::ROOT) > root, "the root part");
        assert!(value(Dave, DaveStash, A) > 0);
        let lender_paid = told.iter().any(|event| {
            matches!(event, RuntimeEvent::Stake(pallet_stake::Event::LenderRewarded { hotkey, .. })
                if *hotkey == Two.to_account_id())
        });
        assert!(lender_paid, "the lender's part");
        for old in [BobStash, CharlieStash, AliceStash] {
            assert_eq!(Stake::coldkey_of(&old.to_account_id()), None);
            assert_eq!(pallet_stake::Pools::<Runtime>::iter_prefix(old.to_account_id()).count(), 0);
        }
    });
}

/// The rows of the first test without its swaps: all is earned by the first hotkeys, up to block 22.
fn until_pay_is_near() {
    run(22, |number| match number {
        5 => send(BobStash, 0, commit(BobStash)),
        15 => send(BobStash, 1, reveal(BobStash)),
        _ => {}
    });
}

fn claims() -> Vec<AccountId> {
    let next = pallet_market::NextClaims::<Runtime>::get(A).into_iter().map(|claim| claim.0);
    let current = pallet_market::CurrentClaims::<Runtime>::get(A).into_iter().map(|claim| claim.0);
    let dues = pallet_market::Dues::<Runtime>::get(A).into_iter().map(|due| due.0);
    next.chain(current).chain(dues).collect()
}

#[test]
fn what_waits_should_reach_the_new_hotkeys_when_the_old_ones_earned_it() {
    state_of("local_testnet").execute_with(|| {
        until_pay_is_near();
        // The epoch is paid, and its root parts wait to be sold.
        let mut waited = false;
        run(24, |number| {
            if number == 24 {
                waited = claims().contains(&BobStash.to_account_id());
                swap_all();
            }
        });
        assert!(waited, "a root part waits for the old hotkey");
        let root = value(Ferdie, Two, NetUid::ROOT);
        let told = run(32, |_| {});
        let paid = told.iter().any(|event| {
            matches!(event, RuntimeEvent::Market(pallet_market::Event::RootPartPaid { hotkey, .. })
                if *hotkey == BobStash.to_account_id())
        });
        assert!(paid, "what waited for the old hotkey was sold and paid");
        let root_pool = pallet_stake::Pools::<Runtime>::get(Two.to_account_id(), NetUid::ROOT);
        let on_the_way = root_pool.unwrap().pool.stream.remaining;
        assert!(value(Ferdie, Two, NetUid::ROOT) > root || on_the_way > 0);
        // Of the epoch before the swap, the explanation finds the nominator in the renamed pool.
        let why = Runtime::explain_nominator(A, FIRST, VALIDATOR, Ferdie.to_account_id());
        let why = why.expect("an epoch was paid");
        assert_eq!((why.hotkey, why.owns), (BobStash.to_account_id(), false));
        assert!(why.pools.iter().all(|pool| pool.points > 0));
        let told = run(45, |_| {});
        assert_eq!(burned(&told), 0);
    });
}

#[test]
fn open_payout_should_reach_the_new_hotkeys_when_they_were_swapped_in_between() {
    state_of("local_testnet").execute_with(|| {
        until_pay_is_near();
        run(25, |_| {});
        let share = |uid, hotkey: Sr25519Keyring, incentive, dividends| EpochShare {
            uid,
            hotkey: hotkey.to_account_id(),
            incentive,
            dividends,
            active_stake: dividends,
        };
        let shares = [share(VALIDATOR, BobStash, 0, 1), share(MINER, CharlieStash, 1, 0)];
        let mut dues = Vec::new();
        run(26, |_| {
            let opening = Emission::open(A, FIRST, 99, 10, &shares);
            assert!(opening.total > Alpha::ZERO && opening.burned.is_zero());
            for (share, (incentive, dividends)) in shares.iter().zip(opening.dues) {
                let (uid, hotkey) = (share.uid, share.hotkey.clone());
                dues.push(EpochDue { uid, hotkey, incentive, dividends });
            }
        });
        run(27, |_| swap_all());
        let charlie = value(Charlie, One, A);
        run(28, |_| {
            let reached = Emission::pay(A, FIRST, &dues);
            assert!(reached.iter().all(|one| one.dividends.burned.is_zero()));
            assert_eq!(reached[0].amount(), dues[0].dividends);
            assert_eq!(reached[1].amount(), dues[1].incentive);
            assert_eq!(Emission::close(A, FIRST), Alpha::ZERO);
            let gained = value(Charlie, One, A) - charlie;
            assert!(dues[1].incentive.0 - gained <= 1, "{gained}");
        });
        let told = run(45, |_| {});
        assert_eq!(burned(&told), 0);
    });
}

#[test]
fn old_hotkey_should_do_nothing_any_more_when_it_was_swapped() {
    state_of("local_testnet").execute_with(|| {
        run(3, |_| {});
        run(4, |number| {
            swap_all();
            assert_eq!(number, 4);
            assert_eq!(Keys::successor(&BobStash.to_account_id()), Some(Two.to_account_id()));
            let netuid = A;
            assert_noop!(
                Subnets::unserve(by(CharlieStash), netuid),
                pallet_subnets::Error::<Runtime>::NotANeuron
            );
            let payload = Runtime::bind_payload(Bob.to_account_id());
            let proof = BobStash.sign(&payload).into();
            assert_noop!(
                Stake::bind_hotkey(by(Bob), BobStash.to_account_id(), proof),
                pallet_stake::Error::<Runtime>::Retired
            );
            let again = swap_call(Bob, Two, FerdieStash);
            let sent = Executive::apply_extrinsic(signed(Bob, 1, 0, again)).unwrap();
            assert_eq!(sent.unwrap_err(), pallet_keys::Error::<Runtime>::TooSoon.into());
            assert_eq!(Subnets::uid_of(A, &EveStash.to_account_id()), Some(OWNER));
        });
    });
}

#[test]
fn fee_should_be_of_what_was_moved_when_more_was_declared() {
    let fee = |most: u32| {
        state_of("local_testnet").execute_with(|| {
            run(3, |_| {});
            let mut fee = 0;
            run(4, |_| {
                let before = alun_runtime::Balances::free_balance(Bob.to_account_id());
                let mut call = swap_call(Bob, BobStash, Two);
                if let RuntimeCall::Keys(pallet_keys::Call::swap_hotkey { most_rows, .. }) =
                    &mut call
                {
                    *most_rows = most;
                }
                send(Bob, 0, call);
                fee = before - alun_runtime::Balances::free_balance(Bob.to_account_id());
            });
            fee
        })
    };
    let (tight, loose) = (fee(40), fee(1_000));
    // The length of the number is all that differs.
    assert!(loose.abs_diff(tight) <= tight / 50, "{tight} {loose}");
}

#[test]
fn hotkey_should_be_swapped_by_a_proxy_only_when_it_may_do_anything() {
    let call = swap_call_of(Eve);
    for kind in [
        ProxyType::StakeOnly,
        ProxyType::WeightsAndServing,
        ProxyType::Registration,
        ProxyType::Governance,
    ] {
        assert!(!kind.filter(&call), "{kind:?}");
    }
    assert!(ProxyType::Any.filter(&call));
}

/// A swap for the filter, which looks at no argument.
fn swap_call_of(who: Sr25519Keyring) -> RuntimeCall {
    RuntimeCall::Keys(pallet_keys::Call::swap_hotkey {
        old: who.to_account_id(),
        new: who.to_account_id(),
        proof: who.sign(b"").into(),
        most_rows: 0,
    })
}
