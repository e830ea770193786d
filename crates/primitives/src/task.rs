//! What a subnet asks of its miners.

use crate::Digest;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Most bytes of a task's parameters.
pub const MAX_TASK_PARAMETERS: u32 = 1_024;

/// Which `Task` implementation a subnet runs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    codec::MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum TaskKind {
    /// Unit vectors for texts.
    Embedding,
    /// Text with proof of the model that wrote it.
    Generation,
    /// What a program outside of the validator asks and judges; the descriptor's `model` is the
    /// SHA-256 of its file.
    External,
}

/// A subnet's task, as on chain: kind, model commitment or open, parameters. `P` holds the
/// parameters: bounded on chain, a `Vec` elsewhere.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    codec::MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub struct TaskDescriptor<P = Vec<u8>> {
    /// The task.
    pub kind: TaskKind,
    /// The model that answers must come from; `None` leaves the choice to miners.
    pub model: Option<Digest>,
    /// The task's own parameters as a JSON object in UTF-8; empty for its defaults. At most
    /// [`MAX_TASK_PARAMETERS`] bytes.
    pub parameters: P,
}
