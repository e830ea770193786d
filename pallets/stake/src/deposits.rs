//! Who makes a row in another's account pays for it.

use crate::{pools::Opened, Config, Deposits, Error, Event, HoldReason, Pallet, PoolId, Positions};
use alun_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    prelude::{Get, TypeInfo},
    token::{fungible::MutateHold, Precision},
};

/// A deposit for a position in another's account.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct RowDeposit<AccountId> {
    /// From whom it is held.
    pub payer: AccountId,
    /// Smallest unit.
    pub amount: Balance,
}

impl<T: Config> Pallet<T> {
    /// Holds the deposit from `payer` if `coldkey` has no position in the pool yet; returns what is
    /// held. To be called before the position is made.
    pub(crate) fn hold_deposit(
        payer: &T::AccountId,
        coldkey: &T::AccountId,
        pool: PoolId,
    ) -> Result<Balance, Error<T>> {
        let amount = T::RowDeposit::get();
        if amount == 0 || Positions::<T>::contains_key(coldkey, pool) {
            return Ok(0);
        }
        T::Currency::hold(&HoldReason::Position.into(), payer, amount)
            .map_err(|_| Error::<T>::DepositTooHigh)?;
        Deposits::<T>::insert(coldkey, pool, RowDeposit { payer: payer.clone(), amount });
        Ok(amount)
    }

    /// Gives the deposit for a position that is gone back to who paid it.
    pub(crate) fn release_deposit(coldkey: &T::AccountId, pool: &Opened<T::AccountId>) {
        let Some(RowDeposit { payer, amount }) = Deposits::<T>::take(coldkey, pool.row.id) else {
            return;
        };
        // Best effort: what root slashed from the hold cannot come back.
        let released = T::Currency::release(
            &HoldReason::Position.into(),
            &payer,
            amount,
            Precision::BestEffort,
        );
        debug_assert!(released.is_ok());
        Self::deposit_event(Event::DepositReleased {
            payer,
            coldkey: coldkey.clone(),
            hotkey: pool.hotkey.clone(),
            netuid: pool.netuid,
            amount: released.unwrap_or(0),
        });
    }
}
