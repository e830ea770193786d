//! A hotkey takes another's place: its uids are the new one's, with registration, immunity and rate limit,
//! and where it stands for an owner, so does the new one.
//!
//! Nobody is told that the neurons were replaced: row, bonds, permit and score are by uid and stay. The
//! endpoint goes, because the key that announced it answers there; the new one announces its own, as soon
//! as the rate limit lets it.

use crate::{Config, Endpoints, Event, Pallet, Subnets, Uids};
use alun_primitives::{
    traits::{HotkeySwap, OnHotkeySwapped, Rows},
    NetUid,
};
use frame::prelude::defensive;

/// A neuron, its uid under two names, its subnet and its endpoint: what moves, in rows.
const SEAT_ROWS: u32 = 2;

impl<T: Config> OnHotkeySwapped<T::AccountId> for Pallet<T> {
    fn on_hotkey_swapped(swap: &HotkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        swap.seats.iter().all(|netuid| {
            let room = rows.take_many(SEAT_ROWS);
            if room {
                Self::rename_neuron(*netuid, &swap.old, &swap.new);
            }
            room
        })
    }
}

impl<T: Config> Pallet<T> {
    fn rename_neuron(netuid: NetUid, old: &T::AccountId, new: &T::AccountId) {
        let Some(uid) = Uids::<T>::take(netuid, old) else { return };
        let Some(mut neuron) = Self::neuron(netuid, uid) else {
            defensive!("a uid has no neuron");
            return;
        };
        neuron.hotkey = new.clone();
        if !Self::put_neuron(netuid, uid, neuron) {
            defensive!("a neuron has no place");
        }
        Uids::<T>::insert(netuid, new, uid);
        Subnets::<T>::mutate_extant(netuid, |subnet| {
            if subnet.owner_hotkey == *old {
                subnet.owner_hotkey = new.clone();
            }
        });
        if Endpoints::<T>::take(netuid, uid).is_some() {
            let hotkey = old.clone();
            Self::deposit_event(Event::EndpointWithdrawn { netuid, uid, hotkey });
        }
    }
}
