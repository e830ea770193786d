//! A coldkey takes another's place: its subnets are the new one's, what is offered to it is offered to the
//! new one, and so is a slot that it waits for. All at once: it looks at every subnet, and leaves nothing to be
//! looked for again.

use crate::{Config, Event, Offers, Pallet, Reservations, Subnets};
use alun_primitives::{
    traits::{ColdkeySwap, NeuronRegistry, OnColdkeySwapped, Rows},
    NetUid,
};

/// So many subnets are looked at at the cost of one row that moves.
const LOOKED_AT_IN_A_ROW: usize = 4;

/// What changing one costs, in rows.
const SUBNET_ROWS: u32 = 1;

impl<T: Config> OnColdkeySwapped<T::AccountId> for Pallet<T> {
    fn begin(swap: &ColdkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        let netuids = Self::netuids();
        let looked_at = u32::try_from(netuids.len().div_ceil(LOOKED_AT_IN_A_ROW));
        rows.take_many(looked_at.unwrap_or(u32::MAX))
            && netuids.into_iter().all(|netuid| Self::change_owner(netuid, swap, rows))
    }
}

impl<T: Config> Pallet<T> {
    fn change_owner(netuid: NetUid, swap: &ColdkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        let ColdkeySwap { old, new } = swap;
        let subnet = Subnets::<T>::get(netuid).filter(|subnet| subnet.owner == *old);
        let offered = Offers::<T>::get(netuid).is_some_and(|to| to == *old);
        let waiting = Reservations::<T>::get(netuid).filter(|waiting| waiting.owner == *old);
        if subnet.is_none() && !offered && waiting.is_none() {
            return true;
        }
        if !rows.take_many(SUBNET_ROWS) {
            return false;
        }
        if let Some(mut subnet) = subnet {
            subnet.owner = new.clone();
            Subnets::<T>::insert(netuid, subnet);
            // What the old one offered may have been a thief's offer to itself.
            if let Some(to) = Offers::<T>::take(netuid) {
                Self::deposit_event(Event::OfferWithdrawn { netuid, by: old.clone(), to });
            }
            let (from, to) = (old.clone(), new.clone());
            Self::deposit_event(Event::OwnershipAccepted { netuid, from, to });
        }
        if offered {
            Offers::<T>::insert(netuid, new);
        }
        if let Some(mut waiting) = waiting {
            waiting.owner = new.clone();
            Reservations::<T>::insert(netuid, waiting);
        }
        true
    }
}
