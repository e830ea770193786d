//! A Llama network in F32 over ragged batches, through candle.
//!
//! One pass takes any mix of sequences: some read a piece of their prompt, others decode one token.
//! The matrix products run over the tokens of all of them in one go, which is what makes decoding
//! side by side cheap (it is bound by reading the parameters once); attention runs per sequence
//! over a cache of its own, so nothing is padded and no sequence sees another.

use crate::{
    gguf::Gguf,
    layers::{for_product, Projection, RmsNorm, Words},
    Result,
};
use candle_core::{DType, Device, Tensor};
use candle_nn::rotary_emb::rope_i;

/// The network's dimensions, from a GGUF's metadata.
#[derive(Clone, Debug)]
pub(crate) struct LlamaConfig {
    pub vocabulary: usize,
    pub context: usize,
    pub layers: usize,
    pub hidden: usize,
    pub inner: usize,
    pub heads: usize,
    /// Heads of keys and values; each serves `heads / cached_heads` heads of queries.
    pub cached_heads: usize,
    pub head_size: usize,
    pub rope_base: f32,
    pub norm_epsilon: f32,
}

impl LlamaConfig {
    /// Reads and checks the metadata of a file whose tokenizer has `vocabulary` tokens.
    pub fn read(gguf: &Gguf, vocabulary: usize) -> Result<Self> {
        let architecture = gguf.text("general.architecture")?;
        if architecture != "llama" {
            return Err(gguf
                .malformed(format!("architecture {architecture:?} is not supported, only llama")));
        }
        if let Some(scaling) = gguf.optional_text("llama.rope.scaling.type")? {
            if scaling != "none" {
                return Err(gguf.malformed(format!("RoPE scaling {scaling:?} is not supported")));
            }
        }
        let (hidden, heads) =
            (gguf.size("llama.embedding_length")?, gguf.size("llama.attention.head_count")?);
        let cached_heads = gguf.size("llama.attention.head_count_kv")?;
        let whole = |large: usize, small: usize| small != 0 && large.is_multiple_of(small);
        if !whole(hidden, heads) || !whole(heads, cached_heads) || !whole(hidden / heads, 2) {
            return Err(gguf.malformed(format!(
                "{hidden} dimensions, {heads} heads and {cached_heads} heads of keys do not fit"
            )));
        }
        let head_size = hidden / heads;
        let rotated = gguf.size("llama.rope.dimension_count")?;
        if rotated != head_size {
            return Err(gguf.malformed(format!("RoPE over {rotated} of {head_size} dimensions")));
        }
        Ok(Self {
            vocabulary,
            // A table of positions is computed for all of them: bound it.
            context: gguf.size("llama.context_length")?.min(32_768),
            layers: gguf.size("llama.block_count")?,
            hidden,
            inner: gguf.size("llama.feed_forward_length")?,
            heads,
            cached_heads,
            head_size,
            rope_base: gguf.float("llama.rope.freq_base")?,
            norm_epsilon: gguf.float("llama.attention.layer_norm_rms_epsilon")?,
        })
    }
}

/// Keys and values of one sequence.
#[derive(Debug)]
pub(crate) struct Cache {
    /// Per layer keys (cached heads, head size, capacity) and values (cached heads, capacity, head
    /// size): the layouts that their products read without a copy.
    layers: Vec<(Tensor, Tensor)>,
    length: usize,
}

/// What one sequence brings to a pass.
pub(crate) struct Part<'a> {
    pub cache: &'a mut Cache,
    /// The tokens that follow what is cached; at least one.
    pub tokens: &'a [u32],
    /// Of how many of the last of these tokens the logits are wanted.
    pub wanted: usize,
}

/// The network.
#[derive(Debug)]
pub(crate) struct Llama {
    config: LlamaConfig,
    words: Words,
    /// Turns hidden states into logits, where that is not what `words` does too.
    output: Option<Words>,
    norm: RmsNorm,
    layers: Vec<Layer>,
    /// (positions, head size / 2)
    cos: Tensor,
    sin: Tensor,
    device: Device,
}

#[derive(Debug)]
struct Layer {
    attention_norm: RmsNorm,
    /// Query, key and value in one product; queries are scaled beforehand.
    qkv: Projection,
    output: Projection,
    inner_norm: RmsNorm,
    gate: Projection,
    up: Projection,
    down: Projection,
}

impl Llama {
    /// Builds the network; `loaded` is called after each of its layers.
    pub fn load(
        gguf: &Gguf,
        config: LlamaConfig,
        device: &Device,
        loaded: impl Fn(),
    ) -> Result<Self> {
        let shape = [config.vocabulary, config.hidden];
        let words =
            |name: &str| -> Result<Words> { Ok(Words::new(&gguf.tensor(name, &shape, device)?)?) };
        let output =
            gguf.has_tensor("output.weight").then(|| words("output.weight")).transpose()?;
        let words = words("token_embd.weight")?;
        let mut layers = Vec::with_capacity(config.layers);
        for index in 0..config.layers {
            layers.push(Layer::load(gguf, index, &config, device)?);
            loaded();
        }
        let (cos, sin) = rotations(&config, device)?;
        let norm = norm(gguf, "output_norm.weight", &config, device)?;
        Ok(Self { words, output, norm, layers, cos, sin, device: device.clone(), config })
    }

    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// How many layers [`Llama::load`] reports.
    pub fn steps(config: &LlamaConfig) -> usize {
        config.layers
    }

    /// An empty cache for a sequence of at most `capacity` tokens.
    pub fn cache(&self, capacity: usize) -> Result<Cache> {
        let LlamaConfig { cached_heads, head_size, .. } = self.config;
        let empty =
            |rows, columns| Tensor::zeros((cached_heads, rows, columns), DType::F32, &self.device);
        let layer = |_| Ok((empty(head_size, capacity)?, empty(capacity, head_size)?));
        let layers: candle_core::Result<Vec<_>> = self.layers.iter().map(layer).collect();
        Ok(Cache { layers: layers?, length: 0 })
    }

    /// One pass. Returns the logits (rows, vocabulary) of the wanted tokens of all parts, in order;
    /// `None` if none were wanted. If it fails the caches must not be used any further.
    pub fn forward(&self, parts: &mut [Part<'_>]) -> Result<Option<Tensor>> {
        let device = &self.device;
        let tokens: Vec<u32> = parts.iter().flat_map(|part| part.tokens).copied().collect();
        let positions: Vec<u32> = parts
            .iter()
            .flat_map(|part| (part.cache.length as u32..).take(part.tokens.len()))
            .collect();
        let rows = tokens.len();
        let positions = Tensor::new(positions, device)?;
        let rotation = Rotation {
            cos: self.cos.index_select(&positions, 0)?.unsqueeze(1)?,
            sin: self.sin.index_select(&positions, 0)?.unsqueeze(1)?,
        };
        let masks: candle_core::Result<Vec<_>> =
            parts.iter().map(|part| mask(part.tokens.len(), part.cache.length, device)).collect();
        let masks = masks?;
        let mut hidden = self.words.embed(&tokens)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let attended = layer.attend(&self.config, &hidden, &rotation, index, parts, &masks)?;
            hidden = (hidden + layer.output.forward(&attended)?)?;
            hidden = (&hidden + layer.transform(&hidden)?)?;
        }
        let mut wanted = Vec::new();
        let mut end = 0u32;
        for part in parts.iter_mut() {
            part.cache.length += part.tokens.len();
            end += part.tokens.len() as u32;
            wanted.extend(end.saturating_sub(part.wanted as u32)..end);
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        if wanted.len() < rows {
            hidden = hidden.index_select(&Tensor::new(wanted, device)?, 0)?;
        }
        let output = self.output.as_ref().unwrap_or(&self.words);
        Ok(Some(output.logits(&self.norm.forward(&hidden)?)?))
    }
}

/// Cosines and sines of the angles of each token of a pass, (tokens, 1, head size / 2).
struct Rotation {
    cos: Tensor,
    sin: Tensor,
}

impl Layer {
    fn load(gguf: &Gguf, index: usize, config: &LlamaConfig, device: &Device) -> Result<Self> {
        let LlamaConfig { hidden, inner, cached_heads, head_size, .. } = *config;
        let cached = cached_heads * head_size;
        let tensor = |name: &str, outputs: usize, inputs: usize| {
            gguf.tensor(&format!("blk.{index}.{name}.weight"), &[outputs, inputs], device)
        };
        let projection = |name: &str, outputs: usize, inputs: usize| -> Result<Projection> {
            Ok(Projection::new(&tensor(name, outputs, inputs)?, None)?)
        };
        let norm = |name: &str| norm(gguf, &format!("blk.{index}.{name}.weight"), config, device);
        let scale = 1.0 / (head_size as f64).sqrt();
        let queries = (tensor("attn_q", hidden, hidden)? * scale)?;
        let keys = tensor("attn_k", cached, hidden)?;
        let values = tensor("attn_v", cached, hidden)?;
        Ok(Self {
            attention_norm: norm("attn_norm")?,
            qkv: Projection::new(&Tensor::cat(&[queries, keys, values], 0)?, None)?,
            output: projection("attn_output", hidden, hidden)?,
            inner_norm: norm("ffn_norm")?,
            gate: projection("ffn_gate", inner, hidden)?,
            up: projection("ffn_up", inner, hidden)?,
            down: projection("ffn_down", hidden, inner)?,
        })
    }

    /// What each token gathers from its sequence: (tokens, dimensions) → (tokens, dimensions).
    fn attend(
        &self,
        config: &LlamaConfig,
        hidden: &Tensor,
        rotation: &Rotation,
        layer: usize,
        parts: &mut [Part<'_>],
        masks: &[Option<Tensor>],
    ) -> Result<Tensor> {
        let LlamaConfig { heads, cached_heads, head_size, .. } = *config;
        let rows = hidden.dim(0)?;
        let turned = heads + cached_heads;
        let qkv = self.qkv.forward(&self.attention_norm.forward(hidden)?)?;
        let qkv = qkv.reshape((rows, turned + cached_heads, head_size))?;
        // Every token is a batch of its own with its own angles. A GGUF stores these rows for the
        // interleaved form of RoPE.
        let qk = qkv.narrow(1, 0, turned)?.contiguous()?.unsqueeze(2)?;
        let qk = rope_i(&qk, &rotation.cos, &rotation.sin)?.squeeze(2)?;
        let mut start = 0;
        let mut gathered = Vec::with_capacity(parts.len());
        for (part, mask) in parts.iter_mut().zip(masks) {
            let count = part.tokens.len();
            let own = qk.narrow(0, start, count)?;
            let keys = own.narrow(1, heads, cached_heads)?;
            let values = qkv.narrow(0, start, count)?.narrow(1, turned, cached_heads)?;
            let (keys, values) = part.cache.extend(layer, &keys, &values)?;
            let queries = own.narrow(1, 0, heads)?;
            gathered.push(gather(config, &queries, &keys, &values, mask.as_ref())?);
            start += count;
        }
        Ok(Tensor::cat(&gathered, 0)?)
    }

    /// The gated two-layer network applied to each token.
    fn transform(&self, hidden: &Tensor) -> candle_core::Result<Tensor> {
        let normed = self.inner_norm.forward(hidden)?;
        let gated = (self.gate.forward(&normed)?.silu()? * self.up.forward(&normed)?)?;
        self.down.forward(&gated)
    }
}

/// Attention of one sequence: queries (tokens, heads, head size), keys (cached heads, head size,
/// length) and values (cached heads, length, head size) → (tokens, dimensions). The heads of queries
/// that share a head of keys are stacked as rows of one product.
fn gather(
    config: &LlamaConfig,
    queries: &Tensor,
    keys: &Tensor,
    values: &Tensor,
    mask: Option<&Tensor>,
) -> candle_core::Result<Tensor> {
    let LlamaConfig { heads, cached_heads, head_size, .. } = *config;
    let (count, length) = (queries.dim(0)?, keys.dim(2)?);
    let sharing = heads / cached_heads;
    let queries = queries
        .reshape((count, cached_heads, sharing, head_size))?
        .permute((1, 2, 0, 3))?
        .reshape((cached_heads, sharing * count, head_size))?;
    let mut scores = queries.matmul(keys)?;
    if let Some(mask) = mask {
        scores = scores.reshape((heads, count, length))?.broadcast_add(mask)?.reshape((
            cached_heads,
            sharing * count,
            length,
        ))?;
    }
    candle_nn::ops::softmax_last_dim(&scores)?
        .matmul(values)?
        .reshape((cached_heads, sharing, count, head_size))?
        .permute((2, 0, 1, 3))?
        .reshape((count, heads * head_size))
}

impl Cache {
    /// Appends keys and values (tokens, cached heads, head size) to a layer's and returns all of
    /// them: keys (cached heads, head size, length), values (cached heads, length, head size).
    fn extend(
        &self,
        layer: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> candle_core::Result<(Tensor, Tensor)> {
        let Some((all_keys, all_values)) = self.layers.get(layer) else {
            candle_core::bail!("the cache has no layer {layer}")
        };
        let length = self.length + keys.dim(0)?;
        all_keys.slice_set(&keys.permute((1, 2, 0))?.contiguous()?, 2, self.length)?;
        all_values.slice_set(&values.transpose(0, 1)?.contiguous()?, 1, self.length)?;
        let all_keys = for_product(all_keys.narrow(2, 0, length)?, keys.device())?;
        Ok((all_keys, all_values.narrow(1, 0, length)?))
    }
}

/// 0 where a token may look and −∞ where it must not, (count, past + count). One token may look at
/// everything and needs none.
fn mask(count: usize, past: usize, device: &Device) -> candle_core::Result<Option<Tensor>> {
    if count <= 1 {
        return Ok(None);
    }
    let row = |token: usize| {
        (0..past + count).map(move |at| if at <= past + token { 0.0 } else { f32::NEG_INFINITY })
    };
    let values: Vec<f32> = (0..count).flat_map(row).collect();
    Tensor::from_vec(values, (count, past + count), device).map(Some)
}

fn norm(gguf: &Gguf, name: &str, config: &LlamaConfig, device: &Device) -> Result<RmsNorm> {
    let scale = gguf.tensor(name, &[config.hidden], device)?;
    Ok(RmsNorm { scale, epsilon: config.norm_epsilon })
}

/// Cosines and sines of every position's angles.
fn rotations(config: &LlamaConfig, device: &Device) -> candle_core::Result<(Tensor, Tensor)> {
    let half = config.head_size / 2;
    let angles: Vec<f32> = (0..config.context)
        .flat_map(|position| {
            (0..half).map(move |pair| {
                let exponent = 2.0 * pair as f32 / config.head_size as f32;
                position as f32 / config.rope_base.powf(exponent)
            })
        })
        .collect();
    let table = |turn: fn(f32) -> f32| {
        let values: Vec<f32> = angles.iter().map(|angle| turn(*angle)).collect();
        Tensor::from_vec(values, (config.context, half), device)
    };
    Ok((table(f32::cos)?, table(f32::sin)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_should_hide_the_future_when_a_piece_follows_a_past() {
        let mask = mask(2, 1, &Device::Cpu).unwrap().unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(mask, [[0.0, 0.0, f32::NEG_INFINITY], [0.0, 0.0, 0.0]]);
        assert!(super::mask(1, 5, &Device::Cpu).unwrap().is_none());
    }
}
