//! The division of a payout, against the laws of the two halves.

use alun_yuma::{divide, split_exact, Claim};
use proptest::prelude::*;

use crate::config;

fn claim() -> impl Strategy<Value = Claim> {
    let part = || prop_oneof![Just(0), Just(0), 0..5u64, any::<u64>()];
    (part(), part(), part()).prop_map(|(incentive, dividends, active_stake)| Claim {
        incentive,
        dividends,
        active_stake,
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn halves_should_be_divided_to_the_unit_or_burned_or_kept(
        claims in prop::collection::vec(claim(), 0..12),
        miners in any::<u64>(),
        validators in any::<u64>(),
    ) {
        let told = divide(miners, validators, claims.iter().copied());
        let sum = |parts: &[u64]| parts.iter().map(|part| u128::from(*part)).sum::<u128>();
        prop_assert_eq!(sum(&told.miners) + u128::from(told.burned), miners.into());
        let any = |of: fn(&Claim) -> u64| claims.iter().any(|claim| of(claim) > 0);
        prop_assert_eq!(told.burned == 0, miners == 0 || any(|claim| claim.incentive));
        prop_assert_eq!(told.by_stake, !any(|claim| claim.dividends));
        let deserving = any(|claim| claim.dividends) || any(|claim| claim.active_stake);
        prop_assert_eq!(sum(&told.validators), if deserving { validators.into() } else { 0 });
        let column = |of: fn(&Claim) -> u64| claims.iter().map(of).collect::<Vec<_>>();
        let by_stake = split_exact(validators, &column(|claim| claim.active_stake));
        let by_dividends = split_exact(validators, &column(|claim| claim.dividends));
        prop_assert_eq!(told.validators, if told.by_stake { by_stake } else { by_dividends });
    }
}
