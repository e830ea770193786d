//! The program itself: what it prints where, and how it ends.

use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alun-sim")).args(arguments).output().unwrap()
}

fn error(arguments: &[&str]) -> (i32, String) {
    let output = sim(arguments);
    assert!(output.stdout.is_empty(), "an answer besides an error");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/yuma/tests/data/epoch.json");

#[test]
fn every_command_should_show_an_example_in_its_help() {
    for command in ["replay", "game", "guarantee", "copying", "whatif"] {
        let output = sim(&[command, "--help"]);
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains(&format!("Example:\n  alun-sim {command}")), "{help}");
    }
}

#[test]
fn replay_should_print_json_and_check_it() {
    let output = sim(&["replay", VECTORS, "--check"]);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scenarios"][0]["name"], "one_node_self_weight");
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("numbers that the file expects hold"), "{notes}");
}

#[test]
fn check_should_fail_when_a_number_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.json");
    let mut scenario = crate::replay::scenario();
    scenario["steps"][3]["expect"]["incentive_u16"]["1"] = 7.into();
    std::fs::write(&path, crate::replay::file(&scenario).to_string()).unwrap();
    let path = path.to_str().unwrap();
    assert!(sim(&["replay", path]).status.success());
    let output = sim(&["replay", path, "--check"]);
    assert_eq!(output.status.code(), Some(1));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("incentive_u16 of 1: 49151, expected is 7"), "{notes}");
}

#[test]
fn exit_codes_should_be_those_of_the_other_programs() {
    let (code, text) = error(&["replay", "/nowhere.json"]);
    assert_eq!(code, 1);
    assert!(text.contains("/nowhere.json: it can't be read"), "{text}");
    assert_eq!(error(&["replay"]).0, 2);
    assert_eq!(error(&["guarantee", "--stakes", "1.5"]).0, 2);
    assert_eq!(error(&["game", "--population", "thief=1:1"]).0, 2);
    assert_eq!(error(&["game", "--change", "2"]).0, 2);
    assert_eq!(error(&["game", "--population", "honest=1:1e-9,late=1:1"]).0, 2);
    assert_eq!(error(&["game", "--epochs", "2", "--csv", "/nowhere/x.csv"]).0, 10);
    assert_eq!(error(&["whatif", "--netuid", "1", "--set", "kapa=1"]).0, 2);
    assert_eq!(error(&["whatif", "--netuid", "1", "--url", "nonsense"]).0, 2);
    // Nothing listens on port 1.
    let (code, text) = error(&["whatif", "--netuid", "1", "--url", "ws://127.0.0.1:1"]);
    assert_eq!(code, 4, "{text}");
}

#[test]
fn parts_out_of_range_should_be_refused_with_field_and_bounds() {
    for field in ["kappa", "bonds-penalty", "bonds-moving-average"] {
        for value in ["1.01", "-0.1", "nan", "inf", "half"] {
            let (code, text) = error(&["game", "--epochs", "2", &format!("--{field}={value}")]);
            assert_eq!(code, 2, "{field}={value}");
            let said = [format!("--{field}"), "it must be a number from 0 to 1".into()];
            assert!(said.iter().all(|part| text.contains(part)), "{text}");
        }
    }
    // With a space a negative number is no flag.
    let (_, text) = error(&["game", "--kappa", "-1"]);
    assert!(text.contains("--kappa") && text.contains("from 0 to 1"), "{text}");
    let output = sim(&["game", "--epochs", "2", "--kappa", "0.5"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["setup"]["params"]["kappa"], 32_767, "the chain's default");
}

#[test]
fn bad_files_should_be_refused_with_file_scenario_step_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.json");
    let small = crate::replay::scenario();
    let altered = |place: &str, value: serde_json::Value| {
        let mut scenario = small.clone();
        *scenario.pointer_mut(place).unwrap() = value;
        crate::replay::file(&scenario).to_string()
    };
    for (text, said) in [
        ("epoch 1".to_owned(), "bad.json: it is not JSON"),
        (r#"{"version": 2, "scenarios": []}"#.to_owned(), "bad.json, field `version`: version 2"),
        (altered("/n", 0.into()), "bad.json, scenario `small`, field `n`: 0 neurons"),
        (
            altered("/steps/2/uids/1", 9.into()),
            "bad.json, scenario `small`, step 2 (set_weights), field `uids[1]`: uid 9 is unknown",
        ),
        (
            altered("/stake/1", u64::MAX.into()),
            "bad.json, scenario `small`, field `stake`: the stake of all neurons together is over",
        ),
        (
            altered("/params/kappa", 65_536.into()),
            "bad.json, scenario `small`, field `params.kappa`: 65536 is out of range",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let (code, text) = error(&["replay", path.to_str().unwrap()]);
        assert!(code == 1 && text.contains(said), "{code}: `{text}` does not say `{said}`");
    }
}

#[test]
fn guarantee_should_not_call_a_claim_off_that_it_has_no_point_for() {
    let small = ["guarantee", "--neurons", "16", "--validators", "8", "--cabal-steps", "1"];
    let output = sim(&[&small[..], &["--stakes", "0.9"]].concat());
    assert!(output.status.success());
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("not compared") && notes.contains("σ = 0.2 µ"), "{notes}");
    assert!(!notes.contains("not as published") && !notes.contains("every published"), "{notes}");
    let table: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(table["claims"].as_array().unwrap().iter().all(|claim| claim["holds"].is_null()));
}

#[test]
fn game_should_take_its_settings_from_a_file_and_give_the_same_bytes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("sim.toml");
    let settings = "[game]\nepochs = 9\nliquid-alpha = true\npopulation = [\"honest=2:1\"]\n";
    std::fs::write(&config, settings).unwrap();
    let plot = folder.path().join("game.svg");
    let run = || {
        let path = plot.to_str().unwrap();
        let output = sim(&["--config", config.to_str().unwrap(), "game", "--plot", path]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (output.stdout, std::fs::read(&plot).unwrap())
    };
    let (answer, drawn) = run();
    assert_eq!((answer.clone(), drawn), run());
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["setup"]["epochs"], 9);
    assert_eq!(answer["setup"]["params"]["liquid_alpha"][0], 45_875);
    assert_eq!(answer["strategies"].as_array().unwrap().len(), 1);
}
