//! The parts that both networks are made of.

use candle_core::{Device, Result, Tensor};

/// `x · W + b`, with W kept as (inputs, outputs): the layout from which candle's matrix product
/// computes a few rows without copying W into another one first.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    matrix: Tensor,
    bias: Option<Tensor>,
}

impl Projection {
    /// From a matrix as model files hold it, (outputs, inputs), and a bias of (outputs).
    pub fn new(matrix: &Tensor, bias: Option<Tensor>) -> Result<Self> {
        Ok(Self { matrix: transposed(matrix)?, bias })
    }

    /// (rows, inputs) → (rows, outputs)
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.matmul(&self.matrix)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// A matrix turned over, in memory too. Goes tile by tile, because candle's general copy jumps
/// through the whole matrix for every row and took a quarter of the time to load a model.
fn transposed(matrix: &Tensor) -> Result<Tensor> {
    const TILE: usize = 32;
    if !matrix.device().is_cpu() {
        return matrix.t()?.contiguous();
    }
    let (rows, columns) = matrix.dims2()?;
    let values = matrix.flatten_all()?.to_vec1::<f32>()?;
    let mut turned = vec![0f32; values.len()];
    // A band is TILE rows of the result, that is TILE columns of the source.
    for (band_at, band) in turned.chunks_mut(TILE * rows).enumerate() {
        for (tile_at, tile) in values.chunks(TILE * columns).enumerate() {
            for (row, source) in tile.chunks_exact(columns).enumerate() {
                let from = source.iter().skip(band_at * TILE).take(TILE);
                let to = band.iter_mut().skip(tile_at * TILE + row).step_by(rows);
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }
    Tensor::from_vec(turned, (columns, rows), matrix.device())
}

/// Layer normalisation over the last dimension, with scale and shift.
#[derive(Clone, Debug)]
pub(crate) struct LayerNorm {
    pub scale: Tensor,
    pub shift: Tensor,
    pub epsilon: f32,
}

impl LayerNorm {
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        candle_nn::ops::layer_norm(x, &self.scale, &self.shift, self.epsilon)
    }
}

/// Normalisation by the root mean square over the last dimension.
#[derive(Clone, Debug)]
pub(crate) struct RmsNorm {
    pub scale: Tensor,
    pub epsilon: f32,
}

impl RmsNorm {
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        candle_nn::ops::rms_norm(x, &self.scale, self.epsilon)
    }
}

/// The vocabulary's matrix, which embeds tokens and, where a model ties the two, turns hidden
/// states into logits. It is kept once, cut into blocks of columns: a product with the whole matrix
/// would jump by its full width from row to row, and is less than half as fast.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// Each (dimensions, [`WORDS_PER_BLOCK`]); the last one may be narrower.
    blocks: Vec<Tensor>,
}

/// As wide as the widest of the other matrices of a small model.
const WORDS_PER_BLOCK: usize = 1_536;

impl Words {
    /// From a matrix as model files hold it, (vocabulary, dimensions).
    pub fn new(matrix: &Tensor) -> Result<Self> {
        let vocabulary = matrix.dim(0)?;
        let mut blocks = Vec::with_capacity(vocabulary.div_ceil(WORDS_PER_BLOCK));
        for start in (0..vocabulary).step_by(WORDS_PER_BLOCK) {
            let width = WORDS_PER_BLOCK.min(vocabulary - start);
            blocks.push(transposed(&matrix.narrow(0, start, width)?)?);
        }
        Ok(Self { blocks })
    }

    /// (tokens, dimensions) of some tokens.
    pub fn embed(&self, tokens: &[u32]) -> Result<Tensor> {
        let mut rows = Vec::with_capacity(tokens.len());
        for token in tokens {
            let place = *token as usize;
            let Some(block) = self.blocks.get(place / WORDS_PER_BLOCK) else {
                candle_core::bail!("token {token} is not in the vocabulary")
            };
            rows.push(block.narrow(1, place % WORDS_PER_BLOCK, 1)?.t()?);
        }
        Tensor::cat(&rows, 0)?.contiguous()
    }

    /// (rows, dimensions) → (rows, vocabulary)
    pub fn logits(&self, hidden: &Tensor) -> Result<Tensor> {
        let parts: Result<Vec<Tensor>> =
            self.blocks.iter().map(|block| hidden.matmul(block)).collect();
        Tensor::cat(&parts?, 1)?.contiguous()
    }
}

/// A view that a matrix product on a GPU would refuse, copied there; CPUs take it as it is.
pub(crate) fn for_product(view: Tensor, device: &Device) -> Result<Tensor> {
    if device.is_cpu() {
        Ok(view)
    } else {
        view.contiguous()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_should_be_turned_over_when_it_is_no_multiple_of_a_tile() {
        for (rows, columns) in [(1, 1), (3, 70), (70, 3), (64, 32), (33, 65)] {
            let matrix = Tensor::randn(0f32, 1.0, (rows, columns), &Device::Cpu).unwrap();
            let expected = matrix.t().unwrap().to_vec2::<f32>().unwrap();
            assert_eq!(transposed(&matrix).unwrap().to_vec2::<f32>().unwrap(), expected);
        }
    }

    #[test]
    fn words_should_equal_the_whole_matrix_when_cut_into_blocks() {
        let vocabulary = 2 * WORDS_PER_BLOCK + 5;
        let matrix = Tensor::randn(0f32, 1.0, (vocabulary, 8), &Device::Cpu).unwrap();
        let words = Words::new(&matrix).unwrap();
        let tokens = [0, 1_535, 1_536, 3_076, 7];
        let expected =
            matrix.index_select(&Tensor::new(&tokens, &Device::Cpu).unwrap(), 0).unwrap();
        let found = words.embed(&tokens).unwrap();
        assert_eq!(found.to_vec2::<f32>().unwrap(), expected.to_vec2::<f32>().unwrap());
        assert!(words.embed(&[vocabulary as u32]).is_err());
        let logits = words.logits(&found).unwrap();
        let expected = found.matmul(&matrix.t().unwrap()).unwrap();
        let off = (logits - expected).unwrap().abs().unwrap().max_all().unwrap();
        assert!(off.to_scalar::<f32>().unwrap() < 1e-4);
    }
}
