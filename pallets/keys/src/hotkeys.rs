//! Swapping a hotkey, and finding who has a swapped one's place.

use crate::{Config, Error, Event, Heads, Lines, Lock, Locks, NextLine, Pallet};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{
        BindingProof, Clock, HotkeySwap, KeyRegistry, KeySuccession, NeuronRegistry,
        OnHotkeySwapped, Rows,
    },
    BlockNumber, NetUid,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_system,
    prelude::{ensure, DispatchError, Get, SaturatedConversion, TypeInfo},
};

/// So many subnets are looked at for a uid at the cost of one row that moves.
pub const SEATS_IN_A_ROW: usize = 16;

/// Hotkeys that took each other's place.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct LineId(pub u64);

/// The hotkey of a line that is bound.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Head<AccountId> {
    /// The hotkey.
    pub hotkey: AccountId,
    /// The one whose place it took.
    pub former: AccountId,
    /// Block at which it took its place.
    pub since: BlockNumber,
}

impl<T: Config> KeySuccession<T::AccountId> for Pallet<T> {
    fn successor(hotkey: &T::AccountId) -> Option<T::AccountId> {
        let head = Heads::<T>::get(Lines::<T>::get(hotkey)?)?;
        (head.hotkey != *hotkey).then_some(head.hotkey)
    }

    fn predecessor(hotkey: &T::AccountId) -> Option<T::AccountId> {
        let head = Heads::<T>::get(Lines::<T>::get(hotkey)?)?;
        (head.hotkey == *hotkey).then_some(head.former)
    }

    fn moves_to(coldkey: &T::AccountId) -> Option<T::AccountId> {
        match Locks::<T>::get(coldkey) {
            Some(Lock::Moving { new, .. }) => Some(new),
            _ => None,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Swaps a hotkey; says how many rows were moved. What it writes stays only if it succeeds.
    pub(crate) fn do_swap_hotkey(
        coldkey: T::AccountId,
        old: T::AccountId,
        new: T::AccountId,
        proof: &T::Signature,
        most_rows: u32,
    ) -> Result<u32, DispatchError> {
        let owner = T::Registry::coldkey_of(&old).ok_or(Error::<T>::UnknownHotkey)?;
        ensure!(owner == coldkey, Error::<T>::NotOwner);
        ensure!(T::Registry::coldkey_of(&new).is_none(), Error::<T>::NewKeyBound);
        ensure!(!Lines::<T>::contains_key(&new), Error::<T>::NewKeyRetired);
        ensure!(T::Registry::agrees(&new, &coldkey, proof), Error::<T>::BadProof);
        let now: BlockNumber = frame_system::Pallet::<T>::block_number().saturated_into();
        Self::lengthen(&old, &new, now)?;

        let mut rows = Rows::new(most_rows);
        let seats = Self::seats(&old, &mut rows)?;
        let swap = HotkeySwap { coldkey, old, new, seats };
        ensure!(T::OnSwapped::on_hotkey_swapped(&swap, &mut rows), Error::<T>::TooManyRows);
        let HotkeySwap { coldkey, old, new, .. } = swap;
        Self::deposit_event(Event::HotkeySwapped { coldkey, old, new });
        // Saturation: rows are only taken.
        Ok(most_rows.saturating_sub(rows.left()))
    }

    /// The new hotkey becomes the head of the old one's line, which may be a new one.
    fn lengthen(
        old: &T::AccountId,
        new: &T::AccountId,
        now: BlockNumber,
    ) -> Result<(), DispatchError> {
        let line = match Lines::<T>::get(old) {
            Some(line) => {
                let interval = T::Clock::to_blocks(T::SwapInterval::get());
                let head = Heads::<T>::get(line);
                // Saturation: an interval past the last block there can be is never over.
                let free_at = head.map_or(0, |head| head.since.saturating_add(interval));
                ensure!(now >= free_at, Error::<T>::TooSoon);
                line
            }
            None => {
                let line = NextLine::<T>::get();
                let next = line.0.checked_add(1).ok_or(Error::<T>::Overflow)?;
                NextLine::<T>::put(LineId(next));
                Lines::<T>::insert(old, line);
                line
            }
        };
        Lines::<T>::insert(new, line);
        Heads::<T>::insert(line, Head { hotkey: new.clone(), former: old.clone(), since: now });
        Ok(())
    }

    /// The subnets on which a hotkey holds a uid. Looks at each.
    fn seats(hotkey: &T::AccountId, rows: &mut Rows) -> Result<Vec<NetUid>, Error<T>> {
        let mut netuids = T::Neurons::netuids();
        let looked_at = u32::try_from(netuids.len().div_ceil(SEATS_IN_A_ROW)).unwrap_or(u32::MAX);
        ensure!(rows.take_many(looked_at), Error::TooManyRows);
        netuids.retain(|netuid| T::Neurons::uid_of(*netuid, hotkey).is_some());
        Ok(netuids)
    }
}
