//! `POST /v1/embeddings`.

use super::{AnswerExtras, Request, RequestExtras, Texts, Usage};
use crate::{error::Refusal, limits};
use base64::{engine::general_purpose::STANDARD, Engine};
use serde::{
    de::{Error, SeqAccess, Visitor},
    Deserialize, Deserializer, Serialize,
};
use std::fmt::{self, Display};

/// How vectors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncodingFormat {
    /// A list of numbers.
    #[default]
    Float,
    /// Base64 of little-endian 32-bit floats: what OpenAI's own client asks for.
    Base64,
}

/// Texts to embed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingsRequest {
    /// Model; what is served if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// At most [`limits::TEXTS`] texts, none of them empty.
    pub input: Texts,
    /// How to write the vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding_format: Option<EncodingFormat>,
    /// Not offered: vectors have the model's dimensions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<RequestExtras>,
}

impl Request for EmbeddingsRequest {
    fn check(&self) -> Result<(), Refusal> {
        let texts = &self.input.0;
        if texts.is_empty() {
            return Err(Refusal::Empty { what: "`input`".into() });
        }
        if texts.len() as u64 > limits::TEXTS {
            return Err(Refusal::TooManyTexts { count: texts.len() as u64 });
        }
        if let Some(index) = texts.iter().position(String::is_empty) {
            return Err(Refusal::Empty { what: format!("`input[{index}]`") });
        }
        if self.dimensions.is_some() {
            let why = "vectors have the model's own dimensions; leave it out".into();
            return Err(Refusal::Unsupported { field: "dimensions", why });
        }
        Ok(())
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}

/// A vector as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Vector {
    /// Numbers.
    Floats(Vec<f32>),
    /// Base64 of little-endian 32-bit floats.
    Base64(String),
}

/// A vector that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a vector is a list of numbers or base64 of little-endian 32-bit floats")]
pub struct VectorError;

impl Vector {
    /// Writes a vector in the format asked for.
    pub fn new(floats: Vec<f32>, format: EncodingFormat) -> Self {
        match format {
            EncodingFormat::Float => Self::Floats(floats),
            EncodingFormat::Base64 => {
                let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
                Self::Base64(STANDARD.encode(bytes))
            }
        }
    }

    /// Its numbers. They may be infinite or no numbers at all: a verifier checks.
    pub fn floats(&self) -> Result<Vec<f32>, VectorError> {
        match self {
            Self::Floats(floats) => Ok(floats.clone()),
            Self::Base64(text) => {
                let bytes = STANDARD.decode(text).map_err(|_| VectorError)?;
                if bytes.len() % 4 != 0 {
                    return Err(VectorError);
                }
                let floats = bytes.chunks_exact(4).map(|chunk| match chunk {
                    [a, b, c, d] => f32::from_le_bytes([*a, *b, *c, *d]),
                    _ => f32::NAN,
                });
                Ok(floats.collect())
            }
        }
    }
}

// By hand, because serde's `untagged` fails on fractions once any crate of a build turns on
// `serde_json`'s arbitrary precision.
impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VectorVisitor)
    }
}

struct VectorVisitor;

impl<'de> Visitor<'de> for VectorVisitor {
    type Value = Vector;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        VectorError.fmt(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vector, E> {
        Ok(Vector::Base64(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vector, A::Error> {
        let mut floats = Vec::new();
        while let Some(float) = items.next_element()? {
            floats.push(float);
        }
        Ok(Vector::Floats(floats))
    }
}

/// One text's vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// `embedding`.
    pub object: String,
    /// Index of the text.
    pub index: u32,
    /// The vector.
    pub embedding: Vector,
}

/// Answer to an [`EmbeddingsRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingsAnswer {
    /// `list`.
    pub object: String,
    /// One vector per text, in order.
    pub data: Vec<Embedding>,
    /// Model used.
    pub model: String,
    /// Tokens read.
    pub usage: Usage,
    /// Our extras.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alun: Option<AnswerExtras>,
}

impl EmbeddingsAnswer {
    /// An answer with these vectors.
    pub fn new(
        model: impl Into<String>,
        vectors: Vec<Vec<f32>>,
        format: EncodingFormat,
        prompt_tokens: u32,
    ) -> Self {
        let data = (0u32..).zip(vectors).map(|(index, vector)| Embedding {
            object: "embedding".into(),
            index,
            embedding: Vector::new(vector, format),
        });
        Self {
            object: "list".into(),
            data: data.collect(),
            model: model.into(),
            usage: Usage::new(prompt_tokens, 0),
            alun: None,
        }
    }

    /// The vectors in the order of their texts; an error if an index is missing or doubled.
    pub fn vectors(&self) -> Result<Vec<Vec<f32>>, VectorError> {
        let mut sorted: Vec<&Embedding> = self.data.iter().collect();
        sorted.sort_by_key(|embedding| embedding.index);
        if (0u32..).zip(&sorted).any(|(index, embedding)| embedding.index != index) {
            return Err(VectorError);
        }
        sorted.into_iter().map(|embedding| embedding.embedding.floats()).collect()
    }
}
