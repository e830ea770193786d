//! A hotkey takes another's place: its pools get another name, and what it lends and is lent goes along.
//!
//! Positions and deposits name a pool by its id, so that no nominator is touched. An acceptance of the old
//! hotkey as a lender that it did not use yet stays where it is and is worth nothing any more: nothing leads
//! from a lender to those that merely accept it.

use crate::{
    children::LenderList, wind_up::Pass, Config, Hotkeys, Lender, Lenders, Lending, Lendings,
    LentOn, Owned, Pallet, PoolNames, Pools, Takes,
};
use alloc::{collections::BTreeSet, vec::Vec};
use alun_primitives::{
    traits::{HotkeySwap, KeySuccession, OnHotkeySwapped, Rows},
    NetUid,
};

impl<T: Config> OnHotkeySwapped<T::AccountId> for Pallet<T> {
    fn on_hotkey_swapped(swap: &HotkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        let HotkeySwap { coldkey, old, new, .. } = swap;
        if !rows.take_many(2) {
            return false;
        }
        Hotkeys::<T>::remove(old);
        Hotkeys::<T>::insert(new, coldkey);
        Owned::<T>::remove(coldkey, old);
        Owned::<T>::insert(coldkey, new, ());
        if let Some(take) = Takes::<T>::take(old) {
            Takes::<T>::insert(new, take);
        }
        rename_pools::<T>(old, new, rows)
            && rename_lender::<T>(old, new, rows)
            && rename_child::<T>(old, new, rows)
    }
}

impl<T: Config> Pallet<T> {
    /// Who gets what a hotkey earned, which may have been swapped since, and whose that is.
    pub(crate) fn heir(hotkey: &T::AccountId) -> Option<(T::AccountId, T::AccountId)> {
        if let Some(coldkey) = Hotkeys::<T>::get(hotkey) {
            return Some((hotkey.clone(), coldkey));
        }
        let heir = T::Succession::successor(hotkey)?;
        let coldkey = Hotkeys::<T>::get(&heir)?;
        Some((heir, coldkey))
    }
}

fn rename_pools<T: Config>(old: &T::AccountId, new: &T::AccountId, rows: &mut Rows) -> bool {
    for (netuid, row) in Pools::<T>::drain_prefix(old) {
        if !rows.take() {
            return false;
        }
        PoolNames::<T>::insert(row.id, (new, netuid));
        Pools::<T>::insert(new, netuid, row);
    }
    true
}

/// What the hotkey lends: its own row, the subnet's list, and the list of each child.
fn rename_lender<T: Config>(old: &T::AccountId, new: &T::AccountId, rows: &mut Rows) -> bool {
    for (netuid, lending) in Lendings::<T>::drain_prefix(old) {
        let children: BTreeSet<_> = lending.named().map(|(child, _)| child.clone()).collect();
        // At most five now and five later.
        if !rows.take_many(u32::try_from(children.len()).unwrap_or(u32::MAX).saturating_add(2)) {
            return false;
        }
        for child in children {
            Lenders::<T>::mutate_exists(child, netuid, |slot| {
                if let Some(lenders) = slot {
                    rename_entry(lenders, old, new);
                }
            });
        }
        LentOn::<T>::mutate_extant(netuid, |listed| {
            let entries = listed.iter_mut().filter(|listed| *listed == old);
            entries.for_each(|entry| *entry = new.clone());
        });
        Lendings::<T>::insert(new, netuid, lending);
    }
    true
}

/// What the hotkey is lent, and by whom it may be.
fn rename_child<T: Config>(old: &T::AccountId, new: &T::AccountId, rows: &mut Rows) -> bool {
    for (netuid, lenders) in Lenders::<T>::drain_prefix(old) {
        // At most five.
        if !rows.take_many(u32::try_from(lenders.len()).unwrap_or(u32::MAX).saturating_add(1)) {
            return false;
        }
        let names: Vec<_> = lenders.iter().map(|entry| entry.hotkey.clone()).collect();
        names.iter().for_each(|lender| rename_in_lending::<T>(lender, netuid, old, new));
        Lenders::<T>::insert(new, netuid, lenders);
        Pallet::<T>::moved_while_paid_out(netuid, Pass::Lenders);
    }
    true
}

fn rename_in_lending<T: Config>(
    lender: &T::AccountId,
    netuid: NetUid,
    old: &T::AccountId,
    new: &T::AccountId,
) {
    Lendings::<T>::mutate_exists(lender, netuid, |slot| {
        let Some(Lending { current, next }) = slot else { return };
        let next = next.iter_mut().flat_map(|(_, children)| children.iter_mut());
        let named = current.iter_mut().chain(next).filter(|(child, _)| child == old);
        named.for_each(|(child, _)| *child = new.clone());
    });
}

/// In the list of a child, which may accept the new hotkey already.
fn rename_entry<AccountId: Clone + PartialEq>(
    lenders: &mut LenderList<AccountId>,
    old: &AccountId,
    new: &AccountId,
) {
    if !lenders.iter().any(|entry| entry.hotkey == *old) {
        return;
    }
    let either = |entry: &&Lender<AccountId>| entry.hotkey == *old || entry.hotkey == *new;
    let accepted = lenders.iter().filter(either).any(|entry| entry.accepted);
    lenders.retain(|entry| entry.hotkey != *new);
    let entries = lenders.iter_mut().filter(|entry| entry.hotkey == *old);
    entries.for_each(|entry| *entry = Lender { hotkey: new.clone(), accepted });
}
