//! A subnet is wound up: every position on it is paid out, and what was lent there ends.
//!
//! Neither positions nor lenders are stored by subnet, so all of the chain's are looked at, a part in
//! each block, in the order of their keys. A row that moves meanwhile (its coldkey or hotkey is swapped) may
//! come to a place that was passed already: then there is another pass. A pass is over for good when it
//! found nothing and nothing moved.

use crate::{
    AlphaOf, Config, CreditOf, Event, Lenders, Lending, LentOn, Pallet, PoolId, PoolNames,
    Positions,
};
use alun_primitives::{
    traits::{OnSubnet, OnSubnetWoundUp, Rows, WindUpMarket},
    Alpha, Balance, NetUid,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_support::storage::with_storage_layer,
    prelude::{defensive, BoundedVec, ConstU32, DispatchResult, OnUnbalanced, TypeInfo},
    token::{fungible::Balanced, imbalance::Imbalance},
};

/// Longest key of a row that is looked at, bytes.
const MAX_KEY: u32 = 128;

/// What paying a position out costs, in rows: its pool and its name, the market, a deposit, the account.
const PAYOUT_ROWS: u32 = 12;

/// What ending a lending costs, in rows.
const LENDING_ROWS: u32 = 3;

/// What is looked for.
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
pub enum Pass {
    /// Positions.
    Positions,
    /// Who accepts lenders.
    Lenders,
    /// Nothing any more.
    Done,
}

/// How far a subnet's stake is paid out.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Progress {
    /// What is looked for.
    pub pass: Pass,
    /// The key of the last row that was looked at in this pass; empty at its beginning.
    pub after: BoundedVec<u8, ConstU32<MAX_KEY>>,
    /// Whether this pass found something, or a row that it looks for moved.
    pub found: bool,
}

impl Progress {
    fn of(pass: Pass) -> Self {
        Self { pass, after: BoundedVec::new(), found: false }
    }

    /// The pass came to its end: another one, or what comes next.
    fn next(self) -> Self {
        let next = match self.pass {
            again if self.found => again,
            Pass::Positions => Pass::Lenders,
            Pass::Lenders | Pass::Done => Pass::Done,
        };
        Self::of(next)
    }
}

impl<T: Config> OnSubnet for Pallet<T> {
    fn on_removed(netuid: NetUid) {
        crate::PayingOut::<T>::remove(netuid);
    }
}

impl<T: Config> OnSubnetWoundUp for Pallet<T> {
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        if !T::Market::begin_payout(netuid) || !Self::end_lendings(netuid, rows) {
            return false;
        }
        let begun = crate::PayingOut::<T>::get(netuid);
        let mut progress = begun.unwrap_or_else(|| Progress::of(Pass::Positions));
        let done = loop {
            let ended = match progress.pass {
                Pass::Positions => Self::pay_positions(netuid, &mut progress, rows),
                Pass::Lenders => Self::drop_lenders(netuid, &mut progress, rows),
                Pass::Done => break true,
            };
            if !ended {
                break false;
            }
            progress = progress.next();
        };
        crate::PayingOut::<T>::insert(netuid, progress);
        done
    }
}

impl<T: Config> Pallet<T> {
    /// A row of a subnet moved. If it is being wound up and such rows are looked for, they are looked for
    /// once more: nobody hides from the payout by being where it was before.
    pub(crate) fn moved_while_paid_out(netuid: NetUid, pass: Pass) {
        crate::PayingOut::<T>::mutate_extant(netuid, |progress| {
            progress.found |= progress.pass == pass;
        });
    }

    /// Pays positions of a subnet; whether the pass came to its end.
    fn pay_positions(netuid: NetUid, progress: &mut Progress, rows: &mut Rows) -> bool {
        let mut keys = match progress.after.is_empty() {
            true => Positions::<T>::iter_keys(),
            false => Positions::<T>::iter_keys_from(progress.after.to_vec()),
        };
        loop {
            // Of each the most that it can cost, because its subnet is not known before.
            if rows.left() <= PAYOUT_ROWS || !rows.take() {
                return false;
            }
            let Some((coldkey, pool)) = keys.next() else { return true };
            progress.after = BoundedVec::truncate_from(keys.last_raw_key().to_vec());
            let Some((hotkey, of)) = PoolNames::<T>::get(pool) else { continue };
            if of == netuid {
                progress.found = true;
                let _ = rows.take_many(PAYOUT_ROWS);
                Self::pay_position(&coldkey, &hotkey, netuid, pool);
            }
        }
    }

    /// Pays a position out whole. What is on its way into its pool has entered it.
    fn pay_position(coldkey: &T::AccountId, hotkey: &T::AccountId, netuid: NetUid, pool: PoolId) {
        let paid = with_storage_layer(|| -> DispatchResult {
            if let Some(mut opened) = Self::existing(hotkey, netuid) {
                let on_the_way = core::mem::take(&mut opened.row.pool.stream);
                let value = &mut opened.row.pool.value;
                // Saturation: both are parts of the issuance, which fits.
                *value = value.saturating_add(on_the_way.remaining);
                Self::store(opened);
            }
            let exit = Self::take_points(coldkey, hotkey, netuid, None)?;
            let alpha = AlphaOf::<T>::taken(netuid, Alpha(exit.amount));
            let received = Self::pay_or_burn(coldkey, T::Market::pay_holder(alpha));
            Self::deposit_event(Event::StakeRemoved {
                coldkey: coldkey.clone(),
                hotkey: hotkey.clone(),
                netuid,
                amount: exit.amount,
                received,
                points: exit.points,
            });
            Ok(())
        });
        if paid.is_err() {
            defensive!("a position could not be paid out", pool);
        }
    }

    /// Pays native tokens to a coldkey; what its account can't hold, because it is under the existential
    /// deposit, is burned.
    fn pay_or_burn(coldkey: &T::AccountId, native: CreditOf<T>) -> Balance {
        let amount = native.peek();
        match T::Currency::resolve(coldkey, native) {
            Ok(()) => amount,
            Err(too_little) => {
                T::Burn::on_unbalanced(too_little);
                0
            }
        }
    }

    /// Ends what is lent on a subnet; whether all of it is.
    fn end_lendings(netuid: NetUid, rows: &mut Rows) -> bool {
        for lender in LentOn::<T>::get(netuid) {
            if !rows.take_many(LENDING_ROWS) {
                return false;
            }
            Self::store_lending(&lender, netuid, Lending::default());
        }
        true
    }

    /// Removes who accepts lenders on a subnet; whether the pass came to its end.
    fn drop_lenders(netuid: NetUid, progress: &mut Progress, rows: &mut Rows) -> bool {
        let mut keys = match progress.after.is_empty() {
            true => Lenders::<T>::iter_keys(),
            false => Lenders::<T>::iter_keys_from(progress.after.to_vec()),
        };
        while rows.take() {
            let Some((hotkey, of)) = keys.next() else { return true };
            progress.after = BoundedVec::truncate_from(keys.last_raw_key().to_vec());
            if of == netuid {
                progress.found = true;
                Lenders::<T>::remove(hotkey, netuid);
            }
        }
        false
    }
}
