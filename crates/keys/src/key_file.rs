//! Key files as bittensor's wallets write them: one JSON object, in the clear for hotkeys.
//!
//! ```json
//! {"accountId":"0x…","publicKey":"0x…","privateKey":"0x… 64 bytes","secretPhrase":"…",
//!  "secretSeed":"0x… 32 bytes","ss58Address":"5…","cryptoType":1}
//! ```
//! Secrets that a key doesn't have are left out. A file with public fields only is a public key.

use crate::{file, polkadot_js, KeyError, Keypair};
use alun_protocol::ss58;
use schnorrkel::SecretKey;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `cryptoType` of sr25519.
const SR25519: u8 = 1;

/// How bittensor's encrypted files begin, and what that is.
const ENCRYPTED: [(&[u8], &str); 3] = [
    (b"$NACL", "argon2i and secretbox"),
    (b"$ANSIBLE_VAULT", "ansible-vault"),
    (b"gAAAAA", "fernet"),
];

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_phrase: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_seed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ss58_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crypto_type: Option<u8>,
}

/// Reads a key from a file: a bittensor key file, polkadot.js JSON (with `password` if it is
/// encrypted), or a text file with nothing but a phrase or URI.
pub fn read_key_file(path: &Path, password: Option<&str>) -> Result<Keypair, KeyError> {
    let place = path.display().to_string();
    match Content::of(path, file::read(path)?)? {
        Content::Bittensor(file) => file.keypair(&place),
        Content::PolkadotJs(json) => polkadot_js::import_from(&json, password, &place),
        Content::Text(text) => Keypair::from_uri(&text),
    }
}

/// Reads the public key of a key file; needs no password.
pub fn read_public(path: &Path) -> Result<[u8; 32], KeyError> {
    let place = path.display().to_string();
    match Content::of(path, file::read(path)?)? {
        Content::Bittensor(file) => file.public(&place),
        Content::PolkadotJs(json) => polkadot_js::address(&json, &place),
        Content::Text(text) => Ok(Keypair::from_uri(&text)?.public()),
    }
}

/// The JSON of a whole key.
pub(crate) fn private_json(key: &Keypair) -> Result<Vec<u8>, KeyError> {
    let file = KeyFile {
        private_key: Some(prefixed(&key.secret_bytes()?)),
        secret_phrase: key.phrase().map(str::to_owned),
        secret_seed: key.seed().map(|seed| prefixed(&seed)),
        ..KeyFile::of_public(&key.public())
    };
    file.json()
}

/// The JSON of a public key.
pub(crate) fn public_json(public: &[u8; 32]) -> Result<Vec<u8>, KeyError> {
    KeyFile::of_public(public).json()
}

/// What a file turned out to be.
enum Content {
    Bittensor(Box<KeyFile>),
    PolkadotJs(String),
    Text(String),
}

impl Content {
    fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, KeyError> {
        if let Some((_, scheme)) = ENCRYPTED.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Err(KeyError::Encrypted { path: path.into(), scheme });
        }
        let malformed = |why: &str| KeyError::Malformed {
            place: path.display().to_string(),
            why: why.to_owned(),
        };
        let text = String::from_utf8(bytes).map_err(|_| malformed("it isn't text"))?;
        if !text.trim_start().starts_with('{') {
            return if text.trim().is_empty() {
                Err(malformed("it is empty"))
            } else {
                Ok(Self::Text(text.trim().to_owned()))
            };
        }
        if polkadot_js::looks_like(&text) {
            return Ok(Self::PolkadotJs(text));
        }
        // Serde's message could quote what it read; its place is all that helps.
        serde_json::from_str(&text).map(|file| Self::Bittensor(Box::new(file))).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            malformed(&format!("its JSON is cut off or altered at line {line} column {column}"))
        })
    }
}

impl KeyFile {
    fn of_public(public: &[u8; 32]) -> Self {
        Self {
            account_id: Some(prefixed(public)),
            public_key: Some(prefixed(public)),
            ss58_address: Some(ss58::encode(public)),
            crypto_type: Some(SR25519),
            ..Self::default()
        }
    }

    fn json(&self) -> Result<Vec<u8>, KeyError> {
        serde_json::to_vec(self).map_err(|error| KeyError::Malformed {
            place: "the new key file".into(),
            why: error.to_string(),
        })
    }

    fn keypair(&self, place: &str) -> Result<Keypair, KeyError> {
        let malformed =
            |why: &str| KeyError::Malformed { place: place.to_owned(), why: why.to_owned() };
        let key = if let Some(phrase) = present(&self.secret_phrase) {
            Keypair::from_phrase(phrase, None)?
        } else if let Some(seed) = present(&self.secret_seed) {
            Keypair::from_seed(bytes(seed).ok_or(KeyError::Seed)?)?
        } else if let Some(secret) = present(&self.private_key) {
            let secret: [u8; 64] =
                bytes(secret).ok_or_else(|| malformed("`privateKey` is not 64 bytes of hex"))?;
            let secret = SecretKey::from_bytes(&secret);
            Keypair::from_secret(secret.map_err(|_| malformed("`privateKey` is no sr25519 key"))?)
        } else if self.has_public() {
            return Err(KeyError::PublicOnly { place: place.to_owned() });
        } else {
            return Err(malformed("it has neither `secretPhrase`, `secretSeed` nor `privateKey`"));
        };
        if self.crypto_type.is_some_and(|kind| kind != SR25519) {
            return Err(malformed("it is an ed25519 key; only sr25519 keys are used here"));
        }
        if self.has_public() && self.public(place)? != key.public() {
            return Err(malformed("its secret belongs to another public key; it was altered"));
        }
        Ok(key)
    }

    fn has_public(&self) -> bool {
        [&self.public_key, &self.account_id, &self.ss58_address]
            .into_iter()
            .any(|field| present(field).is_some())
    }

    fn public(&self, place: &str) -> Result<[u8; 32], KeyError> {
        let digits = present(&self.public_key).or(present(&self.account_id));
        let from_digits = digits.map(|digits| {
            bytes(digits).ok_or_else(|| KeyError::Malformed {
                place: place.to_owned(),
                why: "`publicKey` is not 32 bytes of hex".into(),
            })
        });
        let from_address = present(&self.ss58_address).map(ss58::decode);
        match (from_digits, from_address) {
            (Some(public), None) => public,
            (None, Some(public)) => Ok(public?),
            (Some(public), Some(other)) if public.as_ref().ok() == other.as_ref().ok() => public,
            (Some(public), Some(other)) => {
                public?;
                other?;
                Err(KeyError::Malformed {
                    place: place.to_owned(),
                    why: "`publicKey` and `ss58Address` differ; it was altered".into(),
                })
            }
            (None, None) => Err(KeyError::Malformed {
                place: place.to_owned(),
                why: "it has neither `publicKey` nor `ss58Address`".into(),
            }),
        }
    }
}

/// A field that is there and not empty; some writers put empty strings.
fn present(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes).ok()?;
    Some(bytes)
}
