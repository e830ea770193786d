//! What points of a pool are worth at a block: the arithmetic of the chain's stake pools, read only.

use alun_client::{PoolState, StreamRow};
use alun_market_math::ratio::mul_div;
use serde::{Deserialize, Serialize};

/// Points that nobody owns; they stand for one unit.
const VIRTUAL_POINTS: u128 = 1_000_000;

/// A pool as it was stored at a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Value at `last`, smallest unit.
    pub value: u64,
    /// Points of all positions, as decimal digits in the database.
    #[serde(with = "digits")]
    pub points: u128,
    /// What has not entered at `last`.
    pub remaining: u64,
    /// Block up to which rewards have entered.
    pub last: u32,
    /// Block at which the last of them has entered.
    pub end: u32,
}

/// A `u128` as text, since JSON numbers end at 2⁶⁴.
pub(crate) mod digits {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<u128, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl From<PoolState> for Snapshot {
    fn from(pool: PoolState) -> Self {
        let PoolState { value, points, stream: StreamRow { remaining, last, end } } = pool;
        Self { value, points, remaining, last, end }
    }
}

impl Snapshot {
    /// What `points` can be redeemed for at a block that is not before the snapshot's.
    pub fn value_of(&self, points: u128, now: u32) -> u64 {
        // Saturation throughout: parts of the issuance, which fits.
        let value = self.value.saturating_add(self.entered(now));
        let all = self.points.saturating_add(VIRTUAL_POINTS);
        mul_div(points, u128::from(value).saturating_add(1), all)
            .and_then(|worth| u64::try_from(worth).ok())
            .unwrap_or(0)
            .min(value)
    }

    fn entered(&self, now: u32) -> u64 {
        if now >= self.end {
            return self.remaining;
        }
        let passed = now.saturating_sub(self.last);
        let whole = self.end.saturating_sub(self.last);
        mul_div(self.remaining.into(), passed.into(), whole.into())
            .and_then(|due| u64::try_from(due).ok())
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn value_should_never_fall_and_never_exceed_the_pool_when_rewards_enter(
            value in 0..u64::MAX / 4, remaining in 0..u64::MAX / 4, mine in 0_u128..1 << 70,
            others in 0_u128..1 << 70, blocks in 1_u32..1_000, early in 0_u32..1_000,
            late in 0_u32..1_000,
        ) {
            let pool = Snapshot { value, points: mine + others, remaining, last: 5, end: 5 + blocks };
            let (early, late) = (5 + early.min(late), 5 + early.max(late));
            prop_assert!(pool.value_of(mine, early) <= pool.value_of(mine, late));
            let all = u128::from(pool.value_of(mine, late)) + u128::from(pool.value_of(others, late));
            prop_assert!(all <= u128::from(value) + u128::from(remaining));
        }
    }
}
