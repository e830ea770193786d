//! Embedding: unit vectors that must agree with the validator's own.

use super::{in_range, speed, Answer, Parameters, Question, Task, TaskError, Verdict};
use crate::{corpus, stream::SeedStream};
use alun_inference::EmbeddingModel;
use alun_primitives::{Digest, TaskKind};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Parameters of an embedding subnet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbeddingParameters {
    /// Texts in a challenge, 1 to 64.
    pub texts: usize,
    /// Challenges for each miner and epoch, 1 to 16.
    pub challenges: usize,
    /// How far under 1 a cosine may be.
    pub epsilon: f64,
    /// Time up to which an answer earns fully, ms.
    pub target_ms: u64,
}

impl Default for EmbeddingParameters {
    fn default() -> Self {
        Self { texts: 8, challenges: 2, epsilon: 1e-3, target_ms: 2_000 }
    }
}

impl Parameters for EmbeddingParameters {
    const EXAMPLE: &'static str =
        r#"{"texts": 8, "challenges": 2, "epsilon": 0.001, "target_ms": 2000}"#;
}

/// How far from 1 the length of a vector may be.
const NORM_TOLERANCE: f64 = 1e-2;

/// The task.
pub struct EmbeddingTask {
    model: Arc<EmbeddingModel>,
    parameters: EmbeddingParameters,
}

impl EmbeddingTask {
    /// With the model that verifies; parameters are checked against their bounds.
    pub fn new(
        model: Arc<EmbeddingModel>,
        parameters: EmbeddingParameters,
    ) -> Result<Self, TaskError> {
        const EXAMPLE: &str = EmbeddingParameters::EXAMPLE;
        in_range("texts", parameters.texts, 1..=64, EXAMPLE)?;
        in_range("challenges", parameters.challenges, 1..=16, EXAMPLE)?;
        in_range("epsilon", parameters.epsilon, 0.0..=0.5, EXAMPLE)?;
        in_range("target_ms", parameters.target_ms, 1..=30_000, EXAMPLE)?;
        Ok(Self { model, parameters })
    }
}

impl Task for EmbeddingTask {
    fn kind(&self) -> TaskKind {
        TaskKind::Embedding
    }

    fn model(&self) -> Digest {
        self.model.info().commitment()
    }

    fn challenge(&self, seed: &[u8; 32]) -> Result<Question, TaskError> {
        let mut stream = SeedStream::new(seed);
        let texts = (0..self.parameters.texts).map(|_| corpus::sentence(&mut stream)).collect();
        Ok(Question::Embedding { texts })
    }

    fn verify(&self, question: &Question, answer: &Answer) -> Result<Verdict, TaskError> {
        let (Question::Embedding { texts }, Answer::Embedding { vectors }) = (question, answer)
        else {
            return Ok(Verdict::failed("the answer is of another task", 0.0));
        };
        if vectors.len() != texts.len() {
            let finding = format!("{} vectors for {} texts", vectors.len(), texts.len());
            return Ok(Verdict::failed(finding, 0.0));
        }
        let own = self.model.embed(texts)?;
        let mut lowest = 1.0f64;
        for (index, (theirs, ours)) in vectors.iter().zip(&own).enumerate() {
            match cosine(theirs, ours) {
                Ok(cosine) => lowest = lowest.min(cosine),
                Err(finding) => {
                    return Ok(Verdict::failed(format!("text {index}: {finding}"), 0.0))
                }
            }
        }
        let floor = 1.0 - self.parameters.epsilon;
        let passed = lowest >= floor;
        let finding = format!("lowest cosine {lowest:.6}, {floor} or more passes");
        Ok(Verdict {
            passed,
            finding,
            measure: lowest,
            units: if passed { texts.len() } else { 0 },
        })
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

/// Cosine of a claimed unit vector with ours, or what is wrong with its shape.
fn cosine(theirs: &[f32], ours: &[f32]) -> Result<f64, String> {
    if theirs.len() != ours.len() {
        return Err(format!("{} dimensions, {} expected", theirs.len(), ours.len()));
    }
    if theirs.iter().any(|value| !value.is_finite()) {
        return Err("not a finite number".into());
    }
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let length = dot(theirs, theirs).sqrt();
    if (length - 1.0).abs() > NORM_TOLERANCE {
        return Err(format!("length {length:.4}, a unit vector is asked for"));
    }
    Ok(dot(theirs, ours) / (length * dot(ours, ours).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_should_refuse_what_is_not_a_unit_vector() {
        assert_eq!(cosine(&[1.0, 0.0], &[1.0, 0.0]), Ok(1.0));
        assert_eq!(cosine(&[0.0, 1.0], &[1.0, 0.0]), Ok(0.0));
        assert!(cosine(&[1.0], &[1.0, 0.0]).unwrap_err().contains("dimensions"));
        assert!(cosine(&[f32::NAN, 0.0], &[1.0, 0.0]).unwrap_err().contains("finite"));
        assert!(cosine(&[3.0, 0.0], &[1.0, 0.0]).unwrap_err().contains("length"));
        assert!(cosine(&[0.0, 0.0], &[1.0, 0.0]).unwrap_err().contains("length"));
    }
}
