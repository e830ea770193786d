//! What the runtime API reads.

use crate::{Config, Hotkeys, Pallet, PoolNames, Pools, Positions};
use alloc::vec::Vec;
use alun_market_math::ratio::mul_div;
use alun_primitives::{
    traits::{NeuronRegistry, PriceOracle},
    views::{DelegateView, NominatorPool, StakePosition},
    Alpha, Balance, NetUid,
};

impl<T: Config> Pallet<T> {
    /// All positions of a coldkey, by hotkey and netuid.
    pub fn stake_of(coldkey: &T::AccountId) -> Vec<StakePosition<T::AccountId>> {
        let now = Self::now();
        let mut positions: Vec<_> = Positions::<T>::iter_prefix(coldkey)
            .filter_map(|(id, points)| {
                let (hotkey, netuid) = PoolNames::<T>::get(id)?;
                let value = Pools::<T>::get(&hotkey, netuid)?.pool.at(now).value_of(points);
                let native = Self::native_value(netuid, value);
                Some(StakePosition { hotkey, netuid, value, native, points })
            })
            .collect();
        positions.sort_by(|a, b| (&a.hotkey, a.netuid).cmp(&(&b.hotkey, b.netuid)));
        positions
    }

    /// What an amount of a netuid's token is worth at the spot price, rounded down: more than a sale
    /// of it would give.
    fn native_value(netuid: NetUid, amount: u64) -> Balance {
        if netuid.is_root() {
            return amount;
        }
        mul_div(amount.into(), T::Market::spot(netuid), 1 << 64)
            .and_then(|native| Balance::try_from(native).ok())
            // Past any supply: a price of what nobody could buy.
            .unwrap_or(Balance::MAX)
    }

    /// A hotkey that others may stake on; `None` if it is not bound.
    pub fn delegate(hotkey: &T::AccountId) -> Option<DelegateView<T::AccountId>> {
        let coldkey = Hotkeys::<T>::get(hotkey)?;
        Some(Self::delegate_view(hotkey.clone(), coldkey, &T::Neurons::netuids()))
    }

    /// Bound hotkeys, `limit` of them after the first `from`, in the order of their hashes.
    pub fn delegates(from: u32, limit: u32) -> Vec<DelegateView<T::AccountId>> {
        let netuids = T::Neurons::netuids();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        Hotkeys::<T>::iter()
            .skip(skip)
            .take(take)
            .map(|(hotkey, coldkey)| Self::delegate_view(hotkey, coldkey, &netuids))
            .collect()
    }

    /// What of `reward`, the part of a payout that belongs to the pool of a hotkey, is a nominator's
    /// while nobody joins or leaves. Where the pool is gone, all of it is `rounding`.
    pub fn nominator_pool(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        reward: Alpha,
    ) -> NominatorPool {
        let now = Self::now();
        let row = Pools::<T>::get(hotkey, netuid);
        let points = row.as_ref().and_then(|row| Positions::<T>::get(coldkey, row.id)).unwrap_or(0);
        let pool = row.map(|row| row.pool.at(now)).unwrap_or_default();
        let theirs = Alpha(pool.gain_of(points, reward.0));
        // Saturation: S1, a position's points are some of the pool's.
        let others = Alpha(pool.gain_of(pool.points.saturating_sub(points), reward.0));
        NominatorPool {
            netuid,
            reward,
            theirs,
            others,
            // Saturation: each is rounded down, and so is their sum.
            rounding: reward.saturating_sub(theirs).saturating_sub(others),
            points,
            pool_points: pool.points,
            value: pool.value_of(points),
            on_the_way: pool.stream.remaining,
            until: pool.stream.end.max(now),
        }
    }

    fn delegate_view(
        hotkey: T::AccountId,
        coldkey: T::AccountId,
        netuids: &[NetUid],
    ) -> DelegateView<T::AccountId> {
        let now = Self::now();
        let take = Self::take_of(&hotkey);
        let mut pools: Vec<_> = Pools::<T>::iter_prefix(&hotkey)
            .map(|(netuid, row)| {
                let pool = row.pool.at(now);
                (netuid, pool.value, pool.positions)
            })
            .collect();
        pools.sort_by_key(|(netuid, ..)| *netuid);
        let registrations = netuids
            .iter()
            .copied()
            .filter(|netuid| T::Neurons::uid_of(*netuid, &hotkey).is_some())
            .collect();
        DelegateView {
            coldkey,
            take: take.current,
            pending_take: take.pending,
            pools,
            registrations,
            hotkey,
        }
    }
}
