//! The network of [`crate::llama`] on a CPU, out of the crate's own kernels.
//!
//! Weights of a GGUF file stay in its blocks of 4 or 8 bits where those are plain numbers with a step
//! and an offset, and become the very floats that dequantising gives just before they are multiplied:
//! a sixth of the memory is read per token, and the answer is that of the F32 model.

use crate::{
    gguf::Gguf,
    kernels::{
        add_rms_norm, attend, each, rms_norm, silu_times, Heads, Isa, Line, Matrix, Slabs, View,
        LANES,
    },
    llama::LlamaConfig,
    Result,
};

/// Keys and values of one sequence.
#[derive(Debug)]
pub(crate) struct Cache {
    /// Of every layer, each head.
    layers: Vec<Vec<HeadCache>>,
    capacity: usize,
    length: usize,
}

#[derive(Debug)]
struct HeadCache {
    /// Panels of 16 positions: a line per dimension.
    keys: Vec<Line>,
    /// Slabs of 16 dimensions: a line per position.
    values: Vec<Line>,
}

/// What one sequence brings to a pass; see [`crate::llama::Part`].
pub(crate) struct Part<'a> {
    pub cache: &'a mut Cache,
    pub tokens: &'a [u32],
    pub wanted: usize,
}

/// The network.
#[derive(Debug)]
pub(crate) struct CpuLlama {
    config: LlamaConfig,
    isa: Isa,
    words: Matrix,
    output: Option<Matrix>,
    norm: Vec<Line>,
    layers: Vec<Layer>,
    /// Cosines and sines of each position's angles, by dimension. The sign of what is subtracted is
    /// in the sine.
    turns: Vec<(Line, Line)>,
}

#[derive(Debug)]
struct Layer {
    attention_norm: Vec<Line>,
    /// For each head of keys: the heads of queries that share it, itself, its values.
    qkv: Matrix,
    output: Matrix,
    inner_norm: Vec<Line>,
    /// The gate, then what it lets through.
    gate_up: Matrix,
    down: Matrix,
}

/// Where a part's rows are in a pass.
struct Span {
    start: usize,
    count: usize,
    past: usize,
    capacity: usize,
}

impl CpuLlama {
    /// True if the kernels can run a network of these dimensions: whole lines everywhere.
    pub fn fits(config: &LlamaConfig) -> bool {
        [config.hidden, config.inner, config.head_size]
            .iter()
            .all(|size| size.is_multiple_of(LANES))
    }

    /// Builds the network; `loaded` is called after each of its layers.
    pub fn load(gguf: &Gguf, config: LlamaConfig, isa: Isa, loaded: impl Fn()) -> Result<Self> {
        let words = |name: &str| gguf.matrix(name, config.vocabulary, config.hidden);
        let output =
            gguf.has_tensor("output.weight").then(|| words("output.weight")).transpose()?;
        let words = words("token_embd.weight")?;
        let mut layers = Vec::with_capacity(config.layers);
        for index in 0..config.layers {
            layers.push(Layer::load(gguf, index, &config, isa)?);
            loaded();
        }
        let norm = gguf.lines("output_norm.weight", config.hidden)?;
        Ok(Self { isa, words, output, norm, layers, turns: turns(&config), config })
    }

    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Bytes of all weights.
    pub fn bytes(&self) -> usize {
        let layer = |layer: &Layer| {
            let Layer { qkv, output, gate_up, down, .. } = layer;
            [qkv, output, gate_up, down].iter().map(|matrix| matrix.bytes()).sum::<usize>()
        };
        let output = self.output.as_ref().map_or(0, Matrix::bytes);
        self.words.bytes() + output + self.layers.iter().map(layer).sum::<usize>()
    }

    /// An empty cache for a sequence of at most `capacity` tokens.
    pub fn cache(&self, capacity: usize) -> Cache {
        let capacity = capacity.next_multiple_of(LANES);
        let room = capacity * self.config.head_size / LANES;
        let head = |_| HeadCache { keys: vec![Line::ZERO; room], values: vec![Line::ZERO; room] };
        let layer = |_| (0..self.config.cached_heads).map(head).collect();
        Cache { layers: (0..self.layers.len()).map(layer).collect(), capacity, length: 0 }
    }

    /// One pass. Returns the logits (rows, vocabulary) of the wanted tokens of all parts, in order;
    /// `None` if none were wanted. Tokens that do not fit a part's cache are refused.
    pub fn forward(&self, parts: &mut [Part<'_>]) -> Result<Option<Slabs>> {
        let mut spans = Vec::with_capacity(parts.len());
        let mut wanted = Vec::new();
        let mut rows = 0;
        for part in parts.iter() {
            let (count, past, capacity) =
                (part.tokens.len(), part.cache.length, part.cache.capacity);
            if past + count > capacity || capacity > self.turns.len() {
                return Err(crate::InferenceError::Compute {
                    reason: format!("{count} tokens after {past} do not fit a cache of {capacity}"),
                });
            }
            spans.push(Span { start: rows, count, past, capacity });
            rows += count;
            wanted.extend(rows.saturating_sub(part.wanted)..rows);
        }
        let mut hidden = self.embed(parts, rows);
        let [mut normed, mut qkv, mut attended, mut more, mut inner] =
            std::array::from_fn(|_| Slabs::default());
        normed.reset(rows, self.config.hidden);
        let (isa, epsilon) = (self.isa, self.config.norm_epsilon);
        for (index, layer) in self.layers.iter().enumerate() {
            match index {
                0 => rms_norm(isa, &hidden, &layer.attention_norm, epsilon, &mut normed),
                _ => add_rms_norm(
                    isa,
                    &mut hidden,
                    &more,
                    &layer.attention_norm,
                    epsilon,
                    &mut normed,
                ),
            }
            layer.qkv.multiply(isa, normed.lines(), rows, None, &mut qkv, |_| ());
            attended.reset(rows, self.config.hidden);
            let caches = parts.iter_mut().filter_map(|part| part.cache.layers.get_mut(index));
            self.attend(&mut qkv, &mut attended, caches, &spans);
            layer.output.multiply(isa, attended.lines(), rows, None, &mut more, |_| ());
            add_rms_norm(isa, &mut hidden, &more, &layer.inner_norm, epsilon, &mut normed);
            layer.gate_up.multiply(isa, normed.lines(), rows, None, &mut inner, |_| ());
            let gated = self.gate(&mut inner);
            layer.down.multiply(isa, gated, rows, None, &mut more, |_| ());
        }
        for part in parts.iter_mut() {
            part.cache.length += part.tokens.len();
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        add_rms_norm(isa, &mut hidden, &more, &self.norm, epsilon, &mut normed);
        if wanted.len() < rows {
            normed = normed.select(&wanted);
        }
        let mut logits = Slabs::default();
        let output = self.output.as_ref().unwrap_or(&self.words);
        output.multiply(isa, normed.lines(), wanted.len(), None, &mut logits, |_| ());
        Ok(Some(logits))
    }

    fn embed(&self, parts: &[Part<'_>], rows: usize) -> Slabs {
        let mut hidden = Slabs::zeros(rows, self.config.hidden);
        let mut word = vec![0f32; self.config.hidden];
        for (row, token) in parts.iter().flat_map(|part| part.tokens).enumerate() {
            self.words.row(*token as usize, &mut word);
            hidden.set_row(row, &word);
        }
        hidden
    }

    /// gate × sigmoid(gate) × up, over the gate.
    fn gate<'a>(&self, inner: &'a mut Slabs) -> &'a [Line] {
        /// Lines that are worth a thread's while.
        const PIECE: usize = 1_024;
        let half = inner.lines().len() / 2;
        let (gate, up) = inner.lines_mut().split_at_mut(half);
        let pieces = gate.chunks_mut(PIECE).zip(up.chunks(PIECE));
        each(pieces, |(gate, up)| silu_times(self.isa, gate, up));
        gate
    }

    /// What each token gathers from its sequence, a layer's caches being those of the parts.
    fn attend<'a>(
        &self,
        qkv: &mut Slabs,
        attended: &mut Slabs,
        caches: impl Iterator<Item = &'a mut Vec<HeadCache>>,
        spans: &[Span],
    ) {
        let LlamaConfig { cached_heads, head_size, .. } = self.config;
        let (rows, slabs) = (qkv.rows(), head_size / LANES);
        let sharing = self.config.heads / cached_heads;
        let mut by_head: Vec<Vec<&mut HeadCache>> = Vec::new();
        by_head.resize_with(cached_heads, || Vec::with_capacity(spans.len()));
        for layer in caches {
            for (caches, cache) in by_head.iter_mut().zip(layer) {
                caches.push(cache);
            }
        }
        let qkv = qkv.lines_mut().chunks_mut((sharing + 2) * slabs * rows);
        let out = attended.lines_mut().chunks_mut(sharing * slabs * rows);
        each(qkv.zip(out).zip(by_head), |((qkv, out), caches)| {
            let mut scratch = Vec::new();
            for (span, cache) in spans.iter().zip(caches) {
                self.turn(&mut qkv[..(sharing + 1) * slabs * rows], rows, span);
                let (queries, new) = qkv.split_at(sharing * slabs * rows);
                cache.extend(new, rows, slabs, span);
                self.gather(queries, rows, cache, span, out, &mut scratch);
            }
        });
    }

    /// Turns queries and keys by the angles of their positions, and scales the queries.
    fn turn(&self, heads: &mut [Line], rows: usize, span: &Span) {
        let slabs = self.config.head_size / LANES;
        let scale = 1.0 / (self.config.head_size as f32).sqrt();
        let count = heads.len() / rows;
        for (index, slab) in heads.chunks_exact_mut(rows).enumerate() {
            let scale = if index + slabs < count { scale } else { 1.0 };
            let turns = self.turns.iter().skip(span.past * slabs + index % slabs).step_by(slabs);
            for (line, (cos, sin)) in slab[span.start..][..span.count].iter_mut().zip(turns) {
                let old = line.0;
                for (lane, value) in line.0.iter_mut().enumerate() {
                    *value = (old[lane] * cos.0[lane] + old[lane ^ 1] * sin.0[lane]) * scale;
                }
            }
        }
    }

    fn gather(
        &self,
        queries: &[Line],
        rows: usize,
        cache: &HeadCache,
        span: &Span,
        out: &mut [Line],
        scratch: &mut Vec<Line>,
    ) {
        let size = self.config.head_size;
        let slabs = size / LANES;
        let sharing = self.config.heads / self.config.cached_heads;
        let one = span.count == 1;
        let heads = Heads {
            keys: &cache.keys,
            values: &cache.values,
            values_slab: span.capacity,
            size,
            seen: span.past + 1,
            more: usize::from(!one),
        };
        if one {
            // The heads that look at the same keys, as rows of one product.
            let lines = &queries[span.start..];
            let x = View { lines, row: slabs * rows, slab: rows };
            let out = &mut out[span.start..];
            return attend(self.isa, &heads, x, sharing, out, (slabs * rows, rows), scratch);
        }
        for head in 0..sharing {
            let at = head * slabs * rows + span.start;
            let x = View { lines: &queries[at..], row: 1, slab: rows };
            attend(self.isa, &heads, x, span.count, &mut out[at..], (1, rows), scratch);
        }
    }
}

impl HeadCache {
    /// Appends a head's new keys and values, slabs of `rows` rows one after the other.
    fn extend(&mut self, new: &[Line], rows: usize, slabs: usize, span: &Span) {
        let (keys, values) = new.split_at(slabs * rows);
        let size = slabs * LANES;
        for (slab, keys) in keys.chunks_exact(rows).enumerate() {
            for (key, position) in keys[span.start..][..span.count].iter().zip(span.past..) {
                let panel = position / LANES * size + slab * LANES;
                for (line, value) in self.keys[panel..panel + LANES].iter_mut().zip(key.0) {
                    line.0[position % LANES] = value;
                }
            }
        }
        for (slab, values) in values.chunks_exact(rows).enumerate() {
            self.values[slab * span.capacity + span.past..][..span.count]
                .copy_from_slice(&values[span.start..][..span.count]);
        }
    }
}

impl Layer {
    fn load(gguf: &Gguf, index: usize, config: &LlamaConfig, isa: Isa) -> Result<Self> {
        let LlamaConfig { hidden, inner, heads, cached_heads, head_size, .. } = *config;
        let cached = cached_heads * head_size;
        let matrix = |name: &str, outputs: usize, inputs: usize| {
            gguf.matrix(&format!("blk.{index}.{name}.weight"), outputs, inputs)
        };
        let norm = |name: &str| gguf.lines(&format!("blk.{index}.{name}.weight"), hidden);
        let queries = matrix("attn_q", hidden, hidden)?;
        let keys = matrix("attn_k", cached, hidden)?;
        let values = matrix("attn_v", cached, hidden)?;
        let (slabs, sharing) = (head_size / LANES, heads / cached_heads);
        let qkv: Vec<_> = (0..cached_heads)
            .flat_map(|head| {
                let queried = head * sharing * slabs..(head + 1) * sharing * slabs;
                let cached = head * slabs..(head + 1) * slabs;
                [(&queries, queried), (&keys, cached.clone()), (&values, cached)]
            })
            .collect();
        let (gate, up) = (matrix("ffn_gate", inner, hidden)?, matrix("ffn_up", inner, hidden)?);
        let all = 0..inner / LANES;
        Ok(Self {
            attention_norm: norm("attn_norm")?,
            qkv: Matrix::join(isa, &qkv),
            output: matrix("attn_output", hidden, hidden)?,
            inner_norm: norm("ffn_norm")?,
            gate_up: Matrix::join(isa, &[(&gate, all.clone()), (&up, all)]),
            down: matrix("ffn_down", hidden, inner)?,
        })
    }
}

/// For each position and each line of a head: cosines and sines, those of even dimensions negative. A
/// GGUF stores these rows for the interleaved form of RoPE.
fn turns(config: &LlamaConfig) -> Vec<(Line, Line)> {
    let slabs = config.head_size / LANES;
    let line = |at: usize| {
        let (position, slab) = (at / slabs, at % slabs);
        let angle = |lane: usize| {
            let exponent = (slab * LANES + lane - lane % 2) as f32 / config.head_size as f32;
            position as f32 / config.rope_base.powf(exponent)
        };
        let sin = |lane: usize| {
            if lane.is_multiple_of(2) {
                -angle(lane).sin()
            } else {
                angle(lane).sin()
            }
        };
        (Line(std::array::from_fn(|lane| angle(lane).cos())), Line(std::array::from_fn(sin)))
    };
    (0..config.context * slabs).map(line).collect()
}
