//! Every limit of this crate in one place. The serving table is the protocol crate's; callers pass
//! its numbers in here, and these defaults are the same.

use crate::{InferenceError, Result};

/// What one request may ask of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most texts in one embedding request.
    pub texts: usize,
    /// Most tokens of one text to embed, its two special tokens included. 256 is the length the
    /// published embedding model was released with; longer texts are refused, never cut silently.
    pub text_tokens: usize,
    /// Most tokens of a prompt.
    pub prompt_tokens: usize,
    /// Most tokens generated for one request.
    pub new_tokens: usize,
}

impl Limits {
    /// 64 texts of 256 tokens; prompts of 2,048 tokens, 256 new ones.
    pub const DEFAULT: Self =
        Self { texts: 64, text_tokens: 256, prompt_tokens: 2_048, new_tokens: 256 };

    /// Refuses an empty or over-long list of texts.
    pub fn check_texts(&self, texts: usize) -> Result<()> {
        match texts {
            0 => Err(InferenceError::empty("the list of texts")),
            found if found > self.texts => {
                Err(InferenceError::TooManyTexts { found, limit: self.texts })
            }
            _ => Ok(()),
        }
    }

    /// Refuses an empty or over-long prompt.
    pub fn check_prompt(&self, tokens: usize) -> Result<()> {
        match tokens {
            0 => Err(InferenceError::empty("the prompt")),
            found if found > self.prompt_tokens => {
                Err(InferenceError::PromptTooLong { found, limit: self.prompt_tokens })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a number of new tokens that is zero or too large.
    pub fn check_new_tokens(&self, tokens: usize) -> Result<()> {
        match tokens {
            0 => Err(InferenceError::empty("the number of new tokens")),
            found if found > self.new_tokens => {
                Err(InferenceError::TooManyNewTokens { found, limit: self.new_tokens })
            }
            _ => Ok(()),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How a service queues and batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceOptions {
    /// Requests that may wait; one more is [`InferenceError::Overloaded`].
    pub queue: usize,
    /// Sequences that are generated side by side.
    pub running: usize,
    /// Tokens of key/value cache that all running sequences may reserve together (46 KB each for
    /// SmolLM2-135M). A sequence reserves its prompt and its new tokens when it starts; one that
    /// does not fit waits.
    pub cache_tokens: usize,
    /// Tokens worked on in one pass: how much of the waiting prompts is read between two tokens of
    /// the running sequences, and how many tokens of texts are embedded at once.
    pub pass_tokens: usize,
}

impl ServiceOptions {
    /// 64 waiting, 16 running within 8,192 tokens of cache, 512 tokens a pass.
    pub const DEFAULT: Self =
        Self { queue: 64, running: 16, cache_tokens: 8_192, pass_tokens: 512 };
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}
