//! Models through candle: loading with sha256 checks, tokenizers, batching, generation and the
//! one-pass check of somebody else's generation.
//!
//! Two models run out of the box ([`EMBEDDING_MODEL`], [`GENERATION_MODEL`]; `scripts/models`
//! fetches them). Everything is computed in F32, on the CPU unless a binary was built with the
//! feature `cuda` or `metal`.
//!
//! ```text
//! EmbeddingModel  ── embed.rs ── cpu_bert.rs    texts packed without padding
//!                      │         bert.rs        the same through candle, for GPUs
//! GenerationModel ── generate.rs ── network.rs  ragged batches, a key/value cache per sequence
//!                      │            ├ cpu_llama.rs ── kernels/
//!                      │            └ llama.rs  through candle, for GPUs
//!                      │  sampling.rs           greedy, or Gumbel-max with noise from a seed
//!                      │  tokenizer.rs          byte-level BPE out of the GGUF's metadata
//! EmbeddingService, GenerationService           one worker thread each, bounded queues
//! ```
//!
//! Three terms: a *pick* is the token that the sampling rule chooses at a position; a
//! *log-probability* is always that of the model itself (temperature 1, before any noise); the
//! *model commitment* is the hash a miner puts on chain ([`ModelInfo::commitment`]).
//!
//! The models are blocking: call them from a thread of their own, or through the services.

mod batcher;
mod bert;
mod commitment;
mod cpu_bert;
mod cpu_llama;
mod decoding;
mod device;
mod embed;
mod error;
mod files;
mod generate;
mod gguf;
mod kernels;
mod layers;
mod limits;
mod llama;
mod network;
mod progress;
mod rounding;
mod sampling;
mod service;
mod tokenizer;

pub use batcher::{Backend, Batcher, ServiceStats};
pub use commitment::ModelInfo;
pub use device::{set_threads, threads, DeviceKind};
pub use embed::EmbeddingModel;
pub use error::InferenceError;
pub use files::{models_dir, KnownFile, KnownModel, EMBEDDING_MODEL, GENERATION_MODEL};
pub use generate::{Finish, GenerateRequest, Generated, GenerationModel, StreamToken, TokenCheck};
pub use limits::{Limits, ServiceOptions};
pub use network::Engine;
pub use rounding::Rounding;
pub use sampling::{gumbel_noise, Sampling};
pub use service::{EmbeddingService, GenerationService};

/// What every fallible function here returns.
pub type Result<T> = std::result::Result<T, InferenceError>;
