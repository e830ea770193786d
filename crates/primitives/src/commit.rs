//! What a weight commit binds.

use crate::{Digest, MechanismId, NetUid};
use alloc::vec::Vec;
use codec::Encode;

/// Domain tag of a weight commit, 14 bytes without a length prefix.
pub const COMMIT_TAG: [u8; 14] = *b"alun/weights/1";

/// Everything that a weight commit binds; its hash goes on chain first, its fields one reveal
/// period later.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct WeightCommit {
    /// Hash of the chain's genesis block.
    pub genesis: Digest,
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism of the subnet.
    pub mechanism: MechanismId,
    /// The committing hotkey's public key.
    pub hotkey: [u8; 32],
    /// Uids scored, distinct.
    pub uids: Vec<u16>,
    /// Scores, by the same index; relative to each other.
    pub values: Vec<u16>,
    /// Merkle root of the evidence behind the scores; zero where none is published.
    pub evidence_root: Digest,
    /// The subnet's weights version that the row was made for.
    pub version: u64,
    /// 32 random bytes.
    pub salt: Digest,
}

/// The bytes whose BLAKE2b-256 is the commit (docs/weights.md).
pub fn commit_preimage(commit: &WeightCommit) -> Vec<u8> {
    (COMMIT_TAG, commit).encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preimage_should_be_the_specified_bytes() {
        let commit = WeightCommit {
            genesis: [1; 32],
            netuid: NetUid(0x0102),
            mechanism: MechanismId(3),
            hotkey: [4; 32],
            uids: vec![5],
            values: vec![6],
            evidence_root: [7; 32],
            version: 8,
            salt: [9; 32],
        };
        let mut expected = b"alun/weights/1".to_vec();
        expected.extend([1; 32]);
        expected.extend([0x02, 0x01, 3]);
        expected.extend([4; 32]);
        expected.extend([4, 5, 0, 4, 6, 0]);
        expected.extend([7; 32]);
        expected.extend(8u64.to_le_bytes());
        expected.extend([9; 32]);
        assert_eq!(commit_preimage(&commit), expected);
    }
}
