//! A weight row as a validator makes it, and the calls that bring it onto the chain.

use super::Key;
use alun_client::{
    calls::{CommitWeights, RevealWeights, SetWeights},
    Chain, Digest, MechanismId, NetUid,
};
use alun_protocol::commit::{commit_hash, WeightCommit};

/// A row of mechanism 0, with what its commit binds.
#[derive(Clone, Debug)]
pub struct Row {
    /// Uids scored.
    pub uids: Vec<u16>,
    /// Scores, by the same index.
    pub values: Vec<u16>,
    /// Weights version of the subnet.
    pub version: u64,
    /// Merkle root of the evidence.
    pub evidence_root: Digest,
    /// Salt.
    pub salt: Digest,
}

impl Row {
    /// Scores in the order of uids; the salt is made of `number`.
    pub fn new(scores: &[(u16, u16)], number: u64) -> Self {
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&number.to_le_bytes());
        let (uids, values) = scores.iter().copied().unzip();
        Self { uids, values, version: 0, evidence_root: [7; 32], salt }
    }

    /// Promises it.
    pub fn commit(&self, chain: &Chain, netuid: NetUid, hotkey: &Key) -> CommitWeights {
        let hash = commit_hash(&WeightCommit {
            genesis: chain.genesis(),
            netuid,
            mechanism: MechanismId::FIRST,
            hotkey: hotkey.pair.public(),
            uids: self.uids.clone(),
            values: self.values.clone(),
            evidence_root: self.evidence_root,
            version: self.version,
            salt: self.salt,
        });
        CommitWeights { netuid, mechanism: MechanismId::FIRST, hash }
    }

    /// Shows it.
    pub fn reveal(&self, netuid: NetUid, hotkey: &Key) -> RevealWeights {
        RevealWeights {
            netuid,
            mechanism: MechanismId::FIRST,
            hotkey: hotkey.account(),
            uids: self.uids.clone(),
            values: self.values.clone(),
            evidence_root: self.evidence_root,
            version: self.version,
            salt: self.salt,
        }
    }

    /// Sets it directly, where commit-reveal is off.
    pub fn set(&self, netuid: NetUid) -> SetWeights {
        SetWeights {
            netuid,
            mechanism: MechanismId::FIRST,
            uids: self.uids.clone(),
            values: self.values.clone(),
            version: self.version,
        }
    }
}
