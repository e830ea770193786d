//! The hash that a validator commits to before it reveals a weight row (docs/weights.md).

use alun_primitives::commit_preimage;
pub use alun_primitives::{WeightCommit, COMMIT_TAG};
use blake2::{digest::consts::U32, Blake2b, Digest};

/// BLAKE2b-256 of the commit's preimage.
pub fn commit_hash(commit: &WeightCommit) -> [u8; 32] {
    Blake2b::<U32>::digest(commit_preimage(commit)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_primitives::{MechanismId, NetUid};

    fn commit() -> WeightCommit {
        WeightCommit {
            genesis: [1; 32],
            netuid: NetUid(1),
            mechanism: MechanismId(0),
            hotkey: [2; 32],
            uids: vec![0, 1],
            values: vec![65_535, 1],
            evidence_root: [0; 32],
            version: 0,
            salt: [3; 32],
        }
    }

    #[test]
    fn commit_hash_should_change_when_any_field_does() {
        let base = commit_hash(&commit());
        assert_eq!(base, commit_hash(&commit()));
        for other in [
            WeightCommit { genesis: [9; 32], ..commit() },
            WeightCommit { netuid: NetUid(2), ..commit() },
            WeightCommit { mechanism: MechanismId(1), ..commit() },
            WeightCommit { hotkey: [9; 32], ..commit() },
            WeightCommit { uids: vec![0, 2], ..commit() },
            WeightCommit { values: vec![65_535, 2], ..commit() },
            WeightCommit { evidence_root: [9; 32], ..commit() },
            WeightCommit { version: 1, ..commit() },
            WeightCommit { salt: [9; 32], ..commit() },
        ] {
            assert_ne!(base, commit_hash(&other), "{other:?}");
        }
    }
}
