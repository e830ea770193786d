//! A Llama network, whichever way it is computed: by candle on any device, or by the crate's own
//! kernels on a CPU.

use crate::{
    cpu_llama::{self, CpuLlama},
    gguf::Gguf,
    kernels::{each, Isa, Slabs},
    llama::{self, Llama, LlamaConfig},
    InferenceError, Result,
};
use candle_core::Device;

/// What computes a model on a CPU. Both compute the same in F32; a GPU is always candle's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The crate's own kernels, where the model's dimensions are multiples of 16; else candle.
    #[default]
    Kernels,
    /// Candle: slower, and independent of the kernels. Tests compare the two.
    Candle,
}

impl Engine {
    /// Whether the crate's own kernels compute a model on the device, if they fit its dimensions.
    pub(crate) fn is_own(self, device: &Device, fits: bool) -> bool {
        self == Self::Kernels && device.is_cpu() && fits
    }
}

/// The network.
#[derive(Debug)]
pub(crate) enum Network {
    Candle(Llama),
    Kernels(CpuLlama),
}

/// Keys and values of one sequence, of the network that made it.
#[derive(Debug)]
pub(crate) enum Cache {
    Candle(llama::Cache),
    Kernels(cpu_llama::Cache),
}

/// What one sequence brings to a pass; see [`llama::Part`].
pub(crate) struct Part<'a> {
    pub cache: &'a mut Cache,
    pub tokens: &'a [u32],
    pub wanted: usize,
}

/// Logits of some tokens.
pub(crate) struct Logits {
    values: Values,
    vocabulary: usize,
}

enum Values {
    Rows(Vec<f32>),
    Slabs(Slabs),
}

impl Network {
    pub fn load(
        gguf: &Gguf,
        config: LlamaConfig,
        device: &Device,
        engine: Engine,
        loaded: impl Fn(),
    ) -> Result<Self> {
        if engine.is_own(device, CpuLlama::fits(&config)) {
            Ok(Self::Kernels(CpuLlama::load(gguf, config, Isa::best(), loaded)?))
        } else {
            Ok(Self::Candle(Llama::load(gguf, config, device, loaded)?))
        }
    }

    pub fn config(&self) -> &LlamaConfig {
        match self {
            Self::Candle(network) => network.config(),
            Self::Kernels(network) => network.config(),
        }
    }

    /// Bytes that a pass reads, however few its tokens; `None` if candle holds them.
    pub fn weight_bytes(&self) -> Option<usize> {
        match self {
            Self::Candle(_) => None,
            Self::Kernels(network) => Some(network.bytes()),
        }
    }

    /// An empty cache for a sequence of at most `capacity` tokens.
    pub fn cache(&self, capacity: usize) -> Result<Cache> {
        match self {
            Self::Candle(network) => network.cache(capacity).map(Cache::Candle),
            Self::Kernels(network) => Ok(Cache::Kernels(network.cache(capacity))),
        }
    }

    /// One pass. Returns the logits of the wanted tokens of all parts, in order; `None` if none were
    /// wanted. If it fails the caches must not be used any further.
    pub fn forward(&self, parts: &mut [Part<'_>]) -> Result<Option<Logits>> {
        let vocabulary = self.config().vocabulary;
        let foreign =
            || InferenceError::Compute { reason: "a cache of another network".to_owned() };
        let values = match self {
            Self::Candle(network) => {
                let part = |part: &mut Part<'_>| match part {
                    Part { cache: Cache::Candle(_), .. } => Ok(()),
                    _ => Err(foreign()),
                };
                parts.iter_mut().try_for_each(part)?;
                let mut own: Vec<llama::Part<'_>> = parts
                    .iter_mut()
                    .filter_map(|part| match &mut *part.cache {
                        Cache::Candle(cache) => {
                            Some(llama::Part { cache, tokens: part.tokens, wanted: part.wanted })
                        }
                        Cache::Kernels(_) => None,
                    })
                    .collect();
                match network.forward(&mut own)? {
                    Some(logits) => Some(Values::Rows(logits.flatten_all()?.to_vec1::<f32>()?)),
                    None => None,
                }
            }
            Self::Kernels(network) => {
                let part = |part: &mut Part<'_>| match part {
                    Part { cache: Cache::Kernels(_), .. } => Ok(()),
                    _ => Err(foreign()),
                };
                parts.iter_mut().try_for_each(part)?;
                let mut own: Vec<cpu_llama::Part<'_>> = parts
                    .iter_mut()
                    .filter_map(|part| match &mut *part.cache {
                        Cache::Kernels(cache) => Some(cpu_llama::Part {
                            cache,
                            tokens: part.tokens,
                            wanted: part.wanted,
                        }),
                        Cache::Candle(_) => None,
                    })
                    .collect();
                network.forward(&mut own)?.map(Values::Slabs)
            }
        };
        Ok(values.map(|values| Logits { values, vocabulary }))
    }
}

impl Logits {
    /// Applies `work` to each row with its item, on as many threads as the model uses: a draw hashes
    /// the whole vocabulary, which takes milliseconds.
    pub fn each_row<I: Sync, O: Send>(
        &self,
        items: &[I],
        work: impl Fn(&[f32], &I) -> O + Sync,
    ) -> Vec<O> {
        let mut done: Vec<Option<O>> = Vec::new();
        done.resize_with(items.len(), || None);
        each(done.iter_mut().zip(items).enumerate(), |(row, (done, item))| {
            *done = match &self.values {
                Values::Rows(values) => {
                    values.chunks_exact(self.vocabulary).nth(row).map(|row| work(row, item))
                }
                Values::Slabs(slabs) => {
                    let row: Vec<f32> = slabs.row(row).take(self.vocabulary).collect();
                    Some(work(&row, item))
                }
            };
        });
        done.into_iter().flatten().collect()
    }
}
