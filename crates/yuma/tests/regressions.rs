//! Replays what the fuzzer found (scripts/fuzz-yuma puts it into `regressions/`) and the inputs that it
//! starts from.

mod common;

use std::fs;

use common::bytes::{check, decode};

#[test]
fn an_epoch_should_hold_its_laws_when_the_input_was_found_by_the_fuzzer() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions")).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        println!("{}", file.display());
        check(&decode(&fs::read(file).unwrap()));
    }
}
