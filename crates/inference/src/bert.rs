//! A BERT encoder over texts packed one after the other, through candle.
//!
//! Nothing is padded: the rows of every matrix are the tokens of all texts in a row, and only
//! attention looks at one length at a time. So a text's result does not depend on what it was
//! batched with, and no work is spent on padding.

use crate::layers::{LayerNorm, Projection};
use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;
use serde::Deserialize;

/// What this crate reads of a model's `config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BertConfig {
    pub model_type: String,
    pub hidden_act: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
}

impl BertConfig {
    /// Says what of it this crate cannot run.
    pub fn check(&self) -> std::result::Result<(), String> {
        if self.model_type != "bert" {
            return Err(format!("architecture {:?} is not supported, only bert", self.model_type));
        }
        if self.hidden_act != "gelu" {
            return Err(format!("activation {:?} is not supported, only gelu", self.hidden_act));
        }
        let heads = self.num_attention_heads;
        if heads == 0 || !self.hidden_size.is_multiple_of(heads) {
            return Err(format!(
                "{} dimensions cannot be split into {heads} heads",
                self.hidden_size
            ));
        }
        Ok(())
    }
}

/// Consecutive texts of equal length in a packed batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub texts: usize,
    pub length: usize,
}

/// Groups equal neighbours: `[3, 3, 5]` is two texts of 3 and one of 5.
pub(crate) fn groups(lengths: impl IntoIterator<Item = usize>) -> Vec<Group> {
    let mut found: Vec<Group> = Vec::new();
    for length in lengths {
        match found.last_mut() {
            Some(last) if last.length == length => last.texts += 1,
            _ => found.push(Group { texts: 1, length }),
        }
    }
    found
}

/// The network.
#[derive(Debug)]
pub(crate) struct Bert {
    words: Tensor,
    /// Position and (first) token-type embedding in one table, since both are always added.
    positions: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    device: Device,
}

#[derive(Debug)]
struct Layer {
    /// Query, key and value in one product; queries are scaled beforehand.
    qkv: Projection,
    output: Projection,
    output_norm: LayerNorm,
    up: Projection,
    down: Projection,
    down_norm: LayerNorm,
    heads: usize,
    head_size: usize,
}

impl Bert {
    /// Builds the network; `loaded` is called after each of its layers.
    pub fn load(vb: &VarBuilder, config: &BertConfig, loaded: impl Fn()) -> Result<Self> {
        let hidden = config.hidden_size;
        let embeddings = vb.pp("embeddings");
        let words = embeddings.get((config.vocab_size, hidden), "word_embeddings.weight")?;
        let positions = embeddings
            .get((config.max_position_embeddings, hidden), "position_embeddings.weight")?;
        let types =
            embeddings.get((config.type_vocab_size, hidden), "token_type_embeddings.weight")?;
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for index in 0..config.num_hidden_layers {
            layers.push(Layer::load(&vb.pp("encoder.layer").pp(index), config)?);
            loaded();
        }
        Ok(Self {
            words,
            positions: positions.broadcast_add(&types.get(0)?)?,
            norm: layer_norm(&embeddings.pp("LayerNorm"), config)?,
            layers,
            device: vb.device().clone(),
        })
    }

    /// How many layers [`Bert::load`] reports.
    pub fn steps(config: &BertConfig) -> usize {
        config.num_hidden_layers
    }

    /// Hidden states (tokens, dimensions) of packed texts: `tokens` holds the texts one after the
    /// other, `groups` says where each ends.
    pub fn forward(&self, tokens: &[u32], groups: &[Group]) -> Result<Tensor> {
        let positions: Vec<u32> = groups
            .iter()
            .flat_map(|group| std::iter::repeat_n(0..group.length as u32, group.texts).flatten())
            .collect();
        let words = self.words.index_select(&Tensor::new(tokens, &self.device)?, 0)?;
        let places = self.positions.index_select(&Tensor::new(positions, &self.device)?, 0)?;
        let mut hidden = self.norm.forward(&(words + places)?)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, groups)?;
        }
        Ok(hidden)
    }
}

impl Layer {
    fn load(vb: &VarBuilder, config: &BertConfig) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let head_size = hidden / config.num_attention_heads;
        let scale = 1.0 / (head_size as f64).sqrt();
        let attention = vb.pp("attention");
        let part = |name: &str| -> Result<(Tensor, Tensor)> {
            let vb = attention.pp("self").pp(name);
            Ok((vb.get((hidden, hidden), "weight")?, vb.get(hidden, "bias")?))
        };
        let (q, q_bias) = part("query")?;
        let (k, k_bias) = part("key")?;
        let (v, v_bias) = part("value")?;
        let qkv = Tensor::cat(&[&(q * scale)?, &k, &v], 0)?;
        let qkv_bias = Tensor::cat(&[&(q_bias * scale)?, &k_bias, &v_bias], 0)?;
        Ok(Self {
            qkv: Projection::new(&qkv, Some(qkv_bias))?,
            output: projection(&attention.pp("output.dense"), hidden, hidden)?,
            output_norm: layer_norm(&attention.pp("output.LayerNorm"), config)?,
            up: projection(&vb.pp("intermediate.dense"), hidden, inner)?,
            down: projection(&vb.pp("output.dense"), inner, hidden)?,
            down_norm: layer_norm(&vb.pp("output.LayerNorm"), config)?,
            heads: config.num_attention_heads,
            head_size,
        })
    }

    fn forward(&self, hidden: &Tensor, groups: &[Group]) -> Result<Tensor> {
        let qkv = self.qkv.forward(hidden)?;
        let mut start = 0;
        let mut attended = Vec::with_capacity(groups.len());
        for group in groups {
            let rows = group.texts * group.length;
            attended.push(self.attend(&qkv.narrow(0, start, rows)?, group)?);
            start += rows;
        }
        let attended = self.output.forward(&Tensor::cat(&attended, 0)?)?;
        let hidden = self.output_norm.forward(&(attended + hidden)?)?;
        let inner = self.up.forward(&hidden)?.gelu_erf()?;
        self.down_norm.forward(&(self.down.forward(&inner)? + hidden)?)
    }

    /// (texts × length, 3 × dimensions) → (texts × length, dimensions)
    fn attend(&self, qkv: &Tensor, group: &Group) -> Result<Tensor> {
        let Group { texts, length } = *group;
        let (heads, size) = (self.heads, self.head_size);
        let split = qkv
            .reshape((texts, length, 3, heads, size))?
            .permute((2, 0, 3, 1, 4))?
            .contiguous()?
            .reshape((3, texts * heads, length, size))?;
        let scores = split.get(0)?.matmul(&split.get(1)?.t()?)?;
        let shares = candle_nn::ops::softmax_last_dim(&scores)?;
        shares
            .matmul(&split.get(2)?)?
            .reshape((texts, heads, length, size))?
            .transpose(1, 2)?
            .reshape((texts * length, heads * size))
    }
}

fn projection(vb: &VarBuilder, inputs: usize, outputs: usize) -> Result<Projection> {
    Projection::new(&vb.get((outputs, inputs), "weight")?, Some(vb.get(outputs, "bias")?))
}

fn layer_norm(vb: &VarBuilder, config: &BertConfig) -> Result<LayerNorm> {
    Ok(LayerNorm {
        scale: vb.get(config.hidden_size, "weight")?,
        shift: vb.get(config.hidden_size, "bias")?,
        epsilon: config.layer_norm_eps as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_should_join_neighbours_when_lengths_are_equal() {
        assert_eq!(
            groups([3, 3, 5, 3]),
            [
                Group { texts: 2, length: 3 },
                Group { texts: 1, length: 5 },
                Group { texts: 1, length: 3 }
            ]
        );
        assert_eq!(groups([]), []);
    }
}
