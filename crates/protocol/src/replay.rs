//! The replay window: each (hotkey, nonce) is accepted once.
//!
//! Bounded: an entry is dropped when its nonce is too old to be fresh, and beyond its capacity the
//! window refuses rather than forgets. It is not kept on disk. Instead, nonces that an earlier
//! process may have accepted are refused: those up to [`limits::FRESH_AHEAD`] after this process
//! started, as a request may lie that far ahead of the clock.

use crate::{auth, error::Refusal, limits};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// Remembers accepted requests for as long as they are fresh. Shared between threads.
#[derive(Debug)]
pub struct ReplayWindow {
    /// Nonces up to this one may have been accepted by an earlier process.
    not_before: u64,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Nonces below this one are no longer remembered. Never falls, even if the clock does.
    floor: u64,
    /// Accepted requests, oldest nonce first.
    seen: BTreeSet<(u64, [u8; 32])>,
}

impl ReplayWindow {
    /// A window for a process that started at `started_ns` (unix time in nanoseconds), for
    /// [`limits::REPLAY_ENTRIES`] requests.
    pub fn new(started_ns: u64) -> Self {
        Self::with_capacity(started_ns, limits::REPLAY_ENTRIES)
    }

    /// A window of another size.
    pub fn with_capacity(started_ns: u64, capacity: usize) -> Self {
        Self {
            not_before: started_ns.saturating_add(nanos(limits::FRESH_AHEAD)),
            capacity,
            state: Mutex::new(State { floor: 0, seen: BTreeSet::new() }),
        }
    }

    /// Accepts a request once. Call it after the signature was verified, so that nobody can spend
    /// another's nonces. Checks freshness itself, as time has passed since the headers came.
    pub fn accept(&self, sender: &[u8; 32], nonce_ns: u64, now_ns: u64) -> Result<(), Refusal> {
        auth::check_freshness(nonce_ns, now_ns)?;
        if nonce_ns <= self.not_before {
            let wait = self.not_before.saturating_sub(now_ns);
            return Err(Refusal::BeforeStart { wait_ms: wait.div_ceil(1_000_000) });
        }
        // A panic elsewhere while the lock was held leaves the set as it was.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire(now_ns.saturating_sub(nanos(limits::FRESH_FOR)));
        if nonce_ns < state.floor {
            // The clock went back: what was forgotten must stay refused.
            let age_ms = now_ns.saturating_sub(nonce_ns) / 1_000_000;
            return Err(Refusal::Stale { age_ms });
        }
        let entry = (nonce_ns, *sender);
        if state.seen.contains(&entry) {
            return Err(Refusal::Replay);
        }
        if state.seen.len() >= self.capacity {
            return Err(Refusal::WindowFull { limit: self.capacity as u64 });
        }
        state.seen.insert(entry);
        Ok(())
    }

    /// Requests remembered now.
    pub fn len(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).seen.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl State {
    /// Forgets nonces below `floor`.
    fn expire(&mut self, floor: u64) {
        self.floor = self.floor.max(floor);
        while self.seen.first().is_some_and(|(nonce, _)| *nonce < self.floor) {
            self.seen.pop_first();
        }
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SECOND: u64 = 1_000_000_000;
    const START: u64 = 1_700_000_000 * SECOND;
    const ALICE: [u8; 32] = [1; 32];

    fn code(result: Result<(), Refusal>) -> &'static str {
        result.map_or_else(|refusal| refusal.code(), |()| "ok")
    }

    #[test]
    fn request_should_be_accepted_once() {
        let window = ReplayWindow::new(START);
        let now = START + 5 * SECOND;
        assert_eq!(code(window.accept(&ALICE, now, now)), "ok");
        assert_eq!(code(window.accept(&ALICE, now, now + SECOND)), "replay");
        assert_eq!(code(window.accept(&[2; 32], now, now)), "ok");
        assert_eq!(code(window.accept(&ALICE, now + 1, now)), "ok");
        assert_eq!(code(window.accept(&ALICE, now, now + 11 * SECOND)), "stale");
    }

    #[test]
    fn request_should_be_refused_when_an_earlier_process_may_have_seen_it() {
        let window = ReplayWindow::new(START);
        for nonce in [START - SECOND, START, START + 2 * SECOND] {
            assert_eq!(code(window.accept(&ALICE, nonce, START + SECOND)), "before_start");
        }
        let refusal = window.accept(&ALICE, START, START + SECOND / 2).unwrap_err();
        assert_eq!(refusal, Refusal::BeforeStart { wait_ms: 1_500 });
        assert_eq!(refusal.retry_after(), Some(2));
        assert_eq!(code(window.accept(&ALICE, START + 2 * SECOND + 1, START + SECOND)), "ok");
    }

    #[test]
    fn window_should_refuse_when_full_and_recover_when_entries_expire() {
        let window = ReplayWindow::with_capacity(START, 2);
        let now = START + 5 * SECOND;
        assert_eq!(code(window.accept(&ALICE, now, now)), "ok");
        assert_eq!(code(window.accept(&ALICE, now + 1, now)), "ok");
        assert_eq!(code(window.accept(&ALICE, now + 2, now)), "window_full");
        // What is remembered is still refused as a replay, not as an overflow.
        assert_eq!(code(window.accept(&ALICE, now, now)), "replay");
        let later = now + 11 * SECOND;
        assert_eq!(code(window.accept(&ALICE, later, later)), "ok");
        assert_eq!(window.len(), 1);
    }

    #[test]
    fn forgotten_request_should_stay_refused_when_the_clock_goes_back() {
        let window = ReplayWindow::new(START);
        let now = START + 5 * SECOND;
        assert_eq!(code(window.accept(&ALICE, now, now)), "ok");
        let later = now + 12 * SECOND;
        assert_eq!(code(window.accept(&ALICE, later, later)), "ok");
        assert_eq!(code(window.accept(&ALICE, now, now)), "stale");
    }

    #[test]
    fn one_request_should_be_accepted_once_when_threads_race() {
        let window = ReplayWindow::new(START);
        let now = START + 5 * SECOND;
        let accepted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..100u64)
                            .filter(|nonce| window.accept(&ALICE, now + nonce, now).is_ok())
                            .count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(accepted, 100);
    }

    proptest! {
        #[test]
        fn nothing_should_be_accepted_twice(
            steps in proptest::collection::vec((0u8..3, 0u64..40, 0u64..40), 1..200),
        ) {
            let window = ReplayWindow::with_capacity(START, 8);
            let mut accepted = BTreeSet::new();
            for (sender, nonce, now) in steps {
                let (nonce, now) = (START + nonce * SECOND, START + now * SECOND);
                if window.accept(&[sender; 32], nonce, now).is_ok() {
                    prop_assert!(accepted.insert((sender, nonce)));
                }
                prop_assert!(window.len() <= 8);
            }
        }

        #[test]
        fn accept_should_never_panic(nonce: u64, now: u64, started: u64) {
            let _ = ReplayWindow::new(started).accept(&ALICE, nonce, now);
        }
    }
}
