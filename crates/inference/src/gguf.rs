//! Reading a GGUF file: typed metadata, and tensors dequantised to F32.

use crate::kernels::{Line, Matrix, Quantised};
use crate::{files::ModelFile, Result, Rounding};
use candle_core::{
    quantized::gguf_file::{Content, Value},
    Device, Tensor,
};
use std::io::Cursor;

/// A GGUF file in memory. Dropped once a model has been built: only F32 tensors stay.
pub(crate) struct Gguf {
    file: ModelFile,
    content: Content,
    /// What matrices are rounded to.
    rounding: Rounding,
}

impl Gguf {
    pub fn parse(file: ModelFile, rounding: Rounding) -> Result<Self> {
        let content =
            Content::read(&mut Cursor::new(&file.bytes)).map_err(|error| file.malformed(error))?;
        Ok(Self { file, content, rounding })
    }

    pub fn sha256(&self) -> [u8; 32] {
        self.file.sha256
    }

    pub fn malformed(&self, reason: impl ToString) -> crate::InferenceError {
        self.file.malformed(reason)
    }

    /// An entry that may be absent; one of another type than asked for is refused.
    fn optional<'a, T>(
        &'a self,
        key: &str,
        read: impl Fn(&'a Value) -> candle_core::Result<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.content.metadata.get(key) else { return Ok(None) };
        read(value).map(Some).map_err(|_| self.malformed(format!("{key} has the wrong type")))
    }

    fn required<T>(&self, key: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.malformed(format!("its metadata has no {key}")))
    }

    pub fn optional_u32(&self, key: &str) -> Result<Option<u32>> {
        self.optional(key, Value::to_u32)
    }

    pub fn optional_text(&self, key: &str) -> Result<Option<&str>> {
        Ok(self.optional(key, Value::to_string)?.map(String::as_str))
    }

    pub fn size(&self, key: &str) -> Result<usize> {
        Ok(self.required(key, self.optional_u32(key)?)? as usize)
    }

    pub fn float(&self, key: &str) -> Result<f32> {
        self.required(key, self.optional(key, Value::to_f32)?)
    }

    pub fn text(&self, key: &str) -> Result<&str> {
        self.required(key, self.optional_text(key)?)
    }

    pub fn texts(&self, key: &str) -> Result<Vec<&str>> {
        let read = |value| Value::to_string(value).map(String::as_str);
        self.list(key, read)
    }

    pub fn integers(&self, key: &str) -> Result<Vec<i32>> {
        self.list(key, Value::to_i32)
    }

    fn list<'a, T>(
        &'a self,
        key: &str,
        read: impl Fn(&'a Value) -> candle_core::Result<T>,
    ) -> Result<Vec<T>> {
        let values = self.required(key, self.optional(key, Value::to_vec)?)?;
        let read: candle_core::Result<Vec<T>> = values.iter().map(read).collect();
        read.map_err(|_| self.malformed(format!("{key} holds values of the wrong type")))
    }

    pub fn has_tensor(&self, name: &str) -> bool {
        self.content.tensor_infos.contains_key(name)
    }

    /// A matrix for the kernels, quantised as in the file where they take that.
    pub fn matrix(&self, name: &str, outputs: usize, inputs: usize) -> Result<Matrix> {
        if self.rounding == Rounding::None {
            let read = || {
                let mut reader = Cursor::new(&self.file.bytes);
                let tensor = self.content.tensor(&mut reader, name, &Device::Cpu)?;
                let kept = tensor.shape().dims() == [outputs, inputs];
                let bytes = tensor.data()?;
                let rows = Quantised::new(tensor.dtype(), &bytes, inputs).filter(|_| kept);
                Ok(rows.and_then(|rows| Matrix::from_quantised(&rows, outputs, inputs)))
            };
            let read: candle_core::Result<Option<Matrix>> = read();
            let matrix = read.map_err(|error| self.malformed(format!("tensor {name}: {error}")))?;
            if let Some(matrix) = matrix {
                return Ok(matrix);
            }
        }
        let values = self.values(name, &[outputs, inputs])?;
        Ok(Matrix::from_floats(&values, outputs, inputs))
    }

    /// A vector for the kernels.
    pub fn lines(&self, name: &str, length: usize) -> Result<Vec<Line>> {
        Ok(Line::of(&self.values(name, &[length])?))
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        Ok(self.tensor(name, shape, &Device::Cpu)?.flatten_all()?.to_vec1()?)
    }

    /// A tensor in F32, of the shape that the rest of the file implies.
    pub fn tensor(&self, name: &str, shape: &[usize], device: &Device) -> Result<Tensor> {
        let tensor = self
            .content
            .tensor(&mut Cursor::new(&self.file.bytes), name, device)
            .and_then(|quantised| quantised.dequantize(device))
            .and_then(|tensor| self.rounding.apply(tensor))
            .map_err(|error| self.malformed(format!("tensor {name}: {error}")))?;
        if tensor.dims() == shape {
            Ok(tensor)
        } else {
            Err(self.malformed(format!("tensor {name} is {:?}, expected {shape:?}", tensor.dims())))
        }
    }
}
