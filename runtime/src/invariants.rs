//! The invariants of the whole chain: those of each pallet, and the one that spans them.
//!
//! - **X1**: the issuance is the sum of all free and reserved balances.
//! - **M1**: every alpha's issuance is what its pool, its root parts, the stake pools and what is
//!   pending hold.

use crate::{
    AccountId, Authorities, Balances, Clock, Consensus, Emission, Keys, Market, Runtime, Stake,
    Subnets, Weights,
};
use alloc::vec::Vec;
use alun_primitives::{traits::EmissionMarket, NetUid};
use frame_support::traits::fungible::Inspect;

/// One invariant or several: what does not hold, if anything.
type Check = fn() -> Result<(), &'static str>;

/// Every check of the chain.
const CHECKS: [Check; 11] = [
    Clock::check_invariants,
    Authorities::check_invariants,
    Subnets::check_invariants,
    Stake::check_invariants,
    Weights::check_invariants,
    Consensus::check_invariants,
    Emission::check_invariants,
    Market::check_invariants,
    Keys::check_invariants,
    issuance_is_the_sum_of_balances,
    alpha_is_all_accounted_for,
];

/// What does not hold, the first failure of each check. Reads the whole state.
pub fn broken() -> Vec<&'static str> {
    CHECKS.iter().filter_map(|check| check().err()).collect()
}

/// X1.
fn issuance_is_the_sum_of_balances() -> Result<(), &'static str> {
    let sum = frame_system::Account::<Runtime>::iter_values()
        .try_fold(0_u128, |sum, account| {
            let owned = u128::from(account.data.free).checked_add(account.data.reserved.into())?;
            sum.checked_add(owned)
        })
        .ok_or("X1: the sum of balances overflows")?;
    let issuance = <Balances as Inspect<AccountId>>::total_issuance();
    if sum == u128::from(issuance) {
        Ok(())
    } else {
        Err("X1: the issuance is not the sum of free and reserved balances")
    }
}

/// M1.
fn alpha_is_all_accounted_for() -> Result<(), &'static str> {
    let held = |netuid: NetUid| {
        let market = Market::alpha_here(netuid)?;
        let (staked, pending) = (Stake::alpha_here(netuid)?, Emission::alpha_here(netuid)?);
        market.checked_add(staked)?.checked_add(pending)
    };
    let mut markets = pallet_market::Markets::<Runtime>::iter_keys();
    let issuance = <Market as EmissionMarket<AccountId>>::issuance;
    if markets.all(|netuid| held(netuid) == Some(issuance(netuid))) {
        Ok(())
    } else {
        Err("M1: an alpha's issuance is not what pool, root parts, stakes and pending hold")
    }
}
