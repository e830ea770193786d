//! The kernels for any processor: what the others are tested against. Loops over the 16 lanes of a
//! line become whatever vectors the build's target has.

use super::{
    quantised::{lines_of_block, scales, weight, BLOCK},
    Bits, Line, Start, View, LANES, MOST_ROWS,
};

pub(super) fn product(
    rows: usize,
    x: View<'_>,
    panel: &[Line],
    start: Start<'_>,
    out: &mut [Line],
    out_row: usize,
) {
    let mut sums = [Line::ZERO; MOST_ROWS];
    for (row, sum) in sums[..rows].iter_mut().enumerate() {
        *sum = match start {
            Start::At(line) => *line,
            Start::Result => out[row * out_row],
        };
    }
    for (slab, weights) in panel.chunks(LANES).enumerate() {
        for (row, sum) in sums[..rows].iter_mut().enumerate() {
            let x = &x.lines[row * x.row + slab * x.slab];
            add_products(sum, x, weights);
        }
    }
    for (row, sum) in sums[..rows].iter().enumerate() {
        out[row * out_row] = *sum;
    }
}

fn add_products(sum: &mut Line, x: &Line, weights: &[Line]) {
    for (x, weights) in x.0.iter().zip(weights) {
        for (sum, weight) in sum.0.iter_mut().zip(weights.0) {
            *sum += x * weight;
        }
    }
}

pub(super) fn blocks(
    rows: usize,
    x: View<'_>,
    panels: &[Bits],
    bits: u32,
    blocks: usize,
    out: &mut [Line],
) {
    let lines = lines_of_block(bits);
    let mut floats = [Line::ZERO; BLOCK];
    for (panel, out) in panels.chunks_exact(blocks * lines).zip(out.chunks_exact_mut(rows)) {
        out.fill(Line::ZERO);
        for (at, block) in panel.chunks_exact(lines).enumerate() {
            unpack(block, bits, &mut floats);
            for (half, weights) in floats.chunks_exact(LANES).enumerate() {
                for (row, sum) in out.iter_mut().enumerate() {
                    let x = &x.lines[row * x.row + (2 * at + half) * x.slab];
                    add_products(sum, x, weights);
                }
            }
        }
    }
}

pub(super) fn unpack(blocks: &[Bits], bits: u32, out: &mut [Line]) {
    for (block, out) in blocks.chunks_exact(lines_of_block(bits)).zip(out.chunks_exact_mut(BLOCK)) {
        let (steps, offsets) = scales(block);
        for (input, line) in out.iter_mut().enumerate() {
            for (lane, value) in line.0.iter_mut().enumerate() {
                *value = weight(block, bits, input, lane, steps[lane], offsets[lane]);
            }
        }
    }
}
