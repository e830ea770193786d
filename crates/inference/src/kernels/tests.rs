//! Every kernel against plain arithmetic in double precision, over shapes that fit and that do not.

use super::*;
use candle_core::{
    quantized::{GgmlDType, QTensor},
    Device, Tensor,
};

/// Numbers between −1 and 1 that look random; the same every time.
fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = u64::from(seed) << 32 | 0x9E37_79B9;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(next).collect()
}

fn slabs(values: &[f32], width: usize) -> Slabs {
    let mut slabs = Slabs::zeros(values.len() / width, width);
    for (row, values) in values.chunks_exact(width).enumerate() {
        slabs.set_row(row, values);
    }
    slabs
}

fn rows(slabs: &Slabs, width: usize) -> Vec<Vec<f32>> {
    (0..slabs.rows()).map(|row| slabs.row(row).take(width).collect()).collect()
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
}

/// A matrix with its weights as floats.
struct Sample {
    matrix: Matrix,
    weights: Vec<f32>,
    outputs: usize,
    inputs: usize,
}

fn float_sample(seed: u32, outputs: usize, inputs: usize) -> Sample {
    let weights = numbers(seed, outputs * inputs);
    Sample { matrix: Matrix::from_floats(&weights, outputs, inputs), weights, outputs, inputs }
}

fn quantised_sample(seed: u32, dtype: GgmlDType, outputs: usize, inputs: usize) -> Sample {
    let values = Tensor::from_vec(numbers(seed, outputs * inputs), (outputs, inputs), &Device::Cpu);
    let tensor = QTensor::quantize(&values.unwrap(), dtype).unwrap();
    let bytes = tensor.data().unwrap();
    let rows = Quantised::new(dtype, &bytes, inputs).unwrap();
    let weights = tensor.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap();
    Sample {
        matrix: Matrix::from_quantised(&rows, outputs, inputs).unwrap(),
        weights: weights.to_vec1().unwrap(),
        outputs,
        inputs,
    }
}

const TYPES: [GgmlDType; 5] =
    [GgmlDType::Q4_0, GgmlDType::Q4_1, GgmlDType::Q5_0, GgmlDType::Q5_1, GgmlDType::Q8_0];

fn product(isa: Isa, sample: &Sample, x: &[f32], bias: Option<&[Line]>) -> Vec<Vec<f32>> {
    let (x, mut out) = (slabs(x, sample.inputs), Slabs::default());
    sample.matrix.multiply(isa, x.lines(), x.rows(), bias, &mut out, |_| ());
    rows(&out, sample.outputs)
}

fn check_product(isa: Isa, sample: &Sample, count: usize, bias: Option<&[f32]>) {
    let x = numbers(99, count * sample.inputs);
    let lines = bias.map(Line::of);
    let found = product(isa, sample, &x, lines.as_deref());
    assert_eq!(found.len(), count);
    for (x, found) in x.chunks_exact(sample.inputs).zip(found) {
        for (output, weights) in sample.weights.chunks_exact(sample.inputs).enumerate() {
            let expected = dot(x, weights) + bias.map_or(0.0, |bias| f64::from(bias[output]));
            let off = (f64::from(found[output]) - expected).abs();
            let bound = 2e-6 * (sample.inputs as f64).sqrt() + 2e-6;
            assert!(
                off < bound,
                "{isa:?}, {count} × {} × {}: {expected} {off}",
                sample.inputs,
                sample.outputs
            );
        }
    }
}

#[test]
fn product_should_be_that_of_plain_arithmetic_when_shapes_are_odd() {
    for isa in Isa::all() {
        for (index, (outputs, inputs)) in
            [(1, 1), (16, 16), (17, 33), (40, 300), (96, 576), (5, 1_537)].into_iter().enumerate()
        {
            let sample = float_sample(index as u32, outputs, inputs);
            let bias = numbers(7, outputs);
            for count in [1, 2, 5, 6, 7, 13, 50, 200] {
                check_product(isa, &sample, count, None);
                check_product(isa, &sample, count, Some(&bias));
            }
        }
    }
}

#[test]
fn product_should_be_that_of_the_dequantised_weights_when_they_are_quantised() {
    for isa in Isa::all() {
        for dtype in TYPES {
            for (outputs, inputs) in [(16, 32), (40, 64), (130, 576), (3, 1_536)] {
                let sample = quantised_sample(3, dtype, outputs, inputs);
                for count in [1, 2, 3, 4, 5, 6, 7, 16, 31] {
                    check_product(isa, &sample, count, None);
                }
            }
        }
    }
}

#[test]
fn weights_should_be_the_very_floats_of_dequantising_when_quantised() {
    for dtype in TYPES {
        let sample = quantised_sample(5, dtype, 37, 96);
        for (index, expected) in sample.weights.chunks_exact(sample.inputs).enumerate() {
            let mut found = vec![0f32; sample.inputs];
            sample.matrix.row(index, &mut found);
            assert_eq!(found, expected, "{dtype:?}");
        }
        for isa in Isa::all() {
            // Joined with floats it has to be unpacked.
            let floats = float_sample(6, 16, 96);
            let joined = Matrix::join(isa, &[(&floats.matrix, 0..1), (&sample.matrix, 1..2)]);
            let mut found = vec![0f32; 96];
            joined.row(16 + 4, &mut found);
            assert_eq!(found, sample.weights[20 * 96..21 * 96], "{isa:?} {dtype:?}");
        }
    }
}

#[test]
fn matrix_should_not_be_kept_quantised_when_its_type_or_width_does_not_fit() {
    let bytes = [0u8; 4_096];
    assert!(Quantised::new(GgmlDType::Q4K, &bytes, 256).is_none());
    assert!(Quantised::new(GgmlDType::F32, &bytes, 256).is_none());
    assert!(Quantised::new(GgmlDType::Q4_1, &bytes, 48).is_none());
    // A step whose offset is more than a 16-bit float holds: 40,000 × 8.
    let mut block = vec![0u8; 18];
    block[..2].copy_from_slice(&half::f16::from_f32(40_000.0).to_le_bytes());
    let rows = Quantised::new(GgmlDType::Q4_0, &block, 32).unwrap();
    assert!(Matrix::from_quantised(&rows, 1, 32).is_none());
    // And one that is cut off.
    let rows = Quantised::new(GgmlDType::Q8_0, &block, 32).unwrap();
    let mut row = [1f32; 32];
    Matrix::from_quantised(&rows, 1, 32).unwrap().row(0, &mut row);
    assert_eq!(row, [0.0; 32]);
}

#[test]
fn row_should_be_the_same_bits_when_others_are_beside_it() {
    for isa in Isa::all() {
        for sample in [
            quantised_sample(1, GgmlDType::Q4_1, 144, 576),
            quantised_sample(2, GgmlDType::Q8_0, 48, 1_536),
            float_sample(3, 144, 1_536),
        ] {
            let x = numbers(4, 211 * sample.inputs);
            let all = product(isa, &sample, &x, None);
            for count in [1, 2, 3, 4, 5, 6, 11, 50] {
                let some = product(isa, &sample, &x[..count * sample.inputs], None);
                assert_eq!(some, all[..count], "{isa:?} {count}");
            }
        }
    }
}

#[test]
fn parts_should_be_in_their_order_when_matrices_are_joined() {
    let (left, right) = (float_sample(1, 48, 20), float_sample(2, 32, 20));
    let joined = Matrix::join(
        Isa::best(),
        &[(&left.matrix, 2..3), (&right.matrix, 0..2), (&left.matrix, 0..1)],
    );
    assert_eq!((joined.outputs(), joined.bytes()), (64, 64 * 20 * 4));
    let mut row = vec![0f32; 20];
    for (index, expected) in [(0, &left.weights[32 * 20..]), (17, &right.weights[20..])] {
        joined.row(index, &mut row);
        assert_eq!(row, expected[..20]);
    }
    joined.row(63, &mut row);
    assert_eq!(row, left.weights[15 * 20..16 * 20]);
}

/// Softmax attention of one query over the first `seen` positions.
fn attention(query: &[f32], keys: &[f32], values: &[f32], size: usize, seen: usize) -> Vec<f64> {
    let scores: Vec<f64> =
        keys.chunks_exact(size).take(seen).map(|key| dot(query, key).exp()).collect();
    let total: f64 = scores.iter().sum();
    let at = |dimension: usize| {
        let values = values.chunks_exact(size).map(|value| f64::from(value[dimension]));
        scores.iter().zip(values).map(|(score, value)| score / total * value).sum()
    };
    (0..size).map(at).collect()
}

#[test]
fn attention_should_be_that_of_plain_arithmetic_when_lengths_are_odd() {
    let size = 32;
    for isa in Isa::all() {
        for (count, past, causal) in [
            (1, 0, true),
            (1, 40, true),
            (3, 5, true),
            (53, 0, true),
            (100, 31, true),
            (70, 0, false),
        ] {
            let length = past + count;
            let [queries, keys, values] =
                [1, 2, 3].map(|seed| numbers(seed, length * size).split_off(0));
            let queries = &queries[..count * size];
            let mut panels = vec![Line::ZERO; length.div_ceil(LANES) * size];
            for (position, key) in keys.chunks_exact(size).enumerate() {
                for (dimension, value) in key.iter().enumerate() {
                    panels[position / LANES * size + dimension].0[position % LANES] = *value;
                }
            }
            let (x, kept) = (slabs(queries, size), slabs(&values, size));
            let heads = Heads {
                keys: &panels,
                values: kept.lines(),
                values_slab: length,
                size,
                seen: if causal { past + 1 } else { length },
                more: usize::from(causal),
            };
            let mut out = Slabs::zeros(count, size);
            let view = View { lines: x.lines(), row: 1, slab: count };
            let mut scratch = vec![Line([f32::NAN; LANES]); 3];
            attend(isa, &heads, view, count, out.lines_mut(), (1, count), &mut scratch);
            for (row, found) in rows(&out, size).iter().enumerate() {
                let seen = if causal { past + row + 1 } else { length };
                let query = &queries[row * size..][..size];
                let expected = attention(query, &keys, &values, size, seen);
                for (found, expected) in found.iter().zip(expected) {
                    let off = (f64::from(*found) - expected).abs();
                    assert!(off < 2e-6, "{isa:?} {count} {past}: {found} {expected}");
                }
            }
        }
    }
}

#[test]
fn norms_should_be_those_of_plain_arithmetic_when_rows_are_many() {
    let width = 48;
    let [scale, shift] = [11, 12].map(|seed| numbers(seed, width));
    for isa in Isa::all() {
        for count in [1, 16, 37] {
            let values = numbers(13, count * width);
            let more = numbers(14, count * width);
            let sums: Vec<f32> =
                values.iter().zip(&more).map(|(left, right)| left + right).collect();
            let mut hidden = slabs(&values, width);
            let (more, mut out) = (slabs(&more, width), slabs(&values, width));
            let scale_lines = Line::of(&scale);
            add_rms_norm(isa, &mut hidden, &more, &scale_lines, 1e-5, &mut out);
            assert_eq!(rows(&hidden, width).concat(), sums);
            let mut again = slabs(&values, width);
            rms_norm(isa, &hidden, &scale_lines, 1e-5, &mut again);
            assert_eq!(rows(&again, width), rows(&out, width));
            let mut layer = slabs(&values, width);
            add_layer_norm(isa, &mut layer, &more, &scale_lines, &Line::of(&shift), 1e-12);
            for (row, sums) in sums.chunks_exact(width).enumerate() {
                let mean = sums.iter().map(|value| f64::from(*value)).sum::<f64>() / width as f64;
                let square = dot(sums, sums) / width as f64;
                let deviation = (square - mean * mean).sqrt();
                for at in 0..width {
                    let expected =
                        f64::from(sums[at]) / (square + 1e-5).sqrt() * f64::from(scale[at]);
                    let found = f64::from(rows(&out, width)[row][at]);
                    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
                    let expected = (f64::from(sums[at]) - mean) / deviation * f64::from(scale[at])
                        + f64::from(shift[at]);
                    let found = f64::from(rows(&layer, width)[row][at]);
                    assert!((found - expected).abs() < 2e-6, "{found} {expected}");
                }
            }
        }
    }
}

/// Φ(x) by adding up its density.
fn normal(x: f64) -> f64 {
    let steps = 20_000;
    let width = x / f64::from(steps);
    let density = |at: f64| (-at * at / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let middle = |step: i32| density((f64::from(step) + 0.5) * width);
    0.5 + (0..steps).map(middle).sum::<f64>() * width
}

#[test]
fn activations_should_be_exact_to_a_few_units_when_compared_with_doubles() {
    for isa in Isa::all() {
        for x in [-30.0f32, -8.0, -3.3, -1.0, -0.37, -1e-3, 0.0, 1e-4, 0.5, 0.99, 2.7, 6.0, 40.0] {
            let mut line = [Line([x; LANES])];
            gelu(isa, &mut line);
            let expected = f64::from(x) * normal(f64::from(x));
            assert!((f64::from(line[0].0[3]) - expected).abs() < 2e-7 * expected.abs().max(1.0));
            let mut line = [Line([x; LANES])];
            silu_times(isa, &mut line, &[Line([2.0; LANES])]);
            let expected = 2.0 * f64::from(x) / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(line[0].0[9]) - expected).abs() < 3e-7 * expected.abs().max(1.0));
        }
    }
}

#[test]
fn rows_should_be_the_same_bits_when_instructions_differ() {
    let values = numbers(21, 40 * 64);
    let run = |isa: Isa| {
        let mut hidden = slabs(&values, 64);
        let scale = Line::of(&numbers(22, 64));
        add_layer_norm(isa, &mut hidden, &Slabs::default(), &scale, &scale, 1e-5);
        gelu(isa, hidden.lines_mut());
        let up = hidden.clone();
        silu_times(isa, hidden.lines_mut(), up.lines());
        (rows(&hidden, 64), log_sum_exp(isa, &values), largest(isa, &values))
    };
    for isa in Isa::all() {
        assert_eq!(run(isa), run(Isa::Plain));
    }
}

#[test]
fn log_sum_exp_should_equal_that_of_doubles_when_logits_are_many() {
    for isa in Isa::all() {
        for count in [1, 15, 16, 1_000, 49_152] {
            let values: Vec<f32> = numbers(31, count).iter().map(|value| 20.0 * value).collect();
            let exact = values.iter().map(|value| f64::from(*value).exp()).sum::<f64>().ln();
            assert!((log_sum_exp(isa, &values) - exact).abs() < 1e-6);
            let top = values.iter().copied().fold(f32::MIN, f32::max);
            assert_eq!(largest(isa, &values), top);
        }
        assert_eq!(largest(isa, &[f32::NAN, 1.0, f32::NAN]), 1.0);
        assert_eq!(largest(isa, &[]), f32::NEG_INFINITY);
    }
}
