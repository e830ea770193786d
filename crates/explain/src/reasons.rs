//! Why a neuron got nothing.

use alun_primitives::{
    views::{NoDividends, NoIncentive},
    Uid,
};

use crate::{
    rows,
    settled::{block, Settled},
};

/// Why `uid` got nothing as a miner; `None` when it got something.
pub fn no_incentive<AccountId: Clone + PartialEq>(
    settled: &Settled<AccountId>,
    uid: Uid,
) -> Option<NoIncentive> {
    if settled.division.miners.get(uid.index()).is_some_and(|amount| *amount > 0) {
        return None;
    }
    let seen = settled.seen.get(uid.index()).copied().unwrap_or_default();
    let output = settled.output.neurons.get(uid.index());
    Some(if !seen.named {
        NoIncentive::NobodyScored
    } else if !seen.counted {
        NoIncentive::AllDropped
    } else if !seen.voted {
        NoIncentive::NoVote
    } else if output.is_some_and(|output| output.rank == 0 && output.consensus == 0) {
        NoIncentive::AllClipped
    } else if settled.paid.miners.is_zero() {
        NoIncentive::NothingPaid
    } else {
        NoIncentive::TooSmall
    })
}

/// Why `uid` got nothing as a validator; `None` when it got something.
pub fn no_dividends<AccountId: Clone + PartialEq>(
    settled: &Settled<AccountId>,
    uid: Uid,
) -> Option<NoDividends> {
    if settled.division.validators.get(uid.index()).is_some_and(|amount| *amount > 0) {
        return None;
    }
    let (params, neuron) = (settled.input.params, settled.input.neurons.get(uid.index())?);
    let output = settled.output.neurons.get(uid.index())?;
    let owner = params.owner == Some(uid.0);
    Some(if !neuron.permit && !owner {
        NoDividends::NoPermit
    } else if neuron.stake == 0 {
        NoDividends::NoStake
    } else if neuron.stake < params.stake_threshold && !owner {
        NoDividends::BelowThreshold(params.stake_threshold)
    } else if !output.active {
        // Saturation: past every block.
        let last = neuron.last_submission.saturating_add(params.activity_cutoff);
        NoDividends::Inactive(block(last.saturating_add(1)))
    } else if settled.paid.validators.is_zero() {
        NoDividends::NothingPaid
    } else if settled.by_stake() {
        NoDividends::TooSmall
    } else {
        of_row(settled, uid)
    })
}

/// The same for one who votes.
fn of_row<AccountId>(settled: &Settled<AccountId>, uid: Uid) -> NoDividends {
    let entries = rows::entries(&settled.input, uid.0);
    let earned = settled.output.neurons.get(uid.index());
    if entries.is_empty() {
        NoDividends::NoRow
    } else if entries.iter().all(|entry| entry.dropped.is_some()) {
        NoDividends::RowDropped
    } else if earned.is_some_and(|output| output.dividend_share > 0) {
        NoDividends::TooSmall
    } else {
        NoDividends::NoBonds
    }
}
