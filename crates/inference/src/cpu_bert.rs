//! The network of [`crate::bert`] on a CPU, out of the crate's own kernels.

use crate::{
    bert::{BertConfig, Group},
    kernels::{add_layer_norm, attend, each, gelu, Heads, Isa, Line, Matrix, Slabs, View, LANES},
};
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// The network.
#[derive(Debug)]
pub(crate) struct CpuBert {
    isa: Isa,
    width: usize,
    /// A row of features per token.
    words: Vec<f32>,
    /// Position and (first) token-type embedding in one table, since both are always added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Norm {
    scale: Vec<Line>,
    shift: Vec<Line>,
    epsilon: f32,
}

#[derive(Debug)]
struct Projection {
    matrix: Matrix,
    bias: Vec<Line>,
}

#[derive(Debug)]
struct Layer {
    /// For each head: queries (scaled beforehand), keys, values.
    qkv: Projection,
    output: Projection,
    output_norm: Norm,
    up: Projection,
    down: Projection,
    down_norm: Norm,
    /// Lines of a head.
    slabs: usize,
}

impl CpuBert {
    /// True if the kernels can run a network of these dimensions: whole lines everywhere.
    pub fn fits(config: &BertConfig) -> bool {
        let head = config.hidden_size / config.num_attention_heads.max(1);
        [config.hidden_size, config.intermediate_size, head]
            .iter()
            .all(|size| *size != 0 && size.is_multiple_of(LANES))
    }

    /// Builds the network; `loaded` is called after each of its layers.
    pub fn load(vb: &VarBuilder, config: &BertConfig, isa: Isa, loaded: impl Fn()) -> Result<Self> {
        let width = config.hidden_size;
        let embeddings = vb.pp("embeddings");
        let words = embeddings.get((config.vocab_size, width), "word_embeddings.weight")?;
        let positions = embeddings
            .get((config.max_position_embeddings, width), "position_embeddings.weight")?;
        let types =
            embeddings.get((config.type_vocab_size, width), "token_type_embeddings.weight")?;
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for index in 0..config.num_hidden_layers {
            layers.push(Layer::load(&vb.pp("encoder.layer").pp(index), config, isa)?);
            loaded();
        }
        Ok(Self {
            isa,
            width,
            words: values(&words)?,
            positions: values(&positions.broadcast_add(&types.get(0)?)?)?,
            norm: norm(&embeddings.pp("LayerNorm"), config)?,
            layers,
        })
    }

    /// Hidden states of packed texts: `tokens` holds the texts one after the other, `groups` says
    /// where each ends.
    pub fn forward(&self, tokens: &[u32], groups: &[Group]) -> Result<Slabs> {
        let rows = tokens.len();
        let mut hidden = self.embed(tokens, groups)?;
        let [mut qkv, mut attended, mut more, mut inner] =
            std::array::from_fn(|_| Slabs::default());
        self.norm.add(self.isa, &mut hidden, &more);
        for layer in &self.layers {
            layer.qkv.forward(self.isa, hidden.lines(), rows, &mut qkv, |_| ());
            attended.reset(rows, self.width);
            layer.attend(self.isa, &qkv, groups, &mut attended);
            layer.output.forward(self.isa, attended.lines(), rows, &mut more, |_| ());
            layer.output_norm.add(self.isa, &mut hidden, &more);
            let activate = |values: &mut [Line]| gelu(self.isa, values);
            layer.up.forward(self.isa, hidden.lines(), rows, &mut inner, activate);
            layer.down.forward(self.isa, inner.lines(), rows, &mut more, |_| ());
            layer.down_norm.add(self.isa, &mut hidden, &more);
        }
        Ok(hidden)
    }

    fn embed(&self, tokens: &[u32], groups: &[Group]) -> Result<Slabs> {
        let places = groups
            .iter()
            .flat_map(|group| std::iter::repeat_n(0..group.length, group.texts).flatten());
        let mut hidden = Slabs::zeros(tokens.len(), self.width);
        let mut values = vec![0f32; self.width];
        for (row, (token, place)) in tokens.iter().zip(places).enumerate() {
            let word = self.words.chunks_exact(self.width).nth(*token as usize);
            let position = self.positions.chunks_exact(self.width).nth(place);
            let (Some(word), Some(position)) = (word, position) else {
                candle_core::bail!("no embedding of token {token} at position {place}")
            };
            for (value, (word, position)) in values.iter_mut().zip(word.iter().zip(position)) {
                *value = word + position;
            }
            hidden.set_row(row, &values);
        }
        Ok(hidden)
    }
}

impl Norm {
    /// `hidden` becomes the norm of `hidden + more`.
    fn add(&self, isa: Isa, hidden: &mut Slabs, more: &Slabs) {
        add_layer_norm(isa, hidden, more, &self.scale, &self.shift, self.epsilon);
    }
}

impl Projection {
    fn load(vb: &VarBuilder, inputs: usize, outputs: usize) -> Result<Self> {
        let matrix = values(&vb.get((outputs, inputs), "weight")?)?;
        Ok(Self {
            matrix: Matrix::from_floats(&matrix, outputs, inputs),
            bias: Line::of(&values(&vb.get(outputs, "bias")?)?),
        })
    }

    fn forward(
        &self,
        isa: Isa,
        x: &[Line],
        rows: usize,
        out: &mut Slabs,
        finish: impl Fn(&mut [Line]) + Sync,
    ) {
        self.matrix.multiply(isa, x, rows, Some(&self.bias), out, finish);
    }
}

impl Layer {
    fn load(vb: &VarBuilder, config: &BertConfig, isa: Isa) -> Result<Self> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let head_size = hidden / config.num_attention_heads;
        let slabs = head_size / LANES;
        let attention = vb.pp("attention");
        let mut parts = Vec::with_capacity(3);
        for (name, scale) in
            [("query", 1.0 / (head_size as f64).sqrt()), ("key", 1.0), ("value", 1.0)]
        {
            let vb = attention.pp("self").pp(name);
            let matrix = values(&(vb.get((hidden, hidden), "weight")? * scale)?)?;
            let bias = values(&(vb.get(hidden, "bias")? * scale)?)?;
            parts.push((Matrix::from_floats(&matrix, hidden, hidden), Line::of(&bias)));
        }
        let heads = (0..config.num_attention_heads).map(|head| head * slabs..(head + 1) * slabs);
        let by_head: Vec<_> =
            heads.flat_map(|panels| parts.iter().map(move |part| (part, panels.clone()))).collect();
        let matrices: Vec<_> =
            by_head.iter().map(|((matrix, _), panels)| (matrix, panels.clone())).collect();
        let bias = by_head
            .iter()
            .flat_map(|((_, bias), panels)| bias.get(panels.clone()).unwrap_or_default())
            .copied()
            .collect();
        Ok(Self {
            qkv: Projection { matrix: Matrix::join(isa, &matrices), bias },
            output: Projection::load(&attention.pp("output.dense"), hidden, hidden)?,
            output_norm: norm(&attention.pp("output.LayerNorm"), config)?,
            up: Projection::load(&vb.pp("intermediate.dense"), hidden, inner)?,
            down: Projection::load(&vb.pp("output.dense"), inner, hidden)?,
            down_norm: norm(&vb.pp("output.LayerNorm"), config)?,
            slabs,
        })
    }

    /// What each token gathers from its text.
    fn attend(&self, isa: Isa, qkv: &Slabs, groups: &[Group], attended: &mut Slabs) {
        let (rows, slabs) = (qkv.rows(), self.slabs);
        let heads = qkv.lines().chunks(3 * slabs * rows);
        let out = attended.lines_mut().chunks_mut(slabs * rows);
        each(heads.zip(out), |(qkv, out)| {
            let (mut keys, mut scratch) = (Vec::new(), Vec::new());
            let mut start = 0;
            for group in groups {
                for _ in 0..group.texts {
                    let part = |index: usize| &qkv[index * slabs * rows + start..];
                    turn_over(part(1), rows, slabs, group.length, &mut keys);
                    let heads = Heads {
                        keys: &keys,
                        values: part(2),
                        values_slab: rows,
                        size: slabs * LANES,
                        seen: group.length,
                        more: 0,
                    };
                    let queries = View { lines: part(0), row: 1, slab: rows };
                    let out = &mut out[start..];
                    attend(isa, &heads, queries, group.length, out, (1, rows), &mut scratch);
                    start += group.length;
                }
            }
        });
    }
}

/// Keys in slabs of `rows` rows, of which the first `length` count, as panels of 16 positions.
fn turn_over(slabs: &[Line], rows: usize, count: usize, length: usize, panels: &mut Vec<Line>) {
    let size = count * LANES;
    panels.resize(length.div_ceil(LANES) * size, Line::ZERO);
    for (index, panel) in panels.chunks_exact_mut(size).enumerate() {
        for (slab, lines) in panel.chunks_exact_mut(LANES).enumerate() {
            let positions = index * LANES..length.min((index + 1) * LANES);
            for (lane, key) in slabs[slab * rows..][positions].iter().enumerate() {
                for (line, value) in lines.iter_mut().zip(key.0) {
                    line.0[lane] = value;
                }
            }
        }
    }
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

fn norm(vb: &VarBuilder, config: &BertConfig) -> Result<Norm> {
    Ok(Norm {
        scale: Line::of(&values(&vb.get(config.hidden_size, "weight")?)?),
        shift: Line::of(&values(&vb.get(config.hidden_size, "bias")?)?),
        epsilon: config.layer_norm_eps as f32,
    })
}
