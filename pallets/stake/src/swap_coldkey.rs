//! A coldkey takes another's place: its hotkeys first, so that what is earned from then on is the new one's,
//! then its positions. Those of both in one pool become one.

use crate::{
    pools::Opened, wind_up::Pass, Config, Deposits, Event, Hotkeys, Owned, Pallet, PoolId,
    PoolNames, Positions,
};
use alun_primitives::traits::{ColdkeySwap, OnColdkeySwapped, Rows};
use frame::prelude::defensive;

/// What moving a hotkey costs, in rows.
const HOTKEY_ROWS: u32 = 2;

/// What moving a position costs, in rows: two positions, two deposits and a hold, a pool and its name.
const POSITION_ROWS: u32 = 4;

impl<T: Config> OnColdkeySwapped<T::AccountId> for Pallet<T> {
    fn go_on(swap: &ColdkeySwap<T::AccountId>, rows: &mut Rows) -> bool {
        let ColdkeySwap { old, new } = swap;
        // One iterator goes on behind what it gave: a new one would walk over all that was removed.
        for hotkey in Owned::<T>::iter_key_prefix(old) {
            if !rows.take_many(HOTKEY_ROWS) {
                return false;
            }
            Owned::<T>::remove(old, &hotkey);
            Owned::<T>::insert(new, &hotkey, ());
            Hotkeys::<T>::insert(&hotkey, new);
            Self::deposit_event(Event::HotkeyBound { hotkey, coldkey: new.clone() });
        }
        for (pool, points) in Positions::<T>::iter_prefix(old) {
            if !rows.take_many(POSITION_ROWS) {
                return false;
            }
            Positions::<T>::remove(old, pool);
            Self::move_position(old, new, pool, points);
        }
        true
    }
}

impl<T: Config> Pallet<T> {
    /// Gives a position that was removed to another coldkey, with its deposit; if that has one in the pool
    /// already, the deposit goes back to who paid it.
    fn move_position(old: &T::AccountId, new: &T::AccountId, pool: PoolId, points: u128) {
        let named = PoolNames::<T>::get(pool);
        let Some(mut opened) = named.and_then(|(hotkey, on)| Self::existing(&hotkey, on)) else {
            defensive!("a position has no pool", pool);
            return;
        };
        let amount = opened.row.pool.value_of(points);
        let held = Positions::<T>::get(new, pool);
        // Saturation: S1, both are parts of the pool's points.
        Positions::<T>::insert(new, pool, held.unwrap_or(0).saturating_add(points));
        let Opened { hotkey, netuid, .. } = &opened;
        let (hotkey, netuid) = (hotkey.clone(), *netuid);
        Self::moved_while_paid_out(netuid, Pass::Positions);
        if held.is_some() {
            Self::release_deposit(old, &opened);
            let positions = &mut opened.row.pool.positions;
            // Saturation: S1, there were two.
            *positions = positions.saturating_sub(1);
            Self::store(opened);
        } else if let Some(deposit) = Deposits::<T>::take(old, pool) {
            Deposits::<T>::insert(new, pool, deposit);
        }
        let (from, to) = (old.clone(), new.clone());
        let deposit = 0;
        Self::deposit_event(Event::StakeTransferred {
            from,
            to,
            hotkey,
            netuid,
            amount,
            points,
            deposit,
        });
    }
}
