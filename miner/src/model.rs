//! The model that is served.

use crate::{external::External, MinerError, Settings};
use alun_client::{Digest, NetUid, TaskDescriptor, TaskKind};
use alun_inference::{
    models_dir, DeviceKind, EmbeddingModel, EmbeddingService, Engine, GenerationModel,
    GenerationService, InferenceError, KnownModel, ModelInfo, Rounding, ServiceOptions,
    ServiceStats, EMBEDDING_MODEL, GENERATION_MODEL,
};
use alun_protocol::Refusal;
use alun_scoring::task::{EmbeddingParameters, ExternalParameters, GenerationParameters};
use std::{path::Path, sync::Arc, time::Duration};

/// A loaded model behind its queue.
#[derive(Clone)]
pub enum Model {
    /// Serves embeddings.
    Embedding(EmbeddingService),
    /// Serves completions and chats.
    Generation(GenerationService),
    /// Hands questions to a program.
    External(Arc<External>),
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Model").field(&self.info().name).finish()
    }
}

impl Model {
    /// Loads the model of a kind of task from its folder. `check`: the sha256 of its weights.
    pub fn load(
        kind: TaskKind,
        folder: &Path,
        device: DeviceKind,
        check: Option<[u8; 32]>,
    ) -> Result<Self, InferenceError> {
        Self::load_rounded(kind, folder, device, check, Rounding::None)
    }

    fn load_rounded(
        kind: TaskKind,
        folder: &Path,
        device: DeviceKind,
        check: Option<[u8; 32]>,
        rounding: Rounding,
    ) -> Result<Self, InferenceError> {
        let (options, engine) = (ServiceOptions::default(), Engine::default());
        match kind {
            TaskKind::Embedding => {
                let model = EmbeddingModel::load_with(folder, device, check, rounding, engine)?;
                EmbeddingService::start(Arc::new(model), options).map(Self::Embedding)
            }
            TaskKind::Generation => {
                let model = GenerationModel::load_with(folder, device, check, rounding, engine)?;
                GenerationService::start(Arc::new(model), options).map(Self::Generation)
            }
            TaskKind::External => Err(InferenceError::ModelMissing { path: folder.to_owned() }),
        }
    }

    /// Loads the model that a subnet's task asks for, as far as the settings leave it open, and
    /// refuses one with another commitment than the task's.
    pub(crate) fn of_task(
        netuid: NetUid,
        task: &TaskDescriptor,
        settings: &Settings,
        rounding: Rounding,
    ) -> Result<Self, MinerError> {
        let known: &KnownModel = match task.kind {
            TaskKind::Embedding => &EMBEDDING_MODEL,
            TaskKind::Generation => &GENERATION_MODEL,
            TaskKind::External => {
                let program = settings.program().ok_or_else(|| {
                    let say = "the subnet's task is external: give the program that answers with --external-program";
                    MinerError::Setup(say.into())
                })?;
                return External::new(program, task).map(|it| Self::External(Arc::new(it)));
            }
        };
        let models = match &settings.models {
            Some(models) => models.clone(),
            None => models_dir()?,
        };
        let name = settings.model.as_deref().unwrap_or(known.folder);
        let check = (name == known.folder).then_some(known.weights.sha256);
        let model =
            Self::load_rounded(task.kind, &models.join(name), settings.device, check, rounding)?;
        match task.model {
            Some(asked) if asked != model.commitment() => Err(MinerError::OtherModel {
                netuid,
                asked: hex::encode(asked),
                name: name.to_owned(),
                loaded: hex::encode(model.commitment()),
            }),
            _ => Ok(model),
        }
    }

    /// What it is.
    pub fn info(&self) -> &ModelInfo {
        match self {
            Self::Embedding(service) => service.model().info(),
            Self::Generation(service) => service.model().info(),
            Self::External(program) => program.info(),
        }
    }

    /// Its commitment.
    pub fn commitment(&self) -> Digest {
        match self {
            Self::External(program) => program.commitment(),
            _ => self.info().commitment(),
        }
    }

    /// What its queue has done and is doing.
    pub fn stats(&self) -> ServiceStats {
        match self {
            Self::Embedding(service) => service.stats(),
            Self::Generation(service) => service.stats(),
            Self::External(_) => ServiceStats::default(),
        }
    }
}

/// The time that a subnet wants an answer in.
pub(crate) fn target(task: &TaskDescriptor) -> Duration {
    // Parameters that can't be read are the validators' to complain about: the default stands in.
    let parameters = task.parameters.as_slice();
    Duration::from_millis(match task.kind {
        TaskKind::Embedding => {
            serde_json::from_slice::<EmbeddingParameters>(parameters).unwrap_or_default().target_ms
        }
        TaskKind::Generation => {
            serde_json::from_slice::<GenerationParameters>(parameters).unwrap_or_default().target_ms
        }
        TaskKind::External => {
            serde_json::from_slice::<ExternalParameters>(parameters).unwrap_or_default().target_ms
        }
    })
}

/// What a client is told of a failure of the model.
pub(crate) fn refusal(error: &InferenceError) -> Refusal {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    match error {
        InferenceError::Empty { what } => Refusal::Empty { what: what.clone() },
        InferenceError::TooManyTexts { found, .. } => {
            Refusal::TooManyTexts { count: count(*found) }
        }
        InferenceError::TextTooLong { index, found, limit } => Refusal::PromptTooLong {
            what: format!("`input[{index}]`"),
            tokens: count(*found),
            limit: count(*limit),
        },
        InferenceError::PromptTooLong { found, limit } => Refusal::PromptTooLong {
            what: "the prompt".into(),
            tokens: count(*found),
            limit: count(*limit),
        },
        InferenceError::TooManyNewTokens { found, .. } => {
            Refusal::NewTokens { tokens: count(*found) }
        }
        InferenceError::Temperature { limit, .. } => Refusal::OutOfRange {
            field: "temperature",
            form: format!("a number from 0 to {limit}"),
        },
        InferenceError::Overloaded { .. } => Refusal::QueueFull,
        error => {
            tracing::error!(%error, "the model failed");
            Refusal::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_should_name_text_and_limit_when_a_text_is_too_long() {
        let error = InferenceError::TextTooLong { index: 3, found: 300, limit: 256 };
        let refusal = refusal(&error);
        assert_eq!((refusal.status(), refusal.limit()), (422, Some(256)));
        assert!(refusal.to_string().starts_with("`input[3]` has 300 tokens"), "{refusal}");
    }

    #[test]
    fn target_should_be_the_tasks_or_its_default() {
        let task = |parameters: &str| TaskDescriptor {
            kind: TaskKind::Embedding,
            model: None,
            parameters: parameters.as_bytes().to_vec(),
        };
        let json = r#"{"texts": 4, "epsilon": 0.001, "target_ms": 10000}"#;
        assert_eq!(target(&task(json)), Duration::from_secs(10));
        assert_eq!(target(&task("")), Duration::from_secs(2));
    }
}
