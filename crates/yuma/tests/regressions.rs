//! Replays what the fuzzer found (scripts/fuzz-yuma puts it into `regressions/`) and the inputs that it
//! starts from.

mod common;

use std::fs;

use common::bytes::{check, decode};

/// Seeds are to lead the fuzzer into all of the maths, except for these.
const NO_RANK: [&str; 2] = ["seed-bond-only", "seed-stake-overflow"];

#[test]
fn an_epoch_should_hold_its_laws_when_the_input_was_found_by_the_fuzzer() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions")).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        println!("{name}");
        let went_through = check(&decode(&fs::read(&file).unwrap()));
        if name.starts_with("seed-") {
            assert_eq!(went_through, !NO_RANK.contains(&name), "{name}");
        }
    }
}
