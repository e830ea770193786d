//! What nominators do: add, remove and move stake, and what each would do if done now.

use crate::{Config, DustLimit, Error, Event, Pallet, Positions};
use alun_primitives::{views::StakeQuote, Balance, NetUid};
use frame::{
    prelude::{ensure, DispatchResult},
    token::{
        fungible::{Inspect, Mutate},
        Fortitude, Preservation,
    },
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_add(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Balance,
        min_received: Balance,
    ) -> DispatchResult {
        Self::stakeable(hotkey, netuid)?;
        ensure!(amount >= DustLimit::<T>::get(), Error::<T>::AmountUnderDustLimit);
        let free =
            T::Currency::reducible_balance(coldkey, Preservation::Preserve, Fortitude::Polite);
        ensure!(free >= amount, Error::<T>::BalanceTooLow);
        let (points, received) =
            Self::add_points(coldkey, hotkey, netuid, amount).map_err(Error::<T>::from)?;
        ensure!(received >= min_received, Error::<T>::ReceivedTooLittle);
        T::Currency::transfer(coldkey, &Self::account(), amount, Preservation::Preserve)?;
        Self::deposit_event(Event::StakeAdded {
            coldkey: coldkey.clone(),
            hotkey: hotkey.clone(),
            netuid,
            amount,
            points,
        });
        Ok(())
    }

    pub(crate) fn do_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: Option<Balance>,
        min_received: Balance,
    ) -> DispatchResult {
        let exit = Self::take_points(coldkey, hotkey, netuid, wanted)?;
        ensure!(exit.amount >= min_received, Error::<T>::ReceivedTooLittle);
        T::Currency::transfer(&Self::account(), coldkey, exit.amount, Preservation::Preserve)?;
        Self::deposit_event(Event::StakeRemoved {
            coldkey: coldkey.clone(),
            hotkey: hotkey.clone(),
            netuid,
            amount: exit.amount,
            points: exit.points,
        });
        Ok(())
    }

    /// The money stays in the pallet's account.
    pub(crate) fn do_move(
        coldkey: &T::AccountId,
        netuid: NetUid,
        from: &T::AccountId,
        to: &T::AccountId,
        amount: Balance,
        min_received: Balance,
    ) -> DispatchResult {
        ensure!(from != to, Error::<T>::SameHotkey);
        Self::stakeable(to, netuid)?;
        let exit = Self::take_points(coldkey, from, netuid, Some(amount))?;
        let (_, received) =
            Self::add_points(coldkey, to, netuid, exit.amount).map_err(Error::<T>::from)?;
        ensure!(received >= min_received, Error::<T>::ReceivedTooLittle);
        Self::deposit_event(Event::StakeMoved {
            coldkey: coldkey.clone(),
            netuid,
            from: from.clone(),
            to: to.clone(),
            amount: exit.amount,
        });
        Ok(())
    }

    /// What `add_stake` would do now, whoever calls; `None` if it would be refused.
    pub fn quote_add(hotkey: &T::AccountId, netuid: NetUid, amount: Balance) -> Option<StakeQuote> {
        Self::stakeable(hotkey, netuid).ok()?;
        if amount < DustLimit::<T>::get() {
            return None;
        }
        let mut pool = Self::open(hotkey, netuid).row.pool;
        let points = pool.deposit(amount).ok()?;
        Some(StakeQuote { points, received: pool.value_of(points) })
    }

    /// What `remove_stake` would do now; `None` if it would be refused. `remove_all_stake` does what
    /// this says for the position's whole value.
    pub fn quote_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Balance,
    ) -> Option<StakeQuote> {
        let opened = Self::existing(hotkey, netuid)?;
        let held = Positions::<T>::get(coldkey, opened.row.id)?;
        let exit = opened.row.pool.exit(held, Some(amount), DustLimit::<T>::get()).ok()?;
        Some(StakeQuote { points: exit.points, received: exit.amount })
    }
}
