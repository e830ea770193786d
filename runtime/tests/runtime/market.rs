//! The whole way on one chain: subnet, neurons, stake, committed and revealed weights, epoch, pay.

use crate::chain::{run_block, signed, state_of};
use alun_primitives::{
    commit_preimage,
    traits::NeuronRegistry,
    views::{Metagraph, RowValidity},
    Alpha, Eviction, Hyperparameter, MechanismId, NetUid, Refusal, TaskDescriptor, TaskKind, Uid,
    WeightCommit, UNIT,
};
use alun_runtime::{
    market_api::runtime_decl_for_market_api::MarketApiV1, AccountId, Executive, Runtime,
    RuntimeCall, RuntimeEvent, RuntimeOrigin, Stake, Subnets, System, UncheckedExtrinsic,
};
use frame_support::assert_ok;
use sp_keyring::Sr25519Keyring::{
    self, Alice, AliceStash, Bob, BobStash, Charlie, CharlieStash, Dave, DaveStash, Eve, EveStash,
};
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
};

const NETUID: NetUid = NetUid(1);
const FIRST: MechanismId = MechanismId::FIRST;
const SALT: [u8; 32] = [9; 32];
const VALIDATOR: Uid = Uid(1);
const MINER: Uid = Uid(2);

fn by(who: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.to_account_id())
}

/// Binds a hotkey with its signature and registers it.
fn join(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    bind(coldkey, hotkey);
    assert_ok!(Subnets::register(by(coldkey), NETUID, hotkey.to_account_id(), 100 * UNIT));
}

fn bind(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    let payload = Runtime::bind_payload(coldkey.to_account_id());
    let proof = hotkey.sign(&payload).into();
    assert_ok!(Stake::bind_hotkey(by(coldkey), hotkey.to_account_id(), proof));
}

/// A subnet of Alice with epochs of ten blocks, Bob's validator, Charlie's miner, and Dave's stake
/// on Bob's hotkey. Epoch 0 is due at block 3.
fn open_the_market() {
    bind(Alice, AliceStash);
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = b"embedding".to_vec().try_into().unwrap();
    let hotkey = AliceStash.to_account_id();
    assert_ok!(Subnets::register_subnet(by(Alice), hotkey, name, task, 1_000 * UNIT));
    join(Bob, BobStash);
    join(Charlie, CharlieStash);
    for (staker, tokens) in [(Bob, 5_000), (Dave, 3_000)] {
        let (amount, hotkey) = (tokens * UNIT, BobStash.to_account_id());
        let quote = Runtime::quote_add(hotkey.clone(), NETUID, amount).unwrap();
        assert_ok!(Stake::add_stake(by(staker), hotkey, NETUID, amount, quote.received));
    }
    // The pool of a young subnet sells fewer alpha than the usual threshold.
    let changes = vec![
        Hyperparameter::Tempo(10_000),
        Hyperparameter::WeightsRateLimit(0),
        Hyperparameter::StakeThreshold(100 * UNIT),
    ];
    let changes = changes.try_into().unwrap();
    assert_ok!(Subnets::set_hyperparameters(RuntimeOrigin::root(), NETUID, changes));
    assert_ok!(Subnets::start(by(Alice), NETUID));
}

fn commit() -> RuntimeCall {
    let preimage = commit_preimage(&WeightCommit {
        genesis: System::block_hash(0).into(),
        netuid: NETUID,
        mechanism: FIRST,
        hotkey: BobStash.to_raw_public(),
        uids: vec![MINER.0],
        values: vec![1],
        evidence_root: [0; 32],
        version: 0,
        salt: SALT,
    });
    let hash = sp_io::hashing::blake2_256(&preimage);
    let call = pallet_weights::Call::commit_weights { netuid: NETUID, mechanism: FIRST, hash };
    RuntimeCall::Weights(call)
}

fn reveal() -> RuntimeCall {
    RuntimeCall::Weights(pallet_weights::Call::reveal_weights {
        netuid: NETUID,
        mechanism: FIRST,
        hotkey: BobStash.to_account_id(),
        uids: vec![MINER.0].try_into().unwrap(),
        values: vec![1].try_into().unwrap(),
        evidence_root: [0; 32],
        version: 0,
        salt: SALT,
    })
}

fn send(who: Sr25519Keyring, nonce: u32, call: RuntimeCall) {
    assert_ok!(Executive::apply_extrinsic(signed(who, nonce, 0, call)).unwrap());
}

fn metagraph() -> Metagraph<AccountId> {
    Runtime::metagraph(NETUID, FIRST).unwrap()
}

fn value_of(coldkey: Sr25519Keyring) -> u64 {
    Runtime::stake_of(coldkey.to_account_id()).iter().map(|position| position.value).sum()
}

/// What the pool says of a transaction, without any trace of having been asked.
fn pool(transaction: UncheckedExtrinsic) -> Result<ValidTransaction, TransactionValidityError> {
    frame_support::storage::with_transaction_unchecked(|| {
        let parent = System::parent_hash();
        let answer =
            Executive::validate_transaction(TransactionSource::External, transaction, parent);
        sp_runtime::TransactionOutcome::Rollback(answer)
    })
}

/// Runs the market up to and with block `last`: Bob's validator commits at block 5 and reveals at
/// block 15.
fn run_to(last: u32) {
    for number in 1..=last {
        run_block(number, || match number {
            1 => open_the_market(),
            5 => send(BobStash, 0, commit()),
            15 => send(BobStash, 1, reveal()),
            _ => {}
        });
    }
}

#[test]
fn miner_validator_and_nominator_should_earn_when_a_revealed_row_meets_an_epoch() {
    state_of("local_testnet").execute_with(|| {
        run_to(22);
        let (bob, dave) = (value_of(Bob), value_of(Dave));
        assert_eq!(value_of(Charlie), 0);
        assert!(metagraph().neurons[VALIDATOR.index()].permit);
        (23..=32).for_each(|number| run_block(number, || {}));
        let metagraph = metagraph();
        let miner = &metagraph.neurons[MINER.index()];
        assert_eq!((miner.incentive, miner.dividends), (u16::MAX, 0));
        let validator = &metagraph.neurons[VALIDATOR.index()];
        assert_eq!((validator.incentive, validator.dividends), (0, u16::MAX));
        assert!(validator.active && validator.last_update == 5);
        assert!(miner.emission > Alpha::ZERO && validator.emission > Alpha::ZERO);
        assert_eq!(Alpha(value_of(Charlie)), miner.emission);
        assert!(value_of(Bob) > bob && value_of(Dave) > dave);
        assert!(System::events().len() < 100, "events are of one block");
    });
}

#[test]
fn payout_events_should_tell_all_that_was_earned_when_an_epoch_pays() {
    state_of("local_testnet").execute_with(|| {
        run_to(22);
        let mut paid = Vec::new();
        for number in 23..=26 {
            run_block(number, || {});
            paid.extend(System::events().into_iter().filter_map(|record| match record.event {
                RuntimeEvent::Emission(pallet_emission::Event::IncentivePaid {
                    uid,
                    amount,
                    ..
                })
                | RuntimeEvent::Emission(pallet_emission::Event::DividendsPaid {
                    uid,
                    amount,
                    ..
                }) => Some((uid, amount)),
                _ => None,
            }));
        }
        let neurons = metagraph().neurons;
        paid.sort_unstable();
        let emission = |uid: Uid| (uid, neurons[uid.index()].emission);
        assert_eq!(paid, [emission(VALIDATOR), emission(MINER)]);
    });
}

#[test]
fn bad_calls_should_be_refused_in_the_pool_with_their_own_code() {
    let custom = |refusal: Refusal| {
        Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(refusal.code())))
    };
    state_of("local_testnet").execute_with(|| {
        run_to(4);
        assert_eq!(pool(signed(CharlieStash, 0, 0, commit())), custom(Refusal::NoPermit));
        assert_eq!(pool(signed(Dave, 0, 0, commit())), custom(Refusal::NotANeuron));
        assert_eq!(pool(signed(Dave, 0, 0, reveal())), custom(Refusal::NoCommit));
        assert!(pool(signed(BobStash, 0, 0, commit())).is_ok());
        let hotkey = Dave.to_account_id();
        let register = pallet_subnets::Call::register { netuid: NETUID, hotkey, max_price: 1 };
        let register = RuntimeCall::Subnets(register);
        assert_eq!(pool(signed(Dave, 0, 0, register)), custom(Refusal::PriceAboveMax));
    });
}

#[test]
fn bad_call_should_fail_at_dispatch_when_a_batch_hides_it_from_the_pool() {
    state_of("local_testnet").execute_with(|| {
        run_to(4);
        run_block(5, || {
            let batch = pallet_utility::Call::batch_all { calls: vec![commit()] };
            let batch = signed(CharlieStash, 0, 0, RuntimeCall::Utility(batch));
            assert!(pool(batch.clone()).is_ok());
            let error = Executive::apply_extrinsic(batch).unwrap().unwrap_err();
            let expected = pallet_weights::Error::<Runtime>::NoPermit;
            assert_eq!(error, expected.into());
        });
    });
}

#[test]
fn runtime_api_should_answer_every_question_when_the_market_is_open() {
    state_of("local_testnet").execute_with(|| {
        run_to(5);
        let network = Runtime::network();
        assert_eq!((network.slot_ms, network.cap), (1_000, 21_000_000 * UNIT));
        assert!(network.total_shares > 0, "the first epoch has moved the averages");
        let subnets = Runtime::subnets(NetUid(0), 10);
        assert_eq!(subnets, [Runtime::subnet(NETUID).unwrap()]);
        assert!(Runtime::subnets(NetUid(2), 10).is_empty());
        assert_eq!(subnets[0].name, b"embedding");
        assert_eq!(subnets[0].neurons, 3);
        let neuron = Runtime::neuron(NETUID, MINER).unwrap();
        assert_eq!(neuron, metagraph().neurons[MINER.index()]);
        assert_eq!(neuron.coldkey, Charlie.to_account_id());
        assert_eq!(Runtime::neuron(NETUID, Uid(3)), None);
        assert_eq!(Runtime::metagraph(NETUID, MechanismId(1)), None);
        let delegates = Runtime::delegates(0, 10);
        assert_eq!(delegates.len(), 3);
        let bob = Runtime::delegate(BobStash.to_account_id()).unwrap();
        assert!(delegates.contains(&bob));
        assert_eq!(bob.registrations, [NETUID]);
        assert_eq!(Runtime::coldkey_of(BobStash.to_account_id()), Some(Bob.to_account_id()));
        assert!(Runtime::registration_price(NETUID).unwrap() > 0);
        assert_eq!(Runtime::next_epoch(NETUID).unwrap().block, 13);
        let hotkey = CharlieStash.to_account_id();
        let row = Runtime::check_row(NETUID, FIRST, hotkey, vec![2], vec![1], 0);
        assert_eq!(row, RowValidity::NoPermit);
        let quote = Runtime::quote_add(BobStash.to_account_id(), NETUID, UNIT).unwrap();
        let market = Runtime::market(NETUID).unwrap();
        let bought = quote.bought.unwrap();
        assert_eq!((bought.native, bought.price_before), (UNIT, market.price));
        assert!(bought.price_after > bought.price_before && quote.received <= bought.alpha.0);
        assert_eq!(Runtime::markets(NetUid(0), 10), [market]);
        assert!(Runtime::check_invariants().is_empty());
    });
}

/// "My rank for eviction and how far away I am", held against who then really leaves.
#[test]
fn eviction_should_name_the_registration_with_which_a_neuron_leaves() {
    state_of("local_testnet").execute_with(|| {
        run_to(22);
        assert_eq!(Runtime::eviction(NETUID, Uid(0)), Some(Eviction::Never));
        assert_eq!(Runtime::eviction(NETUID, Uid(99)), None);
        let until = metagraph().neurons[MINER.index()].immune_until;
        assert_eq!(Runtime::eviction(NETUID, MINER), Some(Eviction::Immune { until }));

        System::set_block_number(until);
        pallet_subnets::HyperparametersOf::<Runtime>::mutate(NETUID, |values| {
            values.as_mut().unwrap().max_neurons = 4;
        });
        let far = |uid| match Runtime::eviction(NETUID, uid) {
            Some(Eviction::Possible(distance)) => distance,
            other => panic!("{other:?}"),
        };
        let (validator, miner) = (far(VALIDATOR), far(MINER));
        assert_eq!((validator.evictable, validator.free, miner.free), (2, 1, 1));
        // One uid is free, so the one in front leaves with the second registration.
        let (first, front, back) = if validator.rank == 0 {
            (BobStash, validator, miner)
        } else {
            (CharlieStash, miner, validator)
        };
        assert_eq!((front.registrations, back.rank, back.registrations), (2, 1, 3));
        assert_eq!((front.next, back.next), (Some(back.score), None));
        let stays = || Subnets::uid_of(NETUID, &first.to_account_id()).is_some();
        join(Dave, DaveStash);
        assert!(stays());
        join(Eve, EveStash);
        assert!(!stays());
    });
}
