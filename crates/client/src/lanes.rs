//! One lane per account: nonces are handed out one at a time and never twice.

use crate::AccountId;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The lanes of every account that this process signs for.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<[u8; 32], Arc<Lane>>>);

/// An account's lane.
#[derive(Default)]
pub(crate) struct Lane {
    /// Held from asking for a nonce until the pool has the transaction.
    pub turn: tokio::sync::Mutex<()>,
    in_flight: Mutex<BTreeSet<u64>>,
}

/// A nonce in use until dropped.
pub(crate) struct Nonce {
    lane: Arc<Lane>,
    pub number: u64,
}

impl Lanes {
    pub fn of(&self, account: &AccountId) -> Arc<Lane> {
        lock(&self.0).entry(account.0).or_default().clone()
    }
}

impl Lane {
    /// The first nonce from `next` on that is not in flight. The node's count does not always
    /// have what was sent a moment ago.
    pub fn take(self: &Arc<Self>, next: u64) -> Nonce {
        let mut in_flight = lock(&self.in_flight);
        let mut number = next;
        while in_flight.contains(&number) {
            number = number.saturating_add(1);
        }
        in_flight.insert(number);
        Nonce { lane: self.clone(), number }
    }
}

impl Drop for Nonce {
    fn drop(&mut self) {
        lock(&self.lane.in_flight).remove(&self.number);
    }
}

/// A panic elsewhere leaves these sets valid: every change is a single insert or remove.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_should_differ_when_the_node_has_not_counted_the_last_one() {
        let lanes = Lanes::default();
        let account = AccountId::from([7; 32]);
        let first = lanes.of(&account).take(5);
        let second = lanes.of(&account).take(5);
        assert_eq!((first.number, second.number), (5, 6));
        drop(first);
        assert_eq!(lanes.of(&account).take(5).number, 5);
    }

    #[test]
    fn nonces_should_not_depend_on_other_accounts() {
        let lanes = Lanes::default();
        let _mine = lanes.of(&AccountId::from([1; 32])).take(3);
        assert_eq!(lanes.of(&AccountId::from([2; 32])).take(3).number, 3);
    }
}
