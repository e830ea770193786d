//! One question to one miner over HTTP, and what came back.

use alun_client::{Endpoint, NetUid};
use alun_keys::Keypair;
use alun_protocol::{
    auth, limits,
    messages::{
        self, Completion, CompletionRequest, EmbeddingsAnswer, EmbeddingsRequest, RequestExtras,
        Sampling, Seed, Texts,
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

/// Path and body of a question on the wire: what any user's request looks like.
pub fn request(question: &Question) -> Result<(&'static str, Vec<u8>), serde_json::Error> {
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
                    ..Default::default()
                },
                alun: Some(RequestExtras { seed: Some(Seed(*seed)) }),
                ..Default::default()
            };
            Ok((messages::COMPLETIONS, serde_json::to_vec(&body)?))
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
    let response = post
        .send()
        .await
        .map_err(|error| format!("not reachable at {address}: {}", root_cause(&error)))?;
    let status = response.status();
    let receipt = response
        .headers()
        .get(HEADER_RECEIPT)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bytes = read(response, answer_limit(question)).await?;
    if !status.is_success() {
        let text: String = String::from_utf8_lossy(&bytes).chars().take(200).collect();
        return Err(format!("refused with {status}: {text}"));
    }
    let receipt = SignedReceipt::from_header(&receipt.ok_or("the answer has no receipt")?)
        .map_err(|error| error.to_string())?;
    let expected = Expected {
        request_signature: &signature,
        query: &query,
        answer: &bytes,
        model: asked.endpoint.model,
        hotkey: &asked.hotkey,
    };
    receipt.verify(&expected).map_err(|error| error.to_string())?;
    Ok(Received {
        answer: answer(question, &bytes)?,
        sha256: Sha256::digest(&bytes).into(),
        bytes,
        nonce,
        signature,
        receipt,
    })
}

/// Most bytes that an answer to the question can need: what hostile miners may make us hold.
fn answer_limit(question: &Question) -> u64 {
    let (items, each) = match question {
        // Up to 1,024 dimensions of 24 characters.
        Question::Embedding { texts } => (texts.len(), 24 * 1_024),
        // A token's text, id and log-probability.
        Question::Generation { max_tokens, .. } => (*max_tokens, 512),
    };
    (64 * 1_024 + (items * each) as u64).min(limits::ANSWER_BYTES)
}

/// Reads a body under the limit.
async fn read(mut response: reqwest::Response, limit: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| format!("the answer broke off: {}", root_cause(&error)))?
    {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(format!("the answer is larger than {} bytes", limits::ANSWER_BYTES));
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
