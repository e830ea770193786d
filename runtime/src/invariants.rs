//! The invariants of the whole chain: those of each pallet, and the one that spans them.
//!
//! - **X1**: the issuance is the sum of all free and reserved balances.

use crate::{
    AccountId, Authorities, Balances, Clock, Consensus, Emission, Runtime, Stake, Subnets, Weights,
};
use alloc::vec::Vec;
use frame_support::traits::fungible::Inspect;

/// One invariant or several: what does not hold, if anything.
type Check = fn() -> Result<(), &'static str>;

/// Every check of the chain.
const CHECKS: [Check; 8] = [
    Clock::check_invariants,
    Authorities::check_invariants,
    Subnets::check_invariants,
    Stake::check_invariants,
    Weights::check_invariants,
    Consensus::check_invariants,
    Emission::check_invariants,
    issuance_is_the_sum_of_balances,
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
