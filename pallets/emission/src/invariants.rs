//! The invariants, always compiled: `try_state`, a runtime API and every test call them.

use crate::{
    accrual::ONE, Accruals, Burned, Config, GenesisIssuance, Index, Minted, Pallet, Schedule,
};
use alun_primitives::{traits::Clock, Balance};
use frame::{
    deps::frame_system, hashing::U256, prelude::SaturatedConversion, token::fungible::Inspect,
};

impl<T: Config> Pallet<T> {
    /// Checks X2, E1 and E2; the error begins with the number of the first that is broken.
    pub fn check_invariants() -> Result<(), &'static str> {
        let issuance = T::Currency::total_issuance();
        let expected = GenesisIssuance::<T>::get()
            .checked_add(Minted::<T>::get())
            .and_then(|sum| sum.checked_sub(Burned::<T>::get()));
        if expected != Some(issuance) {
            return Err("X2: genesis + minted − burned is not the issuance");
        }
        Self::check_schedule(issuance)?;
        let index = Index::<T>::get();
        let shares = Accruals::<T>::iter_values()
            .try_fold(0u64, |sum, accrual| sum.checked_add(accrual.share));
        if shares != Some(index.total_shares) {
            return Err("E2: the sum of shares is not that of the subnets");
        }
        if Self::surplus().is_none() {
            return Err("E2: the pot holds less than was earned");
        }
        Ok(())
    }

    fn check_schedule(issuance: Balance) -> Result<(), &'static str> {
        let curve = Schedule::<T>::get();
        if issuance > curve.cap {
            return Err("E1: the issuance is above the cap");
        }
        let blocks: u64 = frame_system::Pallet::<T>::block_number().saturated_into();
        let most = u128::from(curve.highest(T::Clock::slot_ms())).saturating_mul(blocks.into());
        if u128::from(Minted::<T>::get()) > most {
            return Err("E1: more was minted than the schedule allows");
        }
        Ok(())
    }

    /// What the pot holds above its existential deposit and all that is not settled, in fractions of
    /// 2⁻⁶⁴ of the smallest unit: what strangers sent. `None` if it held less than that, which
    /// breaks E2.
    pub fn surplus() -> Option<U256> {
        let index = Index::<T>::get();
        let one = U256::from(ONE);
        let mut owed = U256::from(index.remainder);
        for accrual in Accruals::<T>::iter_values() {
            owed = owed.checked_add(accrual.unsettled(&index).into())?;
        }
        let held = T::Currency::balance(&Self::pot()).checked_sub(T::Currency::minimum_balance())?;
        U256::from(held).checked_mul(one)?.checked_sub(owed)
    }
}
