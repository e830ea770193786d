//! Sentence embeddings: a BERT encoder, the mean over a text's tokens, vectors of length 1.

use crate::{
    batcher::Backend,
    bert::{groups, Bert, BertConfig, Group},
    cpu_bert::CpuBert,
    files::{folder_name, ModelFile, EMBEDDING_MODEL},
    kernels::Isa,
    progress::Progress,
    DeviceKind, Engine, InferenceError, Limits, ModelInfo, Result, Rounding, ServiceOptions,
};
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use sha2::{Digest, Sha256};
use std::path::Path;
use tokenizers::Tokenizer;

/// The encoder, whichever way it is computed.
enum Network {
    Candle(Bert),
    Kernels(CpuBert),
}

/// A loaded embedding model. Share it in an `Arc`; every method takes `&self`.
pub struct EmbeddingModel {
    info: ModelInfo,
    network: Network,
    tokenizer: Tokenizer,
    dimensions: usize,
    limits: Limits,
}

impl EmbeddingModel {
    /// Loads `model.safetensors`, `config.json` and `tokenizer.json` from a folder and runs once.
    ///
    /// `check` is the sha256 that the weights file must have; if it is that of
    /// [`EMBEDDING_MODEL`], the other two files are checked as well. `None` takes any BERT.
    pub fn load(dir: &Path, device: DeviceKind, check: Option<[u8; 32]>) -> Result<Self> {
        Self::load_with(dir, device, check, Rounding::None, Engine::default())
    }

    /// The same with its matrices rounded (see [`Rounding`] for what that is good for), and computed by
    /// one [`Engine`].
    pub fn load_with(
        dir: &Path,
        device: DeviceKind,
        check: Option<[u8; 32]>,
        rounding: Rounding,
        engine: Engine,
    ) -> Result<Self> {
        let device = device.open()?;
        let other =
            |name: &str| ModelFile::read(dir.join(name), EMBEDDING_MODEL.expected(check, name));
        let config_file = other("config.json")?;
        let config: BertConfig = serde_json::from_slice(&config_file.bytes)
            .map_err(|error| config_file.malformed(error))?;
        config.check().map_err(|reason| config_file.malformed(reason))?;
        let tokenizer_file = other("tokenizer.json")?;
        let tokenizer = read_tokenizer(&tokenizer_file)?;
        let weights = ModelFile::read(dir.join(EMBEDDING_MODEL.weights.name), check)?;

        let name = folder_name(dir);
        let progress = Progress::start(&name, Bert::steps(&config));
        let (path, sha256) = (weights.path.clone(), weights.sha256);
        let own = engine.is_own(&device, CpuBert::fits(&config));
        let network = variables(weights.bytes, &device, rounding)
            .and_then(|vb| {
                let loaded = || progress.step();
                Ok(match own {
                    true => Network::Kernels(CpuBert::load(&vb, &config, Isa::best(), loaded)?),
                    false => Network::Candle(Bert::load(&vb, &config, loaded)?),
                })
            })
            .map_err(|error| crate::files::malformed(&path, error))?;
        let limits = Limits::default();
        let text_tokens = limits.text_tokens.min(config.max_position_embeddings);
        let model = Self {
            info: ModelInfo {
                name,
                architecture: config.model_type.clone(),
                dtype: "F32".to_owned(),
                weights_sha256: sha256,
                tokenizer_sha256: Sha256::digest(&tokenizer_file.bytes).into(),
            },
            network,
            tokenizer,
            dimensions: config.hidden_size,
            limits: Limits { text_tokens, ..limits },
        };
        progress.warming_up();
        model.embed(&["warming up".to_owned()])?;
        progress.finish();
        Ok(model)
    }

    /// The same model with other limits. A text can still not be longer than the model's positions.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits =
            Limits { text_tokens: self.limits.text_tokens.min(limits.text_tokens), ..limits };
        self
    }

    /// What this model is.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// What one request may ask.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Components of a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Tokens of a text, the two special ones included.
    pub fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(self.tokenizer.encode_fast(text, true)?.len())
    }

    /// One unit vector of [`EmbeddingModel::dimensions`] components per text, in order. Refuses an
    /// empty list, a blank text, too many texts and a text over the limit.
    pub fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        self.embed_tokens(&self.tokenize(texts)?)
    }

    /// Checks a request and turns its texts into tokens.
    pub(crate) fn tokenize(&self, texts: &[String]) -> Result<Vec<Vec<u32>>> {
        self.limits.check_texts(texts.len())?;
        texts.iter().enumerate().map(|(index, text)| self.tokenize_one(index, text)).collect()
    }

    fn tokenize_one(&self, index: usize, text: &str) -> Result<Vec<u32>> {
        if text.trim().is_empty() {
            return Err(InferenceError::empty(format!("text {index}")));
        }
        let tokens = self.tokenizer.encode_fast(text, true)?.get_ids().to_vec();
        match tokens.len() {
            found if found > self.limits.text_tokens => {
                Err(InferenceError::TextTooLong { index, found, limit: self.limits.text_tokens })
            }
            _ => Ok(tokens),
        }
    }

    /// Vectors of any number of tokenized texts. Sorted by length, so that a pass holds as few
    /// different lengths as possible, and cut into passes of bounded memory.
    pub(crate) fn embed_tokens(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
        let mut order: Vec<(usize, &Vec<u32>)> = texts.iter().enumerate().collect();
        order.sort_by_key(|(_, tokens)| tokens.len());
        let mut vectors = vec![Vec::new(); texts.len()];
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let (pass, later) = rest.split_at(pass_size(rest, self.network.pass_tokens()));
            for ((index, _), vector) in pass.iter().zip(self.pass(pass)?) {
                if let Some(place) = vectors.get_mut(*index) {
                    *place = vector;
                }
            }
            rest = later;
        }
        Ok(vectors)
    }

    fn pass(&self, texts: &[(usize, &Vec<u32>)]) -> Result<Vec<Vec<f32>>> {
        let tokens: Vec<u32> =
            texts.iter().flat_map(|(_, tokens)| tokens.iter().copied()).collect();
        let groups = groups(texts.iter().map(|(_, tokens)| tokens.len()));
        let sums = self.network.sums(&tokens, &groups, self.dimensions)?;
        Ok(sums.into_iter().map(unit).collect())
    }
}

impl Network {
    /// Most tokens of a pass, if a text is not longer. Through candle a pass is bounded to some 50 MB;
    /// the kernels want what they work on in the caches.
    fn pass_tokens(&self) -> usize {
        match self {
            Self::Candle(_) => 8 * ServiceOptions::DEFAULT.pass_tokens,
            Self::Kernels(_) => ServiceOptions::DEFAULT.pass_tokens,
        }
    }

    /// Of each text the sum of its tokens' hidden states.
    fn sums(
        &self,
        tokens: &[u32],
        groups: &[Group],
        dimensions: usize,
    ) -> candle_core::Result<Vec<Vec<f64>>> {
        let lengths =
            groups.iter().flat_map(|group| std::iter::repeat_n(group.length, group.texts));
        match self {
            Self::Candle(network) => {
                let hidden = network.forward(tokens, groups)?.flatten_all()?.to_vec1::<f32>()?;
                let mut rows = hidden.chunks_exact(dimensions);
                Ok(lengths.map(|length| sum(rows.by_ref().take(length), dimensions)).collect())
            }
            Self::Kernels(network) => {
                let hidden = network.forward(tokens, groups)?;
                let mut start = 0;
                let sum = |length: usize| {
                    start += length;
                    hidden.sum(start - length..start)
                };
                Ok(lengths.map(sum).collect())
            }
        }
    }
}

/// How many of the sorted texts go into one pass of so many tokens: at least one.
fn pass_size(texts: &[(usize, &Vec<u32>)], most: usize) -> usize {
    let mut total = 0usize;
    let fitting = texts.iter().take_while(|(_, tokens)| {
        total = total.saturating_add(tokens.len());
        total <= most
    });
    fitting.count().max(1)
}

fn sum<'a>(rows: impl Iterator<Item = &'a [f32]>, dimensions: usize) -> Vec<f64> {
    let mut sum = vec![0f64; dimensions];
    for row in rows {
        for (total, value) in sum.iter_mut().zip(row) {
            *total += f64::from(*value);
        }
    }
    sum
}

/// A sum of rows, or their mean, scaled to length 1.
fn unit(sum: Vec<f64>) -> Vec<f32> {
    let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
    sum.into_iter().map(|value| (value / length) as f32).collect()
}

/// The file's tokenizer without the fixed padding and truncation it was saved with.
fn read_tokenizer(file: &ModelFile) -> Result<Tokenizer> {
    let mut tokenizer =
        Tokenizer::from_bytes(&file.bytes).map_err(|error| file.malformed(error))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| file.malformed(error))?;
    Ok(tokenizer)
}

impl Backend for EmbeddingModel {
    type Request = Vec<Vec<u32>>;
    type Answer = Vec<Vec<f32>>;

    fn cost(&self, request: &Self::Request) -> usize {
        request.iter().map(Vec::len).sum()
    }

    fn run(&self, requests: Vec<Self::Request>) -> Result<Vec<Self::Answer>> {
        let sizes: Vec<usize> = requests.iter().map(Vec::len).collect();
        let texts: Vec<Vec<u32>> = requests.into_iter().flatten().collect();
        let mut vectors = self.embed_tokens(&texts)?.into_iter();
        Ok(sizes.into_iter().map(|size| vectors.by_ref().take(size).collect()).collect())
    }
}

/// The tensors of a safetensors file in F32, its matrices rounded.
fn variables(
    bytes: Vec<u8>,
    device: &Device,
    rounding: Rounding,
) -> candle_core::Result<VarBuilder<'static>> {
    if rounding == Rounding::None {
        return VarBuilder::from_buffered_safetensors(bytes, DType::F32, device);
    }
    let tensors = candle_core::safetensors::load_buffer(&bytes, device)?;
    let rounded = tensors.into_iter().map(|(name, tensor)| {
        // Buffers of positions are integers, and are not read.
        let tensor = tensor.to_dtype(DType::F32)?;
        Ok((name, rounding.apply(tensor)?))
    });
    let rounded: candle_core::Result<_> = rounded.collect();
    Ok(VarBuilder::from_tensors(rounded?, DType::F32, device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_should_have_length_one_when_rows_do_not() {
        let rows: [&[f32]; 2] = [&[3.0, 0.0], &[3.0, 8.0]];
        assert_eq!(unit(sum(rows.into_iter(), 2)), [0.6, 0.8]);
    }

    #[test]
    fn pass_should_take_one_text_when_it_is_larger_than_the_budget() {
        let large = vec![0u32; 5_000];
        let small = vec![0u32; 1_000];
        assert_eq!(pass_size(&[(0, &large), (1, &large)], 4_096), 1);
        assert_eq!(pass_size(&[(0, &small); 9], 4_096), 4);
    }
}
