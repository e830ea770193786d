//! What each call would do if made now, in the same state, to the unit: the call's own steps are
//! taken, with what the markets say on the way, and taken back. What a subnet has earned is settled in
//! a quote as it would be in the call, and root's stake, on which that settlement depends, has changed
//! where the call would have changed it.

use crate::{pool::Exit, Config, DustLimit, Error, Pallet, MAX_POSITIONS};
use alloc::vec::Vec;
use alun_primitives::{traits::AlphaMarket, views::StakeQuote, Alpha, Balance, NetUid, Trade};
use frame::{
    deps::frame_support::storage::{with_transaction, TransactionOutcome},
    prelude::{ensure, DispatchError},
    token::imbalance::Imbalance,
};

/// A quote, or the error with which the call would be refused.
pub type Quoted = Result<StakeQuote, DispatchError>;

impl<T: Config> Pallet<T> {
    /// What `add_stake` would do, whoever calls, if it can pay.
    pub fn quote_add(hotkey: &T::AccountId, netuid: NetUid, amount: Balance) -> Quoted {
        undone(|| {
            Self::stakeable(hotkey, netuid)?;
            ensure!(amount >= DustLimit::<T>::get(), Error::<T>::AmountUnderDustLimit);
            Self::quote_entry(hotkey, netuid, amount)
        })
    }

    /// What `remove_stake` would do (under notice a redemption), or with `None` `remove_all_stake` of this one position.
    pub fn quote_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Option<u64>,
    ) -> Quoted {
        undone(|| Self::try_remove(coldkey, hotkey, netuid, amount))
    }

    /// What `remove_all_stake` would do, position by position; the sum of what is received is what its
    /// `min_received` bounds. Later ones are sold at the prices that earlier ones leave.
    pub fn quote_remove_all(
        coldkey: &T::AccountId,
        positions: &[(T::AccountId, NetUid)],
    ) -> Result<Vec<StakeQuote>, DispatchError> {
        let named = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        ensure!((1..=MAX_POSITIONS).contains(&named), Error::<T>::NothingNamed);
        undone(|| {
            positions
                .iter()
                .map(|(hotkey, netuid)| Self::try_remove(coldkey, hotkey, *netuid, None))
                .collect()
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
            Self::stakeable(to, netuid)?;
            let exit = Self::take_points(coldkey, from, netuid, Some(amount))?;
            let (points, received) = Self::quote_points(to, netuid, exit.amount)?;
            Ok(StakeQuote { points, received, sold: None, bought: None, deposit: 0 })
        })
    }

    /// What `transfer_stake` would do.
    pub fn quote_transfer(
        from: &T::AccountId,
        to: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Quoted {
        undone(|| {
            ensure!(from != to, Error::<T>::SameColdkey);
            Self::ensure_open(netuid)?;
            let pool = Self::pool_id(hotkey, netuid).ok_or(Error::<T>::NoPosition)?;
            let deposit = Self::hold_deposit(from, to, pool)?;
            let (exit, received) = Self::give_points(from, to, hotkey, netuid, amount)?;
            Ok(StakeQuote { points: exit.points, received, sold: None, bought: None, deposit })
        })
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
            Self::stakeable(hotkey, to)?;
            let exit = Self::take_points(coldkey, hotkey, from, Some(amount))?;
            let sold = Self::quote_sale(from, exit)?;
            let native = Self::cash(from, exit)?;
            let entry = Self::quote_entry(hotkey, to, native.peek())?;
            Ok(StakeQuote { sold, ..entry })
        })
    }

    /// Takes (a part of) a position out and pays it.
    fn try_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: Option<u64>,
    ) -> Quoted {
        let exit = Self::take_points(coldkey, hotkey, netuid, wanted)?;
        let sold = Self::quote_sale(netuid, exit)?;
        let received = Self::pay_out(coldkey, Self::cash(netuid, exit)?)?;
        Ok(StakeQuote { points: exit.points, received, sold, bought: None, deposit: 0 })
    }

    /// The sale of what left a position; none on root, or where nothing would be got for it.
    fn quote_sale(netuid: NetUid, exit: Exit) -> Result<Option<Trade>, DispatchError> {
        if netuid.is_root() {
            return Ok(None);
        }
        match T::Market::quote_sell(netuid, Alpha(exit.amount)) {
            Err(alun_primitives::TradeError::TooSmall) if exit.whole => Ok(None),
            quoted => quoted.map(Some).map_err(|error| Error::<T>::from(error).into()),
        }
    }

    /// The way in of native tokens.
    fn quote_entry(hotkey: &T::AccountId, netuid: NetUid, native: Balance) -> Quoted {
        let bought = if netuid.is_root() {
            None
        } else {
            Some(T::Market::quote_buy(netuid, native).map_err(Error::<T>::from)?)
        };
        let amount = bought.map_or(native, |trade| trade.alpha.0);
        let (points, received) = Self::quote_points(hotkey, netuid, amount)?;
        Ok(StakeQuote { points, received, sold: None, bought, deposit: 0 })
    }

    /// The points minted, and what they could be redeemed for in the token of the netuid.
    fn quote_points(
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Result<(u128, u64), Error<T>> {
        let mut pool = Self::open(hotkey, netuid).row.pool;
        let points = pool.deposit(amount)?;
        Ok((points, pool.value_of(points)))
    }
}

/// Takes back what `quote` changes.
fn undone<R>(quote: impl FnOnce() -> Result<R, DispatchError>) -> Result<R, DispatchError> {
    with_transaction(|| TransactionOutcome::Rollback(quote()))
}
