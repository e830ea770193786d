//! Where rewards go: a position at once, a validator's pools over the next tempo, root's part to the
//! market.

use crate::{
    children::Weights, pool::two_parts, pools::Opened, AlphaOf, Config, CreditOf, Event, LentOn,
    Pallet, Pools, RootStream, RootTotal, RootWeight,
};
use alloc::vec::Vec;
use alun_primitives::{
    part_of,
    traits::{Clock, EmissionMarket, KeySuccession, PoolReward, RewardSink, RootStake, StakeView},
    Alpha, Balance, BlockNumber, NetUid, Ppm,
};
use frame::token::{imbalance::Imbalance, OnUnbalanced};

impl<T: Config> Pallet<T> {
    /// What is staked on a hotkey and netuid now, without rewards on their way, in the netuid's token.
    pub fn pool_value(hotkey: &T::AccountId, netuid: NetUid) -> u64 {
        Self::pool_value_at(hotkey, netuid, Self::now())
    }

    /// The same at `now`, which an epoch reads once for all neurons: of another block's it would
    /// be wrong.
    fn pool_value_at(hotkey: &T::AccountId, netuid: NetUid, now: BlockNumber) -> u64 {
        Pools::<T>::get(hotkey, netuid).map_or(0, |row| row.pool.at(now).value)
    }

    /// Adds a reward to the coldkey's position on the hotkey. Where it is worth less than one point,
    /// it raises the pool's value: all its positions gain.
    pub(crate) fn reward_points(coldkey: &T::AccountId, hotkey: &T::AccountId, reward: AlphaOf<T>) {
        let (netuid, Alpha(amount)) = (reward.netuid(), reward.peek());
        if amount == 0 {
            return;
        }
        if Self::add_points(coldkey, hotkey, netuid, amount).is_ok() {
            let _ = reward.place();
            return;
        }
        // Worth no point: that needs a pool with value, thus with points. An overflow is not reached,
        // since the sum of all pools is within the issuance; the reward would be burned.
        let Some(mut opened) = Self::existing(hotkey, netuid) else { return };
        let Some(value) = opened.row.pool.value.checked_add(amount) else { return };
        let _ = reward.place();
        opened.row.pool.value = value;
        Self::store(opened);
    }

    /// A pool with `amount` on its way into it, and the block at which all of it has entered. `None`
    /// where there is no pool.
    fn streaming(
        hotkey: &T::AccountId,
        netuid: NetUid,
        amount: u64,
        blocks: BlockNumber,
    ) -> Option<(Opened<T::AccountId>, BlockNumber)> {
        let mut opened = Self::existing(hotkey, netuid)?;
        // No error is reached: the sum of all pools is within the issuance.
        let until = opened.row.pool.reward(amount, Self::now(), blocks).ok()?;
        Some((opened, until))
    }

    /// Stores such a pool, when the caller has moved the amount into this ledger.
    fn store_streaming(opened: Opened<T::AccountId>, amount: u64, until: BlockNumber) {
        let (hotkey, netuid) = (opened.hotkey.clone(), opened.netuid);
        Self::store(opened);
        Self::deposit_event(Event::RewardAdded { hotkey, netuid, amount, until });
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
        let Some((hotkey, coldkey)) = Self::heir(hotkey) else { return Err(reward) };
        Self::reward_points(&coldkey, &hotkey, reward);
        Ok(coldkey)
    }

    fn reward_pools(hotkey: &T::AccountId, reward: AlphaOf<T>, blocks: BlockNumber) -> PoolReward {
        let Some((hotkey, coldkey)) = Self::heir(hotkey) else {
            // Dropped, hence burned.
            return PoolReward { burned: reward.peek(), ..PoolReward::default() };
        };
        Self::reward_by_lender(&hotkey, &coldkey, reward, blocks)
    }
}

impl<T: Config> Pallet<T> {
    /// What a hotkey's own weight earned, wherever it was used: its take, root's part to the market, the
    /// rest on its way into its pool.
    pub(crate) fn reward_own_pools(
        hotkey: &T::AccountId,
        coldkey: &T::AccountId,
        mut reward: AlphaOf<T>,
        blocks: BlockNumber,
    ) -> PoolReward {
        let (netuid, amount) = (reward.netuid(), reward.peek());
        // Before the take enters: a pool that only the take would fill is an empty one.
        let mut parts = Self::divide(hotkey, netuid, amount);
        Self::reward_points(coldkey, hotkey, reward.extract(parts.take));
        let root = reward.extract(parts.root);
        if !root.peek().is_zero() {
            T::Market::sell_for_root(hotkey, root);
        }
        let subnet = reward.extract(parts.subnet);
        let Alpha(amount) = subnet.peek();
        if amount > 0 {
            if let Some((opened, until)) = Self::streaming(hotkey, netuid, amount, blocks) {
                let _ = subnet.place();
                Self::store_streaming(opened, amount, until);
            } else {
                // Not reached: a part needs a pool. Dropped, hence burned.
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
        let blocks = T::Clock::to_blocks(RootStream::<T>::get());
        let into = |hotkey: &_| Self::streaming(hotkey, NetUid::ROOT, amount, blocks);
        let pool = into(hotkey).or_else(|| into(&T::Succession::successor(hotkey)?));
        let Some((opened, until)) = pool else {
            return T::Burn::on_unbalanced(native);
        };
        if let Err(unplaced) = Self::root_in(native) {
            return T::Burn::on_unbalanced(unplaced);
        }
        Self::store_streaming(opened, amount, until);
    }
}

impl<T: Config> StakeView<T::AccountId> for Pallet<T> {
    /// A hotkey's own weight without what it lends, and what it is lent.
    fn stake_weight(hotkey: &T::AccountId, netuid: NetUid) -> Balance {
        let as_of = Self::lent_as_of(netuid);
        let Weights { kept, received } =
            Self::weights(hotkey, netuid, RootWeight::<T>::get(), as_of);
        // Saturation: parts of what is staked on the subnet, and on root times τ.
        received.iter().fold(kept, |sum, (_, lent)| sum.saturating_add(*lent))
    }

    fn stake_weights(hotkeys: &[T::AccountId], netuid: NetUid) -> Vec<Balance> {
        Self::weights_of(hotkeys, netuid)
    }

    fn lenders(netuid: NetUid) -> u32 {
        let lenders = LentOn::<T>::decode_len(netuid).unwrap_or(0);
        u32::try_from(lenders).unwrap_or(u32::MAX)
    }
}

impl<T: Config> Pallet<T> {
    /// `alpha + τ·root` of a hotkey `now`; on root, what is staked there.
    pub(crate) fn own_weight(
        hotkey: &T::AccountId,
        netuid: NetUid,
        root_weight: Ppm,
        now: BlockNumber,
    ) -> Balance {
        let root = Self::pool_value_at(hotkey, NetUid::ROOT, now);
        if netuid.is_root() {
            return root;
        }
        // Saturation: two amounts of at most the cap each.
        Self::pool_value_at(hotkey, netuid, now).saturating_add(part_of(root, root_weight))
    }
}
