//! How a hotkey answers. Everything but [`Strategy::Honest`] is there for localnets and tests: it
//! shows that cheating does not pay. None of it is of use to a real miner.

mod cheats;
mod proxy;

pub(crate) use cheats::Cheats;
pub(crate) use proxy::Upstream;

use crate::{model::refusal, serve::deadline_left, Model};
use alun_inference::{EmbeddingService, GenerateRequest, Generated, GenerationService, Sampling};
use alun_protocol::Refusal;
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};

/// How a hotkey answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Strategy {
    /// With what the model says, at once.
    #[default]
    Honest,
    /// For tests: slightly wrong.
    Perturbed,
    /// For tests: with the answer to another question.
    Copier,
    /// For tests: right, but late.
    Slow,
    /// For tests: with the same model rounded to four bits, which is smaller and faster.
    Substitute,
    /// For tests: half of it. The first half of the words is embedded, or the text breaks off.
    Truncate,
    /// For tests: with the first answer that it ever gave.
    Stale,
    /// For tests: with what another miner of the subnet answers, if one does.
    Proxy,
    /// For tests: one of several that share answers, so that each works for every other question only.
    Colluder,
}

/// Length of the error of a perturbed unit vector: the cosine falls by half its square, 3 · 10⁻³.
const NOISE: f32 = 0.08;
/// What a perturbed answer's log-probabilities are off by.
const LOGPROB_ERROR: f32 = 0.3;
/// Every so many tokens of a perturbed answer one is another.
const WRONG_TOKEN_EVERY: usize = 6;
/// What a copier answers, whatever was asked.
const COPIED: &str = "The answer to another question, sold once more";
/// A slow answer comes at this multiple of the subnet's target time.
const SLOWER: f64 = 2.5;
/// But never later than this, so that it is slow and not missing.
const SLOWEST: Duration = Duration::from_secs(20);

impl Strategy {
    /// Whether it answers as the model does and when it is done.
    pub(crate) fn is_honest(self) -> bool {
        self == Self::Honest
    }

    /// One vector per text.
    pub(crate) async fn embed(
        self,
        cheats: &Cheats,
        service: &EmbeddingService,
        texts: Vec<String>,
        started: Instant,
    ) -> Result<Vec<Vec<f32>>, Refusal> {
        if let (Self::Proxy, Some(upstream)) = (self, &cheats.upstream) {
            return upstream.embed(texts, started).await;
        }
        let count = texts.len();
        if let Some(old) = cheats.vectors.recall(self) {
            return Ok(old.into_iter().cycle().take(count).collect());
        }
        let texts = match self {
            Self::Copier => (0..count).map(|index| format!("{COPIED} ({index})")).collect(),
            Self::Truncate => texts.iter().map(|text| first_half(text)).collect(),
            _ => texts,
        };
        let service = match (self, &cheats.substitute) {
            (Self::Substitute, Some(Model::Embedding(worse))) => worse,
            _ => service,
        };
        let mut vectors = service.embed(texts).await.map_err(|error| refusal(&error))?;
        if self == Self::Perturbed {
            vectors.iter_mut().for_each(|vector| perturb(vector));
        }
        cheats.vectors.keep(self, &vectors);
        Ok(vectors)
    }

    /// A whole answer.
    pub(crate) async fn generate(
        self,
        cheats: &Cheats,
        service: &GenerationService,
        mut request: GenerateRequest,
        started: Instant,
    ) -> Result<Generated, Refusal> {
        if let (Self::Proxy, Some(upstream)) = (self, &cheats.upstream) {
            return upstream.generate(service.model(), &request, started).await;
        }
        if let Some(old) = cheats.texts.recall(self) {
            return Ok(old);
        }
        if self == Self::Copier {
            let model = service.model();
            request.prompt = model
                .encode(&model.chat_prompt(&[("user", COPIED)]))
                .map_err(|error| refusal(&error))?;
            request.sampling = Sampling::Greedy;
        }
        if self == Self::Truncate {
            request.max_new_tokens = request.max_new_tokens.div_ceil(2);
        }
        let service = match (self, &cheats.substitute) {
            (Self::Substitute, Some(Model::Generation(worse))) => worse,
            _ => service,
        };
        let mut answer = service.generate(request).await.map_err(|error| refusal(&error))?;
        if self == Self::Perturbed {
            let model = service.model();
            misquote(&mut answer, model.vocabulary(), |token| model.is_stop_token(token));
            answer.text = model.decode(&answer.tokens);
        }
        cheats.texts.keep(self, &answer);
        Ok(answer)
    }

    /// Where the strategy is to be slow: waits until 2.5 times the target time has passed since
    /// `started`.
    pub(crate) async fn dawdle(self, started: Instant, target: Duration) {
        if self == Self::Slow {
            let wait = slowness(target).saturating_sub(started.elapsed());
            let wait = wait.min(deadline_left(started));
            tokio::time::sleep(wait).await;
        }
    }
}

/// How long a slow answer takes.
fn slowness(target: Duration) -> Duration {
    target.mul_f64(SLOWER).min(SLOWEST)
}

/// The first half of a text's words, one at least.
fn first_half(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().take(words.len().div_ceil(2)).copied().collect::<Vec<_>>().join(" ")
}

/// Moves a unit vector by [`NOISE`] into a direction that follows from it, and makes it a unit
/// vector again.
fn perturb(vector: &mut [f32]) {
    let mut hash = Sha256::new();
    vector.iter().for_each(|value| hash.update(value.to_le_bytes()));
    let seed: [u8; 32] = hash.finalize().into();
    let noise: Vec<f32> = (0u32..)
        .flat_map(|block| {
            Sha256::new().chain_update(seed).chain_update(block.to_le_bytes()).finalize()
        })
        .map(|byte| f32::from(byte) - 127.5)
        .take(vector.len())
        .collect();
    let scale = NOISE / length(&noise);
    for (value, error) in vector.iter_mut().zip(&noise) {
        *value += error * scale;
    }
    let scale = 1.0 / length(vector);
    vector.iter_mut().for_each(|value| *value *= scale);
}

fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

/// Changes some tokens and every log-probability.
fn misquote(answer: &mut Generated, vocabulary: usize, is_stop: impl Fn(u32) -> bool) {
    // Saturation: vocabularies have far fewer than 2³² tokens.
    let vocabulary = u32::try_from(vocabulary).unwrap_or(u32::MAX).max(1);
    for token in answer.tokens.iter_mut().step_by(WRONG_TOKEN_EVERY) {
        let other = token.wrapping_add(1) % vocabulary;
        if !is_stop(*token) && !is_stop(other) {
            *token = other;
        }
    }
    answer.logprobs.iter_mut().for_each(|logprob| *logprob -= LOGPROB_ERROR);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_inference::Finish;

    #[test]
    fn vector_should_stay_a_unit_vector_but_fail_the_check_when_perturbed() {
        let honest: Vec<f32> = (0..384).map(|n| (n as f32).sin()).collect();
        let scale = 1.0 / length(&honest);
        let honest: Vec<f32> = honest.iter().map(|value| value * scale).collect();
        let mut wrong = honest.clone();
        perturb(&mut wrong);
        let cosine: f32 = honest.iter().zip(&wrong).map(|(a, b)| a * b).sum();
        assert!((0.98..0.998).contains(&cosine), "{cosine}");
        assert!((length(&wrong) - 1.0).abs() < 1e-4);
        let mut again = honest.clone();
        perturb(&mut again);
        assert_eq!(again, wrong);
    }

    #[test]
    fn answer_should_keep_its_end_but_not_its_tokens_when_misquoted() {
        let mut answer = Generated {
            tokens: vec![5, 6, 7, 8, 9, 10, 2],
            logprobs: vec![-1.0; 7],
            text: String::new(),
            finish: Finish::Stop,
        };
        misquote(&mut answer, 100, |token| token == 2);
        assert_eq!(answer.tokens, [6, 6, 7, 8, 9, 10, 2]);
        assert!(answer.logprobs.iter().all(|logprob| (logprob + 1.3).abs() < 1e-6));
    }

    #[test]
    fn half_of_a_text_should_be_its_first_words() {
        assert_eq!(first_half("one two  three"), "one two");
        assert_eq!(first_half("one"), "one");
    }

    #[test]
    fn slow_answer_should_come_late_but_in_time() {
        assert_eq!(slowness(Duration::from_secs(2)), Duration::from_secs(5));
        assert_eq!(slowness(Duration::from_secs(12)), SLOWEST);
        assert!(SLOWEST < Duration::from_secs(22));
    }
}
