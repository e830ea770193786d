//! Sequences that are generated side by side, one pass at a time.

use crate::{
    network::{Cache, Network, Part},
    sampling::log_sum_exp,
    tokenizer::{GgufTokenizer, TextStream},
    Finish, GenerateRequest, Generated, Result, Sampling, StreamToken,
};

/// One request on its way.
pub(crate) struct Sequence {
    request: GenerateRequest,
    cache: Cache,
    /// How much of the prompt the cache holds.
    read: usize,
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
    text: String,
    stream: TextStream,
    finish: Option<Finish>,
}

impl Sequence {
    /// Starts a request that has been checked.
    pub fn start(network: &Network, request: GenerateRequest) -> Result<Self> {
        Ok(Self {
            cache: network.cache(cache_tokens(&request))?,
            read: 0,
            tokens: Vec::with_capacity(request.max_new_tokens),
            logprobs: Vec::with_capacity(request.max_new_tokens),
            text: String::new(),
            stream: TextStream::default(),
            finish: None,
            request,
        })
    }

    pub fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Tokens of cache that this sequence has reserved.
    pub fn reserved(&self) -> usize {
        cache_tokens(&self.request)
    }

    /// The answer of a finished sequence.
    pub fn into_generated(self) -> Generated {
        Generated {
            tokens: self.tokens,
            logprobs: self.logprobs,
            text: self.text,
            finish: self.finish.unwrap_or(Finish::Length),
        }
    }

    /// What this sequence brings to the next pass, at most `budget` tokens of its prompt.
    fn part(&mut self, budget: usize) -> Option<Part<'_>> {
        let unread = self.request.prompt.get(self.read..).unwrap_or_default();
        if self.is_finished() {
            None
        } else if unread.is_empty() {
            let last = self.tokens.len().checked_sub(1)?;
            Some(Part { cache: &mut self.cache, tokens: self.tokens.get(last..)?, wanted: 1 })
        } else {
            let tokens = unread.get(..budget.min(unread.len())).filter(|some| !some.is_empty())?;
            self.read += tokens.len();
            let wanted = usize::from(tokens.len() == unread.len());
            Some(Part { cache: &mut self.cache, tokens, wanted })
        }
    }

    fn push(&mut self, chosen: Chosen, tokenizer: &GgufTokenizer) -> StreamToken {
        let Chosen { token, logprob } = chosen;
        self.tokens.push(token);
        self.logprobs.push(logprob);
        let stops = !self.request.ignore_eos && tokenizer.is_stop(token);
        if stops {
            self.finish = Some(Finish::Stop);
        } else if self.tokens.len() >= self.request.max_new_tokens {
            self.finish = Some(Finish::Length);
        }
        let mut text = self.stream.push(tokenizer.piece(token));
        if self.is_finished() {
            text.push_str(&self.stream.finish());
        }
        self.text.push_str(&text);
        StreamToken { token, logprob, text, finish: self.finish }
    }
}

/// Tokens of cache that a request needs. The last new token is never read back.
pub(crate) fn cache_tokens(request: &GenerateRequest) -> usize {
    request.prompt.len() + request.max_new_tokens.saturating_sub(1)
}

#[derive(Clone, Copy)]
struct Chosen {
    token: u32,
    logprob: f32,
}

/// One pass: every sequence that is past its prompt gets a token, the others read on until
/// `pass_tokens` are reached. Returns the new token, if any, of each sequence. If it fails none of
/// the sequences can go on.
pub(crate) fn step(
    network: &Network,
    tokenizer: &GgufTokenizer,
    sequences: &mut [&mut Sequence],
    pass_tokens: usize,
) -> Result<Vec<Option<StreamToken>>> {
    let decoding = sequences
        .iter()
        .filter(|sequence| {
            !sequence.is_finished() && sequence.read == sequence.request.prompt.len()
        })
        .count();
    let mut budget = pass_tokens.saturating_sub(decoding).max(1);
    let mut parts = Vec::with_capacity(sequences.len());
    let mut producing = Vec::new();
    for (index, sequence) in sequences.iter_mut().enumerate() {
        let prompt_left = sequence.request.prompt.len() - sequence.read;
        let Some(part) = sequence.part(budget) else { continue };
        budget = budget.saturating_sub(prompt_left.min(part.tokens.len()));
        if part.wanted > 0 {
            producing.push(index);
        }
        parts.push(part);
    }
    let logits = network.forward(&mut parts)?;
    drop(parts);
    let mut produced = vec![None; sequences.len()];
    let Some(logits) = logits else { return Ok(produced) };
    let rules: Vec<(Sampling, u32)> = producing
        .iter()
        .filter_map(|index| sequences.get(*index))
        .map(|sequence| (sequence.request.sampling, sequence.tokens.len() as u32))
        .collect();
    let chosen = logits.each_row(&rules, |logits, (sampling, position)| {
        let token = sampling.pick(logits, *position).token;
        Chosen { token, logprob: logprob(logits, token) }
    });
    for (index, chosen) in producing.into_iter().zip(chosen) {
        if let (Some(sequence), Some(place)) = (sequences.get_mut(index), produced.get_mut(index)) {
            *place = Some(sequence.push(chosen, tokenizer));
        }
    }
    Ok(produced)
}

/// The model's log-probability of a token, given all logits of its position.
pub(crate) fn logprob(logits: &[f32], token: u32) -> f32 {
    let logit = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
    (f64::from(logit) - log_sum_exp(logits)) as f32
}
