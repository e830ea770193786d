//! The end of a subnet: its notice, and its being wound up when that is over, in steps that metered
//! weight allows.
//!
//! A notice is for good: neither owner nor root can take it back, because holders redeem on it.
//!
//! Notices are equally long, so they end in the order in which they began: a queue whose head is all that
//! an idle block looks at. One subnet is wound up at a time. The other pallets pay out and remove what
//! they hold ([`Config::OnWoundUp`], in the runtime's order), then goes what is stored here, its last row
//! being the notice. What is done is stored with it, so it goes on from any block.

use crate::{
    types::*, Config, Endpoints, Error, Event, GenesisKnobs, HyperparametersOf, Metadata,
    NeuronCount, Neurons, NoticeQueue, Notices, NoticesEnd, Offers, Pallet, RegistrationPrice,
    Reservations, Subnets, Tasks, Uids, WeightInfo, NEURON_PAGE,
};
use alun_primitives::{
    traits::{Clock, OnSubnet, OnSubnetWoundUp, Rows},
    views::SubnetPhase,
    BlockNumber, NetUid,
};
use frame::{deps::frame_support::weights::WeightMeter, prelude::*};

/// The winding up may have one part in this many of a block.
pub const WIND_UP_SHARE: u64 = 4;

/// It has as many rows at least, if there is room for them, so that it goes on also on a chain with small
/// blocks.
pub const MIN_ROWS: u32 = 128;

impl<T: Config> Pallet<T> {
    /// First block in which a subnet can be put under notice.
    pub fn immune_until(subnet: &SubnetInfo<T::AccountId>) -> BlockNumber {
        let immunity = T::Clock::to_blocks(GenesisKnobs::<T>::get().subnet_immunity_ms);
        // Saturation: an immunity past the last block there can be is never over.
        subnet.registered_at.saturating_add(immunity)
    }

    /// Refuses what would enter or change a subnet under notice.
    pub(crate) fn ensure_not_winding_up(netuid: NetUid) -> DispatchResult {
        ensure!(!Notices::<T>::contains_key(netuid), Error::<T>::WindingUp);
        Ok(())
    }

    /// Where a subnet is in its life.
    pub fn phase(netuid: NetUid) -> SubnetPhase {
        let reserved = Reservations::<T>::contains_key(netuid);
        match Notices::<T>::get(netuid) {
            None => SubnetPhase::Open,
            Some(Notice { over: false, until, .. }) => SubnetPhase::Notice { until, reserved },
            Some(_) => SubnetPhase::WindingUp { reserved },
        }
    }

    pub(crate) fn do_announce_wind_up(who: T::AccountId, netuid: NetUid) -> DispatchResult {
        let subnet = Self::owned(&who, netuid)?;
        ensure!(Self::now() >= Self::immune_until(&subnet), Error::<T>::SubnetImmune);
        Self::open_notice(netuid, NoticeCause::Owner, &who)
    }

    /// Puts a subnet under notice.
    pub(crate) fn open_notice(
        netuid: NetUid,
        cause: NoticeCause,
        by: &T::AccountId,
    ) -> DispatchResult {
        let since = Self::now();
        // Saturation: a notice past the last block there can be never ends.
        let until = since.saturating_add(T::Clock::to_blocks(GenesisKnobs::<T>::get().notice_ms));
        T::OnSubnet::on_notice(netuid, since);
        Notices::<T>::insert(netuid, Notice { since, until, cause, by: by.clone(), over: false });
        NoticesEnd::<T>::mutate(|ends| {
            NoticeQueue::<T>::insert(ends.tail, netuid);
            // Saturation: 2⁶⁴ notices are never given.
            ends.tail = ends.tail.saturating_add(1);
        });
        Self::deposit_event(Event::NoticeBegan { netuid, by: by.clone(), cause, until });
        Ok(())
    }

    /// Goes on winding up the subnet whose notice ended first, if one has.
    pub(crate) fn wind_up(now: BlockNumber, meter: &mut WeightMeter) {
        if meter.try_consume(T::WeightInfo::idle_poll()).is_err() {
            return;
        }
        let NoticeEnds { head, tail } = NoticesEnd::<T>::get();
        if head >= tail || meter.try_consume(T::WeightInfo::peek_notice()).is_err() {
            return;
        }
        let Some(netuid) = NoticeQueue::<T>::get(head) else {
            defensive!("a number of the queue of notices is missing");
            return;
        };
        let Some(notice) = Notices::<T>::get(netuid).filter(|notice| notice.until <= now) else {
            return;
        };
        if !notice.over {
            Notices::<T>::insert(netuid, Notice { over: true, ..notice });
            Self::deposit_event(Event::WindUpBegan { netuid });
        }
        let row = T::WeightInfo::wind_up_row();
        let room = Self::rows_of(row, meter);
        let mut rows = Rows::new(room);
        let cleared = T::OnWoundUp::clear(netuid, &mut rows) && Self::clear_own(netuid, &mut rows);
        // Saturation: no more are left than there were.
        let used = room.saturating_sub(rows.left());
        meter.consume(row.saturating_mul(used.into()));
        // What opens the newcomer's market may be heavier than all before: then in the next block.
        let hand_over = T::WeightInfo::register_subnet(Self::subnet_count().into());
        if cleared && meter.try_consume(hand_over).is_ok() {
            NoticeQueue::<T>::remove(head);
            // Below the tail, so it fits.
            NoticesEnd::<T>::mutate(|ends| ends.head = head.saturating_add(1));
            Self::end(netuid);
        }
    }

    /// How many rows the winding up may have in this block.
    fn rows_of(row: Weight, meter: &WeightMeter) -> u32 {
        let room = meter.remaining();
        let share = T::BlockWeights::get().max_block.saturating_div(WIND_UP_SHARE).min(room);
        let rows = |of: Weight| {
            let rows = of.checked_div_per_component(&row).unwrap_or(u64::MAX);
            u32::try_from(rows).unwrap_or(u32::MAX)
        };
        rows(share).max(rows(room).min(MIN_ROWS))
    }

    /// Removes what is stored here of a subnet but its last rows, neurons from the last uid on.
    pub(crate) fn clear_own(netuid: NetUid, rows: &mut Rows) -> bool {
        if !rows.drain(Endpoints::<T>::drain_prefix(netuid)) {
            return false;
        }
        let mut neurons = NeuronCount::<T>::get(netuid);
        while neurons > 0 {
            if !rows.take() {
                return false;
            }
            // Above 0, so it fits.
            neurons = neurons.saturating_sub(1);
            let page = u32::from(neurons).checked_div(NEURON_PAGE);
            let page = page.and_then(|page| u8::try_from(page).ok()).unwrap_or(u8::MAX);
            let mut left = Neurons::<T>::get(netuid, page);
            if let Some(last) = left.pop() {
                Uids::<T>::remove(netuid, last.hotkey);
            }
            if left.is_empty() {
                Neurons::<T>::remove(netuid, page);
            } else {
                Neurons::<T>::insert(netuid, page, left);
            }
            NeuronCount::<T>::insert(netuid, neurons);
        }
        true
    }

    /// The last rows go, and the netuid to who waits for it.
    fn end(netuid: NetUid) {
        NeuronCount::<T>::remove(netuid);
        RegistrationPrice::<T>::remove(netuid);
        HyperparametersOf::<T>::remove(netuid);
        Metadata::<T>::remove(netuid);
        Tasks::<T>::remove(netuid);
        Offers::<T>::remove(netuid);
        Subnets::<T>::remove(netuid);
        Notices::<T>::remove(netuid);
        T::OnSubnet::on_removed(netuid);
        Self::deposit_event(Event::SubnetWoundUp { netuid });
        Self::hand_over(netuid);
    }
}
