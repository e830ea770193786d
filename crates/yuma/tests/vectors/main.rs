//! Replays `tests/data/epoch.json`, all of it: every scenario, every case of every group of maths,
//! every generated test. What is not known here fails, so that nothing is skipped in silence; what
//! is left out on purpose is listed with its reason.

#[path = "../common/mod.rs"]
mod common;
mod generative;
mod json;
mod math;
mod scenarios;

use json::{file, object};

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
