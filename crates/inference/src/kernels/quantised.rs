//! Quantised weights: whole numbers of 4 or 8 bits with a step and an offset for each block of 32
//! inputs of an output, `weight = number × step + offset`.
//!
//! A panel's block, in lines of 16 words: the numbers of inputs 0 to 7 (of 8 bits: 0 to 3), a word per
//! output, the first input in the lowest bits; then the next inputs' and so on; at last 16 steps and
//! 16 offsets as 16-bit floats.

use super::LANES;
use candle_core::quantized::GgmlDType;
use half::f16;

/// Inputs of a block.
pub(super) const BLOCK: usize = 32;

/// A line of words.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bits(pub [u32; LANES]);

/// Lines of one block of a panel: `bits` of numbers, one of scales.
pub(super) const fn lines_of_block(bits: u32) -> usize {
    bits as usize + 1
}

/// A matrix as it lies in a GGUF file.
pub(crate) struct Quantised<'a> {
    dtype: GgmlDType,
    bytes: &'a [u8],
    inputs: usize,
}

/// One block of an output: numbers, step, offset.
struct Block {
    numbers: [u8; BLOCK],
    step: u16,
    offset: u16,
}

impl<'a> Quantised<'a> {
    /// `None` if this type is not kept quantised, or if a row is not whole blocks.
    pub fn new(dtype: GgmlDType, bytes: &'a [u8], inputs: usize) -> Option<Self> {
        let known = matches!(
            dtype,
            GgmlDType::Q4_0 | GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 | GgmlDType::Q8_0
        );
        (known && inputs != 0 && inputs.is_multiple_of(BLOCK)).then_some(Self {
            dtype,
            bytes,
            inputs,
        })
    }

    /// Bits of a number once packed: five are kept in eight.
    pub fn bits(&self) -> u32 {
        match self.dtype {
            GgmlDType::Q4_0 | GgmlDType::Q4_1 => 4,
            _ => 8,
        }
    }

    fn row(&self, output: usize) -> impl Iterator<Item = Option<Block>> + '_ {
        let size = self.dtype.type_size();
        let bytes = self.inputs / BLOCK * size;
        let row = self.bytes.get(output * bytes..(output + 1) * bytes).unwrap_or_default();
        row.chunks_exact(size).map(|block| read(self.dtype, block))
    }

    /// The panel of 16 outputs from `first` on, where there are fewer the others are zeros. `None` if
    /// an offset is no 16-bit float.
    pub fn panel(&self, first: usize, outputs: usize) -> Option<Vec<Bits>> {
        let (bits, count) = (self.bits(), self.inputs / BLOCK);
        let lines = lines_of_block(bits);
        let mut panel = vec![Bits([0; LANES]); count * lines];
        for lane in 0..LANES.min(outputs.saturating_sub(first)) {
            for (packed, block) in panel.chunks_exact_mut(lines).zip(self.row(first + lane)) {
                pack(packed, bits, lane, &block?);
            }
        }
        Some(panel)
    }
}

fn read(dtype: GgmlDType, bytes: &[u8]) -> Option<Block> {
    let half = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let mut numbers = [0; BLOCK];
    let step = half(0)?;
    // Where the numbers begin, where a fifth bit does, and by how much the numbers are shifted.
    let (at, fifth, shift) = match dtype {
        GgmlDType::Q4_0 => (2, None, 8),
        GgmlDType::Q4_1 => (4, None, 0),
        GgmlDType::Q5_0 => (6, Some(2), 16),
        GgmlDType::Q5_1 => (8, Some(4), 0),
        _ => (2, None, 128),
    };
    if dtype == GgmlDType::Q8_0 {
        for (number, byte) in numbers.iter_mut().zip(bytes.get(at..)?) {
            *number = byte.wrapping_add(128);
        }
    } else {
        let (low, high) = numbers.split_at_mut(BLOCK / 2);
        for ((low, high), byte) in low.iter_mut().zip(high).zip(bytes.get(at..)?) {
            (*low, *high) = (byte & 15, byte >> 4);
        }
    }
    if let Some(at) = fifth {
        let word = u32::from(half(at)?) | u32::from(half(at + 2)?) << 16;
        for (input, number) in numbers.iter_mut().enumerate() {
            *number |= ((word >> input & 1) << 4) as u8;
        }
    }
    let offset = match shift {
        0 => half(2)?,
        shift => minus_times(step, shift)?,
    };
    Some(Block { numbers, step, offset })
}

/// −step × 2ⁿ as a 16-bit float, if that is one: numbers below zero are kept above it.
fn minus_times(step: u16, shift: u32) -> Option<u16> {
    let value = -half_to_float(step) * shift as f32;
    let half = f16::from_f32(value);
    (half.to_f32() == value).then_some(half.to_bits())
}

fn pack(packed: &mut [Bits], bits: u32, lane: usize, block: &Block) {
    let per_word = (32 / bits) as usize;
    for (line, numbers) in packed.iter_mut().zip(block.numbers.chunks_exact(per_word)) {
        let word = numbers.iter().rev().fold(0u32, |word, number| {
            word.checked_shl(bits).unwrap_or_default() | u32::from(*number)
        });
        line.0[lane] = word;
    }
    if let Some(scales) = packed.last_mut() {
        // Two 16-bit floats a word, the first in the lower half.
        let shift = 16 * (lane as u32 % 2);
        scales.0[lane / 2] |= u32::from(block.step) << shift;
        scales.0[LANES / 2 + lane / 2] |= u32::from(block.offset) << shift;
    }
}

/// Steps and offsets of a packed block, by output.
pub(super) fn scales(block: &[Bits]) -> ([f32; LANES], [f32; LANES]) {
    let steps = std::array::from_fn(|lane| scale(block, lane));
    (steps, std::array::from_fn(|lane| scale(block, LANES + lane)))
}

/// One of a packed block's 16 steps and 16 offsets.
fn scale(block: &[Bits], at: usize) -> f32 {
    let word = block.last().map_or(0, |scales| scales.0[at / 2]);
    half_to_float((word >> (16 * (at % 2))) as u16)
}

/// One weight of a packed block.
pub(super) fn weight(
    block: &[Bits],
    bits: u32,
    input: usize,
    lane: usize,
    step: f32,
    offset: f32,
) -> f32 {
    let per_word = (32 / bits) as usize;
    let word = block[input / per_word].0[lane];
    let number = word >> (bits * (input % per_word) as u32) & ((1 << bits) - 1);
    // The product is exact (a number of 8 bits times 11 bits), so there is one rounding, as with a
    // fused multiplication.
    number as f32 * step + offset
}

fn half_to_float(half: u16) -> f32 {
    f16::from_bits(half).to_f32()
}

/// The weights of one output out of packed panels.
pub(super) fn output(panels: &[Bits], bits: u32, inputs: usize, output: usize, out: &mut [f32]) {
    let lines = lines_of_block(bits);
    let panel = inputs / BLOCK * lines;
    let blocks = panels.chunks_exact(panel).nth(output / LANES).unwrap_or_default();
    let lane = output % LANES;
    for (block, out) in blocks.chunks_exact(lines).zip(out.chunks_exact_mut(BLOCK)) {
        let (step, offset) = (scale(block, lane), scale(block, LANES + lane));
        for (input, value) in out.iter_mut().enumerate() {
            *value = weight(block, bits, input, lane, step, offset);
        }
    }
}
