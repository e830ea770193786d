//! The invariants, always compiled: `try_state`, a runtime API and every test call them.

use crate::{
    Claims, Config, CurrentClaims, Dues, Market, Markets, NextClaims, Pallet, Queue, QueueEnds,
    State,
};
use alloc::collections::BTreeMap;
use alun_market_math::{pool::Reserves, price::PRICE_ONE};
use alun_primitives::{Alpha, Balance, NetUid};
use frame::{prelude::Get, token::fungible::Inspect};

/// M3: k does not fall from one state of a pool to a later one. Neither trades nor injections lower
/// it.
pub fn check_product(before: Reserves, after: Reserves) -> Result<(), &'static str> {
    if after.product() < before.product() {
        return Err("M3: the product of a pool's reserves fell");
    }
    Ok(())
}

impl<T: Config> Pallet<T> {
    /// Checks M1's part that is the market's, M2, E1 of alpha, and M5; the error begins with the
    /// number of the first that is broken.
    pub fn check_invariants() -> Result<(), &'static str> {
        let queued = queued::<T>()?;
        let mut waiting = 0usize;
        for (netuid, market) in Markets::<T>::iter() {
            // Below the number of netuids.
            waiting = waiting.saturating_add(usize::from(market.queued));
            if market.queued != queued.contains_key(&netuid) {
                return Err("M5: a market's mark and the queue do not agree");
            }
            check_books::<T>(&market)?;
            if Self::surplus(netuid).is_none() {
                return Err("M2: a subnet's account holds less than the market counts");
            }
            check_root_parts::<T>(netuid, &market)?;
        }
        if queued.len() != waiting {
            return Err("M5: a netuid without a market stands in the queue");
        }
        let orphaned = NextClaims::<T>::iter_keys()
            .chain(CurrentClaims::<T>::iter_keys())
            .chain(Dues::<T>::iter_keys())
            .any(|netuid| !Markets::<T>::contains_key(netuid));
        if orphaned {
            return Err("M5: a root part has no market");
        }
        Ok(())
    }

    /// Alpha of a subnet that the market itself holds: its pool, and root parts that wait. With the
    /// stake pools and what is pending it is the issuance (M1). `None` if it does not fit its type, which
    /// breaks M1.
    pub fn alpha_here(netuid: NetUid) -> Option<Alpha> {
        Markets::<T>::get(netuid).map_or(Some(Alpha::ZERO), |market| market.alpha_here())
    }

    /// What a subnet's account holds above its existential deposit and all that the market counts:
    /// what strangers sent. `None` if it held less than that, which breaks M2, or has no market.
    pub fn surplus(netuid: NetUid) -> Option<Balance> {
        let market = Markets::<T>::get(netuid)?;
        let counted = market.native_here()?;
        let held = T::Currency::balance(&Self::account(netuid));
        if let State::Paying(_) = market.state {
            // All of the account is paid out; what fell under the existential deposit was burned, which is
            // the last of the pool's part.
            let gone = held == 0 && counted < T::Currency::minimum_balance();
            return if gone { Some(0) } else { held.checked_sub(counted) };
        }
        held.checked_sub(T::Currency::minimum_balance())?.checked_sub(counted)
    }
}

/// The netuids in the queue, each once.
fn queued<T: Config>() -> Result<BTreeMap<NetUid, u64>, &'static str> {
    let ends = QueueEnds::<T>::get();
    let mut queued = BTreeMap::new();
    for (number, netuid) in Queue::<T>::iter() {
        if !(ends.head..ends.tail).contains(&number) {
            return Err("M5: an entry of the queue lies outside its ends");
        }
        if queued.insert(netuid, number).is_some() {
            return Err("M5: a netuid stands in the queue twice");
        }
    }
    let length = ends.tail.checked_sub(ends.head);
    if length != u64::try_from(queued.len()).ok() {
        return Err("M5: a number of the queue is missing");
    }
    Ok(queued)
}

/// M1's part and E1: the books of one alpha.
fn check_books<T: Config>(market: &Market) -> Result<(), &'static str> {
    if market.alpha_here().is_none_or(|here| here > market.issuance) {
        return Err("M1: the market holds more alpha than there is");
    }
    if market.issuance > market.minted {
        return Err("E1: there is more alpha than was ever issued");
    }
    if market.minted > market.scheduled {
        return Err("E1: more alpha was issued than its schedule allows");
    }
    if market.issuance > T::AlphaCap::get() {
        return Err("E1: the issuance of an alpha is above its cap");
    }
    // Redemption may take the last native unit.
    let empty = market.state == State::Open && market.pool.is_empty();
    if empty || market.price_average > PRICE_ONE {
        return Err("M5: a pool has an empty side, or an averaged price above 1");
    }
    Ok(())
}

/// M5: root parts are whose the lists say, and the counters agree with the lists.
fn check_root_parts<T: Config>(netuid: NetUid, market: &Market) -> Result<(), &'static str> {
    let sale = &market.sale;
    let next = NextClaims::<T>::get(netuid);
    // What found no room among the claims is in the batch all the same; nothing was sold of it.
    check_claims(&next, sale.next_claims)?;
    if sum(&next) > u128::from(sale.next.0) || next.is_empty() != sale.next.is_zero() {
        return Err("M5: the claims to the batch that collects are not its alpha");
    }
    let current = CurrentClaims::<T>::get(netuid);
    check_claims(&current, sale.current_claims)?;
    let begun =
        current.is_empty() == sale.current.is_zero() && (sale.proceeds > 0) != current.is_empty();
    if !begun {
        return Err("M5: a batch is sold that has no claims or no proceeds");
    }
    let dues = Dues::<T>::get(netuid);
    let due = dues.iter().try_fold(0u64, |sum, (_, due)| sum.checked_add(*due));
    if due != Some(sale.due) || u32::try_from(dues.len()) != Ok(sale.dues) {
        return Err("M5: what is due to root is not the sum of the dues");
    }
    if dues.is_empty() == Dues::<T>::contains_key(netuid) || dues.iter().any(|due| due.1 == 0) {
        return Err("M5: an empty due is stored");
    }
    Ok(())
}

fn check_claims<AccountId: Ord>(
    claims: &Claims<AccountId>,
    counted: u32,
) -> Result<(), &'static str> {
    let ascending = claims.iter().zip(claims.iter().skip(1)).all(|(one, next)| one.0 < next.0);
    if !ascending || claims.iter().any(|claim| claim.1.is_zero()) {
        return Err("M5: claims are out of order, doubled or empty");
    }
    if u32::try_from(claims.len()) != Ok(counted) {
        return Err("M5: the number of claims is not what the market counts");
    }
    Ok(())
}

fn sum<AccountId>(claims: &Claims<AccountId>) -> u128 {
    // 2¹¹ claims of 64 bits fit.
    claims.iter().fold(0u128, |sum, claim| sum.saturating_add(claim.1 .0.into()))
}
