//! Replays `tests/data/epoch.json`, all of it: every scenario, every case of every group of maths,
//! every generated test. What is not known here fails, so that nothing is skipped in silence; what
//! is left out on purpose is listed with its reason.

#[path = "../common/mod.rs"]
mod common;
mod generative;
mod math;
mod scenarios;

use serde_json::{Map, Value};

fn file() -> Value {
    serde_json::from_str(include_str!("../data/epoch.json")).unwrap()
}

/// Annotations may stand anywhere and hold no numbers to replay.
fn is_annotation(key: &str) -> bool {
    ["note", "notes", "source", "derived", "model", "quirk", "provenance"].contains(&key)
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn int(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number"))
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn ints(value: &Value) -> Vec<u64> {
    list(value).iter().map(int).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(float).collect()
}

/// Fails on a key that the interpreter does not know.
fn check_keys(what: &str, value: &Value, known: &[&str]) {
    for key in object(value).keys() {
        assert!(known.contains(&key.as_str()) || is_annotation(key), "{what}: unknown `{key}`");
    }
}

#[test]
fn scenarios_should_be_replayed_when_they_are_in_the_file() {
    scenarios::replay_all(&file()["scenarios"]);
}

#[test]
fn maths_should_be_replayed_when_it_is_in_the_file() {
    math::replay_all(&file()["math"]);
}

#[test]
fn generated_tests_should_be_replayed_when_they_are_in_the_file() {
    generative::replay_all(&file()["generative"]);
}

#[test]
fn the_file_should_be_refused_when_it_has_a_part_that_is_not_replayed() {
    for part in object(&file()).keys() {
        match part.as_str() {
            "scenarios" | "math" | "generative" => {}
            // What the file is and how it is to be read.
            "meta" | "conventions" => {}
            // Left out on purpose: issuance per block is the curve of `pallets/emission`, which
            // replays these cases.
            "block_emission" => {}
            unknown => panic!("the file has a part `{unknown}` that is not replayed"),
        }
    }
}
