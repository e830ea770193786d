//! What can be wrong with a key.

use alun_protocol::ss58::Ss58Error;
use std::{io, path::PathBuf};
use thiserror::Error;

/// A key that can't be made, read or written. Messages never hold a secret.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Not a mnemonic phrase.
    #[error("the phrase is no mnemonic: {0}; it is 12 to 24 words of the English BIP-39 list")]
    Phrase(String),
    /// Not a secret URI.
    #[error("the key is neither a phrase, nor 0x and 64 hex digits, each perhaps followed by a path such as //hard/soft, nor a path alone such as //Alice")]
    Uri,
    /// A seed that isn't 32 bytes of hex.
    #[error("the seed is not 0x and 64 hex digits")]
    Seed,
    /// No randomness to be had.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// Not an address.
    #[error(transparent)]
    Address(#[from] Ss58Error),
    /// No such file.
    #[error("there is no key at {}; create or import it", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file can't be read or written.
    #[error("{} can't be {what}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The file is there already.
    #[error("{} exists already and is left as it is; replacing a key needs --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no key that can be read.
    #[error("{place} holds no key: {why}")]
    Malformed {
        /// The file, or what else was read.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Encrypted in a way that isn't read here.
    #[error("{} is encrypted by a bittensor wallet ({scheme}), which is not read here; import the key by its phrase or from polkadot.js JSON", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// How it is encrypted.
        scheme: &'static str,
    },
    /// A password is needed.
    #[error("{place} is encrypted; give its password")]
    PasswordNeeded {
        /// What is encrypted.
        place: String,
    },
    /// The password is wrong, or the file was altered.
    #[error("the password does not open {place}; it is wrong, or the file was altered")]
    WrongPassword {
        /// What is encrypted.
        place: String,
    },
    /// Only a public key where a secret is needed.
    #[error("{place} holds a public key only; signing needs the secret")]
    PublicOnly {
        /// What was read.
        place: String,
    },
    /// A key whose secret stays sealed in the reader of encrypted polkadot.js JSON.
    #[error("a key from encrypted polkadot.js JSON can sign transactions and messages only; import it by its phrase, or export it without a password, to {what}")]
    SigningOnly {
        /// What was asked for.
        what: &'static str,
    },
    /// A wallet's or hotkey's name that is no file name.
    #[error("{name:?} can't name a wallet or hotkey: 1 to 64 letters, digits, dots, dashes or underscores, no dot in front")]
    Name {
        /// The name.
        name: String,
    },
}

impl KeyError {
    /// Whether it is about room or rights on the disk, not about the key.
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
