//! The kernels with AVX2, FMA and F16C: vectors of eight floats, two to a line.
//!
//! A product keeps the sums of up to six rows × 16 outputs in registers; for each input it loads one
//! line of weights and multiplies it with that input of each row. Quantised weights come as words of
//! which a vector holds one for each of eight outputs: shift, mask, convert, scale.

#![allow(unsafe_code)]

use super::{
    quantised::{lines_of_block, BLOCK},
    Bits, Line, Start, View, LANES,
};
use std::arch::x86_64::*;

/// Floats of a vector.
const HALF: usize = LANES / 2;

/// True if this processor has what this module is compiled for.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

pub(super) fn product(
    rows: usize,
    x: View<'_>,
    panel: &[Line],
    start: Start<'_>,
    out: &mut [Line],
    out_row: usize,
) {
    let kernel = match rows {
        1 => tile::<1>,
        2 => tile::<2>,
        3 => tile::<3>,
        4 => tile::<4>,
        5 => tile::<5>,
        _ => tile::<6>,
    };
    // SAFETY: an `Isa::Avx2` is made only where `is_there` said so. `Isa::product`, the one caller,
    // has checked that `rows` rows of `panel.len()` inputs are in `x` and as many lines in `out`.
    unsafe { kernel(x, panel, start, out.as_mut_ptr().cast(), out_row * LANES) }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn tile<const R: usize>(
    x: View<'_>,
    panel: &[Line],
    start: Start<'_>,
    out: *mut f32,
    out_row: usize,
) {
    let (row, slab) = (x.row * LANES, x.slab * LANES);
    let mut sums = [[_mm256_setzero_ps(); 2]; R];
    for (r, sum) in sums.iter_mut().enumerate() {
        let from = match start {
            Start::At(line) => line.0.as_ptr(),
            Start::Result => out.add(r * out_row).cast_const(),
        };
        *sum = [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(HALF))];
    }
    let mut x: *const f32 = x.lines.as_ptr().cast();
    let mut weights: *const f32 = panel.as_ptr().cast();
    for _ in 0..panel.len() / LANES {
        for input in 0..LANES {
            add::<R>(&mut sums, x.add(input), row, weights.add(input * LANES));
        }
        x = x.wrapping_add(slab);
        weights = weights.add(LANES * LANES);
    }
    for input in 0..panel.len() % LANES {
        add::<R>(&mut sums, x.add(input), row, weights.add(input * LANES));
    }
    for (r, sum) in sums.iter().enumerate() {
        let to = out.add(r * out_row);
        _mm256_storeu_ps(to, sum[0]);
        _mm256_storeu_ps(to.add(HALF), sum[1]);
    }
}

/// Adds one input's products.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add<const R: usize>(
    sums: &mut [[__m256; 2]; R],
    x: *const f32,
    row: usize,
    weights: *const f32,
) {
    let weights = [_mm256_loadu_ps(weights), _mm256_loadu_ps(weights.add(HALF))];
    for (r, sum) in sums.iter_mut().enumerate() {
        let x = _mm256_broadcast_ss(&*x.add(r * row));
        sum[0] = _mm256_fmadd_ps(x, weights[0], sum[0]);
        sum[1] = _mm256_fmadd_ps(x, weights[1], sum[1]);
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
    // Panels that are worked on together: so many that their sums, each a chain of additions, keep
    // the processor busy while one addition takes its time.
    let together = match rows {
        1 => 4,
        2 | 3 => 2,
        _ => 1,
    };
    let size = blocks * lines_of_block(bits);
    let pieces = panels.chunks(together * size.max(1)).zip(out.chunks_mut(together * rows));
    for (panels, out) in pieces {
        let full = out.len() == together * rows;
        let kernel = match (bits, rows, full) {
            (4, 1, true) => quantised::<4, 1, 4>,
            (4, 1, false) => quantised::<4, 1, 1>,
            (4, 2, true) => quantised::<4, 2, 2>,
            (4, 2, false) => quantised::<4, 2, 1>,
            (4, 3, true) => quantised::<4, 3, 2>,
            (4, 3, false) => quantised::<4, 3, 1>,
            (4, 4, _) => quantised::<4, 4, 1>,
            (4, 5, _) => quantised::<4, 5, 1>,
            (4, _, _) => quantised::<4, 6, 1>,
            (_, 1, true) => quantised::<8, 1, 4>,
            (_, 1, false) => quantised::<8, 1, 1>,
            (_, 2, true) => quantised::<8, 2, 2>,
            (_, 2, false) => quantised::<8, 2, 1>,
            (_, 3, true) => quantised::<8, 3, 2>,
            (_, 3, false) => quantised::<8, 3, 1>,
            (_, 4, _) => quantised::<8, 4, 1>,
            (_, 5, _) => quantised::<8, 5, 1>,
            _ => quantised::<8, 6, 1>,
        };
        if full {
            // SAFETY: as in `product`; `Isa::blocks` has checked the rows, and that panels and
            // result are whole: this piece has `together` panels of `blocks` blocks.
            unsafe {
                kernel(x, panels.as_ptr().cast(), size * LANES, blocks, out.as_mut_ptr().cast())
            }
        } else {
            for (panel, out) in panels.chunks(size.max(1)).zip(out.chunks_mut(rows)) {
                // SAFETY: the same, with one panel.
                unsafe { kernel(x, panel.as_ptr().cast(), 0, blocks, out.as_mut_ptr().cast()) }
            }
        }
    }
}

/// Repeats a block for each panel of a kernel. A loop would not do: the compiler leaves one that is so
/// large as it is, and then keeps the sums in memory.
macro_rules! for_each_panel {
    ($panels:ident, $panel:ident, $body:block) => {{
        for_each_panel!(0, $panels, $panel, $body);
        for_each_panel!(1, $panels, $panel, $body);
        for_each_panel!(2, $panels, $panel, $body);
        for_each_panel!(3, $panels, $panel, $body);
    }};
    ($number:literal, $panels:ident, $panel:ident, $body:block) => {
        if $number < $panels {
            let $panel = $number;
            $body
        }
    };
}

/// `P` panels (at most four) `panel` words apart × `R` rows.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn quantised<const BITS: u32, const R: usize, const P: usize>(
    x: View<'_>,
    words: *const u32,
    panel: usize,
    blocks: usize,
    out: *mut f32,
) {
    let (row, slab) = (x.row * LANES, x.slab * LANES);
    let lines = BITS as usize;
    let per_word = BLOCK / lines;
    let mut sums = [[[_mm256_setzero_ps(); R]; 2]; P];
    let mut x: *const f32 = x.lines.as_ptr().cast();
    let mut words = words;
    for _ in 0..blocks {
        let mut steps = [[_mm256_setzero_ps(); 2]; P];
        let mut offsets = [[_mm256_setzero_ps(); 2]; P];
        for_each_panel!(P, p, {
            let words = words.add(p * panel);
            (steps[p], offsets[p]) = scales(words.add(lines * LANES));
            // The same block of the panels after these: a panel is too short for the processor to see
            // by itself that it is read in order. Past the end nothing happens.
            for line in 0..=lines {
                let ahead = words.wrapping_add(P * panel + line * LANES);
                _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
            }
        });
        for line in 0..lines {
            let input = line * per_word;
            let x = x.wrapping_add(input / LANES * slab + input % LANES);
            let words = words.add(line * LANES);
            for_each_panel!(P, p, {
                let words = words.add(p * panel);
                let [low, high] = &mut sums[p];
                add_word::<BITS, R>(low, words, x, row, steps[p][0], offsets[p][0]);
                add_word::<BITS, R>(high, words.add(HALF), x, row, steps[p][1], offsets[p][1]);
            });
        }
        x = x.wrapping_add(2 * slab);
        words = words.add((lines + 1) * LANES);
    }
    for_each_panel!(P, p, {
        let [low, high] = sums[p];
        for (r, (low, high)) in low.into_iter().zip(high).enumerate() {
            let to = out.add((p * R + r) * LANES);
            _mm256_storeu_ps(to, low);
            _mm256_storeu_ps(to.add(HALF), high);
        }
    });
}

/// Adds the products of the inputs in a word of each of eight outputs.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn add_word<const BITS: u32, const R: usize>(
    sums: &mut [__m256; R],
    words: *const u32,
    x: *const f32,
    row: usize,
    step: __m256,
    offset: __m256,
) {
    let numbers = _mm256_loadu_si256(words.cast());
    for input in 0..BLOCK / BITS as usize {
        let weights = floats::<BITS>(numbers, input, step, offset);
        for (r, sum) in sums.iter_mut().enumerate() {
            let x = _mm256_broadcast_ss(&*x.add(r * row + input));
            *sum = _mm256_fmadd_ps(x, weights, *sum);
        }
    }
}

/// Steps and offsets of a block's 16 outputs.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn scales(words: *const u32) -> ([__m256; 2], [__m256; 2]) {
    let words: *const __m128i = words.cast();
    let eight = |at: usize| _mm256_cvtph_ps(_mm_loadu_si128(words.add(at)));
    ([eight(0), eight(1)], [eight(2), eight(3)])
}

/// The numbers of one input in eight words, as weights.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn floats<const BITS: u32>(numbers: __m256i, input: usize, step: __m256, offset: __m256) -> __m256 {
    let shifted = _mm256_srl_epi32(numbers, _mm_cvtsi32_si128((input * BITS as usize) as i32));
    let number = _mm256_and_si256(shifted, _mm256_set1_epi32((1 << BITS) - 1));
    _mm256_fmadd_ps(_mm256_cvtepi32_ps(number), step, offset)
}

pub(super) fn unpack(blocks: &[Bits], bits: u32, out: &mut [Line]) {
    let kernel = if bits == 4 { floats_of_panel::<4> } else { floats_of_panel::<8> };
    // SAFETY: as in `product`; `Isa::unpack` has checked that both are whole blocks and as many.
    unsafe { kernel(blocks, out) }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn floats_of_panel<const BITS: u32>(blocks: &[Bits], out: &mut [Line]) {
    let lines = BITS as usize;
    let per_word = BLOCK / lines;
    for (block, out) in blocks.chunks_exact(lines + 1).zip(out.chunks_exact_mut(BLOCK)) {
        let words: *const u32 = block.as_ptr().cast();
        let (steps, offsets) = scales(words.add(lines * LANES));
        for (line, out) in out.chunks_exact_mut(per_word).enumerate() {
            for half in 0..2 {
                let numbers = _mm256_loadu_si256(words.add(line * LANES + half * HALF).cast());
                for (input, out) in out.iter_mut().enumerate() {
                    let weights = floats::<BITS>(numbers, input, steps[half], offsets[half]);
                    _mm256_storeu_ps(out.0.as_mut_ptr().add(half * HALF), weights);
                }
            }
        }
    }
}
