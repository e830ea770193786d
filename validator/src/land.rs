//! Brings rows onto the chain: commit in the row's epoch, reveal in its window, until final.

use crate::{
    crash,
    error::ValidatorError,
    metrics::Metrics,
    state::{EpochRecord, Fate, Row, Store},
};
use alun_client::{
    calls::{Call, CommitWeights, RevealWeights, SetWeights},
    AccountId, At, BlockNumber, Chain, Landed, MechanismId, NetUid, Refusal, Schedule, Submission,
    SubmitError,
};
use alun_keys::Keypair;
use std::{cmp::Ordering, sync::Arc, time::Duration};

/// A commit is not sent in the last blocks of an epoch: it would land in the next one, take that
/// epoch's only commit, and be revealed in another window.
pub const MARGIN: BlockNumber = 3;

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

/// Decides from what is known alone, so that a restart decides the same. `due` is the newest due
/// epoch, `left` the blocks until the next.
pub fn step(record: &EpochRecord, due: Option<u64>, left: BlockNumber) -> Step {
    let Ok(row) = &record.row else { return Step::Nothing };
    if record.finished() {
        return Step::Nothing;
    }
    let due = due.unwrap_or(0);
    if record.commit == Fate::Pending {
        return match due.cmp(&record.epoch) {
            Ordering::Less => Step::Wait,
            Ordering::Equal if left < MARGIN => Step::Wait,
            Ordering::Equal => Step::Commit,
            Ordering::Greater => Step::Missed("its epoch ended before it landed"),
        };
    }
    // The chain says which window; until it was asked, the one that the period makes likely.
    let likely = record.epoch.saturating_add(u64::from(row.reveal_period));
    match due.cmp(&record.window.unwrap_or(likely)) {
        Ordering::Less => Step::Wait,
        Ordering::Equal => Step::Reveal,
        Ordering::Greater => Step::Missed("the reveal window closed before the reveal landed"),
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
        let Ok(row) = record.row.clone() else { return Ok(false) };
        let found = self.find(record, &row).await?;
        let best = self.chain.best_number().await?;
        let (next, _) = schedule.next_due(best);
        match step(record, schedule.due(best), next.saturating_sub(best)) {
            Step::Wait | Step::Nothing => Ok(found),
            Step::Missed(why) => {
                let lost = Fate::Lost { why: why.into() };
                self.settle(record, lost, record.commit != Fate::Pending)
            }
            Step::Commit => {
                let fate = if row.commit_reveal {
                    self.commit(record, &row).await
                } else {
                    self.set(&row).await
                }?;
                crash::point("committed");
                self.settle(record, fate, false).map(|changed| changed || found)
            }
            Step::Reveal => {
                let fate = self.reveal(record, &row).await?;
                crash::point("revealed");
                self.settle(record, fate, true).map(|changed| changed || found)
            }
        }
    }

    /// Looks whether a row whose fate is not known is on the chain: after a crash, a time-out or a
    /// lost answer. Another row of this key in the record's epoch ends the record.
    async fn find(&self, record: &mut EpochRecord, row: &Row) -> Result<bool, ValidatorError> {
        if record.commit != Fate::Pending {
            return Ok(false);
        }
        let at = self.chain.finalized().await?;
        if !row.commit_reveal {
            let since = self.updated_since(&at, record.first_block).await?;
            return if since {
                self.settle(record, Fate::Landed { block: 0 }, false)
            } else {
                Ok(false)
            };
        }
        let commits = at.commits(self.netuid, self.mechanism, &self.account()).await?;
        if let Some(commit) = commits.iter().find(|commit| commit.hash == row.hash) {
            record.window = Some(commit.window);
            return self.settle(record, Fate::Landed { block: commit.block }, false);
        }
        if commits.iter().any(|commit| commit.epoch == record.epoch) {
            let why = "another row of this hotkey is committed in this epoch: does a second validator use the key, or was the state folder lost?";
            return self.settle(record, Fate::Lost { why: why.into() }, false);
        }
        Ok(false)
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
        }
        if reveal {
            record.reveal = fate;
        } else {
            record.commit = fate;
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

    fn account(&self) -> AccountId {
        AccountId::from(self.key.public())
    }

    async fn commit(&self, record: &mut EpochRecord, row: &Row) -> Result<Fate, ValidatorError> {
        let call = CommitWeights { netuid: self.netuid, mechanism: self.mechanism, hash: row.hash };
        match self.submit(&call).await {
            Ok(landed) => {
                let at = self.chain.finalized().await?;
                let commits = at.commits(self.netuid, self.mechanism, &self.account()).await?;
                let ours = commits.iter().find(|commit| commit.hash == row.hash);
                record.window = ours.map(|commit| commit.window);
                Ok(Fate::Landed { block: landed.block })
            }
            // `find` tells ours from another's, at the next turn.
            Err(error) => Ok(self.fate(error, &[Refusal::CommitRevealOff])),
        }
    }

    async fn set(&self, row: &Row) -> Result<Fate, ValidatorError> {
        let call = SetWeights {
            netuid: self.netuid,
            mechanism: self.mechanism,
            uids: row.uids.clone(),
            values: row.values.clone(),
            version: row.version,
        };
        match self.submit(&call).await {
            Ok(landed) => Ok(Fate::Landed { block: landed.block }),
            Err(error) => Ok(self.fate(error, &[Refusal::CommitRevealOn, Refusal::WrongVersion])),
        }
    }

    async fn reveal(&self, record: &EpochRecord, row: &Row) -> Result<Fate, ValidatorError> {
        let call = RevealWeights {
            netuid: self.netuid,
            mechanism: self.mechanism,
            hotkey: self.account(),
            uids: row.uids.clone(),
            values: row.values.clone(),
            evidence_root: row.evidence_root,
            version: row.version,
            salt: row.salt,
        };
        let error = match self.submit(&call).await {
            Ok(landed) => return Ok(Fate::Landed { block: landed.block }),
            Err(error) => error,
        };
        if matches!(error.refusal(), Some(Refusal::NoCommit | Refusal::WrongReveal)) {
            // A reveal that landed takes its commit away: tell that from a commit that never was.
            let at = self.chain.finalized().await?;
            if self.updated_since(&at, record.first_block).await? {
                return Ok(Fate::Landed { block: 0 });
            }
        }
        Ok(self.fate(error, &[Refusal::RevealTooLate]))
    }

    /// Whether this key's present row on the chain was set, or committed, at that block or later.
    async fn updated_since(&self, at: &At, block: BlockNumber) -> Result<bool, ValidatorError> {
        let metagraph = at.metagraph(self.netuid, self.mechanism).await?;
        let own = self.account();
        let mut neurons = metagraph.into_iter().flat_map(|all| all.neurons);
        Ok(neurons.any(|neuron| neuron.hotkey == own && neuron.last_update >= block))
    }

    /// Sends and follows a call until final.
    async fn submit<C: Call>(&self, call: &C) -> Result<Landed, SubmitError> {
        let how = Submission {
            timeout: Some(Duration::from_secs(45)),
            mortality: 8,
            ..Submission::finalized()
        };
        self.chain.submit(&self.key, call, &how).await
    }

    /// What a failed submission means: `finals` can't be mended by waiting, nor can a call that
    /// failed in a block; everything else is tried again until the window closes.
    fn fate(&self, error: SubmitError, finals: &[Refusal]) -> Fate {
        let lost = error.failure().is_some()
            || error.refusal().is_some_and(|refusal| finals.contains(&refusal));
        if lost {
            return Fate::Lost { why: error.to_string() };
        }
        tracing::warn!(netuid = %self.netuid, %error, "not landed yet: trying again");
        Fate::Pending
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
            first_block: 100,
            window: None,
            miners: vec![],
            row: Ok(row),
            commit: Fate::Pending,
            reveal: Fate::Pending,
            evidence: None,
        }
    }

    #[test]
    fn step_should_follow_the_windows() {
        let pending = record(true);
        let committed = EpochRecord { commit: Fate::Landed { block: 5 }, ..record(true) };
        let revealed = EpochRecord { reveal: Fate::Landed { block: 9 }, ..committed.clone() };
        assert_eq!(step(&pending, Some(9), 30), Step::Wait);
        assert_eq!(step(&pending, Some(10), 30), Step::Commit);
        assert_eq!(step(&committed, Some(10), 30), Step::Wait);
        assert_eq!(step(&committed, Some(11), 30), Step::Wait);
        assert_eq!(step(&committed, Some(12), 30), Step::Reveal);
        assert_eq!(step(&committed, Some(12), 1), Step::Reveal);
        assert!(matches!(step(&committed, Some(13), 30), Step::Missed(_)));
        assert_eq!(step(&revealed, Some(12), 30), Step::Nothing);
    }

    #[test]
    fn step_should_not_commit_into_the_next_epoch() {
        assert_eq!(step(&record(true), Some(10), MARGIN), Step::Commit);
        assert_eq!(step(&record(true), Some(10), MARGIN - 1), Step::Wait);
        assert!(matches!(step(&record(true), Some(11), 30), Step::Missed(_)));
    }

    #[test]
    fn step_should_reveal_in_the_window_that_the_chain_gave() {
        let late =
            EpochRecord { commit: Fate::Landed { block: 5 }, window: Some(13), ..record(true) };
        assert_eq!(step(&late, Some(12), 30), Step::Wait);
        assert_eq!(step(&late, Some(13), 30), Step::Reveal);
    }

    #[test]
    fn step_should_set_rows_directly_when_commit_reveal_is_off() {
        assert_eq!(step(&record(false), Some(10), 30), Step::Commit);
        assert!(matches!(step(&record(false), Some(11), 30), Step::Missed(_)));
        let set = EpochRecord { commit: Fate::Landed { block: 5 }, ..record(false) };
        assert_eq!(step(&set, Some(10), 30), Step::Nothing);
    }

    #[test]
    fn step_should_do_nothing_when_there_is_no_row() {
        let none = EpochRecord { row: Err("nobody scored".into()), ..record(true) };
        assert_eq!(step(&none, Some(10), 30), Step::Nothing);
    }
}
