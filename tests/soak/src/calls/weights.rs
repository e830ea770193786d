//! Rows: set, promised, revealed.
//!
//! A promise is made from its hotkey, matrix and a small number, so that it can be found again from
//! its hash on chain: nothing has to be remembered beside the state.

use super::{kind, look, Generator, Shot};
use crate::{Dice, World};
use alun_primitives::{
    commit_preimage, traits::NeuronRegistry, Digest, MechanismId, NetUid, WeightCommit,
};
use alun_runtime::{AccountId, Runtime, Subnets, System};
use pallet_weights::{Call, Commits};
use sp_io::hashing::blake2_256;

type WeightsCall = Call<Runtime>;

/// The kinds of this file.
pub const TABLE: &[Generator] = &[
    kind("Weights.set_weights", 50, set),
    kind("Weights.commit_weights", 60, commit),
    kind("Weights.reveal_weights", 60, reveal),
];

/// How many different promises a hotkey makes on a matrix.
const VARIANTS: u8 = 4;

/// A row that scores the first few uids, by a number.
fn row(variant: u8) -> (Vec<u16>, Vec<u16>) {
    let count = 1 + u16::from(variant);
    let uids: Vec<u16> = (0..count).collect();
    let values = uids.iter().map(|uid| 1_000 * (1 + (uid * 7 + count) % 5)).collect();
    (uids, values)
}

fn promise(
    hotkey: &AccountId,
    netuid: NetUid,
    mechanism: MechanismId,
    version: u64,
    variant: u8,
) -> WeightCommit {
    let (uids, values) = row(variant);
    WeightCommit {
        genesis: System::block_hash(0).into(),
        netuid,
        mechanism,
        hotkey: hotkey.clone().into(),
        uids,
        values,
        evidence_root: [variant; 32],
        version,
        salt: [variant; 32],
    }
}

fn version(netuid: NetUid) -> u64 {
    <Subnets as NeuronRegistry<AccountId>>::hyperparameters(netuid)
        .map_or(0, |values| values.weights_version)
}

/// A row as people set it: of live uids mostly, at times too long, doubled, empty or beyond.
fn any_row(dice: &mut Dice, netuid: NetUid) -> (Vec<u16>, Vec<u16>) {
    let neurons = <Subnets as NeuronRegistry<AccountId>>::neuron_count(netuid);
    let step = 1 + dice.below(4) as usize;
    let mut uids: Vec<u16> = (0..neurons).skip(dice.index(4)).step_by(step).take(20).collect();
    match dice.below(20) {
        0 => uids.push(neurons),
        1 => uids.extend(uids.first().copied()),
        2 => uids.clear(),
        _ => {}
    }
    let mut values: Vec<u16> = uids.iter().map(|_| dice.bits() as u16).collect();
    match dice.below(20) {
        0 => values.push(1),
        1 => values.fill(0),
        _ => {}
    }
    (uids, values)
}

fn set(dice: &mut Dice, world: &World) -> Option<Shot> {
    // Where rows are set directly, if a few tries find such a subnet.
    let direct = |netuid| {
        <Subnets as NeuronRegistry<AccountId>>::hyperparameters(netuid)
            .is_some_and(|values| !values.commit_reveal)
    };
    let mut netuid = look::netuid(dice);
    for _ in 0..6 {
        if direct(netuid) {
            break;
        }
        netuid = look::netuid(dice);
    }
    let mechanism = look::mechanism(dice, netuid);
    let signer = look::validator(dice, world, netuid, mechanism)?;
    let (uids, values) = any_row(dice, netuid);
    let (uids, values) = (uids.try_into().ok()?, values.try_into().ok()?);
    let version = version(netuid).wrapping_add(u64::from(dice.chance(4)));
    Shot::new(signer, WeightsCall::set_weights { netuid, mechanism, uids, values, version })
}

fn commit(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let mechanism = look::mechanism(dice, netuid);
    let signer = look::validator(dice, world, netuid, mechanism)?;
    let hotkey = &world.keys[signer].account;
    let variant = dice.below(VARIANTS.into()) as u8;
    let promised = promise(hotkey, netuid, mechanism, version(netuid), variant);
    let mut hash: Digest = blake2_256(&commit_preimage(&promised));
    if dice.chance(5) {
        hash = [variant; 32];
    }
    Shot::new(signer, WeightsCall::commit_weights { netuid, mechanism, hash })
}

fn reveal(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let mechanism = look::mechanism(dice, netuid);
    let committed: Vec<(AccountId, _)> =
        Commits::<Runtime>::iter_prefix((netuid, mechanism)).collect();
    let at = dice.index(committed.len());
    let (hotkey, commits) = match committed.into_iter().nth(at) {
        Some((hotkey, commits)) => (hotkey, commits.to_vec()),
        None => (world.keys[look::neuron(dice, world, netuid)?].account.clone(), Vec::new()),
    };
    let found = commits.first().and_then(|commit| {
        (0..VARIANTS)
            .map(|variant| promise(&hotkey, netuid, mechanism, commit.terms.version, variant))
            .find(|promised| blake2_256(&commit_preimage(promised)) == commit.hash)
    });
    let mut promised =
        found.unwrap_or_else(|| promise(&hotkey, netuid, mechanism, version(netuid), 0));
    if dice.chance(5) {
        promised.salt = [99; 32];
    }
    // Anybody may send it.
    let signer = if dice.chance(70) { world.index_of(&hotkey)? } else { look::hotkey(dice, world) };
    let WeightCommit { uids, values, evidence_root, version, salt, .. } = promised;
    let (uids, values) = (uids.try_into().ok()?, values.try_into().ok()?);
    Shot::new(
        signer,
        WeightsCall::reveal_weights {
            netuid,
            mechanism,
            hotkey,
            uids,
            values,
            evidence_root,
            version,
            salt,
        },
    )
}
