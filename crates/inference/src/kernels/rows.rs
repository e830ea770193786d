//! What happens to each row between two products: norms, activations, softmax.
//!
//! Each function is written once and compiled twice, for the build's target and for AVX2 (a line is
//! two of its vectors); nothing here is fused, so both give the same bits.

use super::{Isa, Line, Slabs, LANES};

/// Defines a function and its second compilation.
macro_rules! twice {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $visibility fn $name(isa: Isa, $($argument: $type),*) {
            #[inline(always)]
            fn body($($argument: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $type),*) {
                    body($($argument),*)
                }
                if isa == Isa::Avx2 {
                    // SAFETY: an `Isa::Avx2` is made only on a processor that has AVX2.
                    #[allow(unsafe_code)]
                    return unsafe { wide($($argument),*) };
                }
            }
            let _ = isa;
            body($($argument),*)
        }
    };
}

/// Rows that are worked on at once: their sums and, slab by slab, their values stay in the cache.
const AT_ONCE: usize = 16;

/// Calls `work` with each few rows (the first and how many).
#[inline(always)]
fn few(rows: usize, mut work: impl FnMut(usize, usize)) {
    let mut first = 0;
    while first < rows {
        let count = AT_ONCE.min(rows - first);
        work(first, count);
        first += count;
    }
}

#[inline(always)]
fn sum(line: &Line) -> f32 {
    let mut values = line.0;
    let mut half = LANES / 2;
    while half > 0 {
        for at in 0..half {
            values[at] += values[at + half];
        }
        half /= 2;
    }
    values[0]
}

#[inline(always)]
fn map(line: &mut Line, value: impl Fn(f32) -> f32) {
    for lane in &mut line.0 {
        *lane = value(*lane);
    }
}

twice! {
    /// `hidden` becomes the layer norm of `hidden + more` (`more` may be empty) with scale and shift.
    pub(crate) fn add_layer_norm(
        hidden: &mut Slabs,
        more: &Slabs,
        scale: &[Line],
        shift: &[Line],
        epsilon: f32,
    ) {
        let rows = hidden.rows;
        let width = (scale.len() * LANES) as f32;
        few(rows, |first, count| {
            let mut sums = [Line::ZERO; AT_ONCE];
            for slab in 0..scale.len() {
                let at = slab * rows + first;
                let values = &mut hidden.lines[at..at + count];
                if let Some(more) = more.lines.get(at..at + count) {
                    for (value, more) in values.iter_mut().zip(more) {
                        for (value, more) in value.0.iter_mut().zip(more.0) {
                            *value += more;
                        }
                    }
                }
                for (sum, value) in sums.iter_mut().zip(values) {
                    for (sum, value) in sum.0.iter_mut().zip(value.0) {
                        *sum += value;
                    }
                }
            }
            let means: [f32; AT_ONCE] = std::array::from_fn(|row| sum(&sums[row]) / width);
            let mut squares = [Line::ZERO; AT_ONCE];
            for slab in 0..scale.len() {
                let at = slab * rows + first;
                let values = &hidden.lines[at..at + count];
                for ((square, value), mean) in squares.iter_mut().zip(values).zip(means) {
                    for (square, value) in square.0.iter_mut().zip(value.0) {
                        *square += (value - mean) * (value - mean);
                    }
                }
            }
            let factors: [f32; AT_ONCE] =
                std::array::from_fn(|row| 1.0 / (sum(&squares[row]) / width + epsilon).sqrt());
            for (slab, (scale, shift)) in scale.iter().zip(shift).enumerate() {
                let at = slab * rows + first;
                let values = &mut hidden.lines[at..at + count];
                for ((value, mean), factor) in values.iter_mut().zip(means).zip(factors) {
                    for (lane, value) in value.0.iter_mut().enumerate() {
                        *value = (*value - mean) * factor * scale.0[lane] + shift.0[lane];
                    }
                }
            }
        });
    }
}

twice! {
    /// `hidden` grows by `more`; `out` (of the same shape) becomes its norm by the root mean square.
    pub(crate) fn add_rms_norm(
        hidden: &mut Slabs,
        more: &Slabs,
        scale: &[Line],
        epsilon: f32,
        out: &mut Slabs,
    ) {
        for (value, more) in hidden.lines.iter_mut().zip(&more.lines) {
            for (value, more) in value.0.iter_mut().zip(more.0) {
                *value += more;
            }
        }
        root_mean_square(hidden, scale, epsilon, out);
    }
}

twice! {
    /// `out` (of the same shape) becomes the norm of `hidden` by the root mean square.
    pub(crate) fn rms_norm(hidden: &Slabs, scale: &[Line], epsilon: f32, out: &mut Slabs) {
        root_mean_square(hidden, scale, epsilon, out);
    }
}

#[inline(always)]
fn root_mean_square(hidden: &Slabs, scale: &[Line], epsilon: f32, out: &mut Slabs) {
    let rows = hidden.rows;
    let width = (scale.len() * LANES) as f32;
    few(rows, |first, count| {
        let mut squares = [Line::ZERO; AT_ONCE];
        for slab in 0..scale.len() {
            let at = slab * rows + first;
            for (square, value) in squares.iter_mut().zip(&hidden.lines[at..at + count]) {
                for (square, value) in square.0.iter_mut().zip(value.0) {
                    *square += value * value;
                }
            }
        }
        let factors: [f32; AT_ONCE] =
            std::array::from_fn(|row| 1.0 / (sum(&squares[row]) / width + epsilon).sqrt());
        for (slab, scale) in scale.iter().enumerate() {
            let at = slab * rows + first;
            let values = hidden.lines[at..at + count].iter().zip(factors);
            for (out, (value, factor)) in out.lines[at..at + count].iter_mut().zip(values) {
                for lane in 0..LANES {
                    out.0[lane] = value.0[lane] * factor * scale.0[lane];
                }
            }
        }
    });
}

/// eˣ, to 2 units in the last place; 0 below the smallest normal float's logarithm.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // 1.5 × 2²³: a float that is so large has no digits behind the point.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, so that the product with a whole number loses nothing.
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut series = 1.987_569_1e-4;
    for factor in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series * rest + factor;
    }
    let power = series * rest * rest + rest + 1.0;
    // The whole number is in the lowest bits of what it was rounded with: it goes into the exponent.
    power * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}

twice! {
    /// x → x Φ(x), with the distribution's tail to 10⁻⁷ (Abramowitz and Stegun 7.1.26).
    pub(crate) fn gelu(values: &mut [Line]) {
        for line in values {
            map(line, |x| {
                let size = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
                let t = 1.0 / (1.0 + 0.327_591_1 * size);
                let mut series = 1.061_405_4;
                for factor in [-1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
                    series = series * t + factor;
                }
                let tail = 0.5 * series * t * exp(-size * size);
                if x < 0.0 {
                    x * tail
                } else {
                    x - x * tail
                }
            });
        }
    }
}

twice! {
    /// `gate` becomes gate × sigmoid(gate) × up.
    pub(crate) fn silu_times(gate: &mut [Line], up: &[Line]) {
        for (gate, up) in gate.iter_mut().zip(up) {
            for (gate, up) in gate.0.iter_mut().zip(up.0) {
                *gate = *gate / (1.0 + exp(-*gate)) * up;
            }
        }
    }
}

twice! {
    /// Softmax of each of `rows` rows of scores, slab after slab. Row r sees the first
    /// `seen` + r × `more` of them; the others become 0.
    pub(super) fn softmax(scores: &mut [Line], rows: usize, seen: usize, more: usize) {
        for row in 0..rows {
            let seen = seen + row * more;
            let (full, rest) = (seen / LANES, seen % LANES);
            if let Some(line) = scores.get_mut(full * rows + row).filter(|_| rest > 0) {
                line.0[rest..].fill(f32::NEG_INFINITY);
            }
            let slabs = seen.div_ceil(LANES);
            let mut top = Line([f32::NEG_INFINITY; LANES]);
            for slab in 0..slabs {
                for (top, score) in top.0.iter_mut().zip(scores[slab * rows + row].0) {
                    *top = if score > *top { score } else { *top };
                }
            }
            let top = top.0.iter().fold(f32::NEG_INFINITY, |top, score| top.max(*score));
            let mut sums = Line::ZERO;
            for slab in 0..slabs {
                let line = &mut scores[slab * rows + row];
                map(line, |score| exp(score - top));
                if slab == full {
                    line.0[rest..].fill(0.0);
                }
                for (sum, share) in sums.0.iter_mut().zip(line.0) {
                    *sum += share;
                }
            }
            let factor = 1.0 / sum(&sums);
            for slab in 0..slabs {
                map(&mut scores[slab * rows + row], |share| share * factor);
            }
            for line in scores.iter_mut().skip(slabs * rows + row).step_by(rows) {
                *line = Line::ZERO;
            }
        }
    }
}

twice! {
    fn sum_of_exp(values: &[f32], top: f32, total: &mut f64) {
        // A few lines in single precision, then into the total.
        for some in values.chunks(64 * LANES) {
            let mut sums = Line::ZERO;
            let whole = some.chunks_exact(LANES);
            for value in whole.remainder() {
                *total += f64::from(exp(value - top));
            }
            for values in whole {
                for (sum, value) in sums.0.iter_mut().zip(values) {
                    *sum += exp(value - top);
                }
            }
            *total += f64::from(sum(&sums));
        }
    }
}

twice! {
    fn top_of(values: &[f32], top: &mut f32) {
        let mut tops = [f32::NEG_INFINITY; LANES];
        let whole = values.chunks_exact(LANES);
        *top = whole.remainder().iter().fold(*top, |top, value| top.max(*value));
        for values in whole {
            for (top, value) in tops.iter_mut().zip(values) {
                *top = if *value > *top { *value } else { *top };
            }
        }
        *top = tops.iter().fold(*top, |top, value| top.max(*value));
    }
}

/// The largest of some numbers, NaN left out; −∞ if there is none.
pub(crate) fn largest(isa: Isa, values: &[f32]) -> f32 {
    let mut top = f32::NEG_INFINITY;
    top_of(isa, values, &mut top);
    top
}

/// ln Σ exp, as exact as a 32-bit exponential.
pub(crate) fn log_sum_exp(isa: Isa, values: &[f32]) -> f64 {
    let top = largest(isa, values);
    let mut total = 0.0;
    sum_of_exp(isa, values, top, &mut total);
    f64::from(top) + total.ln()
}
