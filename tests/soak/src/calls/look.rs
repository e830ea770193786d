//! What generators see of the state.

use crate::{Dice, World};
use alun_primitives::{
    traits::{KeyRegistry, KeySuccession, NeuronRegistry},
    Alpha, MechanismId, NetUid, Uid,
};
use alun_runtime::{AccountId, Keys, Runtime, Stake, Subnets};

/// A subnet that exists; at times root or one that does not, or does not any more.
pub fn netuid(dice: &mut Dice) -> NetUid {
    let next = pallet_subnets::NextNetuid::<Runtime>::get();
    match dice.below(40) {
        0 => NetUid::ROOT,
        1 => NetUid(next),
        2 => NetUid(dice.bits() as u16),
        3 => NetUid(1 + dice.below(u64::from(next.saturating_sub(1))) as u16),
        _ => {
            let all: Vec<NetUid> = pallet_subnets::Subnets::<Runtime>::iter_keys().collect();
            dice.pick(&all).unwrap_or(NetUid::ROOT)
        }
    }
}

/// The same, with root as often as two subnets.
pub fn market(dice: &mut Dice) -> NetUid {
    if dice.chance(20) {
        NetUid::ROOT
    } else {
        netuid(dice)
    }
}

/// Index of any coldkey.
pub fn coldkey(dice: &mut Dice, world: &World) -> usize {
    dice.index(world.coldkeys)
}

/// Index of a hotkey that works, or of the one that took its place; at times of any, retired and spare.
pub fn hotkey(dice: &mut Dice, world: &World) -> usize {
    let all = world.keys.len() - world.coldkeys;
    if dice.chance(3) {
        return world.coldkeys + dice.index(all);
    }
    let first = world.coldkeys + dice.index(all - world.spares);
    let successor = Keys::successor(&world.keys[first].account);
    successor.and_then(|account| world.index_of(&account)).unwrap_or(first)
}

/// Index of a key that was never a hotkey, if a few tries find one.
pub fn spare(dice: &mut Dice, world: &World) -> Option<usize> {
    let unused = |index: &usize| {
        let account = &world.keys[*index].account;
        Stake::coldkey_of(account).is_none() && Keys::successor(account).is_none()
    };
    let first = world.keys.len() - world.spares;
    (0..20).map(|_| first + dice.index(world.spares)).find(unused)
}

/// Index of the coldkey whose a hotkey is, or of that which will bind it.
pub fn owner_of(world: &World, hotkey: usize) -> usize {
    let bound = Stake::coldkey_of(&world.keys[hotkey].account);
    let bound = bound.and_then(|account| world.index_of(&account));
    bound.unwrap_or(hotkey % world.coldkeys)
}

/// Mostly whose the hotkey is, at times somebody.
pub fn mostly_owner(dice: &mut Dice, world: &World, hotkey: usize) -> usize {
    if dice.chance(92) {
        owner_of(world, hotkey)
    } else {
        coldkey(dice, world)
    }
}

/// Index of a subnet's owner; at times of somebody.
pub fn subnet_owner(dice: &mut Dice, world: &World, netuid: NetUid) -> usize {
    let owner = pallet_subnets::Subnets::<Runtime>::get(netuid)
        .and_then(|subnet| world.index_of(&subnet.owner));
    match owner {
        Some(owner) if dice.chance(92) => owner,
        _ => coldkey(dice, world),
    }
}

/// Index of the hotkey of any neuron of a subnet.
pub fn neuron(dice: &mut Dice, world: &World, netuid: NetUid) -> Option<usize> {
    let count = <Subnets as NeuronRegistry<AccountId>>::neuron_count(netuid);
    let uid = dice.below(u64::from(count));
    let page = pallet_subnets::Neurons::<Runtime>::get(netuid, (uid / 64) as u8);
    world.index_of(&page.get((uid % 64) as usize)?.hotkey)
}

/// Index of the hotkey of a neuron with a permit, mostly.
pub fn validator(
    dice: &mut Dice,
    world: &World,
    netuid: NetUid,
    mechanism: MechanismId,
) -> Option<usize> {
    use alun_primitives::traits::PermitView;
    let mut any = None;
    for _ in 0..6 {
        let index = neuron(dice, world, netuid)?;
        any = Some(index);
        let uid: Option<Uid> =
            <Subnets as NeuronRegistry<AccountId>>::uid_of(netuid, &world.keys[index].account);
        let permit = |uid| alun_runtime::Consensus::has_permit(netuid, mechanism, uid);
        if uid.is_some_and(permit) || dice.chance(2) {
            return any;
        }
    }
    let owner = <Subnets as NeuronRegistry<AccountId>>::owner_hotkey(netuid);
    owner.and_then(|hotkey| world.index_of(&hotkey)).or(any)
}

/// A mechanism that exists, mostly.
pub fn mechanism(dice: &mut Dice, netuid: NetUid) -> MechanismId {
    let count = <Subnets as NeuronRegistry<AccountId>>::mechanism_count(netuid);
    MechanismId(if dice.chance(97) { dice.below(count.into()) as u8 } else { count })
}

/// A position of a coldkey: hotkey's account, netuid, value.
pub struct Position {
    /// Index of the coldkey.
    pub coldkey: usize,
    /// Account of the hotkey.
    pub hotkey: AccountId,
    /// Where.
    pub netuid: NetUid,
    /// What it is worth there.
    pub value: u64,
}

/// A position of somebody who has one, if a few tries find any.
pub fn position(dice: &mut Dice, world: &World) -> Option<Position> {
    (0..4).find_map(|_| {
        let index = coldkey(dice, world);
        let positions = Stake::stake_of(&world.keys[index].account);
        let one = positions.get(dice.index(positions.len()))?;
        let (hotkey, netuid) = (one.hotkey.clone(), one.netuid);
        Some(Position { coldkey: index, hotkey, netuid, value: one.value })
    })
}

/// An account, at times one that nobody holds.
pub fn account(dice: &mut Dice, world: &World) -> AccountId {
    if dice.chance(3) {
        return AccountId::new([dice.below(256) as u8; 32]);
    }
    world.keys[dice.index(world.keys.len())].account.clone()
}

/// What a coldkey can spend, a small part of it mostly.
pub fn money(dice: &mut Dice, world: &World, index: usize) -> u64 {
    let free = alun_runtime::Balances::free_balance(&world.keys[index].account);
    dice.amount(free / 50)
}

/// An amount of alpha as a number.
pub fn units(alpha: Alpha) -> u64 {
    alpha.0
}
