//! Gets a validator's evidence over HTTP, under limits.

use super::chain::Place;
use crate::CliError;
use alun_evidence::MAX_BUNDLE;
use alun_protocol::limits::ANSWER_BYTES;
use std::time::Duration;

/// A place that serves evidence.
#[derive(Clone, Debug)]
pub struct Source {
    base: String,
    http: reqwest::Client,
}

impl Source {
    /// Where `url` says, `http://HOST:PORT`.
    pub fn new(url: &str) -> Result<Self, CliError> {
        let base = url.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") {
            return Err(CliError::Usage(format!("--evidence {url}: write http://HOST:PORT")));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(300))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| CliError::NotAudited(error.to_string()))?;
        Ok(Self { base, http })
    }

    /// The bundle of an epoch.
    pub async fn bundle(&self, place: &Place, epoch: u64) -> Result<Vec<u8>, CliError> {
        let path = format!("/evidence/{}/{}/{epoch}", place.netuid, place.mechanism.0);
        self.get(&path, MAX_BUNDLE).await
    }

    /// The answer of that SHA-256, as hex.
    pub async fn blob(&self, sha256: &str) -> Result<Vec<u8>, CliError> {
        // The limit fits: 4 MiB.
        let limit = usize::try_from(ANSWER_BYTES).unwrap_or(usize::MAX);
        if sha256.len() != 64 || !sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(CliError::NotAudited("the leaf names no SHA-256".into()));
        }
        self.get(&format!("/blob/{sha256}"), limit).await
    }

    async fn get(&self, path: &str, limit: usize) -> Result<Vec<u8>, CliError> {
        let url = format!("{}{path}", self.base);
        let failed = |why: String| CliError::NotAudited(format!("{url}: {why}"));
        let mut answer =
            self.http.get(&url).send().await.map_err(|error| failed(deepest(&error)))?;
        let status = answer.status();
        let limit = if status.is_success() { limit } else { 4_096 };
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(deepest(&error)))? {
            if bytes.len().saturating_add(chunk.len()) > limit {
                return Err(failed(format!("it sends more than {limit} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(bytes);
        }
        // A stranger's words, for a terminal.
        let text = String::from_utf8_lossy(&bytes);
        let text: String = text.chars().filter(|one| !one.is_control()).take(200).collect();
        Err(failed(format!("{status}: {text}")))
    }
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
