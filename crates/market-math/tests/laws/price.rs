//! Spot prices and averages.

use crate::common::{amount, big, floor, pool, usual};
use alun_market_math::{
    pool::Reserves,
    power::{two_to_minus, POWER_ERROR},
    price::{moved, moved_reserve, spot, Averages, PRICE_ONE},
};
use proptest::prelude::*;

/// 14 days of 6 s.
const HALF_LIFE: u32 = 201_600;

fn price() -> impl Strategy<Value = u128> {
    (0u32..64, 0..=PRICE_ONE).prop_map(|(shift, price)| price >> shift)
}

#[test]
fn spot_should_be_nothing_when_the_pool_is_empty() {
    assert_eq!(spot(Reserves { native: 5, alpha: 0 }), 0);
    assert_eq!(spot(Reserves { native: 0, alpha: 5 }), 0);
    assert_eq!(spot(Reserves { native: u64::MAX, alpha: 1 }), u128::from(u64::MAX) << 64);
}

#[test]
fn average_should_go_half_the_way_in_a_half_life_when_it_starts_at_nothing() {
    let average = moved(0, PRICE_ONE, HALF_LIFE, HALF_LIFE);
    assert_eq!(average, PRICE_ONE / 2);
    assert_eq!(moved(average, PRICE_ONE, HALF_LIFE, HALF_LIFE), PRICE_ONE / 4 * 3);
    // A price of a thousand is worth as much as a price of one.
    assert_eq!(moved(0, 1_000 * PRICE_ONE, HALF_LIFE, HALF_LIFE), PRICE_ONE / 2);
    assert_eq!(moved(0, PRICE_ONE, 0, HALF_LIFE), 0);
}

/// [A] A pump earns for the blocks that it is held, not for its height.
#[test]
fn average_should_hardly_move_when_a_pump_lasts_one_block() {
    let pumped = moved(PRICE_ONE / 100, u128::MAX, 1, HALF_LIFE);
    assert!(pumped < PRICE_ONE / 100 + PRICE_ONE / 290_000);
}

/// However often it is touched: a year of blocks, each a touch.
#[test]
fn average_should_keep_to_the_rule_when_it_is_touched_in_every_block() {
    let (year, reserve) = (5_256_000u32, 1_234_567_890_123);
    let (mut price, mut native) = (0, 0);
    for _ in 0..year {
        price = moved(price, PRICE_ONE / 3, 1, HALF_LIFE);
        native = moved_reserve(native, reserve, 1, HALF_LIFE);
    }
    let once = moved(0, PRICE_ONE / 3, year, HALF_LIFE);
    assert!(price <= once && once - price < PRICE_ONE >> 40, "{price} {once}");
    let once = moved_reserve(0, reserve, year, HALF_LIFE);
    assert!(native <= once && once - native <= 290_852, "{native} {once}");
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn spot_should_be_rounded_down(pool in pool()) {
        prop_assert_eq!(big(spot(pool)), floor(pool.native, PRICE_ONE, pool.alpha));
    }

    #[test]
    fn average_should_be_the_weighted_mean_rounded_down(
        from in price(), to in price(), blocks in any::<u32>(), half_life in any::<u32>(),
    ) {
        let kept = two_to_minus(blocks.into(), half_life);
        let exact = (big(from) * kept + big(to) * (PRICE_ONE - kept)) >> 64u8;
        let got = moved(from, to, blocks, half_life);
        prop_assert_eq!(big(got), exact);
        prop_assert!((from.min(to)..=from.max(to)).contains(&got), "overshoots");
    }

    #[test]
    fn average_should_rise_with_all_that_it_comes_from(
        from in price(), to in price(), higher in price(), blocks in any::<u32>(),
        more in 0u32..1_000_000, half_life in 1u32..2_000_000,
    ) {
        let got = moved(from, to, blocks, half_life);
        prop_assert!(moved((from + higher).min(PRICE_ONE), to, blocks, half_life) >= got
            || from + higher > PRICE_ONE);
        prop_assert!(moved(from, to + higher, blocks, half_life) >= got);
        // Nearer to the goal in more time.
        let later = moved(from, to, blocks.saturating_add(more), half_life);
        let nearer = if to >= from { later >= got } else { later <= got };
        prop_assert!(nearer);
    }

    #[test]
    fn average_should_be_the_same_when_time_is_split(
        from in price(), to in price(), half_life in 1u32..2_000_000,
        parts in prop::collection::vec(0u32..500_000, 1..20),
    ) {
        let whole = parts.iter().sum();
        let split = parts.iter().fold(from, |now, part| moved(now, to, *part, half_life));
        let once = moved(from, to, whole, half_life);
        let most = (POWER_ERROR + 1) * parts.len() as u128;
        prop_assert!(split.abs_diff(once) <= most, "{} {}", split, once);
    }

    #[test]
    fn averaged_reserve_should_stay_between_and_be_the_same_when_time_is_split(
        from in usual(), to in usual(), half_life in 1u32..2_000_000,
        parts in prop::collection::vec(0u32..500_000, 1..20),
    ) {
        let whole = parts.iter().sum();
        let split = parts.iter().fold(from, |now, part| moved_reserve(now, to, *part, half_life));
        let once = moved_reserve(from, to, whole, half_life);
        // Up to the cap the power's error is less than a unit.
        prop_assert!(split.abs_diff(once) <= 2 * parts.len() as u64);
        prop_assert!((from.min(to)..=from.max(to)).contains(&once));
    }

    #[test]
    fn averages_should_move_both_at_once(
        price in price(), reserve in amount(), pool in pool(), blocks in any::<u32>(),
    ) {
        let moved_both = Averages { price, reserve }.moved(pool, blocks, HALF_LIFE);
        prop_assert_eq!(moved_both.price, moved(price, spot(pool), blocks, HALF_LIFE));
        let native = moved_reserve(reserve, pool.native, blocks, HALF_LIFE);
        prop_assert_eq!(moved_both.reserve, native);
    }
}
