//! What is changed.

use super::{error::WhatIfError, read::params_of, Snapshot};
use alun_client::{parse_hyperparameter, show_hyperparameter, Hyperparameter, Tokens};
use alun_primitives::{RowLimits, WeightRow};
use alun_yuma::Params;
use std::fmt;

/// The hyperparameters that what an epoch pays depends on.
pub(super) const KNOWN: &str = "kappa, bonds_penalty, bonds_moving_average, bond_rule, \
     liquid_alpha, liquid_alpha_low, liquid_alpha_high, liquid_alpha_steepness, \
     activity_cutoff_ms, max_validators, stake_threshold, owner_cut";

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A hyperparameter has another value.
    Set(Hyperparameter),
    /// A neuron has another stake weight, smallest unit.
    Stake {
        /// Whose.
        uid: u16,
        /// How much.
        amount: u64,
    },
    /// A neuron has sent another row just before the epoch, or has none.
    Row {
        /// Whose.
        uid: u16,
        /// Its entries as sent, by target; none for no row.
        row: Vec<(u16, u16)>,
    },
}

const STAKE_FORM: &str = "UID=TOKENS, such as 3=1500.5";
const ROW_FORM: &str = "UID=TARGET:VALUE,TARGET:VALUE,…, such as 0=4:100,5:50";

fn form(flag: &'static str, text: &str, reason: impl ToString) -> WhatIfError {
    let form = if flag == "--stake" { STAKE_FORM } else { ROW_FORM };
    WhatIfError::Form { flag, text: text.to_owned(), reason: reason.to_string(), form }
}

fn uid_before<'a>(flag: &'static str, text: &'a str) -> Result<(u16, &'a str), WhatIfError> {
    let (uid, rest) = text.split_once('=').ok_or_else(|| form(flag, text, "there is no `=`"))?;
    let uid = uid.trim().parse().map_err(|_| form(flag, text, "the uid is no number"))?;
    Ok((uid, rest.trim()))
}

impl Change {
    /// Reads `name=value`.
    ///
    /// # Errors
    ///
    /// When there is no such hyperparameter, no epoch reads it, or the value is out of bounds.
    pub fn hyperparameter(text: &str) -> Result<Self, WhatIfError> {
        let change = parse_hyperparameter(text)?;
        match KNOWN.split(", ").any(|name| name == change.name()) {
            true => Ok(Self::Set(change)),
            false => Err(WhatIfError::NoPart(change.name())),
        }
    }

    /// Reads `uid=tokens`.
    ///
    /// # Errors
    ///
    /// When it is not of that form.
    pub fn stake(text: &str) -> Result<Self, WhatIfError> {
        let (uid, amount) = uid_before("--stake", text)?;
        let amount = amount.parse::<Tokens>().map_err(|error| form("--stake", text, error))?;
        Ok(Self::Stake { uid, amount: amount.0 })
    }

    /// Reads `uid=target:value,…`. Nothing after the `=` takes the row away.
    ///
    /// # Errors
    ///
    /// When it is not of that form. Whether the subnet accepts the row is seen when it is applied.
    pub fn row(text: &str) -> Result<Self, WhatIfError> {
        let (uid, entries) = uid_before("--row", text)?;
        let entry = |entry: &str| -> Option<(u16, u16)> {
            let (target, value) = entry.split_once(':')?;
            Some((target.trim().parse().ok()?, value.trim().parse().ok()?))
        };
        let entries: Option<Vec<_>> = match entries.is_empty() {
            true => Some(Vec::new()),
            false => entries.split(',').map(entry).collect(),
        };
        let reason = "an entry is not TARGET:VALUE with a value up to 65535";
        let row = entries.ok_or_else(|| form("--row", text, reason))?;
        Ok(Self::Row { uid, row })
    }

    /// Makes the change.
    pub(super) fn apply(&self, snapshot: &mut Snapshot) -> Result<(), WhatIfError> {
        let neurons = snapshot.neurons.len();
        let known = |flag, uid: u16| match usize::from(uid) < neurons {
            true => Ok(usize::from(uid)),
            false => Err(WhatIfError::UnknownUid { flag, uid, neurons }),
        };
        match self {
            Self::Set(change) => set(snapshot, *change),
            Self::Stake { uid, amount } => {
                snapshot.neurons[known("--stake", *uid)?].stake = *amount;
                let mut stakes = snapshot.neurons.iter().map(|neuron| neuron.stake);
                let sum = stakes.try_fold(0u64, |sum, stake| sum.checked_add(stake));
                sum.ok_or(WhatIfError::StakeSum)?;
            }
            Self::Row { uid, row } => {
                let index = known("--row", *uid)?;
                if row.is_empty() {
                    snapshot.rows[index].clear();
                    return Ok(());
                }
                snapshot.rows[index] = accept(snapshot, *uid, row)?;
                snapshot.neurons[index].last_update = snapshot.params.now;
                snapshot.neurons[index].last_submission = snapshot.params.now;
            }
        }
        Ok(())
    }
}

/// The row as the chain would store it, by the chain's own rule.
fn accept(
    snapshot: &Snapshot,
    uid: u16,
    row: &[(u16, u16)],
) -> Result<Vec<(u16, u16)>, WhatIfError> {
    let hyperparameters = &snapshot.hyperparameters;
    let limits = RowLimits {
        // At most 4,096.
        neurons: u16::try_from(snapshot.neurons.len()).unwrap_or(u16::MAX),
        min_weights: hyperparameters.min_weights,
        max_share: hyperparameters.max_weight_share,
    };
    let (uids, values): (Vec<_>, Vec<_>) = row.iter().copied().unzip();
    let accepted = WeightRow::accept(&uids, &values, &limits);
    accepted.map(|row| row.0).map_err(|reason| WhatIfError::Row { uid, reason, limits })
}

fn set(snapshot: &mut Snapshot, change: Hyperparameter) {
    snapshot.hyperparameters.set(change);
    let Params { activity_cutoff, owner, last_epoch, now, .. } = snapshot.params;
    let activity_cutoff = match change {
        // As the chain's clock does it.
        Hyperparameter::ActivityCutoff(ms) => ms.div_ceil(snapshot.slot_ms.max(1)),
        _ => activity_cutoff,
    };
    snapshot.params =
        Params { activity_cutoff, owner, last_epoch, now, ..params_of(&snapshot.hyperparameters) };
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(change) => {
                write!(f, "{} = {}", change.name(), show_hyperparameter(change))
            }
            Self::Stake { uid, amount } => {
                write!(f, "the stake weight of uid {uid} is {}", Tokens(*amount))
            }
            Self::Row { uid, row } if row.is_empty() => write!(f, "uid {uid} has no row"),
            Self::Row { uid, row } => {
                write!(f, "uid {uid} has sent a row of {} scores", row.len())
            }
        }
    }
}
