//! Every call reads and writes as much with one nominator as with a thousand.

use super::quotes::Ask;
use crate::{mock::*, PoolRow, Pools, Positions};
use alun_primitives::{
    traits::{RewardSink, RootStake, StakeView},
    NetUid, UNIT,
};
use frame::deps::sp_core::{
    storage::{ChildInfo, StateVersion, TrackedStorageKey},
    traits::Externalities,
};
use sp_externalities::{
    set_and_run_with_externalities, with_externalities, Error as ExtensionError, Extension,
    ExtensionStore, MultiRemovalResults,
};
use std::any::{Any, TypeId};

/// Counts what is read and written of the state that it wraps.
struct Counting<'a> {
    state: &'a mut dyn Externalities,
    reads: u32,
    writes: u32,
}

impl ExtensionStore for Counting<'_> {
    fn extension_by_type_id(&mut self, id: TypeId) -> Option<&mut dyn Any> {
        self.state.extension_by_type_id(id)
    }
    fn register_extension_with_type_id(
        &mut self,
        id: TypeId,
        extension: Box<dyn Extension>,
    ) -> Result<(), ExtensionError> {
        self.state.register_extension_with_type_id(id, extension)
    }
    fn deregister_extension_by_type_id(&mut self, id: TypeId) -> Result<(), ExtensionError> {
        self.state.deregister_extension_by_type_id(id)
    }
}

impl Externalities for Counting<'_> {
    fn storage(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.reads += 1;
        self.state.storage(key)
    }
    fn storage_hash(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.reads += 1;
        self.state.storage_hash(key)
    }
    fn next_storage_key(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.reads += 1;
        self.state.next_storage_key(key)
    }
    fn place_storage(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.writes += 1;
        self.state.place_storage(key, value);
    }
    fn storage_append(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes += 1;
        self.state.storage_append(key, value);
    }
    fn clear_prefix(
        &mut self,
        prefix: &[u8],
        limit: Option<u32>,
        cursor: Option<&[u8]>,
    ) -> MultiRemovalResults {
        let removed = self.state.clear_prefix(prefix, limit, cursor);
        self.writes += removed.loops;
        removed
    }
    fn storage_start_transaction(&mut self) {
        self.state.storage_start_transaction();
    }
    fn storage_rollback_transaction(&mut self) -> Result<(), ()> {
        self.state.storage_rollback_transaction()
    }
    fn storage_commit_transaction(&mut self) -> Result<(), ()> {
        self.state.storage_commit_transaction()
    }
    fn storage_root(&mut self, version: StateVersion) -> Vec<u8> {
        self.state.storage_root(version)
    }
    // What no call here uses.
    fn set_offchain_storage(&mut self, _: &[u8], _: Option<&[u8]>) {
        unreachable!()
    }
    fn child_storage_hash(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        unreachable!()
    }
    fn child_storage(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        unreachable!()
    }
    fn next_child_storage_key(&mut self, _: &ChildInfo, _: &[u8]) -> Option<Vec<u8>> {
        unreachable!()
    }
    fn kill_child_storage(
        &mut self,
        _: &ChildInfo,
        _: Option<u32>,
        _: Option<&[u8]>,
    ) -> MultiRemovalResults {
        unreachable!()
    }
    fn clear_child_prefix(
        &mut self,
        _: &ChildInfo,
        _: &[u8],
        _: Option<u32>,
        _: Option<&[u8]>,
    ) -> MultiRemovalResults {
        unreachable!()
    }
    fn place_child_storage(&mut self, _: &ChildInfo, _: Vec<u8>, _: Option<Vec<u8>>) {
        unreachable!()
    }
    fn child_storage_root(&mut self, _: &ChildInfo, _: StateVersion) -> Vec<u8> {
        unreachable!()
    }
    fn wipe(&mut self) {
        unreachable!()
    }
    fn commit(&mut self) {
        unreachable!()
    }
    fn read_write_count(&self) -> (u32, u32, u32, u32) {
        unreachable!()
    }
    fn reset_read_write_count(&mut self) {
        unreachable!()
    }
    fn get_whitelist(&self) -> Vec<TrackedStorageKey> {
        unreachable!()
    }
    fn set_whitelist(&mut self, _: Vec<TrackedStorageKey>) {
        unreachable!()
    }
    fn get_read_and_written_keys(&self) -> Vec<(Vec<u8>, u32, u32, bool)> {
        unreachable!()
    }
}

/// Reads and writes of `work`.
fn counted(work: impl FnOnce()) -> (u32, u32) {
    with_externalities(|state| {
        let mut counting = Counting { state, reads: 0, writes: 0 };
        set_and_run_with_externalities(&mut counting, work);
        (counting.reads, counting.writes)
    })
    .expect("a state")
}

/// Gives both hotkeys' pools everywhere `nominators` positions beside those of Dave and Eve.
fn populate(nominators: u16) {
    for hotkey in [bob(), charlie()] {
        for netuid in [SUBNET, OTHER, NetUid::ROOT] {
            place(&dave(), &hotkey, netuid, 1_000 * UNIT);
            place(&eve(), &hotkey, netuid, 1_000 * UNIT);
            Pools::<Test>::mutate(&hotkey, netuid, |row| {
                let PoolRow { id, pool } = row.as_mut().expect("a pool");
                for n in 0..nominators {
                    let minted = pool.deposit(UNIT).expect("points");
                    pool.positions += 1;
                    Positions::<Test>::insert(stranger(n), *id, minted);
                }
            });
            let sum = u64::from(nominators) * UNIT;
            if netuid.is_root() {
                Stake::root_in(credit(sum)).expect("an account with a deposit");
            } else {
                let _ = alpha(netuid, sum).place();
            }
        }
        reward_pools(&hotkey, UNIT, 720);
    }
    accrue(UNIT, UNIT);
    at(System::block_number() + 10);
    check();
}

/// What each operation costs with so many nominators, in order.
fn costs(nominators: u16) -> Vec<(&'static str, (u32, u32))> {
    new_test_ext().execute_with(|| {
        populate(nominators);
        let (who, netuid, amount) = (dave(), SUBNET, 100 * UNIT);
        let ask = |ask: Ask| counted(|| ask.call(0).expect("it is done"));
        let (hotkey, root) = (bob(), NetUid::ROOT);
        let clone = || (who.clone(), hotkey.clone());
        let mut costs = Vec::new();
        let ((who, hotkey), from, to) = (clone(), root, OTHER);
        costs.push(("swap", ask(Ask::Swap { who, hotkey, from, to, amount })));
        let (who, hotkey) = clone();
        costs.push(("add", ask(Ask::Add { who, hotkey, netuid, amount })));
        let (who, hotkey) = clone();
        costs.push(("remove", ask(Ask::Remove { who, hotkey, netuid, amount })));
        let ((who, from), to) = (clone(), charlie());
        costs.push(("move", ask(Ask::Move { who, netuid, from, to, amount })));
        let ((who, hotkey), to) = (clone(), alice());
        costs.push(("transfer", ask(Ask::Transfer { who, to, hotkey, netuid, amount })));
        let (who, hotkey) = clone();
        let positions = vec![(hotkey, netuid)];
        costs.push(("remove all", ask(Ask::RemoveAll { who, positions })));
        let (reward, native) = (alpha(netuid, UNIT), credit(UNIT));
        costs.push((
            "reward pools",
            counted(|| {
                let reached = <Stake as RewardSink<_>>::reward_pools(&bob(), reward, 720);
                assert!(reached.subnet.0 > 0 && reached.root.0 > 0);
            }),
        ));
        costs.push(("reward root", counted(|| Stake::reward_root(&bob(), native))));
        costs.push(("stake weight", counted(|| assert!(Stake::stake_weight(&bob(), netuid) > 0))));
        check();
        costs
    })
}

#[test]
fn every_operation_should_cost_the_same_when_there_are_a_thousand_nominators() {
    let (few, many) = (costs(1), costs(1_000));
    for (what, (reads, writes)) in &few {
        println!("{what}: {reads} reads, {writes} writes, with 1 and with 1,000 nominators");
        assert!(*reads > 0);
    }
    assert_eq!(few, many);
}

#[test]
fn weight_and_reward_should_cost_a_bounded_sum_when_five_lend() {
    // A child with as many lenders as can be, each of whom lends to as many as can be.
    let costs = |lenders: u16| {
        new_test_ext().execute_with(|| {
            place(&dave(), &bob(), SUBNET, UNIT);
            for n in 0..lenders {
                let lender = hotkey_of(&alice(), n);
                place(&dave(), &lender, SUBNET, UNIT);
                place(&eve(), &lender, NetUid::ROOT, UNIT);
                let others = (0..4).map(|other| (hotkey_of(&alice(), 100 + 10 * n + other), 1));
                let children: Vec<_> = others.chain([(bob(), 500_000)]).collect();
                let (origin, children) = (signed(alice()), children.try_into().unwrap());
                Stake::set_children(origin, lender, SUBNET, children).expect("it lends");
            }
            at(20_000);
            let weight = counted(|| assert!(Stake::stake_weight(&bob(), SUBNET) >= UNIT));
            let reward = alpha(SUBNET, UNIT);
            let reward = counted(|| {
                let _ = <Stake as RewardSink<_>>::reward_pools(&bob(), reward, 720);
            });
            check();
            (weight, reward)
        })
    };
    let (none, one, five) = (costs(0), costs(1), costs(5));
    println!("(reads, writes) of (weight, reward): {none:?} alone, {one:?} with a lender, {five:?} with 5");
    let each = |few: u32, one: u32| one - few;
    assert_eq!(five.0 .0 - none.0 .0, 5 * each(none.0 .0, one.0 .0));
    assert!(five.1 .0 - none.1 .0 <= 5 * each(none.1 .0, one.1 .0));
}

/// Reads of freezing an epoch with so many neurons, of which the first `lenders` lend to the others, and
/// so do as many hotkeys without a uid.
fn reads_of_freezing(neurons: u16, lenders: u16) -> u32 {
    new_test_ext().execute_with(|| {
        let keys: Vec<_> = (0..neurons).map(|n| hotkey_of(&alice(), n)).collect();
        for hotkey in &keys {
            place(&dave(), hotkey, SUBNET, UNIT);
            place(&eve(), hotkey, NetUid::ROOT, UNIT);
        }
        for n in 0..lenders {
            let child = &keys[usize::from(neurons - 1 - n)];
            for lender in [n, 5_000 + n] {
                let (lender, children) =
                    (hotkey_of(&alice(), lender), vec![(child.clone(), 500_000)]);
                let children = children.try_into().unwrap();
                Stake::set_children(signed(alice()), lender, SUBNET, children).expect("it lends");
            }
        }
        at(20_000);
        let mut weights = Vec::new();
        let (reads, writes) = counted(|| weights = Stake::stake_weights(&keys, SUBNET));
        assert_eq!(writes, 0);
        let each = keys.iter().map(|hotkey| Stake::stake_weight(hotkey, SUBNET));
        assert_eq!(weights, each.collect::<Vec<_>>());
        check();
        reads
    })
}

#[test]
fn freezing_should_cost_two_reads_for_each_neuron_and_more_for_who_lends_only() {
    let [few, many] = [1, 100].map(|neurons| reads_of_freezing(neurons, 0));
    println!("{few} reads with one neuron, {many} with 100, when nobody lends");
    assert_eq!((many - few, few), (2 * 99, 2 + 3));
    let [one, eleven] = [1, 11].map(|lenders| reads_of_freezing(100, lenders));
    println!("{one} reads with 100 neurons when 2 lend, {eleven} when 22 do");
    // A lender's row; the two pools of one without a uid.
    assert_eq!(eleven - one, 10 * (1 + 3));
    // The block, for when epochs are due: the mock says that without another read.
    assert_eq!(one - many, 1 + 3 + 1);
}

#[test]
fn counter_should_count_each_access_once() {
    build_and_execute(|| {
        let id = crate::PoolId(77);
        assert_eq!(counted(|| assert_eq!(Positions::<Test>::get(dave(), id), None)), (1, 0));
        assert_eq!(counted(|| Positions::<Test>::insert(dave(), id, 1)), (0, 1));
        assert_eq!(counted(|| Positions::<Test>::remove(dave(), id)), (0, 1));
    });
}
