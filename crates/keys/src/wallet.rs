//! Wallets in the layout of bittensor's tools:
//!
//! ```text
//! <wallets folder>/<wallet>/coldkey            owns; may be encrypted
//!                           coldkey.json       the same as encrypted polkadot.js JSON (ours)
//!                           coldkeypub.txt     its public key
//!                           hotkeys/<name>     acts; in the clear, programs read it
//! ```

use crate::{
    file,
    key_file::{private_json, public_json, read_key_file, read_public},
    polkadot_js, KeyError, Keypair,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Longest name of a wallet or hotkey.
const LONGEST_NAME: usize = 64;
/// What public halves of hotkeys end with; they are no hotkeys of their own.
const PUBLIC_SUFFIX: &str = "pub.txt";

/// One wallet: a coldkey and its hotkeys. Nothing is read or written until a key is.
#[derive(Clone, Debug)]
pub struct Wallet {
    folder: PathBuf,
}

impl Wallet {
    /// The wallet called `name` in the folder of wallets.
    pub fn new(wallets: &Path, name: &str) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { folder: wallets.join(name) })
    }

    /// Where the wallet is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the hotkey called `name` is.
    pub fn hotkey_path(&self, name: &str) -> Result<PathBuf, KeyError> {
        check_name(name)?;
        Ok(self.hotkeys_folder().join(name))
    }

    /// The coldkey; `password` is used if it is encrypted polkadot.js JSON.
    pub fn coldkey(&self, password: Option<&str>) -> Result<Keypair, KeyError> {
        match read_key_file(&self.coldkey_path(), password) {
            Err(KeyError::Missing { path }) => {
                match read_key_file(&self.coldkey_json_path(), password) {
                    Err(KeyError::Missing { .. }) => Err(KeyError::Missing { path }),
                    other => other,
                }
            }
            other => other,
        }
    }

    /// The coldkey's public key, without a password.
    pub fn coldkey_public(&self) -> Result<[u8; 32], KeyError> {
        let places = [self.coldkey_public_path(), self.coldkey_path(), self.coldkey_json_path()];
        let mut missing = KeyError::Missing { path: self.coldkey_public_path() };
        for place in places {
            match read_public(&place) {
                Err(error @ KeyError::Missing { .. }) => missing = error,
                other => return other,
            }
        }
        Err(missing)
    }

    /// The hotkey called `name`.
    pub fn hotkey(&self, name: &str) -> Result<Keypair, KeyError> {
        read_key_file(&self.hotkey_path(name)?, None)
    }

    /// The public key of the hotkey called `name`.
    pub fn hotkey_public(&self, name: &str) -> Result<[u8; 32], KeyError> {
        read_public(&self.hotkey_path(name)?)
    }

    /// Names of the hotkeys, sorted.
    pub fn hotkeys(&self) -> Result<Vec<String>, KeyError> {
        let is_hotkey = |path: &Path, name: &str| path.is_file() && !name.ends_with(PUBLIC_SUFFIX);
        names(&self.hotkeys_folder(), is_hotkey)
    }

    /// Writes the coldkey **in the clear** and its public key.
    pub fn write_coldkey(&self, key: &Keypair, force: bool) -> Result<(), KeyError> {
        file::check_free(&self.coldkey_json_path(), force)?;
        file::check_free(&self.coldkey_public_path(), force)?;
        file::write(&self.coldkey_path(), &private_json(key)?, force)?;
        self.write_coldkey_public(&key.public(), force)
    }

    /// Keeps an account exported by polkadot.js as the coldkey, encrypted as it is; the password
    /// is asked for once, to see that it opens it, and stored nowhere.
    pub fn write_coldkey_polkadot_js(
        &self,
        json: &str,
        password: Option<&str>,
        force: bool,
    ) -> Result<Keypair, KeyError> {
        let key = polkadot_js::import(json, password)?;
        file::check_free(&self.coldkey_path(), false)?;
        file::check_free(&self.coldkey_public_path(), force)?;
        file::write(&self.coldkey_json_path(), json.as_bytes(), force)?;
        self.write_coldkey_public(&key.public(), force)?;
        Ok(key)
    }

    /// Writes the coldkey's public key alone: for a machine that needs to know it and no more.
    pub fn write_coldkey_public(&self, public: &[u8; 32], force: bool) -> Result<(), KeyError> {
        file::write(&self.coldkey_public_path(), &public_json(public)?, force)
    }

    /// Writes a hotkey, in the clear.
    pub fn write_hotkey(&self, name: &str, key: &Keypair, force: bool) -> Result<(), KeyError> {
        file::write(&self.hotkey_path(name)?, &private_json(key)?, force)
    }

    fn coldkey_path(&self) -> PathBuf {
        self.folder.join("coldkey")
    }

    fn coldkey_json_path(&self) -> PathBuf {
        self.folder.join("coldkey.json")
    }

    fn coldkey_public_path(&self) -> PathBuf {
        self.folder.join("coldkeypub.txt")
    }

    fn hotkeys_folder(&self) -> PathBuf {
        self.folder.join("hotkeys")
    }
}

/// Names of the wallets in a folder, sorted; none if there is no such folder.
pub fn list_wallets(wallets: &Path) -> Result<Vec<String>, KeyError> {
    names(wallets, |path, _| path.is_dir())
}

/// Names in a folder that could be ours and that `wanted` takes.
fn names(folder: &Path, wanted: impl Fn(&Path, &str) -> bool) -> Result<Vec<String>, KeyError> {
    let failed = |source| KeyError::Io { path: folder.into(), what: "read", source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        names.extend(name.filter(|name| check_name(name).is_ok() && wanted(&path, name)));
    }
    names.sort();
    Ok(names)
}

/// A name is a plain file name, so that it can't lead out of its folder.
fn check_name(name: &str) -> Result<(), KeyError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let fits = !name.is_empty() && name.len() <= LONGEST_NAME;
    if fits && !name.starts_with('.') && name.chars().all(plain) {
        Ok(())
    } else {
        Err(KeyError::Name { name: name.chars().take(LONGEST_NAME).collect() })
    }
}
