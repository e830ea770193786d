//! API keys of users: a file each in `keys/` of the state folder, with the key's hash and never the
//! key, so that keys can be made and revoked while the gateway runs.

use crate::{clock, GatewayError};
use rand::{rngs::OsRng, RngCore};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

/// What a key begins with.
pub const PREFIX: &str = "sk-alun-";
/// Keys in a folder, revoked ones included.
pub const MOST: usize = 10_000;
/// Characters of a name.
const NAME: usize = 64;
/// Random bytes of a key: too many to guess, so a plain hash is enough to keep.
const SECRET: usize = 24;

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What operators call it by.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// SHA-256 of the key, hex.
    pub sha256: String,
    /// Most that may be spent with it, smallest unit.
    pub limit: u64,
    /// Requests per second.
    pub per_second: u16,
    /// Unix time in milliseconds.
    pub created_ms: u64,
    /// Since when it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<u64>,
}

/// The folder of keys.
#[derive(Clone, Debug)]
pub struct KeyFolder(PathBuf);

fn disk(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> GatewayError {
    let path = path.to_owned();
    move |source| GatewayError::Disk { doing, path, source }
}

impl KeyFolder {
    /// That of a state folder; made where there is none.
    pub fn open(state: &Path) -> Result<Self, GatewayError> {
        let folder = state.join("keys");
        fs::create_dir_all(&folder).map_err(disk("make", &folder))?;
        Ok(Self(folder))
    }

    /// Makes a key. The text returned is the only copy.
    pub fn create(
        &self,
        name: &str,
        limit: u64,
        per_second: u16,
    ) -> Result<(ApiKey, String), GatewayError> {
        let length = name.chars().count();
        if length > NAME {
            return Err(GatewayError::LongName(length));
        }
        if self.list()?.len() >= MOST {
            return Err(GatewayError::TooManyKeys(MOST));
        }
        let mut secret = [0; SECRET];
        OsRng.fill_bytes(&mut secret);
        let text = format!("{PREFIX}{}", hex::encode(secret));
        let sha256 = hash(&text);
        let id = sha256.chars().take(12).collect();
        let created_ms = clock::now_ms();
        let key = ApiKey {
            id,
            name: name.to_owned(),
            sha256,
            limit,
            per_second,
            created_ms,
            revoked_ms: None,
        };
        self.write(&key)?;
        Ok((key, text))
    }

    /// Refuses a key from now on; one that is refused already stays so.
    pub fn revoke(&self, id: &str) -> Result<ApiKey, GatewayError> {
        let known = self.list()?.into_iter().find(|key| key.id == id);
        let mut key = known.ok_or_else(|| GatewayError::UnknownKey(id.to_owned()))?;
        if key.revoked_ms.is_none() {
            key.revoked_ms = Some(clock::now_ms());
            self.write(&key)?;
        }
        Ok(key)
    }

    /// Every key, oldest first.
    pub fn list(&self) -> Result<Vec<ApiKey>, GatewayError> {
        let mut keys = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(disk("read", &self.0))? {
            let path = entry.map_err(disk("read", &self.0))?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let bytes = fs::read(&path).map_err(disk("read", &path))?;
            let key: ApiKey = serde_json::from_slice(&bytes)
                .map_err(|error| disk("read", &path)(std::io::Error::other(error)))?;
            keys.push(key);
            if keys.len() > MOST {
                return Err(GatewayError::TooManyKeys(MOST));
            }
        }
        keys.sort_by(|a: &ApiKey, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        Ok(keys)
    }

    /// Written beside and put in place, so that a reader sees all of it or none.
    fn write(&self, key: &ApiKey) -> Result<(), GatewayError> {
        let path = self.0.join(format!("{}.json", key.id));
        let beside = path.with_extension("new");
        let bytes = serde_json::to_vec_pretty(key)
            .map_err(|error| GatewayError::Worker(error.to_string()))?;
        let mut file = fs::File::create(&beside).map_err(disk("write", &beside))?;
        file.write_all(&bytes).map_err(disk("write", &beside))?;
        file.sync_all().map_err(disk("write", &beside))?;
        fs::rename(&beside, &path).map_err(disk("write", &path))
    }
}

/// How a key is kept.
pub fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The keys that are accepted now, by their hash.
#[derive(Debug, Default)]
pub struct KeyRing(RwLock<Arc<HashMap<String, Arc<ApiKey>>>>);

impl KeyRing {
    /// Takes what the folder holds.
    pub fn load(&self, folder: &KeyFolder) -> Result<(), GatewayError> {
        let live = folder.list()?.into_iter().filter(|key| key.revoked_ms.is_none());
        let map = live.map(|key| (key.sha256.clone(), Arc::new(key))).collect();
        // A panic elsewhere leaves a whole map: it is only ever replaced.
        *self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(map);
        Ok(())
    }

    /// The key behind a text that a user sent. Found by hash, so that time tells nothing of it.
    pub fn find(&self, text: &str) -> Option<Arc<ApiKey>> {
        let map = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        map.get(&hash(text)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_should_be_found_until_it_is_revoked_and_never_be_on_disk() {
        let state = tempfile::tempdir().unwrap();
        let folder = KeyFolder::open(state.path()).unwrap();
        let (key, text) = folder.create("bob", 5, 3).unwrap();
        let ring = KeyRing::default();
        ring.load(&folder).unwrap();
        assert_eq!(*ring.find(&text).unwrap(), key);
        assert!(ring.find(&format!("{text}0")).is_none());
        let file = state.path().join("keys").join(format!("{}.json", key.id));
        assert!(!fs::read_to_string(file).unwrap().contains(text.trim_start_matches(PREFIX)));
        folder.revoke(&key.id).unwrap();
        ring.load(&folder).unwrap();
        assert!(ring.find(&text).is_none());
        assert_eq!(folder.list().unwrap().len(), 1);
        assert!(matches!(folder.revoke("nobody"), Err(GatewayError::UnknownKey(_))));
        assert!(matches!(folder.create(&"x".repeat(65), 1, 1), Err(GatewayError::LongName(65))));
    }
}
