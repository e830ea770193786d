//! `POST /v1/external`: any JSON, for a program on the other side.

use super::Request;
use crate::error::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an external program asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalRequest {
    /// Its question.
    pub question: Value,
}

impl Request for ExternalRequest {
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }

    fn model(&self) -> Option<&str> {
        None
    }
}

/// Answer to an [`ExternalRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalAnswer {
    /// The miner's program's answer.
    pub answer: Value,
}
