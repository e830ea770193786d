//! What each key may spend and how fast, and the writing down of what it used. An answer is given
//! out only when its entry is on disk, so that nothing is used that is not owed.

use crate::{
    api::ApiError,
    keys::ApiKey,
    metrics::Metrics,
    store::{Entry, Store, Used},
    GatewayError,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::{mpsc, oneshot};

/// Entries that one transaction of the database takes, so that many requests share one sync.
const BATCH: usize = 256;
/// Entries that wait to be written.
const WAITING: usize = 4_096;
/// A million tokens is what prices are for.
const MILLION: u128 = 1_000_000;

/// The price list, smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// For a million tokens read.
    pub prompt: u64,
    /// For a million tokens generated.
    pub completion: u64,
    /// For each request.
    pub request: u64,
}

impl Prices {
    /// What an answer costs, rounded up to the smallest unit.
    pub fn cost(&self, prompt: u32, completion: u32) -> u64 {
        // Factors of 32 and 64 bits: no overflow in 128.
        let tokens = u128::from(prompt) * u128::from(self.prompt)
            + u128::from(completion) * u128::from(self.completion);
        let amount = tokens.div_ceil(MILLION) + u128::from(self.request);
        u64::try_from(amount).unwrap_or(u64::MAX)
    }
}

#[derive(Debug)]
struct Account {
    spent: u64,
    reserved: u64,
    tokens: f64,
    at: Instant,
}

type Waiting = (Entry, oneshot::Sender<bool>);

/// The meter.
pub struct Meter {
    store: Arc<Store>,
    prices: Prices,
    accounts: Mutex<HashMap<String, Account>>,
    writer: mpsc::Sender<Waiting>,
    metrics: Arc<Metrics>,
}

/// What a request may cost at most, held back until it is known. Dropping it gives it back.
pub struct Reservation {
    meter: Arc<Meter>,
    key: Arc<ApiKey>,
    amount: u64,
}

impl Meter {
    /// A meter that writes into the store, on a thread of its own.
    pub fn start(
        store: Arc<Store>,
        prices: Prices,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, GatewayError> {
        let (writer, entries) = mpsc::channel(WAITING);
        let into = store.clone();
        std::thread::Builder::new()
            .name("meter".into())
            .spawn(move || write(&into, entries))
            .map_err(|error| GatewayError::Worker(error.to_string()))?;
        let accounts = Mutex::default();
        Ok(Arc::new(Self { store, prices, accounts, writer, metrics }))
    }

    /// The price list.
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        // No code that can panic runs while the lock is held.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one request out of the key's rate.
    pub fn admit(&self, key: &ApiKey) -> Result<(), ApiError> {
        let spent = if self.lock().contains_key(&key.id) {
            0
        } else {
            self.store.used(&key.id).map_err(|error| fail(&error))?.amount
        };
        let now = Instant::now();
        let rate = f64::from(key.per_second);
        let mut accounts = self.lock();
        // Keys are bounded in number, so accounts are.
        let account = accounts.entry(key.id.clone()).or_insert(Account {
            spent,
            reserved: 0,
            tokens: rate,
            at: now,
        });
        let gained = now.saturating_duration_since(account.at).as_secs_f64() * rate;
        account.tokens = (account.tokens + gained).min(rate);
        account.at = now;
        if account.tokens < 1.0 {
            return Err(ApiError::rate(key.per_second));
        }
        account.tokens -= 1.0;
        Ok(())
    }

    /// Holds back what a request may cost at most. The key was admitted before.
    pub fn reserve(
        self: &Arc<Self>,
        key: &Arc<ApiKey>,
        prompt: u32,
        completion: u32,
    ) -> Result<Reservation, ApiError> {
        let amount = self.prices.cost(prompt, completion);
        let mut accounts = self.lock();
        let account = accounts.get_mut(&key.id).ok_or_else(ApiError::failed)?;
        let before = account.spent.saturating_add(account.reserved);
        if before.saturating_add(amount) > key.limit {
            return Err(ApiError::spent(key.limit, before, amount));
        }
        account.reserved = account.reserved.saturating_add(amount);
        Ok(Reservation { meter: self.clone(), key: key.clone(), amount })
    }

    /// What a key used in its life.
    pub fn used(&self, key: &ApiKey) -> Result<Used, ApiError> {
        self.store.used(&key.id).map_err(|error| fail(&error))
    }

    /// What a key spent, requests that run left out; 0 before its first request.
    pub fn spent(&self, key: &ApiKey) -> u64 {
        self.lock().get(&key.id).map_or(0, |account| account.spent)
    }
}

impl Reservation {
    /// Writes down what was used, and returns when it is on disk.
    pub async fn settle(self, netuid: u16, prompt: u32, completion: u32) -> Result<(), ApiError> {
        let amount = self.meter.prices.cost(prompt, completion);
        let entry = Entry {
            key: self.key.id.clone(),
            netuid,
            prompt,
            completion,
            amount,
            at_ms: crate::clock::now_ms(),
        };
        let (done, written) = oneshot::channel();
        let sent = self.meter.writer.send((entry, done)).await;
        if sent.is_err() || !written.await.unwrap_or(false) {
            return Err(ApiError::failed());
        }
        if let Some(account) = self.meter.lock().get_mut(&self.key.id) {
            account.spent = account.spent.saturating_add(amount);
        }
        self.meter.metrics.metered(prompt, completion, amount);
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(account) = self.meter.lock().get_mut(&self.key.id) {
            account.reserved = account.reserved.saturating_sub(self.amount);
        }
    }
}

fn fail(error: &GatewayError) -> ApiError {
    tracing::error!(%error, "what a key used can't be read");
    ApiError::failed()
}

/// Writes entries until nobody can send any more.
fn write(store: &Store, mut entries: mpsc::Receiver<Waiting>) {
    while let Some(first) = entries.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            let Ok(next) = entries.try_recv() else { break };
            batch.push(next);
        }
        let (rows, callers): (Vec<Entry>, Vec<_>) = batch.into_iter().unzip();
        let result = store.record(&rows);
        if let Err(error) = &result {
            tracing::error!(%error, "WHAT WAS USED CAN'T BE WRITTEN DOWN: requests fail");
        }
        for caller in callers {
            // A caller that went away is charged all the same.
            let _ = caller.send(result.is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(limit: u64, per_second: u16) -> Arc<ApiKey> {
        Arc::new(ApiKey {
            id: "k".into(),
            name: String::new(),
            sha256: String::new(),
            limit,
            per_second,
            created_ms: 0,
            revoked_ms: None,
        })
    }

    fn meter(folder: &std::path::Path) -> Arc<Meter> {
        let store = Arc::new(Store::open(folder).unwrap());
        let prices = Prices { prompt: 1_000_000, completion: 4_000_000, request: 1 };
        Meter::start(store, prices, Arc::new(Metrics::new().unwrap())).unwrap()
    }

    #[test]
    fn cost_should_be_rounded_up_and_never_overflow() {
        let prices = Prices { prompt: 1, completion: 3, request: 0 };
        assert_eq!((prices.cost(0, 0), prices.cost(1, 0), prices.cost(0, 1_000_000)), (0, 1, 3));
        let most = Prices { prompt: u64::MAX, completion: u64::MAX, request: u64::MAX };
        assert_eq!(most.cost(u32::MAX, u32::MAX), u64::MAX);
    }

    #[tokio::test]
    async fn key_should_not_spend_beyond_its_limit_however_many_requests_run() {
        let folder = tempfile::tempdir().unwrap();
        let (meter, key) = (meter(folder.path()), key(100, 1_000));
        meter.admit(&key).unwrap();
        // 10 + 4 × 10 + 1 = 51 at most.
        let first = meter.reserve(&key, 10, 10).unwrap();
        let error = meter.reserve(&key, 10, 10).err().unwrap();
        assert_eq!((error.status, error.code), (429, "insufficient_quota"));
        first.settle(1, 10, 2).await.unwrap();
        assert_eq!(meter.spent(&key), 19);
        let second = meter.reserve(&key, 10, 10).unwrap();
        drop(second);
        assert_eq!(meter.store.owed(1).unwrap().unwrap().amount, 19);
        meter.reserve(&key, 40, 10).unwrap().settle(1, 40, 10).await.unwrap();
        assert_eq!(meter.spent(&key), 100);
        assert!(meter.reserve(&key, 0, 0).is_err());
    }

    #[tokio::test]
    async fn spending_should_be_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(30, 1_000);
        {
            let meter = meter(folder.path());
            meter.admit(&key).unwrap();
            meter.reserve(&key, 10, 2).unwrap().settle(1, 10, 2).await.unwrap();
        }
        // The writer's thread lets go of the database a moment later.
        let mut again = Store::open(folder.path());
        for _ in 0..100 {
            if again.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            again = Store::open(folder.path());
        }
        drop(again.unwrap());
        let meter = meter(folder.path());
        meter.admit(&key).unwrap();
        assert_eq!(meter.spent(&key), 19);
        assert!(meter.reserve(&key, 10, 2).is_err());
    }

    #[test]
    fn key_should_be_refused_when_it_is_too_fast() {
        let folder = tempfile::tempdir().unwrap();
        let (meter, key) = (meter(folder.path()), key(1, 2));
        let outcomes: Vec<bool> = (0..4).map(|_| meter.admit(&key).is_ok()).collect();
        assert_eq!(outcomes, [true, true, false, false]);
    }
}
