//! Generation with proof of the model: one prefill pass over prompt and answer shows whether the
//! claimed log-probabilities are the model's and each token is what the rule picks.

use super::{in_range, speed, Answer, Parameters, Question, Task, TaskError, Verdict};
use crate::{corpus, stream::SeedStream};
use alun_inference::{GenerationModel, Sampling, TokenCheck};
use alun_primitives::{Digest, TaskKind};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Parameters of a generation subnet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationParameters {
    /// Tokens asked for, 1 to 256.
    pub max_tokens: usize,
    /// Challenges for each miner and epoch, 1 to 16.
    pub challenges: usize,
    /// Temperature of the half of the challenges that sample; 0 for none.
    pub temperature: f32,
    /// Largest mean |difference of log-probability| over the answer.
    pub epsilon: f64,
    /// Smallest share of tokens that are the rule's pick (or within `margin` of it).
    pub picks: f64,
    /// How much better the rule's pick may be than the token chosen and still count as equal.
    pub margin: f32,
    /// Time up to which an answer earns fully, ms.
    pub target_ms: u64,
}

impl Default for GenerationParameters {
    fn default() -> Self {
        Self {
            max_tokens: 64,
            challenges: 2,
            temperature: 1.0,
            epsilon: 0.06,
            picks: 0.95,
            margin: 0.02,
            target_ms: 10_000,
        }
    }
}

impl Parameters for GenerationParameters {
    const EXAMPLE: &'static str = r#"{"max_tokens": 64, "challenges": 2, "temperature": 1.0, "epsilon": 0.06, "picks": 0.95, "margin": 0.02, "target_ms": 10000}"#;
}

/// The task.
pub struct GenerationTask {
    model: Arc<GenerationModel>,
    parameters: GenerationParameters,
}

impl GenerationTask {
    /// With the model that verifies; parameters are checked against their bounds.
    pub fn new(
        model: Arc<GenerationModel>,
        parameters: GenerationParameters,
    ) -> Result<Self, TaskError> {
        const EXAMPLE: &str = GenerationParameters::EXAMPLE;
        in_range("max_tokens", parameters.max_tokens, 1..=256, EXAMPLE)?;
        in_range("challenges", parameters.challenges, 1..=16, EXAMPLE)?;
        in_range("temperature", parameters.temperature, 0.0..=2.0, EXAMPLE)?;
        in_range("epsilon", parameters.epsilon, 0.0..=10.0, EXAMPLE)?;
        in_range("picks", parameters.picks, 0.0..=1.0, EXAMPLE)?;
        in_range("margin", parameters.margin, 0.0..=10.0, EXAMPLE)?;
        in_range("target_ms", parameters.target_ms, 1..=30_000, EXAMPLE)?;
        Ok(Self { model, parameters })
    }

    /// What can be seen without running the model.
    fn shape(
        &self,
        tokens: &[u32],
        logprobs: &[f32],
        text: &str,
        max_tokens: usize,
    ) -> Result<(), String> {
        if tokens.is_empty() {
            return Err("no tokens".into());
        }
        if tokens.len() > max_tokens {
            return Err(format!("{} tokens, {max_tokens} asked for", tokens.len()));
        }
        if logprobs.len() != tokens.len() {
            return Err(format!(
                "{} log-probabilities for {} tokens",
                logprobs.len(),
                tokens.len()
            ));
        }
        if logprobs.iter().any(|value| !value.is_finite() || *value > 1e-3) {
            return Err("a log-probability that is none".into());
        }
        if self.model.decode(tokens) != text {
            return Err("the text is not what the tokens say".into());
        }
        if tokens.len() < max_tokens
            && !tokens.last().is_some_and(|&token| self.model.is_stop_token(token))
        {
            return Err(format!("stopped early, after {} of {max_tokens} tokens", tokens.len()));
        }
        Ok(())
    }

    fn judge(&self, logprobs: &[f32], checks: &[TokenCheck]) -> Verdict {
        let count = logprobs.len().max(1) as f64;
        let mean = logprobs
            .iter()
            .zip(checks)
            .map(|(claimed, check)| f64::from((claimed - check.logprob).abs()))
            .sum::<f64>()
            / count;
        let picked = checks.iter().filter(|check| check.margin <= self.parameters.margin).count()
            as f64
            / count;
        let passed = mean <= self.parameters.epsilon && picked >= self.parameters.picks;
        let finding = format!(
            "mean |Δ log-probability| {mean:.2e} ({} or less passes), {picked:.3} of the tokens are the rule's pick ({} or more passes)",
            self.parameters.epsilon, self.parameters.picks
        );
        Verdict { passed, finding, measure: mean, units: if passed { logprobs.len() } else { 0 } }
    }
}

impl Task for GenerationTask {
    fn kind(&self) -> TaskKind {
        TaskKind::Generation
    }

    fn model(&self) -> Digest {
        self.model.info().commitment()
    }

    fn challenge(&self, seed: &[u8; 32]) -> Result<Question, TaskError> {
        let mut stream = SeedStream::new(seed);
        let user = corpus::instruction(&mut stream);
        let sampled = stream.below(2) == 1;
        Ok(Question::Generation {
            prompt: self.model.chat_prompt(&[("user", user)]),
            max_tokens: self.parameters.max_tokens,
            temperature: if sampled { self.parameters.temperature } else { 0.0 },
            seed: stream.next_seed(),
        })
    }

    fn verify(&self, question: &Question, answer: &Answer) -> Result<Verdict, TaskError> {
        let Question::Generation { prompt, max_tokens, temperature, seed } = question else {
            return Ok(Verdict::failed("the question is of another task", 0.0));
        };
        let Answer::Generation { tokens, logprobs, text } = answer else {
            return Ok(Verdict::failed("the answer is of another task", 0.0));
        };
        if let Err(finding) = self.shape(tokens, logprobs, text, *max_tokens) {
            return Ok(Verdict::failed(finding, f64::MAX));
        }
        let prompt = self.model.encode(prompt)?;
        let rule = Sampling::from_temperature(*temperature, *seed);
        match self.model.verify(&prompt, tokens, &rule) {
            Ok(checks) => Ok(self.judge(logprobs, &checks)),
            // Token ids that no tokenizer gives, say: the miner's doing.
            Err(error) if error.is_request_error() => {
                Ok(Verdict::failed(error.to_string(), f64::MAX))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn score(&self, verdict: &Verdict, elapsed: Duration) -> f64 {
        if verdict.passed {
            speed(elapsed, self.parameters.target_ms)
        } else {
            0.0
        }
    }

    fn challenges_per_epoch(&self) -> usize {
        self.parameters.challenges
    }
}
