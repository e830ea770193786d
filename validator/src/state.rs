//! What must survive a crash: one file for each subnet, mechanism and epoch.
//!
//! An epoch's file appears once, whole, when the row is decided and before anything is sent; from
//! then on only the fates of commit and reveal change. So whatever happens, one epoch has one row.

use crate::{error::ValidatorError, pack};
use alun_evidence::Previous;
use alun_primitives::{MechanismId, NetUid};
use alun_scoring::{Average, Observation};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Epochs; older files are removed.
    pub epochs: usize,
    /// Bytes of evidence, answers included, for each subnet and mechanism; the oldest goes first.
    pub bytes: u64,
}

/// What became of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// Not known to have landed; it may have been sent.
    #[default]
    Pending,
    /// In a final block.
    Landed {
        /// Its height.
        block: u32,
    },
    /// It can't land any more.
    Lost {
        /// Why.
        why: String,
    },
}

/// A row with all that its commit binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Uids scored.
    pub uids: Vec<u16>,
    /// Scores.
    pub values: Vec<u16>,
    /// The subnet's weights version.
    pub version: u64,
    /// Random bytes.
    #[serde(with = "hex32")]
    pub salt: [u8; 32],
    /// Merkle root of the evidence.
    #[serde(with = "hex32")]
    pub evidence_root: [u8; 32],
    /// What is committed.
    #[serde(with = "hex32")]
    pub hash: [u8; 32],
    /// Whether it is committed and revealed, or set at once.
    pub commit_reveal: bool,
    /// Epochs until the reveal.
    pub reveal_period: u16,
}

/// What an epoch showed of one miner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinerRecord {
    /// Uid at the epoch.
    pub uid: u16,
    /// Address of its hotkey.
    pub hotkey: String,
    /// What was seen.
    pub seen: Observation,
    /// Average after it.
    pub average: Average,
    /// The last finding, for people.
    pub finding: String,
}

/// One epoch of one subnet and mechanism.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch.
    pub epoch: u64,
    /// Its first block.
    pub first_block: u32,
    /// Epoch in which the commit can be revealed, once the chain has said it.
    pub window: Option<u64>,
    /// Every miner.
    pub miners: Vec<MinerRecord>,
    /// The row, or why there is none.
    pub row: Result<Row, String>,
    /// Of the commit (or of the row itself, without commit-reveal).
    pub commit: Fate,
    /// Of the reveal.
    pub reveal: Fate,
    /// Merkle root of the evidence, hex; none in records of versions whose evidence had another
    /// format.
    #[serde(default)]
    pub evidence: Option<String>,
}

impl EpochRecord {
    /// Whether nothing is left to send.
    pub fn finished(&self) -> bool {
        match &self.row {
            Err(_) => true,
            Ok(row) => match &self.commit {
                Fate::Lost { .. } => true,
                Fate::Landed { .. } => !row.commit_reveal || self.reveal != Fate::Pending,
                Fate::Pending => false,
            },
        }
    }

    /// Whether its row was sent and did not land.
    pub fn lost(&self) -> bool {
        matches!(self.commit, Fate::Lost { .. }) || matches!(self.reveal, Fate::Lost { .. })
    }
}

/// The folder of one subnet and mechanism.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens or makes `<state>/<netuid>-<mechanism>`.
    pub fn open(
        state: &Path,
        netuid: NetUid,
        mechanism: MechanismId,
    ) -> Result<Self, ValidatorError> {
        let folder = state.join(format!("{netuid}-{}", mechanism.0));
        fs::create_dir_all(&folder).map_err(|source| ValidatorError::Disk {
            doing: "make",
            path: folder.clone(),
            source,
        })?;
        Ok(Self { folder })
    }

    fn path(&self, epoch: u64) -> PathBuf {
        self.folder.join(format!("epoch-{epoch}.json"))
    }

    /// Where the epoch's evidence is.
    pub fn evidence(&self, epoch: u64) -> PathBuf {
        self.folder.join(format!("evidence-{epoch}.jsonl"))
    }

    /// Where the epoch's answers are.
    pub fn answers(&self, epoch: u64) -> PathBuf {
        self.folder.join(format!("answers-{epoch}.pack"))
    }

    /// Every record, oldest first.
    pub fn load(&self) -> Result<BTreeMap<u64, EpochRecord>, ValidatorError> {
        let disk =
            |source| ValidatorError::Disk { doing: "read", path: self.folder.clone(), source };
        let mut records = BTreeMap::new();
        for entry in fs::read_dir(&self.folder).map_err(disk)? {
            let path = entry.map_err(disk)?.path();
            let Some(epoch) = epoch_of(&path) else { continue };
            let bytes = fs::read(&path).map_err(|source| ValidatorError::Disk {
                doing: "read",
                path: path.clone(),
                source,
            })?;
            let record: EpochRecord = serde_json::from_slice(&bytes).map_err(|error| {
                ValidatorError::State { path: path.clone(), reason: error.to_string() }
            })?;
            if record.epoch != epoch {
                let reason = format!("it holds epoch {}", record.epoch);
                return Err(ValidatorError::State { path, reason });
            }
            records.insert(epoch, record);
        }
        Ok(records)
    }

    /// Writes a record; it is on the disk when this returns.
    pub fn save(&self, record: &EpochRecord) -> Result<(), ValidatorError> {
        let path = self.path(record.epoch);
        let bytes = serde_json::to_vec(record).map_err(|error| ValidatorError::State {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        write_durably(&path, &bytes).map_err(|source| ValidatorError::Disk {
            doing: "write",
            path,
            source,
        })
    }

    /// Writes an epoch's evidence and its answers, by their SHA-256; both are on the disk when this
    /// returns.
    pub fn save_evidence(
        &self,
        epoch: u64,
        bundle: &[u8],
        answers: &[([u8; 32], Vec<u8>)],
    ) -> Result<(), ValidatorError> {
        let disk =
            |path: PathBuf| move |source| ValidatorError::Disk { doing: "write", path, source };
        let path = self.answers(epoch);
        durably(&path, |file| pack::write(file, answers)).map_err(disk(path))?;
        let path = self.evidence(epoch);
        write_durably(&path, bundle).map_err(disk(path))
    }

    /// Removes finished epochs beyond what is kept: records beyond the number of epochs, and the
    /// oldest evidence while there is more than so many bytes. The newest epoch always stays.
    pub fn prune(&self, records: &mut BTreeMap<u64, EpochRecord>, keep: Retention) {
        while records.len() > keep.epochs.max(1) {
            let Some((&oldest, record)) = records.iter().next() else { return };
            if !record.finished() {
                return;
            }
            let _ = fs::remove_file(self.path(oldest));
            self.forget(oldest);
            records.remove(&oldest);
        }
        let mut sum: u64 = records.keys().map(|epoch| self.size(*epoch)).sum();
        let newest = records.keys().next_back().copied();
        for (&epoch, record) in records.iter() {
            if sum <= keep.bytes || !record.finished() || Some(epoch) == newest {
                return;
            }
            sum = sum.saturating_sub(self.size(epoch));
            self.forget(epoch);
        }
    }

    /// Removes an epoch's evidence. That a file can't be removed shows in the disk's use alone.
    fn forget(&self, epoch: u64) {
        let _ = fs::remove_file(self.evidence(epoch));
        let _ = fs::remove_file(self.answers(epoch));
    }

    fn size(&self, epoch: u64) -> u64 {
        let size = |path: PathBuf| fs::metadata(path).map_or(0, |found| found.len());
        size(self.evidence(epoch)).saturating_add(size(self.answers(epoch)))
    }
}

/// The epoch of a record's file.
pub(crate) fn epoch_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("epoch-")?.strip_suffix(".json")?.parse().ok()
}

/// Whole or not at all, and on the disk: temporary file, fsync, rename, fsync of the folder.
pub(crate) fn durably(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = BufWriter::new(File::create(&temporary)?);
    write(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    durably(path, |file| file.write_all(bytes))
}

/// What the next epoch goes on from: the newest record's evidence, and the averages in it. Nothing
/// where that record has none that could be checked: then averages begin anew.
pub fn past(records: &BTreeMap<u64, EpochRecord>) -> (Option<Previous>, BTreeMap<String, Average>) {
    let Some(newest) = records.values().next_back() else { return Default::default() };
    let Some(root) = newest.evidence.clone() else {
        tracing::warn!(
            epoch = newest.epoch,
            "the newest record is of an older version, whose evidence has another format: averages begin anew"
        );
        return Default::default();
    };
    let averages = newest.miners.iter().map(|miner| (miner.hotkey.clone(), miner.average));
    (Some(Previous { epoch: newest.epoch, root }), averages.collect())
}

/// 32 bytes as hex.
pub(crate) mod hex32 {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|_| D::Error::custom("64 hex digits are expected"))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u64) -> EpochRecord {
        let row = Row {
            uids: vec![1, 2],
            values: vec![65_535, 9],
            version: 3,
            salt: [4; 32],
            evidence_root: [5; 32],
            hash: [6; 32],
            commit_reveal: true,
            reveal_period: 1,
        };
        EpochRecord {
            epoch,
            first_block: 1,
            window: None,
            miners: vec![],
            row: Ok(row),
            commit: Fate::Pending,
            reveal: Fate::Pending,
            evidence: Some("05".repeat(32)),
        }
    }

    const KEEP: Retention = Retention { epochs: 64, bytes: 1 << 30 };

    fn store(folder: &Path) -> Store {
        Store::open(folder, NetUid(1), MechanismId(0)).unwrap()
    }

    #[test]
    fn record_should_be_read_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.save(&record(7)).unwrap();
        let mut changed = record(8);
        changed.commit = Fate::Landed { block: 99 };
        changed.reveal = Fate::Lost { why: "the window closed".into() };
        store.save(&changed).unwrap();
        let read = store.load().unwrap();
        assert_eq!(read.into_values().collect::<Vec<_>>(), vec![record(7), changed]);
    }

    #[test]
    fn load_should_ignore_a_write_that_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.save(&record(7)).unwrap();
        fs::write(store.path(8).with_extension("tmp"), b"{\"epoch\":8,").unwrap();
        assert_eq!(store.load().unwrap().len(), 1);
    }

    #[test]
    fn load_should_name_the_file_when_it_was_altered() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        fs::write(store.path(3), b"{}").unwrap();
        let error = store.load().unwrap_err().to_string();
        assert!(error.contains("epoch-3.json"), "{error}");
    }

    #[test]
    fn prune_should_keep_what_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut records = BTreeMap::new();
        for epoch in 0..70 {
            let mut one = record(epoch);
            if epoch != 2 {
                one.commit = Fate::Lost { why: String::new() };
            }
            store.save(&one).unwrap();
            records.insert(epoch, one);
        }
        store.prune(&mut records, KEEP);
        assert_eq!(*records.keys().next().unwrap(), 2);
        assert_eq!(store.load().unwrap().len(), records.len());
    }

    #[test]
    fn prune_should_keep_evidence_under_its_bytes_but_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut records = BTreeMap::new();
        for epoch in 0..4 {
            let mut one = record(epoch);
            one.commit = Fate::Lost { why: String::new() };
            store.save_evidence(epoch, &[b'x'; 100], &[([7; 32], vec![1; 64])]).unwrap();
            store.save(&one).unwrap();
            records.insert(epoch, one);
        }
        let left = |store: &Store| -> Vec<u64> {
            (0..4)
                .filter(|epoch| store.evidence(*epoch).exists() && store.answers(*epoch).exists())
                .collect()
        };
        store.prune(&mut records, Retention { bytes: 400, ..KEEP });
        assert_eq!(left(&store), vec![2, 3]);
        store.prune(&mut records, Retention { bytes: 0, ..KEEP });
        assert_eq!((left(&store), records.len()), (vec![3], 4));
    }

    #[test]
    fn past_should_begin_anew_when_the_record_is_of_an_older_version() {
        let mut records = BTreeMap::from([(7, record(7))]);
        assert_eq!(past(&records).0, Some(Previous { epoch: 7, root: "05".repeat(32) }));
        let mut old = serde_json::to_value(record(8)).unwrap();
        old.as_object_mut().unwrap().remove("evidence");
        records.insert(8, serde_json::from_value(old).unwrap());
        assert_eq!(past(&records), (None, BTreeMap::new()));
    }
}
