//! Matrices rounded as they are loaded: what a model of less precision answers, computed in F32.

use candle_core::{
    quantized::{GgmlDType, QTensor},
    DType, Device, Result, Tensor,
};

/// To what the matrices of a model are rounded when it is loaded. Its bias and norms stay as they are, and
/// everything is computed in F32: what differs between two roundings is the weights alone.
///
/// It is for measuring what verification can tell apart, and for tests in which a miner serves less than
/// it says: [`crate::ModelInfo::commitment`] stays that of the model which was rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Not at all.
    #[default]
    None,
    /// To 16-bit floats.
    F16,
    /// To 16-bit floats with the exponents of 32-bit ones.
    Bf16,
    /// To 8 bits in blocks of 32 with a scale each (GGUF's Q8_0).
    Q8,
    /// To 5 bits (Q5_0).
    Q5,
    /// To 4 bits (Q4_0).
    Q4,
}

impl Rounding {
    /// All of them, from the finest to the coarsest.
    pub const ALL: [Self; 6] = [Self::None, Self::F16, Self::Bf16, Self::Q8, Self::Q5, Self::Q4];

    /// A tensor rounded, if it is a matrix. Rows of a length that blocks do not divide are refused.
    pub(crate) fn apply(self, tensor: Tensor) -> Result<Tensor> {
        let through = |dtype| tensor.to_dtype(dtype)?.to_dtype(DType::F32);
        let blocks = |dtype| {
            // Quantising is the CPU's work.
            let rounded = QTensor::quantize(&tensor.to_device(&Device::Cpu)?, dtype)?;
            rounded.dequantize(tensor.device())
        };
        match self {
            _ if tensor.rank() != 2 => Ok(tensor),
            Self::None => Ok(tensor),
            Self::F16 => through(DType::F16),
            Self::Bf16 => through(DType::BF16),
            Self::Q8 => blocks(GgmlDType::Q8_0),
            Self::Q5 => blocks(GgmlDType::Q5_0),
            Self::Q4 => blocks(GgmlDType::Q4_0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_should_be_further_off_the_coarser_the_rounding() {
        let matrix = Tensor::randn(0f32, 1.0, (16, 64), &Device::Cpu).unwrap();
        let off = |rounding: Rounding| {
            let rounded = rounding.apply(matrix.clone()).unwrap();
            let off = (&rounded - &matrix).unwrap().abs().unwrap().mean_all().unwrap();
            off.to_scalar::<f32>().unwrap()
        };
        assert_eq!(off(Rounding::None), 0.0);
        let offs = Rounding::ALL.map(off);
        assert!(offs.is_sorted() && offs[1] > 0.0 && offs[5] > 0.05, "{offs:?}");
        let vector = Tensor::new(&[0.123_456_78f32; 32], &Device::Cpu).unwrap();
        let same = Rounding::Q4.apply(vector.clone()).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(same, vector.to_vec1::<f32>().unwrap());
    }
}
