//! The life of a commit: made, and then revealed in its window or expired.

use crate::{
    types::{MatrixId, Sender, Terms},
    Commit, Commits, Config, Error, Event, Pallet, Rows, SweptTo, Windows,
};
use alloc::collections::BTreeSet;
use alun_primitives::{
    traits::{EpochClock, NeuronRegistry},
    BlockNumber, Digest, Uid,
};
use frame::prelude::*;

/// Most windows that one call of `drop_expired` looks at; the next call goes on from there. One
/// window closes between two calls, so that two catch up with epochs that were executed late, and
/// no call does more than its epoch's dispatch weight accounts for.
pub(crate) const SWEEP_WINDOWS: u64 = 2;

impl<T: Config> Pallet<T> {
    /// Stores a commit and makes room: what expired, and what was meant for the same window (the
    /// reveal period got shorter in between), goes.
    pub(crate) fn store_commit(
        sender: &Sender,
        hotkey: &T::AccountId,
        hash: Digest,
    ) -> DispatchResult {
        let epoch = sender.epoch;
        // Saturation: epochs are counted in a u64.
        let window = epoch.saturating_add(u64::from(sender.hyperparameters.reveal_period));
        let swept = SweptTo::<T>::get(sender.matrix);
        if swept.is_none() {
            // No window before this one was ever used.
            SweptTo::<T>::insert(sender.matrix, epoch);
        }
        let swept = swept.unwrap_or(epoch);
        let mut listed = false;
        let mut expired = alloc::vec::Vec::new();
        Commits::<T>::try_mutate(sender.matrix, hotkey, |commits| {
            commits.retain(|commit| {
                let keep = commit.window >= epoch && commit.window != window;
                if !keep && commit.window >= swept {
                    expired.push(*commit);
                }
                listed |= commit.window == window;
                keep
            });
            let terms = Terms::from(&sender.hyperparameters);
            let commit = Commit { hash, epoch, window, block: Self::now(), terms };
            commits.try_push(commit).map_err(|_| Error::<T>::TooManyCommits)
        })?;
        if !listed {
            Windows::<T>::try_append(sender.matrix, window, hotkey)
                .map_err(|()| Error::<T>::TooManyCommits)?;
        }
        for commit in expired {
            // For the same window, the new commit answers.
            if commit.window < epoch {
                Self::drop_older_row(sender.matrix, sender.uid, &commit);
            }
            Self::commit_expired(sender.matrix, hotkey.clone(), commit.epoch);
        }
        Ok(())
    }

    /// Takes a revealed commit out.
    pub(crate) fn take_commit(matrix: MatrixId, hotkey: &T::AccountId, revealed: &Commit) {
        Commits::<T>::mutate_exists(matrix, hotkey, |slot| {
            let Some(commits) = slot else { return };
            commits.retain(|commit| commit.window != revealed.window);
            if commits.is_empty() {
                *slot = None;
            }
        });
    }

    /// Announces the commits whose window closed before `now` and drops the rows that they were to
    /// replace. The commits stay readable until the next one of the hotkey, so that a late reveal
    /// is told that it is late.
    pub(crate) fn sweep(matrix: MatrixId, now: BlockNumber) {
        let due = T::Epochs::schedule(matrix.0).and_then(|schedule| schedule.due(now));
        let (Some(due), Some(from)) = (due, SweptTo::<T>::get(matrix)) else { return };
        // Saturation: epochs are counted in a u64.
        let to = due.min(from.saturating_add(SWEEP_WINDOWS));
        if to <= from {
            return;
        }
        for window in from..to {
            let mut seen = BTreeSet::new();
            for hotkey in Windows::<T>::take(matrix, window) {
                let commits = Commits::<T>::get(matrix, &hotkey);
                let unrevealed = commits.iter().find(|commit| commit.window == window);
                // Twice in the list: its neuron was replaced and came back within the epoch.
                if let Some(commit) = unrevealed.filter(|_| seen.insert(hotkey.clone())) {
                    if let Some(uid) = T::Neurons::uid_of(matrix.0, &hotkey) {
                        Self::drop_older_row(matrix, uid, commit);
                    }
                    Self::commit_expired(matrix, hotkey, commit.epoch);
                }
            }
        }
        SweptTo::<T>::insert(matrix, to);
    }

    /// Removes the row in force if the expired commit was to replace it: otherwise a validator that
    /// only ever commits would score with its old row for as long as it likes.
    fn drop_older_row(matrix: MatrixId, uid: Uid, expired: &Commit) {
        if Rows::<T>::get(matrix, uid).is_some_and(|row| row.last_update < expired.block) {
            Rows::<T>::remove(matrix, uid);
        }
    }

    fn commit_expired((netuid, mechanism): MatrixId, hotkey: T::AccountId, epoch: u64) {
        Self::deposit_event(Event::CommitExpired { netuid, mechanism, hotkey, epoch });
    }

    /// Whether the hotkey of a commit still has its neuron (for the invariants).
    pub(crate) fn is_neuron(matrix: MatrixId, hotkey: &T::AccountId) -> bool {
        T::Neurons::uid_of(matrix.0, hotkey).is_some()
    }
}
