//! What owners and root do to a subnet besides hyperparameters: start, task, name, mechanisms.

use crate::{
    types::*, Config, Error, Event, HyperparametersOf, Metadata, Pallet, SubnetLimit, Subnets,
    Tasks,
};
use alun_primitives::{traits::OnSubnet, NetUid};
use frame::prelude::*;

fn is_text(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok()
}

impl<T: Config> Pallet<T> {
    /// Refuses a name that is empty, not UTF-8, or has control characters (which would act on
    /// the terminals that show it).
    pub(crate) fn ensure_name(name: &Name) -> DispatchResult {
        let text = core::str::from_utf8(name).map_err(|_| Error::<T>::BadName)?;
        ensure!(!text.trim().is_empty(), Error::<T>::BadName);
        ensure!(!text.chars().any(char::is_control), Error::<T>::BadName);
        Ok(())
    }

    /// Refuses parameters that are not text. That they are a JSON object is for the programs to
    /// check that read them: a parser has no place in a runtime.
    pub(crate) fn ensure_task(task: &StoredTask) -> DispatchResult {
        ensure!(is_text(&task.parameters), Error::<T>::BadTaskParameters);
        Ok(())
    }

    /// The subnet, if `who` owns it and it is not under notice.
    pub(crate) fn owned(
        who: &T::AccountId,
        netuid: NetUid,
    ) -> Result<SubnetInfo<T::AccountId>, DispatchError> {
        let subnet = Subnets::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        ensure!(subnet.owner == *who, Error::<T>::NotOwner);
        Self::ensure_not_winding_up(netuid)?;
        Ok(subnet)
    }

    pub(crate) fn do_start(who: T::AccountId, netuid: NetUid) -> DispatchResult {
        let mut subnet = Self::owned(&who, netuid)?;
        let values = HyperparametersOf::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        ensure!(subnet.started_at.is_none(), Error::<T>::AlreadyStarted);
        let now = Self::now();
        subnet.started_at = Some(now);
        Subnets::<T>::insert(netuid, subnet);
        T::OnSubnet::on_started(netuid, now, Self::tempo_blocks(&values));
        Self::deposit_event(Event::SubnetStarted { netuid, by: who });
        Ok(())
    }

    pub(crate) fn do_set_task(
        who: T::AccountId,
        netuid: NetUid,
        task: StoredTask,
    ) -> DispatchResult {
        Self::owned(&who, netuid)?;
        Self::ensure_task(&task)?;
        Tasks::<T>::insert(netuid, &task);
        Self::deposit_event(Event::TaskSet { netuid, task });
        Ok(())
    }

    pub(crate) fn do_set_metadata(
        who: T::AccountId,
        netuid: NetUid,
        name: Name,
        metadata: MetadataText,
    ) -> DispatchResult {
        let mut subnet = Self::owned(&who, netuid)?;
        Self::ensure_name(&name)?;
        ensure!(is_text(&metadata), Error::<T>::BadMetadata);
        subnet.name = name.clone();
        Subnets::<T>::insert(netuid, subnet);
        Metadata::<T>::insert(netuid, &metadata);
        Self::deposit_event(Event::MetadataSet { netuid, name, metadata });
        Ok(())
    }

    pub(crate) fn do_set_mechanism_count(netuid: NetUid, count: u8) -> DispatchResult {
        let mut subnet = Subnets::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        Self::ensure_not_winding_up(netuid)?;
        ensure!((1..=MAX_MECHANISMS).contains(&count), Error::<T>::BadMechanismCount);
        let old = subnet.mechanisms;
        ensure!(count >= old, Error::<T>::MechanismsOnlyGrow);
        subnet.mechanisms = count;
        Subnets::<T>::insert(netuid, subnet);
        Self::deposit_event(Event::MechanismCountSet { netuid, old, new: count });
        Ok(())
    }

    pub(crate) fn do_set_subnet_limit(limit: u16) -> DispatchResult {
        ensure!(limit <= MAX_SUBNETS, Error::<T>::BadSubnetLimit);
        let old = SubnetLimit::<T>::get();
        SubnetLimit::<T>::put(limit);
        Self::deposit_event(Event::SubnetLimitSet { old, new: limit });
        Ok(())
    }
}
