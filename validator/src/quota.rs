//! How often an address may ask for evidence.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Requests a second from one address, in the long run.
pub const PER_SECOND: f64 = 10.0;
/// Requests from one address at once: an audit's bundle, the one before it, and a large sample.
pub const BURST: f64 = 200.0;
/// Addresses remembered. With more at once, new ones are refused.
pub const ADDRESSES: usize = 4_096;

/// A bucket for each address.
#[derive(Default)]
pub struct Quota {
    buckets: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl Quota {
    /// Whether that address may ask now; counts it.
    pub fn take(&self, address: IpAddr, now: Instant) -> bool {
        let refilled = |(left, since): (f64, Instant)| {
            let passed = now.saturating_duration_since(since).as_secs_f64();
            (left + passed * PER_SECOND).min(BURST)
        };
        let address = network(address);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES && !buckets.contains_key(&address) {
            buckets.retain(|_, bucket| refilled(*bucket) < BURST);
            if buckets.len() >= ADDRESSES {
                return false;
            }
        }
        let left = buckets.get(&address).map_or(BURST, |bucket| refilled(*bucket));
        let allowed = left >= 1.0;
        buckets.insert(address, (if allowed { left - 1.0 } else { left }, now));
        allowed
    }
}

/// An IPv6 user has a whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::Ipv4Addr, time::Duration};

    #[test]
    fn quota_should_refuse_beyond_the_burst_and_refill() {
        let (quota, now) = (Quota::default(), Instant::now());
        let address = IpAddr::from([10, 0, 0, 1]);
        assert_eq!((0..300).filter(|_| quota.take(address, now)).count(), BURST as usize);
        assert!(quota.take(IpAddr::from([10, 0, 0, 2]), now));
        let later = now + Duration::from_secs(2);
        assert_eq!((0..300).filter(|_| quota.take(address, later)).count(), 20);
    }

    #[test]
    fn quota_should_remember_a_bounded_number_of_addresses() {
        let (quota, now) = (Quota::default(), Instant::now());
        let address = |n: u32| IpAddr::V4(Ipv4Addr::from(n));
        assert!((0..ADDRESSES as u32).all(|n| quota.take(address(n), now)));
        assert!(!quota.take(address(u32::MAX), now));
        assert!(quota.take(address(u32::MAX), now + Duration::from_secs(1)));
    }
}
