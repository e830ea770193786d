//! An epoch computed again with something changed.

use alun_client::Hyperparameters;
use alun_sim::whatif::{compare, Change, Snapshot, WhatIfError};
use alun_yuma::{Neuron, Params};

/// Two validators that disagree about two miners, and a third validator without a permit.
fn snapshot() -> Snapshot {
    let neuron = |stake, permit| Neuron {
        stake,
        last_update: 50,
        last_submission: 50,
        registered: 1,
        permit,
    };
    let hyperparameters = Hyperparameters { stake_threshold: 0, ..Hyperparameters::default() };
    Snapshot {
        netuid: 1,
        mechanism: 0,
        epoch: 7,
        total: 1_000_001,
        slot_ms: 6_000,
        hyperparameters,
        params: Params {
            stake_threshold: 0,
            activity_cutoff: 100,
            last_epoch: 40,
            now: 60,
            ..alun_sim::subnet::params(64)
        },
        hotkeys: (0..5).map(|uid| format!("key{uid}")).collect(),
        neurons: vec![
            neuron(600, true),
            neuron(400, true),
            neuron(0, false),
            neuron(0, false),
            neuron(100, false),
        ],
        rows: vec![vec![(2, 65_535)], vec![(3, 65_535)], vec![], vec![], vec![(3, 65_535)]],
        bonds: vec![vec![]; 5],
    }
}

fn changed(changes: &[Change]) -> alun_sim::whatif::Comparison {
    compare(&snapshot(), changes).unwrap()
}

#[test]
fn nothing_should_differ_when_nothing_is_changed() {
    let same = changed(&[]);
    assert_eq!(same.before, same.after);
    assert!(same.neurons.iter().all(|one| one.difference == 0 && one.before == one.after));
    assert_eq!((same.before.owner_cut, same.before.validators), (180_000, 410_000));
    assert_eq!(same.before.miners, 410_001, "an odd unit is the miners'");
    let paid: u64 =
        same.neurons.iter().map(|one| one.before.as_miner + one.before.as_validator).sum();
    assert_eq!(paid + same.before.owner_cut, same.before.total);
    // 60 % of the stake stand behind miner 2, so that only it is paid.
    assert_eq!((same.neurons[2].before.as_miner, same.neurons[3].before.as_miner), (410_001, 0));
}

#[test]
fn stake_should_move_the_consensus() {
    let with = changed(&[Change::stake("1=0.000001").unwrap()]);
    assert_eq!((with.neurons[2].after.as_miner, with.neurons[3].after.as_miner), (0, 410_001));
    assert_eq!(with.neurons[3].difference, 410_001);
    let sum: i128 = with.neurons.iter().map(|one| one.difference).sum();
    assert_eq!(sum, 0);
}

#[test]
fn a_row_should_count_when_its_validator_has_a_permit() {
    let with = changed(&[Change::row("0=2:1,3:3").unwrap()]);
    assert!(with.neurons[3].after.as_miner > with.neurons[2].after.as_miner);
    let without = changed(&[Change::row("4=2:1").unwrap()]);
    assert_eq!(without.before, without.after);
    assert!(without.notes.iter().any(|note| note.contains("uid 4 held no permit")));
    let none = changed(&[Change::row("0=").unwrap(), Change::row("1=").unwrap()]);
    assert_eq!(none.after.burned, 410_001, "nobody has incentive");
    // Without dividends the validators' half goes by active stake.
    assert_eq!(none.neurons[0].after.as_validator, 246_000);
}

#[test]
fn hyperparameters_should_change_what_is_paid() {
    let with = changed(&[Change::hyperparameter("kappa=75%").unwrap()]);
    assert_eq!(with.after.burned, 410_001, "no score has three quarters behind it");
    let with = changed(&[Change::hyperparameter("owner_cut=0").unwrap()]);
    assert_eq!((with.after.owner_cut, with.after.validators), (0, 500_000));
    let with = changed(&[Change::hyperparameter("stake_threshold=0.0000005").unwrap()]);
    assert_eq!(with.neurons[1].after.as_validator, 0, "400 units are under the threshold");
    let with = changed(&[Change::hyperparameter("activity_cutoff_ms=1s").unwrap()]);
    assert!(with.neurons.iter().all(|one| !one.after.active));
    assert_eq!(with.after.kept_pending, 1_000_001, "nobody is active");
    assert_eq!(with.changes, ["activity_cutoff_ms = 1s"]);
}

#[test]
fn changes_should_be_refused_with_the_right_form() {
    let text = |result: Result<Change, WhatIfError>| result.unwrap_err().to_string();
    assert!(text(Change::hyperparameter("kappa=10%")).contains("out of bounds"));
    assert!(text(Change::hyperparameter("kapa=50%")).contains("no hyperparameter `kapa`"));
    assert!(text(Change::hyperparameter("tempo_ms=1h")).contains("plays no part"));
    assert!(text(Change::stake("1")).contains("UID=TOKENS"));
    assert!(text(Change::stake("x=1")).contains("the uid is no number"));
    assert!(text(Change::stake("1=lots")).contains("`1=lots`"));
    assert!(text(Change::row("1=2")).contains("TARGET:VALUE"));
    assert!(text(Change::row("1=2:65536")).contains("up to 65535"));
    assert!(text(Change::row("1=2:1,2:3")).contains("uid 2 is there twice"));
    for (change, part) in [
        (Change::stake("9=1").unwrap(), "--stake: uid 9 is unknown"),
        (Change::row("9=1:1").unwrap(), "--row: uid 9 is unknown"),
        (Change::row("0=9:1").unwrap(), "5 neurons"),
        (Change::Stake { uid: 0, amount: u64::MAX }, "2^64 - 1"),
    ] {
        let error = compare(&snapshot(), &[change]).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(error.exit_code(), alun_settings::exit::USAGE);
    }
}
