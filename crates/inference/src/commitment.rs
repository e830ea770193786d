//! What a model is, and the hash that stands for it on chain.

use sha2::{Digest, Sha256};

/// Sets this hash apart from every other one in the project.
const DOMAIN: &[u8] = b"alun/model/1";

/// What a loaded model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The folder's name, e.g. `all-MiniLM-L6-v2`; for people, not part of the commitment.
    pub name: String,
    /// `bert` or `llama`.
    pub architecture: String,
    /// What it is computed in: `F32`. How the weights file is quantised needs no saying, since the
    /// file's hash pins it.
    pub dtype: String,
    /// sha256 of the weights file (`model.safetensors` or the `.gguf`).
    pub weights_sha256: [u8; 32],
    /// sha256 of `tokenizer.json`; for a GGUF, which carries its tokenizer in its metadata, the
    /// hash of that metadata in the canonical form that `tokenizer.rs` defines.
    pub tokenizer_sha256: [u8; 32],
}

impl ModelInfo {
    /// The model commitment: sha256 of, in this order, the ASCII text `alun/model/1`, the sha256 of
    /// the weights file, that of the tokenizer, the architecture and the dtype, each of the last two
    /// preceded by its length in bytes as a little-endian u32.
    pub fn commitment(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(self.weights_sha256);
        hash.update(self.tokenizer_sha256);
        update_with_length(&mut hash, self.architecture.as_bytes());
        update_with_length(&mut hash, self.dtype.as_bytes());
        hash.finalize().into()
    }
}

/// Hashes `bytes` preceded by their number as a little-endian u32, so that neighbouring fields
/// cannot flow into each other.
pub(crate) fn update_with_length(hash: &mut Sha256, bytes: &[u8]) {
    // A field of 4 GiB does not fit into a model file that was read into memory field by field.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash.update(length.to_le_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> ModelInfo {
        ModelInfo {
            name: "a".into(),
            architecture: "bert".into(),
            dtype: "F32".into(),
            weights_sha256: [1; 32],
            tokenizer_sha256: [2; 32],
        }
    }

    #[test]
    fn commitment_should_follow_its_definition_when_computed_by_hand() {
        let mut bytes = b"alun/model/1".to_vec();
        bytes.extend([1; 32]);
        bytes.extend([2; 32]);
        bytes.extend(b"\x04\0\0\0bert\x03\0\0\0F32");
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(info().commitment(), expected);
    }

    #[test]
    fn commitment_should_change_when_any_part_but_the_name_does() {
        let base = info().commitment();
        assert_eq!(ModelInfo { name: "b".into(), ..info() }.commitment(), base);
        assert_ne!(ModelInfo { architecture: "llama".into(), ..info() }.commitment(), base);
        assert_ne!(ModelInfo { dtype: "F16".into(), ..info() }.commitment(), base);
        assert_ne!(ModelInfo { weights_sha256: [3; 32], ..info() }.commitment(), base);
        assert_ne!(ModelInfo { tokenizer_sha256: [3; 32], ..info() }.commitment(), base);
    }
}
