//! Where a challenge comes from: a VRF output of the validator's hotkey.
//!
//! The VRF is schnorrkel's, non-malleable. Its transcript is `signing_context(`[`VRF_CONTEXT`]`)`
//! over [`ChallengeId::bytes`]; the seed is the 32 bytes that the verified input and output give
//! under the label [`SEED_LABEL`]. Nobody but the hotkey's holder can compute a seed, its holder
//! can compute only one per [`ChallengeId`], and with the proof anyone can check it.

use alun_primitives::{MechanismId, NetUid};
use codec::Encode;
use schnorrkel::{
    context::SigningTranscript,
    signing_context,
    vrf::{VRFInOut, VRFPreOut, VRFProof},
    PublicKey,
};

/// Domain tag at the start of a challenge's bytes, without a length prefix.
pub const CHALLENGE_TAG: [u8; 16] = *b"alun/challenge/1";
/// Context of the VRF's transcript.
pub const VRF_CONTEXT: &[u8] = b"alun/challenge-vrf/1";
/// Label under which a seed is drawn from the VRF's output.
pub const SEED_LABEL: &[u8] = b"alun/challenge-seed/1";

/// Which challenge a seed is for. Each field makes another seed, so that an answer can be neither
/// prepared, shared nor used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub struct ChallengeId {
    /// Hash of the chain's genesis block.
    pub genesis: [u8; 32],
    /// Subnet.
    pub netuid: NetUid,
    /// Mechanism of the subnet.
    pub mechanism: MechanismId,
    /// Hash of the epoch's first finalized block.
    pub epoch_block: [u8; 32],
    /// Number of the epoch.
    pub epoch: u64,
    /// Hotkey of the challenged miner.
    pub miner: [u8; 32],
    /// Which challenge of this miner in this epoch, from 0.
    pub k: u16,
    /// How many challenges this miner gets in this epoch.
    pub n: u16,
}

impl ChallengeId {
    /// The bytes that the VRF is evaluated on: [`CHALLENGE_TAG`], then the fields in SCALE.
    pub fn bytes(&self) -> Vec<u8> {
        (CHALLENGE_TAG, self).encode()
    }
}

/// The VRF's transcript for `input`.
pub fn vrf_transcript(input: &[u8]) -> impl SigningTranscript {
    signing_context(VRF_CONTEXT).bytes(input)
}

/// The seed that a VRF's input and output give. Sound only for a pair that was just made or
/// verified.
pub fn vrf_seed(pair: &VRFInOut) -> [u8; 32] {
    pair.make_bytes(SEED_LABEL)
}

/// The seed behind `output` (a compressed point) if `proof` shows that `public`'s holder made it
/// from `input`.
pub fn vrf_verify(
    public: &[u8; 32],
    input: &[u8],
    output: &[u8; 32],
    proof: &[u8; 64],
) -> Option<[u8; 32]> {
    let public = PublicKey::from_bytes(public).ok()?;
    let proof = VRFProof::from_bytes(proof).ok()?;
    let (pair, _) = public.vrf_verify(vrf_transcript(input), &VRFPreOut(*output), &proof).ok()?;
    Some(vrf_seed(&pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};

    fn keypair(seed: u8) -> Keypair {
        MiniSecretKey::from_bytes(&[seed; 32]).unwrap().expand_to_keypair(ExpansionMode::Ed25519)
    }

    fn id() -> ChallengeId {
        ChallengeId {
            genesis: [1; 32],
            netuid: NetUid(2),
            mechanism: MechanismId(3),
            epoch_block: [4; 32],
            epoch: 5,
            miner: [6; 32],
            k: 7,
            n: 8,
        }
    }

    #[test]
    fn challenge_bytes_should_be_the_documented_ones() {
        let mut expected = b"alun/challenge/1".to_vec();
        expected.extend([1; 32]);
        expected.extend([2, 0, 3]);
        expected.extend([4; 32]);
        expected.extend(5u64.to_le_bytes());
        expected.extend([6; 32]);
        expected.extend([7, 0, 8, 0]);
        assert_eq!(id().bytes(), expected);
    }

    #[test]
    fn seed_should_verify_when_made_by_the_key_and_differ_per_challenge() {
        let key = keypair(1);
        let public = key.public.to_bytes();
        let mut seeds = Vec::new();
        for k in 0..4 {
            let input = ChallengeId { k, ..id() }.bytes();
            let (pair, proof, _) = key.vrf_sign(vrf_transcript(&input));
            let output = pair.to_preout().to_bytes();
            let seed = vrf_verify(&public, &input, &output, &proof.to_bytes());
            assert_eq!(seed, Some(vrf_seed(&pair)));
            assert_eq!(vrf_verify(&public, b"other", &output, &proof.to_bytes()), None);
            let stranger = keypair(2).public.to_bytes();
            assert_eq!(vrf_verify(&stranger, &input, &output, &proof.to_bytes()), None);
            seeds.push(seed);
        }
        seeds.sort();
        seeds.dedup();
        assert_eq!(seeds.len(), 4);
    }

    proptest! {
        #[test]
        fn vrf_verify_should_refuse_when_bytes_are_arbitrary(
            public: [u8; 32],
            output: [u8; 32],
            proof in proptest::collection::vec(any::<u8>(), 64),
        ) {
            let proof: [u8; 64] = proof.try_into().unwrap();
            prop_assert_eq!(vrf_verify(&public, b"x", &output, &proof), None);
            let known = keypair(1).public.to_bytes();
            prop_assert_eq!(vrf_verify(&known, b"x", &output, &proof), None);
        }
    }
}
