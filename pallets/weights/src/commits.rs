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
use core::ops::Range;
use frame::prelude::*;

/// Most windows that are looked at at once; the next look goes on from there. One window closes
/// between two epochs, so that two catch up with epochs that were executed late.
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

    /// The windows that closed before `now` and were not swept, the first [`SWEEP_WINDOWS`] of them.
    fn closed_windows(matrix: MatrixId, now: BlockNumber) -> Range<u64> {
        let due = T::Epochs::schedule(matrix.0).and_then(|schedule| schedule.due(now));
        let (Some(due), Some(from)) = (due, SweptTo::<T>::get(matrix)) else { return 0..0 };
        // Saturation: epochs are counted in a u64.
        from..due.min(from.saturating_add(SWEEP_WINDOWS))
    }

    /// How many commits are listed in them.
    pub(crate) fn closed_commits(matrix: MatrixId, now: BlockNumber) -> u32 {
        let listed = |window| Windows::<T>::decode_len(matrix, window).unwrap_or(0);
        // Saturation: at most 2 · 4,096.
        let sum = Self::closed_windows(matrix, now).map(listed).fold(0, usize::saturating_add);
        u32::try_from(sum).unwrap_or(u32::MAX)
    }

    /// Announces at most `limit` of the commits whose window closed before `now` and drops the rows
    /// that they were to replace. The commits stay readable until the next one of the hotkey, so that
    /// a late reveal is told that it is late, but not where their window is swept in parts: what is
    /// left of it is what is still to be announced.
    pub(crate) fn sweep(matrix: MatrixId, now: BlockNumber, limit: u32) {
        let closed = Self::closed_windows(matrix, now);
        if closed.is_empty() {
            return;
        }
        let mut limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for window in closed.clone() {
            let mut listed = Windows::<T>::take(matrix, window).into_inner();
            let mut rest = listed.split_off(listed.len().min(limit));
            limit = limit.saturating_sub(listed.len());
            // Twice in the list: its neuron was replaced and came back within the epoch.
            let mut seen = BTreeSet::new();
            listed.retain(|hotkey| seen.insert(hotkey.clone()));
            rest.retain(|hotkey| !seen.contains(hotkey));
            for hotkey in listed {
                let holder = Self::holder(matrix.0, &hotkey);
                // Swapped, and it committed again for the window: it stands there twice.
                if holder == hotkey || seen.insert(holder.clone()) {
                    Self::expire(matrix, window, holder, !rest.is_empty());
                }
            }
            if !rest.is_empty() {
                Windows::<T>::insert(matrix, window, BoundedVec::truncate_from(rest));
                SweptTo::<T>::insert(matrix, window);
                return;
            }
        }
        SweptTo::<T>::insert(matrix, closed.end);
    }

    /// Announces the commit of a hotkey for a window that closed, if it was not revealed.
    fn expire(matrix: MatrixId, window: u64, hotkey: T::AccountId, take: bool) {
        let commits = Commits::<T>::get(matrix, &hotkey);
        let Some(commit) = commits.iter().find(|commit| commit.window == window) else { return };
        if let Some(uid) = T::Neurons::uid_of(matrix.0, &hotkey) {
            Self::drop_older_row(matrix, uid, commit);
        }
        if take {
            Self::take_commit(matrix, &hotkey, commit);
        }
        Self::commit_expired(matrix, hotkey, commit.epoch);
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
