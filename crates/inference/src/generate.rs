//! Text generation, and the check of somebody else's in one pass.

use crate::{
    decoding::{cache_tokens, logprob, step, Sequence},
    files::{find_gguf, folder_name, ModelFile, GENERATION_MODEL},
    gguf::Gguf,
    llama::{Llama, LlamaConfig},
    network::{Network, Part},
    progress::Progress,
    tokenizer::GgufTokenizer,
    DeviceKind, Engine, InferenceError, Limits, ModelInfo, Result, Rounding, Sampling,
    ServiceOptions,
};
use std::path::Path;

/// What to generate.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// The tokens to continue.
    pub prompt: Vec<u32>,
    /// Most tokens of the answer, a stop token included.
    pub max_new_tokens: usize,
    /// The rule that picks tokens.
    pub sampling: Sampling,
    /// Go on after a stop token, until `max_new_tokens`.
    pub ignore_eos: bool,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model picked a stop token; it is the last of the answer's tokens.
    Stop,
    /// The limit on new tokens was reached.
    Length,
}

/// A generated answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// Every token that was picked, a final stop token included, so that ending can be checked too.
    pub tokens: Vec<u32>,
    /// The model's natural log-probability of each token, before temperature and noise.
    pub logprobs: Vec<f32>,
    /// The text of the tokens; special tokens are not part of it.
    pub text: String,
    /// Why it ended.
    pub finish: Finish,
}

/// One token of an answer that is streamed.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamToken {
    /// The token.
    pub token: u32,
    /// The model's natural log-probability of it.
    pub logprob: f32,
    /// The characters it completes; empty inside a character of several tokens.
    pub text: String,
    /// Set on the last token.
    pub finish: Option<Finish>,
}

/// What the check found for one token of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenCheck {
    /// This model's natural log-probability of the claimed token, before temperature and noise.
    pub logprob: f32,
    /// The token that the rule picks here, given the claimed tokens before it.
    pub pick: u32,
    /// By how much the pick beats the claimed token, in units of logits: the difference of their
    /// logits plus temperature × noise. Never negative, and 0 if they are the same.
    pub margin: f32,
}

/// A loaded generation model. Share it in an `Arc`; every method takes `&self`.
pub struct GenerationModel {
    info: ModelInfo,
    network: Network,
    tokenizer: GgufTokenizer,
    limits: Limits,
}

impl GenerationModel {
    /// Loads the `.gguf` file in a folder and runs once. `check` is the sha256 that the file must
    /// have; `None` takes any Llama. Its answers are those of the weights dequantised to F32.
    pub fn load(dir: &Path, device: DeviceKind, check: Option<[u8; 32]>) -> Result<Self> {
        Self::load_with(dir, device, check, Rounding::None, Engine::default())
    }

    /// The same with its matrices rounded (see [`Rounding`] for what that is good for), and computed by
    /// one [`Engine`].
    pub fn load_with(
        dir: &Path,
        device: DeviceKind,
        check: Option<[u8; 32]>,
        rounding: Rounding,
        engine: Engine,
    ) -> Result<Self> {
        let device = device.open()?;
        let path = match check == Some(GENERATION_MODEL.weights.sha256) {
            true => dir.join(GENERATION_MODEL.weights.name),
            false => find_gguf(dir)?,
        };
        let gguf = Gguf::parse(ModelFile::read(path, check)?, rounding)?;
        let tokenizer = GgufTokenizer::build(&gguf)?;
        let config = LlamaConfig::read(&gguf, tokenizer.vocabulary())?;
        let name = folder_name(dir);
        let progress = Progress::start(&name, Llama::steps(&config));
        let network = Network::load(&gguf, config, &device, engine, || progress.step())?;
        let info = ModelInfo {
            name,
            architecture: "llama".to_owned(),
            dtype: "F32".to_owned(),
            weights_sha256: gguf.sha256(),
            tokenizer_sha256: tokenizer.sha256(),
        };
        drop(gguf);
        let model = Self { info, network, tokenizer, limits: Limits::default() };
        progress.warming_up();
        model.generate(&[GenerateRequest {
            prompt: model.encode("Warming up.")?,
            max_new_tokens: 2,
            sampling: Sampling::Greedy,
            ignore_eos: true,
        }])?;
        progress.finish();
        Ok(model)
    }

    /// The same model with other limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Bytes of weights that a pass reads, however few its tokens; `None` through candle.
    pub fn weight_bytes(&self) -> Option<usize> {
        self.network.weight_bytes()
    }

    /// What this model is.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// What one request may ask.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Number of tokens; ids are below it.
    pub fn vocabulary(&self) -> usize {
        self.network.config().vocabulary
    }

    /// True for the tokens that end an answer.
    pub fn is_stop_token(&self, token: u32) -> bool {
        self.tokenizer.is_stop(token)
    }

    /// Tokens of a text; special tokens written out in it are recognised. For what users write in
    /// a chat use [`GenerationModel::encode_chat`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        self.tokenizer.encode(text)
    }

    /// The text of some tokens. Special tokens and unknown ids add nothing.
    pub fn decode(&self, tokens: &[u32]) -> String {
        self.tokenizer.decode(tokens)
    }

    /// The prompt of a chat as text: messages of (role, content) in the model's format (ChatML),
    /// its default system message first if there is none, ready for the assistant's turn.
    pub fn chat_prompt<R: AsRef<str>, C: AsRef<str>>(&self, messages: &[(R, C)]) -> String {
        self.tokenizer.chat_prompt(messages)
    }

    /// The tokens of [`GenerationModel::chat_prompt`], with one difference: special tokens that are
    /// written out in a message are read as ordinary text, so a message cannot end itself.
    pub fn encode_chat<R: AsRef<str>, C: AsRef<str>>(
        &self,
        messages: &[(R, C)],
    ) -> Result<Vec<u32>> {
        self.tokenizer.encode_chat(messages)
    }

    /// Refuses a request outside the limits, before any work.
    pub fn check(&self, request: &GenerateRequest) -> Result<()> {
        self.limits.check_prompt(request.prompt.len())?;
        self.limits.check_new_tokens(request.max_new_tokens)?;
        request.sampling.check()?;
        self.check_tokens(&request.prompt)?;
        self.check_context(cache_tokens(request), request.prompt.len())
    }

    fn check_tokens(&self, tokens: &[u32]) -> Result<()> {
        let vocabulary = self.vocabulary();
        match tokens.iter().find(|token| **token as usize >= vocabulary) {
            Some(token) => Err(InferenceError::UnknownToken { token: *token, vocabulary }),
            None => Ok(()),
        }
    }

    /// Limits can be set beyond what the model was built for; its context cannot.
    fn check_context(&self, needed: usize, prompt: usize) -> Result<()> {
        let context = self.network.config().context;
        if needed <= context {
            return Ok(());
        }
        let limit = context.saturating_sub(needed.saturating_sub(prompt));
        Err(InferenceError::PromptTooLong { found: prompt, limit })
    }

    /// Answers to some requests, generated side by side as one batch, in order. Blocks until the
    /// longest is done.
    pub fn generate(&self, requests: &[GenerateRequest]) -> Result<Vec<Generated>> {
        if requests.is_empty() {
            return Err(InferenceError::empty("the list of requests"));
        }
        let mut sequences = Vec::with_capacity(requests.len());
        for request in requests {
            sequences.push(self.start(request.clone())?);
        }
        while !sequences.iter().all(Sequence::is_finished) {
            let mut all: Vec<&mut Sequence> = sequences.iter_mut().collect();
            self.step(&mut all, ServiceOptions::DEFAULT.pass_tokens)?;
        }
        Ok(sequences.into_iter().map(Sequence::into_generated).collect())
    }

    /// Checks a request and prepares it for [`GenerationModel::step`].
    pub(crate) fn start(&self, request: GenerateRequest) -> Result<Sequence> {
        self.check(&request)?;
        Sequence::start(&self.network, request)
    }

    /// One pass over some sequences; see [`step`].
    pub(crate) fn step(
        &self,
        sequences: &mut [&mut Sequence],
        pass_tokens: usize,
    ) -> Result<Vec<Option<StreamToken>>> {
        step(&self.network, &self.tokenizer, sequences, pass_tokens)
    }

    /// Checks an answer: per token this model's log-probability, the rule's pick and how clearly it
    /// wins. One pass over prompt and answer, several times cheaper than generating. What is close
    /// enough is for the caller to decide. Refuses an empty prompt or answer, one over the limits
    /// and tokens that do not exist.
    pub fn verify(
        &self,
        prompt: &[u32],
        answer: &[u32],
        sampling: &Sampling,
    ) -> Result<Vec<TokenCheck>> {
        if answer.is_empty() {
            return Err(InferenceError::empty("the answer"));
        }
        self.limits.check_prompt(prompt.len())?;
        self.limits.check_new_tokens(answer.len())?;
        sampling.check()?;
        self.check_tokens(prompt)?;
        self.check_tokens(answer)?;
        // The logits at a token are those of the next one: the answer's last token is not read.
        let read = answer.get(..answer.len() - 1).unwrap_or_default();
        let context = [prompt, read].concat();
        self.check_context(context.len(), prompt.len())?;
        let claimed: Vec<(u32, u32)> = (0u32..).zip(answer.iter().copied()).collect();
        let mut cache = self.network.cache(context.len())?;
        let mut checks = Vec::with_capacity(answer.len());
        let mut left = context.len();
        for tokens in context.chunks(ServiceOptions::DEFAULT.pass_tokens) {
            left -= tokens.len();
            // The wanted rows are the last `answer.len()` of the context: how many are in here?
            let wanted = answer.len().saturating_sub(left).min(tokens.len());
            let part = Part { cache: &mut cache, tokens, wanted };
            let Some(logits) = self.network.forward(&mut [part])? else { continue };
            let items = claimed.get(checks.len()..).and_then(|rest| rest.get(..wanted));
            checks.extend(logits.each_row(items.unwrap_or_default(), |logits, item| {
                check_token(logits, sampling, item.0, item.1)
            }));
        }
        Ok(checks)
    }
}

fn check_token(logits: &[f32], sampling: &Sampling, position: u32, token: u32) -> TokenCheck {
    let pick = sampling.pick(logits, position);
    let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
    let margin = pick.perturbed - sampling.perturbed(logit, position, token);
    TokenCheck { logprob: logprob(logits, token), pick: pick.token, margin: margin as f32 }
}
