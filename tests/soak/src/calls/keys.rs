//! Keys that take another's place.

use super::{kind, look, Generator, Shot};
use crate::{Dice, World};
use alun_primitives::Digest;
use alun_runtime::{AccountId, Runtime, Stake};
use codec::Encode;
use pallet_keys::{Call, Lock, Locks};
use sp_core::Pair;
use sp_runtime::MultiSignature;

/// The kinds of this file. Few coldkeys are locked at a time: who is can do nothing else.
pub const TABLE: &[Generator] = &[
    kind("Keys.swap_hotkey", 3, swap_hotkey),
    kind("Keys.announce_coldkey_swap", 2, announce),
    kind("Keys.dispute_coldkey_swap", 1, dispute),
    kind("Keys.resolve_coldkey_dispute", 2, resolve),
    kind("Keys.execute_coldkey_swap", 8, execute),
    kind("Keys.continue_coldkey_swap", 8, go_on),
];

/// Mostly a bound hotkey by its coldkey, for one that was never bound: there are few of these.
fn swap_hotkey(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let old = look::neuron(dice, world, netuid).unwrap_or_else(|| look::hotkey(dice, world));
    let coldkey = look::mostly_owner(dice, world, old);
    let spare = if dice.chance(90) { look::spare(dice, world) } else { None };
    let new = &world.keys[spare.unwrap_or_else(|| look::hotkey(dice, world))];
    let payload = Stake::bind_payload(&world.keys[coldkey].account);
    let proof = MultiSignature::Ed25519(new.pair.sign(&payload));
    let most_rows = if dice.chance(80) { 200 } else { dice.below(20) as u32 };
    let (old, new) = (world.keys[old].account.clone(), new.account.clone());
    Shot::new(coldkey, Call::<Runtime>::swap_hotkey { old, new, proof, most_rows })
}

/// By anybody but who holds the sudo key, which is refused. Two at a time at most: of forty
/// coldkeys more would keep the rest of the market from happening.
fn announce(dice: &mut Dice, world: &World) -> Option<Shot> {
    if Locks::<Runtime>::count() >= 2 {
        return None;
    }
    let signer = 1 + dice.index(world.coldkeys - 1);
    let new = &world.keys[1 + dice.index(world.coldkeys - 1)].account;
    let hash = new.using_encoded(sp_io::hashing::blake2_256);
    Shot::new(signer, Call::<Runtime>::announce_coldkey_swap { hash })
}

/// A coldkey that is locked, mostly of the wanted kind, and how.
fn locked(
    dice: &mut Dice,
    wanted: fn(&Lock<AccountId>) -> bool,
) -> Option<(AccountId, Lock<AccountId>)> {
    let all: Vec<_> = Locks::<Runtime>::iter().collect();
    let right: Vec<_> = all.iter().filter(|(_, lock)| wanted(lock)).cloned().collect();
    let from = if right.is_empty() || dice.chance(5) { all } else { right };
    from.get(dice.index(from.len())).cloned()
}

fn dispute(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (who, _) = locked(dice, |lock| matches!(lock, Lock::Announced { .. }))?;
    let signer = if dice.chance(90) { world.index_of(&who)? } else { look::coldkey(dice, world) };
    Shot::new(signer, Call::<Runtime>::dispute_coldkey_swap {})
}

fn resolve(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (coldkey, _) = locked(dice, |lock| matches!(lock, Lock::Disputed))?;
    let new = dice.chance(50).then(|| world.keys[look::coldkey(dice, world)].account.clone());
    Shot::root(dice, world, Call::<Runtime>::resolve_coldkey_dispute { coldkey, new })
}

/// So many rows that it takes several calls, at times too few to begin.
fn rows(dice: &mut Dice) -> u32 {
    if dice.chance(50) {
        200
    } else {
        dice.below(40) as u32
    }
}

/// The key of which an announcement tells the hash.
fn announced(world: &World, hash: Digest) -> Option<AccountId> {
    let accounts = world.keys.iter().map(|key| &key.account);
    accounts.into_iter().find(|who| who.using_encoded(sp_io::hashing::blake2_256) == hash).cloned()
}

fn execute(dice: &mut Dice, world: &World) -> Option<Shot> {
    let ripe =
        |lock: &Lock<AccountId>| matches!(lock, Lock::Announced { .. } | Lock::Resolved { .. });
    let (old, lock) = locked(dice, ripe)?;
    let new = match lock {
        Lock::Announced { hash, .. } | Lock::Resolved { hash } if dice.chance(95) => {
            announced(world, hash)?
        }
        _ => world.keys[look::coldkey(dice, world)].account.clone(),
    };
    let most_rows = rows(dice);
    let signer = look::coldkey(dice, world);
    Shot::new(signer, Call::<Runtime>::execute_coldkey_swap { old, new, most_rows })
}

fn go_on(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (old, _) = locked(dice, |lock| matches!(lock, Lock::Moving { .. }))?;
    let most_rows = rows(dice);
    let signer = look::coldkey(dice, world);
    Shot::new(signer, Call::<Runtime>::continue_coldkey_swap { old, most_rows })
}
