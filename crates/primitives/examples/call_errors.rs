//! Prints `docs/call-errors.md`, from the documentation of every pallet's errors:
//! `cargo run --release -p alun-primitives --example call_errors > docs/call-errors.md`.

use std::{fs, path::PathBuf};

fn main() {
    print!("{}", page());
}

/// The whole page.
pub fn page() -> String {
    let tables: String = pallets().iter().map(|pallet| table(pallet)).collect();
    format!("{HEAD}{tables}")
}

const HEAD: &str = "\
<!-- Generated from the pallets' errors; a test fails when this file differs. Write it anew with
     cargo run --release -p alun-primitives --example call_errors > docs/call-errors.md -->
# Errors of calls

What a call of ours can be refused with in a block, and what to do. polkadot.js and `alun` show the same sentences; [errors.md](errors.md) has the codes of the pool
and the exit codes of programs. Errors of pallets that are not ours (`balances`, `proxy`, …) carry their own sentences in the metadata.
";

/// The pallets, by name.
pub fn pallets() -> Vec<String> {
    let folders = fs::read_dir(root().join("pallets")).expect("the pallets are in the workspace");
    let names = folders.map(|folder| folder.expect("a folder").file_name());
    let mut names: Vec<String> =
        names.map(|name| name.into_string().expect("plain letters")).collect();
    names.sort();
    names
}

/// The workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A pallet's heading and table; nothing for one without errors.
fn table(pallet: &str) -> String {
    let file = root().join("pallets").join(pallet).join("src/lib.rs");
    let Ok(source) = fs::read_to_string(&file) else { return String::new() };
    let rows: String = errors(&source)
        .into_iter()
        .map(|(name, sentence)| format!("| `{name}` | {sentence} |\n"))
        .collect();
    if rows.is_empty() {
        return rows;
    }
    format!("\n## {pallet}\n| error | what it means and what to do |\n|---|---|\n{rows}")
}

/// Each variant of `enum Error` with its documentation on one line.
fn errors(source: &str) -> Vec<(String, String)> {
    let lines = source.lines().skip_while(|line| !line.contains("pub enum Error<T"));
    let (mut found, mut sentence) = (Vec::new(), Vec::new());
    for line in lines.skip(1).map(str::trim).take_while(|line| *line != "}") {
        if let Some(text) = line.strip_prefix("///") {
            sentence.push(text.trim());
        } else if line.starts_with(|first: char| first.is_ascii_uppercase()) {
            let name = line.split(|end: char| !end.is_ascii_alphanumeric()).next();
            found.push((name.unwrap_or_default().to_owned(), sentence.join(" ")));
            sentence.clear();
        }
    }
    found
}
