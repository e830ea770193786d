//! Subnets and neurons: registering, starting, what owners and root set, endpoints, ownership.

use super::{kind, look, Generator, Shot};
use crate::{Dice, World};
use alun_primitives::{
    BondRule, Endpoint, Hyperparameter, IpAddress, NetUid, Protocol, TaskDescriptor, TaskKind,
    HYPERPARAMETERS, UNIT,
};
use alun_runtime::{Runtime, Subnets};
use pallet_subnets::Call;

use crate::world::SLOT_MS;

type SubnetsCall = Call<Runtime>;

/// The kinds of this file.
pub const TABLE: &[Generator] = &[
    kind("Subnets.register_subnet", 12, register_subnet),
    kind("Subnets.start", 10, start),
    kind("Subnets.set_hyperparameters", 20, set_hyperparameters),
    kind("Subnets.set_task", 5, set_task),
    kind("Subnets.set_metadata", 5, set_metadata),
    kind("Subnets.register", 90, register),
    kind("Subnets.serve", 15, serve),
    kind("Subnets.unserve", 8, unserve),
    kind("Subnets.set_mechanism_count", 4, set_mechanism_count),
    kind("Subnets.set_subnet_limit", 4, set_subnet_limit),
    kind("Subnets.offer_ownership", 6, offer_ownership),
    kind("Subnets.accept_ownership", 6, accept_ownership),
    kind("Subnets.withdraw_offer", 5, withdraw_offer),
    kind("Subnets.set_owner_hotkey", 6, set_owner_hotkey),
    kind("Subnets.announce_wind_up", 3, announce_wind_up),
];

fn task(dice: &mut Dice) -> pallet_subnets::StoredTask {
    let kind = if dice.chance(50) { TaskKind::Embedding } else { TaskKind::Generation };
    let model = if dice.chance(50) { Some([1; 32]) } else { None };
    let text: &[u8] = match dice.below(8) {
        0 => b"\xff",
        1 => b"{",
        _ => b"",
    };
    TaskDescriptor { kind, model, parameters: text.to_vec().try_into().unwrap_or_default() }
}

fn name(dice: &mut Dice) -> Vec<u8> {
    match dice.below(12) {
        0 => Vec::new(),
        1 => vec![0xff, 0xfe],
        _ => format!("subnet {}", dice.below(100)).into_bytes(),
    }
}

/// What is asked for, mostly within the price, at times below it.
fn limit(dice: &mut Dice, price: u64) -> u64 {
    match dice.below(8) {
        0 => price.saturating_sub(1),
        1 => price,
        _ => price.saturating_mul(2),
    }
}

fn register_subnet(dice: &mut Dice, world: &World) -> Option<Shot> {
    let index = look::hotkey(dice, world);
    let signer = look::mostly_owner(dice, world, index);
    let max_lock = limit(dice, Subnets::subnet_lock());
    let (name, task) = (name(dice).try_into().ok()?, task(dice));
    let hotkey = world.keys[index].account.clone();
    Shot::new(signer, SubnetsCall::register_subnet { hotkey, name, task, max_lock })
}

fn start(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    Shot::new(look::subnet_owner(dice, world, netuid), SubnetsCall::start { netuid })
}

/// A value within the bounds, at one of them, or beyond.
fn value(dice: &mut Dice, min: u64, max: u64, default: u64) -> u64 {
    match dice.below(8) {
        0 => min,
        1 => max,
        2 => min.saturating_sub(1),
        3 => max.saturating_add(1),
        4 => dice.bits(),
        _ => default,
    }
}

fn hyperparameter(dice: &mut Dice) -> Hyperparameter {
    use Hyperparameter as H;
    let at = dice.index(HYPERPARAMETERS.len());
    let (min, max, default) =
        HYPERPARAMETERS.get(at).map_or((0, 0, 0), |row| (row.min, row.max, row.default));
    let number = value(dice, min, max, default);
    let slots = SLOT_MS * (1 + dice.below(30));
    match HYPERPARAMETERS.get(at).map_or("", |row| row.name) {
        "tempo_ms" => H::Tempo(if dice.chance(80) { slots } else { number }),
        "activity_cutoff_ms" => H::ActivityCutoff(if dice.chance(60) { 8 * slots } else { number }),
        "immunity_ms" => H::Immunity(if dice.chance(80) { 3 * slots } else { number }),
        "reveal_period" => H::RevealPeriod(1 + (number % 3) as u16),
        "weights_rate_limit_ms" => H::WeightsRateLimit(number % (2 * SLOT_MS)),
        "min_weights" => H::MinWeights(1 + (number % 3) as u16),
        "max_weight_share" => H::MaxWeightShare(number as u16),
        "weights_version" => H::WeightsVersion(number % 3),
        "max_neurons" => H::MaxNeurons(if dice.chance(80) { 64 } else { number as u16 }),
        "max_validators" => H::MaxValidators(1 + (number % 64) as u16),
        "stake_threshold" => H::StakeThreshold(number % (2 * UNIT)),
        "kappa" => H::Kappa(number as u16),
        "bonds_penalty" => H::BondsPenalty(number as u16),
        "bonds_moving_average" => H::BondsMovingAverage(number as u32),
        "bond_rule" if number.is_multiple_of(2) => H::BondRule(BondRule::Classic),
        "bond_rule" => H::BondRule(BondRule::StakeFree),
        "liquid_alpha" => H::LiquidAlpha(number % 2 == 1),
        "liquid_alpha_low" => H::LiquidAlphaLow(number as u16),
        "liquid_alpha_high" => H::LiquidAlphaHigh(number as u16),
        "liquid_alpha_steepness" => H::LiquidAlphaSteepness(number as u16),
        "price_min" => H::PriceMin(number.min(UNIT)),
        "price_max" => H::PriceMax(if dice.chance(70) { UNIT } else { number }),
        "owner_cut" => H::OwnerCut(number as u32),
        "endpoint_rate_limit_ms" => H::EndpointRateLimit(number % (4 * SLOT_MS)),
        // Commit-reveal, off and on: both kinds of subnet are to be there.
        _ => H::CommitReveal(dice.chance(40)),
    }
}

fn set_hyperparameters(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let count = if dice.chance(5) { 0 } else { 1 + dice.index(2) };
    let mut changes: Vec<Hyperparameter> = (0..count).map(|_| hyperparameter(dice)).collect();
    if dice.chance(25) {
        changes = vec![Hyperparameter::CommitReveal(dice.chance(40))];
    }
    let changes = changes.try_into().ok()?;
    let call = SubnetsCall::set_hyperparameters { netuid, changes };
    if dice.chance(60) {
        return Shot::new(look::subnet_owner(dice, world, netuid), call);
    }
    Shot::root(dice, world, call)
}

fn set_task(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (netuid, task) = (look::netuid(dice), task(dice));
    Shot::new(look::subnet_owner(dice, world, netuid), SubnetsCall::set_task { netuid, task })
}

fn set_metadata(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let name = name(dice).try_into().ok()?;
    let metadata = vec![b'x'; dice.index(30)].try_into().ok()?;
    let signer = look::subnet_owner(dice, world, netuid);
    Shot::new(signer, SubnetsCall::set_metadata { netuid, name, metadata })
}

fn register(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let index = look::hotkey(dice, world);
    let signer = look::mostly_owner(dice, world, index);
    let price = Subnets::registration_price(netuid).unwrap_or(UNIT);
    let max_price = limit(dice, price);
    let hotkey = world.keys[index].account.clone();
    Shot::new(signer, SubnetsCall::register { netuid, hotkey, max_price })
}

fn serve(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let signer = look::neuron(dice, world, netuid).unwrap_or(0);
    let https = dice.chance(20);
    let endpoint = Endpoint {
        ip: IpAddress::V4(if dice.chance(10) { [0; 4] } else { [127, 0, 0, 1] }),
        port: dice.pick(&[8_091, 8_092, 0, 65_535]).unwrap_or(0),
        protocol: if https { Protocol::Https } else { Protocol::Http },
        version: 1,
        tls_fingerprint: (https != dice.chance(5)).then_some([3; 32]),
        model: None,
        announced_at: dice.bits() as u32,
    };
    Shot::new(signer, SubnetsCall::serve { netuid, endpoint })
}

fn unserve(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let announced: Vec<_> = pallet_subnets::Endpoints::<Runtime>::iter_key_prefix(netuid).collect();
    let holder = dice.pick(&announced).and_then(|uid| {
        let page = pallet_subnets::Neurons::<Runtime>::get(netuid, (uid.0 / 64) as u8);
        world.index_of(&page.get(usize::from(uid.0 % 64))?.hotkey)
    });
    let signer = holder.unwrap_or_else(|| look::hotkey(dice, world));
    Shot::new(signer, SubnetsCall::unserve { netuid })
}

fn set_mechanism_count(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let count = dice.pick(&[1, 1, 2, 3, 8, 9, 0, u8::MAX])?;
    Shot::root(dice, world, SubnetsCall::set_mechanism_count { netuid, count })
}

fn set_subnet_limit(dice: &mut Dice, world: &World) -> Option<Shot> {
    let limit = dice.pick(&[world.subnets, world.subnets, world.subnets, 0, u16::MAX])?;
    Shot::root(dice, world, SubnetsCall::set_subnet_limit { limit })
}

fn offer_ownership(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let to = world.keys[look::coldkey(dice, world)].account.clone();
    let signer = look::subnet_owner(dice, world, netuid);
    Shot::new(signer, SubnetsCall::offer_ownership { netuid, to })
}

/// A subnet that is offered, and to whom, if there is one.
fn offered(dice: &mut Dice, world: &World) -> Option<(NetUid, usize)> {
    let offers: Vec<_> = pallet_subnets::Offers::<Runtime>::iter().collect();
    let (netuid, to) = offers.get(dice.index(offers.len()))?;
    Some((*netuid, world.index_of(to)?))
}

fn accept_ownership(dice: &mut Dice, world: &World) -> Option<Shot> {
    let (netuid, to) = offered(dice, world).unwrap_or((look::netuid(dice), 1));
    let signer = if dice.chance(80) { to } else { look::coldkey(dice, world) };
    Shot::new(signer, SubnetsCall::accept_ownership { netuid })
}

fn withdraw_offer(dice: &mut Dice, world: &World) -> Option<Shot> {
    let offered = offered(dice, world).map(|(netuid, _)| netuid);
    let netuid = offered.unwrap_or_else(|| look::netuid(dice));
    Shot::new(look::subnet_owner(dice, world, netuid), SubnetsCall::withdraw_offer { netuid })
}

fn set_owner_hotkey(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let signer = look::subnet_owner(dice, world, netuid);
    // One of the owner's own, if a few tries find one.
    let own = (0..60)
        .filter_map(|_| look::neuron(dice, world, netuid))
        .find(|index| look::owner_of(world, *index) == signer);
    let index = match own {
        Some(own) if dice.chance(80) => own,
        _ => look::hotkey(dice, world),
    };
    let hotkey = world.keys[index].account.clone();
    Shot::new(signer, SubnetsCall::set_owner_hotkey { netuid, hotkey })
}

fn announce_wind_up(dice: &mut Dice, world: &World) -> Option<Shot> {
    let netuid = look::netuid(dice);
    let signer = look::subnet_owner(dice, world, netuid);
    Shot::new(signer, SubnetsCall::announce_wind_up { netuid })
}
