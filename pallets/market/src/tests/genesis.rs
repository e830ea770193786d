//! What a chain spec may say.

use super::*;
use crate::{pallet::GenesisConfig, Parameters};
use frame::traits::BuildGenesisConfig;

fn built(change: impl FnOnce(&mut GenesisConfig<Test>)) {
    let mut config = GenesisConfig::<Test>::default();
    change(&mut config);
    new_test_ext().execute_with(|| config.build());
}

#[test]
fn parameters_should_be_the_defaults_when_genesis_says_nothing_else() {
    build_and_execute(|| {
        let settings = Parameters::<Test>::get();
        assert_eq!((settings.fee, settings.lot), (500, 500));
        assert_eq!(settings.half_life, 14 * 24 * 3_600_000);
        assert_eq!(Market::half_life(), HALF_LIFE);
    });
}

#[test]
#[should_panic(expected = "market.lot is 501; above market.fee, 500")]
fn genesis_should_refuse_lots_that_are_worth_sandwiching() {
    built(|config| config.lot = 501);
}

#[test]
#[should_panic(expected = "market.lot is 0")]
fn genesis_should_refuse_lots_of_nothing() {
    built(|config| config.lot = 0);
}

#[test]
#[should_panic(expected = "market.fee is 1000000")]
fn genesis_should_refuse_a_fee_that_takes_all() {
    built(|config| config.fee = 1_000_000);
}

#[test]
#[should_panic(expected = "market.halfLifeMs is 0")]
fn genesis_should_refuse_averages_without_inertia() {
    built(|config| config.half_life_ms = 0);
}
