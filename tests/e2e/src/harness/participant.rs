//! Keys of those who take part in a test.

use alun_client::AccountId;
use alun_keys::Keypair;
use anyhow::Result;

/// A key with the URI that a program loads it by.
#[derive(Clone)]
pub struct Key {
    /// Such as `//e2e//miner//hot`.
    pub uri: String,
    /// The pair.
    pub pair: Keypair,
}

impl Key {
    /// From a secret URI.
    pub fn new(uri: impl Into<String>) -> Result<Self> {
        let uri = uri.into();
        let pair = Keypair::from_uri(&uri)?;
        Ok(Self { uri, pair })
    }

    /// Its account.
    pub fn account(&self) -> AccountId {
        AccountId::from(self.pair.public())
    }
}

/// Somebody with a coldkey and a hotkey.
#[derive(Clone)]
pub struct Participant {
    /// Owns.
    pub cold: Key,
    /// Acts.
    pub hot: Key,
}

impl Participant {
    /// Keys of their own for each name.
    pub fn new(name: &str) -> Result<Self> {
        let key = |kind: &str| Key::new(format!("//e2e//{name}//{kind}"));
        Ok(Self { cold: key("cold")?, hot: key("hot")? })
    }

    /// `count` participants: `name-0`, `name-1`, …
    pub fn several(name: &str, count: usize) -> Result<Vec<Self>> {
        (0..count).map(|index| Self::new(&format!("{name}-{index}"))).collect()
    }
}
