//! `btauth/1` against its golden vector, forgeries and arbitrary input.

use alun_protocol::{
    auth::{self, Headers},
    error::Refusal,
    limits, sr25519,
};
use proptest::prelude::*;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};
use sha2::{Digest, Sha256};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const TARGET: &str = "/v1/chat/completions?stream=true";
const BODY: &[u8] = br#"{"prompt":"hello"}"#;
const NONCE: u64 = 1_700_000_000_000_000_000;

/// `//Alice`.
fn alice() -> Keypair {
    let seed = hex::decode("e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a");
    let seed = MiniSecretKey::from_bytes(&seed.unwrap()).unwrap();
    seed.expand_to_keypair(ExpansionMode::Ed25519)
}

fn signer(key: Keypair) -> impl Fn(&[u8]) -> [u8; 64] {
    move |message| key.sign_simple(sr25519::CONTEXT, message).to_bytes()
}

fn signed() -> Vec<(&'static str, String)> {
    auth::sign(&signer(alice()), ALICE, Some(BOB), "post", TARGET, BODY, NONCE)
}

fn parsed() -> Headers {
    Headers::parse(signed()).unwrap()
}

fn with(name: &str, value: &str) -> Result<Headers, Refusal> {
    let headers = signed();
    let others = headers.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(name));
    let others = others.map(|(known, value)| (known.to_string(), value.clone()));
    Headers::parse(others.chain([(name.to_owned(), value.to_owned())]))
}

fn without(name: &str) -> Result<Headers, Refusal> {
    Headers::parse(signed().into_iter().filter(|(known, _)| *known != name))
}

#[test]
fn payload_should_be_the_golden_one() {
    let payload = auth::payload("POST", TARGET, BODY, NONCE, ALICE, Some(BOB));
    let lines = String::from_utf8(payload.clone()).unwrap();
    let body = "8a44725210b9dcd4fefd9f0eca07b70ae45e69274a3105fb25eb426a2cf8bbf4";
    assert_eq!(lines.lines().nth(4), Some(body));
    assert_eq!(
        hex::encode(Sha256::digest(payload)),
        "d02b22387832bbf31e0c15a9c88b2345f705e9455b7ac6ae0b0361275c199d95"
    );
}

#[test]
fn request_should_be_accepted_when_untouched() {
    let headers = parsed();
    assert_eq!(headers.verify("POST", TARGET, BODY), Ok(alice().public.to_bytes()));
    assert_eq!(headers.check_receiver(&[ALICE, BOB]), Ok(1));
    assert_eq!(auth::signature_of(&signed()).map(|s| s.len()), Some(64));
    // Names in lower case, as HTTP/2 sends them; the default scheme named; no 0x.
    let lower: Vec<_> =
        signed().into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    assert!(Headers::parse(lower).unwrap().verify("POST", TARGET, BODY).is_ok());
    assert!(with("x-bittensor-crypto", "sr25519").is_ok());
    let bare = hex::encode(headers.signature);
    assert_eq!(with(auth::HEADER_SIGNATURE, &bare).unwrap().signature, headers.signature);
}

#[test]
fn signature_should_be_refused_when_anything_signed_differs() {
    let headers = parsed();
    for result in [
        headers.verify("PUT", TARGET, BODY),
        headers.verify("POST", "/v1/chat/completions?stream=false", BODY),
        headers.verify("POST", TARGET, b"{}"),
        Headers { nonce_ns: NONCE + 1, ..headers.clone() }.verify("POST", TARGET, BODY),
        Headers { receiver: None, ..headers.clone() }.verify("POST", TARGET, BODY),
        with(auth::HEADER_HOTKEY, BOB).unwrap().verify("POST", TARGET, BODY),
    ] {
        assert_eq!(result, Err(Refusal::BadSignature));
    }
    let mut signature = headers.signature;
    signature[0] ^= 1;
    let forged = Headers { signature, ..headers.clone() };
    assert_eq!(forged.verify("POST", TARGET, BODY), Err(Refusal::BadSignature));
    let smuggled = headers.verify("POST", "/a\nb", BODY).unwrap_err();
    assert_eq!(smuggled.status(), 400);
}

#[test]
fn receiver_should_be_refused_when_missing_or_another() {
    let headers = parsed();
    let refusal = headers.check_receiver(&[ALICE]).unwrap_err();
    assert_eq!((refusal.status(), refusal.code()), (403, "other_receiver"));
    let unbound = without(auth::HEADER_RECEIVER).unwrap();
    assert_eq!(unbound.check_receiver(&[BOB]), Err(Refusal::NoReceiver));
}

#[test]
fn freshness_should_end_exactly_at_its_limits() {
    let headers = parsed();
    let old = u64::try_from(limits::FRESH_FOR.as_nanos()).unwrap();
    let ahead = u64::try_from(limits::FRESH_AHEAD.as_nanos()).unwrap();
    assert_eq!(headers.check_freshness(NONCE + old), Ok(()));
    assert_eq!(headers.check_freshness(NONCE - ahead), Ok(()));
    assert_eq!(headers.check_freshness(NONCE + old + 1).unwrap_err().code(), "stale");
    assert_eq!(headers.check_freshness(NONCE - ahead - 1).unwrap_err().code(), "early");
}

#[test]
fn headers_should_be_refused_when_missing_doubled_or_malformed() {
    for name in
        [auth::HEADER_VERSION, auth::HEADER_HOTKEY, auth::HEADER_NONCE, auth::HEADER_SIGNATURE]
    {
        assert_eq!(without(name), Err(Refusal::MissingHeader { name }));
    }
    let doubled = signed().into_iter().chain([(auth::HEADER_NONCE, "1".into())]);
    let refusal = Headers::parse(doubled).unwrap_err();
    assert_eq!(refusal, Refusal::DuplicateHeader { name: auth::HEADER_NONCE });
    for (name, value) in [
        (auth::HEADER_VERSION, "2"),
        (auth::HEADER_HOTKEY, "nobody"),
        (auth::HEADER_RECEIVER, "-"),
        (auth::HEADER_NONCE, "-1"),
        (auth::HEADER_NONCE, "+1"),
        (auth::HEADER_NONCE, "01"),
        (auth::HEADER_NONCE, "1e9"),
        (auth::HEADER_NONCE, "99999999999999999999"),
        (auth::HEADER_NONCE, ""),
        (auth::HEADER_NONCE, "1 "),
        (auth::HEADER_SIGNATURE, "0x12"),
        (auth::HEADER_SIGNATURE, &"é".repeat(64)),
        (auth::HEADER_SIGNATURE, &"0".repeat(10_000)),
    ] {
        let refusal = with(name, value).unwrap_err();
        assert_eq!((refusal.status(), refusal.code()), (400, "bad_header"), "{name} {value}");
        assert!(refusal.to_string().contains(name), "{refusal}");
    }
}

#[test]
fn scheme_should_be_refused_when_it_is_not_sr25519() {
    for scheme in ["ed25519", "SR25519", "1"] {
        let refusal = with(auth::HEADER_CRYPTO, scheme).unwrap_err();
        assert_eq!(refusal.status(), 400);
        assert!(refusal.to_string().contains("the accepted one is sr25519"), "{refusal}");
    }
}

#[test]
fn declared_size_should_be_refused_when_above_the_limit() {
    assert_eq!(auth::check_declared_size(None), Ok(()));
    assert_eq!(auth::check_declared_size(Some(limits::BODY_BYTES)), Ok(()));
    let refusal = auth::check_declared_size(Some(limits::BODY_BYTES + 1)).unwrap_err();
    assert_eq!((refusal.status(), refusal.limit()), (413, Some(262_144)));
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(auth::HEADER_VERSION.to_owned()),
        Just(auth::HEADER_HOTKEY.to_owned()),
        Just(auth::HEADER_RECEIVER.to_owned()),
        Just(auth::HEADER_NONCE.to_owned()),
        Just(auth::HEADER_CRYPTO.to_owned()),
        Just(auth::HEADER_SIGNATURE.to_owned()),
        ".{0,30}",
    ]
}

proptest! {
    #[test]
    fn parse_should_never_panic_when_headers_are_arbitrary(
        headers in proptest::collection::vec(
            (any_name(), proptest::collection::vec(any::<u8>(), 0..300)),
            0..10,
        ),
    ) {
        if let Err(refusal) = Headers::parse(headers) {
            prop_assert_eq!(refusal.status(), 400);
        }
    }

    #[test]
    fn one_header_should_never_panic_when_it_is_arbitrary(name in any_name(), value in ".{0,300}") {
        if let Ok(headers) = with(&name, &value) {
            let _ = headers.verify("POST", TARGET, BODY);
        }
    }

    #[test]
    fn verify_should_refuse_when_the_signature_is_arbitrary(
        key: [u8; 32],
        signature in proptest::collection::vec(any::<u8>(), 64),
        method in ".{0,10}",
        target in ".{0,50}",
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let signature: [u8; 64] = signature.try_into().unwrap();
        let headers = Headers { sender_public: key, signature, ..parsed() };
        prop_assert!(headers.verify(&method, &target, &body).is_err());
    }

    #[test]
    fn signed_request_should_round_trip(
        method in "[A-Za-z]{1,8}",
        target in "/[a-z0-9/?=&%]{0,60}",
        body in proptest::collection::vec(any::<u8>(), 0..500),
        nonce: u64,
        bound: bool,
    ) {
        let receiver = bound.then_some(BOB);
        let sign = signer(alice());
        let headers = auth::sign(&sign, ALICE, receiver, &method, &target, &body, nonce);
        let headers = Headers::parse(headers).unwrap();
        prop_assert_eq!(headers.nonce_ns, nonce);
        prop_assert!(headers.verify(&method, &target, &body).is_ok());
    }
}
