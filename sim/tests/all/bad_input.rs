//! Bad files: each is refused, by an error that names file, scenario, step and field.

use crate::replay::{file, scenario};
use alun_sim::replay::{replay, replay_file};
use serde_json::{json, Value};

/// The error of the small scenario with one value replaced (`null` takes the field away).
fn error_at(place: &str, value: Value) -> String {
    let mut scenario = scenario();
    let (object, key) = place.rsplit_once('/').unwrap();
    let object = scenario.pointer_mut(object).unwrap();
    match (object, value) {
        (Value::Object(fields), Value::Null) => drop(fields.remove(key)),
        (Value::Object(fields), value) => drop(fields.insert(key.to_owned(), value)),
        (Value::Array(entries), value) => entries[key.parse::<usize>().unwrap()] = value,
        _ => panic!("{place}"),
    }
    replay(file(&scenario).to_string().as_bytes()).unwrap_err().to_string()
}

#[track_caller]
fn assert_refused(place: &str, value: Value, parts: &[&str]) {
    let error = error_at(place, value);
    for part in parts.iter().chain(&["scenario `small`"]) {
        assert!(error.contains(part), "{place}: `{error}` does not say `{part}`");
    }
}

#[test]
fn numbers_out_of_range_should_be_refused_with_the_limit() {
    for (name, value, limit) in [
        ("kappa", 65_536, "0 to 65535"),
        ("bonds_penalty", 70_000, "0 to 65535"),
        ("bonds_moving_average", 1_000_001, "0 to 1000000"),
        ("alpha_sigmoid_steepness", 65_536, "0 to 65535"),
        ("max_allowed_validators", 65_536, "0 to 65535"),
        ("owner_uid", 3, "0 to 2"),
    ] {
        let field = format!("field `params.{name}`");
        assert_refused(&format!("/params/{name}"), json!(value), &[&field, limit]);
    }
    assert_refused("/params/kappa", json!(-1), &["`params.kappa`", "-1 is not a whole number"]);
    assert_refused("/params/kappa", json!(0.5), &["`params.kappa`", "0.5 is not a whole number"]);
    assert_refused("/params/tempo", json!("1"), &["`params.tempo`", "is not a whole number"]);
    assert_refused("/params/yuma3", json!(1), &["`params.yuma3`", "is not true or false"]);
    assert_refused("/params/alpha_values", json!([2, 1]), &["`params.alpha_values`", "above"]);
    assert_refused("/params/alpha_values", json!([1]), &["`params.alpha_values`", "1 entries"]);
    assert_refused("/params/alpha_values/1", json!(99_999), &["`params.alpha_values[1]`"]);
}

#[test]
fn neurons_should_be_refused_when_there_are_none_or_lists_are_of_another_length() {
    assert_refused("/n", json!(0), &["field `n`", "0 neurons", "1 to 65536"]);
    assert_refused("/n", json!(65_537), &["field `n`", "65537 neurons"]);
    assert_refused("/n", json!(4), &["field `stake`", "3 entries, 4 are needed"]);
    for list in ["stake", "registration_block", "initial_last_update"] {
        let field = format!("field `{list}`");
        assert_refused(&format!("/{list}"), json!([1, 2]), &[&field, "2 entries"]);
        assert_refused(&format!("/{list}/1"), json!("x"), &[&format!("`{list}[1]`"), "whole"]);
        assert_refused(&format!("/{list}"), Value::Null, &[&field, "missing"]);
    }
}

#[test]
fn sums_over_a_u64_should_be_refused() {
    let most = u64::MAX;
    assert_refused("/stake", json!([most, 1, 0]), &["field `stake`", "2^64 - 1"]);
    let replaced = json!({"op": "replace_uid", "uid": 1, "stake": most});
    assert_refused("/steps/1", replaced, &["step 1 (replace_uid)", "field `stake`", "2^64 - 1"]);
    let later = json!({"op": "advance_blocks", "blocks": most});
    assert_refused("/steps/1", later, &["step 1 (advance_blocks)", "field `blocks`"]);
    // One more than fits is no whole number of 64 bits.
    let text = file(&scenario()).to_string().replace("[10,0,0]", "[18446744073709551616,0,0]");
    let error = replay(text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("`stake[0]`"), "{error}");
}

#[test]
fn rows_of_unknown_uids_should_be_refused_with_step_and_field() {
    let step = "step 2 (set_weights)";
    assert_refused("/steps/2/uid", json!(3), &[step, "field `uid`", "uid 3 is unknown"]);
    assert_refused("/steps/2/uids", json!([1, 9]), &[step, "field `uids[1]`", "uid 9 is unknown"]);
    assert_refused("/steps/2/uids", json!([1, 1]), &[step, "field `uids`", "uid 1 is there twice"]);
    assert_refused("/steps/2/uids", json!([1]), &[step, "field `values`", "2 entries, 1 are"]);
    assert_refused("/steps/2/values/0", json!(65_536), &[step, "`values[0]`", "0 to 65535"]);
    assert_refused("/steps/2/stored_values", json!([1]), &[step, "`stored_values`", "1 entries"]);
    assert_refused("/steps/2/values", Value::Null, &[step, "field `values`", "missing"]);
    let replaced = json!({"op": "replace_uid", "uid": 3, "stake": 1});
    assert_refused("/steps/1", replaced, &["(replace_uid)", "field `uid`", "uid 3 is unknown"]);
    let reset = json!({"op": "reset_bonds_column", "uid": 3});
    assert_refused("/steps/1", reset, &["(reset_bonds_column)", "field `uid`", "uid 3"]);
}

#[test]
fn unknown_steps_and_fields_should_be_refused_by_name() {
    let step = json!({"op": "set_stake", "uid": 0});
    assert_refused("/steps/1", step, &["step 1 (set_stake)", "`op`", "`set_stake` is unknown"]);
    assert_refused("/steps/1", json!({"blocks": 1}), &["step 1 (?)", "field `op`", "missing"]);
    assert_refused("/steps/1", json!(7), &["step 1 (?)", "7 is not an object"]);
    assert_refused("/steps/1/uid", json!(1), &["step 1 (advance_blocks)", "`uid`", "unknown"]);
    assert_refused("/colour", json!(1), &["field `colour`", "unknown", "start_block"]);
    assert_refused("/params/rho", json!(1), &["field `params.rho`", "unknown", "kappa"]);
    assert_refused("/steps/3/expect/luck", json!({}), &["step 3", "`expect.luck`", "unknown"]);
    let uid = json!({"incentive_u16": {"8": 1}});
    assert_refused("/steps/3/expect", uid, &["`expect.incentive_u16.8`", "uid 8 is unknown"]);
    assert_refused("/steps", json!("none"), &["field `steps`", "is not a list"]);
    assert_refused("/steps/1", json!({"op": "goto_block", "block": 0}), &["`block`", "passed"]);
}

#[test]
fn files_should_be_refused_when_they_are_of_another_kind_or_version() {
    let error = |text: &str| replay(text.as_bytes()).unwrap_err().to_string();
    assert!(error("epoch,uid\n1,2").contains("not JSON"));
    assert!(error("").contains("not JSON"));
    assert!(error("[]").contains("[] is not an object"));
    assert!(error("{}").contains("field `scenarios`: it is missing"));
    assert!(error(r#"{"scenarios": 1}"#).contains("field `scenarios`: 1 is not a list"));
    assert!(error(r#"{"scenarios": [], "x": 1}"#).contains("field `x`: it is unknown"));
    let version = error(r#"{"version": 2, "cases": []}"#);
    assert!(version.contains("field `version`") && version.contains("version 2"), "{version}");
    assert!(error(r#"{"meta": {"version": "2"}, "scenarios": []}"#).contains("`meta.version`"));
    assert!(error(r#"{"scenarios": [{}]}"#).contains("scenario `0`"));
    assert!(replay(br#"{"scenarios": []}"#).unwrap().report.scenarios.is_empty());
}

#[test]
fn errors_should_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.json");
    let missing = replay_file(&path).unwrap_err().to_string();
    assert!(missing.contains("bad.json") && missing.contains("can't be read"), "{missing}");
    std::fs::write(&path, "{").unwrap();
    let broken = replay_file(&path).unwrap_err().to_string();
    assert!(broken.contains("bad.json") && broken.contains("line 1"), "{broken}");
}

#[test]
fn any_single_change_of_a_value_should_give_an_answer_or_an_error() {
    // Every leaf of the scenario, replaced by things that it is not.
    let mut places = Vec::new();
    collect(&scenario(), String::new(), &mut places);
    assert!(places.len() > 40);
    for place in places {
        for value in [json!(null), json!(-1), json!(u64::MAX), json!("x"), json!([]), json!({})] {
            let mut scenario = scenario();
            *scenario.pointer_mut(&place).unwrap() = value;
            // Only a panic is a failure.
            drop(replay(file(&scenario).to_string().as_bytes()));
        }
    }
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                collect(inner, format!("{place}/{key}"), places);
            }
        }
        Value::Array(entries) => {
            for (index, inner) in entries.iter().enumerate() {
                collect(inner, format!("{place}/{index}"), places);
            }
        }
        _ => places.push(place),
    }
}
