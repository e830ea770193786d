//! How text is generated: what completions and chat share.

use crate::{error::Refusal, limits};
use serde::{de::Error, Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Options of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOptions {
    /// Whether the last chunk tells the usage.
    #[serde(default)]
    pub include_usage: bool,
}

/// How tokens are picked. Options that are listed here but not offered are refused when they are
/// set to anything but their neutral value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// New tokens at most; [`limits::NEW_TOKENS`] if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Newer name of `max_tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u64>,
    /// 0 picks the likeliest token; above, noise is added. 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// A user's own seed, used where `alun.seed` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Whether to send tokens as they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// Options of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_options: Option<StreamOptions>,
    /// Not offered but for 1: answers per prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Not offered but for 1: answers to pick the best of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<u64>,
    /// Not offered but for 1: nucleus sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// Not offered but for 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f32>,
    /// Not offered but for 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f32>,
    /// Not offered: texts at which to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Value>,
    /// Not offered: corrections of single tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logit_bias: Option<Value>,
    /// Not offered: functions to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Value>,
    /// Not offered but for `{"type":"text"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Value>,
}

impl Sampling {
    /// New tokens at most.
    pub fn new_tokens(&self) -> u64 {
        self.max_completion_tokens.or(self.max_tokens).unwrap_or(limits::NEW_TOKENS)
    }

    /// Temperature.
    pub fn temperature(&self) -> f32 {
        self.temperature.unwrap_or(1.0)
    }

    /// Whether to stream.
    pub fn streams(&self) -> bool {
        self.stream.unwrap_or(false)
    }

    /// Whether the last chunk of a stream tells the usage.
    pub fn streams_usage(&self) -> bool {
        self.stream_options.is_some_and(|options| options.include_usage)
    }

    /// Refuses numbers out of bounds and options that aren't offered.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let both = (self.max_tokens, self.max_completion_tokens);
        if matches!(both, (Some(old), Some(new)) if old != new) {
            let form = "the same number as `max_tokens`, or only one of them be given".into();
            return Err(Refusal::OutOfRange { field: "max_completion_tokens", form });
        }
        let tokens = self.new_tokens();
        if tokens == 0 || tokens > limits::NEW_TOKENS {
            return Err(Refusal::NewTokens { tokens });
        }
        let highest = limits::TEMPERATURE;
        // Written so that what is no number is refused too.
        if !(0.0..=highest).contains(&self.temperature()) {
            let form = format!("a number from 0 to {highest}");
            return Err(Refusal::OutOfRange { field: "temperature", form });
        }
        self.check_offered()
    }

    fn check_offered(&self) -> Result<(), Refusal> {
        let one = |number: Option<u64>| number.is_none_or(|n| n == 1);
        let neutral = |number: Option<f32>, value: f32| number.is_none_or(|n| n == value);
        let text = |format: &Value| format.get("type").and_then(Value::as_str) == Some("text");
        let offered = [
            ("n", one(self.n), "one answer per request; leave it out"),
            ("best_of", one(self.best_of), "one answer per request; leave it out"),
            ("top_p", neutral(self.top_p, 1.0), "use `temperature`"),
            ("presence_penalty", neutral(self.presence_penalty, 0.0), "leave it out"),
            ("frequency_penalty", neutral(self.frequency_penalty, 0.0), "leave it out"),
            ("stop", is_nothing(&self.stop), "cut the answer on your side"),
            ("logit_bias", is_nothing(&self.logit_bias), "leave it out"),
            ("tools", is_nothing(&self.tools), "answers are text only"),
            ("response_format", self.response_format.as_ref().is_none_or(text), "text only"),
        ];
        match offered.into_iter().find(|(_, fine, _)| !fine) {
            Some((field, _, why)) => Err(Refusal::Unsupported { field, why: why.into() }),
            None => Ok(()),
        }
    }
}

/// Reads one object as both `F` and [`Sampling`]. Serde's own `flatten` fails on fractions once any
/// crate of a build turns on `serde_json`'s arbitrary precision, and some do.
pub(super) fn with_sampling<'de, D, F>(deserializer: D) -> Result<(F, Sampling), D::Error>
where
    D: Deserializer<'de>,
    F: for<'v> Deserialize<'v>,
{
    let value = Value::deserialize(deserializer)?;
    let fields = F::deserialize(&value).map_err(Error::custom)?;
    let sampling = Sampling::deserialize(&value).map_err(Error::custom)?;
    Ok((fields, sampling))
}

fn is_nothing(value: &Option<Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(_) => false,
    }
}
