//! What a registration and a subnet cost: pure integer functions of a stored mark and of time.
//!
//! Rounding favours the chain: a price is never below the exact real number.

use alun_market_math::power;
use alun_primitives::{Balance, Millis};

/// Time in which an unused registration price halves.
pub const HALF_LIFE_MS: u32 = 36 * 60 * 1_000;

/// Each registration multiplies the price by this, in hundredths.
pub const GROWTH_PERCENT: u128 = 126;

/// Time in which twice the last lock decays to nothing.
pub const LOCK_DECAY_MS: Millis = 14 * 24 * 60 * 60 * 1_000;

/// `price · 2^(−elapsed / HALF_LIFE_MS)`, rounded up: a price above zero never decays to zero.
///
/// Never rises with `elapsed`, and halves exactly (up to rounding) at each half-life.
pub fn decayed(price: Balance, elapsed: Millis) -> Balance {
    power::decayed(price, elapsed, HALF_LIFE_MS)
}

/// The price after a registration at `price`: times 1.26, rounded up.
pub fn grown(price: Balance) -> Balance {
    let grown = u128::from(price).saturating_mul(GROWTH_PERCENT).div_ceil(100);
    // Saturation: the caller clamps to the subnet's highest price anyway.
    Balance::try_from(grown).unwrap_or(Balance::MAX)
}

/// What the next subnet locks, `elapsed` after one that locked `last`: twice that, decaying
/// linearly to nothing over [`LOCK_DECAY_MS`], rounded up, and at least `min_lock`.
pub fn subnet_lock(last: Balance, elapsed: Millis, min_lock: Balance) -> Balance {
    let left = LOCK_DECAY_MS.saturating_sub(elapsed);
    // At most 2 · 2^64 · 2^31: no overflow.
    let decayed = u128::from(last)
        .saturating_mul(2)
        .saturating_mul(u128::from(left))
        .div_ceil(u128::from(LOCK_DECAY_MS));
    // Saturation: more tokens than can exist, so nobody could lock them.
    Balance::try_from(decayed).unwrap_or(Balance::MAX).max(min_lock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_primitives::UNIT;
    use proptest::prelude::*;

    const HALF_LIFE_MS: Millis = super::HALF_LIFE_MS as Millis;

    #[test]
    fn price_should_halve_exactly_at_each_half_life() {
        for halvings in 0..30 {
            let start = 5u64 << 40;
            assert_eq!(decayed(start, halvings * HALF_LIFE_MS), start >> halvings, "{halvings}");
        }
    }

    #[test]
    fn price_should_follow_the_exponential_between_half_lives() {
        for minute in 0..360u64 {
            let exact = 100.0 * UNIT as f64 * (-(minute as f64) / 36.0).exp2();
            let got = decayed(100 * UNIT, minute * 60_000) as f64;
            assert!((got - exact).abs() <= exact * 1e-9 + 1.0, "{minute}: {got} vs {exact}");
            assert!(got >= exact - exact * 1e-12, "{minute}: rounds down");
        }
    }

    #[test]
    fn price_should_end_at_one_unit_and_never_at_zero_when_left_alone_for_long() {
        for halvings in [63, 64, 65, 1_000, u64::MAX / HALF_LIFE_MS] {
            assert_eq!(decayed(u64::MAX, halvings * HALF_LIFE_MS).max(2), 2, "{halvings}");
            assert!(decayed(u64::MAX, halvings * HALF_LIFE_MS) >= 1);
        }
        assert_eq!(decayed(u64::MAX, u64::MAX), 1);
        assert_eq!(decayed(0, 0), 0);
        assert_eq!(decayed(u64::MAX, 0), u64::MAX);
    }

    #[test]
    fn price_should_not_jump_where_one_half_life_ends() {
        for halvings in 1..20 {
            let at = halvings * HALF_LIFE_MS;
            let (before, after) = (decayed(100 * UNIT, at - 1), decayed(100 * UNIT, at));
            assert!(before >= after && before - after <= before / 1_000_000 + 1, "{halvings}");
        }
    }

    #[test]
    fn price_should_grow_by_a_quarter_and_a_hundredth_rounded_up() {
        assert_eq!(grown(UNIT), 1_260_000_000);
        assert_eq!(grown(1), 2);
        assert_eq!(grown(0), 0);
        assert_eq!(grown(u64::MAX), u64::MAX);
    }

    #[test]
    fn lock_should_double_and_decay_linearly_to_the_minimum() {
        let lock = |elapsed| subnet_lock(2_000, elapsed, 1_000);
        assert_eq!(lock(0), 4_000);
        assert_eq!(lock(LOCK_DECAY_MS / 4), 3_000);
        assert_eq!(lock(LOCK_DECAY_MS / 2), 2_000);
        assert_eq!(lock(LOCK_DECAY_MS / 4 * 3), 1_000);
        assert_eq!(lock(LOCK_DECAY_MS), 1_000);
        assert_eq!(lock(u64::MAX), 1_000);
        assert_eq!(subnet_lock(u64::MAX, 0, 0), u64::MAX);
        assert_eq!(subnet_lock(1, LOCK_DECAY_MS - 1, 0), 1, "rounds up");
    }

    proptest! {
        #[test]
        fn price_should_never_rise_with_time(
            price in any::<u64>(), at in 0..100 * HALF_LIFE_MS, later in 0..10 * HALF_LIFE_MS,
        ) {
            let (now, then) = (decayed(price, at), decayed(price, at + later));
            prop_assert!(then <= now && now <= price);
            prop_assert_eq!(price == 0, then == 0);
        }

        #[test]
        fn price_should_never_fall_when_it_starts_higher(
            low in any::<u64>(), more in any::<u64>(), at in 0..100 * HALF_LIFE_MS,
        ) {
            prop_assert!(decayed(low, at) <= decayed(low.saturating_add(more), at));
        }

        #[test]
        fn price_should_not_fall_faster_when_read_and_stored_on_the_way(
            price in 1..1_000_000 * UNIT, a in 0..20 * HALF_LIFE_MS, b in 0..20 * HALF_LIFE_MS,
        ) {
            let (once, twice) = (decayed(price, a + b), decayed(decayed(price, a), b));
            // Roundings up add at most two units and the resolution of the exponent.
            prop_assert!(twice + price / 1_000_000_000 + 1 >= once);
            prop_assert!(twice <= once + price / 1_000_000_000 + 2);
        }

        #[test]
        fn growth_should_always_raise_a_price(price in 1..u64::MAX / 2) {
            prop_assert!(grown(price) > price);
        }

        #[test]
        fn lock_should_never_rise_with_time_nor_fall_under_the_minimum(
            last in any::<u64>(), at in 0..2 * LOCK_DECAY_MS, later in 0..LOCK_DECAY_MS,
            min in any::<u64>(),
        ) {
            let (now, then) = (subnet_lock(last, at, min), subnet_lock(last, at + later, min));
            prop_assert!(then <= now && then >= min);
        }
    }
}
