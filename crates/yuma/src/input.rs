//! What an epoch reads.

use alloc::vec::Vec;

use crate::error::{EpochError, Step, Table};

/// A sparse row: `(uid, value)` in ascending order of uid, each uid once. A value of 0 may be
/// stored; it means what an omitted uid means.
pub type Row = Vec<(u16, u16)>;

/// How bonds move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BondRule {
    /// A bond is a share of its column ("Yuma2"): stake counts when the bond is bought.
    Classic,
    /// A bond is a proportion of its own ("Yuma3"): stake counts when the bond pays.
    #[default]
    StakeFree,
}

/// Bonds that follow the weight rows faster the further these lead or leave the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidAlpha {
    /// The slowest rate of the moving average, in 1/65535.
    pub low: u16,
    /// The fastest rate of the moving average, in 1/65535; not below `low`.
    pub high: u16,
    /// The slope of the sigmoid between them, in hundredths: 1000 means `1 / (1 + e^(−10(d−½)))`.
    pub steepness: u16,
}

impl Default for LiquidAlpha {
    /// 0.7, 0.9 and a steepness of 10.
    fn default() -> Self {
        Self { low: 45_875, high: 58_982, steepness: 1_000 }
    }
}

/// The parameters of one subnet at one epoch. Blocks are block numbers or counts of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// κ, in 1/65535: the part of the active stake that must stand behind a consensus value.
    pub kappa: u16,
    /// β, in 1/65535: how much of what was clipped is missing from the bonds too.
    pub bonds_penalty: u16,
    /// What remains of a bond after one epoch, per million (900 000 = 0.9); at most 1 000 000.
    /// Not used where liquid alpha is on.
    pub bonds_moving_average: u32,
    /// How bonds move.
    pub bond_rule: BondRule,
    /// Liquid alpha, if on. The classic rule does not use it.
    pub liquid_alpha: Option<LiquidAlpha>,
    /// A neuron whose last submission is more blocks ago than this is inactive.
    pub activity_cutoff: u64,
    /// How many new permits there are at most (the owner's is extra).
    pub max_validators: u16,
    /// Stake below this counts as none, in the smallest unit. The owner is exempt.
    pub stake_threshold: u64,
    /// The uid of the subnet owner's hotkey, if it has one: always permitted, and may score itself.
    pub owner: Option<u16>,
    /// The block of the last epoch: the bonds on a neuron that registered at or after it start
    /// empty.
    pub last_epoch: u64,
    /// The block of this epoch.
    pub now: u64,
}

/// One neuron as the chain has it stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neuron {
    /// Stake weight, in the smallest unit.
    pub stake: u64,
    /// The block at which the present weight row was committed (set, without commit-reveal). A
    /// score is dropped when its target registered at or after this block: it was meant for the
    /// uid's former holder.
    pub last_update: u64,
    /// The block of the newest commit or row: what activity is measured by.
    pub last_submission: u64,
    /// The block at which the neuron registered.
    pub registered: u64,
    /// The validator permit that the last epoch gave it.
    pub permit: bool,
}

/// Everything an epoch reads.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The subnet's parameters.
    pub params: &'a Params,
    /// The neurons; the index is the uid.
    pub neurons: &'a [Neuron],
    /// The weight row of each neuron, in any scale: `rows[i]` are i's scores, often none.
    pub rows: &'a [Row],
    /// The bond row of each neuron, as the last epoch returned it: `bonds[i]` are the bonds that i
    /// holds.
    pub bonds: &'a [Row],
}

/// The same, owning its parts: for whoever has an epoch's input nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedInput {
    /// See [`Input::params`].
    pub params: Params,
    /// See [`Input::neurons`].
    pub neurons: Vec<Neuron>,
    /// See [`Input::rows`].
    pub rows: Vec<Row>,
    /// See [`Input::bonds`].
    pub bonds: Vec<Row>,
}

impl OwnedInput {
    /// What [`epoch`](crate::epoch) takes.
    pub fn input(&self) -> Input<'_> {
        let Self { params, neurons, rows, bonds } = self;
        Input { params, neurons, rows, bonds }
    }
}

impl Input<'_> {
    /// Refuses an input that no epoch can be computed from.
    pub(crate) fn check(&self) -> Result<(), EpochError> {
        let neurons = self.neurons.len();
        let params = self.params;
        if neurons > usize::from(u16::MAX).saturating_add(1) {
            return Err(EpochError::TooManyNeurons { have: neurons });
        }
        if let Some(uid) = params.owner.filter(|owner| usize::from(*owner) >= neurons) {
            return Err(EpochError::UnknownUid { step: Step::Input, uid, neurons });
        }
        if params.bonds_moving_average > 1_000_000 {
            return Err(EpochError::MovingAverage { have: params.bonds_moving_average });
        }
        if let Some(LiquidAlpha { low, high, .. }) = params.liquid_alpha {
            if low > high {
                return Err(EpochError::LiquidAlpha { low, high });
            }
        }
        check_rows(Table::Weights, self.rows, neurons)?;
        check_rows(Table::Bonds, self.bonds, neurons)
    }
}

fn check_rows(table: Table, rows: &[Row], neurons: usize) -> Result<(), EpochError> {
    if rows.len() != neurons {
        return Err(EpochError::RowCount { table, have: rows.len(), want: neurons });
    }
    for (row, entries) in rows.iter().enumerate() {
        let mut last = None;
        for &(uid, _) in entries {
            if last >= Some(uid) {
                return Err(EpochError::RowOrder { table, row, uid });
            }
            last = Some(uid);
        }
        // The row ascends, so its last uid is the largest.
        if let Some(uid) = last.filter(|uid| usize::from(*uid) >= neurons) {
            let step = match table {
                Table::Weights => Step::Weights,
                Table::Bonds => Step::Bonds,
            };
            return Err(EpochError::UnknownUid { step, uid, neurons });
        }
    }
    Ok(())
}
