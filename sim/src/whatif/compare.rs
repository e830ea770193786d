//! The epoch as it was and as it would have been.

use super::{change::Change, error::WhatIfError, Snapshot};
use alun_yuma::{epoch, split_exact, Input, NeuronOutput, Output};
use serde::Serialize;

/// What one neuron got out of an epoch. `u16`s are parts of 65,535, amounts the smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pay {
    /// Whether it was active.
    pub active: bool,
    /// The permit for the next epoch.
    pub permit: bool,
    /// Consensus on it.
    pub consensus_u16: u16,
    /// Validator trust.
    pub validator_trust_u16: u16,
    /// Incentive.
    pub incentive_u16: u16,
    /// Dividends.
    pub dividends_u16: u16,
    /// Due to it as a miner.
    pub as_miner: u64,
    /// Due to it as a validator.
    pub as_validator: u64,
}

/// One neuron in both epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeuronChange {
    /// Uid.
    pub uid: usize,
    /// Hotkey, ss58.
    pub hotkey: String,
    /// As it was.
    pub before: Pay,
    /// As it would have been.
    pub after: Pay,
    /// What it would have got more, or less, in the smallest unit.
    pub difference: i128,
}

/// How an epoch divides its emission, smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    /// All of it.
    pub total: u64,
    /// The owner's cut.
    pub owner_cut: u64,
    /// The miners' part.
    pub miners: u64,
    /// The validators' part.
    pub validators: u64,
    /// The miners' part, if it is burned because nobody has incentive.
    pub burned: u64,
    /// All of it, if it stays pending because nobody has active stake.
    pub kept_pending: u64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The subnet.
    pub netuid: u16,
    /// The mechanism.
    pub mechanism: u8,
    /// The epoch that is computed again.
    pub epoch: u64,
    /// The block at which its input was read.
    pub block: u64,
    /// What is changed, in words.
    pub changes: Vec<String>,
    /// The money as it was divided.
    pub before: Money,
    /// The money as it would have been.
    pub after: Money,
    /// By uid.
    pub neurons: Vec<NeuronChange>,
    /// What to know when reading this.
    pub notes: Vec<String>,
}

/// An epoch and what it pays.
struct Paid {
    money: Money,
    neurons: Vec<Pay>,
}

/// Computes the epoch of a snapshot as it was and with the changes, in the order given.
///
/// # Errors
///
/// When a change does not fit the subnet or an epoch can't be computed.
pub fn compare(snapshot: &Snapshot, changes: &[Change]) -> Result<Comparison, WhatIfError> {
    let mut changed = snapshot.clone();
    for change in changes {
        change.apply(&mut changed)?;
    }
    let before = paid(snapshot)?;
    let after = paid(&changed)?;
    let whole = |pay: &Pay| i128::from(pay.as_miner) + i128::from(pay.as_validator);
    let pays = before.neurons.iter().zip(&after.neurons).zip(&snapshot.hotkeys).enumerate();
    let neurons = pays.map(|(uid, ((before, after), hotkey))| NeuronChange {
        uid,
        hotkey: hotkey.clone(),
        before: *before,
        after: *after,
        difference: whole(after) - whole(before),
    });
    Ok(Comparison {
        netuid: snapshot.netuid,
        mechanism: snapshot.mechanism,
        epoch: snapshot.epoch,
        block: snapshot.params.now,
        changes: changes.iter().map(Change::to_string).collect(),
        before: before.money,
        after: after.money,
        neurons: neurons.collect(),
        notes: notes(snapshot, changes),
    })
}

fn paid(snapshot: &Snapshot) -> Result<Paid, WhatIfError> {
    let Snapshot { params, neurons, rows, bonds, .. } = snapshot;
    let output = epoch(&Input { params, neurons, rows, bonds })?;
    let money = divide(snapshot, &output);
    let column = |of: fn(&NeuronOutput) -> u64| output.neurons.iter().map(of).collect::<Vec<_>>();
    let dividends = column(|neuron| neuron.dividend_share);
    // Without any dividends, the validators' half goes by active stake.
    let by_dividends = dividends.iter().any(|share| *share > 0);
    let validators = if by_dividends { dividends } else { column(|neuron| neuron.active_stake) };
    let as_miner = split_exact(money.miners - money.burned, &column(|one| one.incentive_share));
    let as_validator = split_exact(money.validators, &validators);
    let pay = |((neuron, as_miner), as_validator): ((&NeuronOutput, u64), u64)| Pay {
        active: neuron.active,
        permit: neuron.permit,
        consensus_u16: neuron.consensus,
        validator_trust_u16: neuron.validator_trust,
        incentive_u16: neuron.incentive,
        dividends_u16: neuron.dividends,
        as_miner,
        as_validator,
    };
    let neurons = output.neurons.iter().zip(as_miner).zip(as_validator).map(pay).collect();
    Ok(Paid { money, neurons })
}

/// The rules of emission: the owner's cut first, then half each, an odd unit to the miners.
fn divide(snapshot: &Snapshot, output: &Output) -> Money {
    let total = snapshot.total;
    let nothing =
        Money { total, owner_cut: 0, miners: 0, validators: 0, burned: 0, kept_pending: total };
    if output.neurons.iter().all(|neuron| neuron.active_stake == 0) {
        return nothing;
    }
    let ppm = u128::from(snapshot.hyperparameters.owner_cut.min(1_000_000));
    // At most `total`, so that it fits.
    let owner_cut = u64::try_from(u128::from(total) * ppm / 1_000_000).unwrap_or(total);
    let validators = (total - owner_cut) / 2;
    let miners = total - owner_cut - validators;
    let any_incentive = output.neurons.iter().any(|neuron| neuron.incentive_share > 0);
    let burned = if any_incentive { 0 } else { miners };
    Money { owner_cut, miners, validators, burned, kept_pending: 0, ..nothing }
}

fn notes(snapshot: &Snapshot, changes: &[Change]) -> Vec<String> {
    let mut notes = vec![
        "one epoch: bonds are those that it began with, so that what a change of bonds or rows \
         does in the long run takes some epochs more"
            .to_owned(),
    ];
    for change in changes {
        if let Change::Row { uid, .. } = change {
            let permit = snapshot.neurons.get(usize::from(*uid)).is_some_and(|one| one.permit);
            if !permit && snapshot.params.owner != Some(*uid) {
                notes.push(format!("uid {uid} held no permit: its row does not count"));
            }
        }
        if let Change::Stake { uid, .. } = change {
            notes.push(format!(
                "stake decides permits of the next epoch only: uid {uid} keeps the permit that it \
                 had, or had not"
            ));
        }
    }
    notes
}
