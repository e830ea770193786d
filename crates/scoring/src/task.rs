//! What a subnet asks, how an answer is checked, and what it is worth. Adding a task is one file
//! in `task/` and a line in [`Tasks::open`].

mod embedding;
mod external;
mod generation;

pub use embedding::{EmbeddingParameters, EmbeddingTask};
pub use external::{ExternalParameters, ExternalTask};
pub use generation::{GenerationParameters, GenerationTask};

use crate::external::{ExternalError, Program};
use alun_inference::{EmbeddingModel, GenerationModel, InferenceError};
use alun_primitives::{Digest, NetUid, TaskDescriptor, TaskKind};
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What a miner is asked. The wire's request is made from it (and from a user's request alike).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Question {
    /// A unit vector for each text.
    Embedding {
        /// The texts.
        texts: Vec<String>,
    },
    /// A continuation of the prompt.
    Generation {
        /// The prompt as the model sees it, chat template included.
        prompt: String,
        /// Most tokens to write.
        max_tokens: usize,
        /// 0: the likeliest token; above: Gumbel-max with noise from `seed`.
        temperature: f32,
        /// Seed of the noise.
        seed: [u8; 32],
    },
    /// What an external program asks.
    External {
        /// Any JSON.
        question: serde_json::Value,
    },
}

/// What a miner answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Answer {
    /// One vector for each text, in order.
    Embedding {
        /// The vectors.
        vectors: Vec<Vec<f32>>,
    },
    /// What was written and how sure the model was.
    Generation {
        /// Token ids.
        tokens: Vec<u32>,
        /// Natural logarithm of the probability of each chosen token.
        logprobs: Vec<f32>,
        /// The tokens as text.
        text: String,
    },
    /// To what an external program asked.
    External {
        /// Any JSON.
        answer: serde_json::Value,
    },
}

/// What the check of an answer found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the answer is the model's.
    pub passed: bool,
    /// Why not, or by how much it passed: for logs, audits and the miner's eyes.
    pub finding: String,
    /// The measure that decided: lowest cosine, or mean |difference of log-probability|.
    pub measure: f64,
    /// Work in the answer: texts or tokens.
    pub units: usize,
}

impl Verdict {
    fn failed(finding: impl Into<String>, measure: f64) -> Self {
        Self { passed: false, finding: finding.into(), measure, units: 0 }
    }
}

/// Why a task can't be run.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The validator's own model failed; says nothing of the miner.
    #[error("the validator's model failed: {0}")]
    Model(#[from] InferenceError),
    /// The subnet's external program failed; says nothing of the miner.
    #[error(transparent)]
    External(#[from] ExternalError),
    /// The operator approved no program for an external subnet.
    #[error("the subnet's task is the external program with SHA-256 {}: read it, then approve it with --external {netuid}=FILE, or stop serving the subnet", hex::encode(.program))]
    NotApproved {
        /// The subnet.
        netuid: NetUid,
        /// Hash of the program.
        program: Digest,
    },
    /// An external subnet's descriptor names no program.
    #[error("the subnet's task is external, but its descriptor names no program: its owner sets one with `alun subnet set-task --task external --model SHA256`")]
    NoProgram,
    /// The descriptor's parameters are not this task's.
    #[error("the task's parameters are not valid ({0}); they are a JSON object like {1}")]
    Parameters(String, &'static str),
    /// No model for this kind of task was loaded.
    #[error("no {0:?} model is loaded: give its folder with --models, or stop serving the subnet")]
    NoModel(TaskKind),
    /// The subnet asks for another model than the one loaded.
    #[error("the subnet asks for the model with commitment {}, the one loaded has {}", hex::encode(.asked), hex::encode(.loaded))]
    OtherModel {
        /// In the task descriptor.
        asked: Digest,
        /// Of the loaded model.
        loaded: Digest,
    },
}

/// A task: questions from seeds, verdicts on answers, scores.
pub trait Task: Send + Sync {
    /// Which one.
    fn kind(&self) -> TaskKind;
    /// Commitment of the model that verifies.
    fn model(&self) -> Digest;
    /// The question of a seed; the same for everybody who knows the seed.
    fn challenge(&self, seed: &[u8; 32]) -> Result<Question, TaskError>;
    /// Checks an answer with the validator's own model. Heavy: call it off the async threads.
    fn verify(&self, question: &Question, answer: &Answer) -> Result<Verdict, TaskError>;
    /// The worth of one answer in \[0, 1\]: nothing unless it passed, then by speed.
    fn score(&self, verdict: &Verdict, elapsed: Duration) -> f64;
    /// Challenges for each miner and epoch.
    fn challenges_per_epoch(&self) -> usize;
    /// Whether it needs the models of the process, of which one check at a time makes use.
    fn uses_model(&self) -> bool {
        true
    }
}

/// The models that tasks verify with, loaded once and shared.
#[derive(Clone, Default)]
pub struct Tasks {
    /// For embedding subnets.
    pub embedding: Option<Arc<EmbeddingModel>>,
    /// For generation subnets.
    pub generation: Option<Arc<GenerationModel>>,
    /// For external subnets: what the operator approved.
    pub external: BTreeMap<NetUid, Program>,
}

impl Tasks {
    /// The task of a subnet's descriptor.
    pub fn open(
        &self,
        netuid: NetUid,
        descriptor: &TaskDescriptor,
    ) -> Result<Box<dyn Task>, TaskError> {
        let task: Box<dyn Task> = match descriptor.kind {
            TaskKind::Embedding => {
                let model = self.embedding.clone().ok_or(TaskError::NoModel(descriptor.kind))?;
                Box::new(EmbeddingTask::new(model, parameters(descriptor)?)?)
            }
            TaskKind::Generation => {
                let model = self.generation.clone().ok_or(TaskError::NoModel(descriptor.kind))?;
                Box::new(GenerationTask::new(model, parameters(descriptor)?)?)
            }
            TaskKind::External => {
                let program = descriptor.model.ok_or(TaskError::NoProgram)?;
                let approved = self.external.get(&netuid);
                let approved = approved.ok_or(TaskError::NotApproved { netuid, program })?;
                Box::new(ExternalTask::new(approved.clone(), program, parameters(descriptor)?)?)
            }
        };
        match descriptor.model {
            Some(asked) if asked != task.model() => {
                Err(TaskError::OtherModel { asked, loaded: task.model() })
            }
            _ => Ok(task),
        }
    }
}

/// Parameters of a task, with what a right set looks like.
trait Parameters: DeserializeOwned + Default {
    const EXAMPLE: &'static str;
}

fn parameters<P: Parameters>(descriptor: &TaskDescriptor) -> Result<P, TaskError> {
    if descriptor.parameters.is_empty() {
        return Ok(P::default());
    }
    // An object, not the array that serde would take for a struct as well.
    serde_json::from_slice::<serde_json::Map<_, _>>(&descriptor.parameters)
        .and_then(|object| serde_json::from_value(object.into()))
        .map_err(|error| TaskError::Parameters(error.to_string(), P::EXAMPLE))
}

fn in_range<T: PartialOrd + std::fmt::Display + Copy>(
    name: &str,
    value: T,
    range: std::ops::RangeInclusive<T>,
    example: &'static str,
) -> Result<(), TaskError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (min, max) = (range.start(), range.end());
    Err(TaskError::Parameters(format!("{name} is {value}, the bounds are {min} to {max}"), example))
}

/// 1 up to the target time, then falling as target / elapsed.
fn speed(elapsed: Duration, target_ms: u64) -> f64 {
    let elapsed = elapsed.as_secs_f64() * 1_000.0;
    (target_ms as f64 / elapsed.max(1.0)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_should_be_bounded_and_fall_past_the_target() {
        assert_eq!(speed(Duration::ZERO, 1_000), 1.0);
        assert_eq!(speed(Duration::from_millis(900), 1_000), 1.0);
        assert_eq!(speed(Duration::from_secs(4), 1_000), 0.25);
    }

    #[test]
    fn parameters_should_be_refused_with_an_example_when_wrong() {
        let descriptor = |text: &str| TaskDescriptor {
            kind: TaskKind::Embedding,
            model: None,
            parameters: text.as_bytes().to_vec(),
        };
        assert!(parameters::<EmbeddingParameters>(&descriptor("")).is_ok());
        assert_eq!(
            parameters::<EmbeddingParameters>(&descriptor(r#"{"texts": 3}"#)).unwrap().texts,
            3
        );
        for bad in ["[]", "{\"text\": 3}", "{\"texts\": -1}", "nonsense"] {
            let error = parameters::<EmbeddingParameters>(&descriptor(bad)).unwrap_err();
            assert!(error.to_string().contains("target_ms"), "{error}");
        }
        assert!(matches!(
            Tasks::default().open(NetUid(1), &descriptor("")),
            Err(TaskError::NoModel(_))
        ));
    }
}
