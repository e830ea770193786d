//! A subnet of 4,096 neurons on a chain of 1 s slots: its epochs are worked off in pages, commits expire
//! before them, and no block is over its limits.

use crate::chain::{run_block, state_of};
use alun_primitives::{
    traits::{EmissionMarket, EpochClock, KeyRegistry},
    Alpha, Hyperparameters, MechanismId, NetUid, TaskDescriptor, TaskKind, Uid, UNIT,
};
use alun_runtime::{
    AccountId, Consensus, Emission, Executive, Market, Runtime, RuntimeEvent, RuntimeOrigin, Stake,
    Subnets, System, Weights,
};
use frame_support::{assert_ok, dispatch::DispatchClass, traits::Get, weights::Weight};
use pallet_consensus::{PermitList, Permits};
use pallet_emission::Schedule;
use pallet_subnets::{HyperparametersOf, Neuron, NeuronCount, Uids};
use pallet_weights::{Entries, LastSubmission, Row, Rows, Submission};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::Alice;
use std::collections::BTreeSet;

const NETUID: NetUid = NetUid(1);
const FIRST: MechanismId = MechanismId::FIRST;
const NEURONS: u16 = 4_096;
const VALIDATORS: u16 = 256;
/// Validators when there are to be fewer of them.
const FEWER: u16 = 64;
/// Block at which epoch 0 is due.
const DUE: u32 = 3;
/// Blocks per epoch.
const TEMPO: u32 = 30;

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
        tempo_ms: 1_000 * u64::from(TEMPO),
        weights_rate_limit_ms: 0,
        ..Hyperparameters::default()
    };
    HyperparametersOf::<Runtime>::insert(NETUID, values);
    for uid in 1..NEURONS {
        bind(uid);
        let neuron =
            Neuron { hotkey: hotkey(uid), registered_at: 1, immune_until: 1, announced_at: None };
        Uids::<Runtime>::insert(NETUID, hotkey(uid), Uid(uid));
        assert!(Subnets::put_neuron(NETUID, Uid(uid), neuron));
    }
    NeuronCount::<Runtime>::insert(NETUID, NEURONS);
    for uid in 0..VALIDATORS {
        // On root, so that what is staked later does not count less for the price it paid; and a little
        // in alpha, so that both parts of a dividend are paid.
        let amount = 200 * UNIT + u64::from(uid) * 20_000_003;
        assert_ok!(Stake::add_stake(alice.clone(), hotkey(uid), NetUid::ROOT, amount, 0));
        assert_ok!(Stake::add_stake(alice.clone(), hotkey(uid), NETUID, UNIT / 10, 0));
        let (row, sent) = (row(uid), Submission { block: 2, commit: None });
        Rows::<Runtime>::insert((NETUID, FIRST), Uid(uid), row);
        LastSubmission::<Runtime>::insert((NETUID, FIRST), Uid(uid), sent);
    }
    let permits = (0..VALIDATORS).map(Uid).collect();
    Permits::<Runtime>::insert((NETUID, FIRST), PermitList::truncate_from(permits));
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

/// What the events of the present block say was paid by an epoch: (as a miner, uid, amount).
fn paid(of: u64) -> Vec<(bool, Uid, Alpha)> {
    use pallet_emission::Event::{DividendsPaid, IncentivePaid};
    let paid = |event| match event {
        RuntimeEvent::Emission(IncentivePaid { epoch, uid, amount, .. }) if epoch == of => {
            Some((true, uid, amount))
        }
        RuntimeEvent::Emission(DividendsPaid { epoch, uid, amount, .. }) if epoch == of => {
            Some((false, uid, amount))
        }
        _ => None,
    };
    System::read_events_no_consensus().filter_map(|record| paid(record.event)).collect()
}

/// Whose commits the events of the present block say expired.
fn expired() -> Vec<AccountId> {
    let hotkey = |event| match event {
        RuntimeEvent::Weights(pallet_weights::Event::CommitExpired {
            hotkey, epoch: 0, ..
        }) => Some(hotkey),
        _ => None,
    };
    System::read_events_no_consensus().filter_map(|record| hotkey(record.event)).collect()
}

/// Every other validator promises a row that it will not show.
fn commit() {
    for uid in silent() {
        let origin = RuntimeOrigin::signed(hotkey(uid));
        assert_ok!(Weights::commit_weights(origin, NETUID, FIRST, [7; 32]));
    }
}

/// The validators that do.
fn silent() -> impl Iterator<Item = u16> {
    (1..VALIDATORS).step_by(2)
}

/// The chain, whose transactions fill `percent` of each block.
struct Chain {
    state: TestExternalities,
    number: u32,
    percent: u64,
}

/// An epoch that was finished.
struct Finished {
    lag: u32,
    /// Who was paid, by side.
    miners: BTreeSet<Uid>,
    validators: BTreeSet<Uid>,
    /// Whose commits expired meanwhile.
    expired: Vec<AccountId>,
}

impl Chain {
    fn new(percent: u64) -> Self {
        Self { state: state_of("local_testnet"), number: 0, percent }
    }

    /// Runs one block, which `inside` is part of. While an epoch is in work it is executed twice:
    /// first as a block of which the node is killed before it is stored.
    fn block<R>(&mut self, inside: impl Fn() -> R) -> R {
        self.number += 1;
        let (number, percent) = (self.number, self.percent);
        let run = || {
            let result = run_block(number, || {
                match number {
                    1 => open(),
                    _ => fill(percent),
                }
                inside()
            });
            let used = System::block_weight().total();
            // `pallet_session` declares a whole block for a change of session, whatever else is in it.
            let rotates = number % pallet_authorities::SessionBlocks::<Runtime>::get() == 0;
            let declared = if rotates { limit() } else { Weight::zero() };
            let rest = used.saturating_sub(declared);
            assert!(rest.all_lte(limit()), "block {number} uses {rest:?} of {:?}", limit());
            let root = sp_io::storage::root(sp_core::storage::StateVersion::V1);
            (result, <[u8; 32]>::try_from(root).unwrap())
        };
        let result = self.state.execute_with(|| {
            if Consensus::work_view().is_none() {
                return run().0;
            }
            // Not by FRAME's storage layers, which note their depth in the state.
            sp_io::storage::start_transaction();
            let (_, lost) = run();
            sp_io::storage::rollback_transaction();
            let (result, root) = run();
            assert_eq!(root, lost, "block {number} depends on something else than the state");
            result
        });
        self.state.commit_all().unwrap();
        result
    }

    /// Runs blocks until an epoch is finished. All that was pending when its payout was opened went
    /// to somebody, to the unit, and nobody was paid twice.
    fn finish(&mut self, epoch: u64) -> Finished {
        let due = due(epoch);
        let mut finished = Finished {
            lag: 0,
            miners: BTreeSet::new(),
            validators: BTreeSet::new(),
            expired: Vec::new(),
        };
        let (mut sum, mut pending, mut blocks) = (0, Alpha::ZERO, 0);
        let opened = || Consensus::payout(NETUID, FIRST).is_some_and(|pay| pay.epoch == epoch);
        while self.number < due + 100 {
            // What is pending when the next block's epoch opens its payout.
            let before = self.state.execute_with(|| (!opened()).then(pending_in_the_next_block));
            self.block(|| ());
            let over = self.state.execute_with(|| {
                if let Some(before) = before.filter(|_| opened()) {
                    pending = before;
                }
                finished.expired.extend(expired());
                let paid = paid(epoch);
                blocks += u32::from(!paid.is_empty());
                for (as_miner, uid, amount) in paid {
                    let Finished { miners, validators, .. } = &mut finished;
                    let list = if as_miner { miners } else { validators };
                    assert!(list.insert(uid), "{uid} was paid twice");
                    sum += amount.0;
                }
                Consensus::last_epoch(NETUID, FIRST) == Some(epoch)
            });
            if over {
                let number = self.number;
                self.state.execute_with(|| {
                    let record = Consensus::payout(NETUID, FIRST).unwrap();
                    assert_eq!(record.total, pending);
                    assert_eq!(record.owner_cut.0 + sum, pending.0);
                    assert_eq!((record.burned, record.returned), (Alpha::ZERO, Alpha::ZERO));
                    assert_eq!(Emission::pending_now(NETUID), emitted(number - record.opened_at));
                    assert!(blocks > 1, "all was paid in one block");
                });
                finished.lag = number - due;
                return finished;
            }
        }
        panic!("epoch {epoch} was not finished");
    }
}

/// What is pending when an epoch of the next block opens its payout.
fn pending_in_the_next_block() -> Alpha {
    let number = System::block_number();
    System::set_block_number(number + 1);
    let pending = Emission::pending_now(NETUID);
    System::set_block_number(number);
    pending
}

/// What the curve of the subnet's alpha emits over so many blocks.
fn emitted(blocks: u32) -> Alpha {
    let issuance = <Market as EmissionMarket<AccountId>>::issuance(NETUID);
    let slot_ms = pallet_clock::SlotMs::<Runtime>::get();
    Alpha(Schedule::<Runtime>::get().emitted_over(issuance.0, blocks, slot_ms))
}

/// Block at which an epoch is due.
fn due(epoch: u64) -> u32 {
    DUE + TEMPO * u32::try_from(epoch).unwrap()
}

/// Runs epoch 0 on a chain whose transactions fill `percent` of each block. Returns its lag.
fn first_epoch(percent: u64) -> u32 {
    let Finished { lag, miners, validators, expired } = Chain::new(percent).finish(0);
    assert_eq!(miners.len(), usize::from(NEURONS));
    assert_eq!(validators.len(), usize::from(VALIDATORS));
    assert_eq!(expired, vec![]);
    lag
}

#[test]
fn epoch_of_4096_neurons_should_take_several_blocks_and_none_over_its_limit() {
    let lag = first_epoch(0);
    assert!((3..=20).contains(&lag), "lag {lag}");
}

#[test]
fn epoch_of_4096_neurons_should_be_finished_when_transactions_fill_the_blocks() {
    let lag = first_epoch(100);
    assert!((20..=80).contains(&lag), "lag {lag}");
}

/// 128 validators commit in epoch 0 and do not reveal in epoch 1, by which most of them have lost
/// their permits. Epoch 2 drops the rows of all of them before it freezes its input.
#[test]
fn commits_should_expire_with_their_rows_when_permits_got_fewer_since() {
    let mut chain = Chain::new(0);
    chain.finish(0);
    chain.block(commit);
    chain.state.execute_with(|| {
        assert_eq!(Consensus::next_epoch(NETUID).unwrap().due, Some(0), "epoch 0 took too long");
        HyperparametersOf::<Runtime>::mutate(NETUID, |values| {
            values.as_mut().unwrap().max_validators = FEWER;
        });
    });
    let rows = |chain: &mut Chain| {
        chain.state.execute_with(|| Rows::<Runtime>::iter_prefix((NETUID, FIRST)).count())
    };

    let first = chain.finish(1);
    assert_eq!(first.validators.len(), usize::from(VALIDATORS));
    assert_eq!((first.expired, rows(&mut chain)), (vec![], usize::from(VALIDATORS)));

    let second = chain.finish(2);
    assert!((3..=20).contains(&second.lag), "lag {}", second.lag);
    assert_eq!(second.expired, silent().map(hotkey).collect::<Vec<_>>());
    assert_eq!(rows(&mut chain), usize::from(VALIDATORS) - silent().count());
    // Half of the stake scores, the owner's with it. Less does not score a validator, whose own score
    // of itself does not count.
    let unpaid = (0..NEURONS).map(Uid).filter(|uid| !second.miners.contains(uid));
    let scoring = (VALIDATORS - FEWER..VALIDATORS).step_by(2).map(Uid);
    assert_eq!(unpaid.collect::<Vec<_>>(), scoring.collect::<Vec<_>>());
    // The largest stakes, and the owner.
    let largest = (VALIDATORS - FEWER..VALIDATORS).map(Uid);
    chain.state.execute_with(|| {
        let frozen = Consensus::frozen_input((NETUID, FIRST)).unwrap();
        assert_eq!(frozen.head.epoch, 2);
        assert_eq!(
            frozen.head.scorers.to_vec(),
            [Uid(0)].into_iter().chain(largest).collect::<Vec<_>>()
        );
        let scoring = frozen.rows.iter().filter(|row| !row.is_empty()).count();
        assert_eq!(scoring, 1 + usize::from(FEWER) / 2);
    });
}
