//! What each call would do if made now, in the same state, to the unit. A market is settled for it, as
//! it would be for the call; that is taken back.

use crate::{Config, DustLimit, Error, Pallet, Positions};
use alun_primitives::{traits::AlphaMarket, views::StakeQuote, Alpha, NetUid, Trade};
use frame::{
    deps::frame_support::storage::{with_transaction, TransactionOutcome},
    prelude::{ensure, DispatchError},
};

/// A quote, or the error with which the call would be refused.
pub type Quoted = Result<StakeQuote, DispatchError>;

impl<T: Config> Pallet<T> {
    /// What `add_stake` would do, whoever calls.
    pub fn quote_add(hotkey: &T::AccountId, netuid: NetUid, amount: u64) -> Quoted {
        undone(|| {
            ensure!(amount >= DustLimit::<T>::get(), Error::<T>::AmountUnderDustLimit);
            let bought = Self::quote_in(netuid, amount)?;
            let (points, received) = Self::quote_points(hotkey, netuid, into(bought, amount))?;
            Ok(StakeQuote { points, received, sold: None, bought })
        })
    }

    /// What `remove_stake` would do, or with `None` `remove_all_stake` of this one position.
    pub fn quote_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Option<u64>,
    ) -> Quoted {
        undone(|| {
            let (points, left) = Self::quote_exit(coldkey, hotkey, netuid, amount)?;
            let sold = Self::quote_out(netuid, left)?;
            let received = sold.map_or(left, |trade| trade.native);
            Ok(StakeQuote { points, received, sold, bought: None })
        })
    }

    /// What `move_stake` would do.
    pub fn quote_move(
        coldkey: &T::AccountId,
        netuid: NetUid,
        from: &T::AccountId,
        to: &T::AccountId,
        amount: u64,
    ) -> Quoted {
        undone(|| {
            ensure!(from != to, Error::<T>::SameHotkey);
            let (_, left) = Self::quote_exit(coldkey, from, netuid, Some(amount))?;
            let (points, received) = Self::quote_points(to, netuid, left)?;
            Ok(StakeQuote { points, received, sold: None, bought: None })
        })
    }

    /// What `transfer_stake` would do.
    pub fn quote_transfer(
        from: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Quoted {
        let (points, received) = Self::quote_exit(from, hotkey, netuid, Some(amount))?;
        Ok(StakeQuote { points, received, sold: None, bought: None })
    }

    /// What `swap_stake` would do.
    pub fn quote_swap(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        from: NetUid,
        to: NetUid,
        amount: u64,
    ) -> Quoted {
        undone(|| {
            ensure!(from != to, Error::<T>::SameSubnet);
            let (_, left) = Self::quote_exit(coldkey, hotkey, from, Some(amount))?;
            let sold = Self::quote_out(from, left)?;
            let native = sold.map_or(left, |trade| trade.native);
            let bought = Self::quote_in(to, native)?;
            let (points, received) = Self::quote_points(hotkey, to, into(bought, native))?;
            Ok(StakeQuote { points, received, sold, bought })
        })
    }

    /// The purchase with which native tokens enter a netuid; none on root.
    fn quote_in(netuid: NetUid, native: u64) -> Result<Option<Trade>, Error<T>> {
        if netuid.is_root() {
            return Ok(None);
        }
        T::Market::quote_buy(netuid, native).map(Some).map_err(Error::from)
    }

    /// The sale with which a netuid's token leaves it; none on root.
    fn quote_out(netuid: NetUid, amount: u64) -> Result<Option<Trade>, Error<T>> {
        if netuid.is_root() {
            return Ok(None);
        }
        T::Market::quote_sell(netuid, Alpha(amount)).map(Some).map_err(Error::from)
    }

    /// The points burned, and what they are worth in the token of the netuid.
    fn quote_exit(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Option<u64>,
    ) -> Result<(u128, u64), Error<T>> {
        let opened = Self::existing(hotkey, netuid).ok_or(Error::NoPosition)?;
        let held = Positions::<T>::get(coldkey, opened.id).ok_or(Error::NoPosition)?;
        let exit = opened.row.pool.exit(held, amount, DustLimit::<T>::get())?;
        Ok((exit.points, exit.amount))
    }

    /// The points minted, and what they could be redeemed for in the token of the netuid.
    fn quote_points(
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Result<(u128, u64), Error<T>> {
        Self::stakeable(hotkey, netuid)?;
        let mut pool = Self::open(hotkey, netuid).row.pool;
        let points = pool.deposit(amount)?;
        Ok((points, pool.value_of(points)))
    }
}

/// What a purchase for `native` put into a position; all of it where nothing is bought.
fn into(bought: Option<Trade>, native: u64) -> u64 {
    bought.map_or(native, |trade| trade.alpha.0)
}

/// Takes back what `quote` changes.
fn undone(quote: impl FnOnce() -> Quoted) -> Quoted {
    with_transaction(|| TransactionOutcome::Rollback(quote()))
}
