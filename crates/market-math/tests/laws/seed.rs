//! First pools.

use crate::common::{amount, big, floor};
use alun_market_math::{
    pool::Reserves,
    price::PRICE_ONE,
    seed::{median, seed, LOWEST_PRICE},
    MarketError::*,
};
use alun_primitives::UNIT;
use proptest::prelude::*;

const CAP: u64 = 21_000_000 * UNIT;
const LOCK: u64 = 1_000 * UNIT;

#[test]
fn seed_should_be_at_the_median_within_its_bounds() {
    let alpha = |median| seed(LOCK, median, CAP).unwrap().alpha;
    assert_eq!(alpha(None), LOCK);
    assert_eq!(alpha(Some(PRICE_ONE)), LOCK);
    assert_eq!(alpha(Some(u128::MAX)), LOCK);
    assert_eq!(alpha(Some(PRICE_ONE / 4)), 4 * LOCK);
    for low in [0, 1, LOWEST_PRICE] {
        assert!((100 * LOCK - 1..=100 * LOCK).contains(&alpha(Some(low))));
    }
    // 1 % of the cap is 210,000 tokens.
    assert_eq!(seed(3 * LOCK, Some(0), CAP), Ok(Reserves { native: 3 * LOCK, alpha: CAP / 100 }));
}

#[test]
fn seed_should_be_refused_when_nothing_comes_of_it() {
    assert_eq!(seed(0, None, CAP), Err(ZeroAmount));
    assert_eq!(seed(LOCK, None, 99), Err(TooSmall));
    assert_eq!(seed(1, None, 100), Ok(Reserves { native: 1, alpha: 1 }));
}

#[test]
fn median_should_be_the_middle_or_the_higher_of_two() {
    assert_eq!(median(&mut []), None);
    assert_eq!(median(&mut [7]), Some(7));
    assert_eq!(median(&mut [9, 1]), Some(9));
    assert_eq!(median(&mut [9, 1, 4]), Some(4));
    assert_eq!(median(&mut [9, 1, 4, 5]), Some(5));
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn seed_should_round_alpha_down_and_stay_within_its_part_of_the_cap(
        lock in amount(), price in 0..=2 * PRICE_ONE, cap in 100u64..,
    ) {
        let clamped = price.clamp(LOWEST_PRICE, PRICE_ONE);
        let exact = floor(lock, PRICE_ONE, clamped).min(big(cap / 100));
        let pool = seed(lock, Some(price), cap).unwrap();
        prop_assert_eq!(pool.native, lock);
        prop_assert_eq!(big(pool.alpha), exact);
        prop_assert!(pool.price() >= clamped, "cheaper than the median");
        prop_assert!(u128::from(pool.alpha) <= 100 * u128::from(lock));
    }
}
