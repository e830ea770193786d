//! A child process with a log file, stopped gracefully when dropped.

use super::tail;
use anyhow::{bail, Context, Result};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Which processes get the processor first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Nodes: blocks stay on time.
    First,
    /// Models: what is left.
    Later,
}

/// A running child.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// How long a process may take to stop by itself.
const GRACE: Duration = Duration::from_secs(10);

impl Process {
    /// Starts `binary` with its output in `folder/name.log`.
    pub fn start(
        name: &str,
        binary: &Path,
        arguments: &[String],
        environment: &[(&str, String)],
        folder: &Path,
        priority: Priority,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("writing {}", log.display()))?;
        let mut command = match priority {
            Priority::First => Command::new(binary),
            Priority::Later => {
                let mut nice = Command::new("nice");
                nice.args(["-n", "10"]).arg(binary);
                nice
            }
        };
        command.args(arguments).envs(environment.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        let child = command.spawn().with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self { name: name.into(), child, log })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where its output goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// An error with the end of its log if it has ended.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!(
                "{} ended by itself ({status}); its last lines:\n{}",
                self.name,
                tail(&self.log, 15)
            );
        }
        Ok(())
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            sleep(Duration::from_millis(50));
        }
        bail!(
            "{} did not end within {limit:?}; its last lines:\n{}",
            self.name,
            tail(&self.log, 15)
        )
    }

    /// SIGKILL, as a crash would.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("killing {}", self.name))?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, then SIGKILL if it does not end in time.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        // The child is not reaped yet, so the id is still its own.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        if let Ok(status) = self.wait(GRACE) {
            return Ok(status);
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// Waits until its log holds `text` and returns the first such line.
    pub fn wait_for_log(&mut self, text: &str, limit: Duration) -> Result<String> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            let log = String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned();
            if let Some(line) = log.lines().find(|line| line.contains(text)) {
                return Ok(line.to_owned());
            }
            self.check()?;
            sleep(Duration::from_millis(100));
        }
        bail!(
            "{} did not say {text:?} within {limit:?}; its last lines:\n{}",
            self.name,
            tail(&self.log, 15)
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
