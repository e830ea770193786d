//! Model files: where they lie, which ones are known, and reading one with its sha256 checked.

use crate::{InferenceError, Result};
use sha2::{Digest, Sha256};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// One file of a known model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name in the model's folder.
    pub name: &'static str,
    /// Its sha256.
    pub sha256: [u8; 32],
}

/// A published model that `scripts/models` fetches. The script pins the same hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// The name of its folder in the models folder.
    pub folder: &'static str,
    /// The file that holds the weights.
    pub weights: KnownFile,
    /// The other files it needs.
    pub others: &'static [KnownFile],
}

/// all-MiniLM-L6-v2 (Apache-2.0): 6 layers, 384 dimensions, mean pooling.
pub const EMBEDDING_MODEL: KnownModel = KnownModel {
    folder: "all-MiniLM-L6-v2",
    weights: KnownFile {
        name: "model.safetensors",
        sha256: bytes32(b"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    },
    others: &[
        KnownFile {
            name: "config.json",
            sha256: bytes32(b"953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        },
        KnownFile {
            name: "tokenizer.json",
            sha256: bytes32(b"be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        },
    ],
};

/// SmolLM2-135M-Instruct (Apache-2.0), quantised to Q4_1; its tokenizer is in the file.
pub const GENERATION_MODEL: KnownModel = KnownModel {
    folder: "SmolLM2-135M-Instruct",
    weights: KnownFile {
        name: "SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256: bytes32(b"b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    },
    others: &[],
};

impl KnownModel {
    /// Where this model lies: its folder in the models folder.
    pub fn dir(&self) -> Result<PathBuf> {
        Ok(models_dir()?.join(self.folder))
    }

    /// The sha256 that `name` must have if the weights file must have `weights`: pinning the
    /// weights of a known model pins its other files too.
    pub(crate) fn expected(&self, weights: Option<[u8; 32]>, name: &str) -> Option<[u8; 32]> {
        let known = weights == Some(self.weights.sha256);
        let file = self.others.iter().find(|file| file.name == name)?;
        known.then_some(file.sha256)
    }
}

/// The folder that holds a folder per model: `${XDG_CACHE_HOME:-$HOME/.cache}/alun/models`.
pub fn models_dir() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = match (set("XDG_CACHE_HOME"), set("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => PathBuf::from(home).join(".cache"),
        (None, None) => return Err(InferenceError::NoModelsFolder),
    };
    Ok(cache.join("alun").join("models"))
}

/// A file's bytes and their sha256. What was hashed is what is used: the file is read once.
pub(crate) struct ModelFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub sha256: [u8; 32],
}

impl ModelFile {
    /// Reads a file, and refuses it if its sha256 is not `expected`.
    pub fn read(path: PathBuf, expected: Option<[u8; 32]>) -> Result<Self> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(InferenceError::ModelMissing { path });
            }
            Err(error) => {
                return Err(InferenceError::Unreadable { path, reason: error.to_string() });
            }
        };
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        match expected {
            Some(expected) if expected != sha256 => Err(InferenceError::Altered {
                path,
                expected: hex::encode(expected),
                found: hex::encode(sha256),
            }),
            _ => Ok(Self { path, bytes, sha256 }),
        }
    }

    /// An error about this file.
    pub fn malformed(&self, reason: impl ToString) -> InferenceError {
        malformed(&self.path, reason)
    }
}

/// An error about a file that was read and cannot be used.
pub(crate) fn malformed(path: &Path, reason: impl ToString) -> InferenceError {
    InferenceError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}

/// The one `.gguf` file in a folder, preferring the known one.
pub(crate) fn find_gguf(dir: &Path) -> Result<PathBuf> {
    let known = dir.join(GENERATION_MODEL.weights.name);
    if known.is_file() {
        return Ok(known);
    }
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Err(InferenceError::ModelMissing { path: known });
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gguf"))
        .collect();
    match (found.pop(), found.len()) {
        (None, _) => Err(InferenceError::ModelMissing { path: known }),
        (Some(path), 0) => Ok(path),
        (Some(_), _) => Err(malformed(dir, "the folder holds several .gguf files; keep one")),
    }
}

/// The name of a model for people: that of its folder.
pub(crate) fn folder_name(dir: &Path) -> String {
    dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into())
}

/// 32 bytes out of 64 hex digits, at compile time: a wrong digit does not compile.
const fn bytes32(hex: &[u8; 64]) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    let mut at = 0;
    while at < 32 {
        bytes[at] = digit(hex[2 * at]) << 4 | digit(hex[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        b'a'..=b'f' => character - b'a' + 10,
        _ => panic!("a lowercase hex digit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_should_be_read_back_when_written_at_compile_time() {
        assert_eq!(
            hex::encode(GENERATION_MODEL.weights.sha256),
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        );
    }

    #[test]
    fn file_should_be_named_when_missing() {
        let path = PathBuf::from("/nowhere/model.safetensors");
        let error = ModelFile::read(path.clone(), None).err().unwrap();
        assert_eq!(error, InferenceError::ModelMissing { path });
        assert!(error.to_string().contains("run scripts/models"));
    }

    #[test]
    fn file_should_be_refused_when_its_hash_differs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.gguf");
        std::fs::write(&path, b"other").unwrap();
        let error = ModelFile::read(path, Some([0; 32])).err().unwrap().to_string();
        assert!(error.contains("model.gguf") && error.contains(&"0".repeat(64)), "{error}");
        assert!(error.contains(&hex::encode(Sha256::digest(b"other"))), "{error}");
    }

    #[test]
    fn gguf_should_be_ambiguous_when_the_folder_holds_two() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(find_gguf(folder.path()), Err(InferenceError::ModelMissing { .. })));
        std::fs::write(folder.path().join("a.gguf"), b"").unwrap();
        assert_eq!(find_gguf(folder.path()).unwrap(), folder.path().join("a.gguf"));
        std::fs::write(folder.path().join("b.gguf"), b"").unwrap();
        assert!(matches!(find_gguf(folder.path()), Err(InferenceError::Malformed { .. })));
    }
}
