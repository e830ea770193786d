//! The vectors' group `max_weight_limit`: which rows are too concentrated.

use alun_primitives::{RowError, RowLimits, WeightRow};
use serde_json::Value;
use std::{fs, path::Path};

fn group() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../yuma/tests/data/epoch.json");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["math"]["max_weight_limit"].take()
}

fn number(value: &Value) -> u16 {
    u16::try_from(value.as_u64().unwrap()).unwrap()
}

/// One deliberate difference: a row of zeros is within any limit there and refused here, because it
/// scores nobody.
#[test]
fn row_should_be_judged_like_the_vectors_when_one_score_may_be_too_large() {
    let group = group();
    let cases = group["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let keys: Vec<_> = case.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(keys.iter().all(|key| ["w", "limit", "expect"].contains(key)), "{case}");
        let values: Vec<u16> = case["w"].as_array().unwrap().iter().map(number).collect();
        let neurons = u16::try_from(values.len()).unwrap();
        let uids: Vec<u16> = (0..neurons).collect();
        let limits = RowLimits { neurons, min_weights: 0, max_share: number(&case["limit"]) };
        let judged = WeightRow::accept(&uids, &values, &limits);
        if values.iter().all(|value| *value == 0) {
            assert_eq!(judged, Err(RowError::AllZero), "{case}");
        } else if case["expect"].as_bool().unwrap() {
            assert!(judged.is_ok(), "{case}: {judged:?}");
        } else {
            assert!(matches!(judged, Err(RowError::ShareTooLarge(_))), "{case}: {judged:?}");
        }
    }
}
