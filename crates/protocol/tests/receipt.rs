//! Receipts: made, sent, verified, forged.

use alun_primitives::NetUid;
use alun_protocol::{
    auth::{self, Headers},
    messages::Usage,
    query::Query,
    receipt::{Expected, Receipt, ReceiptError, SignedReceipt},
    sr25519, ss58, stream,
};
use proptest::prelude::*;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};
use serde_json::json;

fn key(seed: u8) -> Keypair {
    MiniSecretKey::from_bytes(&[seed; 32]).unwrap().expand_to_keypair(ExpansionMode::Ed25519)
}

fn signer(seed: u8) -> impl Fn(&[u8]) -> [u8; 64] {
    move |message| key(seed).sign_simple(sr25519::CONTEXT, message).to_bytes()
}

fn public(seed: u8) -> [u8; 32] {
    key(seed).public.to_bytes()
}

fn query() -> Query {
    Query::new(&[1; 32], NetUid(2), [3; 32])
}

fn request(nonce: u64) -> Headers {
    let target = query().target("/v1/embeddings");
    let sender = ss58::encode(&public(1));
    let headers = auth::sign(&signer(1), &sender, None, "POST", &target, b"{}", nonce);
    Headers::parse(headers).unwrap()
}

const ANSWER: &[u8] = b"{\"object\":\"list\"}";

/// What the receiver of one answer knows, owned.
struct Facts {
    request: Headers,
    query: Query,
    answer: Vec<u8>,
    model: Option<[u8; 32]>,
    hotkey: [u8; 32],
}

impl Facts {
    fn new() -> Self {
        Self {
            request: request(1),
            query: query(),
            answer: ANSWER.to_vec(),
            model: Some([4; 32]),
            hotkey: public(2),
        }
    }

    fn receipt(&self) -> Receipt {
        let usage = Usage::new(5, 6);
        Receipt::new(&self.request, &self.query, &self.answer, [4; 32], usage, 7, self.hotkey)
    }

    fn check(&self, signed: &SignedReceipt) -> Result<(), ReceiptError> {
        signed.verify(&Expected {
            request_signature: &self.request.signature,
            query: &self.query,
            answer: &self.answer,
            model: self.model,
            hotkey: &self.hotkey,
        })
    }
}

#[test]
fn receipt_should_verify_when_untouched() {
    let facts = Facts::new();
    let signed = facts.receipt().sign(&signer(2));
    let sent = SignedReceipt::from_header(&signed.to_header()).unwrap();
    assert_eq!(sent, signed);
    assert_eq!(sent.verify_signature(), Ok(()));
    assert_eq!(facts.check(&sent), Ok(()));
    assert_eq!(Facts { model: None, ..facts }.check(&sent), Ok(()));
}

#[test]
fn receipt_should_be_refused_when_anything_differs() {
    let mut facts = Facts::new();
    let signed = facts.receipt().sign(&signer(2));
    let mut refused = |change: fn(&mut Facts), expected: ReceiptError| {
        let request = facts.request.clone();
        change(&mut facts);
        assert_eq!(facts.check(&signed), Err(expected));
        // Signing again would give another signature.
        facts = Facts { request, ..Facts::new() };
        assert_eq!(facts.check(&signed), Ok(()));
    };
    refused(|facts| facts.hotkey = public(3), ReceiptError::OtherHotkey);
    refused(|facts| facts.request = request(2), ReceiptError::OtherRequest);
    refused(|facts| facts.query.net = [9; 8], ReceiptError::OtherQuery);
    refused(|facts| facts.query.netuid = NetUid(9), ReceiptError::OtherQuery);
    refused(|facts| facts.query.at = [9; 32], ReceiptError::OtherQuery);
    refused(|facts| facts.answer = b"{}".to_vec(), ReceiptError::OtherAnswer);
    refused(|facts| facts.model = Some([9; 32]), ReceiptError::OtherModel);
    // Edited after signing, and signed by somebody else.
    let edited = Receipt { finished_at_ms: 8, ..signed.receipt };
    let edited = SignedReceipt { receipt: edited, ..signed };
    assert_eq!(facts.check(&edited), Err(ReceiptError::BadSignature));
    let forged = facts.receipt().sign(&signer(3));
    assert_eq!(facts.check(&forged), Err(ReceiptError::BadSignature));
}

#[test]
fn receipt_should_be_found_when_it_ends_a_stream() {
    let mut sent = String::new();
    for n in 0..3 {
        sent += &stream::event(&json!({ "n": n })).unwrap();
    }
    sent += stream::DONE;
    let signed = Facts::new().receipt().sign(&signer(2));
    let whole = sent.clone() + &stream::receipt_event(&signed);
    let (answer, found) = stream::split(whole.as_bytes()).unwrap();
    assert_eq!((answer, found), (sent.as_bytes(), signed));
    let chunks: Vec<&str> = stream::chunks(answer).collect();
    assert_eq!(chunks, ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"]);
    assert_eq!(stream::split(sent.as_bytes()), Err(ReceiptError::Missing));
    let cut = &whole.as_bytes()[..whole.len() - 1];
    assert_eq!(stream::split(cut), Err(ReceiptError::Missing));
}

proptest! {
    #[test]
    fn receipt_should_round_trip(
        hashes: [[u8; 32]; 5],
        net: [u8; 8],
        netuid: u16,
        numbers: (u32, u32, u64),
        signature in proptest::collection::vec(any::<u8>(), 64),
    ) {
        let [request, at, answer, model, hotkey] = hashes;
        let (prompt_tokens, completion_tokens, finished_at_ms) = numbers;
        let signed = SignedReceipt {
            receipt: Receipt {
                request, net, netuid: NetUid(netuid), at, answer, model,
                prompt_tokens, completion_tokens, finished_at_ms, hotkey,
            },
            signature: signature.try_into().unwrap(),
        };
        prop_assert_eq!(SignedReceipt::from_header(&signed.to_header()), Ok(signed));
        prop_assert!(signed.verify_signature().is_err());
    }

    #[test]
    fn from_header_should_never_panic(text in ".{0,600}") {
        prop_assert_eq!(SignedReceipt::from_header(&text), Err(ReceiptError::Malformed));
    }

    #[test]
    fn split_should_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..800)) {
        prop_assert!(stream::split(&bytes).is_err());
        let _ = stream::chunks(&bytes).count();
    }
}
