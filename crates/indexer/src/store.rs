//! The embedded database. Keys are bytes whose order is that of accounts, then blocks.

use crate::{pool::Snapshot, IndexError};
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::{cell::Cell, path::Path, time::Instant};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// What the tables hold, and how: a database of another number is made anew, not guessed at.
const FORMAT: u32 = 1;

/// `last` → (block, hash); `format` → [`FORMAT`].
pub(crate) const META: Table = TableDefinition::new("meta");
/// account → native tokens now.
pub(crate) const BALANCES: Table = TableDefinition::new("balances");
/// account, block → the native changes of that block.
pub(crate) const NATIVE: Table = TableDefinition::new("native");
/// hotkey, netuid, block → the pool from that block on.
pub(crate) const POOLS: Table = TableDefinition::new("pools");
/// coldkey, hotkey, netuid, block → the position from that block on.
pub(crate) const MARKS: Table = TableDefinition::new("marks");
/// hotkey, coldkey → it is or was that one's.
pub(crate) const OWNERS: Table = TableDefinition::new("owners");
/// hotkey that took another's place → the first of its line, which stands for all of them elsewhere.
pub(crate) const LINES: Table = TableDefinition::new("lines");
/// first hotkey of a line, block → the one that is bound from that block on.
pub(crate) const NAMES: Table = TableDefinition::new("names");

/// One change, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Why.
    pub kind: String,
    /// Smallest unit; negative when it left.
    pub amount: i64,
    /// The other account, ss58.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

/// What a block did to an account's native tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeBlock {
    /// Before it.
    pub before: u64,
    /// What happened.
    pub lines: Vec<Line>,
}

/// A position from a block on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Points before the block.
    #[serde(with = "crate::pool::digits")]
    pub before: u128,
    /// Points since.
    #[serde(with = "crate::pool::digits")]
    pub points: u128,
    /// What happened in it.
    pub lines: Vec<Line>,
}

/// A pool from a block on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolMark {
    /// The pool; `None` when nobody has stake in it.
    pub pool: Option<Snapshot>,
    /// How many events of that block touched it: each may leave a unit or two of rounding.
    pub events: u32,
}

/// The index on disk.
pub struct Store {
    database: Database,
}

/// One block's writes: all of them or none.
pub struct Batch {
    write: WriteTransaction,
}

/// The index at one moment, whatever is written meanwhile.
pub struct View {
    read: ReadTransaction,
    bounds: Bounds,
    rows: Cell<u32>,
}

/// What an answer may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Rows read.
    pub rows: u32,
    /// When it must be there.
    pub until: Option<Instant>,
}

impl Bounds {
    /// None: for the indexer itself.
    pub(crate) const NONE: Self = Self { rows: u32::MAX, until: None };
}

impl Store {
    /// Opens the database, and makes it where there is none.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let database = Database::create(path).map_err(IndexError::database)?;
        let batch = Batch { write: database.begin_write().map_err(IndexError::database)? };
        for table in [META, BALANCES, NATIVE, POOLS, MARKS, OWNERS, LINES, NAMES] {
            batch.write.open_table(table).map_err(IndexError::database)?;
        }
        let last: Option<(u32, [u8; 32])> = batch.get(META, b"last")?;
        match (last, batch.get(META, b"format")?) {
            (_, Some(FORMAT)) => {}
            (None, None) => batch.put(META, b"format", &FORMAT)?,
            (_, found) => {
                let (path, found) = (path.to_owned(), found.unwrap_or(0));
                return Err(IndexError::Format { path, found, reads: FORMAT });
            }
        }
        batch.write.commit().map_err(IndexError::database)?;
        Ok(Self { database })
    }

    /// Opens a database to read it: where there is none, none is made.
    pub fn open_existing(path: &Path) -> Result<Self, IndexError> {
        if !path.is_file() {
            return Err(IndexError::NoDatabase(path.to_owned()));
        }
        Self::open(path)
    }

    /// The last block that is indexed, and its hash.
    pub fn last(&self) -> Result<Option<(u32, [u8; 32])>, IndexError> {
        self.view(Bounds::NONE)?.last()
    }

    /// The index as it is now.
    pub fn view(&self, bounds: Bounds) -> Result<View, IndexError> {
        let read = self.database.begin_read().map_err(IndexError::database)?;
        Ok(View { read, bounds, rows: Cell::new(0) })
    }

    /// Begins a block.
    pub fn batch(&self) -> Result<Batch, IndexError> {
        Ok(Batch { write: self.database.begin_write().map_err(IndexError::database)? })
    }
}

impl View {
    /// The last block that is indexed, and its hash.
    pub fn last(&self) -> Result<Option<(u32, [u8; 32])>, IndexError> {
        self.get(META, b"last")
    }

    /// How many rows were read so far.
    #[cfg(test)]
    pub(crate) fn read_rows(&self) -> u32 {
        self.rows.get()
    }

    fn count(&self) -> Result<(), IndexError> {
        let rows = self.rows.get().saturating_add(1);
        self.rows.set(rows);
        if rows > self.bounds.rows {
            return Err(IndexError::TooMuch { rows: self.bounds.rows });
        }
        // The clock is asked now and then only.
        let late = || self.bounds.until.is_some_and(|until| Instant::now() > until);
        if rows.is_multiple_of(64) && late() {
            return Err(IndexError::TooLong);
        }
        Ok(())
    }

    pub(crate) fn get<V: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<V>, IndexError> {
        self.count()?;
        let table = self.read.open_table(table).map_err(IndexError::database)?;
        let found = table.get(key).map_err(IndexError::database)?;
        found.map(|value| decode(value.value())).transpose()
    }

    /// Keys and values from one key to another, both included, in order.
    pub(crate) fn range<V: DeserializeOwned>(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
    ) -> Result<impl Iterator<Item = Result<(Vec<u8>, V), IndexError>> + '_, IndexError> {
        let table = self.read.open_table(table).map_err(IndexError::database)?;
        // A range that ends before it begins is empty, and no error.
        let range = (from <= to).then(|| table.range(from..=to)).transpose();
        let rows = range.map_err(IndexError::database)?.into_iter().flatten();
        Ok(rows.map(|row| {
            self.count()?;
            let (key, value) = row.map_err(IndexError::database)?;
            Ok((key.value().to_vec(), decode(value.value())?))
        }))
    }

    /// The last value not after a block, within a prefix.
    pub(crate) fn newest<V: DeserializeOwned>(
        &self,
        table: Table,
        prefix: &[u8],
        block: u32,
    ) -> Result<Option<V>, IndexError> {
        self.count()?;
        let table = self.read.open_table(table).map_err(IndexError::database)?;
        let (from, to) = (at(prefix, 0), at(prefix, block));
        let mut range =
            table.range(from.as_slice()..=to.as_slice()).map_err(IndexError::database)?;
        match range.next_back() {
            Some(row) => decode(row.map_err(IndexError::database)?.1.value()).map(Some),
            None => Ok(None),
        }
    }
}

impl Batch {
    pub(crate) fn put<V: Serialize>(
        &self,
        table: Table,
        key: &[u8],
        value: &V,
    ) -> Result<(), IndexError> {
        let bytes = serde_json::to_vec(value).map_err(IndexError::database)?;
        let mut table = self.write.open_table(table).map_err(IndexError::database)?;
        table.insert(key, bytes.as_slice()).map_err(IndexError::database)?;
        Ok(())
    }

    fn get<V: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<V>, IndexError> {
        let table = self.write.open_table(table).map_err(IndexError::database)?;
        let found = table.get(key).map_err(IndexError::database)?;
        found.map(|value| decode(value.value())).transpose()
    }

    /// Writes the block, with its number.
    pub fn commit(self, number: u32, hash: [u8; 32]) -> Result<(), IndexError> {
        self.put(META, b"last", &(number, hash))?;
        self.write.commit().map_err(IndexError::database)
    }
}

fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, IndexError> {
    serde_json::from_slice(bytes).map_err(IndexError::database)
}

/// A prefix with a block behind it.
pub(crate) fn at(prefix: &[u8], block: u32) -> Vec<u8> {
    [prefix, &block.to_be_bytes()].concat()
}

/// The prefix of a pool.
pub(crate) fn pool(hotkey: &[u8; 32], netuid: u16) -> Vec<u8> {
    [hotkey.as_slice(), &netuid.to_be_bytes()].concat()
}

/// The key of an owner.
pub(crate) fn owner(hotkey: &[u8; 32], coldkey: &[u8; 32]) -> Vec<u8> {
    [hotkey.as_slice(), coldkey.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_should_refuse_another_format_and_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let store = Store::open(&path).unwrap();
        let batch = store.batch().unwrap();
        batch.put(META, b"format", &(FORMAT + 1)).unwrap();
        batch.commit(3, [0; 32]).unwrap();
        drop(store);
        let told = Store::open(&path).err().unwrap().to_string();
        assert!(told.contains("format 2") && told.contains("move it away"), "{told}");
    }

    #[test]
    fn open_existing_should_make_nothing_when_the_path_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not-there");
        let told = Store::open_existing(&path).err().unwrap().to_string();
        assert!(told.contains("not-there"), "{told}");
        assert!(!path.exists());
    }
}
