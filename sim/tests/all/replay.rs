//! The vectors, replayed: the numbers in the file are the reference's.

use alun_sim::replay::{replay, Replay};
use serde_json::{json, Value};

const VECTORS: &str = include_str!("../../../crates/yuma/tests/data/epoch.json");

pub fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn run(file: &Value) -> Replay {
    replay(file.to_string().as_bytes()).unwrap()
}

#[test]
fn replay_should_give_every_expected_number_when_the_file_is_the_vectors() {
    let replay = replay(VECTORS.as_bytes()).unwrap();
    assert!(replay.expected > 400, "{}", replay.expected);
    assert!(replay.mismatches.is_empty(), "{}", replay.mismatches[0]);
    let file = vectors();
    let scenarios = file["scenarios"].as_array().unwrap();
    assert_eq!(replay.report.scenarios.len(), scenarios.len());
    for (report, scenario) in replay.report.scenarios.iter().zip(scenarios) {
        assert_eq!(report.name, scenario["name"]);
        let steps = scenario["steps"].as_array().unwrap();
        let epochs = steps.iter().filter(|step| step["op"] == "epoch").count();
        assert_eq!(report.epochs.len(), epochs, "{}", report.name);
    }
}

#[test]
fn report_should_have_the_documented_shape() {
    let replay = replay(VECTORS.as_bytes()).unwrap();
    let report = serde_json::to_value(&replay.report).unwrap();
    let file = vectors();
    for (index, scenario) in report["scenarios"].as_array().unwrap().iter().enumerate() {
        let n = file["scenarios"][index]["n"].as_u64().unwrap() as usize;
        let paid = file["scenarios"][index]["params"]["epoch_emission"].as_u64().unwrap();
        for epoch in scenario["epochs"].as_array().unwrap() {
            let expected = [
                "bonds_u16",
                "consensus_u16",
                "dividends_u16",
                "emission",
                "incentive_u16",
                "validator_trust_u16",
            ];
            assert_eq!(epoch.as_object().unwrap().len(), expected.len());
            assert!(expected.iter().all(|key| epoch[*key].as_array().unwrap().len() == n));
            assert!(epoch["bonds_u16"].as_array().unwrap().iter().all(Value::is_object));
            let emission = epoch["emission"].as_array().unwrap();
            let sum: u64 = emission.iter().map(|amount| amount.as_u64().unwrap()).sum();
            assert!(sum == paid || sum == 0, "{}: {sum}", scenario["name"]);
        }
    }
}

/// A validator of two miners that both steps of which are in every test below.
pub fn scenario() -> Value {
    json!({
        "name": "small",
        "n": 3,
        "stake": [10, 0, 0],
        "start_block": 1,
        "registration_block": [0, 0, 0],
        "initial_last_update": [0, 0, 0],
        "params": {
            "kappa": 32_767,
            "bonds_penalty": 65_535,
            "bonds_moving_average": 900_000,
            "yuma3": true,
            "liquid_alpha": false,
            "alpha_values": [45_875, 58_982],
            "alpha_sigmoid_steepness": 1_000,
            "tempo": 1,
            "activity_cutoff_blocks": 100,
            "max_allowed_validators": 1,
            "stake_threshold": 0,
            "tao_weight": 0,
            "epoch_emission": 1_000,
            "commit_reveal": false,
            "owner_uid": null
        },
        "steps": [
            {"op": "epoch", "label": "permits", "expect": {}},
            {"op": "advance_blocks", "blocks": 1},
            {"op": "set_weights", "uid": 0, "uids": [1, 2], "values": [3, 1], "stored_values": [65_535, 21_845]},
            {"op": "epoch", "label": "paid", "expect": {"incentive_u16": {"1": 49_151}}}
        ]
    })
}

pub fn file(scenario: &Value) -> Value {
    json!({"scenarios": [scenario]})
}

#[test]
fn every_step_should_do_what_the_format_says() {
    let mut scenario = scenario();
    let steps = scenario["steps"].as_array_mut().unwrap();
    steps.extend([
        json!({"op": "goto_block", "block": 5}),
        json!({"op": "reset_bonds_column", "uid": 1}),
        json!({"op": "epoch", "note": "without label and expectation"}),
        json!({"op": "replace_uid", "uid": 0, "stake": 7}),
        json!({"op": "epoch"}),
    ]);
    let epochs = run(&file(&scenario)).report.scenarios.remove(0).epochs;
    // Nobody holds a permit in the first epoch, so that nothing is scored.
    assert_eq!(epochs[0].incentive_u16, [0, 0, 0]);
    assert_eq!(epochs[1].emission, [500, 375, 125]);
    let bonds = |epoch: usize| epochs[epoch].bonds_u16[0].0.clone();
    let bond = |epoch: usize, on: u16| bonds(epoch).iter().find(|(uid, _)| *uid == on).unwrap().1;
    assert!(bond(2, 2) > bond(1, 2), "the bond on 2 grows");
    assert_eq!(bond(2, 1), bond(1, 1), "the bond on 1 starts anew");
    assert!(bonds(3).is_empty(), "the new holder has no bonds");
    assert_eq!(epochs[3].incentive_u16, [0, 0, 0], "nor a row");
}

#[test]
fn annotations_should_change_nothing_wherever_they_stand() {
    let mut noted = file(&scenario());
    noted["meta"] = json!({"subject": "anything", "version": 1});
    noted["note"] = json!("x");
    for place in ["", "/params", "/steps/0", "/steps/2", "/steps/3/expect"] {
        let object = noted["scenarios"][0].pointer_mut(place).unwrap();
        for key in ["note", "notes", "source", "derived", "model", "quirk", "my_comment"] {
            object[key] = json!([1, {"x": 2}]);
        }
        object["provenance"] = json!(null);
    }
    let noted = serde_json::to_string(&run(&noted).report).unwrap();
    assert_eq!(noted, serde_json::to_string(&run(&file(&scenario())).report).unwrap());
}

#[test]
fn a_number_that_differs_should_be_found() {
    let mut wrong = file(&scenario());
    wrong["scenarios"][0]["steps"][3]["expect"] = json!({
        "incentive_u16": {"1": 49_151, "2": 9},
        "emission": {"0": 502},
        "bonds_u16": {"0": {"1": 65_535}},
        "validator_trust_u16": {"0": 65_535},
        "dividends_proportion": [0.5, 0.0],
        "bonds_proportion_server_columns": [[1.0, 0.025]]
    });
    wrong["scenarios"][0]["steps"][2]["stored_values"] = json!([65_535, 21_844]);
    let replay = run(&wrong);
    assert_eq!(replay.expected, 2 + 2 + 1 + 1 + 1 + 2 + 2);
    let mut what: Vec<&str> = replay.mismatches.iter().map(|one| one.what.as_str()).collect();
    what.sort_unstable();
    assert_eq!(
        what,
        [
            "bond of 0 on 1",
            "bond of 0 on 1",
            "dividends_proportion of 0",
            "emission of 0",
            "incentive_u16 of 2",
            "stored_values[1]",
        ]
    );
    let shown: Vec<String> = replay.mismatches.iter().map(ToString::to_string).collect();
    let incentive = shown.iter().find(|line| line.contains("incentive_u16 of 2")).unwrap();
    assert!(incentive.contains("`small`, step 3 (epoch paid)"), "{incentive}");
    assert!(incentive.ends_with("16383, expected is 9"), "{incentive}");
}
