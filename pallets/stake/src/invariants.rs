//! The invariants, always compiled: `try_state`, a runtime API and every test call them.

use crate::{Config, Hotkeys, NextPool, Pallet, PoolId, PoolNames, PoolRow, Pools, Positions};
use alloc::collections::BTreeMap;

impl<T: Config> Pallet<T> {
    /// Checks M1, M4, S1 and S2; the error begins with the number of the first that is broken.
    pub fn check_invariants() -> Result<(), &'static str> {
        Self::check_names()?;
        Self::check_positions()?;
        if Self::surplus().is_none() {
            return Err("M1, M4: the stake account holds less than its pools");
        }
        Ok(())
    }

    fn check_names() -> Result<(), &'static str> {
        let mut names = 0usize;
        for (hotkey, netuid, PoolRow { id, .. }) in Pools::<T>::iter() {
            let name = PoolNames::<T>::get(id).ok_or("S2: a pool without a name")?;
            if name != (hotkey.clone(), netuid) {
                return Err("S2: a pool is named otherwise than where it is");
            }
            if !Hotkeys::<T>::contains_key(&hotkey) {
                return Err("X3: a pool's hotkey has no coldkey");
            }
            if id >= NextPool::<T>::get() {
                return Err("S2: a pool's id was never given out");
            }
            names = names.saturating_add(1);
        }
        if names != PoolNames::<T>::iter_keys().count() {
            return Err("S2: a name without a pool");
        }
        Ok(())
    }

    fn check_positions() -> Result<(), &'static str> {
        let mut sums: BTreeMap<PoolId, (u128, u32)> = BTreeMap::new();
        for (_, id, points) in Positions::<T>::iter() {
            if points == 0 {
                return Err("S2: a position without points");
            }
            let (sum, count) = sums.entry(id).or_default();
            *sum = sum.checked_add(points).ok_or("S1: points overflow")?;
            *count = count.checked_add(1).ok_or("S1: positions overflow")?;
        }
        for row in Pools::<T>::iter_values() {
            let (points, count) = sums.remove(&row.id).ok_or("S2: a pool without positions")?;
            if (points, count) != (row.pool.points, row.pool.positions) {
                return Err("S1: a pool's points are not those of its positions");
            }
        }
        if sums.is_empty() {
            Ok(())
        } else {
            Err("S1: a position in a pool that is not there")
        }
    }
}
