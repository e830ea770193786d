//! Receipts: the miner's signature under its answer.
//!
//! A receipt binds one answer to one signed request, the chain, the subnet, a block, the model and
//! the time. It is signed as sr25519 (context `substrate`) over [`RECEIPT_TAG`] and the receipt in
//! SCALE. A plain answer carries it in the header [`HEADER_RECEIPT`], a stream in its last event
//! ([`crate::stream`]); in both it is the hex of the SCALE encoding of [`SignedReceipt`].

use crate::{auth, messages::Usage, query::Query, sr25519};
use alun_primitives::NetUid;
use codec::{Decode, DecodeAll, Encode};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Header of a plain answer that holds the signed receipt.
pub const HEADER_RECEIPT: &str = "X-Alun-Receipt";
/// Domain tag in front of the signed bytes, without a length prefix.
pub const RECEIPT_TAG: [u8; 14] = *b"alun/receipt/1";

/// What a miner signs for each answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// SHA-256 of the request's signature ([`auth::request_hash`]).
    pub request: [u8; 32],
    /// First 8 bytes of the genesis hash, from the request.
    pub net: [u8; 8],
    /// Subnet, from the request.
    pub netuid: NetUid,
    /// Block, from the request.
    pub at: [u8; 32],
    /// SHA-256 of the answer: the body's bytes, or all bytes of a stream before the receipt.
    pub answer: [u8; 32],
    /// Model commitment.
    pub model: [u8; 32],
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens generated.
    pub completion_tokens: u32,
    /// Unix time in milliseconds when the answer was complete, by the miner's clock.
    pub finished_at_ms: u64,
    /// The miner's hotkey, whose signature it is.
    pub hotkey: [u8; 32],
}

/// A receipt and its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// Signature of `receipt.hotkey` over [`Receipt::signed_bytes`].
    pub signature: [u8; 64],
}

/// What the receiver of an answer knows by itself.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Signature of the request that was sent.
    pub request_signature: &'a [u8; 64],
    /// Signed query of that request.
    pub query: &'a Query,
    /// Bytes of the answer as they came.
    pub answer: &'a [u8],
    /// Model commitment announced on chain; `None` where the subnet leaves the model open.
    pub model: Option<[u8; 32]>,
    /// Hotkey that the request was for.
    pub hotkey: &'a [u8; 32],
}

/// Why a receipt doesn't stand for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// There is none.
    #[error("the answer has no receipt")]
    Missing,
    /// It can't be read.
    #[error("the receipt is malformed: it is the hex of a SCALE-encoded receipt and signature")]
    Malformed,
    /// It is another miner's.
    #[error("the receipt is signed by another hotkey than the one asked")]
    OtherHotkey,
    /// The signature is not that of the hotkey in it.
    #[error("the receipt's signature is not that of the hotkey in it")]
    BadSignature,
    /// It answers another request.
    #[error("the receipt is for another request")]
    OtherRequest,
    /// It names another chain, subnet or block than the request.
    #[error("the receipt names another chain, subnet or block than the request")]
    OtherQuery,
    /// It is for other bytes.
    #[error("the receipt is for other bytes than the answer's")]
    OtherAnswer,
    /// It names another model than the one announced.
    #[error("the receipt names another model than the one announced")]
    OtherModel,
}

impl Receipt {
    /// The receipt of `answer` to the request with these headers and this query.
    pub fn new(
        request: &auth::Headers,
        query: &Query,
        answer: &[u8],
        model: [u8; 32],
        usage: Usage,
        finished_at_ms: u64,
        hotkey: [u8; 32],
    ) -> Self {
        Self::of_hash(
            request,
            query,
            Sha256::digest(answer).into(),
            model,
            usage,
            finished_at_ms,
            hotkey,
        )
    }

    /// The same for an answer that was hashed while it was sent.
    pub fn of_hash(
        request: &auth::Headers,
        query: &Query,
        answer_sha256: [u8; 32],
        model: [u8; 32],
        usage: Usage,
        finished_at_ms: u64,
        hotkey: [u8; 32],
    ) -> Self {
        Self {
            request: request.request_hash(),
            net: query.net,
            netuid: query.netuid,
            at: query.at,
            answer: answer_sha256,
            model,
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            finished_at_ms,
            hotkey,
        }
    }

    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> Vec<u8> {
        (RECEIPT_TAG, self).encode()
    }

    /// Signs with the key of `self.hotkey`.
    pub fn sign(self, sign: &impl Fn(&[u8]) -> [u8; 64]) -> SignedReceipt {
        SignedReceipt { signature: sign(&self.signed_bytes()), receipt: self }
    }
}

impl SignedReceipt {
    /// As text, for the header and for the last event of a stream.
    pub fn to_header(&self) -> String {
        hex::encode(self.encode())
    }

    /// Reads what [`Self::to_header`] wrote.
    pub fn from_header(text: &str) -> Result<Self, ReceiptError> {
        // No allocation in proportion to what a stranger sends.
        let length = Self::LENGTH;
        if text.len() != length * 2 {
            return Err(ReceiptError::Malformed);
        }
        let bytes = hex::decode(text).map_err(|_| ReceiptError::Malformed)?;
        Self::decode_all(&mut bytes.as_slice()).map_err(|_| ReceiptError::Malformed)
    }

    /// Bytes of the encoding.
    pub(crate) const LENGTH: usize = 32 + 8 + 2 + 32 + 32 + 32 + 4 + 4 + 8 + 32 + 64;

    /// Whether the hotkey in the receipt signed it. Anyone can check this.
    pub fn verify_signature(&self) -> Result<(), ReceiptError> {
        let bytes = self.receipt.signed_bytes();
        if sr25519::verify(&self.receipt.hotkey, &bytes, &self.signature) {
            Ok(())
        } else {
            Err(ReceiptError::BadSignature)
        }
    }

    /// Whether it stands for this answer to this request.
    pub fn verify(&self, expected: &Expected<'_>) -> Result<(), ReceiptError> {
        let receipt = &self.receipt;
        if receipt.hotkey != *expected.hotkey {
            return Err(ReceiptError::OtherHotkey);
        }
        self.verify_signature()?;
        if receipt.request != auth::request_hash(expected.request_signature) {
            return Err(ReceiptError::OtherRequest);
        }
        let query = Query { net: receipt.net, netuid: receipt.netuid, at: receipt.at };
        if query != *expected.query {
            return Err(ReceiptError::OtherQuery);
        }
        let answer: [u8; 32] = Sha256::digest(expected.answer).into();
        if receipt.answer != answer {
            return Err(ReceiptError::OtherAnswer);
        }
        match expected.model {
            Some(model) if model != receipt.model => Err(ReceiptError::OtherModel),
            _ => Ok(()),
        }
    }
}
