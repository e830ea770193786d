//! Any input gives a result or a typed error, never a panic.

use alun_yuma::{epoch, explain, BondRule, LiquidAlpha, Neuron, OwnedInput, Params, Row};
use proptest::{collection::vec, prelude::*};

use crate::{
    common::bytes::{check, decode},
    config,
};

/// Numbers that break things more often than uniform ones.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), Just(u64::MAX), 0u64..1_000, any::<u64>()]
}

fn short() -> impl Strategy<Value = u16> {
    prop_oneof![Just(0), Just(1), Just(u16::MAX), any::<u16>()]
}

fn params() -> impl Strategy<Value = Params> {
    let liquid = (short(), short(), short()).prop_map(|(low, high, steepness)| LiquidAlpha {
        low,
        high,
        steepness,
    });
    let rule = prop_oneof![Just(BondRule::Classic), Just(BondRule::StakeFree)];
    let average = prop_oneof![9 => 0u32..=1_000_000, 1 => any::<u32>()];
    (
        (short(), short(), average, rule, proptest::option::weighted(0.3, liquid)),
        (number(), short(), number(), proptest::option::weighted(0.3, 0u16..10)),
        (number(), number()),
    )
        .prop_map(|(rates, limits, blocks)| Params {
            kappa: rates.0,
            bonds_penalty: rates.1,
            bonds_moving_average: rates.2,
            bond_rule: rates.3,
            liquid_alpha: rates.4,
            activity_cutoff: limits.0,
            max_validators: limits.1,
            stake_threshold: limits.2,
            owner: limits.3,
            last_epoch: blocks.0,
            now: blocks.1,
        })
}

fn neuron() -> impl Strategy<Value = Neuron> {
    let stake = prop_oneof![9 => 0u64..1 << 60, 1 => number()];
    (stake, number(), number(), number(), any::<bool>()).prop_map(
        |(stake, last_update, last_submission, registered, permit)| Neuron {
            stake,
            last_update,
            last_submission,
            registered,
            permit,
        },
    )
}

/// Mostly rows that ascend and name known uids; sometimes neither.
fn row() -> impl Strategy<Value = Row> {
    let tidy = vec((0u16..8, short()), 0..8).prop_map(|mut row: Row| {
        row.sort_unstable();
        row.dedup_by_key(|entry| entry.0);
        row
    });
    prop_oneof![40 => tidy, 1 => vec((short(), short()), 0..8)]
}

fn hostile() -> impl Strategy<Value = OwnedInput> {
    let count = || prop_oneof![20 => Just(8usize), 1 => 0usize..9];
    let rows = move || count().prop_flat_map(|n| vec(row(), n));
    let neurons = prop_oneof![20 => vec(neuron(), 8), 1 => vec(neuron(), 0..9)];
    (params(), neurons, rows(), rows()).prop_map(|(params, neurons, rows, bonds)| OwnedInput {
        params,
        neurons,
        rows,
        bonds,
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_epoch_should_end_in_a_result_or_an_error_when_the_input_is_hostile(
        case in hostile(),
        amount in any::<u64>(),
    ) {
        match epoch(&case.input()) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(output) => {
                let paid: u128 = output.combined(amount).into_iter().map(u128::from).sum();
                let staked = output.neurons.iter().any(|neuron| neuron.stake != 0);
                prop_assert_eq!(paid, if staked { u128::from(amount) } else { 0 });
                for uid in 0..output.neurons.len() as u16 {
                    prop_assert!(explain(&case.input(), uid).is_ok());
                }
            }
        }
    }

    #[test]
    fn an_epoch_should_hold_its_laws_when_its_input_is_any_bytes(
        bytes in vec(any::<u8>(), 0..2_000),
    ) {
        check(&decode(&bytes));
    }
}
