//! The session manager and the invariants.

use crate::{Authorities, Config, Event, Pallet, Planned, SessionMs};
use alloc::vec::Vec;
use alun_primitives::traits::Clock;
use core::marker::PhantomData;
use frame::{
    prelude::{ensure, BoundedVec},
    traits::{Get, ValidatorRegistration},
};
use pallet_session::SessionManager;

/// The length of a session in blocks, at least one.
pub struct SessionBlocks<T>(PhantomData<T>);

impl<T: Config> Get<u32> for SessionBlocks<T> {
    fn get() -> u32 {
        T::Clock::to_blocks(SessionMs::<T>::get()).max(1)
    }
}

impl<T: Config> Pallet<T> {
    /// Whether `accounts` names nobody twice.
    pub(crate) fn all_distinct(accounts: &[T::AccountId]) -> bool {
        accounts
            .iter()
            .enumerate()
            .all(|(at, who)| !accounts.iter().skip(at).skip(1).any(|other| other == who))
    }

    /// The listed authorities that have session keys, in the list's order.
    fn able() -> BoundedVec<T::AccountId, T::MaxAuthorities> {
        let mut list = Authorities::<T>::get();
        list.retain(T::SessionKeys::is_registered);
        list
    }

    /// Checks A1 and A2. Called by `try_state`, a runtime API and after every test.
    pub fn check_invariants() -> Result<(), &'static str> {
        let list = Authorities::<T>::get();
        let planned = Planned::<T>::get();
        ensure!(planned.is_empty() || !list.is_empty(), "A1: the list of authorities is empty");
        ensure!(Self::all_distinct(&list), "A1: an authority is listed twice");
        ensure!(Self::all_distinct(&planned), "A2: an authority is planned twice");
        Ok(())
    }
}

impl<T: Config> SessionManager<T::AccountId> for Pallet<T> {
    /// The set of session `new_index`, or nothing where it does not differ from the set before:
    /// every set returned makes GRANDPA hand over to a new set of voters.
    fn new_session(new_index: u32) -> Option<Vec<T::AccountId>> {
        let able = Self::able();
        if able == Planned::<T>::get() {
            return None;
        }
        for who in Authorities::<T>::get().into_iter().filter(|who| !able.contains(who)) {
            Self::deposit_event(Event::WithoutKeys { session: new_index, who });
        }
        Planned::<T>::put(&able);
        // With nobody able to go on, Aura and GRANDPA keep the keys they work with now.
        if able.is_empty() {
            return None;
        }
        Self::deposit_event(Event::Planned { session: new_index, authorities: able.clone() });
        Some(able.into_inner())
    }

    /// The set of the first sessions: always returned, since nobody works yet.
    fn new_session_genesis(_: u32) -> Option<Vec<T::AccountId>> {
        let able = Self::able();
        Planned::<T>::put(&able);
        (!able.is_empty()).then(|| able.into_inner())
    }

    fn end_session(_: u32) {}

    fn start_session(_: u32) {}
}
