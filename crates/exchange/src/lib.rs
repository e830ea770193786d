//! One question to one miner over HTTP, and what came back. The validator's challenges and the
//! gateway's paying traffic go through here, so that they are the same bytes on the wire.
//!
//! - [`ask`]: a whole question, a whole answer with its receipt.
//! - [`send`]: the same in two steps, for answers that are read as they come: [`Opened`] is a miner
//!   that has begun to answer, [`Opened::check`] holds all of it against its receipt.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

use alun_client::{Endpoint, NetUid};
use alun_keys::Keypair;
use alun_protocol::{
    auth, limits,
    messages::{
        self, Completion, CompletionRequest, EmbeddingsAnswer, EmbeddingsRequest, ExternalAnswer,
        ExternalRequest, RequestExtras, Sampling, Seed, Texts,
    },
    query::Query,
    receipt::{Expected, SignedReceipt, HEADER_RECEIPT},
};
use alun_scoring::{Answer, Question};
use sha2::{Digest, Sha256};
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Whom to ask, and as whom.
#[derive(Clone)]
pub struct Asked {
    /// The miner's hotkey.
    pub hotkey: [u8; 32],
    /// Where it serves.
    pub endpoint: Endpoint,
    /// The chain.
    pub genesis: [u8; 32],
    /// The subnet.
    pub netuid: NetUid,
    /// Hash of a recent finalized block.
    pub at: [u8; 32],
}

/// An answer with a receipt that stands for it.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it says.
    pub answer: Answer,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes, for the evidence.
    pub bytes: Vec<u8>,
    /// Nonce of the request.
    pub nonce: u64,
    /// Signature of the request.
    pub signature: [u8; 64],
    /// The miner's signature under it.
    pub receipt: SignedReceipt,
}

/// An answer, or why there is none, and how long it took.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// From sending to the last byte.
    pub elapsed: Duration,
    /// `Err` is a sentence.
    pub received: Result<Received, String>,
}

/// Why a miner did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It refused, with an HTTP status.
    #[error("refused with {status}: {text}")]
    Refused {
        /// The status.
        status: u16,
        /// The beginning of its body.
        text: String,
    },
    /// Anything else; a sentence.
    #[error("{0}")]
    Failed(String),
}

impl From<String> for Fault {
    fn from(sentence: String) -> Self {
        Self::Failed(sentence)
    }
}

impl From<&str> for Fault {
    fn from(sentence: &str) -> Self {
        Self::Failed(sentence.to_owned())
    }
}

/// Path and body of a question on the wire: what any user's request looks like.
pub fn request(question: &Question) -> Result<(&'static str, Vec<u8>), serde_json::Error> {
    request_as(question, false)
}

/// The same; with `stream`, the tokens of a generation are asked for as they come.
pub fn request_as(
    question: &Question,
    stream: bool,
) -> Result<(&'static str, Vec<u8>), serde_json::Error> {
    match question {
        Question::Embedding { texts } => {
            let body = EmbeddingsRequest { input: Texts(texts.clone()), ..Default::default() };
            Ok((messages::EMBEDDINGS, serde_json::to_vec(&body)?))
        }
        Question::Generation { prompt, max_tokens, temperature, seed } => {
            let body = CompletionRequest {
                prompt: Texts(vec![prompt.clone()]),
                sampling: Sampling {
                    max_tokens: Some(*max_tokens as u64),
                    temperature: Some(*temperature),
                    stream: stream.then_some(true),
                    ..Default::default()
                },
                alun: Some(RequestExtras { seed: Some(Seed(*seed)) }),
                ..Default::default()
            };
            Ok((messages::COMPLETIONS, serde_json::to_vec(&body)?))
        }
        Question::External { question } => {
            let body = ExternalRequest { question: question.clone() };
            Ok((messages::EXTERNAL, serde_json::to_vec(&body)?))
        }
    }
}

/// Reads the body of an answer to that question.
pub fn answer(question: &Question, body: &[u8]) -> Result<Answer, String> {
    match question {
        Question::Embedding { .. } => {
            let answer: EmbeddingsAnswer =
                serde_json::from_slice(body).map_err(|error| error.to_string())?;
            Ok(Answer::Embedding { vectors: answer.vectors().map_err(|error| error.to_string())? })
        }
        Question::Generation { .. } => {
            let answer: Completion =
                serde_json::from_slice(body).map_err(|error| error.to_string())?;
            let extras = answer
                .alun
                .ok_or("the answer has no `alun` object with token ids and log-probabilities")?;
            let choice = answer.choices.into_iter().next().ok_or("the answer has no choice")?;
            Ok(Answer::Generation {
                tokens: extras.token_ids,
                logprobs: extras.logprobs,
                text: choice.text,
            })
        }
        Question::External { .. } => {
            let answer: ExternalAnswer =
                serde_json::from_slice(body).map_err(|error| error.to_string())?;
            Ok(Answer::External { answer: answer.answer })
        }
    }
}

/// Asks and waits at most `limit`. Never fails: a miner's faults are in the outcome.
pub async fn ask(
    http: &reqwest::Client,
    key: &Keypair,
    asked: &Asked,
    question: &Question,
    limit: Duration,
) -> Outcome {
    let started = Instant::now();
    let received = tokio::time::timeout(limit, exchange(http, key, asked, question))
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {:.0} s", limit.as_secs_f64())));
    Outcome { elapsed: started.elapsed(), received }
}

async fn exchange(
    http: &reqwest::Client,
    key: &Keypair,
    asked: &Asked,
    question: &Question,
) -> Result<Received, String> {
    let (path, body) = request(question).map_err(|error| error.to_string())?;
    let mut opened = send(http, key, asked, path, body).await.map_err(|fault| fault.to_string())?;
    let bytes = read(&mut opened.response, answer_limit(question)).await?;
    opened.received(question, bytes)
}

/// A miner that has begun to answer with success.
#[derive(Debug)]
pub struct Opened {
    response: reqwest::Response,
    receipt: Option<String>,
    query: Query,
    nonce: u64,
    signature: [u8; 64],
    hotkey: [u8; 32],
    model: Option<[u8; 32]>,
}

/// Sends one signed request and waits for the beginning of its answer. The caller sets the time
/// limit.
pub async fn send(
    http: &reqwest::Client,
    key: &Keypair,
    asked: &Asked,
    path: &str,
    body: Vec<u8>,
) -> Result<Opened, Fault> {
    let query = Query::new(&asked.genesis, asked.netuid, asked.at);
    let target = query.target(path);
    let receiver = alun_keys::ss58::encode(&asked.hotkey);
    let nonce =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?.as_nanos();
    let nonce = u64::try_from(nonce).map_err(|error| error.to_string())?;
    let headers = auth::sign(
        &|bytes| key.sign(bytes),
        &key.ss58(),
        Some(&receiver),
        "POST",
        &target,
        &body,
        nonce,
    );
    let signature = auth::signature_of(&headers).ok_or("the request has no signature")?;
    let address = SocketAddr::new(IpAddr::from(asked.endpoint.ip), asked.endpoint.port);
    let mut post = http
        .post(format!("http://{address}{target}"))
        .header("content-type", "application/json")
        .body(body);
    for (name, value) in headers {
        post = post.header(name, value);
    }
    let mut response = post
        .send()
        .await
        .map_err(|error| format!("not reachable at {address}: {}", root_cause(&error)))?;
    let status = response.status();
    if !status.is_success() {
        let bytes = read(&mut response, REFUSAL_BYTES).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).chars().take(400).collect();
        return Err(Fault::Refused { status: status.as_u16(), text });
    }
    let receipt = response
        .headers()
        .get(HEADER_RECEIPT)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (hotkey, model) = (asked.hotkey, asked.endpoint.model);
    Ok(Opened { response, receipt, query, nonce, signature, hotkey, model })
}

impl Opened {
    /// The next bytes of the answer; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, String> {
        let chunk = self.response.chunk().await;
        let chunk = chunk.map_err(|error| format!("the answer broke off: {}", root_cause(&error)));
        Ok(chunk?.map(|bytes| bytes.to_vec()))
    }

    /// Reads a whole answer to the question and checks its receipt.
    pub async fn finish(mut self, question: &Question) -> Result<Received, String> {
        let bytes = read(&mut self.response, answer_limit(question)).await?;
        self.received(question, bytes)
    }

    /// Holds the bytes of an answer against its receipt.
    pub fn check(&self, bytes: &[u8], receipt: &SignedReceipt) -> Result<(), String> {
        let expected = Expected {
            request_signature: &self.signature,
            query: &self.query,
            answer: bytes,
            model: self.model,
            hotkey: &self.hotkey,
        };
        receipt.verify(&expected).map_err(|error| error.to_string())
    }

    fn received(self, question: &Question, bytes: Vec<u8>) -> Result<Received, String> {
        let header = self.receipt.as_deref().ok_or("the answer has no receipt")?;
        let receipt = SignedReceipt::from_header(header).map_err(|error| error.to_string())?;
        self.check(&bytes, &receipt)?;
        Ok(Received {
            answer: answer(question, &bytes)?,
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            nonce: self.nonce,
            signature: self.signature,
            receipt,
        })
    }
}

/// Bytes of a refusal that are read.
const REFUSAL_BYTES: u64 = 4 * 1_024;

/// Most bytes that an answer to the question can need: what hostile miners may make us hold.
pub fn answer_limit(question: &Question) -> u64 {
    let (items, each) = match question {
        // Up to 1,024 dimensions of 24 characters.
        Question::Embedding { texts } => (texts.len(), 24 * 1_024),
        // A token's text, id and log-probability.
        Question::Generation { max_tokens, .. } => (*max_tokens, 512),
        // Any JSON, within the program's limit.
        Question::External { .. } => (2, 64 * 1_024),
    };
    (64 * 1_024 + (items * each) as u64).min(limits::ANSWER_BYTES)
}

/// Reads a body under the limit.
async fn read(response: &mut reqwest::Response, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| format!("the answer broke off: {}", root_cause(&error)))?
    {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(format!("the answer is larger than {limit} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_should_be_what_an_ordinary_client_sends() {
        let question = Question::Generation {
            prompt: "Once".into(),
            max_tokens: 16,
            temperature: 0.5,
            seed: [7; 32],
        };
        let (path, body) = request(&question).unwrap();
        assert_eq!(path, "/v1/completions");
        let read: CompletionRequest = messages::parse(&body).unwrap();
        assert_eq!(
            (read.prompt(), read.sampling.new_tokens(), read.sampling.temperature()),
            ("Once", 16, 0.5)
        );
        assert_eq!(read.alun.unwrap().seed, Some(Seed([7; 32])));
        let (path, body) =
            request(&Question::Embedding { texts: vec!["a".into(), "b".into()] }).unwrap();
        assert_eq!(path, "/v1/embeddings");
        assert_eq!(messages::parse::<EmbeddingsRequest>(&body).unwrap().input.0.len(), 2);
    }

    #[test]
    fn answer_should_say_what_is_wrong_when_it_is_not_one() {
        let question = Question::Embedding { texts: vec!["a".into()] };
        assert!(answer(&question, b"{}").is_err());
        let body = serde_json::to_vec(&EmbeddingsAnswer::new(
            "m",
            vec![vec![0.5, 0.25]],
            Default::default(),
            3,
        ))
        .unwrap();
        assert_eq!(
            answer(&question, &body),
            Ok(Answer::Embedding { vectors: vec![vec![0.5, 0.25]] })
        );
    }
}
