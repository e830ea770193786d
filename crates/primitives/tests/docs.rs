//! The documents that follow from this crate, and from the pallets' sources, say what these say.

use alun_primitives::{commit_preimage, MechanismId, NetUid, WeightCommit};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[allow(dead_code)]
#[path = "../examples/call_errors.rs"]
mod call_errors;
#[allow(dead_code)]
#[path = "../examples/hyperparameters.rs"]
mod hyperparameters;
#[allow(dead_code)]
#[path = "../examples/refusals.rs"]
mod refusals;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn hyperparameters_page_should_be_what_the_table_generates() {
    let expected = hyperparameters::page();
    let differs = document("hyperparameters.md")
        .lines()
        .zip(expected.lines())
        .find(|(found, expected)| found != expected)
        .map(|(found, expected)| format!("\nfound    {found}\nexpected {expected}"));
    assert!(
        document("hyperparameters.md") == expected,
        "docs/hyperparameters.md differs from the code: run cargo run --release -p alun-primitives --example \
         hyperparameters > docs/hyperparameters.md{}",
        differs.unwrap_or_default()
    );
}

#[test]
fn errors_page_should_hold_the_table_of_refusals() {
    assert!(
        document("errors.md").contains(&refusals::table()),
        "docs/errors.md lacks the table that cargo run --release -p alun-primitives --example refusals prints"
    );
}

#[test]
fn call_errors_page_should_hold_every_error_with_its_sentence() {
    let expected = call_errors::page();
    let sentences = expected.lines().filter(|line| line.starts_with("| `"));
    let bare: Vec<_> = sentences.clone().filter(|line| !line.ends_with(". |")).collect();
    assert!(sentences.count() > 100, "the errors were not found");
    assert!(bare.is_empty(), "errors without a sentence: {bare:#?}");
    assert!(
        document("call-errors.md") == expected,
        "docs/call-errors.md differs from the code: run cargo run --release -p alun-primitives --example \
         call_errors > docs/call-errors.md"
    );
}

/// Rust sources under a folder, but for tests.
fn sources(folder: PathBuf, found: &mut Vec<String>) {
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let is_test = entry.file_name().is_some_and(|name| name == "tests" || name == "tests.rs");
        if entry.is_dir() && !is_test {
            sources(entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "rs") && !is_test {
            found.push(fs::read_to_string(&entry).unwrap());
        }
    }
}

/// The number with which a text begins, such as `N2`.
fn number(text: &str) -> Option<String> {
    let mut letters = text.chars();
    let numbered = letters.next()?.is_ascii_uppercase() && letters.next()?.is_ascii_digit();
    numbered.then(|| text.chars().take(2).collect())
}

#[test]
fn invariants_page_should_name_what_the_code_checks_and_no_other() {
    let mut all = Vec::new();
    for folder in ["pallets", "runtime/src"] {
        sources(call_errors::root().join(folder), &mut all);
    }
    // What is said when one is broken begins with its number: "N2: the owner's hotkey has no uid".
    let strings = all.iter().flat_map(|source| source.split('"'));
    let said = strings.filter(|text| text.get(2..4) == Some(": ")).filter_map(number);
    let mut checked: BTreeSet<String> = said.collect();
    // A law between two states: tests hold it.
    checked.insert("M3".into());
    let page = document("invariants.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| **"));
    let named: BTreeSet<String> = rows.filter_map(number).collect();
    assert!(checked.len() > 20, "the checks were not found: {checked:?}");
    assert_eq!(named, checked, "docs/invariants.md (left) and the code (right) name others");
}

#[test]
fn weights_page_should_show_the_bytes_of_its_example() {
    let bytes = commit_preimage(&WeightCommit {
        genesis: [0x11; 32],
        netuid: NetUid(1),
        mechanism: MechanismId(0),
        hotkey: [0x22; 32],
        uids: vec![3, 258],
        values: vec![65_535, 100],
        evidence_root: [0x33; 32],
        version: 7,
        salt: [0x44; 32],
    });
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // The page breaks the bytes by field.
    let page: String = document("weights.md").split_whitespace().collect();
    assert!(page.contains(&hex), "docs/weights.md lacks the bytes of its example: {hex}");
}
