//! Generated subnets.

use alun_yuma::{BondRule, LiquidAlpha, Neuron, OwnedInput, Params, Row};
use proptest::{collection::vec, prelude::*};

/// Sound inputs of up to 16 neurons. No two stakes are equal unless they are 0.
pub fn case() -> impl Strategy<Value = OwnedInput> {
    (1usize..=16).prop_flat_map(|n| {
        let rows = || vec(row(n), n);
        (params(n), vec(neuron(), n), rows(), rows()).prop_map(
            |(params, mut neurons, rows, bonds)| {
                for (uid, neuron) in neurons.iter_mut().enumerate().filter(|(_, n)| n.stake > 0) {
                    neuron.stake = neuron.stake * 16 + uid as u64;
                }
                OwnedInput { params, neurons, rows, bonds }
            },
        )
    })
}

fn params(n: usize) -> impl Strategy<Value = Params> {
    let rule = prop_oneof![Just(BondRule::Classic), Just(BondRule::StakeFree)];
    let penalty = prop_oneof![Just(0), Just(65_535), 0u16..60_000];
    let threshold = prop_oneof![3 => Just(0), 1 => 0u64..10_000_000_000];
    (
        (0u16..=65_535, penalty, 0u32..=1_000_000, rule, proptest::option::of(liquid_alpha())),
        (50u64..120, 0u16..16, threshold, proptest::option::of(0..n as u16), 0u64..100),
    )
        .prop_map(
            |((kappa, penalty, average, rule, liquid), (cutoff, max, stake, owner, last))| Params {
                kappa,
                bonds_penalty: penalty,
                bonds_moving_average: average,
                bond_rule: rule,
                liquid_alpha: liquid,
                activity_cutoff: cutoff,
                max_validators: max,
                stake_threshold: stake,
                owner,
                last_epoch: last,
                now: 120,
            },
        )
}

fn liquid_alpha() -> impl Strategy<Value = LiquidAlpha> {
    (any::<u16>(), any::<u16>(), 0u16..5_000).prop_map(|(one, other, steepness)| LiquidAlpha {
        low: one.min(other),
        high: one.max(other),
        steepness,
    })
}

fn neuron() -> impl Strategy<Value = Neuron> {
    let stake = prop_oneof![1 => Just(0u64), 4 => 1_000_000u64..100_000_000_000];
    let registered = prop_oneof![3 => Just(0u64), 1 => 0u64..100];
    (stake, 0u64..120, 0u64..120, registered, prop::bool::weighted(0.8)).prop_map(
        |(stake, last_update, last_submission, registered, permit)| Neuron {
            stake,
            last_update,
            last_submission,
            registered,
            permit,
        },
    )
}

/// Some of the uids below `n`, zeros among the values.
pub fn row(n: usize) -> impl Strategy<Value = Row> {
    let value = prop_oneof![1 => Just(0u16), 8 => 256u16..=65_535];
    vec(proptest::option::weighted(0.7, value), n).prop_map(|values| {
        (0..).zip(values).filter_map(|(uid, value)| Some((uid, value?))).collect()
    })
}
