//! The interpreter of step scripts.

use alun_yuma::{BondRule, LiquidAlpha, Output, Params};
use serde_json::Value;

use super::{
    common::subnet::{entry, Subnet},
    json::{check_keys, float, floats, int, ints, list, object},
};

/// The reference floors each part of an emission, so that its parts do not add up. Ours do: what
/// is left over puts one unit on top of some.
const EMISSION_UNITS: u64 = 1;
pub fn replay_all(scenarios: &Value) {
    assert!(!list(scenarios).is_empty());
    for scenario in list(scenarios) {
        replay(scenario);
    }
}

fn replay(scenario: &Value) {
    let name = scenario["name"].as_str().unwrap();
    check_keys(
        name,
        scenario,
        &[
            "name",
            "n",
            "stake",
            "params",
            "start_block",
            "registration_block",
            "initial_last_update",
            "steps",
            "tolerance",
        ],
    );
    let mut subnet = subnet(name, scenario);
    let emission = int(&scenario["params"]["epoch_emission"]);
    let tolerance = scenario.get("tolerance").map(float);
    for (index, step) in list(&scenario["steps"]).iter().enumerate() {
        let place = format!("{name}, step {index} ({})", step["label"]);
        match step["op"].as_str().unwrap() {
            "set_weights" => {
                check_keys(&place, step, &["op", "uid", "uids", "values", "stored_values"]);
                let uids: Vec<u16> = ints(&step["uids"]).iter().map(|uid| *uid as u16).collect();
                let uid = int(&step["uid"]) as usize;
                subnet.set_weights(uid, &uids, &ints(&step["values"]));
                if let Some(stored) = step.get("stored_values") {
                    let row = subnet.rows[uid].iter().map(|(_, value)| u64::from(*value));
                    assert_eq!(row.collect::<Vec<_>>(), ints(stored), "{place}");
                }
            }
            "advance_blocks" => {
                check_keys(&place, step, &["op", "blocks"]);
                subnet.block += int(&step["blocks"]);
            }
            "goto_block" => {
                check_keys(&place, step, &["op", "block"]);
                subnet.block = int(&step["block"]);
            }
            "replace_uid" => {
                check_keys(&place, step, &["op", "uid", "stake"]);
                subnet.replace(int(&step["uid"]) as usize, int(&step["stake"]));
            }
            "reset_bonds_column" => {
                check_keys(&place, step, &["op", "uid"]);
                subnet.reset_bonds_column(int(&step["uid"]) as u16);
            }
            "epoch" => {
                check_keys(&place, step, &["op", "label", "expect"]);
                let output = subnet.epoch();
                check(&place, &step["expect"], &output, emission, tolerance);
            }
            unknown => panic!("{place}: unknown op `{unknown}`"),
        }
    }
}

fn subnet(name: &str, scenario: &Value) -> Subnet {
    let p = &scenario["params"];
    check_keys(
        name,
        p,
        &[
            "kappa",
            "bonds_penalty",
            "bonds_moving_average",
            "yuma3",
            "liquid_alpha",
            "alpha_values",
            "alpha_sigmoid_steepness",
            "tempo",
            "activity_cutoff_blocks",
            "max_allowed_validators",
            "stake_threshold",
            "epoch_emission",
            "owner_uid",
            // Accepted; they change nothing here.
            "tao_weight",
            "commit_reveal",
        ],
    );
    let alphas = ints(&p["alpha_values"]);
    let liquid = LiquidAlpha {
        low: alphas[0] as u16,
        high: alphas[1] as u16,
        steepness: int(&p["alpha_sigmoid_steepness"]) as u16,
    };
    let yuma3 = p["yuma3"].as_bool().unwrap();
    let params = Params {
        kappa: int(&p["kappa"]) as u16,
        bonds_penalty: int(&p["bonds_penalty"]) as u16,
        bonds_moving_average: int(&p["bonds_moving_average"]) as u32,
        bond_rule: if yuma3 { BondRule::StakeFree } else { BondRule::Classic },
        liquid_alpha: p["liquid_alpha"].as_bool().unwrap().then_some(liquid),
        activity_cutoff: int(&p["activity_cutoff_blocks"]),
        max_validators: int(&p["max_allowed_validators"]) as u16,
        stake_threshold: int(&p["stake_threshold"]),
        owner: p["owner_uid"].as_u64().map(|uid| uid as u16),
        last_epoch: 0,
        now: 0,
    };
    let mut subnet = Subnet::new(params, &ints(&scenario["stake"]), int(&scenario["start_block"]));
    assert_eq!(subnet.neurons.len() as u64, int(&scenario["n"]), "{name}");
    subnet.tempo = int(&p["tempo"]);
    let registered = ints(&scenario["registration_block"]);
    let updated = ints(&scenario["initial_last_update"]);
    assert_eq!((registered.len(), updated.len()), (subnet.neurons.len(), subnet.neurons.len()));
    for ((neuron, registered), updated) in subnet.neurons.iter_mut().zip(registered).zip(updated) {
        neuron.registered = registered;
        neuron.last_update = updated;
        neuron.last_submission = updated;
    }
    subnet
}

fn check(place: &str, expect: &Value, output: &Output, emission: u64, tolerance: Option<f64>) {
    let neurons = &output.neurons;
    for (key, want) in object(expect) {
        match key.as_str() {
            "consensus_u16" => units(place, key, want, |uid| neurons[uid].consensus),
            "incentive_u16" => units(place, key, want, |uid| neurons[uid].incentive),
            "dividends_u16" => units(place, key, want, |uid| neurons[uid].dividends),
            "bonds_u16" => {
                for (validator, row) in object(want) {
                    let bonds = &output.bonds[validator.parse::<usize>().unwrap()];
                    units(place, key, row, |uid| entry(bonds, uid as u16));
                }
            }
            "emission" => {
                let paid = output.combined(emission);
                for (uid, want) in object(want) {
                    let (have, want) = (paid[uid.parse::<usize>().unwrap()], int(want));
                    let off = have.abs_diff(want);
                    assert!(off <= EMISSION_UNITS, "{place}: {key} of {uid}: {have}, not {want}");
                }
            }
            "emission_comment" => {
                let paid = output.combined(emission);
                assert_eq!(paid.iter().sum::<u64>(), emission, "{place}: {key}");
                for (uid, (have, want)) in paid.iter().zip(ints(want)).enumerate() {
                    let off = have.abs_diff(want);
                    assert!(off <= EMISSION_UNITS, "{place}: {key} of {uid}: {have}, not {want}");
                }
            }
            "dividends_proportion" => {
                let sum: f64 = neurons.iter().map(|n| f64::from(n.dividends)).sum();
                for (uid, want) in floats(want).into_iter().enumerate() {
                    let have = f64::from(neurons[uid].dividends) / sum;
                    close(place, &format!("{key} of {uid}"), have, want, tolerance);
                }
            }
            "bonds_proportion_server_columns" => server_bonds(place, want, output, tolerance),
            unknown => panic!("{place}: unknown expectation `{unknown}`"),
        }
    }
}

/// `[validator][server]`; the validators are the first uids and the servers follow.
fn server_bonds(place: &str, want: &Value, output: &Output, tolerance: Option<f64>) {
    let rows = list(want);
    for (validator, row) in rows.iter().enumerate() {
        for (server, want) in floats(row).into_iter().enumerate() {
            let uid = (rows.len() + server) as u16;
            let have = f64::from(entry(&output.bonds[validator], uid)) / 65_535.0;
            close(place, &format!("bond of {validator} on {uid}"), have, want, tolerance);
        }
    }
}

/// The specification allows one unit of difference; there is none.
fn units(place: &str, key: &str, want: &Value, have: impl Fn(usize) -> u16) {
    for (uid, want) in object(want) {
        let have = u64::from(have(uid.parse().unwrap()));
        assert_eq!(have, int(want), "{place}: {key} of {uid}");
    }
}

fn close(place: &str, what: &str, have: f64, want: f64, tolerance: Option<f64>) {
    let tolerance = tolerance.unwrap_or_else(|| panic!("{place}: a proportion but no tolerance"));
    assert!((have - want).abs() <= tolerance, "{place}: {what}: {have}, not {want}");
}
