//! What other pallets and the runtime's APIs read here.

use crate::{
    types::*, Config, Endpoints, HyperparametersOf, Metadata, NeuronCount, NextNetuid, Notices,
    Pallet, Subnets, Tasks, Uids, Vacant,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::NeuronRegistry, BlockNumber, Endpoint, Hyperparameters, NetUid, TaskDescriptor, Uid,
};

impl<T: Config> Pallet<T> {
    /// A subnet.
    pub fn subnet(netuid: NetUid) -> Option<SubnetInfo<T::AccountId>> {
        Subnets::<T>::get(netuid)
    }

    /// A subnet's task, as views carry it.
    pub fn task(netuid: NetUid) -> Option<TaskDescriptor> {
        let StoredTask { kind, model, parameters } = Tasks::<T>::get(netuid)?;
        Some(TaskDescriptor { kind, model, parameters: parameters.into_inner() })
    }

    /// A subnet's metadata; empty until its owner sets it.
    pub fn metadata(netuid: NetUid) -> Vec<u8> {
        Metadata::<T>::get(netuid).into_inner()
    }

    /// The subnets on which a hotkey holds a uid, ascending. Reads each subnet: for runtime APIs.
    pub fn registrations_of(hotkey: &T::AccountId) -> Vec<NetUid> {
        let mut netuids = Self::netuids();
        netuids.retain(|netuid| Uids::<T>::contains_key(netuid, hotkey));
        netuids
    }
}

impl<T: Config> NeuronRegistry<T::AccountId> for Pallet<T> {
    fn exists(netuid: NetUid) -> bool {
        Subnets::<T>::contains_key(netuid)
    }

    fn open(netuid: NetUid) -> bool {
        Self::exists(netuid) && !Notices::<T>::contains_key(netuid)
    }

    fn started(netuid: NetUid) -> bool {
        Subnets::<T>::get(netuid).is_some_and(|subnet| subnet.started_at.is_some())
    }

    fn neuron_count(netuid: NetUid) -> u16 {
        NeuronCount::<T>::get(netuid)
    }

    fn mechanism_count(netuid: NetUid) -> u8 {
        Subnets::<T>::get(netuid).map_or(1, |subnet| subnet.mechanisms)
    }

    fn hotkey_of(netuid: NetUid, uid: Uid) -> Option<T::AccountId> {
        Self::neuron(netuid, uid).map(|neuron| neuron.hotkey)
    }

    fn uid_of(netuid: NetUid, hotkey: &T::AccountId) -> Option<Uid> {
        Uids::<T>::get(netuid, hotkey)
    }

    fn registered_at(netuid: NetUid, uid: Uid) -> Option<BlockNumber> {
        Self::neuron(netuid, uid).map(|neuron| neuron.registered_at)
    }

    fn roster(netuid: NetUid) -> Vec<(T::AccountId, BlockNumber)> {
        let neurons = Self::neurons(netuid).into_iter();
        neurons.map(|neuron| (neuron.hotkey, neuron.registered_at)).collect()
    }

    fn owner(netuid: NetUid) -> Option<T::AccountId> {
        Subnets::<T>::get(netuid).map(|subnet| subnet.owner)
    }

    fn owner_hotkey(netuid: NetUid) -> Option<T::AccountId> {
        Subnets::<T>::get(netuid).map(|subnet| subnet.owner_hotkey)
    }

    fn hyperparameters(netuid: NetUid) -> Option<Hyperparameters> {
        HyperparametersOf::<T>::get(netuid)
    }

    fn endpoint(netuid: NetUid, uid: Uid) -> Option<Endpoint> {
        Endpoints::<T>::get(netuid, uid)
    }

    fn netuids() -> Vec<NetUid> {
        // All that were ever given but the vacant ones (invariant N6).
        let vacant = Vacant::<T>::get();
        let given = (1..NextNetuid::<T>::get()).map(NetUid);
        given.filter(|netuid| vacant.binary_search(netuid).is_err()).collect()
    }
}
