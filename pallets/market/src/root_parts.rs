//! Root parts: batches of claims in alpha, sold together, and paid in native tokens.

use crate::{Config, CurrentClaims, Dues, Event, Market, NextClaims, Pallet};
use alloc::vec::Vec;
use alun_primitives::{traits::RootStake, Alpha, Balance, NetUid};
use alun_yuma::split_exact;
use frame::{
    prelude::{defensive, BoundedVec, ConstU32},
    token::imbalance::Imbalance,
};

/// Most claims in a batch: a hotkey for each permit of each mechanism, 256 × 8.
pub const MAX_CLAIMS: u32 = 2_048;

/// Hotkeys that are paid in one turn.
pub const PAGE: usize = 32;

/// What of a batch is whose: by hotkey, ascending, each once.
pub type Claims<AccountId> = BoundedVec<(AccountId, Alpha), ConstU32<MAX_CLAIMS>>;

/// What is due to whom of a batch that is sold out; paid from the end.
pub type DueList<AccountId> = BoundedVec<(AccountId, Balance), ConstU32<MAX_CLAIMS>>;

/// What is paid in one turn.
pub(crate) type Page<AccountId> = Vec<(AccountId, Balance)>;

impl<T: Config> Pallet<T> {
    /// The batch that collected is the one that is sold from here on.
    pub(crate) fn begin_batch(netuid: NetUid, market: &mut Market) {
        CurrentClaims::<T>::insert(netuid, NextClaims::<T>::take(netuid));
        let sale = &mut market.sale;
        sale.current = core::mem::take(&mut sale.next);
        sale.current_claims = core::mem::take(&mut sale.next_claims);
    }

    /// A batch is sold out: its proceeds are divided among its claims, to the unit, and due.
    pub(crate) fn end_batch(netuid: NetUid, market: &mut Market) {
        let claims = CurrentClaims::<T>::take(netuid);
        let weights: Vec<_> = claims.iter().map(|(_, alpha)| alpha.0).collect();
        let parts = split_exact(market.sale.proceeds, &weights);
        let dues = claims.into_iter().map(|(hotkey, _)| hotkey).zip(parts);
        let dues = DueList::<T::AccountId>::truncate_from(dues.filter(|due| due.1 > 0).collect());
        let sale = &mut market.sale;
        sale.current_claims = 0;
        sale.due = core::mem::take(&mut sale.proceeds);
        sale.dues = count(&dues);
        if !dues.is_empty() {
            Dues::<T>::insert(netuid, dues);
        }
    }

    /// Takes the next page of what is due; `None` when nothing is.
    pub(crate) fn next_page(netuid: NetUid, market: &mut Market) -> Option<Page<T::AccountId>> {
        if market.sale.due == 0 {
            return None;
        }
        let mut dues = Dues::<T>::take(netuid).into_inner();
        let page = dues.split_off(dues.len().saturating_sub(PAGE));
        // Saturation: what is due is their sum.
        let paid = page.iter().fold(0u64, |sum, (_, due)| sum.saturating_add(*due));
        market.sale.due = market.sale.due.saturating_sub(paid);
        let left = DueList::<T::AccountId>::truncate_from(dues);
        market.sale.dues = count(&left);
        if !left.is_empty() {
            Dues::<T>::insert(netuid, left);
        }
        Some(page)
    }

    /// Pays a page out of the subnet's account, in which nothing counts it any more.
    pub(crate) fn pay_page(netuid: NetUid, page: Page<T::AccountId>) {
        let sum = page.iter().fold(0u64, |sum, (_, due)| sum.saturating_add(*due));
        let Ok(mut credit) = Self::withdraw(netuid, sum) else {
            defensive!("the account holds less than what is due");
            return;
        };
        for (hotkey, native) in page {
            T::Root::reward_root(&hotkey, credit.extract(native));
            Self::deposit_event(Event::RootPartPaid { netuid, hotkey, native });
        }
    }
}

fn count<Item>(list: &BoundedVec<Item, ConstU32<MAX_CLAIMS>>) -> u32 {
    // Bounded by a u32.
    u32::try_from(list.len()).unwrap_or(MAX_CLAIMS)
}
