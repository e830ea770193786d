//! Answers as server-sent events: each token goes to the user as it comes, the end only when the
//! miner's receipt stands for all of it and what was used is written down.

use crate::{
    api::ApiError,
    clock,
    meter::Reservation,
    question::{Job, Style},
    serve::App,
    subnets::Subnet,
};
use alun_exchange::{answer_limit, Opened};
use alun_protocol::{
    limits,
    messages::{AnswerExtras, ChatChunk, ChatDelta, Completion, FinishReason, Role, Usage},
    stream,
};
use alun_scoring::{Answer, Question};
use std::{sync::Arc, time::Instant};
use tokio::{
    sync::mpsc,
    time::{timeout_at, Instant as Timer},
};

/// Events that may be written ahead of a slow reader.
pub const AHEAD: usize = 32;
/// How the last event in front of the receipt looks.
const DONE: &str = "[DONE]";

/// Why a stream ends early.
enum Broken {
    /// The user went away.
    Gone,
    /// It can't go on.
    Failed(ApiError),
}

/// What came of the stream so far.
#[derive(Default)]
struct Told {
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
    text: String,
    /// Everything in front of the receipt is hashed, so all of it is kept.
    bytes: Vec<u8>,
    /// Where the next event begins.
    read: usize,
    done: bool,
    finish: Option<FinishReason>,
}

/// A stream on its way from a miner to a user.
pub struct Passing {
    /// The gateway.
    pub app: Arc<App>,
    /// The subnet.
    pub subnet: Arc<Subnet>,
    /// What was asked.
    pub job: Job,
    /// Held back for it.
    pub reservation: Reservation,
    /// The miner's hotkey.
    pub miner: [u8; 32],
    /// The miner's answer, from its second chunk on.
    pub opened: Opened,
    /// To the user.
    pub events: mpsc::Sender<Result<axum::body::Bytes, std::convert::Infallible>>,
    /// When the request came.
    pub started: Instant,
}

impl Passing {
    /// Passes everything on. `first` is the miner's first chunk.
    pub async fn run(mut self, first: Vec<u8>) -> &'static str {
        let mut told = Told::default();
        let id = format!("gw-{:016x}", rand::random::<u64>());
        let shape = Shape {
            style: self.job.style,
            id,
            created: clock::now_s(),
            model: self.subnet.name.clone(),
        };
        let passed = self.pass(first, &mut told, &shape).await;
        let (outcome, last) = match passed {
            Ok(()) => ("ok", None),
            Err(Broken::Gone) => ("gone", None),
            Err(Broken::Failed(error)) => (error.code, Some(error)),
        };
        let generated = u32::try_from(told.tokens.len()).unwrap_or(u32::MAX);
        // What was delivered is charged: all of a whole answer, and of one that the user left.
        if last.is_none() {
            let netuid = self.subnet.netuid.0;
            let written = self.reservation.settle(netuid, self.job.prompt_tokens, generated).await;
            if let Err(error) = written {
                let _ = self.events.send(Ok(error.event().into())).await;
                return error.code;
            }
            if outcome == "ok" {
                self.app.spot.consider(
                    &self.subnet,
                    self.miner,
                    &self.job.question,
                    Answer::Generation {
                        tokens: told.tokens,
                        logprobs: told.logprobs,
                        text: told.text,
                    },
                );
                if self.job.usage {
                    let usage = Usage::new(self.job.prompt_tokens, generated);
                    let _ = self.events.send(Ok(shape.usage(usage).into())).await;
                }
                let _ = self.events.send(Ok(stream::DONE.into())).await;
            }
        } else if let Some(error) = last {
            self.subnet.book().failed(self.miner, Instant::now());
            let miner = alun_keys::ss58::encode(&self.miner);
            tracing::warn!(netuid = %self.subnet.netuid, miner, %error, "a stream broke");
            let _ = self.events.send(Ok(error.event().into())).await;
        }
        outcome
    }

    async fn pass(&mut self, first: Vec<u8>, told: &mut Told, shape: &Shape) -> Result<(), Broken> {
        let failed = |why: String| Broken::Failed(ApiError::unanswered(why));
        if self.job.style == Style::Chat {
            let delta = ChatDelta { role: Some(Role::Assistant), content: Some(String::new()) };
            self.send(shape.chat(delta, None)).await?;
        }
        let limit = answer_limit(&self.job.question);
        let deadline = Timer::from_std(self.started + limits::TOTAL_WITHIN);
        let mut next = Some(first);
        while let Some(bytes) = next {
            if (told.bytes.len() + bytes.len()) as u64 > limit {
                return Err(failed(format!("the answer is larger than {limit} bytes")));
            }
            told.bytes.extend_from_slice(&bytes);
            for (text, finish) in events(told).map_err(failed)? {
                if told.tokens.len() > self.job.most_new as usize {
                    return Err(failed("it wrote more tokens than were asked for".into()));
                }
                self.send(shape.text(text, finish)).await?;
            }
            next = match timeout_at(deadline, self.opened.chunk()).await {
                Ok(chunk) => chunk.map_err(failed)?,
                Err(_) => {
                    let seconds = limits::TOTAL_WITHIN.as_secs();
                    return Err(Broken::Failed(ApiError::slow(seconds)));
                }
            };
        }
        let (answer, receipt) =
            stream::split(&told.bytes).map_err(|error| failed(error.to_string()))?;
        self.opened.check(answer, &receipt).map_err(failed)?;
        if !told.done || told.finish.is_none() {
            return Err(failed("the stream ended before the answer did".into()));
        }
        Ok(())
    }

    async fn send(&self, event: String) -> Result<(), Broken> {
        self.events.send(Ok(event.into())).await.map_err(|_| Broken::Gone)
    }
}

/// Takes whole events off the stream: new text, and why it ended.
fn events(told: &mut Told) -> Result<Vec<(String, Option<FinishReason>)>, String> {
    let mut new = Vec::new();
    while !told.done {
        let rest = told.bytes.get(told.read..).unwrap_or_default();
        let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") else { break };
        let event = rest.get(..end).unwrap_or_default().to_vec();
        told.read = told.read.saturating_add(end).saturating_add(2);
        let event = String::from_utf8(event).map_err(|_| "an event is not UTF-8")?;
        let data = event.strip_prefix("data: ").ok_or("an event has no data")?;
        if data == DONE {
            told.done = true;
            break;
        }
        let chunk: Completion = serde_json::from_str(data).map_err(|_| {
            let start: String = data.chars().take(200).collect();
            format!("an event is no part of a completion: {start}")
        })?;
        let Some(choice) = chunk.choices.into_iter().next() else { continue };
        let AnswerExtras { token_ids, logprobs, .. } = chunk.alun.unwrap_or_default();
        told.tokens.extend(token_ids);
        told.logprobs.extend(logprobs);
        told.text.push_str(&choice.text);
        told.finish = choice.finish_reason.or(told.finish);
        new.push((choice.text, choice.finish_reason));
    }
    Ok(new)
}

/// What chunks look like to the user.
struct Shape {
    style: Style,
    id: String,
    created: u64,
    model: String,
}

impl Shape {
    fn text(&self, text: String, finish: Option<FinishReason>) -> String {
        if self.style == Style::Chat {
            return self.chat(ChatDelta { role: None, content: Some(text) }, finish);
        }
        let chunk = Completion::new(&self.id, self.created, &self.model, text, finish);
        stream::event(&chunk).unwrap_or_default()
    }

    fn chat(&self, delta: ChatDelta, finish: Option<FinishReason>) -> String {
        let chunk = ChatChunk::new(&self.id, self.created, &self.model, delta, finish);
        stream::event(&chunk).unwrap_or_default()
    }

    fn usage(&self, usage: Usage) -> String {
        let event = if self.style == Style::Chat {
            let mut chunk =
                ChatChunk::new(&self.id, self.created, &self.model, ChatDelta::default(), None);
            chunk.choices.clear();
            chunk.usage = Some(usage);
            stream::event(&chunk)
        } else {
            let mut chunk = Completion::new(&self.id, self.created, &self.model, "", None);
            chunk.choices.clear();
            chunk.usage = Some(usage);
            stream::event(&chunk)
        };
        event.unwrap_or_default()
    }
}

/// Whether a question can be streamed.
pub fn can_stream(question: &Question) -> bool {
    matches!(question, Question::Generation { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &str, token: u32, finish: Option<FinishReason>) -> String {
        let mut chunk = Completion::new("id", 1, "m", text, finish);
        chunk.alun = Some(AnswerExtras {
            token_ids: vec![token],
            logprobs: vec![-0.5],
            ..AnswerExtras::default()
        });
        stream::event(&chunk).unwrap()
    }

    #[test]
    fn events_should_be_the_same_however_the_bytes_are_cut() {
        let whole = chunk("a", 1, None) + &chunk("é", 2, Some(FinishReason::Stop)) + stream::DONE;
        for cut in 1..whole.len() {
            let (mut told, mut texts) = (Told::default(), Vec::new());
            for part in [&whole.as_bytes()[..cut], &whole.as_bytes()[cut..]] {
                told.bytes.extend_from_slice(part);
                texts.extend(events(&mut told).unwrap());
            }
            assert_eq!(texts, [("a".into(), None), ("é".into(), Some(FinishReason::Stop))]);
            assert!(told.done);
            assert_eq!((told.tokens, told.text), (vec![1, 2], "aé".into()));
        }
    }

    #[test]
    fn events_should_be_refused_when_they_are_errors_or_nonsense() {
        for bad in ["data: {\"error\":{}}\n\n", "nonsense\n\n", "data: \u{0}\n\n"] {
            let mut told = Told { bytes: bad.as_bytes().to_vec(), ..Told::default() };
            assert!(events(&mut told).is_err(), "{bad}");
        }
    }
}
