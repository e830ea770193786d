//! A hotkey takes another's place: rows and rate limits are by uid and stay; commits go along.
//!
//! A commit's hash names the hotkey that made it. Its reveal may name that one or the one that took its place:
//! a program that has only been given another key goes on where it was. Dropping commits instead would either let a validator escape a promise by a swap, or
//! cost it its row. The lists of the windows keep the names under which was committed: they can be long,
//! and are looked at anyway when they close.

use crate::{Commits, Config, Pallet};
use alun_primitives::{
    traits::{HotkeySwap, KeySuccession, NeuronRegistry, OnHotkeySwapped, Rows},
    MechanismId, NetUid,
};

impl<T: Config> OnHotkeySwapped<T::AccountId> for Pallet<T> {
    fn on_hotkey_swapped(swap: &HotkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        for netuid in &swap.seats {
            for mechanism in (0..T::Neurons::mechanism_count(*netuid)).map(MechanismId) {
                if !rows.take() {
                    return false;
                }
                let matrix = (*netuid, mechanism);
                let commits = Commits::<T>::take(matrix, &swap.old);
                if !commits.is_empty() {
                    Commits::<T>::insert(matrix, &swap.new, commits);
                }
            }
        }
        true
    }
}

impl<T: Config> Pallet<T> {
    /// The hotkey that answers on a subnet for what a hotkey committed: itself while it holds a uid, else
    /// the one that took its place.
    pub(crate) fn holder(netuid: NetUid, hotkey: &T::AccountId) -> T::AccountId {
        let seated = T::Neurons::uid_of(netuid, hotkey).is_some();
        let successor = (!seated).then(|| T::Succession::successor(hotkey)).flatten();
        successor.unwrap_or_else(|| hotkey.clone())
    }
}
