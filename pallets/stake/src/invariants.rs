//! The invariants, always compiled: `try_state`, a runtime API and every test call them.

use crate::{
    children::within_whole, Config, Deposits, HoldReason, Hotkeys, Lenders, Lendings, LentOn,
    NextPool, Owned, Pallet, PoolId, PoolNames, PoolRow, Pools, Positions, RootTotal, RowDeposit,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use alun_primitives::{Balance, NetUid};
use core::iter::once;
use frame::token::fungible::InspectHold;

impl<T: Config> Pallet<T> {
    /// Checks M4, S1 to S4; the error begins with the number of the first that is broken.
    pub fn check_invariants() -> Result<(), &'static str> {
        Self::check_names()?;
        Self::check_positions()?;
        if Self::holdings(NetUid::ROOT) != Some(RootTotal::<T>::get()) {
            return Err("M4: the total on root is not the sum of the root pools");
        }
        if Self::surplus().is_none() {
            return Err("M4: the stake account holds less than the root pools");
        }
        Self::check_deposits()?;
        Self::check_owned()?;
        Self::check_lending()
    }

    fn check_owned() -> Result<(), &'static str> {
        let own = |(coldkey, hotkey)| Hotkeys::<T>::get(hotkey) == Some(coldkey);
        let same = Owned::<T>::iter_keys().count() == Hotkeys::<T>::iter_keys().count();
        if same && Owned::<T>::iter_keys().all(own) {
            Ok(())
        } else {
            Err("S4: a coldkey's hotkeys are not those bound to it")
        }
    }

    fn check_lending() -> Result<(), &'static str> {
        let mut lent: BTreeMap<(NetUid, T::AccountId), Vec<T::AccountId>> = BTreeMap::new();
        for (hotkey, netuid, lending) in Lendings::<T>::iter() {
            let lending = lending.at(Self::lent_as_of(netuid));
            let next = lending.next.iter().map(|(_, children)| children);
            if !once(&lending.current).chain(next).all(within_whole) {
                return Err("S3: a hotkey lends nothing or more than all");
            }
            let children: Vec<_> = lending.named().map(|(child, _)| child.clone()).collect();
            for child in &children {
                let lenders = Lenders::<T>::get(child, netuid);
                if !lenders.iter().any(|lender| lender.hotkey == hotkey) {
                    return Err("S3: a lender does not stand in its child's list");
                }
            }
            lent.insert((netuid, hotkey), children);
        }
        let listed: Vec<_> = LentOn::<T>::iter()
            .flat_map(|(netuid, listed)| listed.into_iter().map(move |hotkey| (netuid, hotkey)))
            .collect();
        let stored: BTreeSet<_> = Lendings::<T>::iter_keys().map(|(of, on)| (on, of)).collect();
        if listed.len() != stored.len() || !listed.iter().all(|entry| stored.contains(entry)) {
            return Err("S3: a subnet's list of lenders is not who lends there");
        }
        // Who lends only to hotkeys that do not lend is in no circle, and so on.
        loop {
            let (before, names) = (lent.len(), lent.keys().cloned().collect::<BTreeSet<_>>());
            lent.retain(|(netuid, _), children| {
                children.iter().any(|child| names.contains(&(*netuid, child.clone())))
            });
            if lent.is_empty() {
                return Ok(());
            }
            if lent.len() == before {
                return Err("S3: weight is lent in a circle");
            }
        }
    }

    fn check_deposits() -> Result<(), &'static str> {
        let mut owed: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
        for (coldkey, id, RowDeposit { payer, amount }) in Deposits::<T>::iter() {
            if !Positions::<T>::contains_key(&coldkey, id) {
                return Err("S2: a deposit for a position that is not there");
            }
            let sum = owed.entry(payer).or_default();
            *sum = sum.checked_add(amount).ok_or("S2: deposits overflow")?;
        }
        for (payer, sum) in owed {
            if T::Currency::balance_on_hold(&HoldReason::Position.into(), &payer) != sum {
                return Err("S2: what is held from a payer is not its deposits");
            }
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
