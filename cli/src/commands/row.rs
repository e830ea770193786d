//! A weight row as typed, and the file that a commit leaves for its reveal.

use crate::{context::parse_digest, shape::hex_of, CliError};
use alun_client::{AccountId, Digest, MechanismId, NetUid};
use alun_primitives::WeightCommit;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

/// One score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Uid.
    pub uid: u16,
    /// Score, relative to the others of the row.
    pub value: u16,
}

/// Reads `uid=value`.
pub fn parse_score(text: &str) -> Result<Score, String> {
    let wrong = || format!("`{text}` is no score; write uid=value, both from 0 to 65535: 3=100");
    let (uid, value) = text.split_once('=').ok_or_else(wrong)?;
    match (uid.trim().parse(), value.trim().parse()) {
        (Ok(uid), Ok(value)) => Ok(Score { uid, value }),
        _ => Err(wrong()),
    }
}

/// Scores as the chain takes them: uids and values by the same index.
pub fn split(scores: &[Score]) -> (Vec<u16>, Vec<u16>) {
    scores.iter().map(|score| (score.uid, score.value)).unzip()
}

/// A committed row on disk, JSON. Whoever has it can reveal; nobody else can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRow {
    /// Genesis hash of the chain.
    pub genesis: String,
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism.
    pub mechanism: MechanismId,
    /// The committing hotkey, ss58.
    pub hotkey: String,
    /// Uids.
    pub uids: Vec<u16>,
    /// Scores.
    pub values: Vec<u16>,
    /// Evidence root.
    pub evidence_root: String,
    /// Weights version.
    pub version: u64,
    /// 32 random bytes.
    pub salt: String,
}

impl From<&WeightCommit> for SavedRow {
    fn from(commit: &WeightCommit) -> Self {
        Self {
            genesis: hex_of(&commit.genesis),
            netuid: commit.netuid,
            mechanism: commit.mechanism,
            hotkey: AccountId::from(commit.hotkey).to_string(),
            uids: commit.uids.clone(),
            values: commit.values.clone(),
            evidence_root: hex_of(&commit.evidence_root),
            version: commit.version,
            salt: hex_of(&commit.salt),
        }
    }
}

impl SavedRow {
    /// Writes it to a new file, safely on disk when this returns. An existing file is never
    /// overwritten: it may hold a row that is not revealed yet.
    pub fn write(&self, path: &Path) -> Result<(), CliError> {
        let failed = |source| CliError::Write { path: path.into(), source };
        let json = serde_json::to_string_pretty(self)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let opened = fs::OpenOptions::new().write(true).create_new(true).open(path);
        let mut file = match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(CliError::Usage(format!(
                    "{} exists already and may hold a row that is not revealed yet; give another \
                     --file",
                    path.display()
                )));
            }
            other => other.map_err(failed)?,
        };
        file.write_all(json.as_bytes()).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        file.sync_all().map_err(failed)
    }

    /// Reads it back.
    pub fn read(path: &Path) -> Result<WeightCommit, CliError> {
        let failed = |reason: String| CliError::Read { path: path.into(), reason };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let saved: Self = serde_json::from_str(&text)
            .map_err(|error| failed(format!("it is no file of `alun weights commit`: {error}")))?;
        let digest =
            |text: &str| -> Result<Digest, CliError> { parse_digest(text).map_err(failed) };
        let hotkey: AccountId = saved
            .hotkey
            .parse()
            .map_err(|error| failed(format!("hotkey {}: {error}", saved.hotkey)))?;
        Ok(WeightCommit {
            genesis: digest(&saved.genesis)?,
            netuid: saved.netuid,
            mechanism: saved.mechanism,
            hotkey: hotkey.0,
            uids: saved.uids,
            values: saved.values,
            evidence_root: digest(&saved.evidence_root)?,
            version: saved.version,
            salt: digest(&saved.salt)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_should_be_uid_and_value() {
        assert_eq!(parse_score("3=100"), Ok(Score { uid: 3, value: 100 }));
        for bad in ["", "3", "3=", "=1", "65536=1", "1=65536", "-1=2", "a=b"] {
            assert!(parse_score(bad).unwrap_err().contains("uid=value"), "{bad}");
        }
    }

    #[test]
    fn saved_row_should_come_back_and_never_be_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("row.json");
        let commit = WeightCommit {
            genesis: [1; 32],
            netuid: NetUid(2),
            mechanism: MechanismId(0),
            hotkey: [3; 32],
            uids: vec![1, 2],
            values: vec![10, 20],
            evidence_root: [0; 32],
            version: 4,
            salt: [5; 32],
        };
        SavedRow::from(&commit).write(&path).unwrap();
        assert_eq!(SavedRow::read(&path).unwrap(), commit);
        let error = SavedRow::from(&commit).write(&path).unwrap_err();
        assert!(error.to_string().contains("another --file"), "{error}");
    }

    #[test]
    fn saved_row_should_be_refused_when_it_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("row.json");
        std::fs::write(&path, "{}").unwrap();
        assert!(SavedRow::read(&path).unwrap_err().to_string().contains("alun weights commit"));
    }
}
