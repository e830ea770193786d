//! Authorities, and what the SDK's pallets offer everybody: transfers, batches, proxies, multisigs.

use super::{keys, kind, look, stake, subnets, weights, Generator, Shot};
use crate::{Dice, World};
use alun_runtime::{configs::governance::ProxyType, AccountId, Balances, Runtime, RuntimeCall};

/// The kinds of this file.
pub const TABLE: &[Generator] = &[
    kind("Authorities.add_authority", 3, add_authority),
    kind("Authorities.remove_authority", 3, remove_authority),
    kind("System.kill_storage", 3, lower_lock),
    kind("Balances.transfer_keep_alive", 20, transfer),
    kind("Balances.transfer_allow_death", 6, transfer_all_of_it),
    kind("Balances.transfer_all", 1, transfer_all),
    kind("Balances.burn", 2, burn),
    kind("Utility.batch", 10, batch),
    kind("Utility.batch_all", 10, batch_all),
    kind("Utility.force_batch", 6, force_batch),
    kind("Proxy.add_proxy", 8, add_proxy),
    kind("Proxy.remove_proxy", 4, remove_proxy),
    kind("Proxy.proxy", 20, proxy),
    kind("Multisig.as_multi_threshold_1", 5, multisig),
];

/// Authorities that have session keys are the first four accounts.
fn candidate(dice: &mut Dice, world: &World) -> AccountId {
    world.keys[dice.index(6.min(world.coldkeys))].account.clone()
}

fn add_authority(dice: &mut Dice, world: &World) -> Option<Shot> {
    let who = candidate(dice, world);
    Shot::root(dice, world, pallet_authorities::Call::<Runtime>::add_authority { who })
}

fn remove_authority(dice: &mut Dice, world: &World) -> Option<Shot> {
    let who = candidate(dice, world);
    Shot::root(dice, world, pallet_authorities::Call::<Runtime>::remove_authority { who })
}

/// Root forgets the lock of the newest subnet: it takes two weeks to decay, a soak lasts for a
/// day or two, and without cheap locks ever fewer subnets would follow those that end.
fn lower_lock(dice: &mut Dice, world: &World) -> Option<Shot> {
    let keys = vec![pallet_subnets::LastLock::<Runtime>::hashed_key().to_vec()];
    Shot::root(dice, world, frame_system::Call::<Runtime>::kill_storage { keys })
}

fn transfer(dice: &mut Dice, world: &World) -> Option<Shot> {
    let signer = look::coldkey(dice, world);
    let value = look::money(dice, world, signer);
    let dest = look::account(dice, world).into();
    Shot::new(signer, pallet_balances::Call::<Runtime>::transfer_keep_alive { dest, value })
}

/// From a hotkey, down to dust at times, which is burned and counted.
fn transfer_all_of_it(dice: &mut Dice, world: &World) -> Option<Shot> {
    let signer = look::hotkey(dice, world);
    let free = Balances::free_balance(&world.keys[signer].account);
    let value = if dice.chance(70) { free / 10 } else { free.saturating_sub(1_000_000) };
    let value = if dice.chance(10) { u64::MAX } else { value };
    let dest = world.keys[look::coldkey(dice, world)].account.clone().into();
    Shot::new(signer, pallet_balances::Call::<Runtime>::transfer_allow_death { dest, value })
}

fn transfer_all(dice: &mut Dice, world: &World) -> Option<Shot> {
    let signer = look::hotkey(dice, world);
    let dest = world.keys[look::coldkey(dice, world)].account.clone().into();
    let keep_alive = dice.chance(50);
    Shot::new(signer, pallet_balances::Call::<Runtime>::transfer_all { dest, keep_alive })
}

/// Refused always: it would burn without being counted.
fn burn(dice: &mut Dice, world: &World) -> Option<Shot> {
    let signer = look::coldkey(dice, world);
    let value = look::money(dice, world, signer);
    let keep_alive = dice.chance(50);
    Shot::new(signer, pallet_balances::Call::<Runtime>::burn { value, keep_alive })
}

/// Any call of the market, with whoever should sign it.
fn any(dice: &mut Dice, world: &World) -> Option<Shot> {
    let tables = [stake::TABLE, subnets::TABLE, keys::TABLE, weights::TABLE];
    let table = tables.get(dice.index(tables.len()))?;
    (table.get(dice.index(table.len()))?.make)(dice, world)
}

/// Some calls of which the first says who signs. The others are his or are refused.
fn several(dice: &mut Dice, world: &World) -> Option<(usize, Vec<RuntimeCall>)> {
    let first = any(dice, world)?;
    let mut calls = vec![first.call];
    for _ in 0..dice.below(4) {
        let next = any(dice, world)?;
        if next.signer == first.signer || dice.chance(30) {
            calls.push(next.call);
        }
    }
    Some((first.signer, calls))
}

fn batch(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (signer, calls) = several(dice, world)?;
    Shot::new(signer, pallet_utility::Call::<Runtime>::batch { calls })
}

fn batch_all(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (signer, calls) = several(dice, world)?;
    Shot::new(signer, pallet_utility::Call::<Runtime>::batch_all { calls })
}

fn force_batch(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (signer, calls) = several(dice, world)?;
    Shot::new(signer, pallet_utility::Call::<Runtime>::force_batch { calls })
}

fn proxy_type(dice: &mut Dice) -> ProxyType {
    let all = [
        ProxyType::Any,
        ProxyType::StakeOnly,
        ProxyType::WeightsAndServing,
        ProxyType::Registration,
        ProxyType::Governance,
    ];
    dice.pick(&all).unwrap_or_default()
}

fn add_proxy(dice: &mut Dice, world: &World) -> Option<Shot> {
    let signer = dice.index(world.keys.len());
    let delegate = look::account(dice, world).into();
    let (proxy_type, delay) = (proxy_type(dice), 0);
    Shot::new(signer, pallet_proxy::Call::<Runtime>::add_proxy { delegate, proxy_type, delay })
}

/// Who is a proxy of whom, if anybody is.
fn given(dice: &mut Dice, world: &World) -> Option<(usize, AccountId, ProxyType)> {
    let all: Vec<_> = pallet_proxy::Proxies::<Runtime>::iter().collect();
    let (real, (proxies, _)) = all.get(dice.index(all.len()))?;
    let one = proxies.get(dice.index(proxies.len()))?;
    Some((world.index_of(real)?, one.delegate.clone(), one.proxy_type))
}

fn remove_proxy(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (signer, delegate, of) = given(dice, world)?;
    let proxy_type = if dice.chance(80) { of } else { proxy_type(dice) };
    let delegate = delegate.into();
    let call = pallet_proxy::Call::<Runtime>::remove_proxy { delegate, proxy_type, delay: 0 };
    Shot::new(signer, call)
}

/// A call for somebody else: mostly for one who allowed it.
fn proxy(dice: &mut Dice, world: &World) -> Option<Shot> {
    let mut inner = any(dice, world)?;
    let given = given(dice, world);
    let (real, signer) = match given {
        Some((real, delegate, _)) if dice.chance(90) => {
            // A call that he would sign himself, if a few tries find one.
            for _ in 0..30 {
                if inner.signer == real {
                    break;
                }
                inner = any(dice, world).unwrap_or(inner);
            }
            (real, world.index_of(&delegate)?)
        }
        _ => (inner.signer, look::coldkey(dice, world)),
    };
    let real = world.keys[real].account.clone().into();
    let (call, force_proxy_type) = (Box::new(inner.call), None);
    Shot::new(signer, pallet_proxy::Call::<Runtime>::proxy { real, force_proxy_type, call })
}

fn multisig(dice: &mut Dice, world: &World) -> Option<Shot> {
    let mut inner = any(dice, world)?;
    if dice.chance(50) {
        inner.call = frame_system::Call::<Runtime>::remark { remark: vec![1] }.into();
    }
    let count = dice.index(3);
    let mut others: Vec<AccountId> =
        (0..count).map(|_| world.keys[look::coldkey(dice, world)].account.clone()).collect();
    others.sort();
    let (other_signatories, call) = (others, Box::new(inner.call));
    let call = pallet_multisig::Call::<Runtime>::as_multi_threshold_1 { other_signatories, call };
    Shot::new(inner.signer, call)
}
