//! Powers of one half.

use crate::common::{amount, big, ceil};
use alun_market_math::power::{decayed, two_to_minus, ONE, POWER_ERROR};
use proptest::prelude::*;

/// Whether `power · 2⁻⁶⁴` ≥ `2^(−numerator / denominator)`, in integers.
fn at_least(power: u128, numerator: u64, denominator: u32) -> bool {
    big(power).pow(denominator) << numerator >= big(1u8) << (64 * u64::from(denominator))
}

fn check(numerator: u64, denominator: u32) {
    let power = two_to_minus(numerator, denominator);
    assert!(at_least(power, numerator, denominator), "{numerator}/{denominator} rounds down");
    let below = power.saturating_sub(POWER_ERROR + 1);
    assert!(!at_least(below, numerator, denominator), "{numerator}/{denominator} is too high");
}

#[test]
fn power_should_be_exact_when_the_exponent_is_whole() {
    for (whole, power) in (0..=64).zip((0..=64).rev().map(|digit| 1u128 << digit)) {
        for denominator in [1u32, 7, 201_600, u32::MAX] {
            assert_eq!(two_to_minus(whole * u64::from(denominator), denominator), power);
        }
    }
}

#[test]
fn power_should_be_total_when_the_exponent_makes_no_sense() {
    assert_eq!(two_to_minus(u64::MAX, 1), 1);
    assert_eq!(two_to_minus(u64::MAX, u32::MAX), two_to_minus((1 << 32) + 1, 1));
    assert_eq!(two_to_minus(3, 0), two_to_minus(3, 1));
    assert_eq!(two_to_minus(0, 0), ONE);
    assert_eq!(decayed(7, 1, 0), 4);
}

#[test]
fn power_should_hold_its_error_when_the_half_life_is_a_real_one() {
    // The table's roots, and a half-life of 14 days in minutes.
    for digit in 1..15 {
        check(1, 1 << digit);
    }
    for numerator in [1, 10, 10_079, 20_159] {
        check(numerator, 20_160);
    }
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn power_should_be_rounded_up_and_hold_its_error(
        numerator in 0u64..4_000, denominator in 1u32..500,
    ) {
        check(numerator, denominator);
    }

    #[test]
    fn power_should_be_the_same_when_the_fraction_is_extended(
        numerator in 0u64..4_000, denominator in 1u32..500, by in 1u32..1_000_000,
    ) {
        let extended = two_to_minus(numerator * u64::from(by), denominator * by);
        prop_assert_eq!(extended, two_to_minus(numerator, denominator));
    }

    #[test]
    fn power_should_never_rise_with_time(
        numerator in amount(), more in amount(), denominator in any::<u32>(),
    ) {
        let (now, then) =
            (two_to_minus(numerator, denominator), two_to_minus(numerator + 1, denominator));
        prop_assert!(then <= now && now <= ONE && then > 0);
        let much_later = two_to_minus(numerator.saturating_add(more), denominator);
        prop_assert!(much_later <= now);
    }

    #[test]
    fn amount_should_decay_as_its_power_does(
        amount in amount(), elapsed in 0u64..1 << 40, half_life in 1u32..u32::MAX,
    ) {
        let left = decayed(amount, elapsed, half_life);
        prop_assert!((1..=amount).contains(&left));
        // The power of the whole exponent has fewer digits, and is rounded up once more.
        let by_power = ceil(amount, two_to_minus(elapsed, half_life), ONE);
        prop_assert!(big(left) <= by_power && by_power <= big(left) + 1u8);
    }
}
