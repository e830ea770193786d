//! From a mnemonic phrase to a seed, as Substrate does it: PBKDF2-HMAC-SHA512 over the phrase's
//! *entropy* (not its words), salt `mnemonic` and the password, 2,048 rounds, first 32 bytes.

use crate::KeyError;
use rand::{rngs::OsRng, RngCore};
use sha2::{Digest, Sha512};
use std::str::FromStr;
use subxt_signer::bip39::Mnemonic;

/// Rounds of PBKDF2.
const ROUNDS: u32 = 2_048;
/// Bytes of a SHA-512 block, to which HMAC pads its key.
const BLOCK: usize = 128;

/// A new phrase of twelve words.
pub(crate) fn generate() -> Result<String, KeyError> {
    let mut entropy = [0; 16];
    OsRng.try_fill_bytes(&mut entropy).map_err(|error| KeyError::Random(error.to_string()))?;
    let mnemonic =
        Mnemonic::from_entropy(&entropy).map_err(|error| KeyError::Phrase(error.to_string()))?;
    Ok(mnemonic.to_string())
}

/// The seed behind a phrase and its password (empty for none).
pub(crate) fn seed(phrase: &str, password: &str) -> Result<[u8; 32], KeyError> {
    let mnemonic =
        Mnemonic::from_str(phrase).map_err(|error| KeyError::Phrase(error.to_string()))?;
    let (entropy, length) = mnemonic.to_entropy_array();
    let entropy = entropy.get(..length).unwrap_or_default();
    let seed = pbkdf2(entropy, &[b"mnemonic", password.as_bytes()]);
    seed.first_chunk().copied().ok_or(KeyError::Seed)
}

/// The first block of PBKDF2-HMAC-SHA512 (RFC 8018): 64 bytes.
fn pbkdf2(password: &[u8], salt: &[&[u8]]) -> [u8; 64] {
    let hmac = Hmac::new(password);
    let block = 1u32.to_be_bytes();
    let first = salt.iter().copied().chain([block.as_slice()]);
    let mut round = hmac.of(first);
    let mut sum = round;
    for _ in 1..ROUNDS {
        round = hmac.of([round.as_slice()]);
        for (total, byte) in sum.iter_mut().zip(round) {
            *total ^= byte;
        }
    }
    sum
}

/// HMAC-SHA512 (RFC 2104) with its two keyed states made once. Keys are shorter than a block here.
struct Hmac {
    inner: Sha512,
    outer: Sha512,
}

impl Hmac {
    fn new(key: &[u8]) -> Self {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            Sha512::new_with_prefix(block)
        };
        Self { inner: pad(0x36), outer: pad(0x5c) }
    }

    fn of<'a>(&self, message: impl IntoIterator<Item = &'a [u8]>) -> [u8; 64] {
        let mut inner = self.inner.clone();
        for part in message {
            inner.update(part);
        }
        self.outer.clone().chain_update(inner.finalize()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrase_should_have_twelve_words_and_be_new_each_time() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_eq!(one.split(' ').count(), 12);
        assert_ne!(one, two);
        assert_ne!(seed(&one, "").unwrap(), seed(&one, "x").unwrap());
    }

    #[test]
    fn seed_should_be_the_known_one_when_made_by_the_bittensor_sdk() {
        // Written by bittensor 11.3.0 for a phrase of its own.
        let phrase = "sleep evidence choose elephant order obvious blush exit switch convince \
                      basket rural";
        let expected = "9a6e9c41b49d124e328d323a86ffc0eb9e121e0948cd016ded8d3bab3c2c993c";
        assert_eq!(hex::encode(seed(phrase, "").unwrap()), expected);
    }

    #[test]
    fn phrase_should_be_refused_when_it_is_no_mnemonic() {
        let mistyped = "sleep evidence choose elephant order obvious blush exit switch convince \
                        basket basket";
        for phrase in ["", "one two three", mistyped] {
            let error = seed(phrase, "").unwrap_err();
            assert!(matches!(error, KeyError::Phrase(_)), "{error}");
        }
    }
}
