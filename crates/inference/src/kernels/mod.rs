//! Products of matrices and the functions of rows between them, on a CPU.
//!
//! What comes with candle is chosen when a program is built, runs element-wise work on one thread
//! and reads every weight as 32 bits. Here the instructions are picked when the program runs
//! ([`Isa`]), weights are laid out for the kernel when a model is loaded, and quantised weights stay
//! as they are in the file and become floats in a register.
//!
//! Everything is made of lines of 16 floats:
//!
//! ```text
//! activations  slab s = features 16s .. 16s+16:  [row 0][row 1] … one line per row, slab after slab
//! weights      panel p = outputs 16p .. 16p+16:  [input 0][input 1] … one line per input
//! product      slab p of the result = activations × panel p
//! ```
//!
//! So a panel gives a slab, a thread that works on some panels owns one piece of the result, and the
//! values of a head are a panel already.
//!
//! An element of a product is one chain of additions over its inputs in their order, whatever the
//! number of rows, threads or streams. So a token's numbers do not depend on what it was batched
//! with, nor on whether it was generated or read: bit by bit on one kind of processor. Between kinds
//! they differ by the roundings of fused multiplication, some 10⁻⁷ of the value.
//!
//! This folder holds all of the crate's `unsafe`: calls of functions that were compiled for more than
//! the build's processor, loads and stores in them, and [`team`]'s one lifetime.

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod matrix;
mod plain;
mod quantised;
mod rows;
mod team;
#[cfg(test)]
mod tests;

pub(crate) use attention::{attend, Heads};
pub(crate) use matrix::Matrix;
pub(crate) use quantised::{Bits, Quantised};
pub(crate) use rows::{
    add_layer_norm, add_rms_norm, gelu, largest, log_sum_exp, rms_norm, silu_times,
};
pub(crate) use team::each;

/// Floats in a line.
pub(crate) const LANES: usize = 16;
/// Most rows of one call of [`Isa::product`] and [`Isa::blocks`].
pub(crate) const MOST_ROWS: usize = 6;

/// Sixteen floats that begin where a line of the processor's cache does.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line(pub [f32; LANES]);

impl Line {
    pub const ZERO: Self = Self([0.0; LANES]);

    /// Lines of some numbers; the last is filled with zeros.
    pub fn of(values: &[f32]) -> Vec<Self> {
        let line = |values: &[f32]| {
            Self(std::array::from_fn(|lane| values.get(lane).copied().unwrap_or_default()))
        };
        values.chunks(LANES).map(line).collect()
    }
}

/// Activations: some rows of features, in slabs of 16 features.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slabs {
    rows: usize,
    lines: Vec<Line>,
}

impl Slabs {
    /// Zeros; `width` features are rounded up to whole slabs.
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self { rows, lines: vec![Line::ZERO; rows * width.div_ceil(LANES)] }
    }

    /// The same room for other activations, whose values are left as they happen to be.
    pub fn reset(&mut self, rows: usize, width: usize) {
        self.rows = rows;
        self.lines.resize(rows * width.div_ceil(LANES), Line::ZERO);
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Slab after slab, a line per row in each.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn lines_mut(&mut self) -> &mut [Line] {
        &mut self.lines
    }

    /// One row's features, and the zeros that fill its last line.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        self.lines.iter().skip(row).step_by(self.rows.max(1)).flat_map(|line| line.0)
    }

    /// Writes one row's features.
    pub fn set_row(&mut self, row: usize, values: &[f32]) {
        let lines = self.lines.iter_mut().skip(row).step_by(self.rows.max(1));
        for (line, values) in lines.zip(values.chunks(LANES)) {
            line.0[..values.len()].copy_from_slice(values);
        }
    }

    /// The sum of some rows.
    pub fn sum(&self, rows: std::ops::Range<usize>) -> Vec<f64> {
        let slabs = self.lines.chunks_exact(self.rows.max(1));
        let sum = |slab: &[Line]| {
            let mut total = [0f64; LANES];
            for line in slab.get(rows.clone()).unwrap_or_default() {
                for (total, value) in total.iter_mut().zip(line.0) {
                    *total += f64::from(value);
                }
            }
            total
        };
        slabs.flat_map(sum).collect()
    }

    /// Some of the rows.
    pub fn select(&self, rows: &[usize]) -> Self {
        let slabs = self.lines.chunks_exact(self.rows.max(1));
        let lines = slabs.flat_map(|slab| rows.iter().filter_map(|row| slab.get(*row).copied()));
        Self { rows: rows.len(), lines: lines.collect() }
    }
}

/// Where the rows of a product's left side are.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// From the first row's first line on.
    pub lines: &'a [Line],
    /// Lines from a row to the next.
    pub row: usize,
    /// Lines from a row's slab to its next.
    pub slab: usize,
}

/// What the sums of a product start from.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// The same line in each row.
    At(&'a Line),
    /// What the result holds: more inputs of the same product.
    Result,
}

/// Which instructions the kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// What the program was built for.
    Plain,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Isa {
    /// The fastest that this processor has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if avx2::is_there() {
            return Self::Avx2;
        }
        Self::Plain
    }

    /// All that this processor has.
    #[cfg(test)]
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Plain];
        all.extend(Some(Self::best()).filter(|best| *best != Self::Plain));
        all
    }

    /// `rows` (1 to [`MOST_ROWS`]) × a piece of a panel, one line per input. Row r of the result is
    /// line r × `out_row`. The inputs' first must be a slab's first.
    pub fn product(
        self,
        rows: usize,
        x: View<'_>,
        panel: &[Line],
        start: Start<'_>,
        out: &mut [Line],
        out_row: usize,
    ) {
        let slabs = panel.len().div_ceil(LANES);
        let last = |row: usize, more: usize| rows.saturating_sub(1) * row + more;
        assert!((1..=MOST_ROWS).contains(&rows), "{rows} rows");
        assert!(
            panel.is_empty() || last(x.row, (slabs - 1) * x.slab) < x.lines.len(),
            "too few rows"
        );
        assert!(
            last(out_row, 0) < out.len() && (rows == 1 || out_row > 0),
            "no room for the result"
        );
        match self {
            Self::Plain => plain::product(rows, x, panel, start, out, out_row),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::product(rows, x, panel, start, out, out_row),
        }
    }

    /// `rows` (1 to [`MOST_ROWS`]) × some panels of quantised weights. The result holds a slab of
    /// exactly `rows` lines for each panel.
    pub fn blocks(self, rows: usize, x: View<'_>, panels: &[Bits], bits: u32, out: &mut [Line]) {
        assert!((1..=MOST_ROWS).contains(&rows), "{rows} rows");
        let count = out.len() / rows;
        if count == 0 {
            return;
        }
        let lines = quantised::lines_of_block(bits);
        let blocks = panels.len() / count / lines;
        assert!(
            out.len() == count * rows && panels.len() == count * blocks * lines,
            "no whole panels"
        );
        let last = (rows - 1) * x.row + (2 * blocks).saturating_sub(1) * x.slab;
        assert!(blocks == 0 || last < x.lines.len(), "too few rows");
        match self {
            Self::Plain => plain::blocks(rows, x, panels, bits, blocks, out),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::blocks(rows, x, panels, bits, blocks, out),
        }
    }

    /// Quantised weights of one panel as floats, a line per input.
    pub fn unpack(self, blocks: &[Bits], bits: u32, out: &mut [Line]) {
        let count = blocks.len() / quantised::lines_of_block(bits);
        assert!(
            out.len() == count * quantised::BLOCK
                && blocks.len() == count * quantised::lines_of_block(bits),
            "no whole blocks"
        );
        match self {
            Self::Plain => plain::unpack(blocks, bits, out),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::unpack(blocks, bits, out),
        }
    }
}
