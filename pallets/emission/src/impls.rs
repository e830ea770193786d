//! Minting, settling, pending, and the one handler that counts every burn.

use crate::{
    accrual::Accrual, Accruals, Burned, Config, CreditOf, Index, Minted, Pallet, Schedule,
    SharePolicy,
};
use alun_market_math::share::MAX_SHARE;
use alun_primitives::{
    traits::{Clock, NeuronRegistry, OnSubnet, PendingEmission},
    Balance, BlockNumber, NetUid,
};
use frame::{
    prelude::{AccountIdConversion, Get},
    token::{
        fungible::{Balanced, Inspect, Mutate},
        imbalance::Imbalance,
        OnUnbalanced,
    },
};

impl<T: Config> Pallet<T> {
    /// The account into which emission is minted, and from which it is paid.
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

    /// Pending up to now: settled or not, smallest unit.
    pub fn pending_now(netuid: NetUid) -> Balance {
        let mut accrual = Accruals::<T>::get(netuid);
        accrual.settle(&Index::<T>::get());
        accrual.pending()
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

    /// Settles a subnet, then lets `change` touch it, then asks for its share anew.
    pub(crate) fn touch<R>(netuid: NetUid, change: impl FnOnce(&mut Accrual) -> R) -> R {
        let mut index = Index::<T>::get();
        let mut accrual = Accruals::<T>::get(netuid);
        accrual.settle(&index);
        let result = change(&mut accrual);
        let share = if accrual.started { T::SharePolicy::share(netuid).min(MAX_SHARE) } else { 0 };
        if share != accrual.share {
            // Saturation: the sum holds this subnet's share, and 2¹⁶ shares of 48 bits fit a u64.
            index.total_shares =
                index.total_shares.saturating_sub(accrual.share).saturating_add(share);
            accrual.share = share;
            Index::<T>::put(index);
        }
        Accruals::<T>::insert(netuid, accrual);
        result
    }
}

impl<T: Config> OnSubnet for Pallet<T> {
    fn on_started(netuid: NetUid, _: BlockNumber, _: BlockNumber) {
        Self::touch(netuid, |accrual| accrual.started = true);
    }
}

impl<T: Config> PendingEmission for Pallet<T> {
    type Credit = CreditOf<T>;

    fn pending(netuid: NetUid) -> Balance {
        Accruals::<T>::get(netuid).pending()
    }

    /// Burns what comes for a subnet that is not there.
    fn add_pending(netuid: NetUid, credit: CreditOf<T>) {
        let amount = credit.peek();
        if amount == 0 {
            return;
        }
        if !T::Neurons::exists(netuid) {
            return Self::on_unbalanced(credit);
        }
        match T::Currency::resolve(&Self::pot(), credit) {
            Ok(()) => Self::touch(netuid, |accrual| accrual.receive(amount)),
            // Not reached while the pot holds its existential deposit.
            Err(unplaced) => Self::on_unbalanced(unplaced),
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
