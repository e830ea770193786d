//! Pools and positions in storage: opened and read as of now, stored, closed.

use crate::{
    pool::{Exit, Pool, PoolError},
    Config, CreditOf, DustLimit, Error, Event, Hotkeys, NextPool, Pallet, PoolNames, Pools,
    Positions,
};
use alun_primitives::{traits::PendingEmission, Balance, BlockNumber, NetUid};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_system,
    prelude::{
        AccountIdConversion, DispatchError, Get, OnUnbalanced, SaturatedConversion, TypeInfo,
    },
    token::{
        fungible::{Balanced, Inspect},
        Fortitude, Precision, Preservation,
    },
};

/// Id of a pool. A pool keeps it when its hotkey is swapped.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PoolId(pub u64);

/// A pool with its id.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PoolRow {
    /// Its id.
    pub id: PoolId,
    /// The pool.
    pub pool: Pool,
}

/// A pool as of now, with its name; `new` until it is stored.
pub(crate) struct Opened<AccountId> {
    /// On whom it is staked.
    hotkey: AccountId,
    /// Where, 0 for root.
    netuid: NetUid,
    pub(crate) row: PoolRow,
    new: bool,
}

impl<T> From<PoolError> for Error<T> {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::ZeroAmount => Self::ZeroAmount,
            PoolError::ZeroPoints => Self::ZeroPoints,
            PoolError::NotEnough => Self::NotEnoughStake,
            PoolError::UnderDust => Self::AmountUnderDustLimit,
            PoolError::Overflow => Self::Overflow,
        }
    }
}

impl<T: Config> Pallet<T> {
    /// The account that holds all stake.
    pub fn account() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// The block that this happens in.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The pool of a hotkey on a netuid as of now, if anything is staked there.
    pub(crate) fn existing(hotkey: &T::AccountId, netuid: NetUid) -> Option<Opened<T::AccountId>> {
        let mut row = Pools::<T>::get(hotkey, netuid)?;
        row.pool = row.pool.at(Self::now());
        Some(Opened { hotkey: hotkey.clone(), netuid, row, new: false })
    }

    /// The pool of a hotkey on a netuid as of now, or a new one.
    pub(crate) fn open(hotkey: &T::AccountId, netuid: NetUid) -> Opened<T::AccountId> {
        Self::existing(hotkey, netuid).unwrap_or_else(|| Opened {
            hotkey: hotkey.clone(),
            netuid,
            row: PoolRow { id: NextPool::<T>::get(), pool: Pool::default() },
            new: true,
        })
    }

    pub(crate) fn store(opened: Opened<T::AccountId>) {
        let Opened { hotkey, netuid, row, new } = opened;
        if new {
            PoolNames::<T>::insert(row.id, (&hotkey, netuid));
            // Saturation: 2⁶⁴ pools are never made.
            NextPool::<T>::put(PoolId(row.id.0.saturating_add(1)));
        }
        Pools::<T>::insert(hotkey, netuid, row);
    }

    /// Mints points for `amount`, which is on its way into the pallet's account, to the coldkey's
    /// position. Writes nothing when it fails.
    pub(crate) fn add_points(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Balance,
    ) -> Result<(u128, Balance), PoolError> {
        let mut opened = Self::open(hotkey, netuid);
        let minted = opened.row.pool.deposit(amount)?;
        let redeemable = opened.row.pool.value_of(minted);
        let held = Positions::<T>::get(coldkey, opened.row.id);
        if held.is_none() {
            let positions = &mut opened.row.pool.positions;
            *positions = positions.checked_add(1).ok_or(PoolError::Overflow)?;
        }
        let points = held.unwrap_or(0).checked_add(minted).ok_or(PoolError::Overflow)?;
        Positions::<T>::insert(coldkey, opened.row.id, points);
        Self::store(opened);
        Ok((minted, redeemable))
    }

    /// Burns points of the coldkey's position for `wanted`, or all of them with `None`. The caller
    /// moves what they are worth.
    pub(crate) fn take_points(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: Option<Balance>,
    ) -> Result<Exit, DispatchError> {
        let mut opened = Self::existing(hotkey, netuid).ok_or(Error::<T>::NoPosition)?;
        let held = Positions::<T>::get(coldkey, opened.row.id).ok_or(Error::<T>::NoPosition)?;
        let pool = &mut opened.row.pool;
        let exit = pool.exit(held, wanted, DustLimit::<T>::get()).map_err(Error::<T>::from)?;
        pool.withdraw(exit).map_err(Error::<T>::from)?;
        let left = held.checked_sub(exit.points).ok_or(Error::<T>::Overflow)?;
        if left == 0 {
            Positions::<T>::remove(coldkey, opened.row.id);
            pool.positions = pool.positions.checked_sub(1).ok_or(Error::<T>::Overflow)?;
        } else {
            Positions::<T>::insert(coldkey, opened.row.id, left);
        }
        if pool.points == 0 {
            Self::close(opened)?;
        } else {
            Self::store(opened);
        }
        Ok(exit)
    }

    /// Removes a pool whose last point left. What remains goes to the subnet's pending emission;
    /// root has none, so there it is burned.
    fn close(opened: Opened<T::AccountId>) -> Result<(), DispatchError> {
        let Opened { hotkey, netuid, row: PoolRow { id, pool }, .. } = opened;
        Pools::<T>::remove(&hotkey, netuid);
        PoolNames::<T>::remove(id);
        let remainder = pool.holdings();
        if remainder > 0 {
            let credit = Self::withdraw(remainder)?;
            if netuid.is_root() {
                T::Burn::on_unbalanced(credit);
            } else {
                T::Pending::add_pending(netuid, credit);
            }
        }
        Self::deposit_event(Event::PoolEmptied { hotkey, netuid, remainder });
        Ok(())
    }

    /// Takes money that belonged to a pool out of the pallet's account.
    fn withdraw(amount: Balance) -> Result<CreditOf<T>, DispatchError> {
        T::Currency::withdraw(
            &Self::account(),
            amount,
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )
    }

    /// What the pallet's account holds above its existential deposit and all pools: what strangers
    /// sent. `None` if it held less than that, which breaks M1 and M4.
    pub fn surplus() -> Option<Balance> {
        let pools = Pools::<T>::iter_values()
            .try_fold(0u64, |sum, row| sum.checked_add(row.pool.holdings()))?;
        T::Currency::balance(&Self::account())
            .checked_sub(T::Currency::minimum_balance())?
            .checked_sub(pools)
    }

    /// Whether somebody can stake on this hotkey and netuid.
    pub(crate) fn stakeable(hotkey: &T::AccountId, netuid: NetUid) -> Result<(), Error<T>> {
        use alun_primitives::traits::NeuronRegistry;
        if !Hotkeys::<T>::contains_key(hotkey) {
            return Err(Error::UnknownHotkey);
        }
        if !netuid.is_root() && !T::Neurons::exists(netuid) {
            return Err(Error::UnknownSubnet);
        }
        Ok(())
    }
}
