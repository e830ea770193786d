//! One file per noun of the command line.

pub mod explain;
pub mod key;
pub mod neuron;
pub mod row;
pub mod stake;
pub mod subnet;
pub mod sudo;
pub mod transfer;
pub mod view;
pub mod weights;

use crate::{shape::LandedShape, CliError, Context};
use alun_client::Landed;

/// Prints what a call did.
pub(crate) fn landed(
    context: &Context,
    done: impl Into<String>,
    landed: &Landed,
) -> Result<(), CliError> {
    context.output.show(&LandedShape::new(done, landed))
}

/// Least to receive where the user names none: what the quote says, less a tenth of a percent,
/// because rewards enter pools between the quote and the call.
pub(crate) fn tolerance(quoted: alun_client::Balance) -> alun_client::Balance {
    quoted.saturating_sub(quoted / 1_000).saturating_sub(1)
}
