//! Printing: tables on a terminal, aligned columns in a pipe, JSON for programs.

use crate::CliError;
use comfy_table::{presets, CellAlignment, Table};
use serde::Serialize;
use std::io::{stdin, stdout, IsTerminal, Write};

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON value instead of text.
    pub json: bool,
    terminal: bool,
}

/// Something that a command prints: JSON by `Serialize`, text by this.
pub trait Show: Serialize {
    /// For people, without a newline at the end.
    fn text(&self, output: &Output) -> String;
}

impl Output {
    /// For this process's standard output.
    pub fn new(json: bool) -> Self {
        Self { json, terminal: stdout().is_terminal() }
    }

    /// Prints a result.
    pub fn show(&self, shown: &impl Show) -> Result<(), CliError> {
        let text = if self.json {
            serde_json::to_string_pretty(shown)
                .map_err(|error| CliError::Usage(format!("no JSON for this: {error}")))?
        } else {
            shown.text(self)
        };
        // A reader that has gone (`| head`) is no failure of ours.
        drop(writeln!(stdout(), "{}", text.trim_end()));
        Ok(())
    }

    /// Prints an error on standard error.
    pub fn error(&self, error: &CliError) {
        if self.json {
            let json = serde_json::json!({ "error": error.to_string(), "code": error.exit_code() });
            eprintln!("{json}");
        } else {
            eprintln!("error: {error}");
        }
    }

    /// Says what is going on, on standard error, if somebody looks.
    pub fn progress(&self, text: impl AsRef<str>) {
        if !self.json && std::io::stderr().is_terminal() {
            eprintln!("{}", text.as_ref());
        }
    }

    /// Whether somebody can be asked.
    pub fn interactive(&self) -> bool {
        !self.json && self.terminal && stdin().is_terminal()
    }

    /// A table with this heading; columns whose heading begins with `>` are aligned right.
    pub fn table(&self, heading: &[&str]) -> Table {
        let mut table = Table::new();
        table.load_preset(if self.terminal {
            presets::UTF8_FULL_CONDENSED
        } else {
            presets::NOTHING
        });
        table.set_header(heading.iter().map(|name| name.trim_start_matches('>')));
        for (index, name) in heading.iter().enumerate() {
            if let Some(column) = table.column_mut(index).filter(|_| name.starts_with('>')) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// Names and values below each other.
    pub fn facts(&self, facts: &[(&str, String)]) -> String {
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let lines: Vec<String> =
            facts.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect();
        lines.join("\n")
    }

    /// Accounts in full in a pipe, shortened in a table on a terminal.
    pub fn account(&self, account: &alun_client::AccountId) -> String {
        let text = account.to_string();
        match (self.terminal, text.get(..8), text.get(text.len().saturating_sub(6)..)) {
            (true, Some(start), Some(end)) => format!("{start}…{end}"),
            _ => text,
        }
    }
}
