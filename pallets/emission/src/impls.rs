//! Minting, settling, pending, and the one handler that counts every burn.

use crate::{
    accrual::Accrual, Accruals, AlphaOf, Burned, Config, CreditOf, Event, Index, Minted, Pallet,
    Payouts, Schedule, SharePolicy,
};
use alun_market_math::share::MAX_SHARE;
use alun_primitives::{
    traits::{Clock, EmissionMarket, NeuronRegistry, PendingEmission, Settle},
    Alpha, Balance, BlockNumber, NetUid,
};
use frame::{
    deps::{
        frame_support::storage::{with_transaction, TransactionOutcome},
        frame_system,
    },
    prelude::{AccountIdConversion, DispatchError, Get, SaturatedConversion},
    token::{
        fungible::{Balanced, Inspect, Mutate},
        imbalance::Imbalance,
        Fortitude, OnUnbalanced, Precision, Preservation,
    },
};

impl<T: Config> Pallet<T> {
    /// The block that this happens in.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The account into which emission is minted, and from which it goes to the markets.
    pub fn pot() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// Emission of the next block, smallest unit: 0 while no share counts.
    pub fn block_emission() -> Balance {
        if Self::total_shares() == 0 {
            return 0;
        }
        Schedule::<T>::get().block_emission(T::Currency::total_issuance(), T::Clock::slot_ms())
    }

    /// Most that is ever issued, smallest unit.
    pub fn cap() -> Balance {
        Schedule::<T>::get().cap
    }

    /// Sum of the shares that count.
    pub fn total_shares() -> u64 {
        Index::<T>::get().total_shares
    }

    /// A subnet's share, relative to [`total_shares`](Self::total_shares) once it is started.
    pub fn share(netuid: NetUid) -> u64 {
        T::SharePolicy::share(netuid)
    }

    /// Pending up to now, as if it were settled; nothing is changed. For views.
    pub fn pending_now(netuid: NetUid) -> Alpha {
        let looked = with_transaction(|| {
            Self::settle(netuid);
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(Self::pending(netuid)))
        });
        // Not reached: storage layers are shallow.
        looked.unwrap_or_default()
    }

    /// Alpha of a subnet that is pending or left in open payouts: this pallet's part of M1. `None` if it
    /// does not fit its type, which breaks M1. Reads all payouts.
    pub fn alpha_here(netuid: NetUid) -> Option<Alpha> {
        Payouts::<T>::iter()
            .filter(|((of, _), _)| *of == netuid)
            .try_fold(Self::pending(netuid), |sum, (_, payout)| sum.checked_add(payout.left))
    }

    /// Mints the block's emission into the pot and moves the index.
    pub(crate) fn mint() {
        let mut index = Index::<T>::get();
        let amount = Self::block_emission();
        if amount == 0 || index.accrue(amount).is_none() {
            return;
        }
        if T::Currency::mint_into(&Self::pot(), amount).is_err() {
            return;
        }
        Index::<T>::put(index);
        // Saturation: all that is ever minted is counted in u64 for millennia.
        Minted::<T>::mutate(|minted| *minted = minted.saturating_add(amount));
    }

    /// Settles a subnet, then lets `change` touch what is pending.
    pub(crate) fn touch<R>(netuid: NetUid, change: impl FnOnce(&mut Accrual) -> R) -> R {
        Self::settle(netuid);
        Accruals::<T>::mutate(netuid, change)
    }

    /// Changes what a subnet has, and asks for its share anew, from here on. What was earned by the
    /// former one is settled.
    pub(crate) fn renew(netuid: NetUid, change: impl FnOnce(&mut Accrual)) {
        let mut accrual = Accruals::<T>::get(netuid);
        change(&mut accrual);
        let new = if accrual.started { T::SharePolicy::share(netuid).min(MAX_SHARE) } else { 0 };
        let old = core::mem::replace(&mut accrual.share, new);
        Accruals::<T>::insert(netuid, accrual);
        if new == old {
            return;
        }
        // Saturation: the sum holds this subnet's share, and 2¹⁶ shares of 48 bits fit a u64.
        Index::<T>::mutate(|index| {
            index.total_shares = index.total_shares.saturating_sub(old).saturating_add(new);
        });
        Self::deposit_event(Event::ShareMoved { netuid, old, new });
    }

    /// Takes what a subnet has earned out of the pot.
    pub(crate) fn withdraw(amount: Balance) -> CreditOf<T> {
        if amount == 0 {
            return CreditOf::<T>::zero();
        }
        let (exact, keep) = (Precision::Exact, Preservation::Preserve);
        // Does not fail while E2 holds.
        T::Currency::withdraw(&Self::pot(), amount, exact, keep, Fortitude::Polite)
            .unwrap_or_default()
    }
}

impl<T: Config> Settle for Pallet<T> {
    /// What the subnet has earned goes to its market, and what its alpha's own curve emits over the same
    /// blocks is pending from here on. Has an effect once a block, for who is started.
    fn settle(netuid: NetUid) {
        let now = Self::now();
        let mut accrual = Accruals::<T>::get(netuid);
        let blocks = now.saturating_sub(accrual.settled_at);
        if !accrual.started || blocks == 0 {
            return;
        }
        let native = accrual.settle(&Index::<T>::get());
        accrual.settled_at = now;
        // Before the market is called: a settlement within this one does nothing.
        Accruals::<T>::insert(netuid, accrual);
        let Alpha(issued) = T::Market::issuance(netuid);
        let emitted = Schedule::<T>::get().emitted_over(issued, blocks, T::Clock::slot_ms());
        let emitted = T::Market::inject(netuid, Self::withdraw(native), Alpha(emitted));
        // What settled within has its place in storage by now.
        Self::renew(netuid, |accrual| accrual.receive(emitted.place()));
    }
}

impl<T: Config> PendingEmission for Pallet<T> {
    type Credit = AlphaOf<T>;

    fn pending(netuid: NetUid) -> Alpha {
        Accruals::<T>::get(netuid).pending()
    }

    /// Burns what comes for a subnet that is not there.
    fn add_pending(credit: AlphaOf<T>) {
        let netuid = credit.netuid();
        if !credit.peek().is_zero() && T::Neurons::exists(netuid) {
            Self::touch(netuid, |accrual| accrual.receive(credit.place()));
        }
    }
}

/// Burns, and counts what it burns (X2). Everything that burns on this chain comes here.
impl<T: Config> OnUnbalanced<CreditOf<T>> for Pallet<T> {
    fn on_nonzero_unbalanced(credit: CreditOf<T>) {
        // Saturation: all that is ever burned was issued before.
        Burned::<T>::mutate(|burned| *burned = burned.saturating_add(credit.peek()));
        drop(credit);
    }
}
