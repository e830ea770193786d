//! Where rewards go: a position at once, a validator's pools over the next tempo, root's part to the
//! market.

use crate::{
    pool::{two_parts, PoolError},
    AlphaOf, Config, CreditOf, Event, Hotkeys, Pallet, Pools, RootStream, RootTotal, RootWeight,
};
use alloc::vec::Vec;
use alun_primitives::{
    part_of,
    traits::{Clock, EmissionMarket, PoolReward, RewardSink, RootStake, StakeView},
    Alpha, Balance, BlockNumber, NetUid, Ppm,
};
use frame::token::{imbalance::Imbalance, OnUnbalanced};

impl<T: Config> Pallet<T> {
    /// What is staked on a hotkey and netuid now, without rewards on their way, in the netuid's token.
    pub fn pool_value(hotkey: &T::AccountId, netuid: NetUid) -> u64 {
        Self::existing(hotkey, netuid).map_or(0, |opened| opened.row.pool.value)
    }

    /// Adds `amount`, which the caller moves into this ledger, to the coldkey's position on the
    /// hotkey. Where it is worth less than one point, it raises the pool's value: all its positions
    /// gain.
    fn reward_points(coldkey: &T::AccountId, hotkey: &T::AccountId, netuid: NetUid, amount: u64) {
        let Err(error) = Self::add_points(coldkey, hotkey, netuid, amount) else { return };
        // `ZeroPoints` needs a pool with value, thus with points; `Overflow` is not reached, since
        // the sum of all pools is within the issuance.
        debug_assert_eq!(error, PoolError::ZeroPoints);
        if let Some(mut opened) = Self::existing(hotkey, netuid) {
            opened.row.pool.value = opened.row.pool.value.saturating_add(amount);
            Self::store(opened);
        }
    }

    /// Sends `amount`, which the caller moves into this ledger, on its way into a pool that has
    /// points. Says whether it did.
    fn reward_stream(
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
        blocks: BlockNumber,
    ) -> bool {
        let Some(mut opened) = Self::existing(hotkey, netuid) else { return false };
        let added = opened.row.pool.reward(amount, Self::now(), blocks);
        // Not reached: the sum of all pools is within the issuance.
        let Ok(until) = added else { return false };
        Self::store(opened);
        Self::deposit_event(Event::RewardAdded { hotkey: hotkey.clone(), netuid, amount, until });
        true
    }

    /// Divides a validator's reward. A part whose pool is empty has no share, so only with both
    /// pools empty is anything burned.
    fn divide(hotkey: &T::AccountId, netuid: NetUid, amount: Alpha) -> PoolReward {
        let take = part_of(amount.0, Self::take_of(hotkey).current);
        // Saturation: `take` is at most `amount`.
        let rest = amount.0.saturating_sub(take);
        // In units of 10⁻⁶, so that τ is exact. Saturation: 2⁶⁴ · 10⁶ fits a u128.
        let root = u128::from(Self::pool_value(hotkey, NetUid::ROOT))
            .saturating_mul(RootWeight::<T>::get().into());
        let subnet = u128::from(Self::pool_value(hotkey, netuid)).saturating_mul(1_000_000);
        let take = Alpha(take);
        match two_parts(rest, root, subnet) {
            Some((root, subnet)) => {
                let (root, subnet) = (Alpha(root), Alpha(subnet));
                PoolReward { take, root, subnet, burned: Alpha::ZERO }
            }
            None => PoolReward { take, burned: Alpha(rest), ..PoolReward::default() },
        }
    }
}

impl<T: Config> RewardSink<T::AccountId> for Pallet<T> {
    type Credit = AlphaOf<T>;

    fn reward_position(
        hotkey: &T::AccountId,
        reward: AlphaOf<T>,
    ) -> Result<T::AccountId, AlphaOf<T>> {
        let Some(coldkey) = Hotkeys::<T>::get(hotkey) else { return Err(reward) };
        let netuid = reward.netuid();
        let Alpha(amount) = reward.place();
        if amount > 0 {
            Self::reward_points(&coldkey, hotkey, netuid, amount);
        }
        Ok(coldkey)
    }

    fn reward_pools(
        hotkey: &T::AccountId,
        mut reward: AlphaOf<T>,
        blocks: BlockNumber,
    ) -> PoolReward {
        let (netuid, amount) = (reward.netuid(), reward.peek());
        let Some(coldkey) = Hotkeys::<T>::get(hotkey) else {
            // Dropped, hence burned.
            return PoolReward { burned: amount, ..PoolReward::default() };
        };
        // Before the take enters: a pool that only the take would fill is an empty one.
        let mut parts = Self::divide(hotkey, netuid, amount);
        let take = reward.extract(parts.take).place();
        let root = reward.extract(parts.root);
        let subnet = reward.extract(parts.subnet);
        if !take.is_zero() {
            Self::reward_points(&coldkey, hotkey, netuid, take.0);
        }
        if !root.peek().is_zero() {
            T::Market::sell_for_root(hotkey, root);
        }
        if !subnet.peek().is_zero() {
            if Self::reward_stream(hotkey, netuid, subnet.peek().0, blocks) {
                let _ = subnet.place();
            } else {
                parts.burned = parts.burned.saturating_add(parts.subnet);
                parts.subnet = Alpha::ZERO;
            }
        }
        parts
    }
}

impl<T: Config> RootStake<T::AccountId> for Pallet<T> {
    type Native = CreditOf<T>;

    fn total() -> Balance {
        RootTotal::<T>::get()
    }

    fn weight() -> Ppm {
        RootWeight::<T>::get()
    }

    /// It enters the pool over a time of its own, because batches of many subnets, of many tempos,
    /// come here.
    fn reward_root(hotkey: &T::AccountId, native: CreditOf<T>) {
        let amount = native.peek();
        if amount == 0 {
            return;
        }
        if !Pools::<T>::contains_key(hotkey, NetUid::ROOT) {
            return T::Burn::on_unbalanced(native);
        }
        if let Err(unplaced) = Self::root_in(native) {
            return T::Burn::on_unbalanced(unplaced);
        }
        let blocks = T::Clock::to_blocks(RootStream::<T>::get());
        let added = Self::reward_stream(hotkey, NetUid::ROOT, amount, blocks);
        debug_assert!(added);
    }
}

impl<T: Config> StakeView<T::AccountId> for Pallet<T> {
    fn stake_weight(hotkey: &T::AccountId, netuid: NetUid) -> Balance {
        Self::weigh(hotkey, netuid, RootWeight::<T>::get())
    }

    fn stake_weights(hotkeys: &[T::AccountId], netuid: NetUid) -> Vec<Balance> {
        let root_weight = RootWeight::<T>::get();
        hotkeys.iter().map(|hotkey| Self::weigh(hotkey, netuid, root_weight)).collect()
    }
}

impl<T: Config> Pallet<T> {
    /// `alpha + τ·root` of a hotkey; on root, what is staked there.
    fn weigh(hotkey: &T::AccountId, netuid: NetUid, root_weight: Ppm) -> Balance {
        let root = Self::pool_value(hotkey, NetUid::ROOT);
        if netuid.is_root() {
            return root;
        }
        // Saturation: two amounts of at most the cap each.
        Self::pool_value(hotkey, netuid).saturating_add(part_of(root, root_weight))
    }
}
