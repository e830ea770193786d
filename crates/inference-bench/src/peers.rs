//! A peer: a Python process that answers lines of JSON, and measures itself.

use anyhow::{bail, Context, Result};
use serde::Deserialize;
use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

pub struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// How long a peer took for some streams, and what came out.
#[derive(Deserialize)]
pub struct Generation {
    /// Seconds from the start to each stream's first token.
    pub first: f64,
    /// Seconds from there to the last token.
    pub rest: f64,
    pub tokens: Vec<Vec<u32>>,
}

impl Peer {
    pub fn start(
        python: &Path,
        program: &Path,
        kind: &str,
        model: &Path,
        threads: usize,
    ) -> Result<Self> {
        let mut process = Command::new(python)
            .arg(program)
            .args([kind, &threads.to_string()])
            .arg(model)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let input = process.stdin.take().context("no pipe to the peer")?;
        let output = BufReader::new(process.stdout.take().context("no pipe from the peer")?);
        let mut peer = Self { process, input, output };
        let hello = peer.ask(&json!({ "op": "hello" }))?;
        println!("peer: {}", hello["name"].as_str().unwrap_or_default());
        Ok(peer)
    }

    fn ask(&mut self, question: &Value) -> Result<Value> {
        writeln!(self.input, "{question}").context("the peer is gone")?;
        self.input.flush()?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the peer ended; what it said is above");
        }
        serde_json::from_str(&line).with_context(|| format!("the peer said {line:?}"))
    }

    /// Seconds for embedding some texts `times` times.
    pub fn embed_seconds(&mut self, texts: &[String], times: usize) -> Result<f64> {
        let answer = self.ask(&json!({ "op": "embed", "texts": texts, "times": times }))?;
        answer["seconds"].as_f64().context("no time in the peer's answer")
    }

    /// Vectors of some texts.
    pub fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let question = json!({ "op": "embed", "texts": texts, "times": 1, "vectors": true });
        Ok(serde_json::from_value(self.ask(&question)?["vectors"].take())?)
    }

    /// Greedy continuations of some prompts, `new` tokens each.
    pub fn generate(&mut self, prompts: &[Vec<u32>], new: usize) -> Result<Generation> {
        let question = json!({ "op": "generate", "prompts": prompts, "new": new });
        Ok(serde_json::from_value(self.ask(&question)?)?)
    }

    /// Bytes of memory before the model was loaded, and now.
    pub fn resident(&mut self) -> Result<(u64, u64)> {
        Ok(serde_json::from_value(self.ask(&json!({ "op": "memory" }))?["resident"].take())?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
