//! The epoch as it was and as it would have been.

use super::{change::Change, error::WhatIfError, Snapshot};
use alun_client::{Alpha, Award, PayRecord};
use alun_primitives::{cut, Cut};
use alun_yuma::{divide, epoch, Claim, Input, NeuronOutput, Output};
use serde::Serialize;

/// What one neuron got out of an epoch. `u16`s are parts of 65,535, amounts in the
/// subnet's alpha.
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
    pub as_miner: Alpha,
    /// Due to it as a validator.
    pub as_validator: Alpha,
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
    /// What it would have got more, or less, in the smallest unit of the subnet's alpha.
    pub difference: i128,
}

/// How an epoch divides its emission, in the subnet's alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Money {
    /// All of it.
    pub total: Alpha,
    /// What reaches the owner.
    pub owner_cut: Alpha,
    /// The miners' part.
    pub miners: Alpha,
    /// The validators' part.
    pub validators: Alpha,
    /// The miners' part, if it is burned because nobody has incentive.
    pub burned: Alpha,
    /// What stays pending, or is pending again: all of it where nobody has active stake, and what
    /// could not be paid.
    pub kept_pending: Alpha,
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

/// Computes the epoch of a snapshot as it was and with the changes, in the order given.
///
/// What was paid is what the chain has recorded. An epoch that comes out otherwise than that is
/// refused: then the chain computes by other rules than this program.
///
/// # Errors
///
/// When a change does not fit the subnet, an epoch can't be computed, or the epoch as it was is not
/// what the chain has recorded.
pub fn compare(snapshot: &Snapshot, changes: &[Change]) -> Result<Comparison, WhatIfError> {
    let mut changed = snapshot.clone();
    for change in changes {
        change.apply(&mut changed)?;
    }
    check_together(snapshot, &changed)?;
    let before = as_recorded(snapshot)?;
    let (after, money) = as_changed(snapshot, &changed)?;
    let whole = |pay: &Pay| i128::from(pay.as_miner.0) + i128::from(pay.as_validator.0);
    let pays = before.iter().zip(&after).zip(&snapshot.hotkeys).enumerate();
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
        before: recorded_money(&snapshot.record),
        after: money,
        neurons: neurons.collect(),
        notes: notes(snapshot, changes),
    })
}

/// Refuses hyperparameters that the chain would refuse together. What did not go together before is
/// not the change's fault: genesis may set what it likes.
fn check_together(snapshot: &Snapshot, changed: &Snapshot) -> Result<(), WhatIfError> {
    match changed.hyperparameters.cross_check() {
        Err(check) if snapshot.hyperparameters.cross_check() != Err(check) => {
            Err(WhatIfError::Together(check))
        }
        _ => Ok(()),
    }
}

fn run(snapshot: &Snapshot) -> Result<Output, WhatIfError> {
    let Snapshot { params, neurons, rows, bonds, .. } = snapshot;
    Ok(epoch(&Input { params, neurons, rows, bonds })?)
}

/// What each neuron is due of the two halves.
fn pays(output: &Output, miners: Alpha, validators: Alpha) -> (Vec<Pay>, Alpha) {
    let division = divide(miners.0, validators.0, output.neurons.iter().map(Claim::from));
    let pay = |((neuron, as_miner), as_validator): ((&NeuronOutput, u64), u64)| Pay {
        active: neuron.active,
        permit: neuron.permit,
        consensus_u16: neuron.consensus,
        validator_trust_u16: neuron.validator_trust,
        incentive_u16: neuron.incentive,
        dividends_u16: neuron.dividends,
        as_miner: Alpha(as_miner),
        as_validator: Alpha(as_validator),
    };
    let dues = output.neurons.iter().zip(division.miners).zip(division.validators);
    (dues.map(pay).collect(), Alpha(division.burned))
}

fn recorded_money(record: &PayRecord) -> Money {
    let PayRecord { total, owner_cut, miners, validators, burned, returned, .. } = *record;
    Money { total, owner_cut, miners, validators, burned, kept_pending: returned }
}

/// The epoch as it was: by the chain's record of it, which the epoch computed again must equal.
fn as_recorded(snapshot: &Snapshot) -> Result<Vec<Pay>, WhatIfError> {
    let Snapshot { record, awards, .. } = snapshot;
    let epoch = snapshot.epoch;
    let same = |what: &dyn Fn() -> String, recorded: u64, computed: u64| {
        if recorded == computed {
            return Ok(());
        }
        Err(WhatIfError::NotAsRecorded { epoch, what: what(), recorded, computed })
    };
    let (pays, burned) = pays(&run(snapshot)?, record.miners, record.validators);
    same(&|| "the number of neurons".into(), awards.len() as u64, pays.len() as u64)?;
    for (uid, (award, pay)) in awards.iter().zip(&pays).enumerate() {
        for (name, recorded, computed) in columns(award, pay) {
            same(&|| format!("{name} of uid {uid}"), recorded, computed)?;
        }
    }
    same(&|| "what was burned".into(), record.burned.0, burned.0)?;
    Ok(pays)
}

/// What is recorded of a neuron next to what is computed.
fn columns(award: &Award, pay: &Pay) -> [(&'static str, u64, u64); 8] {
    [
        ("the consensus", award.consensus.into(), pay.consensus_u16.into()),
        ("the validator trust", award.validator_trust.into(), pay.validator_trust_u16.into()),
        ("the incentive", award.incentive.into(), pay.incentive_u16.into()),
        ("the dividends", award.dividends.into(), pay.dividends_u16.into()),
        ("the pay as a miner", award.as_miner.0, pay.as_miner.0),
        ("the pay as a validator", award.as_validator.0, pay.as_validator.0),
        ("the activity", award.active.into(), pay.active.into()),
        ("the permit", award.permit.into(), pay.permit.into()),
    ]
}

/// The epoch as it would have been, with the same emission.
fn as_changed(snapshot: &Snapshot, changed: &Snapshot) -> Result<(Vec<Pay>, Money), WhatIfError> {
    let record = &snapshot.record;
    let output = run(changed)?;
    let total = record.total;
    if output.neurons.iter().all(|neuron| neuron.active_stake == 0) {
        let none = Alpha::ZERO;
        let money = Money {
            total,
            owner_cut: none,
            miners: none,
            validators: none,
            burned: none,
            kept_pending: total,
        };
        return Ok((pays(&output, none, none).0, money));
    }
    let ppm = |snapshot: &Snapshot| snapshot.hyperparameters.owner_cut;
    // What the record does not give to a side was cut off for the owner, whether it got it or not.
    let was_cut = total.saturating_sub(record.miners).saturating_sub(record.validators);
    let Cut { owner, miners, validators } = match ppm(snapshot) == ppm(changed) {
        true => Cut { owner: was_cut.0, miners: record.miners.0, validators: record.validators.0 },
        false => cut(total.0, ppm(changed)),
    };
    let [owner, miners, validators] = [owner, miners, validators].map(Alpha);
    let (pays, burned) = pays(&output, miners, validators);
    // An owner that could not be paid could not be paid a changed cut either.
    let unpaid = !was_cut.is_zero() && record.owner_cut.is_zero();
    let (owner_cut, kept_pending) =
        if unpaid { (Alpha::ZERO, owner) } else { (owner, Alpha::ZERO) };
    Ok((pays, Money { total, owner_cut, miners, validators, burned, kept_pending }))
}

fn notes(snapshot: &Snapshot, changes: &[Change]) -> Vec<String> {
    let mut notes = vec![
        "one epoch: bonds are those that it began with, so that what a change of bonds or rows \
         does in the long run takes some epochs more"
            .to_owned(),
    ];
    if snapshot.record.total.is_zero() {
        notes
            .push("the epoch divided nothing, so that nothing can be divided otherwise".to_owned());
    }
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
