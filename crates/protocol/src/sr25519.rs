//! sr25519 signatures as Substrate makes them: Schnorr on Ristretto, signing context `substrate`.

use schnorrkel::{PublicKey, Signature};

/// Signing context of every sr25519 signature on a Substrate chain and of `btauth/1`.
pub const CONTEXT: &[u8] = b"substrate";

/// Whether `signature` is that of the holder of `public` over `message`. Bytes that are no key or
/// no signature are simply not valid.
pub fn verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let Ok(public) = PublicKey::from_bytes(public) else {
        return false;
    };
    let Ok(signature) = Signature::from_bytes(signature) else {
        return false;
    };
    public.verify_simple(CONTEXT, message, &signature).is_ok()
}
