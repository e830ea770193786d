//! Yuma consensus: the epoch of one subnet as pure arithmetic.
//!
//! Validators score miners in weight rows. Once per tempo [`epoch`] turns the rows, the stake
//! behind them and the bonds of the last epoch into the miners' incentive, the validators'
//! dividends, new permits and new bonds; [`Output::by_side`] splits the pay, to the unit.
//! [`explain`] shows where one neuron's numbers come from. The runtime, the validator's preview,
//! the simulator and the tests all call this crate; there is no second implementation.
//!
//! No floats, no panics, no I/O, no dependency: the same input gives the same bits everywhere, and
//! any input gives a result or an [`EpochError`] that names the step.
//!
//! # The steps
//!
//! | | step | function |
//! |---|---|---|
//! | 1 | Who has been silent for longer than the cutoff is inactive. | [`stake::activity`] |
//! | 2 | Stake under the threshold counts as none; normalise. | [`stake::stake`] |
//! | 3 | Stored permits mask this epoch; new ones go to the largest stakes. | [`permits`] |
//! | 4 | S: the stake of the active and permitted, renormalised. | [`stake::active_stake`] |
//! | 5 | W: mask the weight rows and normalise each. | [`weights::weights`] |
//! | 6 | C: per column, the largest weight that κ of S supports. | [`consensus::consensus`] |
//! | 7 | Clip at C; trust, rank R and incentive I. | [`ranks::ranks`] |
//! | 8 | W̃: what bonds follow, less the bonds penalty β. | [`weights::for_bonds`] |
//! | 9 | Move the bonds; dividends D are what they pay. | [`bonds::bonds`], [`bonds::dividends`] |
//! | 10 | Split an amount, exactly. | [`Output::combined`], [`Output::by_side`] |
//! | 11 | Round for storage. | [`Output`] |
//!
//! # Cost
//!
//! Work is linear in the entries of the rows, medians included, and so is memory; there is no
//! neurons × neurons table. A row or a column costs one 128-bit division and an entry none (liquid
//! alpha: one 64-bit division for an entry off the consensus). Numbers are in the README.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

extern crate alloc;

pub mod alpha;
pub mod bonds;
pub mod consensus;
mod error;
mod explain;
pub mod fixed;
mod input;
pub mod matrix;
mod output;
pub mod permits;
pub mod ranks;
mod split;
pub mod stake;
mod terms;
pub mod weights;

pub use error::{EpochError, Step, Table};
pub use explain::{explain, BondPay, Explanation, Scored};
pub use input::{BondRule, Input, LiquidAlpha, Neuron, Params, Row};
pub use output::{NeuronOutput, Output, Sides};
pub use split::split_exact;

use terms::Terms;

/// Computes one epoch of one subnet.
///
/// ```
/// use alun_yuma::{epoch, BondRule, Input, Neuron, Params};
///
/// let params = Params {
///     kappa: 32_767,
///     bonds_penalty: 65_535,
///     bonds_moving_average: 900_000,
///     bond_rule: BondRule::StakeFree,
///     liquid_alpha: None,
///     activity_cutoff: 100,
///     max_validators: 1,
///     stake_threshold: 0,
///     owner: None,
///     last_epoch: 10,
///     now: 20,
/// };
/// let validator =
///     Neuron { stake: 5, last_update: 15, last_submission: 15, permit: true, ..Neuron::default() };
/// let neurons = [validator, Neuron::default(), Neuron::default()];
/// let rows = [vec![(1, 3), (2, 1)], vec![], vec![]];
/// let bonds = [vec![], vec![], vec![]];
/// let input = Input { params: &params, neurons: &neurons, rows: &rows, bonds: &bonds };
///
/// let output = epoch(&input)?;
/// assert_eq!(output.by_side(1_000, 1_000).miners, [0, 750, 250]);
/// assert_eq!(output.by_side(1_000, 1_000).validators, [1_000, 0, 0]);
/// # Ok::<(), alun_yuma::EpochError>(())
/// ```
///
/// # Errors
///
/// When the input makes no sense (rows that do not ascend, unknown uids, parameters out of range)
/// or when the stake of all neurons together does not fit into a `u64`.
pub fn epoch(input: &Input) -> Result<Output, EpochError> {
    steps(input)?.output(input.params)
}

/// The epoch as the specification lists it.
fn steps(input: &Input) -> Result<Terms, EpochError> {
    input.check()?;
    let params = input.params;
    let active = stake::activity(params, input.neurons);
    let stake = stake::stake(input)?;
    let permitted = permits::stored(input);
    let renewed = permits::renewed(input, &stake.amounts)?;
    let active_stake = stake::active_stake(&stake, &active, &permitted)?;
    let weights = weights::weights(input, &permitted)?;
    let consensus = consensus::consensus(&weights, &active_stake, params.kappa)?;
    let ranks = ranks::ranks(&weights, &active_stake, &consensus)?;
    let weights = weights::for_bonds(weights, &consensus, params.bonds_penalty)?;
    let counted = stake::counted(&stake, &permitted);
    let bonds = bonds::bonds(&bonds::Sources {
        input,
        counted: &counted,
        weights: &weights,
        consensus: &consensus,
        active: &active_stake.shares,
    })?;
    let dividends =
        bonds::dividends(params.bond_rule, &bonds, &ranks.incentive, &active_stake.shares)?;
    Ok(Terms {
        active,
        stake,
        permitted,
        renewed,
        active_stake,
        consensus,
        ranks,
        bonds,
        dividends,
    })
}
