//! How the next token is chosen, in a way that can be checked afterwards.
//!
//! **Greedy**: the largest logit. **Gumbel-max**: the largest of logit + temperature × noise, which
//! is a draw from the softmax of logits / temperature; the noise is a function of a seed, so
//! whoever knows the seed and the model can tell whether a token was the one to pick. Ties go to
//! the lower id.
//!
//! The noise of token `id` at position `p` (0 for the first token of the answer):
//!
//! 1. block = sha256(`alun/gumbel/1` ‖ seed (32 bytes) ‖ p ‖ id / 8), both numbers as little-endian
//!    u32 (53 bytes: one block of the hash);
//! 2. word = the little-endian u32 at byte 4 × (id mod 8) of it;
//! 3. u = (word + ½) / 2³², which is never 0 or 1;
//! 4. noise = −ln(−ln u), in F64.

use crate::{
    kernels::{self, Isa},
    InferenceError, Result,
};
use sha2::{Digest, Sha256};

const DOMAIN: &[u8] = b"alun/gumbel/1";
/// Noise words in one hash.
const WORDS: usize = 8;
/// The largest temperature: the most that OpenAI's clients may ask for.
const MAX_TEMPERATURE: f32 = 2.0;

/// The rule that picks tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Sampling {
    /// Always the most likely token.
    #[default]
    Greedy,
    /// A draw with reproducible noise.
    Gumbel {
        /// Above 0 and at most 2.
        temperature: f32,
        /// The noise follows from this.
        seed: [u8; 32],
    },
}

impl Sampling {
    /// Greedy for temperature 0, otherwise Gumbel-max.
    pub fn from_temperature(temperature: f32, seed: [u8; 32]) -> Self {
        if temperature == 0.0 {
            Self::Greedy
        } else {
            Self::Gumbel { temperature, seed }
        }
    }

    /// Refuses a temperature that is not above 0 and at most 2.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Gumbel { temperature, .. }
                if !(*temperature > 0.0 && *temperature <= MAX_TEMPERATURE) =>
            {
                Err(InferenceError::Temperature {
                    found: temperature.to_string(),
                    limit: MAX_TEMPERATURE,
                })
            }
            _ => Ok(()),
        }
    }

    /// The token to pick at `position` of the answer, and its perturbed logit.
    pub(crate) fn pick(&self, logits: &[f32], position: u32) -> Pick {
        match self {
            Self::Greedy => {
                let top = kernels::largest(Isa::best(), logits);
                let token = (0u32..).zip(logits).find(|(_, logit)| **logit == top);
                Pick { token: token.map_or(0, |(token, _)| token), perturbed: f64::from(top) }
            }
            Self::Gumbel { temperature, seed } => {
                let noise = (0u32..).flat_map(|block| block_noise(seed, position, block));
                best(
                    logits
                        .iter()
                        .zip(noise)
                        .map(|(logit, noise)| f64::from(*logit) + f64::from(*temperature) * noise),
                )
            }
        }
    }

    /// The perturbed logit of one token at `position` of the answer.
    pub(crate) fn perturbed(&self, logit: f32, position: u32, token: u32) -> f64 {
        match self {
            Self::Greedy => f64::from(logit),
            Self::Gumbel { temperature, seed } => {
                f64::from(logit) + f64::from(*temperature) * gumbel_noise(seed, position, token)
            }
        }
    }
}

/// What a rule picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pick {
    pub token: u32,
    pub perturbed: f64,
}

fn best(values: impl Iterator<Item = f64>) -> Pick {
    let mut best = Pick { token: 0, perturbed: f64::NEG_INFINITY };
    for (token, perturbed) in (0u32..).zip(values) {
        if perturbed > best.perturbed {
            best = Pick { token, perturbed };
        }
    }
    best
}

/// The noise of a token at a position of the answer; the module's head defines it.
pub fn gumbel_noise(seed: &[u8; 32], position: u32, token: u32) -> f64 {
    let block = block_noise(seed, position, token / WORDS as u32);
    block.get(token as usize % WORDS).copied().unwrap_or_default()
}

/// The noise of the eight tokens `8 × block ..`.
fn block_noise(seed: &[u8; 32], position: u32, block: u32) -> [f64; WORDS] {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(seed);
    hash.update(position.to_le_bytes());
    hash.update(block.to_le_bytes());
    let bytes = hash.finalize();
    let mut noise = [0.0; WORDS];
    for (value, word) in noise.iter_mut().zip(bytes.chunks_exact(4)) {
        let word = word.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let uniform = (f64::from(word) + 0.5) / 4_294_967_296.0;
        *value = -(-uniform.ln()).ln();
    }
    noise
}

/// ln Σ exp of some logits: a token's log-probability is its logit minus this.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    kernels::log_sum_exp(Isa::best(), logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; 32] = [7; 32];

    #[test]
    fn noise_should_follow_its_definition_when_computed_by_hand() {
        let mut bytes = b"alun/gumbel/1".to_vec();
        bytes.extend(SEED);
        bytes.extend(5u32.to_le_bytes());
        bytes.extend((1003u32 / 8).to_le_bytes());
        let block = Sha256::digest(&bytes);
        let at = 4 * (1003 % 8);
        let word = u32::from_le_bytes(block[at..at + 4].try_into().unwrap());
        let uniform = (f64::from(word) + 0.5) / 2f64.powi(32);
        assert_eq!(gumbel_noise(&SEED, 5, 1003), -(-uniform.ln()).ln());
    }

    #[test]
    fn pick_should_agree_with_single_tokens_when_noise_is_on() {
        let logits: Vec<f32> = (0..100).map(|at| (at as f32 * 0.37).sin()).collect();
        let rule = Sampling::Gumbel { temperature: 0.8, seed: SEED };
        for position in 0..20 {
            let pick = rule.pick(&logits, position);
            let all: Vec<f64> = (0..100)
                .map(|token| rule.perturbed(logits[token as usize], position, token))
                .collect();
            assert_eq!(pick.perturbed, all[pick.token as usize]);
            assert!(all.iter().all(|value| *value <= pick.perturbed));
        }
    }

    #[test]
    fn pick_should_take_the_lower_id_when_logits_tie() {
        assert_eq!(Sampling::Greedy.pick(&[1.0, 3.0, 3.0], 0).token, 1);
    }

    #[test]
    fn draws_should_follow_the_softmax_when_many_are_made() {
        // Probabilities 1/6, 2/6, 3/6 at temperature 1.
        let logits = [1f32.ln(), 2f32.ln(), 3f32.ln()];
        let rule = Sampling::Gumbel { temperature: 1.0, seed: SEED };
        let mut counts = [0u32; 3];
        for position in 0..6_000 {
            counts[rule.pick(&logits, position).token as usize] += 1;
        }
        for (count, expected) in counts.into_iter().zip([1_000u32, 2_000, 3_000]) {
            assert!(count.abs_diff(expected) < 150, "{counts:?}");
        }
    }

    #[test]
    fn temperature_should_be_refused_when_out_of_bounds() {
        for temperature in [0.0, -1.0, f32::NAN, f32::INFINITY, 2.5] {
            let error = Sampling::Gumbel { temperature, seed: SEED }.check().unwrap_err();
            assert!(error.to_string().contains("at most 2"), "{error}");
        }
        assert_eq!(Sampling::from_temperature(0.0, SEED), Sampling::Greedy);
    }

    #[test]
    fn log_sum_exp_should_stay_finite_when_logits_are_large() {
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + 2f64.ln())).abs() < 1e-9);
    }
}
