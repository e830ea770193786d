//! What can go wrong with an epoch, by name.

use core::fmt;

/// A step of the epoch, as numbered in the [crate's list](crate#the-steps).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reading the input, before step 1.
    Input,
    /// Step 2: thresholds and the normalised stake.
    Stake,
    /// Step 4: the stake of the active validators.
    ActiveStake,
    /// Step 5: masking and normalising the weight rows.
    Weights,
    /// Step 6: the stake-weighted medians.
    Consensus,
    /// Step 7: trust, rank and incentive.
    Rank,
    /// Step 8: the weight rows that bonds follow.
    BondWeights,
    /// Step 9: the moving average of the bonds.
    Bonds,
    /// Step 9: the dividends of the bonds.
    Dividends,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Stake => "stake",
            Self::ActiveStake => "active stake",
            Self::Weights => "weight rows",
            Self::Consensus => "consensus",
            Self::Rank => "rank",
            Self::BondWeights => "weight rows for bonds",
            Self::Bonds => "bonds",
            Self::Dividends => "dividends",
        })
    }
}

/// Which of the two sparse tables of the input is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// [`Input::rows`](crate::Input::rows).
    Weights,
    /// [`Input::bonds`](crate::Input::bonds).
    Bonds,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weights => "weight row",
            Self::Bonds => "bond row",
        })
    }
}

/// Why an epoch has no result. Nothing is computed by halves: an error leaves no output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochError {
    /// A sum or a product left its type. The whole stake of a subnet must fit into a `u64`; within
    /// that limit no step can overflow.
    Overflow {
        /// Where it happened.
        step: Step,
    },
    /// More neurons than a `u16` can number.
    TooManyNeurons {
        /// Neurons given.
        have: usize,
    },
    /// There must be one row (it may be empty) for each neuron.
    RowCount {
        /// Which table.
        table: Table,
        /// Rows given.
        have: usize,
        /// Rows wanted: the number of neurons.
        want: usize,
    },
    /// A row's uids do not ascend: one is out of place or there twice.
    RowOrder {
        /// Which table.
        table: Table,
        /// Whose row.
        row: usize,
        /// The first uid that is not larger than the one before it.
        uid: u16,
    },
    /// A uid that no neuron has.
    UnknownUid {
        /// Where it was met.
        step: Step,
        /// The uid.
        uid: u16,
        /// The number of neurons; uids are below it.
        neurons: usize,
    },
    /// The bonds moving average is above one.
    MovingAverage {
        /// The value given, per million.
        have: u32,
    },
    /// Liquid alpha with its lower bound above its upper one.
    LiquidAlpha {
        /// The lower bound given.
        low: u16,
        /// The upper bound given.
        high: u16,
    },
}

impl EpochError {
    /// The step that failed. A table that can't be read fails the step that would read it, any other
    /// fault of the input none of them: it is found before.
    pub fn step(&self) -> Step {
        match *self {
            Self::Overflow { step } | Self::UnknownUid { step, .. } => step,
            Self::RowCount { table, .. } | Self::RowOrder { table, .. } => match table {
                Table::Weights => Step::Weights,
                Table::Bonds => Step::Bonds,
            },
            Self::TooManyNeurons { .. } | Self::MovingAverage { .. } | Self::LiquidAlpha { .. } => {
                Step::Input
            }
        }
    }
}

/// The step, and what is wrong with it.
impl fmt::Display for EpochError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.step())?;
        match self {
            Self::Overflow { .. } => f.write_str(
                "a number left its type; the stake of all neurons together must stay below 2^64 \
                 units",
            ),
            Self::TooManyNeurons { have } => {
                write!(f, "{have} neurons are more than the 65536 that a u16 uid can number")
            }
            Self::RowCount { table, have, want } => {
                write!(f, "{have} {table}s for {want} neurons; give one each, empty if need be")
            }
            Self::RowOrder { table, row, uid } => write!(
                f,
                "{table} of uid {row}: uid {uid} does not follow a smaller one; sort the row by \
                 uid and name each uid once"
            ),
            Self::UnknownUid { uid, neurons, .. } => {
                write!(f, "uid {uid} is unknown; uids are below {neurons}")
            }
            Self::MovingAverage { have } => {
                write!(f, "bonds moving average {have} is above its limit of 1000000 (1.0)")
            }
            Self::LiquidAlpha { low, high } => {
                write!(f, "liquid alpha: low {low} is above high {high}; swap or raise them")
            }
        }
    }
}

impl core::error::Error for EpochError {}

/// The value of neuron `uid` in a list with one per neuron.
#[inline]
pub(crate) fn at<T: Copy>(values: &[T], uid: u16, step: Step) -> Result<T, EpochError> {
    match values.get(usize::from(uid)) {
        Some(value) => Ok(*value),
        None => Err(EpochError::UnknownUid { step, uid, neurons: values.len() }),
    }
}

/// The same, to write to.
#[inline]
pub(crate) fn at_mut<T>(values: &mut [T], uid: u16, step: Step) -> Result<&mut T, EpochError> {
    let neurons = values.len();
    values.get_mut(usize::from(uid)).ok_or(EpochError::UnknownUid { step, uid, neurons })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn error_should_name_the_step_that_failed() {
        let (have, want, row, uid) = (1, 2, 0, 7);
        let weights = EpochError::RowOrder { table: Table::Weights, row, uid };
        let bonds = EpochError::RowCount { table: Table::Bonds, have, want };
        for (error, step, name) in [
            (EpochError::Overflow { step: Step::Rank }, Step::Rank, "rank: "),
            (weights, Step::Weights, "weight rows: "),
            (bonds, Step::Bonds, "bonds: "),
            (
                EpochError::UnknownUid { step: Step::Dividends, uid, neurons: 2 },
                Step::Dividends,
                "dividends: ",
            ),
            (EpochError::LiquidAlpha { low: 2, high: 1 }, Step::Input, "input: "),
        ] {
            assert_eq!(error.step(), step);
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
}
