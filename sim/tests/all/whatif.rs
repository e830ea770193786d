//! An epoch computed again with something changed.

use alun_client::{Alpha, Award, Hyperparameters, PayRecord};
use alun_sim::whatif::{compare, Change, Comparison, NeuronChange, Pay, Snapshot, WhatIfError};
use alun_yuma::{divide, Claim, Input, Neuron, Params};

/// Two validators that disagree about two miners, and a third validator without a permit.
fn snapshot() -> Snapshot {
    let neuron = |stake, permit| Neuron {
        stake,
        last_update: 50,
        last_submission: 50,
        registered: 1,
        permit,
    };
    let hyperparameters = Hyperparameters {
        stake_threshold: 0,
        tempo_ms: 1_000,
        weights_rate_limit_ms: 0,
        ..Hyperparameters::default()
    };
    recorded(Snapshot {
        netuid: 1,
        mechanism: 0,
        epoch: 7,
        record: PayRecord {
            epoch: 7,
            total: Alpha(1_000_001),
            owner_cut: Alpha(180_000),
            miners: Alpha(410_001),
            validators: Alpha(410_000),
            burned: Alpha::ZERO,
            returned: Alpha::ZERO,
            closed_at: Some(61),
        },
        awards: Vec::new(),
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
    })
}

/// With the awards that the chain makes of its input and the halves of its record.
fn recorded(mut snapshot: Snapshot) -> Snapshot {
    let Snapshot { params, neurons, rows, bonds, record, .. } = &snapshot;
    let output = alun_yuma::epoch(&Input { params, neurons, rows, bonds }).unwrap();
    let claims = output.neurons.iter().map(Claim::from);
    let dues = divide(record.miners.0, record.validators.0, claims);
    let dues = dues.miners.into_iter().zip(dues.validators);
    let award = |(neuron, (as_miner, as_validator)): (&alun_yuma::NeuronOutput, _)| Award {
        active: neuron.active,
        permit: neuron.permit,
        consensus: neuron.consensus,
        validator_trust: neuron.validator_trust,
        incentive: neuron.incentive,
        dividends: neuron.dividends,
        as_miner: Alpha(as_miner),
        as_validator: Alpha(as_validator),
    };
    snapshot.awards = output.neurons.iter().zip(dues).map(award).collect();
    snapshot
}

/// What both miners got as such.
fn miners(told: &Comparison, pay: fn(&NeuronChange) -> Pay) -> (u64, u64) {
    let got = |uid: usize| pay(&told.neurons[uid]).as_miner.0;
    (got(2), got(3))
}

fn refused(snapshot: &Snapshot, changes: &[Change]) -> String {
    compare(snapshot, changes).unwrap_err().to_string()
}

fn changed(changes: &[Change]) -> Comparison {
    compare(&snapshot(), changes).unwrap()
}

#[test]
fn nothing_should_differ_when_nothing_is_changed() {
    let same = changed(&[]);
    assert_eq!(same.before, same.after);
    assert!(same.neurons.iter().all(|one| one.difference == 0 && one.before == one.after));
    assert_eq!((same.before.owner_cut.0, same.before.validators.0), (180_000, 410_000));
    assert_eq!(same.before.miners, Alpha(410_001), "an odd unit is the miners'");
    let paid: u64 =
        same.neurons.iter().map(|one| one.before.as_miner.0 + one.before.as_validator.0).sum();
    assert_eq!(paid + same.before.owner_cut.0, same.before.total.0);
    // 60 % of the stake stand behind miner 2, so that only it is paid.
    assert_eq!(miners(&same, |one| one.before), (410_001, 0));
}

#[test]
fn stake_should_move_the_consensus() {
    let with = changed(&[Change::stake("1=0.000001").unwrap()]);
    assert_eq!(miners(&with, |one| one.after), (0, 410_001));
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
    assert_eq!(none.after.burned, Alpha(410_001), "nobody has incentive");
    // Without dividends the validators' half goes by active stake.
    assert_eq!(none.neurons[0].after.as_validator, Alpha(246_000));
}

#[test]
fn hyperparameters_should_change_what_is_paid() {
    let with = changed(&[Change::hyperparameter("kappa=75%").unwrap()]);
    assert_eq!(with.after.burned, Alpha(410_001), "no score has three quarters behind it");
    let with = changed(&[Change::hyperparameter("owner_cut=0").unwrap()]);
    assert_eq!((with.after.owner_cut.0, with.after.validators.0), (0, 500_000));
    let with = changed(&[Change::hyperparameter("stake_threshold=0.0000005").unwrap()]);
    assert_eq!(
        with.neurons[1].after.as_validator,
        Alpha::ZERO,
        "400 units are under the threshold"
    );
    let with = changed(&[Change::hyperparameter("activity_cutoff_ms=1s").unwrap()]);
    assert!(with.neurons.iter().all(|one| !one.after.active));
    assert_eq!(with.after.kept_pending, Alpha(1_000_001), "nobody is active");
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
    for (change, part) in [
        (Change::stake("9=1").unwrap(), "--stake: uid 9 is unknown"),
        (Change::row("9=1:1").unwrap(), "--row: uid 9 is unknown"),
        (Change::row("0=9:1").unwrap(), "row of uid 0: uid 9 is unknown; the subnet has 5 neurons"),
        (Change::row("1=2:1,2:3").unwrap(), "row of uid 1: uid 2 is there twice"),
        (Change::row("1=2:0").unwrap(), "no value is above zero"),
        (Change::Stake { uid: 0, amount: u64::MAX }, "2^64 - 1"),
    ] {
        let error = compare(&snapshot(), &[change]).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(error.exit_code(), alun_settings::exit::USAGE);
    }
}

#[test]
fn before_should_be_what_the_chain_recorded_when_it_paid_otherwise_than_its_input_says() {
    // The owner's cut changed between the input and the payout, and the owner could not be paid.
    let record = PayRecord {
        owner_cut: Alpha::ZERO,
        miners: Alpha(450_001),
        validators: Alpha(450_000),
        returned: Alpha(100_000),
        ..snapshot().record
    };
    let snapshot = recorded(Snapshot { record, ..snapshot() });
    let same = compare(&snapshot, &[]).unwrap();
    assert_eq!((same.before.miners.0, same.before.owner_cut.0), (450_001, 0));
    assert_eq!(same.before.kept_pending, Alpha(100_000));
    assert_eq!(same.before, same.after);
    assert!(same.neurons.iter().all(|one| one.before == one.after));
    let cut = Change::hyperparameter("owner_cut=10%").unwrap();
    let after = compare(&snapshot, &[cut]).unwrap().after;
    let parts = [after.miners, after.owner_cut, after.kept_pending];
    assert_eq!(parts, [450_001, 0, 100_000].map(Alpha));
}

#[test]
fn epoch_should_be_refused_when_it_is_not_what_the_chain_recorded() {
    type Alter = fn(&mut Snapshot);
    let alterations: [(Alter, &str); 9] = [
        (|one| one.awards[2].as_miner.0 -= 1, "recorded 410000 for the pay as a miner of uid 2"),
        (|one| one.awards[0].as_validator.0 += 1, "the pay as a validator of uid 0"),
        (|one| one.awards[2].consensus ^= 1, "the consensus of uid 2"),
        (|one| one.awards[1].validator_trust ^= 1, "the validator trust of uid 1"),
        (|one| one.awards[3].incentive = 1, "the incentive of uid 3"),
        (|one| one.awards[0].dividends ^= 1, "the dividends of uid 0"),
        (|one| one.awards[4].permit ^= true, "the permit of uid 4"),
        (|one| one.awards.truncate(4), "recorded 4 for the number of neurons"),
        (|one| one.record.burned = Alpha(5), "recorded 5 for what was burned"),
    ];
    for (alter, part) in alterations {
        let mut altered = snapshot();
        alter(&mut altered);
        let error = compare(&altered, &[]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(part) && text.contains("different versions"), "{text}");
        assert_eq!(error.exit_code(), alun_settings::exit::FAILURE);
    }
    let mut later = snapshot();
    later.params.kappa = 49_151;
    assert!(refused(&later, &[]).contains("in epoch 7"));
}

#[test]
fn hyperparameters_should_be_refused_when_the_chain_refuses_them_together() {
    let set = |text| Change::hyperparameter(text).unwrap();
    let low = || set("liquid_alpha_low=95%");
    let text = refused(&snapshot(), &[low()]);
    assert!(text.contains("liquid_alpha_low must not exceed liquid_alpha_high"), "{text}");
    assert!(compare(&snapshot(), &[low(), set("liquid_alpha_high=99%")]).is_ok());
    let text = refused(&snapshot(), &[set("activity_cutoff_ms=999")]);
    assert!(text.contains("activity_cutoff_ms must be at least tempo_ms"), "{text}");
    // What did not go together before is not the change's fault.
    let mut odd = snapshot();
    odd.hyperparameters.immunity_ms = 0;
    assert!(compare(&odd, &[set("kappa=60%")]).is_ok());
}

#[test]
fn row_should_be_judged_as_the_chain_judges_it() {
    let mut strict = snapshot();
    strict.hyperparameters.min_weights = 2;
    strict.hyperparameters.max_weight_share = 40_000;
    let row = |text| [Change::row(text).unwrap()];
    let text = refused(&strict, &row("0=2:1"));
    assert!(text.contains("at least 2 values above zero (min_weights)"), "{text}");
    let text = refused(&strict, &row("0=2:2,3:1"));
    assert!(text.contains("uid 2 has more than 40000 of 65535"), "{text}");
    let text = refused(&strict, &row("0=2:1,3:1,1:1,0:1,4:1,2:1"));
    assert!(text.contains("more entries than the 5 neurons"), "{text}");
    assert!(compare(&strict, &row("0=3:5,2:5")).is_ok());
    // Order and zeros are of no matter, as on the chain.
    let pays = |text| compare(&snapshot(), &row(text)).unwrap().neurons;
    assert_eq!(pays("0=3:3,2:1,4:0"), pays("0=2:21845,3:65535"));
}

#[test]
fn epoch_that_divided_nothing_should_say_so() {
    let record = PayRecord { epoch: 7, closed_at: Some(61), ..PayRecord::default() };
    let empty = recorded(Snapshot { record, ..snapshot() });
    let told = compare(&empty, &[Change::stake("1=1").unwrap()]).unwrap();
    assert_eq!(told.before, told.after);
    assert!(told.notes.iter().any(|note| note.contains("divided nothing")));
}

#[test]
fn epoch_that_failed_should_have_a_message_of_its_own() {
    let netuid = alun_client::NetUid(3);
    let failed = WhatIfError::Failed { epoch: 9, netuid, frozen_at: 70 };
    assert!(failed.to_string().starts_with("epoch 9 of subnet 3 failed on the chain"));
    assert_eq!(failed.exit_code(), alun_settings::exit::FAILURE);
}
