//! The epoch as it was and as it would have been.

use super::{change::Change, error::WhatIfError, Snapshot};
use alun_client::{Award, PayRecord};
use alun_primitives::{cut, Cut};
use alun_yuma::{divide, epoch, Claim, Input, NeuronOutput, Output};
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
    /// What reaches the owner.
    pub owner_cut: u64,
    /// The miners' part.
    pub miners: u64,
    /// The validators' part.
    pub validators: u64,
    /// The miners' part, if it is burned because nobody has incentive.
    pub burned: u64,
    /// What stays pending, or is pending again: all of it where nobody has active stake, and what
    /// could not be paid.
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
    let whole = |pay: &Pay| i128::from(pay.as_miner) + i128::from(pay.as_validator);
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
fn pays(output: &Output, miners: u64, validators: u64) -> (Vec<Pay>, u64) {
    let division = divide(miners, validators, output.neurons.iter().map(Claim::from));
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
    let dues = output.neurons.iter().zip(division.miners).zip(division.validators);
    (dues.map(pay).collect(), division.burned)
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
    same(&|| "what was burned".into(), record.burned, burned)?;
    Ok(pays)
}

/// What is recorded of a neuron next to what is computed.
fn columns(award: &Award, pay: &Pay) -> [(&'static str, u64, u64); 8] {
    [
        ("the consensus", award.consensus.into(), pay.consensus_u16.into()),
        ("the validator trust", award.validator_trust.into(), pay.validator_trust_u16.into()),
        ("the incentive", award.incentive.into(), pay.incentive_u16.into()),
        ("the dividends", award.dividends.into(), pay.dividends_u16.into()),
        ("the pay as a miner", award.as_miner, pay.as_miner),
        ("the pay as a validator", award.as_validator, pay.as_validator),
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
        let money =
            Money { total, owner_cut: 0, miners: 0, validators: 0, burned: 0, kept_pending: total };
        return Ok((pays(&output, 0, 0).0, money));
    }
    let ppm = |snapshot: &Snapshot| snapshot.hyperparameters.owner_cut;
    // What the record does not give to a side was cut off for the owner, whether it got it or not.
    let was_cut = total.saturating_sub(record.miners).saturating_sub(record.validators);
    let Cut { owner, miners, validators } = match ppm(snapshot) == ppm(changed) {
        true => Cut { owner: was_cut, miners: record.miners, validators: record.validators },
        false => cut(total, ppm(changed)),
    };
    let (pays, burned) = pays(&output, miners, validators);
    // An owner that could not be paid could not be paid a changed cut either.
    let unpaid = was_cut > 0 && record.owner_cut == 0;
    let (owner_cut, kept_pending) = if unpaid { (0, owner) } else { (owner, 0) };
    Ok((pays, Money { total, owner_cut, miners, validators, burned, kept_pending }))
}

fn notes(snapshot: &Snapshot, changes: &[Change]) -> Vec<String> {
    let mut notes = vec![
        "one epoch: bonds are those that it began with, so that what a change of bonds or rows \
         does in the long run takes some epochs more"
            .to_owned(),
    ];
    if snapshot.record.total == 0 {
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
