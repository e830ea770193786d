//! What the market costs the runtime's WASM as the node runs it: a block in which nothing happens on
//! chains of unlike size, staking with few and with many nominators, and the metagraph of a full
//! subnet in one call.
//! `cargo bench -p alun-runtime --bench market`; the numbers are in docs/benchmarks.md.

#[allow(dead_code)]
#[path = "../tests/runtime/chain.rs"]
mod chain;

use alun_primitives::{
    traits::KeyRegistry, Hyperparameters, MechanismId, NetUid, TaskDescriptor, TaskKind, Uid, UNIT,
};
use alun_runtime::{AccountId, Runtime, RuntimeOrigin, Stake, Subnets};
use codec::Encode;
use criterion::{criterion_group, criterion_main, Criterion};
use frame_support::BoundedVec;
use pallet_consensus::{Outcome, Outputs, PermitList, Permits};
use pallet_stake::{Pools, Positions};
use pallet_subnets::{
    GenesisKnobs, HyperparametersOf, LastLock, Neuron, NeuronCount, NextNetuid, SubnetLimit, Uids,
};
use pallet_weights::{Entries, LastSubmission, Row, Rows, Submission};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::Alice;
use std::hint::black_box;

/// Milliseconds per slot of the preset used here.
const SLOT_MS: u64 = 1_000;

/// A hotkey of Alice, told apart by subnet and uid.
fn hotkey(netuid: NetUid, uid: Uid) -> AccountId {
    let hotkey = AccountId::from(sp_io::hashing::blake2_256(&(b"hotkey", netuid, uid).encode()));
    Stake::bind_unchecked(&hotkey, &Alice.to_account_id());
    hotkey
}

/// A started subnet with `neurons` neurons, of whom the first `validators` have stake, a permit and
/// a row that names everybody. Its epochs are days apart.
fn subnet(neurons: u16, validators: u16) -> NetUid {
    let netuid = NetUid(NextNetuid::<Runtime>::get());
    let alice = RuntimeOrigin::signed(Alice.to_account_id());
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = b"bench".to_vec().try_into().unwrap();
    LastLock::<Runtime>::kill();
    let owner = hotkey(netuid, Uid(0));
    Subnets::register_subnet(alice.clone(), owner, name, task, u64::MAX).unwrap();
    let values = Hyperparameters {
        max_neurons: neurons.max(64),
        tempo_ms: 3 * 86_400_000,
        activity_cutoff_ms: 7 * 86_400_000,
        immunity_ms: 14 * 86_400_000,
        ..Hyperparameters::default()
    };
    HyperparametersOf::<Runtime>::insert(netuid, values);
    for uid in (1..neurons).map(Uid) {
        let hotkey = hotkey(netuid, uid);
        let neuron = Neuron {
            hotkey: hotkey.clone(),
            registered_at: 1,
            immune_until: 1_000,
            announced_at: None,
        };
        Uids::<Runtime>::insert(netuid, hotkey, uid);
        assert!(Subnets::put_neuron(netuid, uid, neuron));
    }
    NeuronCount::<Runtime>::insert(netuid, neurons);
    Subnets::start(alice.clone(), netuid).unwrap();
    let matrix = (netuid, MechanismId::FIRST);
    for uid in (0..validators).map(Uid) {
        Stake::add_stake(alice.clone(), hotkey(netuid, uid), netuid, 1_000 * UNIT, 0).unwrap();
        let entries = Entries::truncate_from((0..neurons).map(|of| (of, of + 1)).collect());
        Rows::<Runtime>::insert(matrix, uid, Row { entries, last_update: 1 });
        LastSubmission::<Runtime>::insert(matrix, uid, Submission { block: 1, commit: None });
    }
    if validators > 0 {
        Permits::<Runtime>::insert(
            matrix,
            PermitList::truncate_from((0..validators).map(Uid).collect()),
        );
        let outcomes = (0..neurons).map(|_| Outcome::default()).collect();
        Outputs::<Runtime>::insert(matrix, BoundedVec::truncate_from(outcomes));
    }
    netuid
}

/// A chain after block 1, in which so many subnets were opened.
fn market(subnets: u16, neurons: u16, validators: u16) -> TestExternalities {
    let mut state = chain::state_of("local_testnet");
    state.execute_with(|| {
        SubnetLimit::<Runtime>::put(u16::MAX);
        GenesisKnobs::<Runtime>::mutate(|knobs| knobs.min_lock = UNIT);
        chain::run_block(1, || {
            for _ in 0..subnets {
                subnet(neurons, validators);
            }
        });
    });
    state.commit_all().unwrap();
    state
}

/// Runs block 2, in which nothing is due, and forgets it.
fn idle_block(state: &mut TestExternalities) {
    use sp_core::traits::Externalities;
    let mut externalities = state.ext();
    externalities.storage_start_transaction();
    let call = |externalities: &mut dyn Externalities, method: &str, arguments: &[u8]| {
        black_box(chain::call_wasm(externalities, method, arguments));
    };
    call(&mut externalities, "Core_initialize_block", &chain::header(2).encode());
    let inherent = chain::inherent(2, SLOT_MS).encode();
    call(&mut externalities, "BlockBuilder_apply_extrinsic", &inherent);
    call(&mut externalities, "BlockBuilder_finalize_block", &[]);
    externalities.storage_rollback_transaction().unwrap();
}

fn idle_blocks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("idle block");
    group.sample_size(30);
    for (name, subnets, neurons) in [
        ("1 subnet, 1 neuron", 1, 1),
        ("1,024 subnets, 1 neuron each", 1_024, 1),
        ("1 subnet, 1,024 neurons", 1, 1_024),
    ] {
        let mut state = market(subnets, neurons, 0);
        group.bench_function(name, |bencher| bencher.iter(|| idle_block(&mut state)));
    }
    group.finish();
}

/// A chain with one subnet, on whose first hotkey so many have stake.
fn nominated(nominators: u32) -> TestExternalities {
    let mut state = market(1, 1, 1);
    state.execute_with(|| {
        let (netuid, hotkey) = (NetUid(1), hotkey(NetUid(1), Uid(0)));
        Pools::<Runtime>::mutate(hotkey, netuid, |row| {
            let row = row.as_mut().unwrap();
            for nominator in 1..nominators {
                let who = sp_io::hashing::blake2_256(&(b"nominator", nominator).encode());
                let points = row.pool.deposit(UNIT).unwrap();
                row.pool.positions += 1;
                Positions::<Runtime>::insert(AccountId::from(who), row.id, points);
            }
        });
    });
    state.commit_all().unwrap();
    state
}

/// The first call of block 2: Alice adds stake. Forgets it.
fn stake(state: &mut TestExternalities, extrinsic: &[u8]) {
    use sp_core::traits::Externalities;
    let mut externalities = state.ext();
    externalities.storage_start_transaction();
    let applied = chain::call_wasm(&mut externalities, "BlockBuilder_apply_extrinsic", extrinsic);
    assert_eq!(applied, [0, 0], "it is done");
    externalities.storage_rollback_transaction().unwrap();
}

fn stakes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("add_stake");
    group.sample_size(50);
    for (name, nominators) in [("1 nominator", 1), ("100,000 nominators", 100_000)] {
        let mut state = nominated(nominators);
        let extrinsic = state.execute_with(|| {
            let (netuid, hotkey) = (NetUid(1), hotkey(NetUid(1), Uid(0)));
            let (amount, min_received) = (UNIT, 0);
            let call = pallet_stake::Call::add_stake { hotkey, netuid, amount, min_received };
            chain::signed(Alice, 0, 0, call.into()).encode()
        });
        state.commit_all().unwrap();
        let mut externalities = state.ext();
        chain::call_wasm(&mut externalities, "Core_initialize_block", &chain::header(2).encode());
        let inherent = chain::inherent(2, SLOT_MS).encode();
        chain::call_wasm(&mut externalities, "BlockBuilder_apply_extrinsic", &inherent);
        state.commit_all().unwrap();
        group.bench_function(name, |bencher| bencher.iter(|| stake(&mut state, &extrinsic)));
    }
    group.finish();
}

fn metagraph(criterion: &mut Criterion) {
    let mut state = market(1, 256, 64);
    let arguments = (NetUid(1), MechanismId::FIRST).encode();
    let mut group = criterion.benchmark_group("metagraph");
    group.sample_size(30);
    group.bench_function("256 neurons, 64 rows", |bencher| {
        bencher.iter(|| {
            black_box(chain::call_wasm(&mut state.ext(), "MarketApi_metagraph", &arguments))
        });
    });
    group.finish();
}

criterion_group!(benches, idle_blocks, stakes, metagraph);
criterion_main!(benches);
