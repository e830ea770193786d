//! Any input gives a result or a typed error, never a panic.

use std::cell::Cell;

use alun_yuma::{epoch, explain, BondRule, LiquidAlpha, Neuron, OwnedInput, Params, Row};
use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};

use crate::{
    common::bytes::{check, decode, encode},
    config,
    inputs::case,
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
    fn bytes_should_be_the_input_again_when_it_is_encoded(case in case()) {
        prop_assert_eq!(decode(&encode(&case)), case);
    }
}

/// A sound input in which everybody is a validator whose whole row counts.
fn lively() -> impl Strategy<Value = OwnedInput> {
    case().prop_map(|mut case| {
        case.params.stake_threshold = 0;
        case.params.kappa /= 2;
        for neuron in &mut case.neurons {
            (neuron.registered, neuron.permit) = (0, true);
            (neuron.last_update, neuron.last_submission) = (case.params.now, case.params.now);
        }
        case
    })
}

/// What happens to one byte.
#[derive(Clone, Copy, Debug)]
enum Change {
    Set(u8),
    Insert(u8),
    Remove,
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let change = prop_oneof![
        8 => any::<u8>().prop_map(Change::Set),
        1 => any::<u8>().prop_map(Change::Insert),
        1 => Just(Change::Remove),
    ];
    (any::<Index>(), change)
}

fn changed(mut bytes: Vec<u8>, changes: &[(Index, Change)]) -> Vec<u8> {
    for (place, change) in changes {
        let place = place.index(bytes.len()); // There are far more bytes than changes.
        match *change {
            Change::Set(byte) => bytes[place] = byte,
            Change::Insert(byte) => bytes.insert(place, byte),
            Change::Remove => drop(bytes.remove(place)),
        }
    }
    bytes
}

/// Bytes of sound inputs with some of them changed: like the fuzzer's, and unlike random ones most of
/// them go through all of the maths.
#[test]
fn an_epoch_should_hold_its_laws_when_bytes_of_its_input_are_changed() {
    let (runs, went_through) = (Cell::new(0u32), Cell::new(0u32));
    let inputs = (prop_oneof![3 => lively(), 1 => case()], vec(change(), 0..6));
    let config = Config {
        source_file: Some(file!()),
        test_name: Some("an_epoch_should_hold_its_laws_when_bytes_of_its_input_are_changed"),
        ..config()
    };
    let law = |(case, changes): (_, Vec<_>)| {
        runs.set(runs.get() + 1);
        let all = check(&decode(&changed(encode(&case), &changes)));
        went_through.set(went_through.get() + u32::from(all));
        Ok(())
    };
    if let Err(failed) = TestRunner::new(config).run(&inputs, law) {
        panic!("{failed}");
    }
    let (runs, went_through) = (runs.get(), went_through.get());
    println!("{went_through} of {runs} inputs have a rank");
    assert!(went_through * 3 > runs, "only {went_through} of {runs} inputs have a rank");
}
