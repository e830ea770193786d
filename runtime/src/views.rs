//! Puts together what the market's runtime API returns from what the pallets hold.

use crate::{
    AccountId, Balances, Clock, Consensus, Emission, Market, Runtime, Stake, Subnets, System,
    Weights,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{Clock as _, EpochClock as _, KeyRegistry as _, NeuronRegistry as _, StakeView as _},
    views::{MarketView, Metagraph, NetworkView, NeuronView, SubnetView},
    BlockNumber, MechanismId, NetUid, Uid,
};
use frame_support::traits::fungible::Inspect;
use pallet_consensus::NeuronOutput;
use pallet_subnets::Neuron;

/// The chain as a whole.
pub fn network() -> NetworkView {
    NetworkView {
        slot_ms: Clock::slot_ms(),
        issuance: <Balances as Inspect<AccountId>>::total_issuance(),
        cap: Emission::cap(),
        block_emission: Emission::block_emission(),
        total_shares: Emission::total_shares(),
        root_weight: pallet_stake::RootWeight::<Runtime>::get(),
        dust_limit: pallet_stake::DustLimit::<Runtime>::get(),
        subnet_lock: Subnets::subnet_lock(),
    }
}

/// At most `limit` subnets, by ascending netuid, from `from` on.
pub fn subnets(from: NetUid, limit: u16) -> Vec<SubnetView<AccountId>> {
    let netuids = Subnets::netuids().into_iter().filter(|netuid| *netuid >= from);
    netuids.take(limit.into()).filter_map(subnet).collect()
}

/// One subnet.
pub fn subnet(netuid: NetUid) -> Option<SubnetView<AccountId>> {
    let info = Subnets::subnet(netuid)?;
    Some(SubnetView {
        netuid,
        name: info.name.into_inner(),
        owner: info.owner,
        owner_hotkey: info.owner_hotkey,
        task: Subnets::task(netuid)?,
        started: info.started_at.is_some(),
        registered_at: info.registered_at,
        lock: info.lock,
        neurons: Subnets::neuron_count(netuid),
        mechanisms: info.mechanisms,
        registration_price: Subnets::registration_price(netuid)?,
        share: Emission::share(netuid),
        pending: Emission::pending_now(netuid),
        schedule: Consensus::schedule(netuid),
        last_epoch: Consensus::last_epoch(netuid, MechanismId::FIRST),
        hyperparameters: Subnets::hyperparameters(netuid)?,
        phase: Subnets::phase(netuid),
    })
}

/// At most `limit` markets, by ascending netuid, from `from` on.
pub fn markets(from: NetUid, limit: u16) -> Vec<MarketView> {
    let netuids = Subnets::netuids().into_iter().filter(|netuid| *netuid >= from);
    netuids.take(limit.into()).filter_map(Market::market_view).collect()
}

/// What is read once for all neurons of a subnet.
struct Columns {
    netuid: NetUid,
    neurons: Vec<Neuron<AccountId>>,
    outputs: Vec<NeuronOutput>,
    last_updates: Vec<BlockNumber>,
    eviction_ranks: Vec<Option<u16>>,
}

impl Columns {
    fn read(netuid: NetUid, mechanism: MechanismId) -> Self {
        let count = Subnets::neuron_count(netuid);
        Self {
            netuid,
            neurons: Subnets::neurons(netuid),
            outputs: Consensus::outputs(netuid, mechanism),
            last_updates: Weights::last_updates(netuid, mechanism, count),
            eviction_ranks: Subnets::eviction_ranks(netuid),
        }
    }

    fn neuron(&self, uid: Uid) -> Option<NeuronView<AccountId>> {
        let neuron = self.neurons.get(uid.index())?;
        let output = self.outputs.get(uid.index()).cloned().unwrap_or_default();
        Some(NeuronView {
            uid,
            coldkey: Stake::coldkey_of(&neuron.hotkey)?,
            registered_at: neuron.registered_at,
            immune_until: neuron.immune_until,
            endpoint: Subnets::endpoint(self.netuid, uid),
            stake_weight: Stake::stake_weight(&neuron.hotkey, self.netuid),
            permit: output.permit,
            active: output.active,
            last_update: self.last_updates.get(uid.index()).copied().unwrap_or_default(),
            consensus: output.consensus,
            validator_trust: output.validator_trust,
            incentive: output.incentive,
            dividends: output.dividends,
            emission: output.emission,
            prune_score: output.prune_score,
            eviction_rank: self.eviction_ranks.get(uid.index()).copied().flatten(),
            hotkey: neuron.hotkey.clone(),
        })
    }
}

/// A subnet with all its neurons; `None` for an unknown subnet or mechanism.
pub fn metagraph(netuid: NetUid, mechanism: MechanismId) -> Option<Metagraph<AccountId>> {
    let subnet = subnet(netuid).filter(|subnet| mechanism.0 < subnet.mechanisms)?;
    let columns = Columns::read(netuid, mechanism);
    let neurons = (0..subnet.neurons).map(Uid).filter_map(|uid| columns.neuron(uid)).collect();
    Some(Metagraph { subnet, mechanism, block: System::block_number(), neurons })
}

/// One neuron, as on mechanism 0.
pub fn neuron(netuid: NetUid, uid: Uid) -> Option<NeuronView<AccountId>> {
    // Cheaper than the columns.
    Subnets::neuron(netuid, uid)?;
    Columns::read(netuid, MechanismId::FIRST).neuron(uid)
}
