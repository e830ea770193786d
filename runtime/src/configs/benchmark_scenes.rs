//! Populated subnets for the pallets' benchmarks.

// Held to the rules of tests: a panic here stops a benchmark, not a chain.
#![allow(clippy::expect_used)]

use crate::{
    AccountId, Balances, Emission, Market, Runtime, RuntimeOrigin, Signature, Stake, Subnets,
    System, Weights,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EmissionMarket, KeyRegistry, NeuronRegistry, PendingEmission, RewardSink, Settle},
    Alpha, AlphaCredit, BlockNumber, MechanismId, NetUid, Schedule, TaskDescriptor, TaskKind, Uid,
    UNIT,
};
use frame_benchmarking::account;
use frame_support::{
    traits::{
        fungible::{Mutate, MutateHold},
        Hooks,
    },
    BoundedVec,
};
use pallet_consensus::{Bonds, Outcome, Outputs, PackedRow, PermitList, Permits, Plans};
use pallet_subnets::{
    GenesisKnobs, HyperparametersOf, LastLock, Neuron, NeuronCount, NextNetuid, SubnetLimit, Uids,
};
use sp_core::{crypto::KeyTypeId, sr25519};
use sp_runtime::{traits::IdentifyAccount, MultiSigner};

/// Sets the scene for every pallet of the market.
pub struct Scenes;

/// Alpha out of nothing, with its issuance.
fn issued(netuid: NetUid, amount: u64) -> AlphaCredit<Market> {
    Market::inject(netuid, Default::default(), Alpha(amount))
}

/// A coldkey with tokens and a hotkey bound to it.
fn keys(name: &'static str, index: u32) -> (AccountId, AccountId) {
    let (coldkey, hotkey): (AccountId, AccountId) =
        (account(name, index, 0), account(name, index, 1));
    // Enough for every lock and price; the sum over 4,096 neurons stays under 2^64 units.
    Balances::set_balance(&coldkey, 2_000 * UNIT);
    if Stake::coldkey_of(&hotkey).is_none() {
        Stake::bind_unchecked(&hotkey, &coldkey);
    }
    (coldkey, hotkey)
}

/// A started subnet with `neurons` neurons; the owner's hotkey, returned too, is uid 0.
fn populated(neurons: u16) -> (NetUid, AccountId) {
    let netuid = NetUid(NextNetuid::<Runtime>::get());
    let (owner, owner_hotkey) = keys("owner", netuid.0.into());
    SubnetLimit::<Runtime>::put(u16::MAX);
    // Else the lock would double with each subnet of a scene.
    LastLock::<Runtime>::kill();
    Balances::set_balance(&owner, Subnets::subnet_lock().saturating_add(2_000 * UNIT));
    let task =
        TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters: Default::default() };
    let name = Vec::from(*b"bench").try_into().expect("five bytes fit a name");
    let origin = RuntimeOrigin::signed(owner);
    Subnets::register_subnet(origin.clone(), owner_hotkey.clone(), name, task, u64::MAX)
        .expect("the owner can pay the least lock");
    for uid in (1..neurons).map(Uid) {
        let (_, hotkey) = keys("neuron", uid.0.into());
        let neuron = Neuron {
            hotkey: hotkey.clone(),
            registered_at: System::block_number(),
            immune_until: 0,
            announced_at: None,
        };
        Uids::<Runtime>::insert(netuid, hotkey, uid);
        assert!(Subnets::put_neuron(netuid, uid, neuron));
    }
    NeuronCount::<Runtime>::insert(netuid, neurons.max(1));
    HyperparametersOf::<Runtime>::mutate(netuid, |values| {
        if let Some(values) = values {
            values.max_neurons = values.max_neurons.max(neurons);
        }
    });
    Subnets::start(origin, netuid).expect("the owner starts it for the first time");
    (netuid, owner_hotkey)
}

/// A started subnet whose market holds 100,000 tokens, with emission to settle in every block.
fn earning() -> NetUid {
    GenesisKnobs::<Runtime>::mutate(|knobs| knobs.min_lock = 100_000 * UNIT);
    let (netuid, _) = populated(1);
    GenesisKnobs::<Runtime>::mutate(|knobs| knobs.min_lock = 1_000 * UNIT);
    // Averages move with time, and with them the share.
    System::set_block_number(System::block_number().saturating_add(100));
    Emission::settle(netuid);
    Emission::on_initialize(System::block_number());
    netuid
}

impl pallet_stake::BenchmarkHelper<AccountId, Signature> for Scenes {
    fn sign(payload: &[u8]) -> (AccountId, Signature) {
        let kind = KeyTypeId(*b"bnch");
        let public: sr25519::Public = sp_io::crypto::sr25519_generate(kind, None);
        let signature = sp_io::crypto::sr25519_sign(kind, &public, payload)
            .expect("the key was generated a line above");
        (MultiSigner::Sr25519(public).into_account(), Signature::Sr25519(signature))
    }

    fn subnets() -> [NetUid; 2] {
        [earning(), earning()]
    }
}

/// The mechanisms of a subnet.
fn mechanisms(netuid: NetUid) -> impl Iterator<Item = MechanismId> {
    (0..Subnets::mechanism_count(netuid)).map(MechanismId)
}

impl pallet_subnets::BenchmarkHelper<AccountId> for Scenes {
    fn validator(netuid: NetUid, neurons: u16, uid: Uid, hotkey: &AccountId) {
        let everybody: Vec<_> = (0..neurons).map(|uid| (uid, u16::MAX)).collect();
        let bonds = PackedRow::pack(&everybody).expect("no more than there are neurons");
        for mechanism in mechanisms(netuid) {
            let matrix = (netuid, mechanism);
            let outcomes = (0..neurons).map(|_| Outcome::default()).collect();
            Outputs::<Runtime>::insert(matrix, BoundedVec::truncate_from(outcomes));
            let permits = PermitList::truncate_from((0..neurons).map(Uid).collect());
            Permits::<Runtime>::insert(matrix, permits);
            Bonds::<Runtime>::insert((netuid, mechanism, 0), uid, bonds.clone());
            Weights::insert_row(netuid, mechanism, uid, everybody.clone(), 0);
            Weights::insert_all_commits(netuid, mechanism, hotkey);
        }
    }

    fn gone(netuid: NetUid, uid: Uid, hotkey: &AccountId) -> bool {
        mechanisms(netuid).all(|mechanism| {
            !Permits::<Runtime>::get((netuid, mechanism)).contains(&uid)
                && !Bonds::<Runtime>::contains_key((netuid, mechanism, 0), uid)
                && Weights::has_nothing(netuid, mechanism, uid, hotkey)
        })
    }
}

impl pallet_weights::BenchmarkHelper<AccountId> for Scenes {
    fn subnet(neurons: u16, commit_reveal: bool) -> (NetUid, AccountId) {
        let (netuid, owner_hotkey) = populated(neurons);
        HyperparametersOf::<Runtime>::mutate(netuid, |values| {
            if let Some(values) = values {
                values.commit_reveal = commit_reveal;
            }
        });
        Plans::<Runtime>::mutate_extant(netuid, |plan| {
            plan.schedule = Schedule::new(System::block_number(), plan.schedule.tempo);
        });
        let owner = PermitList::truncate_from(Vec::from([Uid(0)]));
        Permits::<Runtime>::insert((netuid, MechanismId::FIRST), owner);
        (netuid, owner_hotkey)
    }
}

impl pallet_consensus::BenchmarkHelper for Scenes {
    fn subnet(validators: u16, neurons: u16) -> NetUid {
        let (netuid, _) = populated(neurons);
        for uid in (0..neurons).map(Uid) {
            // Everybody has two pools to be read; only a validator's hold much.
            let tokens = if uid.0 < validators { 10_000 } else { 1 };
            if let Some(hotkey) = Subnets::hotkey_of(netuid, uid) {
                let _ = Stake::reward_position(&hotkey, issued(netuid, tokens * UNIT));
                let coldkey = Stake::coldkey_of(&hotkey).expect("neurons are bound");
                Balances::set_balance(&coldkey, 2 * tokens * UNIT);
                let origin = RuntimeOrigin::signed(coldkey);
                Stake::add_stake(origin, hotkey, NetUid::ROOT, tokens * UNIT, 0)
                    .expect("the coldkey has twice as much");
            }
        }
        Emission::add_pending(issued(netuid, 1_000 * UNIT));
        netuid
    }

    fn row(
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
        entries: Vec<(u16, u16)>,
        last_update: BlockNumber,
    ) {
        Weights::insert_row(netuid, mechanism, uid, entries, last_update);
    }

    fn lend(netuid: NetUid, validators: u16, lenders: u32) {
        let hotkeys = (0..validators).filter_map(|uid| Subnets::hotkey_of(netuid, Uid(uid)));
        let children: Vec<AccountId> = hotkeys.collect();
        for (seed, child) in (0..lenders).zip(children.iter().cycle()) {
            let (coldkey, lender) = keys("lender", seed);
            let _ = Stake::reward_position(&lender, issued(netuid, 10_000 * UNIT));
            Balances::set_balance(&coldkey, 20_000 * UNIT);
            let origin = RuntimeOrigin::signed(coldkey);
            Stake::add_stake(origin, lender.clone(), NetUid::ROOT, 10_000 * UNIT, 0)
                .expect("the coldkey has twice as much");
            let current = BoundedVec::truncate_from(Vec::from([(child.clone(), 500_000)]));
            let lending = pallet_stake::Lending { current, next: None };
            pallet_stake::Lendings::<Runtime>::insert(&lender, netuid, lending);
            pallet_stake::LentOn::<Runtime>::mutate(netuid, |listed| {
                listed.try_push(lender.clone()).expect("no more than may lend");
            });
            pallet_stake::Lenders::<Runtime>::mutate(child, netuid, |listed| {
                let entry = pallet_stake::Lender { hotkey: lender.clone(), accepted: true };
                listed.try_push(entry).expect("no more than a child may have");
            });
        }
    }

    fn unrevealed_commits(netuid: NetUid, mechanism: MechanismId, uid: Uid) {
        if let Some(hotkey) = Subnets::hotkey_of(netuid, uid) {
            Weights::insert_commits(netuid, mechanism, &hotkey);
        }
    }
}

/// A validator with all that an eviction would drop, and pools of its hotkey on so many netuids more that
/// a swap moves about `rows`.
impl pallet_keys::BenchmarkHelper<AccountId, Signature> for Scenes {
    fn hotkey(rows: u32) -> (AccountId, AccountId) {
        let (netuid, hotkey) = populated(64);
        <Self as pallet_subnets::BenchmarkHelper<AccountId>>::validator(
            netuid,
            64,
            Uid(0),
            &hotkey,
        );
        let pools = u16::try_from(rows).unwrap_or(u16::MAX);
        for at in (u16::MAX.saturating_sub(pools)..u16::MAX).map(NetUid) {
            let id = pallet_stake::PoolId(u64::from(at.0));
            let row = pallet_stake::PoolRow { id, pool: Default::default() };
            pallet_stake::Pools::<Runtime>::insert(&hotkey, at, row);
            pallet_stake::PoolNames::<Runtime>::insert(id, (&hotkey, at));
        }
        let coldkey = Stake::coldkey_of(&hotkey).expect("neurons are bound");
        (coldkey, hotkey)
    }

    fn agree(coldkey: &AccountId) -> (AccountId, Signature) {
        let payload = Stake::bind_payload(coldkey);
        <Self as pallet_stake::BenchmarkHelper<AccountId, Signature>>::sign(&payload)
    }

    fn coldkey(rows: u32) -> AccountId {
        // Half of the rows for hotkeys, two each, half for positions, four each. The new coldkey has a position
        // in each pool too, so that they become one and a deposit is released: the dearest way.
        let (coldkey, new): (AccountId, AccountId) = (account("moved", 0, 0), account("new", 0, 0));
        for account in [&coldkey, &new] {
            Balances::set_balance(account, 2_000 * UNIT);
        }
        for seed in 0..rows.div_ceil(4) {
            Stake::bind_unchecked(&account("moved", seed, 1), &coldkey);
        }
        for seed in 0..rows / 8 {
            let (hotkey, netuid): (AccountId, _) = (account("pooled", seed, 0), NetUid::ROOT);
            let id = pallet_stake::PoolId(u64::from(seed) + (1 << 32));
            let mut row = pallet_stake::PoolRow { id, pool: Default::default() };
            (row.pool.value, row.pool.positions) = (2 * UNIT, 2);
            row.pool.points = 2 * u128::from(UNIT);
            pallet_stake::Pools::<Runtime>::insert(&hotkey, netuid, row);
            pallet_stake::PoolNames::<Runtime>::insert(id, (&hotkey, netuid));
            let (payer, amount) = (coldkey.clone(), UNIT / 10);
            let reason = pallet_stake::HoldReason::Position.into();
            Balances::hold(&reason, &payer, amount).expect("it has 2,000 tokens");
            let deposit = pallet_stake::RowDeposit { payer, amount };
            pallet_stake::Deposits::<Runtime>::insert(&coldkey, id, deposit);
            for coldkey in [&coldkey, &new] {
                pallet_stake::Positions::<Runtime>::insert(coldkey, id, u128::from(UNIT));
            }
        }
        coldkey
    }
}

impl pallet_market::BenchmarkHelper<AccountId> for Scenes {
    fn market() -> NetUid {
        earning()
    }

    fn root_hotkey(seed: u32) -> AccountId {
        let (coldkey, hotkey) = keys("rooted", seed);
        let origin = RuntimeOrigin::signed(coldkey);
        Stake::add_stake(origin, hotkey.clone(), NetUid::ROOT, UNIT, 0)
            .expect("the coldkey has 2,000 tokens");
        hotkey
    }
}
