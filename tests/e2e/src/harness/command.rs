//! Commands that end by themselves.

use anyhow::{bail, Context, Result};
use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    /// Standard output as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("no JSON: {self:?}"))
    }

    /// An error unless it ended with exit code 0.
    pub fn success(self) -> Result<Self> {
        if self.code != Some(0) {
            bail!("it ended with {:?}: {}{}", self.code, self.stdout, self.stderr);
        }
        Ok(self)
    }
}

/// Runs a program to its end; it is killed after `limit`.
pub async fn run<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    environment: &[(&str, &str)],
    limit: Duration,
) -> Result<Finished> {
    let mut command = Command::new(program);
    command.args(arguments).envs(environment.iter().copied());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(limit, command.output())
        .await
        .with_context(|| format!("{} did not end within {limit:?}", program.display()))?
        .with_context(|| format!("starting {}", program.display()))?;
    Ok(Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
