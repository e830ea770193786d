//! The parts that both networks are made of.

use candle_core::{Result, Tensor};

/// `x · W + b`, with W kept as (inputs, outputs): the layout in which candle's matrix product reads
/// it in order whatever the number of rows, so that decoding a few sequences streams the memory
/// once and copies nothing.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    matrix: Tensor,
    bias: Option<Tensor>,
}

impl Projection {
    /// From a matrix as model files hold it, (outputs, inputs), and a bias of (outputs).
    pub fn new(matrix: &Tensor, bias: Option<Tensor>) -> Result<Self> {
        Ok(Self { matrix: matrix.t()?.contiguous()?, bias })
    }

    /// Shares a matrix that is (inputs, outputs) already.
    pub fn shared(matrix: Tensor) -> Self {
        Self { matrix, bias: None }
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
