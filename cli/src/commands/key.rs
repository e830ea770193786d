//! `alun key`: keys on this machine. Needs no node, but for a swap.

use super::swap::{self, SwapColdkey, SwapHotkey};
use crate::{
    output::{Output, Show},
    wallet::{ask_password, is_uri},
    CliError, Context,
};
use alun_keys::{polkadot_js, Keypair, Wallet};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::{
    io::{stdin, Read},
    path::{Path, PathBuf},
};

/// Keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Create a wallet with a new coldkey, or a new hotkey in a wallet; prints its phrase once
    #[command(after_help = "Examples:\n  alun key create alice\n  \
                            alun key create alice --as-hotkey miner")]
    Create(Place),
    /// Import a key from a phrase (standard input), polkadot.js JSON or a secret URI
    #[command(after_help = "Examples:\n  alun key import alice < phrase.txt\n  \
                            alun key import alice --json-file exported.json\n  \
                            alun key import test --as-hotkey miner --uri //Alice//miner")]
    Import(Import),
    /// List the wallets and their keys
    #[command(after_help = "Example:\n  alun key list")]
    List,
    /// Show the address of a key
    #[command(after_help = "Examples:\n  alun key show alice\n  alun key show alice/miner")]
    Show {
        /// WALLET, WALLET/HOTKEY or any other form of an account
        key: String,
    },
    /// Sign a message
    #[command(after_help = "Example:\n  alun key sign alice/miner \"a message\"")]
    Sign {
        /// WALLET, WALLET/HOTKEY or a secret URI such as //Alice
        key: String,
        /// The message, as text
        message: String,
    },
    /// Put a new hotkey in the place of one that leaked, is lost or retires; the old one never comes back
    #[command(after_help = "Example:\n  alun key create alice --as-hotkey miner2\n  \
                            alun key swap-hotkey alice/miner alice/miner2 --wallet alice")]
    SwapHotkey(SwapHotkey),
    /// Swap the wallet's coldkey: announce, dispute, execute
    #[command(subcommand)]
    SwapColdkey(SwapColdkey),
}

/// Where a key goes.
#[derive(Debug, Args)]
pub struct Place {
    /// The wallet's name
    name: String,
    /// Write a hotkey of that name into the wallet instead of its coldkey
    #[arg(long, value_name = "HOTKEY")]
    as_hotkey: Option<String>,
    /// Replace a key that is there; it is lost
    #[arg(long)]
    force: bool,
}

/// Imports a key.
#[derive(Debug, Args)]
pub struct Import {
    /// Where it goes.
    #[command(flatten)]
    place: Place,
    /// A JSON file that polkadot.js exported; kept encrypted if it is
    #[arg(long, value_name = "FILE")]
    json_file: Option<PathBuf>,
    /// A secret URI, such as //Alice: for test chains only, other people see it
    #[arg(long, conflicts_with = "json_file")]
    uri: Option<String>,
}

/// A key, without its secret.
#[derive(Debug, Serialize)]
struct KeyShape {
    /// `WALLET` or `WALLET/HOTKEY`.
    name: String,
    /// Address.
    ss58: String,
    /// Public key, hex.
    public: String,
    /// The phrase of a key just created: the only way to get it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<String>,
}

impl KeyShape {
    fn new(name: &str, public: &[u8; 32]) -> Self {
        Self {
            name: name.into(),
            ss58: alun_keys::ss58::encode(public),
            public: crate::shape::hex_of(public),
            phrase: None,
        }
    }
}

impl Show for KeyShape {
    fn text(&self, output: &Output) -> String {
        let mut facts = vec![
            ("key", self.name.clone()),
            ("address", self.ss58.clone()),
            ("public key", self.public.clone()),
        ];
        let Some(phrase) = &self.phrase else { return output.facts(&facts) };
        facts.push(("phrase", phrase.clone()));
        format!(
            "{}\n\nWrite the phrase down: it is the only way to get the key back, and whoever has \
             it owns the key.\nThe key file itself is not encrypted; keep it to yourself.",
            output.facts(&facts)
        )
    }
}

/// Several keys: a JSON list.
#[derive(Debug, Serialize)]
struct Keys {
    /// Folder of wallets.
    folder: PathBuf,
    /// The keys, wallets first, each followed by its hotkeys.
    keys: Vec<KeyShape>,
}

impl Show for Keys {
    fn text(&self, output: &Output) -> String {
        if self.keys.is_empty() {
            return format!(
                "There are no wallets in {}. `alun key create NAME` makes one.",
                self.folder.display()
            );
        }
        let mut table = output.table(&["key", "address"]);
        for key in &self.keys {
            table.add_row([key.name.clone(), key.ss58.clone()]);
        }
        table.to_string()
    }
}

/// Runs `alun key`.
pub async fn run(context: &Context, command: Key) -> Result<(), CliError> {
    match command {
        Key::Create(place) => create(context, &place),
        Key::Import(arguments) => import(context, &arguments),
        Key::List => list(context),
        Key::Show { key } => {
            let account = context.account(&key)?;
            context.output.show(&KeyShape::new(&key, &account.0))
        }
        Key::Sign { key, message } => sign(context, &key, &message),
        Key::SwapHotkey(arguments) => swap::run(context, arguments).await,
        Key::SwapColdkey(command) => swap::coldkey(context, command).await,
    }
}

fn create(context: &Context, place: &Place) -> Result<(), CliError> {
    let wallet = context.wallets.wallet(&place.name)?;
    let (key, phrase) = Keypair::generate()?;
    let name = write(&wallet, &key, place)?;
    let shape = KeyShape { phrase: Some(phrase), ..KeyShape::new(&name, &key.public()) };
    context.output.show(&shape)
}

fn import(context: &Context, arguments: &Import) -> Result<(), CliError> {
    let place = &arguments.place;
    let wallet = context.wallets.wallet(&place.name)?;
    if let Some(file) = &arguments.json_file {
        return import_json(context, &wallet, place, file);
    }
    let key = match &arguments.uri {
        Some(uri) => Keypair::from_uri(uri)?,
        None => {
            context.output.progress("The phrase (12 to 24 words), then Enter and Ctrl-D:");
            let mut phrase = String::new();
            stdin()
                .read_to_string(&mut phrase)
                .map_err(|error| CliError::Usage(format!("no phrase could be read: {error}")))?;
            Keypair::from_phrase(phrase.trim(), None)?
        }
    };
    let name = write(&wallet, &key, place)?;
    context.output.show(&KeyShape::new(&name, &key.public()))
}

/// Keeps polkadot.js JSON as it is for a coldkey; a hotkey is used by programs and is decrypted.
fn import_json(
    context: &Context,
    wallet: &Wallet,
    place: &Place,
    file: &Path,
) -> Result<(), CliError> {
    let json = std::fs::read_to_string(file)
        .map_err(|error| CliError::Read { path: file.into(), reason: error.to_string() })?;
    let given = context.wallets.password().map(str::to_owned);
    let opened = match polkadot_js::import(&json, given.as_deref()) {
        Err(alun_keys::KeyError::PasswordNeeded { .. }) if context.output.interactive() => {
            let password = ask_password(&file.display().to_string());
            polkadot_js::import(&json, Some(&password)).map(|key| (key, Some(password)))
        }
        other => other.map(|key| (key, given)),
    };
    let (key, password) = opened?;
    let name = if place.as_hotkey.is_some() {
        write(wallet, &key, place)?
    } else {
        wallet.write_coldkey_polkadot_js(&json, password.as_deref(), place.force)?;
        place.name.clone()
    };
    context.output.show(&KeyShape::new(&name, &key.public()))
}

/// Writes a key where it goes and returns its name.
fn write(wallet: &Wallet, key: &Keypair, place: &Place) -> Result<String, CliError> {
    match &place.as_hotkey {
        Some(hotkey) => {
            wallet.write_hotkey(hotkey, key, place.force)?;
            Ok(format!("{}/{hotkey}", place.name))
        }
        None => {
            wallet.write_coldkey(key, place.force)?;
            Ok(place.name.clone())
        }
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    let folder = context.wallets.folder();
    let mut keys = Vec::new();
    for name in alun_keys::list_wallets(folder)? {
        let wallet = context.wallets.wallet(&name)?;
        // A wallet may have hotkeys only: a machine that mines needs no coldkey.
        keys.extend(wallet.coldkey_public().ok().map(|public| KeyShape::new(&name, &public)));
        for hotkey in wallet.hotkeys()? {
            let public = wallet.hotkey_public(&hotkey)?;
            keys.push(KeyShape::new(&format!("{name}/{hotkey}"), &public));
        }
    }
    context.output.show(&Keys { folder: folder.into(), keys })
}

/// A signature.
#[derive(Debug, Serialize)]
struct Signature {
    /// Address of the signer.
    ss58: String,
    /// The sr25519 signature, hex.
    signature: String,
}

impl Show for Signature {
    fn text(&self, output: &Output) -> String {
        output.facts(&[("signer", self.ss58.clone()), ("signature", self.signature.clone())])
    }
}

/// A key that can sign: WALLET, WALLET/HOTKEY or a secret URI.
pub(crate) fn pair(context: &Context, key: &str) -> Result<Keypair, CliError> {
    match key.split_once('/') {
        Some((wallet, hotkey)) if !is_uri(key) => context.wallets.hotkey(wallet, hotkey),
        _ => context.wallets.coldkey(key, context.output.interactive()),
    }
}

fn sign(context: &Context, key: &str, message: &str) -> Result<(), CliError> {
    let pair = pair(context, key)?;
    let signature = format!("0x{}", hex::encode(pair.sign(message.as_bytes())));
    context.output.show(&Signature { ss58: pair.ss58(), signature })
}
