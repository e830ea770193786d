//! A matrix of weights, laid out for the kernels when it is loaded.

use super::{
    attention::{pieces, tiles},
    each,
    quantised::{lines_of_block, output, BLOCK},
    Bits, Isa, Line, Quantised, Slabs, Start, View, LANES, MOST_ROWS,
};
use std::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

/// Inputs whose products are added up before the next ones': a piece of a panel (16 KB) and of the
/// rows of a tile stay in the nearest cache meanwhile. Whole slabs and whole blocks.
const INPUTS_AT_ONCE: usize = 256;
/// Rows whose inputs stay in the second cache while the panels pass.
const ROWS_AT_ONCE: usize = 192;
/// With so few rows the weights decide, and are read in the order in which they lie.
const FEW_ROWS: usize = 48;
/// Products that are not worth a second thread.
const SMALL: usize = 1 << 15;
/// Pieces of a product for each thread: enough to even out what else the threads do.
const SHARES: usize = 3;

/// Outputs × inputs, in panels of 16 outputs.
#[derive(Debug)]
pub(crate) struct Matrix {
    inputs: usize,
    outputs: usize,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    Floats(Vec<Line>),
    Blocks { bits: u32, lines: Vec<Bits> },
}

impl Matrix {
    /// From the rows of a file, one per output.
    pub fn from_floats(values: &[f32], outputs: usize, inputs: usize) -> Self {
        let mut lines = vec![Line::ZERO; outputs.div_ceil(LANES) * inputs];
        for (panel, rows) in
            lines.chunks_exact_mut(inputs.max(1)).zip(values.chunks(LANES * inputs.max(1)))
        {
            for (lane, row) in rows.chunks_exact(inputs).enumerate() {
                for (line, value) in panel.iter_mut().zip(row) {
                    line.0[lane] = *value;
                }
            }
        }
        Self { inputs, outputs, weights: Weights::Floats(lines) }
    }

    /// From quantised rows; `None` if these cannot be kept so.
    pub fn from_quantised(rows: &Quantised<'_>, outputs: usize, inputs: usize) -> Option<Self> {
        let bits = rows.bits();
        let panel = inputs / BLOCK * lines_of_block(bits);
        let mut lines = vec![Bits([0; LANES]); outputs.div_ceil(LANES) * panel];
        let failed = AtomicBool::new(false);
        each(lines.chunks_exact_mut(panel.max(1)).enumerate(), |(index, lines)| {
            match rows.panel(index * LANES, outputs) {
                Some(packed) if packed.len() == lines.len() => lines.copy_from_slice(&packed),
                _ => failed.store(true, Ordering::Relaxed),
            }
        });
        let weights = Weights::Blocks { bits, lines };
        (!failed.into_inner()).then_some(Self { inputs, outputs, weights })
    }

    /// Panels of some matrices of the same inputs, in this order, as one: a product instead of many.
    /// Where one is quantised and another is not all become floats.
    pub fn join(isa: Isa, parts: &[(&Self, Range<usize>)]) -> Self {
        let inputs = parts.first().map_or(0, |(matrix, _)| matrix.inputs);
        let outputs = parts.iter().map(|(_, panels)| panels.len() * LANES).sum();
        let kinds: Vec<Option<u32>> = parts.iter().map(|(matrix, _)| matrix.bits()).collect();
        let weights = match kinds.first().copied().flatten() {
            Some(bits) if kinds.iter().all(|kind| *kind == Some(bits)) => {
                let panel = inputs / BLOCK * lines_of_block(bits);
                let mut lines = Vec::with_capacity(outputs / LANES * panel);
                for (matrix, panels) in parts {
                    if let Weights::Blocks { lines: from, .. } = &matrix.weights {
                        lines.extend_from_slice(&from[panels.start * panel..panels.end * panel]);
                    }
                }
                Weights::Blocks { bits, lines }
            }
            _ => {
                let mut lines = vec![Line::ZERO; outputs / LANES * inputs];
                let mut rest = lines.as_mut_slice();
                for (matrix, panels) in parts {
                    for panel in panels.clone() {
                        let (here, later) = rest.split_at_mut(inputs);
                        matrix.floats(isa, panel, 0..inputs, here);
                        rest = later;
                    }
                }
                Weights::Floats(lines)
            }
        };
        Self { inputs, outputs, weights }
    }

    #[cfg(test)]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    fn bits(&self) -> Option<u32> {
        match &self.weights {
            Weights::Floats(_) => None,
            Weights::Blocks { bits, .. } => Some(*bits),
        }
    }

    /// Bytes that the weights take.
    pub fn bytes(&self) -> usize {
        match &self.weights {
            Weights::Floats(lines) => std::mem::size_of_val(lines.as_slice()),
            Weights::Blocks { lines, .. } => std::mem::size_of_val(lines.as_slice()),
        }
    }

    /// The weights of one output: the embedding of a token, where the matrix is a vocabulary.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        match &self.weights {
            Weights::Floats(lines) => {
                let panel = &lines[index / LANES * self.inputs..][..self.inputs];
                for (value, line) in out.iter_mut().zip(panel) {
                    *value = line.0[index % LANES];
                }
            }
            Weights::Blocks { bits, lines } => output(lines, *bits, self.inputs, index, out),
        }
    }

    /// Some inputs of a panel as floats.
    fn floats(&self, isa: Isa, panel: usize, inputs: Range<usize>, out: &mut [Line]) {
        match &self.weights {
            Weights::Floats(lines) => {
                out.copy_from_slice(&lines[panel * self.inputs..][inputs]);
            }
            Weights::Blocks { bits, lines } => {
                let block = lines_of_block(*bits);
                let panel = &lines[panel * (self.inputs / BLOCK) * block..];
                let blocks = inputs.start / BLOCK * block..inputs.end / BLOCK * block;
                isa.unpack(&panel[blocks], *bits, out);
            }
        }
    }

    /// `out` becomes `x` (slabs of `rows` rows) × this matrix, plus a bias (a line for each panel) if
    /// there is one. `finish` gets every piece of it while it is in the cache.
    pub fn multiply(
        &self,
        isa: Isa,
        x: &[Line],
        rows: usize,
        bias: Option<&[Line]>,
        out: &mut Slabs,
        finish: impl Fn(&mut [Line]) + Sync,
    ) {
        out.reset(rows, self.outputs);
        assert_eq!(x.len(), rows * self.inputs.div_ceil(LANES), "a product of other sizes");
        if rows == 0 {
            return;
        }
        let panels = self.outputs.div_ceil(LANES);
        let work = |(first, out): (usize, &mut [Line])| {
            match &self.weights {
                Weights::Blocks { bits, lines } if rows <= MOST_ROWS && bias.is_none() => {
                    let panel = self.inputs / BLOCK * lines_of_block(*bits);
                    let lines = &lines[first * panel..][..out.len() / rows * panel];
                    let x = View { lines: x, row: 1, slab: rows };
                    isa.blocks(rows, x, lines, *bits, out);
                }
                _ => self.tiled(isa, x, rows, bias, first, out),
            }
            finish(out);
        };
        if rows * self.inputs * self.outputs <= SMALL {
            return work((0, out.lines_mut()));
        }
        let group = panels.div_ceil(crate::threads() * SHARES);
        let pieces = out.lines_mut().chunks_mut(group * rows).enumerate();
        each(pieces.map(|(index, out)| (index * group, out)), work);
    }

    /// The slabs of the panels from `first` on.
    fn tiled(
        &self,
        isa: Isa,
        x: &[Line],
        rows: usize,
        bias: Option<&[Line]>,
        first: usize,
        out: &mut [Line],
    ) {
        let panels = out.len() / rows;
        let parts = self.inputs.div_ceil(INPUTS_AT_ONCE).max(1);
        let part_size = self.inputs.div_ceil(parts).next_multiple_of(BLOCK);
        let mut unpacked = [Line::ZERO; INPUTS_AT_ONCE];
        for (row, count) in pieces(rows, ROWS_AT_ONCE) {
            let by_panel = count <= FEW_ROWS;
            for step in 0..panels * parts {
                let (panel, part) = match by_panel {
                    true => (step / parts, step % parts),
                    false => (step % panels, step / panels),
                };
                let inputs = part * part_size..((part + 1) * part_size).min(self.inputs);
                let slabs = inputs.start / LANES * rows;
                let weights = match &self.weights {
                    Weights::Floats(lines) => &lines[(first + panel) * self.inputs..][inputs],
                    Weights::Blocks { .. } => {
                        let unpacked = &mut unpacked[..inputs.len()];
                        self.floats(isa, first + panel, inputs, unpacked);
                        unpacked
                    }
                };
                let start = match part {
                    0 => Start::At(
                        bias.and_then(|bias| bias.get(first + panel)).unwrap_or(&Line::ZERO),
                    ),
                    _ => Start::Result,
                };
                let out = &mut out[panel * rows..][..rows];
                for (at, height) in tiles(count) {
                    let lines = &x[slabs + row + at..];
                    let x = View { lines, row: 1, slab: rows };
                    isa.product(height, x, weights, start, &mut out[row + at..], 1);
                }
            }
        }
    }
}
