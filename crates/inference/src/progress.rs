//! Progress of loading: a bar on a terminal, log lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::{io::IsTerminal, time::Instant};

/// Shows how far a model has been loaded.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    name: String,
    started: Instant,
}

impl Progress {
    /// Starts showing; `steps` is how many [`Progress::step`]s there will be.
    pub fn start(name: &str, steps: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(steps as u64);
            let template = "{prefix} {bar:30} {pos}/{len} {msg} {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar.set_message("loading");
            bar
        });
        if bar.is_none() {
            tracing::info!(model = name, "loading");
        }
        Self { bar, name: name.to_owned(), started: Instant::now() }
    }

    /// One more part is loaded.
    pub fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// All is loaded; the first computation runs.
    pub fn warming_up(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message("warming up");
        }
    }

    /// Done: the bar makes room for a log line.
    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let milliseconds = self.started.elapsed().as_millis();
        tracing::info!(model = self.name, milliseconds = milliseconds as u64, "ready");
    }
}
