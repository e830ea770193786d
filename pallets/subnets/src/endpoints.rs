//! Where neurons serve: announced and withdrawn by the hotkey itself.

use crate::{Config, Endpoints, Error, Event, GenesisKnobs, HyperparametersOf, Pallet, Uids};
use alun_primitives::{traits::Clock, Endpoint, EndpointError, NetUid, Uid};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// The uid that a signing hotkey holds.
    fn own_uid(netuid: NetUid, hotkey: &T::AccountId) -> Result<Uid, Error<T>> {
        Uids::<T>::get(netuid, hotkey).ok_or(Error::NotANeuron)
    }

    pub(crate) fn do_serve(
        hotkey: T::AccountId,
        netuid: NetUid,
        endpoint: Endpoint,
    ) -> DispatchResult {
        let values = HyperparametersOf::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        let uid = Self::own_uid(netuid, &hotkey)?;
        Self::ensure_not_winding_up(netuid)?;
        let mut neuron = Self::neuron(netuid, uid).ok_or(Error::<T>::NotANeuron)?;
        endpoint.check(GenesisKnobs::<T>::get().local).map_err(|why| match why {
            EndpointError::ZeroPort => Error::<T>::EndpointZeroPort,
            EndpointError::NotReachable => Error::<T>::EndpointNotReachable,
            EndpointError::PrivateAddress => Error::<T>::EndpointPrivate,
            EndpointError::Fingerprint => Error::<T>::EndpointFingerprint,
        })?;
        let now = Self::now();
        let limit = T::Clock::to_blocks(values.endpoint_rate_limit_ms);
        // Saturation: a limit past the last block there can be is never over.
        let free_at = neuron.announced_at.map_or(0, |last| last.saturating_add(limit));
        ensure!(now >= free_at, Error::<T>::EndpointTooSoon);

        let endpoint = Endpoint { announced_at: now, ..endpoint };
        neuron.announced_at = Some(now);
        ensure!(Self::put_neuron(netuid, uid, neuron), Error::<T>::NotANeuron);
        Endpoints::<T>::insert(netuid, uid, endpoint);
        Self::deposit_event(Event::EndpointServed { netuid, uid, hotkey, endpoint });
        Ok(())
    }

    pub(crate) fn do_unserve(hotkey: T::AccountId, netuid: NetUid) -> DispatchResult {
        ensure!(HyperparametersOf::<T>::contains_key(netuid), Error::<T>::UnknownSubnet);
        let uid = Self::own_uid(netuid, &hotkey)?;
        ensure!(Endpoints::<T>::take(netuid, uid).is_some(), Error::<T>::NoEndpoint);
        Self::deposit_event(Event::EndpointWithdrawn { netuid, uid, hotkey });
        Ok(())
    }
}
