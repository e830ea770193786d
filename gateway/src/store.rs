//! What was used, what is owed and what was paid, in an embedded database. Every change is one
//! transaction, on disk before the call returns.
//!
//! An **entry** is one answered request. A **payment** settles a run of a subnet's entries: it is
//! written with the signed extrinsic's bytes before they are sent, and its entries are owed until it
//! is known to have landed in a finalized block.

use crate::{clock, GatewayError};
use alun_client::Prepared;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::path::Path;

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// netuid, number → [`Entry`]; only what is not settled yet.
const ENTRIES: Table = TableDefinition::new("entries");
/// key id → [`Used`].
const USED: Table = TableDefinition::new("used");
/// netuid → the open [`Payment`].
const OPEN: Table = TableDefinition::new("open");
/// netuid, first entry → a [`Payment`] that is over.
const PAID: Table = TableDefinition::new("paid");
/// `next` → number of the next entry.
const META: Table = TableDefinition::new("meta");

/// Entries that one payment settles at most.
pub const ENTRIES_PER_PAYMENT: usize = 50_000;

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Id of the API key.
    pub key: String,
    /// The subnet.
    pub netuid: u16,
    /// Tokens read.
    pub prompt: u32,
    /// Tokens generated.
    pub completion: u32,
    /// What it costs, smallest unit.
    pub amount: u64,
    /// Unix time in milliseconds.
    pub at_ms: u64,
}

/// What a key used in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Requests answered.
    pub requests: u64,
    /// Tokens read.
    pub prompt: u64,
    /// Tokens generated.
    pub completion: u64,
    /// What it costs in all, smallest unit.
    pub amount: u64,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Signed; sent or not.
    Open,
    /// In a finalized block.
    Landed {
        /// Which.
        block: u32,
        /// Alpha that was burned, smallest unit.
        burned: u64,
    },
    /// No block can hold it, or it failed in one: its entries are owed again.
    Void {
        /// Why.
        why: String,
    },
}

/// A payment and the entries that it settles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The subnet.
    pub netuid: u16,
    /// First entry.
    pub first: u64,
    /// Last entry.
    pub last: u64,
    /// Sum of the entries, smallest unit.
    pub amount: u64,
    /// `Pallet.call`.
    pub call: String,
    /// Public key of the payer, hex.
    pub payer: String,
    /// The signed extrinsic, hex.
    pub bytes: String,
    /// Its nonce.
    pub nonce: u64,
    /// Newest block before it was signed.
    pub born: u32,
    /// First block that can't hold it.
    pub dies: u32,
    /// What became of it.
    pub fate: Fate,
    /// Unix time in milliseconds when it was signed.
    pub at_ms: u64,
}

/// What a subnet is owed: a run of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// First entry.
    pub first: u64,
    /// Last entry.
    pub last: u64,
    /// Their sum, smallest unit.
    pub amount: u64,
}

impl Payment {
    /// Of a run of entries, by a transaction that is signed and not sent.
    pub fn new(netuid: u16, owed: Owed, prepared: &Prepared) -> Self {
        Self {
            netuid,
            first: owed.first,
            last: owed.last,
            amount: owed.amount,
            call: prepared.call.clone(),
            payer: hex::encode(prepared.account),
            bytes: hex::encode(&prepared.bytes),
            nonce: prepared.nonce,
            born: prepared.born,
            dies: prepared.dies,
            fate: Fate::Open,
            at_ms: clock::now_ms(),
        }
    }

    /// The transaction, to be sent or looked for.
    pub fn prepared(&self) -> Result<Prepared, GatewayError> {
        let bad = |what: &str| GatewayError::Store(format!("a payment's {what} is no hex"));
        let mut account = [0; 32];
        hex::decode_to_slice(&self.payer, &mut account).map_err(|_| bad("payer"))?;
        Ok(Prepared {
            call: self.call.clone(),
            account,
            bytes: hex::decode(&self.bytes).map_err(|_| bad("extrinsic"))?,
            nonce: self.nonce,
            born: self.born,
            dies: self.dies,
        })
    }
}

/// The database.
pub struct Store {
    database: Database,
}

fn failed(error: impl ToString) -> GatewayError {
    GatewayError::Store(error.to_string())
}

fn entry_key(netuid: u16, number: u64) -> [u8; 10] {
    let mut key = [0; 10];
    let (net, rest) = key.split_at_mut(2);
    net.copy_from_slice(&netuid.to_be_bytes());
    rest.copy_from_slice(&number.to_be_bytes());
    key
}

fn number_of(key: &[u8]) -> u64 {
    key.iter().skip(2).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn put<V: Serialize>(
    write: &WriteTransaction,
    table: Table,
    key: &[u8],
    value: &V,
) -> Result<(), GatewayError> {
    let bytes = serde_json::to_vec(value).map_err(failed)?;
    let mut table = write.open_table(table).map_err(failed)?;
    table.insert(key, bytes.as_slice()).map_err(failed)?;
    Ok(())
}

fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, GatewayError> {
    serde_json::from_slice(bytes).map_err(failed)
}

fn got<V: DeserializeOwned>(
    write: &WriteTransaction,
    table: Table,
    key: &[u8],
) -> Result<Option<V>, GatewayError> {
    let table = write.open_table(table).map_err(failed)?;
    let found = table.get(key).map_err(failed)?;
    found.map(|value| decode(value.value())).transpose()
}

impl Store {
    /// Opens the database of a state folder, and makes it where there is none.
    pub fn open(state: &Path) -> Result<Self, GatewayError> {
        std::fs::create_dir_all(state).map_err(|source| GatewayError::Disk {
            doing: "make",
            path: state.to_owned(),
            source,
        })?;
        let database = Database::create(state.join("gateway.redb")).map_err(failed)?;
        let write = database.begin_write().map_err(failed)?;
        for table in [ENTRIES, USED, OPEN, PAID, META] {
            write.open_table(table).map_err(failed)?;
        }
        write.commit().map_err(failed)?;
        Ok(Self { database })
    }

    /// Records answered requests, all of them or none.
    pub fn record(&self, entries: &[Entry]) -> Result<(), GatewayError> {
        let write = self.database.begin_write().map_err(failed)?;
        let mut next: u64 = got(&write, META, b"next")?.unwrap_or(1);
        for entry in entries {
            put(&write, ENTRIES, &entry_key(entry.netuid, next), entry)?;
            next = next.saturating_add(1);
            let mut used: Used = got(&write, USED, entry.key.as_bytes())?.unwrap_or_default();
            // Saturation: nobody uses 2⁶⁴ of anything.
            used.requests = used.requests.saturating_add(1);
            used.prompt = used.prompt.saturating_add(entry.prompt.into());
            used.completion = used.completion.saturating_add(entry.completion.into());
            used.amount = used.amount.saturating_add(entry.amount);
            put(&write, USED, entry.key.as_bytes(), &used)?;
        }
        put(&write, META, b"next", &next)?;
        write.commit().map_err(failed)
    }

    /// What a key used in its life.
    pub fn used(&self, key: &str) -> Result<Used, GatewayError> {
        Ok(self.get(USED, key.as_bytes())?.unwrap_or_default())
    }

    /// What a subnet is owed, at most [`ENTRIES_PER_PAYMENT`] entries; `None` of nothing.
    pub fn owed(&self, netuid: u16) -> Result<Option<Owed>, GatewayError> {
        let read = self.database.begin_read().map_err(failed)?;
        let table = read.open_table(ENTRIES).map_err(failed)?;
        let (from, to) = (entry_key(netuid, 0), entry_key(netuid, u64::MAX));
        let mut owed: Option<Owed> = None;
        let rows = table.range(from.as_slice()..=to.as_slice()).map_err(failed)?;
        for row in rows.take(ENTRIES_PER_PAYMENT) {
            let (key, value) = row.map_err(failed)?;
            let (number, entry) = (number_of(key.value()), decode::<Entry>(value.value())?);
            let sum = owed.get_or_insert(Owed { first: number, last: number, amount: 0 });
            sum.last = number;
            sum.amount = sum.amount.saturating_add(entry.amount);
        }
        Ok(owed)
    }

    /// Netuids that are owed something or have an open payment.
    pub fn netuids(&self) -> Result<Vec<u16>, GatewayError> {
        let read = self.database.begin_read().map_err(failed)?;
        let table = read.open_table(ENTRIES).map_err(failed)?;
        let mut netuids = Vec::new();
        let mut from = Some(0u16);
        // One step for each netuid there is, not one for each entry.
        while let Some(netuid) = from {
            let start = entry_key(netuid, 0);
            let first = table.range(start.as_slice()..).map_err(failed)?.next();
            let Some(row) = first else { break };
            let key = row.map_err(failed)?.0.value().to_vec();
            let found = match key.as_slice() {
                [high, low, ..] => u16::from_be_bytes([*high, *low]),
                _ => break,
            };
            netuids.push(found);
            from = found.checked_add(1);
        }
        Ok(netuids)
    }

    /// Writes a signed payment down, before it is sent. Refused while another of the subnet is open.
    pub fn begin(&self, payment: &Payment) -> Result<(), GatewayError> {
        let write = self.database.begin_write().map_err(failed)?;
        let key = payment.netuid.to_be_bytes();
        if got::<Payment>(&write, OPEN, &key)?.is_some() {
            return Err(failed("a payment to this subnet is open already"));
        }
        put(&write, OPEN, &key, payment)?;
        write.commit().map_err(failed)
    }

    /// Every open payment.
    pub fn open_payments(&self) -> Result<Vec<Payment>, GatewayError> {
        self.all(OPEN)
    }

    /// Every payment that is over, by subnet and first entry.
    pub fn payments(&self) -> Result<Vec<Payment>, GatewayError> {
        self.all(PAID)
    }

    /// Closes an open payment. One that landed takes its entries with it, in the same transaction.
    pub fn close(&self, payment: &Payment, fate: Fate) -> Result<(), GatewayError> {
        let write = self.database.begin_write().map_err(failed)?;
        if fate != Fate::Open {
            if matches!(fate, Fate::Landed { .. }) {
                let mut table = write.open_table(ENTRIES).map_err(failed)?;
                let from = entry_key(payment.netuid, payment.first);
                let to = entry_key(payment.netuid, payment.last);
                let range = from.as_slice()..=to.as_slice();
                table.retain_in(range, |_, _| false).map_err(failed)?;
            }
            write
                .open_table(OPEN)
                .map_err(failed)?
                .remove(payment.netuid.to_be_bytes().as_slice())
                .map_err(failed)?;
            let landed = matches!(fate, Fate::Landed { .. });
            let over = Payment { fate, ..payment.clone() };
            // The same entries may have been in a void payment before; one row keeps the last.
            put(&write, PAID, &entry_key(payment.netuid, payment.first), &over)?;
            if landed {
                let paid: u64 = got(&write, META, b"settled")?.unwrap_or(0);
                put(&write, META, b"settled", &paid.saturating_add(payment.amount))?;
            }
        }
        write.commit().map_err(failed)
    }

    /// All that was ever paid, smallest unit.
    pub fn settled(&self) -> Result<u64, GatewayError> {
        Ok(self.get(META, b"settled")?.unwrap_or(0))
    }

    fn get<V: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<V>, GatewayError> {
        let read = self.database.begin_read().map_err(failed)?;
        let table = read.open_table(table).map_err(failed)?;
        let found = table.get(key).map_err(failed)?;
        found.map(|value| decode(value.value())).transpose()
    }

    fn all<V: DeserializeOwned>(&self, table: Table) -> Result<Vec<V>, GatewayError> {
        let read = self.database.begin_read().map_err(failed)?;
        let table = read.open_table(table).map_err(failed)?;
        let mut all = Vec::new();
        for row in table.iter().map_err(failed)? {
            all.push(decode(row.map_err(failed)?.1.value())?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(netuid: u16, amount: u64) -> Entry {
        Entry { key: "k".into(), netuid, prompt: 2, completion: 3, amount, at_ms: 1 }
    }

    fn prepared() -> Prepared {
        Prepared {
            call: "Market.pay".into(),
            account: [7; 32],
            bytes: vec![1, 2, 3],
            nonce: 4,
            born: 5,
            dies: 69,
        }
    }

    #[test]
    fn entries_should_be_owed_until_their_payment_landed_and_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let payment = {
            let store = Store::open(folder.path()).unwrap();
            store.record(&[entry(1, 10), entry(2, 100), entry(1, 20)]).unwrap();
            let owed = store.owed(1).unwrap().unwrap();
            assert_eq!(owed, Owed { first: 1, last: 3, amount: 30 });
            assert_eq!(store.netuids().unwrap(), [1, 2]);
            let payment = Payment::new(1, owed, &prepared());
            store.begin(&payment).unwrap();
            assert!(store.begin(&payment).is_err(), "two payments for the same entries");
            payment
        };
        // Killed here, started again: the very bytes are there, and the entries.
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.open_payments().unwrap(), std::slice::from_ref(&payment));
        assert_eq!(payment.prepared().unwrap(), prepared());
        store.record(&[entry(1, 7)]).unwrap();
        store.close(&payment, Fate::Landed { block: 9, burned: 1 }).unwrap();
        assert_eq!(store.owed(1).unwrap(), Some(Owed { first: 4, last: 4, amount: 7 }));
        assert_eq!(store.owed(2).unwrap().unwrap().amount, 100);
        assert!(store.open_payments().unwrap().is_empty());
        assert_eq!(store.settled().unwrap(), 30);
        let used = store.used("k").unwrap();
        assert_eq!((used.requests, used.prompt, used.completion, used.amount), (4, 8, 12, 137));
    }

    #[test]
    fn entries_should_be_owed_again_when_their_payment_is_void() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.record(&[entry(1, 10)]).unwrap();
        let owed = store.owed(1).unwrap().unwrap();
        let payment = Payment::new(1, owed, &prepared());
        store.begin(&payment).unwrap();
        store.close(&payment, Fate::Void { why: "expired".into() }).unwrap();
        assert_eq!(store.owed(1).unwrap(), Some(owed));
        assert_eq!((store.settled().unwrap(), store.payments().unwrap().len()), (0, 1));
    }
}
