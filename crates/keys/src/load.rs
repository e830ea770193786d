//! A key as a setting names it: by a secret URI or by a file.

use crate::{read_key_file, KeyError, Keypair};
use std::path::Path;

/// Loads the key that `spec` names. What begins with `//` or `0x`, or has a space in it, is a secret
/// URI (`//Alice`, a phrase with or without a path, a seed); everything else is the path of a key
/// file, opened with `password` if it is encrypted. A URI is never taken for a path, so that a
/// mistyped phrase doesn't end up in an error about a missing file.
pub fn load(spec: &str, password: Option<&str>) -> Result<Keypair, KeyError> {
    let spec = spec.trim();
    if is_uri(spec) {
        Keypair::from_uri(spec)
    } else {
        read_key_file(Path::new(spec), password)
    }
}

/// Whether `spec` is a secret and not a path.
pub fn is_uri(spec: &str) -> bool {
    let spec = spec.trim();
    spec.starts_with("//") || spec.starts_with("0x") || spec.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wallet;

    const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

    #[test]
    fn key_should_be_loaded_when_named_by_uri_phrase_or_file() {
        let folder = tempfile::tempdir().unwrap();
        let wallet = Wallet::new(folder.path(), "w").unwrap();
        let alice = load("//Alice", None).unwrap();
        wallet.write_hotkey("h", &alice, false).unwrap();
        let path = wallet.hotkey_path("h").unwrap();
        for spec in [format!(" {PHRASE}//Alice "), path.display().to_string()] {
            assert_eq!(load(&spec, None).unwrap().public(), alice.public(), "{spec}");
        }
        let seed = format!("0x{}", "11".repeat(32));
        assert_eq!(
            load(&seed, None).unwrap().public(),
            Keypair::from_seed([0x11; 32]).unwrap().public()
        );
    }

    #[test]
    fn key_should_be_refused_when_neither_uri_nor_file() {
        assert!(matches!(load("/no/such/key", None), Err(KeyError::Missing { .. })));
        let error = load("some words that are no phrase", None).unwrap_err();
        assert!(!error.to_string().contains("words that"), "{error}");
    }
}
