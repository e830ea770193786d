//! The schedule of issuance.

use crate::common::amount;
use alun_market_math::curve::Curve;
use alun_primitives::UNIT;
use proptest::prelude::*;

#[test]
fn emission_should_be_that_of_every_vector() {
    let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../yuma/tests/data/epoch.json"));
    let vectors: serde_json::Value = serde_json::from_str(file).unwrap();
    // The vectors are for E₀ = 1.
    let curve = Curve { initial: UNIT, ..Curve::default() };
    let cases = vectors["block_emission"]["cases"].as_array().unwrap();
    assert!(cases.len() >= 10);
    for case in cases {
        let issuance = case["issuance"].as_u64().unwrap();
        let expected = case["expect"].as_u64().unwrap();
        assert_eq!(curve.block_emission(issuance, 6_000), expected, "issuance {issuance}");
    }
}

#[test]
fn emission_should_scale_with_the_slot() {
    let curve = Curve::default();
    assert_eq!(curve.block_emission(0, 6_000), UNIT / 2);
    assert_eq!(curve.block_emission(0, 12_000), UNIT);
    assert_eq!(curve.block_emission(0, 1_000), UNIT / 12);
    assert_eq!(curve.block_emission(curve.cap / 2, 1_000), UNIT / 24);
}

#[test]
fn emission_should_be_nothing_at_the_cap_and_above() {
    let curve = Curve::default();
    for issuance in [curve.cap, curve.cap + 1, u64::MAX] {
        assert_eq!(curve.block_emission(issuance, 6_000), 0);
        assert_eq!(curve.emitted_over(issuance, u32::MAX, 6_000), 0);
    }
    assert_eq!(Curve { cap: 0, ..curve }.block_emission(0, 6_000), 0);
    assert_eq!(curve.emitted_over(0, 0, 6_000), 0);
    assert_eq!(curve.emitted_over(0, 1_000, 0), 0);
}

/// The reference: block by block.
fn one_by_one(curve: Curve, issuance: u64, blocks: u32, slot_ms: u64) -> u64 {
    let mut issued = issuance;
    for _ in 0..blocks {
        issued += curve.block_emission(issued, slot_ms);
    }
    issued - issuance
}

#[test]
fn emission_over_blocks_should_be_exact_across_each_halving_of_the_real_curve() {
    let curve = Curve::default();
    for halving in 1..50 {
        let left = curve.cap >> halving;
        let each = (UNIT / 2) >> halving;
        for before in [0, 1, each, 2 * each, 3 * each + 1, 500 * each + 17] {
            let issuance = curve.cap.saturating_sub(left.saturating_add(before));
            let sum = one_by_one(curve, issuance, 1_000, 6_000);
            assert_eq!(curve.emitted_over(issuance, 1_000, 6_000), sum, "{halving} {before}");
        }
    }
}

#[test]
fn emission_over_four_billion_blocks_should_stay_below_the_cap() {
    let curve = Curve::default();
    let all = curve.emitted_over(0, u32::MAX, 6_000);
    assert!(all < curve.cap && all > curve.cap / 1_000 * 999, "{all}");
}

/// Small caps have all their halvings within a few thousand blocks, and high emission leaps over
/// several at once.
fn steep() -> impl Strategy<Value = (Curve, u64)> {
    (1u64..1 << 20, 0u64..1 << 12, any::<u64>())
        .prop_map(|(cap, initial, issuance)| (Curve { initial, cap }, issuance % (cap + 2)))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn emission_should_halve_as_the_formula_says(issuance in 0u64..21_000_000 * UNIT) {
        let curve = Curve::default();
        let halvings = curve.halvings(issuance).unwrap();
        // 2ⁿ ≤ cap / (cap − issuance) < 2ⁿ⁺¹, in integers.
        let left = u128::from(curve.cap - issuance);
        prop_assert!(left << halvings <= u128::from(curve.cap));
        prop_assert!(left << (halvings + 1) > u128::from(curve.cap));
    }

    #[test]
    fn emission_should_never_lead_above_the_cap(
        left in 1u64..1 << 40, initial in any::<u64>(),
    ) {
        let curve = Curve { initial, ..Curve::default() };
        prop_assert!(curve.block_emission(curve.cap - left, 6_000) <= left);
    }

    #[test]
    fn emission_over_blocks_should_be_the_sum_of_the_blocks(
        (curve, issuance) in steep(), blocks in 0u32..3_000, slot in prop::sample::select(
            vec![1_000u64, 6_000, 12_000]),
    ) {
        let sum = one_by_one(curve, issuance, blocks, slot);
        prop_assert_eq!(curve.emitted_over(issuance, blocks, slot), sum);
    }

    #[test]
    fn emission_over_blocks_should_be_the_sum_of_the_blocks_on_any_curve(
        initial in amount(), cap in amount(), issuance in amount(), blocks in 0u32..300,
    ) {
        let curve = Curve { initial, cap };
        let sum = one_by_one(curve, issuance, blocks, 6_000);
        prop_assert_eq!(curve.emitted_over(issuance, blocks, 6_000), sum);
    }

    /// E1: whenever it is settled, all that was issued is what the schedule gives, at most the cap.
    #[test]
    fn emission_over_blocks_should_not_depend_on_when_it_is_settled(
        (curve, issuance) in steep(), parts in prop::collection::vec(0u32..2_000, 1..10),
    ) {
        let split = parts.iter().fold(issuance, |issued, blocks| {
            issued + curve.emitted_over(issued, *blocks, 6_000)
        });
        let once = issuance + curve.emitted_over(issuance, parts.iter().sum(), 6_000);
        prop_assert_eq!(split, once);
        prop_assert!(once <= curve.cap.max(issuance));
    }
}
