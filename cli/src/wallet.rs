//! Keys on this machine, by the names that people give on the command line.

use crate::CliError;
use alun_client::AccountId;
use alun_keys::{KeyError, Keypair, Wallet};
use alun_settings::Secret;
use std::{
    io::{stdin, BufRead, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder of wallets.
#[derive(Debug)]
pub struct Wallets {
    folder: PathBuf,
    password: Option<Secret>,
}

impl Wallets {
    /// Wallets in `folder`, in which a leading `~/` stands for the home folder.
    pub fn new(folder: &Path, password: Option<Secret>) -> Self {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let folder = match (folder.strip_prefix("~"), home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => folder.to_path_buf(),
        };
        Self { folder, password }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The password given by flag, environment or file.
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(Secret::expose)
    }

    /// The wallet of that name.
    pub fn wallet(&self, name: &str) -> Result<Wallet, CliError> {
        Ok(Wallet::new(&self.folder, name)?)
    }

    /// A coldkey, by the wallet's name or a secret URI. Asks for its password if it needs one and
    /// somebody can be asked.
    pub fn coldkey(&self, name: &str, interactive: bool) -> Result<Keypair, CliError> {
        if is_uri(name) {
            return Ok(Keypair::from_uri(name)?);
        }
        let wallet = self.wallet(name)?;
        match wallet.coldkey(self.password()) {
            Err(KeyError::PasswordNeeded { .. }) if interactive => {
                Ok(wallet.coldkey(Some(&ask_password(name)))?)
            }
            Err(KeyError::PasswordNeeded { place }) => Err(CliError::Usage(format!(
                "{place} is encrypted; set ALUN_PASSWORD, or call this on a terminal"
            ))),
            other => Ok(other?),
        }
    }

    /// A hotkey, by its name in the wallet or a secret URI.
    pub fn hotkey(&self, wallet: &str, name: &str) -> Result<Keypair, CliError> {
        if is_uri(name) {
            return Ok(Keypair::from_uri(name)?);
        }
        self.no_uri(wallet, name)?;
        Ok(self.wallet(wallet)?.hotkey(name)?)
    }

    /// A hotkey's account.
    pub fn hotkey_account(&self, wallet: &str, name: &str) -> Result<AccountId, CliError> {
        if is_uri(name) {
            return self.account(name);
        }
        self.no_uri(wallet, name)?;
        Ok(self.wallet(wallet)?.hotkey_public(name)?.into())
    }

    /// An account as people write it; see the crate's documentation.
    pub fn account(&self, text: &str) -> Result<AccountId, CliError> {
        let text = text.trim();
        if is_uri(text) {
            return Ok(Keypair::from_uri(text)?.public().into());
        }
        if let Ok(account) = text.parse::<AccountId>() {
            return Ok(account);
        }
        if text.starts_with("0x") {
            let public = crate::context::parse_digest(text).map_err(CliError::Usage)?;
            return Ok(public.into());
        }
        let found = match text.split_once('/') {
            Some((wallet, hotkey)) => self.wallet(wallet)?.hotkey_public(hotkey),
            None => self.wallet(text)?.coldkey_public(),
        };
        match found {
            Ok(public) => Ok(public.into()),
            Err(KeyError::Missing { path }) => Err(CliError::Usage(format!(
                "`{text}` is neither an ss58 address, nor 0x and 64 hex digits, nor WALLET or \
                 WALLET/HOTKEY: there is no key at {}",
                path.display()
            ))),
            Err(other) => Err(other.into()),
        }
    }

    fn no_uri(&self, wallet: &str, name: &str) -> Result<(), CliError> {
        if is_uri(wallet) {
            return Err(CliError::Usage(format!(
                "--wallet {wallet} is a secret URI and has no hotkey named {name}; give --hotkey \
                 as a URI too, such as {wallet}//hotkey"
            )));
        }
        Ok(())
    }
}

/// Whether it is a secret URI without a phrase, as test chains have them.
pub fn is_uri(text: &str) -> bool {
    text.starts_with("//")
}

/// Asks for a password on the terminal without showing it, where `stty` can see to that.
pub fn ask_password(what: &str) -> String {
    eprint!("Password of {what}: ");
    // A prompt that can't be shown leaves the answer to be read all the same.
    drop(std::io::stderr().flush());
    let echo = |setting: &str| {
        // Without stty the password is shown; it is still read.
        drop(Command::new("stty").arg(setting).stdin(Stdio::inherit()).status());
    };
    echo("-echo");
    let mut password = String::new();
    // An unreadable answer is an empty password, which opens nothing.
    drop(stdin().lock().read_line(&mut password));
    echo("echo");
    eprintln!();
    password.trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    fn with_wallet() -> (tempfile::TempDir, Wallets) {
        let folder = tempfile::tempdir().unwrap();
        let wallets = Wallets::new(folder.path(), None);
        let wallet = wallets.wallet("alice").unwrap();
        wallet.write_coldkey(&Keypair::from_uri("//Alice").unwrap(), false).unwrap();
        wallet.write_hotkey("miner", &Keypair::from_uri("//Bob").unwrap(), false).unwrap();
        (folder, wallets)
    }

    #[test]
    fn account_should_be_read_in_every_form() {
        let (_folder, wallets) = with_wallet();
        let alice: AccountId = ALICE.parse().unwrap();
        let digits = format!("0x{}", hex::encode(alice.0));
        for text in [ALICE, "//Alice", "alice", digits.as_str()] {
            assert_eq!(wallets.account(text).unwrap(), alice, "{text}");
        }
        let bob = Keypair::from_uri("//Bob").unwrap().public();
        assert_eq!(wallets.account("alice/miner").unwrap().0, bob);
    }

    #[test]
    fn account_should_be_refused_with_the_right_forms_when_unknown() {
        let (_folder, wallets) = with_wallet();
        for text in ["nobody", "alice/nobody", "0x12"] {
            let error = wallets.account(text).unwrap_err();
            assert_eq!(error.exit_code(), alun_settings::exit::USAGE, "{text}: {error}");
        }
    }

    #[test]
    fn hotkey_should_be_refused_when_the_wallet_is_a_uri_and_it_is_not() {
        let (_folder, wallets) = with_wallet();
        let error = wallets.hotkey("//Alice", "default").unwrap_err().to_string();
        assert!(error.contains("//Alice//hotkey"), "{error}");
        assert!(wallets.hotkey("//Alice", "//Bob").is_ok());
        assert!(wallets.hotkey("alice", "miner").is_ok());
    }
}
