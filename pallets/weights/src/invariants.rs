//! What must hold between any two calls. Always compiled: `try_state`, the runtime API and the
//! tests ask the same function.

use crate::{Commits, Config, LastSubmission, Pallet, Rows, SweptTo, Windows};
use alun_primitives::traits::{EpochClock, KeySuccession, NeuronRegistry};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// Checks W1 and W2.
    pub fn check_invariants() -> Result<(), &'static str> {
        Self::check_rows()?;
        Self::check_commits()
    }

    /// W1: a weight row belongs to a live uid, and scores live uids.
    fn check_rows() -> Result<(), &'static str> {
        for ((netuid, mechanism), uid, row) in Rows::<T>::iter() {
            let neurons = T::Neurons::neuron_count(netuid);
            ensure!(mechanism.0 < T::Neurons::mechanism_count(netuid), "W1: row of no mechanism");
            ensure!(uid.0 < neurons, "W1: row of no neuron");
            ensure!(!row.entries.is_empty(), "W1: empty row");
            let next = row.entries.iter().skip(1);
            ensure!(row.entries.iter().zip(next).all(|(a, b)| a.0 < b.0), "W1: row not ascending");
            ensure!(row.entries.iter().all(|&(to, _)| to < neurons), "W1: row scores no neuron");
            ensure!(row.entries.iter().all(|&(_, value)| value > 0), "W1: row with a zero");
            let holder = T::Neurons::registered_at(netuid, uid);
            ensure!(holder.is_some_and(|at| at <= row.last_update), "W1: row of a former holder");
            let last = LastSubmission::<T>::get((netuid, mechanism), uid);
            ensure!(last.is_some_and(|last| last.block >= row.last_update), "W1: row never sent");
        }
        Ok(())
    }

    /// W2: a commit belongs to a neuron, is the only one of its window, and is listed for expiry
    /// until that was announced.
    fn check_commits() -> Result<(), &'static str> {
        for (matrix, hotkey, commits) in Commits::<T>::iter() {
            ensure!(!commits.is_empty(), "W2: no commits stored");
            ensure!(Self::is_neuron(matrix, &hotkey), "W2: commit of no neuron");
            let swept = SweptTo::<T>::get(matrix).ok_or("W2: commit that is never swept")?;
            for (at, commit) in commits.iter().enumerate() {
                ensure!(commit.window > commit.epoch, "W2: commit reveals in its own epoch");
                let same = |other: &crate::Commit| other.window == commit.window;
                ensure!(!commits.iter().take(at).any(same), "W2: two commits for a window");
                // Under the name that it had when it committed.
                let its = |listed: &T::AccountId| {
                    *listed == hotkey || T::Succession::successor(listed).as_ref() == Some(&hotkey)
                };
                let listed = Windows::<T>::get(matrix, commit.window).iter().any(its);
                ensure!(listed || commit.window < swept, "W2: commit not listed for expiry");
            }
        }
        for (matrix, swept) in SweptTo::<T>::iter() {
            let due = T::Epochs::schedule(matrix.0).and_then(|s| s.due(Self::now()));
            ensure!(due.is_some_and(|due| swept <= due), "W2: swept a window that is open");
        }
        Ok(())
    }
}
