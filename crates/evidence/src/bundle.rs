//! A bundle: an epoch's leaves in their order, written and read.

use crate::{
    leaf::{Challenge, Header, Leaf, Miner, FORMAT},
    merkle::{self, Hash},
};
use thiserror::Error;

/// Most bytes of a leaf: what can be put on chain.
pub const MAX_LEAF: usize = 16 * 1_024;
/// Most leaves: a header, 4,096 miners, and 16 challenges for each.
pub const MAX_LEAVES: usize = 1 + 4_096 * 17;
/// Most bytes of a bundle: as many leaves as there can be, each with the longest sentence.
pub const MAX_BUNDLE: usize = 256 * 1_024 * 1_024;

/// Why bytes are no bundle.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// Too large.
    #[error("the bundle has more than {MAX_BUNDLE} bytes or {MAX_LEAVES} leaves")]
    TooLarge,
    /// A leaf is too large.
    #[error("leaf {index} has {bytes} bytes, at most {MAX_LEAF} are allowed")]
    LeafTooLarge {
        /// Which, from 0.
        index: usize,
        /// Its bytes.
        bytes: usize,
    },
    /// Another format.
    #[error("the bundle is of format {0}, this program reads format {FORMAT}")]
    OtherFormat(u64),
    /// A bundle of the first format, which had no header.
    #[error("the bundle has no header: it is older than format {FORMAT}, or not a bundle")]
    NoHeader,
    /// A leaf can't be read.
    #[error("leaf {index} can't be read: {reason}")]
    Leaf {
        /// Which, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// The leaves are not as many as the header says.
    #[error("the header counts {said} {what}, there are {found}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// By the header.
        said: u32,
        /// In truth.
        found: usize,
    },
}

/// A miner with its challenges.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The miner.
    pub miner: Miner,
    /// Its challenges, by `k`.
    pub challenges: Vec<Challenge>,
}

/// An epoch's evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// What it is about.
    pub header: Header,
    /// Everybody scored, by uid.
    pub entries: Vec<Entry>,
}

/// The lines of a file, without their newlines; empty ones are none.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// The root of a file's lines.
pub fn root_of(bytes: &[u8]) -> Hash {
    merkle::root(lines(bytes))
}

impl Bundle {
    /// The bytes of the file, and their root. Counts in the header are set here.
    pub fn seal(&mut self) -> Result<(Vec<u8>, Hash), EvidenceError> {
        let challenges: usize = self.entries.iter().map(|entry| entry.challenges.len()).sum();
        let leaves = 1 + self.entries.len() + challenges;
        if leaves > MAX_LEAVES {
            return Err(EvidenceError::TooLarge);
        }
        // Both fit: they are below `MAX_LEAVES`.
        self.header.miners = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.header.leaves = u32::try_from(leaves).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let mut index = 0;
        let mut add = |leaf: Leaf| {
            let line = serde_json::to_vec(&leaf)
                .map_err(|error| EvidenceError::Leaf { index, reason: error.to_string() })?;
            if line.len() > MAX_LEAF {
                return Err(EvidenceError::LeafTooLarge { index, bytes: line.len() });
            }
            bytes.extend(line);
            bytes.push(b'\n');
            index += 1;
            Ok(())
        };
        add(Leaf::Header(self.header.clone()))?;
        for entry in &self.entries {
            add(Leaf::Miner(entry.miner.clone()))?;
            for challenge in &entry.challenges {
                add(Leaf::Challenge(challenge.clone()))?;
            }
        }
        if bytes.len() > MAX_BUNDLE {
            return Err(EvidenceError::TooLarge);
        }
        let root = root_of(&bytes);
        Ok((bytes, root))
    }

    /// Reads a file. Whether what it says is true is another matter.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > MAX_BUNDLE {
            return Err(EvidenceError::TooLarge);
        }
        let mut all = lines(bytes).enumerate();
        let header = match all.next().map(|(index, line)| (line, read(index, line))) {
            Some((_, Ok(Leaf::Header(header)))) if header.format == FORMAT => header,
            Some((line, _)) => return Err(no_header(line)),
            None => return Err(EvidenceError::NoHeader),
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut leaves = 1;
        for (index, line) in all {
            leaves = index + 1;
            if leaves > MAX_LEAVES {
                return Err(EvidenceError::TooLarge);
            }
            let misplaced = |reason: &str| EvidenceError::Leaf { index, reason: reason.into() };
            match read(index, line)? {
                Leaf::Header(_) => return Err(misplaced("a second header")),
                Leaf::Miner(miner) => entries.push(Entry { miner, challenges: Vec::new() }),
                Leaf::Challenge(challenge) => match entries.last_mut() {
                    Some(entry) if entry.miner.uid == challenge.uid => {
                        entry.challenges.push(challenge);
                    }
                    _ => return Err(misplaced("a challenge that is not below its miner")),
                },
            }
        }
        let counted = |what, said: u32, found: usize| {
            let right = usize::try_from(said) == Ok(found);
            right.then_some(()).ok_or(EvidenceError::Count { what, said, found })
        };
        counted("leaves", header.leaves, leaves)?;
        counted("miners", header.miners, entries.len())?;
        Ok(Self { header, entries })
    }

    /// Every challenge with its miner.
    pub fn challenges(&self) -> impl Iterator<Item = (&Miner, &Challenge)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.challenges.iter().map(move |one| (&entry.miner, one)))
    }
}

fn read(index: usize, line: &[u8]) -> Result<Leaf, EvidenceError> {
    if line.len() > MAX_LEAF {
        return Err(EvidenceError::LeafTooLarge { index, bytes: line.len() });
    }
    serde_json::from_slice(line)
        .map_err(|error| EvidenceError::Leaf { index, reason: error.to_string() })
}

/// Why a first line is not our header.
fn no_header(line: &[u8]) -> EvidenceError {
    match read(0, line) {
        Err(error @ EvidenceError::LeafTooLarge { .. }) => return error,
        Ok(Leaf::Header(header)) => return EvidenceError::OtherFormat(header.format.into()),
        _ => {}
    }
    let value: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    let Some(header) = value.get("header").filter(|header| header.is_object()) else {
        return EvidenceError::NoHeader;
    };
    match header.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format != u64::from(FORMAT) => EvidenceError::OtherFormat(format),
        _ => read(0, line).err().unwrap_or(EvidenceError::NoHeader),
    }
}
