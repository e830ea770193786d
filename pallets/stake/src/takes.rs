//! What delegates keep of their dividends, and what root stake counts for.

use crate::{Config, Error, Event, Hotkeys, MaxTake, Pallet, RootWeight, TakeNotice, Takes};
use alun_primitives::{traits::Clock, BlockNumber, Ppm};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::{ensure, DispatchResult, TypeInfo};

/// A hotkey's take.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Take {
    /// Parts per million.
    pub current: Ppm,
    /// A higher take and the block from which it holds.
    pub pending: Option<(BlockNumber, Ppm)>,
}

impl Take {
    /// The take as of `now`: a raise whose block has come is the current one.
    pub fn at(self, now: BlockNumber) -> Self {
        match self.pending {
            Some((at, raised)) if now >= at => Self { current: raised, pending: None },
            _ => self,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// A hotkey's take as of now: the highest where it never set one.
    pub fn take_of(hotkey: &T::AccountId) -> Take {
        Takes::<T>::get(hotkey)
            .unwrap_or_else(|| Take { current: MaxTake::<T>::get(), pending: None })
            .at(Self::now())
    }

    pub(crate) fn do_set_root_weight(ppm: Ppm) -> DispatchResult {
        ensure!(ppm <= 1_000_000, Error::<T>::RootWeightTooHigh);
        let old = RootWeight::<T>::mutate(|weight| core::mem::replace(weight, ppm));
        Self::deposit_event(Event::RootWeightSet { old, new: ppm });
        Ok(())
    }

    pub(crate) fn do_set_take(
        coldkey: &T::AccountId,
        hotkey: T::AccountId,
        take: Ppm,
    ) -> DispatchResult {
        let owner = Hotkeys::<T>::get(&hotkey).ok_or(Error::<T>::UnknownHotkey)?;
        ensure!(owner == *coldkey, Error::<T>::NotOwner);
        ensure!(take <= MaxTake::<T>::get(), Error::<T>::TakeTooHigh);
        let old = Self::take_of(&hotkey);
        // Setting the current take anew withdraws an announced raise.
        let idle = take == old.current && old.pending.is_none();
        ensure!(!idle, Error::<T>::TakeUnchanged);
        if take <= old.current {
            Takes::<T>::insert(&hotkey, Take { current: take, pending: None });
            Self::deposit_event(Event::TakeSet { hotkey, old: old.current, new: take });
            return Ok(());
        }
        let notice = T::Clock::to_blocks(TakeNotice::<T>::get());
        let at = Self::now().checked_add(notice).ok_or(Error::<T>::Overflow)?;
        Takes::<T>::insert(&hotkey, Take { current: old.current, pending: Some((at, take)) });
        Self::deposit_event(Event::TakeRaiseAnnounced { hotkey, from: old.current, to: take, at });
        Ok(())
    }
}
