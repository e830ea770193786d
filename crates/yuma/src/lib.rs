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
//! | 5 | W: mask the weight rows and normalise each. | [`weights::Validators`], [`weights::PerValidator::weights`] |
//! | 6 | C: per column, the largest weight that κ of S supports. | [`consensus::consensus`] |
//! | 7 | Clip at C; trust, rank R and incentive I. | [`weights::clip`], [`ranks::rank`], [`ranks::add_trust`] |
//! | 8 | W̃: what bonds follow, less the bonds penalty β. | [`weights::for_bonds`] |
//! | 9 | Move the bonds; dividends D are what they pay. | [`bonds::Rule::move_bonds`], [`bonds::dividends`] |
//! | 10 | Split an amount, exactly. | [`Output::combined`], [`Output::by_side`], [`divide`](divide()) |
//! | 11 | Round for storage. | [`Output`] |
//!
//! # Cost
//!
//! Work is linear in the entries of the rows, medians included; there is no neurons × neurons table
//! and no division for an entry. Steps 5 to 9 go over the table once, column by column, and the
//! table is turned from rows to columns a few thousand entries at a time ([`columns`]): memory is
//! the output and little more. Numbers are in docs/benchmarks.md.
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
#[cfg(feature = "std")]
extern crate std;

pub mod alpha;
pub mod bonds;
pub mod columns;
pub mod consensus;
mod divide;
mod error;
mod explain;
pub mod fixed;
mod input;
mod output;
pub mod permits;
pub mod ranks;
mod split;
pub mod stake;
mod terms;
pub mod weights;

pub use divide::{divide, Claim, Division};
pub use error::{EpochError, Step, Table};
pub use explain::{explain, explain_all, BondPay, Explanation, Scored};
pub use input::{BondRule, Input, LiquidAlpha, Neuron, OwnedInput, Params, Row};
pub use output::{NeuronOutput, Output, Sides};
pub use split::split_exact;

use alloc::{vec, vec::Vec};

use columns::Columns;
use explain::{Observer, Scores};
use terms::Terms;
use weights::{PerValidator, Validators};

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
    Ok(steps(input, &mut ())?.output())
}

/// The epoch as the specification lists it; `observer` sees the terms go by.
fn steps(input: &Input, observer: &mut impl Observer) -> Result<Terms, EpochError> {
    input.check()?;
    let params = input.params;
    let active = stake::activity(params, input.neurons);
    let stake = stake::stake(input)?;
    let permitted = permits::stored(input);
    let renewed = permits::renewed(input, &stake.amounts)?;
    let active_stake = stake::active_stake(&stake, &active, &permitted)?;
    let validators = Validators::new(input, &permitted, &stake, &active_stake);
    let columns = columns(input, &validators, &renewed, active_stake.total, observer)?;
    let incentive = ranks::normalised(columns.rank.clone(), Step::Rank)?;
    let dividends = bonds::dividends(params.bond_rule, columns.pay, &validators.all.shares)?;
    let neurons = input.neurons.len();
    Ok(Terms {
        active,
        stake,
        renewed,
        active_stake,
        consensus: columns.consensus,
        validator_trust: validators.spread(&columns.trust, neurons),
        rank_before_clip: columns.rank_before_clip,
        rank: columns.rank,
        incentive,
        dividends: validators.spread(&dividends, neurons),
        bonds: columns.bonds.rows(&validators.uids, neurons),
    })
}

/// Steps 5 to 9, see [`pass`], with the widest instructions that the processor has. They change the
/// time and nothing else: all of it is whole numbers.
fn columns(
    input: &Input,
    validators: &Validators,
    renewed: &[bool],
    total: u64,
    observer: &mut impl Observer,
) -> Result<Results, EpochError> {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it knows these instructions.
        #[allow(unsafe_code)]
        return unsafe { pass_avx2(input, validators, renewed, total, observer) };
    }
    pass(input, validators, renewed, total, observer)
}

/// [`pass`], compiled for AVX2: four numbers at a time instead of two.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[target_feature(enable = "avx2")]
fn pass_avx2(
    input: &Input,
    validators: &Validators,
    renewed: &[bool],
    total: u64,
    observer: &mut impl Observer,
) -> Result<Results, EpochError> {
    pass(input, validators, renewed, total, observer)
}

/// Steps 5 to 9 of each neuron in turn: what the validators' weights on it and their bonds on it
/// come to. All of these steps look at one column, so that one pass over the table does.
#[inline(always)]
fn pass(
    input: &Input,
    validators: &Validators,
    renewed: &[bool],
    total: u64,
    observer: &mut impl Observer,
) -> Result<Results, EpochError> {
    let params = input.params;
    let rule = bonds::Rule::new(input)?;
    let penalty = fixed::from_u16(params.bonds_penalty);
    let limit = consensus::most_below(total, params.kappa);
    let neurons = input.neurons.len();
    observer.began(&validators.uids);
    let mut done = Results::new(params.bond_rule, validators, renewed, neurons);
    let mut table = Columns::new(validators, neurons);
    let (mut weights, mut kept, mut votes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gathered, mut room) = (PerValidator::default(), bonds::Room::default());
    for (uid, neuron) in (0..=u16::MAX).zip(input.neurons) {
        let (scores, mut held) = table.column(uid);
        // 5: weights.
        validators.mask(uid, neuron.registered, scores);
        let behind = validators.behind(scores, &mut gathered);
        behind.weights(scores, &mut weights);
        // 6: consensus.
        let level = consensus::consensus(&weights, &behind.amounts, total, limit, &mut votes);
        // 7: clipping, rank, trust.
        weights::clip(&weights, level, &mut kept);
        let rank = ranks::rank(&weights, &kept, &behind.shares);
        ranks::add_trust(&mut done.trust, scores, &kept);
        observer.scored(&Scores {
            uid,
            cells: scores,
            weights: &weights,
            kept: &kept,
            shares: &behind.shares,
        });
        // 8: what bonds follow.
        weights::for_bonds(&mut weights, &mut kept, penalty);
        // 9: bonds and what they pay. A neuron that came since the last epoch has none on it yet.
        if neuron.registered >= params.last_epoch {
            held = &[];
        }
        let mut bonds = bonds::Column::join(scores, &mut weights, held, validators, &mut room);
        rule.move_bonds(&mut bonds, level, &validators.all.shares);
        let payer = bonds::Payer::of(bonds.bonds, rank.rank);
        bonds.pay(payer, &mut done.pay);
        observer.paid(uid, &bonds, payer);
        done.bonds.push(uid, &bonds);
        done.consensus.push(level);
        done.rank_before_clip.push(rank.before_clip);
        done.rank.push(rank.rank);
    }
    Ok(done)
}

/// What the columns came to.
struct Results {
    /// Step 6, per neuron, as entries.
    consensus: Vec<u64>,
    /// Step 7, per neuron, as shares.
    rank_before_clip: Vec<u64>,
    rank: Vec<u64>,
    /// Step 7, per validator, as entries.
    trust: Vec<u64>,
    /// Step 9, per validator, see [`bonds::Payer::pay`].
    pay: Vec<u64>,
    bonds: bonds::Store,
}

impl Results {
    fn new(rule: BondRule, validators: &Validators, renewed: &[bool], neurons: usize) -> Self {
        let slots = validators.uids.len();
        Self {
            consensus: Vec::with_capacity(neurons),
            rank_before_clip: Vec::with_capacity(neurons),
            rank: Vec::with_capacity(neurons),
            trust: vec![0; slots],
            pay: vec![0; slots],
            bonds: bonds::Store::new(rule, validators, renewed),
        }
    }
}
