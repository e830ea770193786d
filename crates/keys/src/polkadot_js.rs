//! The JSON that polkadot.js exports: one account, encrypted or not.
//!
//! Encrypted JSON (scrypt and xsalsa20-poly1305) is read through `subxt-signer`, which keeps the
//! secret to itself: such a key signs, and does nothing else. JSON without a password is read and
//! written here: base64 of a fixed PKCS#8 head, the secret (64 bytes in ed25519's form), a divider
//! and the public key.

use crate::{KeyError, Keypair};
use alun_protocol::ss58;
use base64::{engine::general_purpose::STANDARD, Engine};
use schnorrkel::SecretKey;
use serde::{Deserialize, Serialize};
use subxt_signer::polkadot_js_compat;

/// What PKCS#8 puts in front of the secret.
const HEAD: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
/// What stands between secret and public key.
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
/// Bytes of an unencrypted key.
const LENGTH: usize = HEAD.len() + 64 + DIVIDER.len() + 32;
/// Bytes in front of the ciphertext: salt, scrypt's parameters, nonce; and the tag after it.
const OVERHEAD: usize = 32 + 3 * 4 + 24 + 16;

#[derive(Serialize, Deserialize)]
struct Account {
    encoded: String,
    encoding: Encoding,
    address: String,
    #[serde(default)]
    meta: Meta,
}

#[derive(Serialize, Deserialize)]
struct Encoding {
    content: Vec<String>,
    r#type: Vec<String>,
    version: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when_created: Option<u64>,
}

/// Reads an exported account; `password` is needed if it is encrypted.
pub fn import(json: &str, password: Option<&str>) -> Result<Keypair, KeyError> {
    import_from(json, password, "the polkadot.js JSON")
}

/// Whether a JSON text is an exported account rather than a key file.
pub(crate) fn looks_like(json: &str) -> bool {
    json.contains("\"encoded\"")
}

/// The public key of an exported account.
pub(crate) fn address(json: &str, place: &str) -> Result<[u8; 32], KeyError> {
    Ok(ss58::decode(&account(json, place)?.address)?)
}

/// Writes an account **without encryption**: whoever reads it owns the key. polkadot.js imports it
/// with an empty password and can then set one. `created_ms` is unix time in milliseconds.
pub fn export_unencrypted(key: &Keypair, name: &str, created_ms: u64) -> Result<String, KeyError> {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.extend(HEAD);
    bytes.extend(key.ed25519_bytes()?);
    bytes.extend(DIVIDER);
    bytes.extend(key.public());
    let account = Account {
        encoded: STANDARD.encode(bytes),
        encoding: Encoding {
            content: vec!["pkcs8".into(), "sr25519".into()],
            r#type: vec!["none".into()],
            version: "3".into(),
        },
        address: key.ss58(),
        meta: Meta { name: Some(name.to_owned()), when_created: Some(created_ms) },
    };
    serde_json::to_string(&account).map_err(|error| KeyError::Malformed {
        place: "the new polkadot.js JSON".into(),
        why: error.to_string(),
    })
}

pub(crate) fn import_from(
    json: &str,
    password: Option<&str>,
    place: &str,
) -> Result<Keypair, KeyError> {
    let account = account(json, place)?;
    let malformed = |why: &str| KeyError::Malformed { place: place.into(), why: why.into() };
    if !account.encoding.content.iter().any(|part| part == "sr25519") {
        return Err(malformed("it isn't an sr25519 key; only those are used here"));
    }
    let bytes = STANDARD
        .decode(&account.encoded)
        .map_err(|_| malformed("`encoded` is cut off or altered: it isn't base64"))?;
    let key = if account.encoding.r#type.iter().any(|kind| kind == "none") {
        decode(&bytes).ok_or_else(|| malformed("`encoded` is cut off or altered"))?
    } else {
        // The reader below takes the parts of a whole file for granted.
        if bytes.len() != OVERHEAD.saturating_add(LENGTH) {
            return Err(malformed("`encoded` is cut off or altered"));
        }
        decrypt(json, password, place)?
    };
    if ss58::decode(&account.address)? != key.public() {
        return Err(malformed("its address belongs to another key; it was altered"));
    }
    Ok(key)
}

fn account(json: &str, place: &str) -> Result<Account, KeyError> {
    serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = format!("its JSON is cut off or altered at line {line} column {column}");
        KeyError::Malformed { place: place.into(), why }
    })
}

/// An unencrypted key, if the bytes are one.
fn decode(bytes: &[u8]) -> Option<Keypair> {
    let rest = bytes.strip_prefix(&HEAD)?;
    let (secret, rest) = rest.split_at_checked(64)?;
    let public = rest.strip_prefix(&DIVIDER)?;
    let key = Keypair::from_secret(SecretKey::from_ed25519_bytes(secret).ok()?);
    (public == key.public()).then_some(key)
}

fn decrypt(json: &str, password: Option<&str>, place: &str) -> Result<Keypair, KeyError> {
    use polkadot_js_compat::Error;
    let password = password.ok_or_else(|| KeyError::PasswordNeeded { place: place.into() })?;
    match polkadot_js_compat::decrypt_json(json, password) {
        Ok(key) => Ok(Keypair::from_signing(key)),
        Err(Error::Secretbox(_)) => Err(KeyError::WrongPassword { place: place.into() }),
        Err(error) => Err(KeyError::Malformed { place: place.into(), why: error.to_string() }),
    }
}
