//! The schedule of emission.

use crate::curve::Curve;
use alun_primitives::UNIT;
use proptest::prelude::*;

#[test]
fn emission_should_be_that_of_every_vector() {
    let file = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/yuma/tests/data/epoch.json"
    ));
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
    }
    assert_eq!(Curve { cap: 0, ..curve }.block_emission(0, 6_000), 0);
}

proptest! {
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
        left in 1u64..1 << 40, initial in 0u64..1_000_000 * UNIT,
    ) {
        let curve = Curve { initial, ..Curve::default() };
        prop_assert!(curve.block_emission(curve.cap - left, 6_000) <= left);
    }
}
