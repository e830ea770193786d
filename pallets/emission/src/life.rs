//! When a subnet begins to earn, and when it ends.

use crate::{Accruals, AlphaOf, Config, Index, Pallet, Payouts};
use alun_primitives::{
    traits::{NeuronRegistry, OnSubnet, OnSubnetWoundUp, Rows, Settle},
    Alpha, BlockNumber, MechanismId, NetUid,
};
use frame::token::OnUnbalanced;

impl<T: Config> OnSubnet for Pallet<T> {
    /// It earns, and its alpha is emitted, from here on.
    fn on_started(netuid: NetUid, now: BlockNumber, _: BlockNumber) {
        if Accruals::<T>::get(netuid).started {
            return;
        }
        let index = Index::<T>::get().value;
        Self::renew(netuid, |accrual| {
            accrual.started = true;
            accrual.settled_at = now;
            accrual.index = index;
        });
    }

    /// It earns up to this block, and no more from here on. What it earned of a unit is everybody's.
    fn on_notice(netuid: NetUid, _: BlockNumber) {
        Self::settle(netuid);
        let mut fraction = 0;
        Self::renew(netuid, |accrual| {
            accrual.started = false;
            fraction = core::mem::take(&mut accrual.fraction);
        });
        let unit = Index::<T>::mutate(|index| index.take_back(fraction));
        if unit > 0 {
            Self::on_unbalanced(Self::withdraw(unit));
        }
    }
}

impl<T: Config> OnSubnetWoundUp for Pallet<T> {
    /// What is pending ranks behind all holders: it is burned, and its part in native tokens by the market.
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        if !Accruals::<T>::contains_key(netuid) {
            return true;
        }
        let mechanisms = T::Neurons::mechanism_count(netuid);
        // Saturation: at most 8 mechanisms.
        if !rows.take_many(u32::from(mechanisms).saturating_add(1)) {
            return false;
        }
        let left = (0..mechanisms)
            .filter_map(|mechanism| Payouts::<T>::take((netuid, MechanismId(mechanism))))
            .fold(Alpha::ZERO, |sum, payout| sum.saturating_add(payout.left));
        let pending = Accruals::<T>::take(netuid).pending();
        // Saturation: parts of the issuance, which fits. Dropped, hence burned.
        drop(AlphaOf::<T>::taken(netuid, pending.saturating_add(left)));
        true
    }
}
