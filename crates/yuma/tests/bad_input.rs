//! Input that no epoch can be computed from, and what is said about it.

mod common;

use alun_yuma::{
    epoch, BondRule, EpochError, Input, LiquidAlpha, Neuron, Params, Row, Step, Table,
};
use common::subnet::params;

fn run(params: &Params, neurons: &[Neuron], rows: &[Row], bonds: &[Row]) -> EpochError {
    epoch(&Input { params, neurons, rows, bonds }).unwrap_err()
}

/// Three neurons, with these weight and bond rows for uid 1.
fn with_rows(weights: Row, bonds: Row) -> EpochError {
    let neurons = [Neuron { stake: 1, permit: true, ..Neuron::default() }; 3];
    let rows = [Row::new(), weights, Row::new()];
    let bonds = [Row::new(), bonds, Row::new()];
    run(&params(BondRule::Classic), &neurons, &rows, &bonds)
}

fn with_params(params: Params) -> EpochError {
    let rows = [Row::new(), Row::new()];
    run(&params, &[Neuron::default(); 2], &rows, &rows)
}

#[test]
fn a_row_should_be_refused_when_its_uids_do_not_ascend() {
    let weights = EpochError::RowOrder { table: Table::Weights, row: 1, uid: 0 };
    assert_eq!(with_rows(vec![(2, 1), (0, 1)], vec![]), weights);
    let twice = EpochError::RowOrder { table: Table::Weights, row: 1, uid: 2 };
    assert_eq!(with_rows(vec![(2, 1), (2, 1)], vec![]), twice);
    let bonds = EpochError::RowOrder { table: Table::Bonds, row: 1, uid: 1 };
    assert_eq!(with_rows(vec![], vec![(2, 1), (1, 1)]), bonds);
    assert!(bonds.to_string().contains("bond row of uid 1"), "{bonds}");
}

#[test]
fn a_row_should_be_refused_when_it_names_an_unknown_uid() {
    let weights = EpochError::UnknownUid { step: Step::Weights, uid: 3, neurons: 3 };
    assert_eq!(with_rows(vec![(0, 1), (3, 1)], vec![]), weights);
    let bonds = EpochError::UnknownUid { step: Step::Bonds, uid: 65_535, neurons: 3 };
    assert_eq!(with_rows(vec![], vec![(65_535, 1)]), bonds);
    assert!(bonds.to_string().contains("uids are below 3"), "{bonds}");
}

#[test]
fn rows_should_be_refused_when_there_is_not_one_for_each_neuron() {
    let (neurons, one, two) = ([Neuron::default(); 2], [Row::new()], [Row::new(), Row::new()]);
    let params = params(BondRule::StakeFree);
    let weights = EpochError::RowCount { table: Table::Weights, have: 1, want: 2 };
    assert_eq!(run(&params, &neurons, &one, &two), weights);
    let bonds = EpochError::RowCount { table: Table::Bonds, have: 1, want: 2 };
    assert_eq!(run(&params, &neurons, &two, &one), bonds);
}

#[test]
fn neurons_should_be_refused_when_a_u16_cannot_number_them() {
    let neurons = vec![Neuron::default(); 65_537];
    let rows = vec![Row::new(); 65_537];
    let error = run(&params(BondRule::StakeFree), &neurons, &rows, &rows);
    assert_eq!(error, EpochError::TooManyNeurons { have: 65_537 });
}

#[test]
fn parameters_should_be_refused_when_they_are_out_of_range() {
    let params = params(BondRule::StakeFree);
    assert_eq!(
        with_params(Params { owner: Some(2), ..params }),
        EpochError::UnknownUid { step: Step::Input, uid: 2, neurons: 2 }
    );
    assert_eq!(
        with_params(Params { bonds_moving_average: 1_000_001, ..params }),
        EpochError::MovingAverage { have: 1_000_001 }
    );
    let liquid = LiquidAlpha { low: 2, high: 1, steepness: 1_000 };
    assert_eq!(
        with_params(Params { liquid_alpha: Some(liquid), ..params }),
        EpochError::LiquidAlpha { low: 2, high: 1 }
    );
}

#[test]
fn an_epoch_should_name_its_step_when_the_stake_overflows() {
    let neurons = [Neuron { stake: u64::MAX, ..Neuron::default() }; 2];
    let rows = [Row::new(), Row::new()];
    let error = run(&params(BondRule::StakeFree), &neurons, &rows, &rows);
    assert_eq!(error, EpochError::Overflow { step: Step::Stake });
    assert!(error.to_string().starts_with("stake: "), "{error}");
}

#[test]
fn an_epoch_should_be_empty_when_there_are_no_neurons() {
    let params = params(BondRule::StakeFree);
    let input = Input { params: &params, neurons: &[], rows: &[], bonds: &[] };
    let output = epoch(&input).unwrap();
    assert!(output.neurons.is_empty() && output.combined(5).is_empty());
}
