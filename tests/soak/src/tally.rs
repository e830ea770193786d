//! Calls by kind and what came of them.

use codec::{Decode, Encode};
use std::{collections::BTreeMap, fmt::Write};

/// What came of one kind of call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Outcomes {
    /// Accepted.
    pub ok: u64,
    /// Refused, by reason.
    pub refused: BTreeMap<String, u64>,
}

impl Outcomes {
    /// All that were refused.
    pub fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// What came of all calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Tally {
    /// By kind: `Pallet.call`.
    pub kinds: BTreeMap<String, Outcomes>,
    /// Transactions that the pool was asked about, and how many it turned away.
    pub pool: (u64, u64),
    /// Epochs that ran and neurons that were evicted.
    pub seen: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a call.
    pub fn count(&mut self, kind: &str, outcome: Result<(), String>) {
        let outcomes = self.kinds.entry(kind.into()).or_default();
        match outcome {
            Ok(()) => outcomes.ok += 1,
            Err(why) => *outcomes.refused.entry(why).or_default() += 1,
        }
    }

    /// Calls, accepted, refused.
    pub fn sums(&self) -> (u64, u64, u64) {
        let ok: u64 = self.kinds.values().map(|outcomes| outcomes.ok).sum();
        let refused: u64 = self.kinds.values().map(Outcomes::refusals).sum();
        (ok + refused, ok, refused)
    }

    /// The table, most frequent refusals first.
    pub fn table(&self) -> String {
        let mut table = format!("{:<34} {:>8} {:>8}  why\n", "call", "ok", "refused");
        for (kind, outcomes) in &self.kinds {
            let mut why: Vec<_> = outcomes.refused.iter().collect();
            why.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let why: Vec<String> =
                why.into_iter().map(|(why, times)| format!("{why} {times}")).collect();
            let (ok, refused) = (outcomes.ok, outcomes.refusals());
            // Writing to a string does not fail.
            let _ = writeln!(table, "{kind:<34} {ok:>8} {refused:>8}  {}", why.join(", "));
        }
        let (asked, turned_away) = self.pool;
        let _ = writeln!(table, "the pool was asked of {asked} and turned {turned_away} away");
        for (what, times) in &self.seen {
            let _ = writeln!(table, "{what}: {times}");
        }
        table
    }
}
