//! What every command needs: settings, the chain, keys, a way to print and to ask.

use crate::{output::Output, wallet::Wallets, CliError};
use alun_client::{
    calls::Call, AccountId, Balance, Chain, Connect, Digest, Landed, Submission, Tokens, Until,
};
use alun_keys::Keypair;
use alun_settings::Secret;
use clap::Args;
use std::{
    io::{stdin, BufRead, Write},
    path::PathBuf,
    time::Duration,
};

/// Settings of every command. Each is also read from `ALUN_…` variables and the settings file.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The node's address
    #[arg(
        long,
        global = true,
        env = "ALUN_URL",
        default_value = "ws://127.0.0.1:9944",
        value_name = "URL",
        help_heading = "Common options"
    )]
    pub url: String,
    /// Genesis hash that the chain must have, 0x and 64 hex digits; any chain without it
    #[arg(
        long,
        global = true,
        value_parser = parse_digest,
        value_name = "HASH",
        help_heading = "Common options"
    )]
    pub genesis: Option<Digest>,
    /// Print one JSON value, for programs
    #[arg(long, global = true, help_heading = "Common options")]
    pub json: bool,
    /// Folder of wallets, in the layout of bittensor's
    #[arg(
        long,
        global = true,
        default_value = "~/.bittensor/wallets",
        value_name = "DIR",
        help_heading = "Common options"
    )]
    pub wallet_dir: PathBuf,
    /// Wallet whose coldkey signs; or a secret URI of a test chain such as //Alice
    #[arg(
        long,
        global = true,
        default_value = "default",
        value_name = "NAME",
        help_heading = "Common options"
    )]
    pub wallet: String,
    /// Hotkey of the wallet; or a secret URI of a test chain such as //Alice//miner
    #[arg(
        long,
        global = true,
        default_value = "default",
        value_name = "NAME",
        help_heading = "Common options"
    )]
    pub hotkey: String,
    /// Password of the coldkey; asked for on a terminal
    #[arg(
        long,
        global = true,
        env = "ALUN_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD",
        help_heading = "Common options"
    )]
    pub password: Option<Secret>,
    /// Wait until a call is final, not only in a block
    #[arg(long, global = true, help_heading = "Common options")]
    pub finalized: bool,
    /// Give up waiting for a call after this many seconds
    #[arg(
        long,
        global = true,
        default_value_t = 600,
        value_name = "SECONDS",
        help_heading = "Common options"
    )]
    pub timeout: u64,
    /// Do not ask before spending
    #[arg(long, short, global = true, help_heading = "Common options")]
    pub yes: bool,
}

/// What every command needs.
#[derive(Debug)]
pub struct Context {
    /// Settings.
    pub global: Global,
    /// How to print.
    pub output: Output,
    /// Keys on this machine.
    pub wallets: Wallets,
}

impl Context {
    /// From settings.
    pub fn new(global: Global) -> Self {
        let output = Output::new(global.json);
        let wallets = Wallets::new(&global.wallet_dir, global.password.clone());
        Self { global, output, wallets }
    }

    /// Connects to the node.
    pub async fn chain(&self) -> Result<Chain, CliError> {
        let how = Connect::new(self.global.url.clone()).expecting(self.global.genesis);
        Ok(Chain::connect_with(how).await?)
    }

    /// The coldkey that signs; unlocks it.
    pub fn coldkey(&self) -> Result<Keypair, CliError> {
        self.wallets.coldkey(&self.global.wallet, self.output.interactive())
    }

    /// The hotkey that signs.
    pub fn hotkey(&self) -> Result<Keypair, CliError> {
        self.wallets.hotkey(&self.global.wallet, &self.global.hotkey)
    }

    /// The coldkey's account, without unlocking it.
    pub fn coldkey_account(&self) -> Result<AccountId, CliError> {
        self.wallets.account(&self.global.wallet)
    }

    /// The hotkey's account.
    pub fn hotkey_account(&self) -> Result<AccountId, CliError> {
        self.wallets.hotkey_account(&self.global.wallet, &self.global.hotkey)
    }

    /// An account as people write it; see the crate's documentation.
    pub fn account(&self, text: &str) -> Result<AccountId, CliError> {
        self.wallets.account(text)
    }

    /// An account as written, or the coldkey's.
    pub fn account_or_coldkey(&self, text: Option<&str>) -> Result<AccountId, CliError> {
        match text {
            Some(text) => self.account(text),
            None => self.coldkey_account(),
        }
    }

    /// How calls are sent.
    pub fn submission(&self) -> Submission {
        let until = if self.global.finalized { Until::Finalized } else { Until::InBlock };
        let timeout = Some(Duration::from_secs(self.global.timeout.max(1)));
        Submission { until, timeout, ..Submission::default() }
    }

    /// Sends a call and waits for it.
    pub async fn submit<C: Call>(
        &self,
        chain: &Chain,
        signer: &Keypair,
        call: &C,
    ) -> Result<Landed, CliError> {
        self.output.progress(format!("Sending {}, waiting for a block …", C::name()));
        Ok(chain.submit(signer, call, &self.submission()).await?)
    }

    /// Asks before something is spent, if somebody is there.
    pub fn confirm(&self, question: &str) -> Result<(), CliError> {
        if self.global.yes || !self.output.interactive() {
            return Ok(());
        }
        eprint!("{question} [y/N] ");
        // A prompt that can't be shown leaves the answer to be read all the same.
        drop(std::io::stderr().flush());
        let mut answer = String::new();
        // An unreadable answer is no answer.
        drop(stdin().lock().read_line(&mut answer));
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(CliError::Declined),
        }
    }

    /// Refuses early what the account can't pay; the chain would refuse it after taking the fee.
    pub async fn require_balance(
        &self,
        chain: &Chain,
        account: &AccountId,
        needs: Balance,
        what: &str,
    ) -> Result<(), CliError> {
        let has = chain.best().await?.balance(account).await?.spendable();
        if has >= needs {
            return Ok(());
        }
        Err(CliError::Balance {
            account: account.to_string(),
            has: Tokens(has).to_string(),
            needs: Tokens(needs).to_string(),
            what: what.into(),
        })
    }
}

/// `0x` and 64 hex digits, or without `0x`.
pub fn parse_digest(text: &str) -> Result<Digest, String> {
    let digits = text.trim().strip_prefix("0x").unwrap_or(text.trim());
    let bytes = hex::decode(digits).ok().and_then(|bytes| Digest::try_from(bytes).ok());
    bytes.ok_or_else(|| format!("`{text}` is not 0x and 64 hex digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_should_be_read_with_and_without_prefix() {
        let digits = "ab".repeat(32);
        assert_eq!(parse_digest(&digits), Ok([0xab; 32]));
        assert_eq!(parse_digest(&format!("0x{digits}")), Ok([0xab; 32]));
        for bad in ["", "0x", "0xab", "zz"] {
            assert!(parse_digest(bad).unwrap_err().contains("64 hex digits"));
        }
    }
}
