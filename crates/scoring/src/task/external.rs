//! External: a program that the subnet's owner published and the validator's operator approved
//! asks and judges. The descriptor names it by its SHA-256; nothing is ever fetched.

use super::{in_range, speed, Answer, Parameters, Question, Task, TaskError, Verdict};
use crate::external::{short, ExternalError, Program, Session, VALUE_BYTES};
use alun_primitives::{Digest, TaskKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Parameters of an external subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExternalParameters {
    /// Challenges for each miner and epoch, 1 to 16.
    pub challenges: usize,
    /// Time up to which an answer earns fully, ms.
    pub target_ms: u64,
    /// Handed to the program with every call.
    pub settings: Map<String, Value>,
}

impl Default for ExternalParameters {
    fn default() -> Self {
        Self { challenges: 2, target_ms: 5_000, settings: Map::new() }
    }
}

impl Parameters for ExternalParameters {
    const EXAMPLE: &'static str =
        r#"{"challenges": 2, "target_ms": 5000, "settings": {"bits": 16}}"#;
}

/// The task.
pub struct ExternalTask {
    program: Digest,
    parameters: ExternalParameters,
    session: Mutex<Session>,
}

impl ExternalTask {
    /// With the approved program, whose file must have the descriptor's hash.
    pub fn new(
        program: Program,
        expected: Digest,
        parameters: ExternalParameters,
    ) -> Result<Self, TaskError> {
        const EXAMPLE: &str = ExternalParameters::EXAMPLE;
        in_range("challenges", parameters.challenges, 1..=16, EXAMPLE)?;
        in_range("target_ms", parameters.target_ms, 1..=30_000, EXAMPLE)?;
        program.check(expected)?;
        let session = Mutex::new(Session::new(program, Some(expected)));
        Ok(Self { program: expected, parameters, session })
    }

    fn call(
        &self,
        method: &str,
        fields: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Result<Map<String, Value>, TaskError> {
        let mut all: Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.insert("settings".into(), self.parameters.settings.clone().into());
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(session.call(method, all)?)
    }
}

fn nonsense(method: &str, why: &str) -> TaskError {
    ExternalError::Nonsense { method: method.into(), why: why.into() }.into()
}

impl Task for ExternalTask {
    fn kind(&self) -> TaskKind {
        TaskKind::External
    }

    fn model(&self) -> Digest {
        self.program
    }

    fn challenge(&self, seed: &[u8; 32]) -> Result<Question, TaskError> {
        let mut answer = self.call("challenge", [("seed", hex::encode(seed).into())])?;
        match answer.remove("question") {
            None | Some(Value::Null) => Err(nonsense("challenge", "there is no `question`")),
            Some(question) if question.to_string().len() > VALUE_BYTES => {
                let why = format!("the question is larger than {VALUE_BYTES} bytes");
                Err(nonsense("challenge", &why))
            }
            Some(question) => Ok(Question::External { question }),
        }
    }

    fn verify(&self, question: &Question, answer: &Answer) -> Result<Verdict, TaskError> {
        let (Question::External { question }, Answer::External { answer }) = (question, answer)
        else {
            return Ok(Verdict::failed("the answer is of another task", 0.0));
        };
        if answer.to_string().len() > VALUE_BYTES {
            let finding = format!("the answer is larger than {VALUE_BYTES} bytes");
            return Ok(Verdict::failed(finding, 0.0));
        }
        let fields = [("question", question.clone()), ("answer", answer.clone())];
        let verdict = self.call("verify", fields)?;
        let Some(passed) = verdict.get("passed").and_then(Value::as_bool) else {
            return Err(nonsense("verify", "`passed` is not true or false"));
        };
        let score = match verdict.get("score") {
            None => f64::from(u8::from(passed)),
            Some(score) => score.as_f64().unwrap_or(f64::NAN),
        };
        if !(0.0..=1.0).contains(&score) {
            return Err(nonsense("verify", "`score` is not a number from 0 to 1"));
        }
        let finding = verdict.get("finding").and_then(Value::as_str).unwrap_or_default();
        Ok(Verdict {
            passed,
            finding: short(finding),
            measure: if passed { score } else { 0.0 },
            units: usize::from(passed),
        })
    }

    fn score(&self, verdict: &Verdict, elapsed: Duration) -> f64 {
        if verdict.passed {
            verdict.measure.clamp(0.0, 1.0) * speed(elapsed, self.parameters.target_ms)
        } else {
            0.0
        }
    }

    fn challenges_per_epoch(&self) -> usize {
        self.parameters.challenges
    }

    fn uses_model(&self) -> bool {
        false
    }
}
