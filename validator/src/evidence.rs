//! An epoch's evidence: one leaf per (miner, k of n), failures included, and the Merkle root that
//! the weight commit binds.
//!
//! Leaves are lines of JSON in order of (uid, k). A leaf's hash is BLAKE2b-256 of `0x00` and the
//! line without its newline; a node's of `0x01` and its two children; an odd last node goes up
//! as it is. No leaves: 32 zero bytes.

use alun_scoring::Verdict;
use blake2::{digest::consts::U32, Blake2b, Digest};
use serde::{Deserialize, Serialize};

/// What became of one challenge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// The miner's uid.
    pub uid: u16,
    /// Its hotkey's address.
    pub hotkey: String,
    /// Which challenge.
    pub k: u16,
    /// Of how many.
    pub n: u16,
    /// Hash of the epoch's first finalized block, hex: part of the VRF's input.
    pub epoch_block: String,
    /// VRF output, hex.
    pub vrf_output: String,
    /// VRF proof, hex.
    pub vrf_proof: String,
    /// SHA-256 of the answer's bytes, hex; `None` when none came.
    pub answer: Option<String>,
    /// The miner's receipt, hex.
    pub receipt: Option<String>,
    /// From sending to the last byte, ms: the validator's word.
    pub elapsed_ms: u64,
    /// Why there is no verdict.
    pub failure: Option<String>,
    /// What verification found.
    pub verdict: Option<Verdict>,
    /// The score.
    pub score: f64,
}

type Hash = [u8; 32];

fn hash(parts: &[&[u8]]) -> Hash {
    let mut state = Blake2b::<U32>::new();
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into()
}

/// The leaves as they are stored, and their root.
pub fn bundle(leaves: &[Leaf]) -> Result<(Vec<u8>, Hash), serde_json::Error> {
    let lines = leaves.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let root = root(lines.iter().map(|line| line.as_bytes()));
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    Ok((text.into_bytes(), root))
}

/// The Merkle root of leaves given as bytes.
pub fn root<'a>(leaves: impl Iterator<Item = &'a [u8]>) -> Hash {
    let mut level: Vec<Hash> = leaves.map(|leaf| hash(&[&[0], leaf])).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(hash(&[&[1], left, right])),
                [alone] => Some(*alone),
                _ => None,
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_should_change_with_every_leaf_and_their_order() {
        let root_of = |leaves: &[&str]| root(leaves.iter().map(|leaf| leaf.as_bytes()));
        let three = root_of(&["a", "b", "c"]);
        let others = [
            root_of(&["a", "b"]),
            root_of(&["b", "a", "c"]),
            root_of(&["a", "b", "d"]),
            root_of(&["a", "b", "c", "c"]),
        ];
        assert!(others.iter().all(|other| *other != three));
        assert_eq!(root_of(&[]), [0; 32]);
        assert_eq!(root_of(&["a"]), hash(&[&[0], b"a"]));
    }

    #[test]
    fn root_should_not_take_a_node_for_a_leaf() {
        let (left, right) = (hash(&[&[0], b"a"]), hash(&[&[0], b"b"]));
        let node: Vec<u8> = [left, right].concat();
        assert_ne!(root([b"a".as_slice(), b"b"].into_iter()), root([node.as_slice()].into_iter()));
    }
}
