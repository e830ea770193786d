//! Paying a subnet's pending emission by what an epoch decided.

use crate::{Config, CreditOf, Event, Pallet, WeightInfo};
use alloc::{vec, vec::Vec};
use alun_primitives::{
    part_of,
    traits::{EpochPayout, EpochShare, NeuronRegistry, PendingEmission, RewardSink},
    Balance, BlockNumber, MechanismId, NetUid,
};
use alun_yuma::split_exact;
use core::marker::PhantomData;
use frame::{
    prelude::{Convert, Weight},
    token::{fungible::Balanced, imbalance::Imbalance, Fortitude, OnUnbalanced},
    token::{Precision, Preservation},
};

/// Dispatch weight of paying an epoch of so many neurons: whoever calls
/// [`EpochPayout::pay`] accounts for it.
pub struct PayoutWeight<T>(PhantomData<T>);

impl<T: Config> Convert<u32, Weight> for PayoutWeight<T> {
    fn convert(neurons: u32) -> Weight {
        T::WeightInfo::pay(neurons)
    }
}

/// One payout on its way.
struct Round<'a, T: Config> {
    netuid: NetUid,
    mechanism: MechanismId,
    epoch: u64,
    tempo: BlockNumber,
    shares: &'a [EpochShare<T::AccountId>],
    /// What each got so far.
    paid: Vec<Balance>,
    /// What could not be paid.
    unpaid: CreditOf<T>,
}

impl<T: Config> Pallet<T> {
    /// Dispatch weight of a payout among `neurons`.
    pub fn pay_weight(neurons: u32) -> Weight {
        T::WeightInfo::pay(neurons)
    }

    /// Takes what a mechanism has pending out of the pot; it is 0 for a mechanism that is not
    /// there.
    fn draw(netuid: NetUid, mechanism: MechanismId) -> CreditOf<T> {
        let mechanisms = T::Neurons::mechanism_count(netuid);
        Self::touch(netuid, |accrual| {
            let before = accrual.clone();
            accrual.divide(mechanisms);
            let amount = accrual.take(mechanism);
            if amount == 0 {
                return CreditOf::<T>::zero();
            }
            let drawn = T::Currency::withdraw(
                &Self::pot(),
                amount,
                Precision::Exact,
                Preservation::Preserve,
                Fortitude::Polite,
            );
            drawn.unwrap_or_else(|_| {
                // Not reached while E2 holds.
                *accrual = before;
                CreditOf::<T>::zero()
            })
        })
    }
}

impl<T: Config> Round<'_, T> {
    /// Takes the owner's cut out of `credit` and pays it.
    fn owner(&mut self, credit: &mut CreditOf<T>) {
        let ppm = T::Neurons::hyperparameters(self.netuid).map_or(0, |set| set.owner_cut);
        let amount = part_of(credit.peek(), ppm);
        if amount == 0 {
            return;
        }
        let cut = credit.extract(amount);
        let Some(hotkey) = T::Neurons::owner_hotkey(self.netuid) else {
            return self.unpaid.subsume(cut);
        };
        let Self { netuid, mechanism, epoch, .. } = *self;
        match T::Rewards::reward_position(&hotkey, netuid, cut) {
            Ok(coldkey) => Pallet::<T>::deposit_event(Event::OwnerCutPaid {
                netuid,
                mechanism,
                epoch,
                hotkey,
                coldkey,
                amount,
            }),
            Err(back) => self.unpaid.subsume(back),
        }
    }

    /// Pays the miners' half by incentive; without any it is burned.
    fn miners(&mut self, mut half: CreditOf<T>) {
        let Self { netuid, mechanism, epoch, .. } = *self;
        let incentives: Vec<u64> = self.shares.iter().map(|share| share.incentive).collect();
        if incentives.iter().all(|incentive| *incentive == 0) {
            let amount = half.peek();
            if amount > 0 {
                Pallet::<T>::on_unbalanced(half);
                Pallet::<T>::deposit_event(Event::EmissionBurned {
                    netuid,
                    mechanism,
                    epoch,
                    amount,
                });
            }
            return;
        }
        let amounts = split_exact(half.peek(), &incentives);
        for ((share, amount), paid) in self.shares.iter().zip(amounts).zip(&mut self.paid) {
            if amount == 0 {
                continue;
            }
            match T::Rewards::reward_position(&share.hotkey, netuid, half.extract(amount)) {
                Ok(coldkey) => {
                    // Saturation: a part of the issuance, which fits.
                    *paid = paid.saturating_add(amount);
                    Pallet::<T>::deposit_event(Event::IncentivePaid {
                        netuid,
                        mechanism,
                        epoch,
                        uid: share.uid,
                        hotkey: share.hotkey.clone(),
                        coldkey,
                        amount,
                    });
                }
                Err(back) => self.unpaid.subsume(back),
            }
        }
        self.unpaid.subsume(half);
    }

    /// Pays the validators' half by dividends; without any, by active stake.
    fn validators(&mut self, mut half: CreditOf<T>) {
        let Self { netuid, mechanism, epoch, tempo, .. } = *self;
        let none = self.shares.iter().all(|share| share.dividends == 0);
        let deserved = |share: &EpochShare<_>| {
            if none {
                share.active_stake
            } else {
                share.dividends
            }
        };
        let dividends: Vec<u64> = self.shares.iter().map(deserved).collect();
        let amounts = split_exact(half.peek(), &dividends);
        for ((share, amount), paid) in self.shares.iter().zip(amounts).zip(&mut self.paid) {
            if amount == 0 {
                continue;
            }
            let parts =
                T::Rewards::reward_pools(&share.hotkey, netuid, half.extract(amount), tempo);
            // Saturation: what was burned is a part of the amount, which is a part of the issuance.
            *paid = paid.saturating_add(amount.saturating_sub(parts.burned));
            Pallet::<T>::deposit_event(Event::DividendsPaid {
                netuid,
                mechanism,
                epoch,
                uid: share.uid,
                hotkey: share.hotkey.clone(),
                amount,
                take: parts.take,
                root: parts.root,
                subnet: parts.subnet,
                burned: parts.burned,
            });
        }
        self.unpaid.subsume(half);
    }
}

impl<T: Config> EpochPayout<T::AccountId> for Pallet<T> {
    /// Returns what reached each neuron: what was burned of its dividends is not counted.
    fn pay(
        netuid: NetUid,
        mechanism: MechanismId,
        epoch: u64,
        tempo: BlockNumber,
        shares: &[EpochShare<T::AccountId>],
    ) -> Vec<Balance> {
        let paid = vec![0; shares.len()];
        if shares.iter().all(|share| share.active_stake == 0) {
            // Nobody holds a permit yet: it stays pending.
            Self::touch(netuid, |_| ());
            return paid;
        }
        let mut credit = Self::draw(netuid, mechanism);
        if credit.peek() == 0 {
            return paid;
        }
        let unpaid = CreditOf::<T>::zero();
        let mut round = Round::<T> { netuid, mechanism, epoch, tempo, shares, paid, unpaid };
        round.owner(&mut credit);
        // Half each; an odd unit is the miners'.
        let validators = credit.peek() / 2;
        let validators = credit.extract(validators);
        round.miners(credit);
        round.validators(validators);
        let Round { paid, unpaid, .. } = round;
        Self::add_pending(netuid, unpaid);
        paid
    }
}
