//! `btauth/1`: a request signed by a hotkey, for a hotkey.
//!
//! The signed bytes are lines joined by `\n`, with none at the end:
//!
//! ```text
//! btauth/1
//! sr25519
//! METHOD, in capitals
//! request target: path and query as sent
//! sha256 of the raw body, lowercase hex
//! nonce: unix time in nanoseconds
//! sender's address
//! receiver's address, or - for none
//! ```
//!
//! A server calls, in the order of checks: [`Headers::parse`], [`check_declared_size`],
//! [`Headers::check_receiver`], [`Headers::check_freshness`], then reads the body and calls
//! [`Headers::verify`], then [`crate::replay::ReplayWindow::accept`].

use crate::{
    error::{echo, Refusal},
    limits, sr25519, ss58,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// First signed line.
pub const PROTOCOL: &str = "btauth/1";
/// Value of [`HEADER_VERSION`].
pub const VERSION: &str = "1";
/// The one accepted signature scheme.
pub const SCHEME: &str = "sr25519";

/// Version of the protocol.
pub const HEADER_VERSION: &str = "X-Bittensor-Version";
/// Address of the sender.
pub const HEADER_HOTKEY: &str = "X-Bittensor-Hotkey";
/// Address of the receiver.
pub const HEADER_RECEIVER: &str = "X-Bittensor-Receiver";
/// Nonce: unix time in nanoseconds, decimal.
pub const HEADER_NONCE: &str = "X-Bittensor-Nonce";
/// Signature scheme; absent for sr25519.
pub const HEADER_CRYPTO: &str = "X-Bittensor-Crypto";
/// Signature: `0x` and 128 hex digits.
pub const HEADER_SIGNATURE: &str = "X-Bittensor-Signature";

const HEADERS: [&str; 6] =
    [HEADER_VERSION, HEADER_HOTKEY, HEADER_RECEIVER, HEADER_NONCE, HEADER_CRYPTO, HEADER_SIGNATURE];

/// The exact bytes that are signed.
pub fn payload(
    method: &str,
    target: &str,
    body: &[u8],
    nonce_ns: u64,
    sender: &str,
    receiver: Option<&str>,
) -> Vec<u8> {
    let method = method.to_ascii_uppercase();
    let body = hex::encode(Sha256::digest(body));
    let nonce = nonce_ns.to_string();
    let receiver = receiver.unwrap_or("-");
    [PROTOCOL, SCHEME, &method, target, &body, &nonce, sender, receiver].join("\n").into_bytes()
}

/// Signs a request and returns its headers. `target` is path and query exactly as they will be
/// sent; `nonce_ns` is the time now, and new for each request, retries too.
pub fn sign(
    sign: &impl Fn(&[u8]) -> [u8; 64],
    sender_ss58: &str,
    receiver: Option<&str>,
    method: &str,
    target: &str,
    body: &[u8],
    nonce_ns: u64,
) -> Vec<(&'static str, String)> {
    let signature = sign(&payload(method, target, body, nonce_ns, sender_ss58, receiver));
    let mut headers = vec![
        (HEADER_VERSION, VERSION.to_owned()),
        (HEADER_HOTKEY, sender_ss58.to_owned()),
        (HEADER_NONCE, nonce_ns.to_string()),
        (HEADER_SIGNATURE, format!("0x{}", hex::encode(signature))),
    ];
    if let Some(receiver) = receiver {
        headers.push((HEADER_RECEIVER, receiver.to_owned()));
    }
    headers
}

/// Refuses a body whose declared size (`Content-Length`) is above the limit, before it is read.
pub fn check_declared_size(content_length: Option<u64>) -> Result<(), Refusal> {
    match content_length {
        Some(bytes) if bytes > limits::BODY_BYTES => Err(Refusal::BodyTooLarge),
        _ => Ok(()),
    }
}

/// The headers of a signed request, well-formed but not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// Address of the sender.
    pub sender: String,
    /// The key behind it.
    pub sender_public: [u8; 32],
    /// Address of the receiver.
    pub receiver: Option<String>,
    /// Unix time in nanoseconds.
    pub nonce_ns: u64,
    /// The signature.
    pub signature: [u8; 64],
}

impl Headers {
    /// Reads the headers of the signature and leaves others alone. Names are compared without
    /// regard to case; takes `axum`'s and `http`'s header maps as well as pairs of strings.
    pub fn parse<N, V>(headers: impl IntoIterator<Item = (N, V)>) -> Result<Self, Refusal>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut found: [Option<String>; HEADERS.len()] = Default::default();
        for (name, value) in headers {
            let known = HEADERS.iter().zip(found.iter_mut());
            for (&header, slot) in known {
                if name.as_ref().eq_ignore_ascii_case(header) {
                    if slot.is_some() {
                        return Err(Refusal::DuplicateHeader { name: header });
                    }
                    *slot = Some(text(header, value.as_ref())?);
                }
            }
        }
        let [version, hotkey, receiver, nonce, crypto, signature] = found;
        let version = version.ok_or(Refusal::MissingHeader { name: HEADER_VERSION })?;
        if version != VERSION {
            let why = format!("version {:?}, the one known here is {VERSION}", echo(&version));
            return Err(Refusal::BadHeader { name: HEADER_VERSION, why });
        }
        if let Some(found) = crypto.filter(|scheme| scheme != SCHEME) {
            return Err(Refusal::Scheme { found: echo(&found) });
        }
        let sender = hotkey.ok_or(Refusal::MissingHeader { name: HEADER_HOTKEY })?;
        let sender_public = address(HEADER_HOTKEY, &sender)?;
        if let Some(receiver) = &receiver {
            address(HEADER_RECEIVER, receiver)?;
        }
        let nonce = nonce.ok_or(Refusal::MissingHeader { name: HEADER_NONCE })?;
        let signature = signature.ok_or(Refusal::MissingHeader { name: HEADER_SIGNATURE })?;
        Ok(Self {
            sender,
            sender_public,
            receiver,
            nonce_ns: parse_nonce(&nonce)?,
            signature: parse_signature(&signature)?,
        })
    }

    /// Which of `mine` (addresses served here) the request is signed for.
    pub fn check_receiver<A: AsRef<str>>(&self, mine: &[A]) -> Result<usize, Refusal> {
        let receiver = self.receiver.as_deref().ok_or(Refusal::NoReceiver)?;
        mine.iter().position(|address| address.as_ref() == receiver).ok_or_else(|| {
            let served: Vec<&str> = mine.iter().map(AsRef::as_ref).collect();
            Refusal::OtherReceiver { served: served.join(", ") }
        })
    }

    /// Whether the nonce is at most [`limits::FRESH_FOR`] old and [`limits::FRESH_AHEAD`] ahead of
    /// `now_ns` (unix time in nanoseconds).
    pub fn check_freshness(&self, now_ns: u64) -> Result<(), Refusal> {
        check_freshness(self.nonce_ns, now_ns)
    }

    /// Verifies the signature over what was received: method, target (path and query), raw body.
    /// Returns the sender's public key.
    pub fn verify(&self, method: &str, target: &str, body: &[u8]) -> Result<[u8; 32], Refusal> {
        // A line break would let one signature stand for two readings.
        if method.contains('\n') || target.contains('\n') {
            return Err(Refusal::BadRequestLine { why: "it has a line break".into() });
        }
        let receiver = self.receiver.as_deref();
        let payload = payload(method, target, body, self.nonce_ns, &self.sender, receiver);
        if sr25519::verify(&self.sender_public, &payload, &self.signature) {
            Ok(self.sender_public)
        } else {
            Err(Refusal::BadSignature)
        }
    }

    /// SHA-256 of the signature: how a receipt names its request.
    pub fn request_hash(&self) -> [u8; 32] {
        request_hash(&self.signature)
    }
}

/// SHA-256 of a request's signature: how a receipt names its request.
pub fn request_hash(signature: &[u8; 64]) -> [u8; 32] {
    Sha256::digest(signature).into()
}

/// The signature among the headers that [`sign`] returned; what a client keeps to check receipts.
pub fn signature_of(headers: &[(&'static str, String)]) -> Option<[u8; 64]> {
    let (_, value) = headers.iter().find(|(name, _)| *name == HEADER_SIGNATURE)?;
    parse_signature(value).ok()
}

/// See [`Headers::check_freshness`].
pub(crate) fn check_freshness(nonce_ns: u64, now_ns: u64) -> Result<(), Refusal> {
    let age = Duration::from_nanos(now_ns.saturating_sub(nonce_ns));
    let ahead = Duration::from_nanos(nonce_ns.saturating_sub(now_ns));
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    if age > limits::FRESH_FOR {
        return Err(Refusal::Stale { age_ms: millis(age) });
    }
    if ahead > limits::FRESH_AHEAD {
        return Err(Refusal::Early { ahead_ms: millis(ahead) });
    }
    Ok(())
}

fn text(name: &'static str, value: &[u8]) -> Result<String, Refusal> {
    let malformed = |why: String| Refusal::BadHeader { name, why };
    if value.len() > limits::HEADER_VALUE_BYTES {
        let limit = limits::HEADER_VALUE_BYTES;
        return Err(malformed(format!("{} bytes, at most {limit} are accepted", value.len())));
    }
    let visible = value.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(value) {
        Ok("") => Err(malformed("it is empty".into())),
        Ok(text) if visible => Ok(text.to_owned()),
        _ => Err(malformed("only visible ASCII characters are accepted".into())),
    }
}

fn address(name: &'static str, address: &str) -> Result<[u8; 32], Refusal> {
    ss58::decode(address).map_err(|error| Refusal::BadHeader { name, why: error.to_string() })
}

/// Only the one decimal form of a number, because its text is signed.
fn parse_nonce(text: &str) -> Result<u64, Refusal> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && !(text.starts_with('0') && text.len() > 1);
    text.parse().ok().filter(|_| canonical).ok_or_else(|| Refusal::BadHeader {
        name: HEADER_NONCE,
        why: format!(
            "{:?} is no unix time in nanoseconds, such as 1700000000000000000",
            echo(text)
        ),
    })
}

fn parse_signature(text: &str) -> Result<[u8; 64], Refusal> {
    let mut signature = [0; 64];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut signature).map_err(|_| Refusal::BadHeader {
        name: HEADER_SIGNATURE,
        why: "it must be 0x and 128 hex digits".into(),
    })?;
    Ok(signature)
}
