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

use anyhow::{bail, Context, Result};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A binary of the workspace, built in the same profile as this one.
pub fn binary(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is")?;
    // target/release/alun-localnet or target/release/deps/test-…
    let found =
        own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("{name} is not built: run scripts/build"))
}

/// A port that was free a moment ago, and is not handed out twice. It is closed before it is used; since
/// it lies below those that systems hand out themselves (32,768 and up), no outgoing connection takes it.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Tests are processes of their own: each begins elsewhere.
    let first = std::process::id().wrapping_mul(97);
    for _ in 0..PORTS.len() {
        let step = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + (step % PORTS.len() as u32) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port of {PORTS:?} is free on 127.0.0.1")
}

/// Above the well-known ones and our own defaults, below the ephemeral ones.
const PORTS: std::ops::Range<u16> = 16_000..29_000;

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
