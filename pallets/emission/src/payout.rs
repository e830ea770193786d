//! Paying a subnet's pending alpha by what an epoch decided: opened once, paid page by page, closed.
//! Between pages [`Payouts`] holds what is not paid yet.

use crate::{Accruals, AlphaOf, Config, Event, Pallet, Payouts};
use alloc::{vec, vec::Vec};
use alun_primitives::{
    cut,
    traits::{
        EpochDue, EpochPayout, EpochShare, NeuronRegistry, Opening, PendingEmission, PoolReward,
        Reached, RewardSink, Settle,
    },
    Alpha, BlockNumber, Cut, MechanismId, NetUid,
};
use alun_yuma::{divide, Claim};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::TypeInfo;

/// A payout that is open.
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
pub struct Payout {
    /// The epoch that decided it.
    pub epoch: u64,
    /// Blocks over which the validators' rewards enter their pools.
    pub tempo: BlockNumber,
    /// Not paid yet.
    pub left: Alpha,
    /// What could not be paid and is pending again.
    pub returned: Alpha,
}

/// A payout with its name, while something is paid out of it.
struct Round<T: Config> {
    netuid: NetUid,
    mechanism: MechanismId,
    payout: Payout,
    /// What could not be paid.
    unpaid: AlphaOf<T>,
}

impl<T: Config> Pallet<T> {
    /// Takes what a mechanism has pending, which the caller writes to a payout; it is 0 for a mechanism
    /// that is not there.
    fn reserve(netuid: NetUid, mechanism: MechanismId) -> Alpha {
        let mechanisms = T::Neurons::mechanism_count(netuid);
        Self::touch(netuid, |accrual| {
            accrual.divide(mechanisms);
            accrual.take(mechanism)
        })
    }
}

impl<T: Config> Round<T> {
    fn new(netuid: NetUid, mechanism: MechanismId, payout: Payout) -> Self {
        Self { netuid, mechanism, payout, unpaid: AlphaOf::<T>::zero(netuid) }
    }

    /// Takes `amount` out of the payout, but no more than is left of it.
    fn draw(&mut self, amount: Alpha) -> AlphaOf<T> {
        let amount = amount.min(self.payout.left);
        // Saturation: not more than what is left.
        self.payout.left = self.payout.left.saturating_sub(amount);
        AlphaOf::<T>::taken(self.netuid, amount)
    }

    /// What could not be paid becomes pending when this is stored.
    fn keep(&mut self, back: AlphaOf<T>) {
        // All of it is of one subnet; another's would be dropped, hence burned.
        let _ = self.unpaid.subsume(back);
    }

    /// Pays the owner's cut; returns what reached it.
    fn owner(&mut self, amount: Alpha) -> Alpha {
        let Some(hotkey) = T::Neurons::owner_hotkey(self.netuid) else { return Alpha::ZERO };
        let Self { netuid, mechanism, payout: Payout { epoch, .. }, .. } = *self;
        let cut = self.draw(amount);
        let amount = cut.peek();
        if amount.is_zero() {
            return Alpha::ZERO;
        }
        match T::Rewards::reward_position(&hotkey, cut) {
            Ok(coldkey) => {
                Pallet::<T>::deposit_event(Event::OwnerCutPaid {
                    netuid,
                    mechanism,
                    epoch,
                    hotkey,
                    coldkey,
                    amount,
                });
                amount
            }
            Err(back) => {
                self.keep(back);
                Alpha::ZERO
            }
        }
    }

    /// Burns the miners' part.
    fn burn(&mut self, amount: Alpha) -> Alpha {
        let Self { netuid, mechanism, payout: Payout { epoch, .. }, .. } = *self;
        let part = self.draw(amount);
        let amount = part.peek();
        if !amount.is_zero() {
            drop(part);
            Pallet::<T>::deposit_event(Event::EmissionBurned { netuid, mechanism, epoch, amount });
        }
        amount
    }

    /// Pays a miner; returns what reached it.
    fn miner(&mut self, due: &EpochDue<T::AccountId>, credit: AlphaOf<T>) -> Alpha {
        let Self { netuid, mechanism, payout: Payout { epoch, .. }, .. } = *self;
        let amount = credit.peek();
        if amount.is_zero() {
            return amount;
        }
        match T::Rewards::reward_position(&due.hotkey, credit) {
            Ok(coldkey) => {
                Pallet::<T>::deposit_event(Event::IncentivePaid {
                    netuid,
                    mechanism,
                    epoch,
                    uid: due.uid,
                    hotkey: due.hotkey.clone(),
                    coldkey,
                    amount,
                });
                amount
            }
            Err(back) => {
                self.keep(back);
                Alpha::ZERO
            }
        }
    }

    /// Pays a validator; returns how that was divided.
    fn validator(&mut self, due: &EpochDue<T::AccountId>, credit: AlphaOf<T>) -> PoolReward {
        let Self { netuid, mechanism, payout: Payout { epoch, tempo, .. }, .. } = *self;
        let amount = credit.peek();
        if amount.is_zero() {
            return PoolReward::default();
        }
        let parts = T::Rewards::reward_pools(&due.hotkey, credit, tempo);
        Pallet::<T>::deposit_event(Event::DividendsPaid {
            netuid,
            mechanism,
            epoch,
            uid: due.uid,
            hotkey: due.hotkey.clone(),
            amount,
            take: parts.take,
            root: parts.root,
            subnet: parts.subnet,
            burned: parts.burned,
        });
        parts
    }

    /// Makes pending again what could not be paid, and stores how far the payout has got.
    fn store(mut self) {
        let unpaid = self.unpaid.peek();
        // Saturation: parts of the issuance, which fits.
        self.payout.returned = self.payout.returned.saturating_add(unpaid);
        Payouts::<T>::insert((self.netuid, self.mechanism), self.payout);
        Pallet::<T>::add_pending(self.unpaid);
    }
}

fn claim<AccountId>(share: &EpochShare<AccountId>) -> Claim {
    let EpochShare { incentive, dividends, active_stake, .. } = *share;
    Claim { incentive, dividends, active_stake }
}

impl<T: Config> EpochPayout<T::AccountId> for Pallet<T> {
    fn open(
        netuid: NetUid,
        mechanism: MechanismId,
        epoch: u64,
        tempo: BlockNumber,
        shares: &[EpochShare<T::AccountId>],
    ) -> Opening {
        // One that was never closed would be lost with its successor.
        Self::close(netuid, mechanism);
        let mut opening =
            Opening { dues: vec![Default::default(); shares.len()], ..Opening::default() };
        if shares.iter().all(|share| share.active_stake == 0) {
            // Nobody holds a permit yet: it stays pending.
            Self::settle(netuid);
            return opening;
        }
        opening.total = Self::reserve(netuid, mechanism);
        if opening.total.is_zero() {
            return opening;
        }
        let payout = Payout { epoch, tempo, left: opening.total, returned: Alpha::ZERO };
        let mut round = Round::<T>::new(netuid, mechanism, payout);
        let ppm = T::Neurons::hyperparameters(netuid).map_or(0, |set| set.owner_cut);
        let Cut { owner, miners, validators } = cut(opening.total.0, ppm);
        opening.owner_cut = round.owner(Alpha(owner));
        (opening.miners, opening.validators) = (Alpha(miners), Alpha(validators));
        let division = divide(miners, validators, shares.iter().map(claim));
        opening.burned = round.burn(Alpha(division.burned));
        let dues = division.miners.into_iter().zip(division.validators);
        opening.dues = dues.map(|(miner, validator)| (Alpha(miner), Alpha(validator))).collect();
        round.store();
        opening
    }

    fn pay(
        netuid: NetUid,
        mechanism: MechanismId,
        dues: &[EpochDue<T::AccountId>],
    ) -> Vec<Reached> {
        let Some(payout) = Payouts::<T>::get((netuid, mechanism)) else {
            return vec![Reached::default(); dues.len()];
        };
        let mut round = Round::<T>::new(netuid, mechanism, payout);
        // Saturation: what is left of the payout bounds it anyway.
        let all = dues.iter().fold(Alpha::ZERO, |sum, due| {
            sum.saturating_add(due.incentive).saturating_add(due.dividends)
        });
        let mut credit = round.draw(all);
        let mut pay = |due: &EpochDue<T::AccountId>| Reached {
            incentive: round.miner(due, credit.extract(due.incentive)),
            dividends: round.validator(due, credit.extract(due.dividends)),
        };
        let reached = dues.iter().map(&mut pay).collect();
        round.keep(credit);
        round.store();
        reached
    }

    fn close(netuid: NetUid, mechanism: MechanismId) -> Alpha {
        let Some(Payout { left, returned, .. }) = Payouts::<T>::take((netuid, mechanism)) else {
            return Alpha::ZERO;
        };
        if !left.is_zero() {
            Accruals::<T>::mutate(netuid, |accrual| accrual.receive(left));
        }
        // Saturation: parts of the issuance, which fits.
        left.saturating_add(returned)
    }
}
