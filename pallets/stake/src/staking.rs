//! What nominators do: add, remove, move, transfer and swap stake.
//!
//! Every call is a way in or a way out, or one of each. Native tokens are the same on every side, so
//! what leaves a subnet is sold, and what enters one is bought.

use crate::{pool::Exit, AlphaOf, Config, CreditOf, DustLimit, Error, Event, Pallet};
use alun_primitives::{
    traits::{AlphaMarket, Refused},
    Alpha, Balance, NetUid, TradeError,
};
use frame::{
    prelude::{ensure, DispatchError, DispatchResult},
    token::{
        fungible::{Balanced, Inspect},
        imbalance::Imbalance,
        Fortitude, Precision, Preservation,
    },
};

impl<T> From<TradeError> for Error<T> {
    fn from(error: TradeError) -> Self {
        match error {
            TradeError::NoMarket => Self::UnknownSubnet,
            TradeError::WindingUp => Self::WindingUp,
            TradeError::TooSmall => Self::TooSmallToTrade,
            TradeError::TooLarge => Self::TooLargeToTrade,
            TradeError::BelowBound => Self::ReceivedTooLittle,
        }
    }
}

/// The most positions that one call takes out.
pub const MAX_POSITIONS: u32 = 16;

/// The reason for which a market gave a credit back. The credit is dropped: the call fails, and with
/// it everything is as it was before.
fn refused<T: Config, Credit>((_, reason): Refused<Credit>) -> DispatchError {
    Error::<T>::from(reason).into()
}

/// What entered a position.
struct Entered {
    /// In the token of the netuid.
    amount: u64,
    points: u128,
    /// What the points could be redeemed for, in that token.
    redeemable: u64,
}

impl<T: Config> Pallet<T> {
    /// The way in: native tokens become a position of the coldkey.
    fn enter(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        native: CreditOf<T>,
    ) -> Result<Entered, DispatchError> {
        let amount = if netuid.is_root() {
            let amount = native.peek();
            Self::root_in(native).map_err(|_| Error::<T>::Overflow)?;
            amount
        } else {
            let bought = T::Market::buy(netuid, native, Alpha::ZERO).map_err(refused::<T, _>)?;
            bought.place().0
        };
        let (points, redeemable) =
            Self::add_points(coldkey, hotkey, netuid, amount).map_err(Error::<T>::from)?;
        Ok(Entered { amount, points, redeemable })
    }

    /// The way out, from where the points left a position: what they were worth becomes native tokens.
    pub(crate) fn cash(netuid: NetUid, exit: Exit) -> Result<CreditOf<T>, DispatchError> {
        if netuid.is_root() {
            return Self::root_out(exit.amount);
        }
        match T::Market::sell(AlphaOf::<T>::taken(netuid, Alpha(exit.amount)), 0) {
            // A position worth less than one native unit must be removable, or it, and a deposit for
            // it, would be there for ever. Its alpha is dropped, hence burned.
            Err((_, TradeError::TooSmall)) if exit.whole => Ok(CreditOf::<T>::default()),
            sold => sold.map_err(refused::<T, _>),
        }
    }

    /// Pays native tokens to a coldkey.
    pub(crate) fn pay_out(
        coldkey: &T::AccountId,
        native: CreditOf<T>,
    ) -> Result<Balance, DispatchError> {
        let amount = native.peek();
        if amount > 0 {
            // Fails where the account would be made and stay under the existential deposit.
            T::Currency::resolve(coldkey, native).map_err(|_| Error::<T>::AccountTooSmall)?;
        }
        Ok(amount)
    }

    pub(crate) fn do_add(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        paid: Balance,
        min_received: u64,
    ) -> DispatchResult {
        Self::stakeable(hotkey, netuid)?;
        ensure!(paid >= DustLimit::<T>::get(), Error::<T>::AmountUnderDustLimit);
        let free =
            T::Currency::reducible_balance(coldkey, Preservation::Preserve, Fortitude::Polite);
        ensure!(free >= paid, Error::<T>::BalanceTooLow);
        let native = T::Currency::withdraw(
            coldkey,
            paid,
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )?;
        let entered = Self::enter(coldkey, hotkey, netuid, native)?;
        ensure!(entered.redeemable >= min_received, Error::<T>::ReceivedTooLittle);
        Self::deposit_event(Event::StakeAdded {
            coldkey: coldkey.clone(),
            hotkey: hotkey.clone(),
            netuid,
            paid,
            amount: entered.amount,
            points: entered.points,
        });
        Ok(())
    }

    pub(crate) fn do_remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
        min_received: Balance,
    ) -> DispatchResult {
        let received = Self::remove(coldkey, hotkey, netuid, Some(amount))?;
        ensure!(received >= min_received, Error::<T>::ReceivedTooLittle);
        Ok(())
    }

    pub(crate) fn do_remove_all(
        coldkey: &T::AccountId,
        positions: &[(T::AccountId, NetUid)],
        min_received: Balance,
    ) -> DispatchResult {
        ensure!(!positions.is_empty(), Error::<T>::NothingNamed);
        let mut received = 0u64;
        for (hotkey, netuid) in positions {
            let native = Self::remove(coldkey, hotkey, *netuid, None)?;
            received = received.checked_add(native).ok_or(Error::<T>::Overflow)?;
        }
        ensure!(received >= min_received, Error::<T>::ReceivedTooLittle);
        Ok(())
    }

    /// Takes (a part of) a position out and pays it; returns the native tokens paid.
    fn remove(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: Option<u64>,
    ) -> Result<Balance, DispatchError> {
        let exit = Self::take_points(coldkey, hotkey, netuid, wanted)?;
        let received = Self::pay_out(coldkey, Self::cash(netuid, exit)?)?;
        Self::deposit_event(Event::StakeRemoved {
            coldkey: coldkey.clone(),
            hotkey: hotkey.clone(),
            netuid,
            amount: exit.amount,
            received,
            points: exit.points,
        });
        Ok(received)
    }

    /// What is moved stays in this ledger.
    pub(crate) fn do_move(
        coldkey: &T::AccountId,
        netuid: NetUid,
        from: &T::AccountId,
        to: &T::AccountId,
        amount: u64,
        min_received: u64,
    ) -> DispatchResult {
        ensure!(from != to, Error::<T>::SameHotkey);
        Self::stakeable(to, netuid)?;
        let exit = Self::take_points(coldkey, from, netuid, Some(amount))?;
        let (minted, redeemable) =
            Self::add_points(coldkey, to, netuid, exit.amount).map_err(Error::<T>::from)?;
        ensure!(redeemable >= min_received, Error::<T>::ReceivedTooLittle);
        Self::deposit_event(Event::StakeMoved {
            coldkey: coldkey.clone(),
            netuid,
            from: from.clone(),
            to: to.clone(),
            amount: exit.amount,
            burned: exit.points,
            minted,
        });
        Ok(())
    }

    /// What is given stays in this ledger, and in the pool.
    pub(crate) fn do_transfer(
        from: &T::AccountId,
        to: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
        min_received: u64,
    ) -> DispatchResult {
        ensure!(from != to, Error::<T>::SameColdkey);
        Self::ensure_open(netuid)?;
        let pool = Self::pool_id(hotkey, netuid).ok_or(Error::<T>::NoPosition)?;
        let deposit = Self::hold_deposit(from, to, pool)?;
        let (exit, redeemable) = Self::give_points(from, to, hotkey, netuid, amount)?;
        ensure!(redeemable >= min_received, Error::<T>::ReceivedTooLittle);
        Self::deposit_event(Event::StakeTransferred {
            from: from.clone(),
            to: to.clone(),
            hotkey: hotkey.clone(),
            netuid,
            amount: exit.amount,
            points: exit.points,
            deposit,
        });
        Ok(())
    }

    pub(crate) fn do_swap(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        from: NetUid,
        to: NetUid,
        amount: u64,
        min_received: u64,
    ) -> DispatchResult {
        ensure!(from != to, Error::<T>::SameSubnet);
        Self::stakeable(hotkey, to)?;
        let exit = Self::take_points(coldkey, hotkey, from, Some(amount))?;
        let native = Self::cash(from, exit)?;
        let on_the_way = native.peek();
        let entered = Self::enter(coldkey, hotkey, to, native)?;
        ensure!(entered.redeemable >= min_received, Error::<T>::ReceivedTooLittle);
        Self::deposit_event(Event::StakeSwapped {
            coldkey: coldkey.clone(),
            hotkey: hotkey.clone(),
            from,
            to,
            amount: exit.amount,
            native: on_the_way,
            received: entered.amount,
            burned: exit.points,
            minted: entered.points,
        });
        Ok(())
    }
}
