//! Calls on stake, and paying for use.

use super::{kind, look, Generator, Shot};
use crate::{Dice, World};
use alun_primitives::{traits::AlphaMarket, NetUid};
use alun_runtime::{AccountId, Market, Runtime, Stake};
use pallet_stake::Call;
use sp_core::Pair;
use sp_runtime::MultiSignature;

type StakeCall = Call<Runtime>;

/// The kinds of this file.
pub const TABLE: &[Generator] = &[
    kind("Stake.bind_hotkey", 40, bind),
    kind("Stake.add_stake", 90, add),
    kind("Stake.remove_stake", 50, remove),
    kind("Stake.remove_all_stake", 12, remove_all),
    kind("Stake.move_stake", 25, move_stake),
    kind("Stake.transfer_stake", 25, transfer),
    kind("Stake.swap_stake", 30, swap),
    kind("Stake.set_take", 15, take),
    kind("Stake.set_children", 25, children),
    kind("Stake.set_lenders", 15, lenders),
    kind("Stake.set_root_weight", 4, root_weight),
    kind("Market.pay", 20, pay),
];

fn bind(dice: &mut Dice, world: &World) -> Option<Shot> {
    let index = look::hotkey(dice, world);
    let coldkey = look::mostly_owner(dice, world, index);
    let signed_for = if dice.chance(95) { coldkey } else { look::coldkey(dice, world) };
    let mut payload = Stake::bind_payload(&world.keys[signed_for].account);
    match dice.below(20) {
        0 => payload.push(0),
        1..=4 => payload = [b"<Bytes>".as_slice(), &payload, b"</Bytes>"].concat(),
        _ => {}
    }
    let key = &world.keys[index];
    let proof = MultiSignature::Ed25519(key.pair.sign(&payload));
    let hotkey = key.account.clone();
    Shot::new(coldkey, StakeCall::bind_hotkey { hotkey, proof })
}

/// A hotkey to stake on: mostly a neuron of the subnet.
fn target(dice: &mut Dice, world: &World, netuid: NetUid) -> AccountId {
    let neuron = if dice.chance(70) { look::neuron(dice, world, netuid) } else { None };
    world.keys[neuron.unwrap_or_else(|| look::hotkey(dice, world))].account.clone()
}

fn add(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (coldkey, netuid) = (look::coldkey(dice, world), look::market(dice));
    let hotkey = target(dice, world, netuid);
    let amount = look::money(dice, world, coldkey);
    let quoted = Stake::quote_add(&hotkey, netuid, amount).map_or(0, |quote| quote.received);
    let min_received = dice.bound(quoted);
    Shot::new(coldkey, StakeCall::add_stake { hotkey, netuid, amount, min_received })
}

fn remove(dice: &mut Dice, world: &World) -> Option<Shot> {
    let look::Position { coldkey, hotkey, netuid, value } = look::position(dice, world)?;
    let signer = if dice.chance(97) { coldkey } else { look::coldkey(dice, world) };
    let amount = dice.amount(value);
    let who = &world.keys[signer].account;
    let quoted = Stake::quote_remove(who, &hotkey, netuid, Some(amount));
    let min_received = dice.bound(quoted.map_or(0, |quote| quote.received));
    Shot::new(signer, StakeCall::remove_stake { hotkey, netuid, amount, min_received })
}

fn remove_all(dice: &mut Dice, world: &World) -> Option<Shot> {
    let coldkey = look::coldkey(dice, world);
    let who = &world.keys[coldkey].account;
    let most = 1 + dice.index(6);
    let mut positions: Vec<(AccountId, NetUid)> = Stake::stake_of(who)
        .into_iter()
        .take(most)
        .map(|position| (position.hotkey, position.netuid))
        .collect();
    match dice.below(12) {
        0 => positions.extend(positions.first().cloned()),
        1 => positions.push((look::account(dice, world), look::market(dice))),
        2 => positions.clear(),
        _ => {}
    }
    let quoted = Stake::quote_remove_all(who, &positions)
        .map_or(0, |quotes| quotes.iter().map(|quote| quote.received).sum());
    let min_received = dice.bound(quoted);
    let positions = positions.try_into().ok()?;
    Shot::new(coldkey, StakeCall::remove_all_stake { positions, min_received })
}

fn move_stake(dice: &mut Dice, world: &World) -> Option<Shot> {
    let at = look::position(dice, world)?;
    let to = if dice.chance(95) { target(dice, world, at.netuid) } else { at.hotkey.clone() };
    let amount = dice.amount(at.value);
    let who = &world.keys[at.coldkey].account;
    let quoted = Stake::quote_move(who, at.netuid, &at.hotkey, &to, amount);
    let min_received = dice.bound(quoted.map_or(0, |quote| quote.received));
    let (netuid, from_hotkey, to_hotkey) = (at.netuid, at.hotkey, to);
    let call = StakeCall::move_stake { netuid, from_hotkey, to_hotkey, amount, min_received };
    Shot::new(at.coldkey, call)
}

fn transfer(dice: &mut Dice, world: &World) -> Option<Shot> {
    let look::Position { coldkey, hotkey, netuid, value } = look::position(dice, world)?;
    let to_coldkey = look::account(dice, world);
    let amount = dice.amount(value);
    let who = &world.keys[coldkey].account;
    let quoted = Stake::quote_transfer(who, &to_coldkey, &hotkey, netuid, amount);
    let min_received = dice.bound(quoted.map_or(0, |quote| quote.received));
    let call = StakeCall::transfer_stake { to_coldkey, hotkey, netuid, amount, min_received };
    Shot::new(coldkey, call)
}

fn swap(dice: &mut Dice, world: &World) -> Option<Shot> {
    let look::Position { coldkey, hotkey, netuid: from_netuid, value } =
        look::position(dice, world)?;
    let to_netuid = look::market(dice);
    let amount = dice.amount(value);
    let who = &world.keys[coldkey].account;
    let quoted = Stake::quote_swap(who, &hotkey, from_netuid, to_netuid, amount);
    let min_received = dice.bound(quoted.map_or(0, |quote| quote.received));
    let call = StakeCall::swap_stake { hotkey, from_netuid, to_netuid, amount, min_received };
    Shot::new(coldkey, call)
}

fn take(dice: &mut Dice, world: &World) -> Option<Shot> {
    let index = look::hotkey(dice, world);
    let signer = look::mostly_owner(dice, world, index);
    let hotkey = world.keys[index].account.clone();
    let take = dice.pick(&[0, 1, 90_000, 180_000, 180_001, u32::MAX])?;
    Shot::new(signer, StakeCall::set_take { hotkey, take })
}

/// A hotkey, and who takes it for a lender: children must say so first.
fn accepted(dice: &mut Dice, world: &World, netuid: NetUid) -> (usize, Vec<AccountId>) {
    let children: Vec<(AccountId, AccountId)> = (0..12)
        .filter_map(|_| look::neuron(dice, world, netuid))
        .flat_map(|index| {
            let child = world.keys[index].account.clone();
            let lenders = Stake::children(&child, netuid).accepts;
            lenders.into_iter().map(move |lender| (lender, child.clone()))
        })
        .collect();
    let parent = children.get(dice.index(children.len())).map(|(lender, _)| lender.clone());
    let Some(parent) = parent.filter(|_| dice.chance(80)) else {
        let any = look::neuron(dice, world, netuid);
        return (any.unwrap_or_else(|| look::hotkey(dice, world)), Vec::new());
    };
    let willing = children.into_iter().filter(|(lender, _)| *lender == parent);
    let willing = willing.map(|(_, child)| child).collect();
    (world.index_of(&parent).unwrap_or(world.coldkeys), willing)
}

fn children(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let (parent, willing) = accepted(dice, world, netuid);
    let count = if willing.is_empty() { dice.index(7) } else { 1 + dice.index(2) };
    let children: Vec<(AccountId, u32)> = (0..count)
        .map(|_| {
            let child = match dice.below(15) {
                0 => world.keys[parent].account.clone(),
                1 => look::account(dice, world),
                _ if !willing.is_empty() => willing[dice.index(willing.len())].clone(),
                _ => target(dice, world, netuid),
            };
            let part = dice.pick(&[1, 50_000, 200_000, 300_000, 0, 1_000_000, 1_000_001]);
            (child, part.unwrap_or(0))
        })
        .collect();
    let children = children.try_into().ok()?;
    let signer = look::mostly_owner(dice, world, parent);
    let hotkey = world.keys[parent].account.clone();
    Shot::new(signer, StakeCall::set_children { hotkey, netuid, children })
}

fn lenders(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let child = look::neuron(dice, world, netuid).unwrap_or_else(|| look::hotkey(dice, world));
    let count = dice.index(6);
    let named: Vec<AccountId> = (0..count).map(|_| target(dice, world, netuid)).collect();
    let lenders = named.try_into().ok()?;
    let signer = look::mostly_owner(dice, world, child);
    let hotkey = world.keys[child].account.clone();
    Shot::new(signer, StakeCall::set_lenders { hotkey, netuid, lenders })
}

fn root_weight(dice: &mut Dice, world: &World) -> Option<Shot> {
    let ppm = dice.pick(&[180_000, 0, 1_000_000, 1_000_001, u32::MAX, 500_000])?;
    Shot::root(dice, world, StakeCall::set_root_weight { ppm })
}

fn pay(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (coldkey, netuid) = (look::coldkey(dice, world), look::netuid(dice));
    let amount = look::money(dice, world, coldkey) / 4;
    let quoted = Market::quote_buy(netuid, amount).map_or(0, |trade| look::units(trade.alpha));
    let min_burned = alun_primitives::Alpha(dice.bound(quoted));
    let memo = vec![b'm'; dice.index(40)].try_into().ok()?;
    Shot::new(coldkey, pallet_market::Call::<Runtime>::pay { netuid, amount, min_burned, memo })
}
