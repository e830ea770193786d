//! Reading `epoch.json`, and complaining about it.

use serde_json::{Map, Value};

pub fn file() -> Value {
    serde_json::from_str(include_str!("../data/epoch.json")).unwrap()
}

/// Annotations may stand anywhere and hold no numbers to replay.
pub fn is_annotation(key: &str) -> bool {
    ["note", "notes", "source", "derived", "model", "quirk", "provenance"].contains(&key)
}

pub fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

pub fn int(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number"))
}

pub fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

pub fn ints(value: &Value) -> Vec<u64> {
    list(value).iter().map(int).collect()
}

pub fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(float).collect()
}

/// Fails on a key that the interpreter does not know.
pub fn check_keys(what: &str, value: &Value, known: &[&str]) {
    for key in object(value).keys() {
        assert!(known.contains(&key.as_str()) || is_annotation(key), "{what}: unknown `{key}`");
    }
}
