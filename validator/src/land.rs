//! Brings rows onto the chain: commit in the row's epoch, reveal in its window, until final.

use crate::{
    crash,
    error::ValidatorError,
    metrics::Metrics,
    state::{EpochRecord, Fate, Row, Store},
};
use alun_client::{
    calls::{Call, CommitWeights, RevealWeights, SetWeights},
    AccountId, Chain, MechanismId, NetUid, Refusal, Schedule, Submission, SubmitError,
};
use alun_keys::Keypair;
use std::{sync::Arc, time::Duration};

/// What is to be done now for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send the commit (or the row itself).
    Commit,
    /// Send the reveal.
    Reveal,
    /// The window is still to come.
    Wait,
    /// The commit's epoch or the reveal's window has passed.
    Missed(&'static str),
    /// Nothing is left.
    Nothing,
}

/// Decides from what is known alone, so that a restart decides the same.
pub fn step(record: &EpochRecord, due: Option<u64>) -> Step {
    let Ok(row) = &record.row else { return Step::Nothing };
    if record.finished() {
        return Step::Nothing;
    }
    let due = due.unwrap_or(0);
    if !row.commit_reveal {
        // A row set directly counts from the moment it lands; a late one is still the newest.
        return if due <= record.epoch {
            Step::Commit
        } else {
            Step::Missed("its epoch ended before the row was set")
        };
    }
    let window = record.epoch.saturating_add(u64::from(row.reveal_period));
    if due < record.epoch {
        Step::Wait
    } else if due == record.epoch {
        if record.commit == Fate::Pending {
            Step::Commit
        } else {
            Step::Wait
        }
    } else if due < window {
        Step::Wait
    } else if due == window {
        // Also when the commit's fate is unknown: if it landed, the reveal succeeds.
        Step::Reveal
    } else if record.commit == Fate::Pending {
        Step::Missed("its epoch ended before the commit landed")
    } else {
        Step::Missed("the reveal window closed before the reveal landed")
    }
}

/// Sends what a subnet's records need.
#[derive(Clone)]
pub struct Lander {
    /// The chain.
    pub chain: Chain,
    /// The validator's hotkey.
    pub key: Arc<Keypair>,
    /// The subnet.
    pub netuid: NetUid,
    /// Its mechanism.
    pub mechanism: MechanismId,
    /// Where records are.
    pub store: Store,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

impl Lander {
    /// Does the next step of a record, if there is one; returns whether the record changed.
    pub async fn advance(
        &self,
        record: &mut EpochRecord,
        schedule: Schedule,
    ) -> Result<bool, ValidatorError> {
        let best = self.chain.best_number().await?;
        let row = match &record.row {
            Ok(row) => row.clone(),
            Err(_) => return Ok(false),
        };
        match step(record, schedule.due(best)) {
            Step::Wait | Step::Nothing => Ok(false),
            Step::Missed(why) => {
                let lost = Fate::Lost { why: why.into() };
                if record.commit == Fate::Pending {
                    record.commit = lost
                } else {
                    record.reveal = lost
                }
                self.loud(record);
                self.store.save(record)?;
                Ok(true)
            }
            Step::Commit => {
                let fate = if row.commit_reveal {
                    self.commit(&row).await
                } else {
                    self.set(&row, record.epoch).await
                }?;
                crash::point("committed");
                self.settle(record, fate, false)
            }
            Step::Reveal => {
                let fate = self.reveal(&row, record.epoch).await?;
                crash::point("revealed");
                self.settle(record, fate, true)
            }
        }
    }

    fn settle(
        &self,
        record: &mut EpochRecord,
        fate: Fate,
        reveal: bool,
    ) -> Result<bool, ValidatorError> {
        if fate == Fate::Pending {
            return Ok(false);
        }
        if let Fate::Landed { block } = fate {
            let what = if reveal { "revealed" } else { "committed" };
            tracing::info!(netuid = %self.netuid, epoch = record.epoch, block, "row {what}");
            self.metrics.row(what);
            if reveal {
                record.commit = match record.commit {
                    Fate::Pending => Fate::Landed { block },
                    ref known => known.clone(),
                };
            }
        }
        if reveal {
            record.reveal = fate
        } else {
            record.commit = fate
        }
        if record.lost() {
            self.loud(record);
        }
        self.store.save(record)?;
        Ok(true)
    }

    fn loud(&self, record: &EpochRecord) {
        self.metrics.row("not_landed");
        tracing::error!(
            netuid = %self.netuid, epoch = record.epoch, commit = ?record.commit, reveal = ?record.reveal,
            "THE ROW OF THIS EPOCH DID NOT LAND"
        );
    }

    async fn commit(&self, row: &Row) -> Result<Fate, ValidatorError> {
        let call = CommitWeights { netuid: self.netuid, mechanism: self.mechanism, hash: row.hash };
        // There is one commit per epoch and this key's commits come from this folder alone, whose
        // row is final: what is on chain is ours.
        self.submit(&call, Some(Refusal::AlreadyCommitted)).await
    }

    async fn set(&self, row: &Row, epoch: u64) -> Result<Fate, ValidatorError> {
        if self.updated_since(epoch).await? {
            return Ok(Fate::Landed { block: 0 });
        }
        let call = SetWeights {
            netuid: self.netuid,
            mechanism: self.mechanism,
            uids: row.uids.clone(),
            values: row.values.clone(),
            version: row.version,
        };
        self.submit(&call, None).await
    }

    async fn reveal(&self, row: &Row, epoch: u64) -> Result<Fate, ValidatorError> {
        let call = RevealWeights {
            netuid: self.netuid,
            mechanism: self.mechanism,
            hotkey: AccountId::from(self.key.public()),
            uids: row.uids.clone(),
            values: row.values.clone(),
            evidence_root: row.evidence_root,
            version: row.version,
            salt: row.salt,
        };
        // A reveal that landed takes its commit away: tell that from a commit that never was.
        match self.submit(&call, Some(Refusal::NoCommit)).await? {
            Fate::Landed { block: 0 } if !self.updated_since(epoch).await? => {
                Ok(Fate::Lost { why: "there is no commit of this epoch on the chain".into() })
            }
            fate => Ok(fate),
        }
    }

    /// Whether this key's present row on the chain was set, or committed, in that epoch or later.
    async fn updated_since(&self, epoch: u64) -> Result<bool, ValidatorError> {
        let at = self.chain.finalized().await?;
        let hotkey = AccountId::from(self.key.public());
        let Some(metagraph) = at.metagraph(self.netuid, self.mechanism).await? else {
            return Ok(false);
        };
        let from =
            metagraph.subnet.schedule.and_then(|schedule| schedule.block_of(epoch, at.number()));
        let own = metagraph.neurons.iter().find(|neuron| neuron.hotkey == hotkey);
        Ok(matches!((own, from), (Some(neuron), Some(from)) if neuron.last_update >= from))
    }

    /// Sends and follows a call until final. `done` is the refusal, if any, that says that it is
    /// there already: landed in block 0 then, since the block is not known. What may pass later stays
    /// pending, to be tried again.
    async fn submit<C: Call>(
        &self,
        call: &C,
        done: Option<Refusal>,
    ) -> Result<Fate, ValidatorError> {
        let how = Submission {
            timeout: Some(Duration::from_secs(45)),
            mortality: 16,
            ..Submission::finalized()
        };
        match self.chain.submit(&self.key, call, &how).await {
            Ok(landed) => Ok(Fate::Landed { block: landed.block }),
            Err(error) if done.is_some() && error.refusal() == done => {
                Ok(Fate::Landed { block: 0 })
            }
            Err(SubmitError::Refused {
                refusal: Refusal::TooSoon | Refusal::RevealTooEarly,
                ..
            }) => Ok(Fate::Pending),
            Err(error) if error.is_transient() => {
                tracing::warn!(netuid = %self.netuid, %error, "not landed yet: trying again");
                Ok(Fate::Pending)
            }
            Err(error @ SubmitError::CannotPay { .. }) => {
                tracing::error!(netuid = %self.netuid, %error, "can't pay: trying again");
                Ok(Fate::Pending)
            }
            Err(error) => Ok(Fate::Lost { why: error.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(commit_reveal: bool) -> EpochRecord {
        let row = Row {
            uids: vec![1],
            values: vec![65_535],
            version: 0,
            salt: [1; 32],
            evidence_root: [2; 32],
            hash: [3; 32],
            commit_reveal,
            reveal_period: 2,
        };
        EpochRecord {
            epoch: 10,
            miners: vec![],
            row: Ok(row),
            commit: Fate::Pending,
            reveal: Fate::Pending,
        }
    }

    #[test]
    fn step_should_follow_the_windows() {
        let pending = record(true);
        let committed = EpochRecord { commit: Fate::Landed { block: 5 }, ..record(true) };
        let revealed = EpochRecord { reveal: Fate::Landed { block: 9 }, ..committed.clone() };
        assert_eq!(step(&pending, Some(10)), Step::Commit);
        assert_eq!(step(&committed, Some(10)), Step::Wait);
        assert_eq!(step(&committed, Some(11)), Step::Wait);
        assert_eq!(step(&committed, Some(12)), Step::Reveal);
        assert!(matches!(step(&committed, Some(13)), Step::Missed(_)));
        assert_eq!(step(&revealed, Some(12)), Step::Nothing);
    }

    #[test]
    fn step_should_try_the_reveal_when_the_commits_fate_is_unknown() {
        assert_eq!(step(&record(true), Some(12)), Step::Reveal);
        assert!(matches!(step(&record(true), Some(13)), Step::Missed(_)));
    }

    #[test]
    fn step_should_set_rows_directly_when_commit_reveal_is_off() {
        assert_eq!(step(&record(false), Some(10)), Step::Commit);
        assert!(matches!(step(&record(false), Some(11)), Step::Missed(_)));
        let set = EpochRecord { commit: Fate::Landed { block: 5 }, ..record(false) };
        assert_eq!(step(&set, Some(10)), Step::Nothing);
    }

    #[test]
    fn step_should_do_nothing_when_there_is_no_row() {
        let none = EpochRecord { row: Err("nobody scored".into()), ..record(true) };
        assert_eq!(step(&none, Some(10)), Step::Nothing);
    }
}
