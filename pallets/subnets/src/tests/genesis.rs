use super::mock::*;
use crate::GenesisConfig;
use alun_primitives::UNIT;
use frame::testing_prelude::*;

fn genesis(change: impl FnOnce(&mut GenesisConfig<Test>)) -> Chain {
    let mut chain = Chain::default();
    change(&mut chain.subnets);
    chain
}

#[test]
fn new_subnets_should_have_the_values_of_genesis() {
    let chain = genesis(|subnets| {
        subnets.min_tempo_ms = 10_000;
        subnets.default_hyperparameters.tempo_ms = 20_000;
        subnets.default_hyperparameters.weights_rate_limit_ms = 0;
        subnets.default_hyperparameters.price_max = 2 * UNIT;
        subnets.min_lock = 7 * UNIT;
        subnets.price_start = 5 * UNIT;
        subnets.subnet_limit = 2;
    });
    chain.build_and_execute(|| {
        assert_eq!(Subnets::subnet_lock(), 7 * UNIT);
        subnet();
        assert_eq!(Subnets::subnet(FIRST).unwrap().lock, 7 * UNIT);
        assert_eq!(Subnets::registration_price(FIRST), Some(2 * UNIT), "within price_max");
        assert_ok!(Subnets::start(by(OWNER), FIRST));
        assert_eq!(Life::get(), vec![(FIRST, 1, 4, true)]);
    });
}

#[test]
fn genesis_should_be_read_from_json_with_defaults_for_missing_hyperparameters() {
    let mut json = serde_json::to_value(GenesisConfig::<Test>::default()).unwrap();
    json["defaultHyperparameters"] =
        serde_json::json!({ "tempo_ms": 120_000, "bond_rule": "Classic" });
    json["minLock"] = 5.into();
    let read: GenesisConfig<Test> = serde_json::from_value(json.clone()).unwrap();
    assert_eq!((read.min_lock, read.default_hyperparameters.tempo_ms), (5, 120_000));
    assert_eq!(read.default_hyperparameters.max_neurons, 256);
    json["defaultHyperparameters"] = serde_json::json!({ "tempo": 1 });
    assert!(serde_json::from_value::<GenesisConfig<Test>>(json).is_err(), "no such name");
}

#[test]
#[should_panic(expected = "defaultHyperparameters.tempo_ms is 20000, outside its bounds")]
fn genesis_should_be_refused_when_a_hyperparameter_is_out_of_bounds() {
    genesis(|subnets| subnets.default_hyperparameters.tempo_ms = 20_000).build();
}

#[test]
#[should_panic(expected = "do not go together: CutoffBelowTempo")]
fn genesis_should_be_refused_when_hyperparameters_do_not_go_together() {
    genesis(|subnets| subnets.default_hyperparameters.activity_cutoff_ms = 0).build();
}

#[test]
#[should_panic(expected = "subnetLimit is 4097; it must be at most 4096")]
fn genesis_should_be_refused_when_there_could_be_too_many_subnets() {
    genesis(|subnets| subnets.subnet_limit = 4_097).build();
}

#[test]
#[should_panic(expected = "minTempoMs is 0")]
fn genesis_should_be_refused_when_the_shortest_tempo_is_nothing() {
    genesis(|subnets| subnets.min_tempo_ms = 0).build();
}
