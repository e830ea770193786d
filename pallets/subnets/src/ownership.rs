//! Whose a subnet is: handed over in two steps, so that it never gets an owner that does not want
//! it or cannot sign; and which of the owner's hotkeys stands for the owner.

use crate::{Config, Error, Event, Offers, Pallet, Subnets, Uids};
use alun_primitives::NetUid;
use core::mem;
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_offer_ownership(
        who: T::AccountId,
        netuid: NetUid,
        to: T::AccountId,
    ) -> DispatchResult {
        Self::owned(&who, netuid)?;
        ensure!(to != who, Error::<T>::OfferToOwner);
        Offers::<T>::insert(netuid, &to);
        Self::deposit_event(Event::OwnershipOffered { netuid, by: who, to });
        Ok(())
    }

    /// The owner's rate limit goes on counting from the former owner's last change: handing a
    /// subnet to and fro does not lift it.
    pub(crate) fn do_accept_ownership(who: T::AccountId, netuid: NetUid) -> DispatchResult {
        let mut subnet = Subnets::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        ensure!(Offers::<T>::get(netuid).as_ref() == Some(&who), Error::<T>::NotOffered);
        Self::ensure_not_winding_up(netuid)?;
        let from = mem::replace(&mut subnet.owner, who.clone());
        Offers::<T>::remove(netuid);
        Subnets::<T>::insert(netuid, subnet);
        Self::deposit_event(Event::OwnershipAccepted { netuid, from, to: who });
        Ok(())
    }

    pub(crate) fn do_withdraw_offer(who: T::AccountId, netuid: NetUid) -> DispatchResult {
        Self::owned(&who, netuid)?;
        let to = Offers::<T>::take(netuid).ok_or(Error::<T>::NoOffer)?;
        Self::deposit_event(Event::OfferWithdrawn { netuid, by: who, to });
        Ok(())
    }

    pub(crate) fn do_set_owner_hotkey(
        who: T::AccountId,
        netuid: NetUid,
        hotkey: T::AccountId,
    ) -> DispatchResult {
        let mut subnet = Self::owned(&who, netuid)?;
        ensure!(subnet.owner_hotkey != hotkey, Error::<T>::OwnerHotkeyAlready);
        Self::ensure_bound(&hotkey, &who)?;
        ensure!(Uids::<T>::contains_key(netuid, &hotkey), Error::<T>::OwnerHotkeyWithoutUid);
        let old = mem::replace(&mut subnet.owner_hotkey, hotkey.clone());
        Subnets::<T>::insert(netuid, subnet);
        Self::deposit_event(Event::OwnerHotkeySet { netuid, by: who, old, new: hotkey });
        Ok(())
    }
}
