//! A program of somebody else's, driven line by line: JSON on its stdin and stdout, one answer for
//! each request, under limits. docs/external-tasks.md is the protocol. Whatever the program does,
//! a call ends in its time and in an answer or a sentence.

use alun_primitives::Digest;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        mpsc::{channel, sync_channel, Receiver, RecvTimeoutError, Sender},
        Arc, Mutex, PoisonError,
    },
    thread,
    time::{Duration, Instant},
};

/// Most bytes of a line, either way, its newline included.
pub const LINE_BYTES: usize = 1_024 * 1_024;
/// Most bytes of a question or an answer as JSON.
pub const VALUE_BYTES: usize = 128 * 1_024;
/// Most bytes of a program's file.
pub const PROGRAM_BYTES: u64 = 64 * 1_024 * 1_024;
/// Last bytes of what a process writes to its stderr that are kept for the log.
pub const STDERR_BYTES: usize = 2_048;
/// First wait before a process that failed is started again; doubled up to [`BACK_OFF_MOST`].
const BACK_OFF: Duration = Duration::from_millis(50);
const BACK_OFF_MOST: Duration = Duration::from_secs(2);

/// Sets the limits and becomes the program: none of its instructions runs without them. A
/// limit that can't be set starts nothing.
const START: &str = r#"ulimit -c 0 && ulimit -n 64 && ulimit -f 32768 && ulimit -v "$1" && ulimit -t "$2" || exit 126
shift 2
exec "$@""#;

/// What a program may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramLimits {
    /// Time for one call.
    pub call: Duration,
    /// Time for all calls of a session together, waits for restarts included.
    pub total: Duration,
    /// Address space of each of its processes, MiB.
    pub memory_mb: u32,
    /// Processor time of each process, seconds; none with `None`.
    pub cpu_s: Option<u32>,
}

impl ProgramLimits {
    /// Of a validator's round.
    pub const ROUND: Self = Self {
        call: Duration::from_secs(5),
        total: Duration::from_secs(120),
        memory_mb: 512,
        cpu_s: Some(120),
    };
    /// Of a miner's own program.
    pub const SERVING: Self =
        Self { call: Duration::from_secs(25), total: Duration::MAX, memory_mb: 4_096, cpu_s: None };
}

/// A program that the operator approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The file that is started.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// What it may take.
    pub limits: ProgramLimits,
}

/// What went wrong with a program: never a miner's fault by itself.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// The file can't be read or started.
    #[error("the program {} can't be {doing}: {source}", path.display())]
    Unusable {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Not the file that the descriptor names.
    #[error("the program {} has SHA-256 {}, the subnet's descriptor asks for {}: look at what changed before you approve it", path.display(), hex::encode(.found), hex::encode(.expected))]
    OtherProgram {
        /// The file.
        path: PathBuf,
        /// In the descriptor.
        expected: Digest,
        /// Of the file.
        found: Digest,
    },
    /// No answer in time.
    #[error("the program did not answer `{method}` within {} ms", limit.as_millis())]
    Silent {
        /// What it was asked.
        method: String,
        /// The limit.
        limit: Duration,
    },
    /// It ended, or closed its output.
    #[error("the program ended on `{method}`; its last words: {stderr:?}")]
    Died {
        /// What it was asked.
        method: String,
        /// End of its stderr.
        stderr: String,
    },
    /// A line is over the limit.
    #[error("a line of the program is longer than {LINE_BYTES} bytes")]
    Line,
    /// An answer that is none.
    #[error("the program's answer to `{method}` is nonsense: {why}")]
    Nonsense {
        /// What it was asked.
        method: String,
        /// What is wrong with it.
        why: String,
    },
    /// It said that it can't.
    #[error("the program refused `{method}`: {why}")]
    Refused {
        /// What it was asked.
        method: String,
        /// In its words.
        why: String,
    },
    /// The session's time is up.
    #[error("the program has used up the {} s of this round", limit.as_secs())]
    Spent {
        /// The limit.
        limit: Duration,
    },
}

impl Program {
    /// Its SHA-256, which is what a descriptor names it by.
    pub fn sha256(path: &Path) -> Result<Digest, ExternalError> {
        let wrong =
            |source| ExternalError::Unusable { doing: "read", path: path.to_owned(), source };
        let file = File::open(path).map_err(wrong)?;
        let size = file.metadata().map_err(wrong)?;
        if !size.is_file() || size.len() > PROGRAM_BYTES {
            let why = format!("a file of at most {PROGRAM_BYTES} bytes is expected");
            return Err(wrong(io::Error::other(why)));
        }
        let mut hash = Sha256::new();
        io::copy(&mut file.take(PROGRAM_BYTES), &mut hash).map_err(wrong)?;
        Ok(hash.finalize().into())
    }

    /// Refuses a file with another hash, and says both.
    pub fn check(&self, expected: Digest) -> Result<(), ExternalError> {
        let found = Self::sha256(&self.path)?;
        if found == expected {
            return Ok(());
        }
        Err(ExternalError::OtherProgram { path: self.path.clone(), expected, found })
    }
}

/// Calls to one program, one after the other. Its process starts at the first call, again after
/// a failure, and is killed with everything in its group at the end.
#[derive(Debug)]
pub struct Session {
    program: Program,
    expected: Option<Digest>,
    running: Option<Running>,
    next_id: u64,
    failures: u32,
    spent: Duration,
}

impl Session {
    /// Of a program; with `expected`, each start checks the file's hash.
    pub fn new(program: Program, expected: Option<Digest>) -> Self {
        Self { program, expected, running: None, next_id: 1, failures: 0, spent: Duration::ZERO }
    }

    /// Calls a method with these fields; the answer's fields without its `id`. After an error the
    /// process is gone, since what it says next may belong to anything; but a refusal in words
    /// leaves it alone.
    pub fn call(
        &mut self,
        method: &str,
        fields: Map<String, Value>,
    ) -> Result<Map<String, Value>, ExternalError> {
        let ProgramLimits { call, total, .. } = self.program.limits;
        if self.spent >= total {
            return Err(ExternalError::Spent { limit: total });
        }
        let started = Instant::now();
        let result = self.exchange(method, fields, call.min(total.saturating_sub(self.spent)));
        self.spent = self.spent.saturating_add(started.elapsed());
        match &result {
            Ok(_) | Err(ExternalError::Refused { .. }) => self.failures = 0,
            Err(error) => {
                tracing::warn!(program = %self.program.path.display(), %error, "external program");
                self.failures = self.failures.saturating_add(1);
                self.running = None;
            }
        }
        result
    }

    fn exchange(
        &mut self,
        method: &str,
        mut fields: Map<String, Value>,
        limit: Duration,
    ) -> Result<Map<String, Value>, ExternalError> {
        let nonsense = |why: String| ExternalError::Nonsense { method: method.to_owned(), why };
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        fields.insert("id".into(), id.into());
        fields.insert("method".into(), method.into());
        let mut line = Value::Object(fields).to_string().into_bytes();
        line.push(b'\n');
        if line.len() > LINE_BYTES {
            return Err(ExternalError::Line);
        }
        if self.running.is_none() {
            if self.failures > 0 {
                let wait = BACK_OFF.saturating_mul(1 << self.failures.min(8));
                thread::sleep(wait.min(BACK_OFF_MOST).min(limit));
            }
            if let Some(expected) = self.expected {
                self.program.check(expected)?;
            }
            self.running = Some(Running::start(&self.program)?);
        }
        let Some(running) = &mut self.running else {
            return Err(nonsense("no process".into()));
        };
        let died = |running: &Running| {
            // What it said last may still be on its way.
            thread::sleep(Duration::from_millis(50));
            ExternalError::Died { method: method.to_owned(), stderr: running.stderr() }
        };
        if running.requests.send(line).is_err() {
            return Err(died(running));
        }
        let line = match running.lines.recv_timeout(limit) {
            Ok(Ok(line)) => line,
            Ok(Err(TooLong)) => return Err(ExternalError::Line),
            Err(RecvTimeoutError::Timeout) => {
                return Err(ExternalError::Silent { method: method.to_owned(), limit })
            }
            Err(RecvTimeoutError::Disconnected) => return Err(died(running)),
        };
        let mut answer: Map<String, Value> =
            serde_json::from_slice(&line).map_err(|error| nonsense(error.to_string()))?;
        match answer.remove("id").and_then(|found| found.as_u64()) {
            Some(found) if found == id => {}
            found => return Err(nonsense(format!("its id is {found:?}, {id} was asked"))),
        }
        match answer.remove("error") {
            None => Ok(answer),
            Some(why) => Err(ExternalError::Refused {
                method: method.to_owned(),
                why: short(why.as_str().unwrap_or("no sentence")),
            }),
        }
    }
}

/// At most 200 characters of somebody else's words.
pub(crate) fn short(words: &str) -> String {
    words.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

/// A line over the limit.
#[derive(Debug)]
struct TooLong;

/// A process with a thread for each of its pipes, so that no pipe that is full or empty can hold
/// up a call.
#[derive(Debug)]
struct Running {
    child: Child,
    requests: Sender<Vec<u8>>,
    lines: Receiver<Result<Vec<u8>, TooLong>>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Running {
    fn start(program: &Program) -> Result<Self, ExternalError> {
        let wrong = |source| ExternalError::Unusable {
            doing: "started",
            path: program.path.clone(),
            source,
        };
        let path = program.path.canonicalize().map_err(wrong)?;
        let ProgramLimits { memory_mb, cpu_s, .. } = program.limits;
        let cpu = cpu_s.map_or_else(|| "unlimited".to_owned(), |seconds| seconds.to_string());
        let mut child = Command::new("/bin/sh")
            .args(["-c", START, "sh"])
            .arg((u64::from(memory_mb) * 1_024).to_string())
            .arg(cpu)
            .arg(path)
            .args(&program.args)
            // Settings come by environment too: passwords of keys are none of its business.
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(wrong)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(mut errors)) = pipes else {
            return Err(wrong(io::Error::other("it has no pipes")));
        };
        let (requests, asked) = channel::<Vec<u8>>();
        thread::spawn(move || {
            while let Ok(line) = asked.recv() {
                if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                    break;
                }
            }
        });
        let (said, lines) = sync_channel(1);
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            loop {
                let mut line = Vec::new();
                let read = (&mut stdout).take(LINE_BYTES as u64).read_until(b'\n', &mut line);
                let whole = line.ends_with(b"\n");
                let message = match read {
                    Ok(count) if whole && count > 0 => Ok(line),
                    Ok(LINE_BYTES) => Err(TooLong),
                    // The end, with or without half a line.
                    _ => break,
                };
                let last = message.is_err();
                if said.send(message).is_err() || last {
                    break;
                }
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let kept = stderr.clone();
        thread::spawn(move || {
            let mut chunk = [0; 512];
            while let Ok(count) = errors.read(&mut chunk) {
                let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else { break };
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(read);
                let over = kept.len().saturating_sub(STDERR_BYTES);
                kept.drain(..over);
            }
        });
        Ok(Self { child, requests, lines, stderr })
    }

    fn stderr(&self) -> String {
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).trim().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Its children too. The number can't be another's: the child is not waited for yet.
        let group = Command::new("/bin/sh")
            .args(["-c", r#"kill -9 "-$1""#, "sh"])
            .arg(self.child.id().to_string())
            .stderr(Stdio::null())
            .status();
        let alone = self.child.kill();
        let gone = self.child.wait();
        tracing::debug!(?group, ?alone, ?gone, stderr = self.stderr(), "an external program ended");
    }
}
