//! The program with which a miner answers on an external subnet: its operator's own.

use crate::MinerError;
use alun_client::{Digest, TaskDescriptor};
use alun_inference::ModelInfo;
use alun_protocol::Refusal;
use alun_scoring::{external::VALUE_BYTES, task::ExternalParameters, Program, Session};
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};

/// A program that answers, one question after the other.
#[derive(Debug)]
pub struct External {
    session: Mutex<Session>,
    settings: Map<String, Value>,
    info: ModelInfo,
    commitment: Digest,
}

impl External {
    /// Of this program, for a subnet with that task. The commitment is the task's program, since
    /// that is what the answers are for.
    pub fn new(program: Program, task: &TaskDescriptor) -> Result<Self, MinerError> {
        let commitment = task.model.ok_or_else(|| {
            MinerError::Setup("the subnet's task is external, but it names no program".into())
        })?;
        // Before anything is paid for.
        Program::sha256(&program.path).map_err(|error| MinerError::Setup(error.to_string()))?;
        let parameters: ExternalParameters =
            serde_json::from_slice(&task.parameters).unwrap_or_default();
        let info = ModelInfo {
            name: "external".into(),
            architecture: "external".into(),
            dtype: String::new(),
            weights_sha256: commitment,
            tokenizer_sha256: [0; 32],
        };
        let session = Mutex::new(Session::new(program, None));
        Ok(Self { session, settings: parameters.settings, info, commitment })
    }

    /// The program's answer. Blocks until it is there or the program's time is up.
    pub fn answer(&self, question: Value) -> Result<Value, Refusal> {
        let fields = Map::from_iter([
            ("question".to_owned(), question),
            ("settings".to_owned(), self.settings.clone().into()),
        ]);
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answer = session.call("answer", fields).map_err(|error| {
            tracing::error!(%error, "the program gave no answer");
            Refusal::Failed
        })?;
        match answer.remove("answer") {
            Some(answer) if answer.to_string().len() <= VALUE_BYTES => Ok(answer),
            _ => {
                tracing::error!("the program gave no `answer` of at most {VALUE_BYTES} bytes");
                Err(Refusal::Failed)
            }
        }
    }

    /// What stands in for a model's name.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The task's program.
    pub fn commitment(&self) -> Digest {
        self.commitment
    }
}
