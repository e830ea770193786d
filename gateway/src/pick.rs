//! Which miner gets a request: by what the chain says that it earns, how fast it answers here, and
//! how often it failed. Pure, but for the dice.

use rand::Rng;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Part of a new measurement in the moving average of a miner's latency.
const ALPHA: f64 = 0.2;
/// Latency of a miner that was not asked yet, seconds: good, so that newcomers are tried.
const UNKNOWN: f64 = 0.25;
/// Latencies below this count as equal, seconds.
const FLOOR: f64 = 0.02;
/// Failures in a row that are counted.
const FAILURES: u32 = 6;
/// After a failure a miner counts for half, for so long; each further one halves again.
const FORGIVEN: Duration = Duration::from_secs(60);
/// Latencies from which the time to hedge is taken.
const WINDOW: usize = 256;
/// Fewer than these say nothing of a quantile.
const ENOUGH: usize = 16;
/// The quantile after which a second miner is asked.
const QUANTILE: f64 = 0.95;
/// When to hedge while nothing is known.
const HEDGE: Duration = Duration::from_secs(2);
/// Soonest.
const HEDGE_LEAST: Duration = Duration::from_millis(100);

/// A miner as the chain has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its hotkey.
    pub hotkey: [u8; 32],
    /// Its incentive at the last epoch, in parts of 65,535.
    pub incentive: u16,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    latency: Option<f64>,
    failures: u32,
    failed_at: Option<Instant>,
    aside_until: Option<Instant>,
}

/// What was seen of the miners of one subnet. Bounded by the subnet's uids: [`Book::keep`].
#[derive(Debug, Default)]
pub struct Book {
    seen: HashMap<[u8; 32], Seen>,
    recent: VecDeque<f64>,
}

impl Book {
    /// Forgets miners that are not on the subnet any more, unless they are put aside.
    pub fn keep(&mut self, candidates: &[Candidate], now: Instant) {
        self.seen.retain(|hotkey, seen| {
            seen.aside_until.is_some_and(|until| until > now)
                || candidates.iter().any(|candidate| candidate.hotkey == *hotkey)
        });
    }

    /// Notes an answer.
    pub fn answered(&mut self, hotkey: [u8; 32], took: Duration) {
        let took = took.as_secs_f64();
        let seen = self.seen.entry(hotkey).or_default();
        let before = seen.latency.unwrap_or(took);
        seen.latency = Some(before + ALPHA * (took - before));
        seen.failures = 0;
        if self.recent.len() >= WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(took);
    }

    /// Notes that a miner did not answer.
    pub fn failed(&mut self, hotkey: [u8; 32], now: Instant) {
        let seen = self.seen.entry(hotkey).or_default();
        seen.failures = seen.failures.saturating_add(1).min(FAILURES);
        seen.failed_at = Some(now);
    }

    /// Asks a miner nothing until then: it failed a check.
    pub fn put_aside(&mut self, hotkey: [u8; 32], until: Instant) {
        self.seen.entry(hotkey).or_default().aside_until = Some(until);
    }

    /// Miners that are put aside.
    pub fn aside(&self, now: Instant) -> usize {
        let aside = |seen: &&Seen| seen.aside_until.is_some_and(|until| until > now);
        self.seen.values().filter(aside).count()
    }

    /// A miner's average latency, seconds.
    pub fn latency(&self, hotkey: &[u8; 32]) -> Option<f64> {
        self.seen.get(hotkey)?.latency
    }

    /// How much a miner counts: incentive × speed × reliability; 0 when it is put aside.
    pub fn weight(&self, candidate: &Candidate, now: Instant) -> f64 {
        let seen = self.seen.get(&candidate.hotkey).copied().unwrap_or_default();
        if seen.aside_until.is_some_and(|until| until > now) {
            return 0.0;
        }
        let recent = seen.failed_at.is_some_and(|at| now.saturating_duration_since(at) < FORGIVEN);
        let failures = if recent { seen.failures } else { 0 };
        let speed = 1.0 / seen.latency.unwrap_or(UNKNOWN).max(FLOOR);
        f64::from(candidate.incentive) * speed * 0.5f64.powi(i32::try_from(failures).unwrap_or(6))
    }

    /// A miner that is not among `tried`, by chance in proportion to its weight. One without
    /// incentive is picked only when none with incentive is left.
    pub fn pick(
        &self,
        candidates: &[Candidate],
        tried: &[[u8; 32]],
        now: Instant,
        rng: &mut impl Rng,
    ) -> Option<Candidate> {
        let left = || candidates.iter().filter(|one| !tried.contains(&one.hotkey));
        let weighed: Vec<(f64, Candidate)> =
            left().map(|one| (self.weight(one, now), *one)).filter(|(w, _)| *w > 0.0).collect();
        if let Some(picked) = roll(&weighed, rng) {
            return Some(picked);
        }
        let equal = |one: &Candidate| Candidate { incentive: 1, ..*one };
        let others: Vec<(f64, Candidate)> = left()
            .map(|one| (self.weight(&equal(one), now), *one))
            .filter(|(w, _)| *w > 0.0)
            .collect();
        roll(&others, rng)
    }

    /// How long to wait for an answer before a second miner is asked too.
    pub fn hedge_after(&self) -> Duration {
        if self.recent.len() < ENOUGH {
            return HEDGE;
        }
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() as f64 * QUANTILE) as usize;
        let seconds = sorted.get(at.min(sorted.len() - 1)).copied().unwrap_or_default();
        Duration::from_secs_f64(seconds).max(HEDGE_LEAST)
    }
}

fn roll(weighed: &[(f64, Candidate)], rng: &mut impl Rng) -> Option<Candidate> {
    let total: f64 = weighed.iter().map(|(weight, _)| weight).sum();
    let mut point = rng.gen::<f64>() * total;
    for (weight, candidate) in weighed {
        point -= weight;
        if point <= 0.0 {
            return Some(*candidate);
        }
    }
    weighed.last().map(|(_, candidate)| *candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{rngs::StdRng, SeedableRng};

    fn miner(id: u8, incentive: u16) -> Candidate {
        Candidate { hotkey: [id; 32], incentive }
    }

    fn shares(book: &Book, miners: &[Candidate], tried: &[[u8; 32]], now: Instant) -> [u32; 4] {
        let mut rng = StdRng::seed_from_u64(7);
        let mut count = [0; 4];
        for _ in 0..4_000 {
            if let Some(picked) = book.pick(miners, tried, now, &mut rng) {
                count[usize::from(picked.hotkey[0])] += 1;
            }
        }
        count
    }

    #[test]
    fn miner_without_incentive_should_get_nothing_unless_the_other_was_tried() {
        let (book, now) = (Book::default(), Instant::now());
        let miners = [miner(1, 30_000), miner(2, 0)];
        assert_eq!(shares(&book, &miners, &[], now), [0, 4_000, 0, 0]);
        assert_eq!(shares(&book, &miners, &[[1; 32]], now), [0, 0, 4_000, 0]);
        assert_eq!(shares(&book, &miners, &[[1; 32], [2; 32]], now), [0; 4]);
    }

    #[test]
    fn traffic_should_follow_incentive_latency_and_failures() {
        let (mut book, now) = (Book::default(), Instant::now());
        let miners = [miner(1, 30_000), miner(2, 10_000)];
        let [_, one, two, _] = shares(&book, &miners, &[], now);
        assert!((2_800..3_200).contains(&one), "{one} {two}");
        // Three times slower: alike again.
        book.answered([1; 32], Duration::from_millis(600));
        book.answered([2; 32], Duration::from_millis(200));
        let [_, one, _, _] = shares(&book, &miners, &[], now);
        assert!((1_800..2_200).contains(&one), "{one}");
        (0..2).for_each(|_| book.failed([1; 32], now));
        let [_, one, _, _] = shares(&book, &miners, &[], now);
        assert!((600..1_000).contains(&one), "{one}");
        let [_, one, _, _] = shares(&book, &miners, &[], now + FORGIVEN);
        assert!((1_800..2_200).contains(&one), "{one}");
    }

    #[test]
    fn miner_put_aside_should_get_nothing_until_its_time_is_over() {
        let (mut book, now) = (Book::default(), Instant::now());
        let miners = [miner(1, 30_000), miner(2, 0)];
        let until = now + Duration::from_secs(10);
        book.put_aside([1; 32], until);
        assert_eq!(shares(&book, &miners, &[], now), [0, 0, 4_000, 0]);
        assert_eq!(shares(&book, &miners, &[], until), [0, 4_000, 0, 0]);
        book.keep(&[], now);
        assert_eq!(book.aside(now), 1, "leaving and coming back must not help");
        book.keep(&[], until);
        assert_eq!(book.seen.len(), 0);
    }

    #[test]
    fn hedge_should_wait_for_the_quantile_of_what_was_seen() {
        let mut book = Book::default();
        assert_eq!(book.hedge_after(), HEDGE);
        (1..=100).for_each(|n| book.answered([1; 32], Duration::from_millis(n * 10)));
        assert_eq!(book.hedge_after(), Duration::from_millis(960));
        (0..1_000).for_each(|_| book.answered([1; 32], Duration::from_millis(1)));
        assert_eq!((book.recent.len(), book.hedge_after()), (WINDOW, HEDGE_LEAST));
    }
}
