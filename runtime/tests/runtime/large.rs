//! A subnet of 4,096 neurons on a chain of 1 s slots: its epochs are worked off in pages, and no block
//! is over its limits.

use crate::chain::{run_block, state_of};
use alun_primitives::{
    traits::{EpochClock, KeyRegistry},
    Hyperparameters, MechanismId, NetUid, TaskDescriptor, TaskKind, Uid, UNIT,
};
use alun_runtime::{
    AccountId, Consensus, Emission, Executive, Runtime, RuntimeEvent, RuntimeOrigin, Stake,
    Subnets, System,
};
use frame_support::{assert_ok, dispatch::DispatchClass, traits::Get, weights::Weight};
use pallet_consensus::{PermitList, Permits};
use pallet_subnets::{HyperparametersOf, Neuron, NeuronCount, Neurons, Uids};
use pallet_weights::{Entries, LastSubmission, Row, Rows, Submission};
use sp_keyring::Sr25519Keyring::Alice;
use std::collections::BTreeSet;

const NETUID: NetUid = NetUid(1);
const FIRST: MechanismId = MechanismId::FIRST;
const NEURONS: u16 = 4_096;
const VALIDATORS: u16 = 256;
/// Block at which epoch 0 is due.
const DUE: u32 = 3;

fn hotkey(uid: u16) -> AccountId {
    let mut bytes = [0x11; 32];
    bytes[..2].copy_from_slice(&uid.to_le_bytes());
    bytes.into()
}

/// Every validator scores everybody, no two of them alike.
fn row(validator: u16) -> Row {
    let value = |uid: u16| 1 + uid.wrapping_mul(validator + 1) % 4_099;
    let entries = Entries::truncate_from((0..NEURONS).map(|uid| (uid, value(uid))).collect());
    Row { entries, last_update: 2 }
}

/// The subnet, in block 1. Its validators have permits already.
fn open() {
    let alice = RuntimeOrigin::signed(Alice.to_account_id());
    let bind = |uid| Stake::bind_unchecked(&hotkey(uid), &Alice.to_account_id());
    bind(0);
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = b"large".to_vec().try_into().unwrap();
    assert_ok!(Subnets::register_subnet(alice.clone(), hotkey(0), name, task, u64::MAX));
    let values = Hyperparameters {
        max_neurons: NEURONS,
        max_validators: VALIDATORS,
        stake_threshold: 0,
        tempo_ms: 120_000,
        weights_rate_limit_ms: 0,
        ..Hyperparameters::default()
    };
    HyperparametersOf::<Runtime>::insert(NETUID, values);
    for uid in 1..NEURONS {
        bind(uid);
        let neuron =
            Neuron { hotkey: hotkey(uid), registered_at: 1, immune_until: 1, announced_at: None };
        Uids::<Runtime>::insert(NETUID, hotkey(uid), Uid(uid));
        Neurons::<Runtime>::insert(NETUID, Uid(uid), neuron);
    }
    NeuronCount::<Runtime>::insert(NETUID, NEURONS);
    for uid in 0..VALIDATORS {
        let amount = 10 * UNIT + u64::from(uid) * 1_000_003;
        assert_ok!(Stake::add_stake(alice.clone(), hotkey(uid), NETUID, amount, 0));
        let (row, sent) = (row(uid), Submission { block: 2, commit: None });
        Rows::<Runtime>::insert((NETUID, FIRST), Uid(uid), row);
        LastSubmission::<Runtime>::insert((NETUID, FIRST), Uid(uid), sent);
    }
    let permits = (0..VALIDATORS).map(Uid).collect();
    Permits::<Runtime>::insert((NETUID, FIRST), PermitList::truncate_from(permits));
    let shares = vec![(NETUID, 1)].try_into().unwrap();
    assert_ok!(Emission::set_shares(RuntimeOrigin::root(), shares));
    assert_ok!(Subnets::start(alice, NETUID));
    assert_eq!(Consensus::schedule(NETUID).unwrap().anchor_block, DUE);
}

fn limit() -> Weight {
    <Runtime as frame_system::Config>::BlockWeights::get().max_block
}

/// Fills a block with transactions up to `percent` of it, but not over its limit. What comes before
/// transactions comes before.
fn fill(percent: u64) {
    Executive::inherents_applied();
    let used = System::block_weight().total();
    let wanted = limit().saturating_mul(percent).saturating_div(100);
    let room = limit().saturating_sub(used);
    System::register_extra_weight_unchecked(wanted.min(room), DispatchClass::Normal);
}

/// What the events of the present block say was paid: (as a miner, uid, amount).
fn paid() -> Vec<(bool, Uid, u64)> {
    use pallet_emission::Event::{DividendsPaid, IncentivePaid};
    let amount = |event| match event {
        RuntimeEvent::Emission(IncentivePaid { uid, amount, .. }) => Some((true, uid, amount)),
        RuntimeEvent::Emission(DividendsPaid { uid, amount, .. }) => Some((false, uid, amount)),
        _ => None,
    };
    System::read_events_no_consensus().filter_map(|record| amount(record.event)).collect()
}

/// One block. While an epoch is in work it is executed twice: first as a block of which the node is
/// killed before it is stored.
fn block(number: u32, percent: u64) -> [u8; 32] {
    let run = || {
        run_block(number, || match number {
            1 => open(),
            _ => fill(percent),
        });
        let used = System::block_weight().total();
        assert!(used.all_lte(limit()), "block {number} uses {used:?} of {:?}", limit());
        sp_io::storage::root(sp_core::storage::StateVersion::V1).try_into().unwrap()
    };
    if Consensus::work_view().is_none() {
        return run();
    }
    // Not by FRAME's storage layers, which note their depth in the state.
    sp_io::storage::start_transaction();
    let lost = run();
    sp_io::storage::rollback_transaction();
    let root = run();
    assert_eq!(root, lost, "block {number} depends on something else than the state");
    root
}

/// Runs epoch 0 on a chain whose transactions fill `percent` of each block. Returns its lag.
fn epoch(percent: u64) -> u32 {
    let mut state = state_of("local_testnet");
    let (mut miners, mut validators) = (BTreeSet::new(), BTreeSet::new());
    let (mut sum, mut pending, mut blocks) = (0, 0, 0);
    for number in 1..=DUE + 100 {
        let over = state.execute_with(|| {
            // What is pending when the next block's epoch opens its payout.
            let before = Emission::pending_now(NETUID) + Emission::block_emission();
            let computed = Consensus::payout(NETUID, FIRST).is_some();
            block(number, percent);
            if !computed && Consensus::payout(NETUID, FIRST).is_some() {
                pending = before;
            }
            let paid = paid();
            blocks += u32::from(!paid.is_empty());
            for (as_miner, uid, amount) in paid {
                let list = if as_miner { &mut miners } else { &mut validators };
                assert!(list.insert(uid), "{uid} was paid twice");
                sum += amount;
            }
            Consensus::last_epoch(NETUID, FIRST).is_some()
        });
        state.commit_all().unwrap();
        if over {
            return state.execute_with(|| {
                let record = Consensus::payout(NETUID, FIRST).unwrap();
                assert_eq!(record.total, pending);
                assert_eq!(record.owner_cut + sum + record.burned + record.returned, pending);
                assert_eq!((record.burned, record.returned), (0, 0));
                assert_eq!(Emission::pending_now(NETUID), earned_since(record.opened_at, number));
                assert_eq!(miners.len(), usize::from(NEURONS));
                assert_eq!(validators.len(), usize::from(VALIDATORS));
                assert!(blocks > 1, "all was paid in one block");
                number - DUE
            });
        }
    }
    panic!("the epoch was not finished");
}

/// What the only subnet earned in the blocks after `from` up to `to`.
fn earned_since(from: u32, to: u32) -> u64 {
    u64::from(to - from) * Emission::block_emission()
}

#[test]
fn epoch_of_4096_neurons_should_take_several_blocks_and_none_over_its_limit() {
    let lag = epoch(0);
    assert!((3..=20).contains(&lag), "lag {lag}");
}

#[test]
fn epoch_of_4096_neurons_should_be_finished_when_transactions_fill_the_blocks() {
    let lag = epoch(100);
    assert!((20..=80).contains(&lag), "lag {lag}");
}
