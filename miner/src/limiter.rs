//! Token buckets, one per key, bounded in number.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Keys that are remembered at once. A full bucket need not be remembered.
const CAPACITY: usize = 65_536;
/// How often at most full buckets are swept out.
const SWEEP: Duration = Duration::from_secs(1);

/// Limits requests per key: `rate` per second in the long run, `burst` at once.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    rate: f64,
    burst: f64,
    capacity: usize,
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K> {
    /// What is left in a bucket, and when that was.
    buckets: HashMap<K, (f64, Instant)>,
    swept: Option<Instant>,
}

impl<K: Eq + Hash> Limiter<K> {
    /// A limiter of `rate` requests per second with bursts of `burst`.
    pub fn new(rate: u32, burst: u32) -> Self {
        let state = State { buckets: HashMap::new(), swept: None };
        Self {
            rate: rate.into(),
            burst: burst.into(),
            capacity: CAPACITY,
            state: Mutex::new(state),
        }
    }

    /// Takes one request out of the key's bucket; false if it is empty.
    pub fn take(&self, key: K, now: Instant) -> bool {
        // A panic elsewhere while the lock was held leaves the map as it was.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.buckets.contains_key(&key) && state.buckets.len() >= self.capacity {
            self.sweep(&mut state, now);
            if state.buckets.len() >= self.capacity {
                return false;
            }
        }
        let (left, at) = state.buckets.entry(key).or_insert((self.burst, now));
        let filled = self.filled(*left, *at, now);
        *at = now;
        *left = filled;
        if filled < 1.0 {
            return false;
        }
        *left = filled - 1.0;
        true
    }

    fn filled(&self, left: f64, at: Instant, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(at).as_secs_f64() * self.rate;
        (left + gained).min(self.burst)
    }

    fn sweep(&self, state: &mut State<K>, now: Instant) {
        let due = state.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP);
        if due {
            state.swept = Some(now);
            state.buckets.retain(|_, (left, at)| self.filled(*left, *at, now) < self.burst);
        }
    }
}

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, which is what one
/// customer is given.
pub(crate) fn address_key(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => v6.to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_should_empty_after_its_burst_and_refill_with_time() {
        let limiter = Limiter::new(10, 3);
        let start = Instant::now();
        let taken = (0..5).filter(|_| limiter.take("a", start)).count();
        assert_eq!(taken, 3);
        assert!(limiter.take("b", start));
        assert!(!limiter.take("a", start + Duration::from_millis(50)));
        assert!(limiter.take("a", start + Duration::from_millis(150)));
        let later = start + Duration::from_secs(60);
        assert_eq!((0..5).filter(|_| limiter.take("a", later)).count(), 3);
    }

    #[test]
    fn limiter_should_stay_bounded_and_refuse_new_keys_when_all_buckets_are_in_use() {
        let mut limiter = Limiter::new(1, 2);
        limiter.capacity = 2;
        let start = Instant::now();
        assert!(limiter.take(1, start) && limiter.take(2, start));
        assert!(!limiter.take(3, start));
        assert!(limiter.take(1, start));
        // Key 2 is full again after a second, and forgotten.
        assert!(limiter.take(3, start + Duration::from_millis(1_500)));
        assert_eq!(limiter.state.lock().unwrap().buckets.len(), 2);
    }

    #[test]
    fn address_should_be_one_key_per_ipv6_network() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2a00:1::1"), key("2a00:1::ffff"));
        assert_ne!(key("2a00:1:0:1::1"), key("2a00:1::1"));
        assert_ne!(key("1.2.3.4"), key("1.2.3.5"));
        assert_eq!(key("1.2.3.4"), key("::ffff:1.2.3.4"));
    }
}
