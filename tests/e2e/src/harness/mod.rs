//! Starts our binaries on free ports and hands back handles that stop them when dropped.

mod command;
mod explained;
mod income;
mod market;
mod node;
mod participant;
mod process;
mod row;

pub use command::{run, Finished};
pub use explained::Ledger;
pub use income::{check_income, history, index, Income};
pub use market::{embedding_task, short_epochs, wait_until, Market, MAX_PRICE};
pub use node::{Node, NodeOptions};
pub use participant::{Key, Participant};
pub use process::{Priority, Process};
pub use row::Row;

use anyhow::{Context, Result};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

/// A binary of the workspace, built in the same profile as this one.
pub fn binary(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is")?;
    // target/release/alun-localnet or target/release/deps/test-…
    let found =
        own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("{name} is not built: run scripts/build"))
}

/// A port that was free a moment ago. The listener is closed before the port is used, so another
/// program may take it in between; then the start fails and says so.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// Where `scripts/models` puts the models.
pub fn models_dir() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cache"));
    cache.join("alun/models")
}

/// The last lines of a log, for an error message.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n")
}
