//! Keys from phrases and URIs, their signatures and their VRF.

use alun_keys::{ss58, verify, vrf_verify, KeyError, Keypair};
use alun_primitives::{MechanismId, NetUid};
use alun_protocol::challenge::ChallengeId;
use subxt::{transactions::Signer, PolkadotConfig};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

fn key(uri: &str) -> Keypair {
    Keypair::from_uri(uri).unwrap()
}

#[test]
fn address_should_be_the_known_one_when_the_uri_is_a_development_key() {
    // Addresses by the bittensor SDK 11.3.0.
    for (uri, address) in [
        ("//Alice", ALICE),
        ("//Bob", "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"),
        ("//Alice/soft", "5C8PhJPLE54x23RjmqBcEEnALryCDWdTJM5xLaoL9W8XEpnt"),
        ("//Alice//hard/soft", "5CSaUBJis72t75V9omzUGQpycT5TurcnzHth8fR4RBWG87u7"),
        (PHRASE, "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"),
        ("//Alice///pw", "5CVNhgaHCEe41RKB2QgscUnzJmfZScb6EgYdXrJshoCY8CjY"),
        (&format!("{PHRASE}//1///secret"), "5Ejxa9LHQLtGhXkntZH7RJngfN1JQsqvaP1x3t6pozhnqKKZ"),
        ("0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a", ALICE),
        (" //Alice\n", ALICE),
    ] {
        assert_eq!(key(uri).ss58(), address, "{uri}");
        assert_eq!(ss58::decode(address).unwrap(), key(uri).public());
    }
    assert_eq!(
        Keypair::from_phrase(&PHRASE.replace(' ', "  "), None).unwrap().ss58(),
        key(PHRASE).ss58()
    );
}

#[test]
fn uri_should_be_refused_when_it_is_no_key() {
    assert!(matches!(Keypair::from_uri("0x12"), Err(KeyError::Seed)));
    assert!(matches!(Keypair::from_uri("hello world"), Err(KeyError::Phrase(_))));
    assert!(matches!(Keypair::from_uri("Alice!"), Err(KeyError::Uri)));
    let error = Keypair::from_uri("hello secret").unwrap_err().to_string();
    assert!(!error.contains("hello") && !error.contains("secret"), "{error}");
}

#[test]
fn generated_key_should_come_back_from_its_phrase() {
    let (key, phrase) = Keypair::generate().unwrap();
    assert_eq!(phrase.split(' ').count(), 12);
    assert_eq!(Keypair::from_phrase(&phrase, None).unwrap().public(), key.public());
    assert_ne!(Keypair::generate().unwrap().0.public(), key.public());
}

#[test]
fn debug_should_show_the_address_only() {
    assert_eq!(format!("{:?}", key("//Alice")), format!("Keypair({ALICE})"));
}

#[test]
fn signature_should_verify_when_untouched_only() {
    let (alice, bob) = (key("//Alice"), key("//Bob"));
    let mut signature = alice.sign(b"hello");
    assert!(verify(&alice.public(), b"hello", &signature));
    assert!(!verify(&alice.public(), b"hullo", &signature));
    assert!(!verify(&bob.public(), b"hello", &signature));
    signature[5] ^= 1;
    assert!(!verify(&alice.public(), b"hello", &signature));
}

#[test]
fn keypair_should_sign_transactions_when_subxt_asks() {
    let alice = key("//Alice");
    let signer: &dyn Signer<PolkadotConfig> = alice.signer();
    assert_eq!(signer.account_id().0, alice.public());
    let subxt::utils::MultiSignature::Sr25519(signature) = signer.sign(b"payload") else {
        panic!("not sr25519");
    };
    assert!(verify(&alice.public(), b"payload", &signature));
}

fn challenge(k: u16) -> Vec<u8> {
    ChallengeId {
        genesis: [1; 32],
        netuid: NetUid(2),
        mechanism: MechanismId(0),
        epoch_block: [3; 32],
        epoch: 4,
        miner: [5; 32],
        k,
        n: 8,
    }
    .bytes()
}

#[test]
fn vrf_should_be_verified_and_always_the_same() {
    let alice = key("//Alice");
    let one = alice.vrf_sign(&challenge(0)).unwrap();
    let again = alice.vrf_sign(&challenge(0)).unwrap();
    assert_eq!((one.output, one.seed), (again.output, again.seed));
    for vrf in [one, again] {
        let seed = vrf_verify(&alice.public(), &challenge(0), &vrf.output, &vrf.proof);
        assert_eq!(seed, Some(one.seed));
    }
    let other = alice.vrf_sign(&challenge(1)).unwrap();
    assert_ne!(one.seed, other.seed);
    assert_ne!(one.seed, key("//Bob").vrf_sign(&challenge(0)).unwrap().seed);
}

#[test]
fn vrf_should_be_refused_when_forged() {
    let (alice, bob) = (key("//Alice"), key("//Bob"));
    let vrf = alice.vrf_sign(&challenge(0)).unwrap();
    let theirs = bob.vrf_sign(&challenge(0)).unwrap();
    let refused = |public: [u8; 32], input: &[u8], output: [u8; 32], proof: [u8; 64]| {
        vrf_verify(&public, input, &output, &proof).is_none()
    };
    assert!(refused(bob.public(), &challenge(0), vrf.output, vrf.proof));
    assert!(refused(alice.public(), &challenge(1), vrf.output, vrf.proof));
    // Another output under a valid proof: grinding for a convenient challenge.
    assert!(refused(alice.public(), &challenge(0), theirs.output, vrf.proof));
    assert!(refused(alice.public(), &challenge(0), theirs.output, theirs.proof));
    for byte in [0, 31, 32, 63] {
        let mut proof = vrf.proof;
        proof[byte] ^= 1;
        assert!(refused(alice.public(), &challenge(0), vrf.output, proof));
    }
    assert!(refused(alice.public(), &challenge(0), [0; 32], vrf.proof));
}
