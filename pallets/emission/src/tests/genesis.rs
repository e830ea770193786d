//! What a new chain begins with.

use crate::{mock::*, pallet::GenesisConfig, Burned, GenesisIssuance, Minted, Schedule};
use alun_primitives::UNIT;
use frame::testing_prelude::*;

#[test]
fn genesis_should_record_the_issuance_with_the_pots_deposit() {
    build_and_execute(|| {
        assert_eq!(Balances::free_balance(Emission::pot()), DEPOSIT);
        assert_eq!(GenesisIssuance::<Test>::get(), 2 * RICH + 2 * DEPOSIT);
        assert_eq!(Minted::<Test>::get() + Burned::<Test>::get(), 0);
        assert_eq!(Schedule::<Test>::get().cap, 21_000_000 * UNIT);
    });
}

#[test]
fn genesis_should_default_to_half_a_token() {
    assert_eq!(GenesisConfig::<Test>::default().initial_block_emission, UNIT / 2);
}

#[test]
#[should_panic(expected = "at most half of the cap")]
fn genesis_should_be_refused_when_a_block_could_pass_the_cap() {
    let _ = GenesisConfig::<Test> { cap: EMISSION, ..Default::default() }.build_storage();
}

#[test]
#[should_panic(expected = "more than emission.cap")]
fn genesis_should_be_refused_when_it_issues_more_than_the_cap() {
    let _ = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(rich(), 21_000_001 * UNIT)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage();
}
