//! How much may be under way at once when more is asked than the model does.
//!
//! Validators ask all at the same moment, so a queue must take a burst whole. Under load that lasts the
//! same queue only makes everybody wait: whoever is admitted then waits for all before him, and most
//! answers come too late to be worth anything. So a burst may fill the queue with what is worked off within
//! [`limits::BURST_WITHIN`], and once the service has not been idle for as long, a request is admitted only if it can be answered in
//! [`limits::SLOWER_AT_MOST`] times what it takes alone. That is the product of how fast work is done
//! under load and how long it takes alone (Little's law), so that a model which gains by batches admits
//! as many as its batches carry.

use alun_protocol::limits;
use std::time::{Duration, Instant};

/// Over what time the speed under load is averaged.
const AVERAGED_OVER: Duration = Duration::from_secs(5);
/// How fast the time per work follows what is seen, downwards and upwards. Only a request that had the
/// service to itself raises it.
const FALLS: f64 = 0.2;
const RISES: f64 = 0.05;

/// What is under way, and how fast that goes.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Since when something was always under way.
    busy_since: Option<Instant>,
    /// Work admitted and not yet done, those that wait included.
    pending: u64,
    /// Seconds that one unit of work takes alone; nothing before the first answer.
    alone: Option<f64>,
    /// Work done, faded with [`AVERAGED_OVER`], and when that was.
    done: f64,
    done_at: Option<Instant>,
}

impl Pace {
    /// Whether so much more work may be under way.
    pub fn allows(&self, work: u64, now: Instant) -> bool {
        let Some(alone) = self.alone.filter(|alone| *alone > 0.0 && self.pending > 0) else {
            return true;
        };
        let lasting = self
            .busy_since
            .is_some_and(|since| now.saturating_duration_since(since) >= limits::BURST_WITHIN);
        // As fast as one after the other at least: little is done where little is asked.
        let rate = (self.faded(now) / AVERAGED_OVER.as_secs_f64()).max(1.0 / alone);
        let takes = self.pending.saturating_add(work) as f64 / rate;
        takes
            <= match lasting {
                true => f64::from(limits::SLOWER_AT_MOST) * alone * work as f64,
                false => limits::BURST_WITHIN.as_secs_f64(),
            }
    }

    /// Takes note of a request of so much work that is admitted. Whether it has the service to itself.
    pub fn enters(&mut self, work: u64, now: Instant) -> bool {
        let idle = self.pending == 0;
        if idle {
            self.busy_since = Some(now);
        }
        self.pending = self.pending.saturating_add(work);
        idle
    }

    /// Takes note of one that went away without being worked on.
    pub fn leaves(&mut self, work: u64) {
        self.pending = self.pending.saturating_sub(work);
        if self.pending == 0 {
            self.busy_since = None;
        }
    }

    /// Takes note of one that is done after `took`; `alone` if nothing else was under way meanwhile.
    pub fn ends(&mut self, work: u64, took: Duration, alone: bool, now: Instant) {
        self.done = self.faded(now) + work as f64;
        self.done_at = Some(now);
        let per_work = took.as_secs_f64() / work.max(1) as f64;
        let known = self.alone.unwrap_or(per_work);
        let follows = if per_work < known {
            FALLS
        } else if alone {
            RISES
        } else {
            0.0
        };
        self.alone = Some(known + follows * (per_work - known));
        self.leaves(work);
    }

    fn faded(&self, now: Instant) -> f64 {
        let age = self.done_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.done * (-age.as_secs_f64() / AVERAGED_OVER.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that does one unit a second at most, asked for ten a second for a minute: what it
    /// admitted after the burst, and the longest that any of these took.
    fn overloaded(batch: usize) -> (usize, f64) {
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let mut pace = Pace::default();
        let first = pace.enters(1, at(0.0));
        pace.ends(1, Duration::from_secs(1), first, at(1.0));
        // Each second a batch of what came first is done.
        let mut waiting: Vec<f64> = Vec::new();
        let (mut admitted, mut longest) = (0, 0.0f64);
        for tick in 20..800 {
            let now = f64::from(tick) / 10.0;
            if tick % 10 == 0 {
                for came in waiting.drain(..batch.min(waiting.len())) {
                    pace.ends(1, Duration::from_secs_f64(now - came), false, at(now));
                    if came > 40.0 {
                        longest = longest.max(now - came);
                    }
                }
            }
            if pace.allows(1, at(now)) && waiting.len() < 96 {
                pace.enters(1, at(now));
                waiting.push(now);
                admitted += usize::from(now > 40.0);
            }
        }
        (admitted, longest)
    }

    #[test]
    fn admitted_should_take_twice_their_time_at_most_under_lasting_load() {
        for batch in [1, 4] {
            let (admitted, longest) = overloaded(batch);
            assert!(longest <= 2.1, "{batch} at a time: {longest} s");
            // And the service is not idle for want of work.
            assert!(admitted >= 35 * batch, "{batch} at a time: {admitted}");
        }
    }

    #[test]
    fn burst_should_be_admitted_whole() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let alone = pace.enters(5, now);
        pace.ends(5, Duration::from_millis(100), alone, now);
        for _ in 0..96 {
            assert!(pace.allows(5, now));
            pace.enters(5, now);
        }
        // Those that go away unanswered leave nothing behind.
        (0..96).for_each(|_| pace.leaves(5));
        assert!(pace.allows(u64::MAX, now + Duration::from_secs(3_600)));
        assert_eq!((pace.pending, pace.busy_since), (0, None));
    }
}
