//! What the lines of a bundle say.

use alun_scoring::{Average, AverageRule, Verdict};
use serde::{Deserialize, Serialize};

/// The format that is written here. Another one is refused by name.
pub const FORMAT: u16 = 2;

/// Characters of a sentence in a leaf; longer ones are cut, since strangers may write them.
pub const SENTENCE: usize = 400;

/// The first line: what the whole bundle is about, and what its row was made by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u16,
    /// Hash of the genesis block, hex.
    pub genesis: String,
    /// Subnet.
    pub netuid: u16,
    /// Mechanism.
    pub mechanism: u8,
    /// Epoch.
    pub epoch: u64,
    /// Height of its first block.
    pub first_block: u32,
    /// Hash of that block, hex: part of the VRF's input.
    pub epoch_block: String,
    /// Height of the final block, in this epoch, at which neurons and hyperparameters were read.
    pub roster_block: u32,
    /// The validator's hotkey, address.
    pub validator: String,
    /// The subnet's task descriptor in SCALE, hex.
    pub task: String,
    /// Commitment of the model that verified, hex.
    pub model: String,
    /// Challenges for each miner.
    pub challenges: u16,
    /// The subnet's `min_weights`.
    pub min_weights: u16,
    /// The subnet's `max_weight_share`.
    pub max_weight_share: u16,
    /// The subnet's `weights_version`.
    pub weights_version: u64,
    /// How averages move.
    pub rule: AverageRule,
    /// The bundle that the averages go on from; none for a validator's first.
    pub previous: Option<Previous>,
    /// Miners in the bundle.
    pub miners: u32,
    /// Lines in the bundle, this one included.
    pub leaves: u32,
}

/// A bundle by its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its epoch.
    pub epoch: u64,
    /// Its root, hex.
    pub root: String,
}

/// A neuron that was scored. Its challenges follow, by `k`; none where it had no endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miner {
    /// Uid.
    pub uid: u16,
    /// Hotkey, address.
    pub hotkey: String,
    /// Whether it had an endpoint, and so was asked.
    pub asked: bool,
    /// Model commitment that it had announced, hex.
    pub model: Option<String>,
    /// Its average before this epoch.
    pub before: Average,
    /// And after.
    pub after: Average,
}

/// The request that a challenge was, as far as the question does not say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Hash of the block that the request named, hex.
    pub at: String,
    /// Nonce: unix time, ns.
    pub nonce: u64,
    /// The validator's signature, hex.
    pub signature: String,
}

/// What became of one challenge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// The miner's uid.
    pub uid: u16,
    /// Which challenge, from 0.
    pub k: u16,
    /// VRF output, hex.
    pub vrf_output: String,
    /// VRF proof, hex.
    pub vrf_proof: String,
    /// The request that was answered.
    pub request: Option<Request>,
    /// SHA-256 of the answer's bytes, hex: their name among the blobs.
    pub answer: Option<String>,
    /// The miner's receipt, hex.
    pub receipt: Option<String>,
    /// From sending to the last byte, ms: the validator's word.
    pub elapsed_ms: u64,
    /// Why there is no verdict: the validator's word.
    pub failure: Option<String>,
    /// What verification found.
    pub verdict: Option<Verdict>,
    /// The score, in \[0, 1\].
    pub score: f64,
}

/// A line: an object with one field, which says what it is. (Not a tag among the other fields: a
/// reader would have to hold those back, which not every feature of `serde_json` survives.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaf {
    /// The first one.
    Header(Header),
    /// A neuron that was scored.
    Miner(Miner),
    /// A challenge of the miner above it.
    Challenge(Challenge),
}

/// Rounded to nine decimals: such a number is read back by every JSON reader as it was written, so
/// that averages and rows come out the same everywhere.
pub fn nine(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// A sentence, cut to [`SENTENCE`] characters.
pub fn sentence(text: &str) -> String {
    text.chars().take(SENTENCE).collect()
}

/// A verdict as leaves hold it: its numbers finite and rounded, its sentence cut.
pub fn recorded(verdict: Verdict) -> Verdict {
    const MOST: f64 = 1e6;
    let measure = if verdict.measure.is_finite() { verdict.measure } else { MOST };
    Verdict {
        measure: nine(measure.clamp(-MOST, MOST)),
        finding: sentence(&verdict.finding),
        ..verdict
    }
}
