//! Where a new subnet goes: to a free netuid, or where there is none to that of a subnet that is wound up
//! for it. Its lock waits in escrow, and the slot is nobody else's.

use crate::{
    types::*, Config, CreditOf, Error, Event, NextNetuid, NoticeQueue, Notices, NoticesEnd, Pallet,
    Reservations, SubnetLimit, Subnets, Vacant,
};
use alun_primitives::{
    traits::{AlphaMarket, KeyRegistry, KeySuccession, NeuronRegistry, PriceOracle},
    Balance, NetUid,
};
use frame::{
    deps::frame_support::storage::with_storage_layer,
    prelude::*,
    traits::{
        fungible::Balanced,
        tokens::{Fortitude, Precision, Preservation},
        Imbalance,
    },
};

/// Where a new subnet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A netuid that no subnet has.
    Free(NetUid),
    /// One under notice for which nobody waits.
    Reserved(NetUid),
    /// The one with the lowest averaged price outside its immunity: its notice begins.
    Lowest(NetUid),
}

impl<T: Config> Pallet<T> {
    /// The account in which the locks of those wait that have a slot reserved.
    pub fn escrow() -> T::AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// How many subnets there are.
    pub fn subnet_count() -> u16 {
        let vacant = u16::try_from(Vacant::<T>::decode_len().unwrap_or(0)).unwrap_or(u16::MAX);
        // Saturation: the next netuid is at least 1, and no more are vacant than were ever given.
        NextNetuid::<T>::get().saturating_sub(1).saturating_sub(vacant)
    }

    /// Where the next subnet would go.
    pub(crate) fn find_slot() -> Result<Slot, Error<T>> {
        let (subnets, limit) = (Self::subnet_count(), SubnetLimit::<T>::get());
        if subnets < limit {
            let next = NetUid(NextNetuid::<T>::get());
            return Ok(Slot::Free(Vacant::<T>::get().first().copied().unwrap_or(next)));
        }
        // One that leaves for one that comes: more than the limit get no fewer.
        ensure!(subnets == limit, Error::SubnetLimitReached);
        let NoticeEnds { head, tail } = NoticesEnd::<T>::get();
        let unreserved = (head..tail)
            .filter_map(NoticeQueue::<T>::get)
            .find(|netuid| !Reservations::<T>::contains_key(netuid));
        if let Some(netuid) = unreserved {
            return Ok(Slot::Reserved(netuid));
        }
        Self::lowest().map(Slot::Lowest).ok_or(Error::NoSlot)
    }

    /// The subnet that gives way to a new one: by averaged price, then the oldest, then by netuid. None
    /// that is in its immunity or under notice. Reads every subnet.
    fn lowest() -> Option<NetUid> {
        let now = Self::now();
        let candidate = |netuid: NetUid| {
            let subnet = Subnets::<T>::get(netuid)?;
            let evictable = now >= Self::immune_until(&subnet);
            let (price, _) = T::Market::averages(netuid);
            evictable.then_some((price, subnet.registered_at, netuid))
        };
        let netuids = Self::netuids().into_iter();
        let open = netuids.filter(|netuid| !Notices::<T>::contains_key(netuid));
        open.filter_map(candidate).min().map(|(.., netuid)| netuid)
    }

    /// Takes a netuid that no subnet has.
    pub(crate) fn occupy(netuid: NetUid) -> DispatchResult {
        let next = NextNetuid::<T>::get();
        if netuid.0 == next {
            let after = next.checked_add(1).ok_or(Error::<T>::SubnetLimitReached)?;
            NextNetuid::<T>::put(after);
        } else {
            Vacant::<T>::mutate(|vacant| vacant.retain(|free| *free != netuid));
        }
        Ok(())
    }

    /// Nobody has a netuid any more.
    fn vacate(netuid: NetUid) {
        Vacant::<T>::mutate(|vacant| {
            if let Err(place) = vacant.binary_search(&netuid) {
                // There is room for every netuid.
                let _ = vacant.try_insert(place, netuid);
            }
        });
    }

    /// Keeps the slot of a subnet under notice for a newcomer, whose lock goes to the escrow.
    pub(crate) fn reserve(
        netuid: NetUid,
        newcomer: Reservation<T::AccountId>,
        paid: CreditOf<T>,
    ) -> DispatchResult {
        let notice = Notices::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        // Only a lock under the existential deposit finds no room there.
        T::Currency::resolve(&Self::escrow(), paid).map_err(|_| Error::<T>::MarketNotOpened)?;
        Self::deposit_event(Event::SlotReserved {
            netuid,
            owner: newcomer.owner.clone(),
            hotkey: newcomer.hotkey.clone(),
            name: newcomer.name.clone(),
            lock: newcomer.lock,
            until: notice.until,
        });
        Reservations::<T>::insert(netuid, newcomer);
        Ok(())
    }

    /// A netuid of which nothing is left goes to who waits for it, or is free.
    pub(crate) fn hand_over(netuid: NetUid) {
        let Some(newcomer) = Reservations::<T>::take(netuid) else {
            return Self::vacate(netuid);
        };
        let entered = with_storage_layer(|| Self::enter(netuid, newcomer.clone()));
        if entered.is_err() {
            // Its hotkey is not its own any more.
            Self::vacate(netuid);
            Self::refund(netuid, newcomer);
        }
    }

    /// A newcomer takes the slot that it waited for, with its lock.
    fn enter(netuid: NetUid, mut newcomer: Reservation<T::AccountId>) -> DispatchResult {
        // Swapped while it waited.
        if let Some(successor) = T::Succession::successor(&newcomer.hotkey) {
            newcomer.hotkey = successor;
        }
        // Its owner's coldkey is being swapped, and the hotkey has not moved yet.
        let bound_to = T::Keys::coldkey_of(&newcomer.hotkey);
        let moves_to = bound_to.and_then(|coldkey| T::Succession::moves_to(&coldkey));
        if moves_to.as_ref() != Some(&newcomer.owner) {
            Self::ensure_bound(&newcomer.hotkey, &newcomer.owner)?;
        }
        let lock = Self::from_escrow(newcomer.lock)?;
        T::Market::open(netuid, lock).map_err(|_| Error::<T>::MarketNotOpened)?;
        Self::create(netuid, newcomer)
    }

    fn from_escrow(amount: Balance) -> Result<CreditOf<T>, DispatchError> {
        let (exact, all) = (Precision::Exact, Preservation::Expendable);
        T::Currency::withdraw(&Self::escrow(), amount, exact, all, Fortitude::Force)
    }

    /// Gives a lock back.
    fn refund(netuid: NetUid, newcomer: Reservation<T::AccountId>) {
        let Reservation { owner, lock, .. } = newcomer;
        // Does not fail while N8 holds.
        let Ok(back) = Self::from_escrow(lock) else { return };
        let lock = back.peek();
        if let Err(lost) = T::Currency::resolve(&owner, back) {
            // Not reached: a lock is above the existential deposit.
            T::Burn::on_unbalanced(lost);
        }
        Self::deposit_event(Event::ReservationRefunded { netuid, owner, lock });
    }
}
