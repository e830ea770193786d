//! Pools and positions in storage: opened and read as of now, stored, closed.

use crate::{
    pool::{Exit, Pool, PoolError},
    AlphaOf, Config, CreditOf, DustLimit, Error, Event, Hotkeys, NextPool, Pallet, PoolNames,
    Pools, Positions, RootTotal,
};
use alun_primitives::{
    traits::{NeuronRegistry, PendingEmission},
    Alpha, Balance, BlockNumber, NetUid,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_system,
    prelude::{
        AccountIdConversion, DispatchError, Get, OnUnbalanced, SaturatedConversion, TypeInfo,
    },
    token::{
        fungible::{Balanced, Inspect},
        imbalance::Imbalance,
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
    pub(crate) hotkey: AccountId,
    /// Where, 0 for root.
    pub(crate) netuid: NetUid,
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

    /// The id of the pool of that name.
    pub(crate) fn pool_id(hotkey: &T::AccountId, netuid: NetUid) -> Option<PoolId> {
        Pools::<T>::get(hotkey, netuid).map(|row| row.id)
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

    /// Mints points for `amount`, which the caller moves into this ledger, to the coldkey's position;
    /// returns them and what they could be redeemed for. Writes nothing when it fails.
    pub(crate) fn add_points(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Result<(u128, u64), PoolError> {
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
    /// moves what they are worth out of this ledger.
    pub(crate) fn take_points(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: Option<u64>,
    ) -> Result<Exit, DispatchError> {
        let mut opened = Self::existing(hotkey, netuid).ok_or(Error::<T>::NoPosition)?;
        let held = Positions::<T>::get(coldkey, opened.row.id).ok_or(Error::<T>::NoPosition)?;
        let pool = &mut opened.row.pool;
        let exit = pool.exit(held, wanted, DustLimit::<T>::get()).map_err(Error::<T>::from)?;
        pool.withdraw(exit).map_err(Error::<T>::from)?;
        let left = held.checked_sub(exit.points).ok_or(Error::<T>::Overflow)?;
        if left == 0 {
            Positions::<T>::remove(coldkey, opened.row.id);
            Self::release_deposit(coldkey, &opened);
            let pool = &mut opened.row.pool;
            pool.positions = pool.positions.checked_sub(1).ok_or(Error::<T>::Overflow)?;
        } else {
            Positions::<T>::insert(coldkey, opened.row.id, left);
        }
        if opened.row.pool.points == 0 {
            Self::close(opened)?;
        } else {
            Self::store(opened);
        }
        Ok(exit)
    }

    /// Gives points of one coldkey's position to another's in the same pool; says what left, and what it
    /// could be redeemed for. The pool stays as it is, so nothing is rounded but what is asked for, up.
    pub(crate) fn give_points(
        from: &T::AccountId,
        to: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        wanted: u64,
    ) -> Result<(Exit, u64), DispatchError> {
        let mut opened = Self::existing(hotkey, netuid).ok_or(Error::<T>::NoPosition)?;
        let id = opened.row.id;
        let held = Positions::<T>::get(from, id).ok_or(Error::<T>::NoPosition)?;
        let pool = &mut opened.row.pool;
        let exit =
            pool.exit(held, Some(wanted), DustLimit::<T>::get()).map_err(Error::<T>::from)?;
        let redeemable = pool.value_of(exit.points);
        let left = held.checked_sub(exit.points).ok_or(Error::<T>::Overflow)?;
        let before = Positions::<T>::get(to, id);
        let after = before.unwrap_or(0).checked_add(exit.points).ok_or(Error::<T>::Overflow)?;
        Positions::<T>::insert(to, id, after);
        if before.is_none() {
            pool.positions = pool.positions.checked_add(1).ok_or(Error::<T>::Overflow)?;
        }
        if left == 0 {
            Positions::<T>::remove(from, id);
            Self::release_deposit(from, &opened);
            let pool = &mut opened.row.pool;
            pool.positions = pool.positions.checked_sub(1).ok_or(Error::<T>::Overflow)?;
        } else {
            Positions::<T>::insert(from, id, left);
        }
        Self::store(opened);
        Ok((exit, redeemable))
    }

    /// Removes a pool whose last point left. What remains goes to the subnet's pending emission;
    /// root has none, so there it is burned.
    fn close(opened: Opened<T::AccountId>) -> Result<(), DispatchError> {
        let Opened { hotkey, netuid, row: PoolRow { id, pool }, .. } = opened;
        Pools::<T>::remove(&hotkey, netuid);
        PoolNames::<T>::remove(id);
        let remainder = pool.holdings();
        if remainder > 0 && netuid.is_root() {
            T::Burn::on_unbalanced(Self::root_out(remainder)?);
        } else if remainder > 0 {
            T::Pending::add_pending(AlphaOf::<T>::taken(netuid, Alpha(remainder)));
        }
        Self::deposit_event(Event::PoolEmptied { hotkey, netuid, remainder });
        Ok(())
    }

    /// Takes native tokens that belonged to a root pool out of the pallet's account.
    pub(crate) fn root_out(amount: Balance) -> Result<CreditOf<T>, DispatchError> {
        let credit = T::Currency::withdraw(
            &Self::account(),
            amount,
            Precision::Exact,
            Preservation::Preserve,
            Fortitude::Polite,
        )?;
        // Saturation is not reached: M4, the total holds what every root pool does.
        RootTotal::<T>::mutate(|total| *total = total.saturating_sub(amount));
        Ok(credit)
    }

    /// Puts native tokens into the pallet's account, for a root pool. Gives them back if the account
    /// can't hold them, which is not reached while it has its existential deposit.
    pub(crate) fn root_in(credit: CreditOf<T>) -> Result<(), CreditOf<T>> {
        let amount = credit.peek();
        T::Currency::resolve(&Self::account(), credit)?;
        // Saturation is not reached: a part of the issuance, which fits.
        RootTotal::<T>::mutate(|total| *total = total.saturating_add(amount));
        Ok(())
    }

    /// What the pallet's account holds above its existential deposit and all root pools: what
    /// strangers sent. `None` if it held less than that, which breaks M4.
    pub fn surplus() -> Option<Balance> {
        T::Currency::balance(&Self::account())
            .checked_sub(T::Currency::minimum_balance())?
            .checked_sub(Self::holdings(NetUid::ROOT)?)
    }

    /// Alpha in all pools of a subnet, rewards on their way included: this pallet's part of M1.
    /// `None` if it does not fit its type, which breaks M1. Reads all pools.
    pub fn alpha_here(netuid: NetUid) -> Option<Alpha> {
        Self::holdings(netuid).map(Alpha)
    }

    /// What all pools of a netuid hold, in its token.
    pub(crate) fn holdings(netuid: NetUid) -> Option<u64> {
        Pools::<T>::iter()
            .filter(|(_, place, _)| *place == netuid)
            .try_fold(0u64, |sum, (.., row)| sum.checked_add(row.pool.holdings()))
    }

    /// Whether somebody can stake on this hotkey and netuid.
    pub(crate) fn stakeable(hotkey: &T::AccountId, netuid: NetUid) -> Result<(), Error<T>> {
        if !Hotkeys::<T>::contains_key(hotkey) {
            return Err(Error::UnknownHotkey);
        }
        Self::ensure_open(netuid)
    }

    /// Whether there is such a netuid, and it is not under notice: then positions can only be redeemed.
    pub(crate) fn ensure_open(netuid: NetUid) -> Result<(), Error<T>> {
        if netuid.is_root() || T::Neurons::open(netuid) {
            return Ok(());
        }
        Err(if T::Neurons::exists(netuid) { Error::WindingUp } else { Error::UnknownSubnet })
    }
}
