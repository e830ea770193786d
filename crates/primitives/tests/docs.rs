//! The documents that follow from this crate say what the crate says.

use alun_primitives::{commit_preimage, MechanismId, NetUid, WeightCommit};
use std::{fs, path::Path};

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
