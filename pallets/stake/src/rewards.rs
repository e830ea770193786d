//! Where rewards go: a position at once, a validator's pools over the next tempo.

use crate::{
    pool::{two_parts, PoolError},
    Config, CreditOf, Event, Hotkeys, Pallet, Pools, RootWeight,
};
use alloc::vec::Vec;
use alun_primitives::{
    part_of,
    traits::{PoolReward, RewardSink, StakeView},
    Balance, BlockNumber, NetUid, Ppm,
};
use frame::token::{fungible::Balanced, imbalance::Imbalance, OnUnbalanced};

impl<T: Config> Pallet<T> {
    /// What is staked on a hotkey and netuid now, without rewards on their way.
    pub fn pool_value(hotkey: &T::AccountId, netuid: NetUid) -> Balance {
        Self::pool_value_at(hotkey, netuid, Self::now())
    }

    /// The same at `now`, which an epoch reads once for all neurons: of another block's it would
    /// be wrong.
    fn pool_value_at(hotkey: &T::AccountId, netuid: NetUid, now: BlockNumber) -> Balance {
        Pools::<T>::get(hotkey, netuid).map_or(0, |row| row.pool.at(now).value)
    }

    /// Adds `amount`, which is in the pallet's account, to the coldkey's position on the hotkey.
    /// Where it is worth less than one point, it raises the pool's value: all its positions gain.
    fn reward_points(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: Balance,
    ) {
        let Err(error) = Self::add_points(coldkey, hotkey, netuid, amount) else { return };
        // `ZeroPoints` needs a pool with value, thus with points; `Overflow` is not reached, since
        // the sum of all pools is within the issuance.
        debug_assert_eq!(error, PoolError::ZeroPoints);
        if let Some(mut opened) = Self::existing(hotkey, netuid) {
            opened.row.pool.value = opened.row.pool.value.saturating_add(amount);
            Self::store(opened);
        }
    }

    /// Sends `amount`, which is in the pallet's account, on its way into a pool that has points.
    fn reward_stream(hotkey: &T::AccountId, netuid: NetUid, amount: Balance, blocks: BlockNumber) {
        let Some(mut opened) = Self::existing(hotkey, netuid) else { return };
        let added = opened.row.pool.reward(amount, Self::now(), blocks);
        // Not reached: the sum of all pools is within the issuance.
        let Ok(until) = added else { return };
        Self::store(opened);
        Self::deposit_event(Event::RewardAdded { hotkey: hotkey.clone(), netuid, amount, until });
    }

    /// Divides a validator's reward. A part whose pool is empty has no share, so only with both
    /// pools empty is anything burned.
    fn divide(hotkey: &T::AccountId, netuid: NetUid, amount: Balance) -> PoolReward {
        let take = part_of(amount, Self::take_of(hotkey).current);
        // Saturation: `take` is at most `amount`.
        let rest = amount.saturating_sub(take);
        // In units of 10⁻⁶, so that τ is exact. Saturation: 2⁶⁴ · 10⁶ fits a u128.
        let root = u128::from(Self::pool_value(hotkey, NetUid::ROOT))
            .saturating_mul(RootWeight::<T>::get().into());
        let subnet = u128::from(Self::pool_value(hotkey, netuid)).saturating_mul(1_000_000);
        match two_parts(rest, root, subnet) {
            Some((root, subnet)) => PoolReward { take, root, subnet, burned: 0 },
            None => PoolReward { take, root: 0, subnet: 0, burned: rest },
        }
    }
}

impl<T: Config> RewardSink<T::AccountId> for Pallet<T> {
    type Credit = CreditOf<T>;

    fn reward_position(
        hotkey: &T::AccountId,
        netuid: NetUid,
        reward: CreditOf<T>,
    ) -> Result<T::AccountId, CreditOf<T>> {
        let Some(coldkey) = Hotkeys::<T>::get(hotkey) else { return Err(reward) };
        let amount = reward.peek();
        if amount > 0 {
            T::Currency::resolve(&Self::account(), reward)?;
            Self::reward_points(&coldkey, hotkey, netuid, amount);
        }
        Ok(coldkey)
    }

    fn reward_pools(
        hotkey: &T::AccountId,
        netuid: NetUid,
        reward: CreditOf<T>,
        blocks: BlockNumber,
    ) -> PoolReward {
        let amount = reward.peek();
        let nothing = PoolReward { burned: amount, ..PoolReward::default() };
        let Some(coldkey) = Hotkeys::<T>::get(hotkey) else {
            T::Burn::on_unbalanced(reward);
            return nothing;
        };
        // Before the take enters: a pool that only the take would fill is an empty one.
        let parts = Self::divide(hotkey, netuid, amount);
        let (burned, kept) = reward.split(parts.burned);
        T::Burn::on_unbalanced(burned);
        if let Err(unplaced) = T::Currency::resolve(&Self::account(), kept) {
            // Not reached while the account holds its existential deposit.
            T::Burn::on_unbalanced(unplaced);
            return nothing;
        }
        if parts.take > 0 {
            Self::reward_points(&coldkey, hotkey, netuid, parts.take);
        }
        for (pool, part) in [(NetUid::ROOT, parts.root), (netuid, parts.subnet)] {
            if part > 0 {
                Self::reward_stream(hotkey, pool, part, blocks);
            }
        }
        parts
    }
}

impl<T: Config> StakeView<T::AccountId> for Pallet<T> {
    fn stake_weight(hotkey: &T::AccountId, netuid: NetUid) -> Balance {
        Self::weigh(hotkey, netuid, RootWeight::<T>::get(), Self::now())
    }

    fn stake_weights(hotkeys: &[T::AccountId], netuid: NetUid) -> Vec<Balance> {
        let (root_weight, now) = (RootWeight::<T>::get(), Self::now());
        hotkeys.iter().map(|hotkey| Self::weigh(hotkey, netuid, root_weight, now)).collect()
    }
}

impl<T: Config> Pallet<T> {
    /// `alpha + τ·root` of a hotkey `now`; on root, what is staked there.
    fn weigh(hotkey: &T::AccountId, netuid: NetUid, root_weight: Ppm, now: BlockNumber) -> Balance {
        let root = Self::pool_value_at(hotkey, NetUid::ROOT, now);
        if netuid.is_root() {
            return root;
        }
        // Saturation: both are parts of the issuance, which fits.
        Self::pool_value_at(hotkey, netuid, now).saturating_add(part_of(root, root_weight))
    }
}
