//! Key files: ours, bittensor's and polkadot.js's; and what is wrong with them.

use alun_keys::{list_wallets, polkadot_js, read_key_file, read_public, KeyError, Keypair, Wallet};
use std::{fs, path::PathBuf};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// Written by the bittensor SDK 11.3.0 for `//Alice` and for a phrase of its own.
const BITTENSOR_ALICE: &str = r#"{"privateKey":"0x33a6f3093f158a7109f679410bef1a0c54168145e0cecb4df006c1c2fffb1f09925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011","ss58Address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY","accountId":"0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d","publicKey":"0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d","cryptoType":1}"#;
const BITTENSOR_PHRASE: &str = r#"{"ss58Address":"5EuvYfXvd9pMBhzNNVRvRvJysmZy4HpK332NnhfegzKaHVeV","accountId":"0x7e02356d57242ac84f6a8cf0acebf2bdede8a98c22932f7d4d8a50405e75366c","secretPhrase":"sleep evidence choose elephant order obvious blush exit switch convince basket rural","secretSeed":"0x9a6e9c41b49d124e328d323a86ffc0eb9e121e0948cd016ded8d3bab3c2c993c","publicKey":"0x7e02356d57242ac84f6a8cf0acebf2bdede8a98c22932f7d4d8a50405e75366c","privateKey":"0x1da19895161fc00a7903a3b8f2be58ec8d28479f492db40087b77637d981450fa7de15e891b5cbf9ab8aaf730a8470b444fba12e0fb50baf7684d683b200a1c2","cryptoType":1}"#;

/// Exported by polkadot.js (`@polkadot/keyring` 13): `//Alice` with the password "correct horse",
/// and without one; `//Alice/soft` without one.
const PJS_ENCRYPTED: &str = r#"{"encoded":"xnv2M7lYMjqFaCsWfghwILNaAuTQncznZzy572ripPQAAAIAAQAAAAgAAAD7AQVrZ4XJC5QAQ+sdgxbz5du05j+P3QAEq0yHp9dGLUoDVrtNR/8pn66mrLaefUTpV0fM1NQXCfIYz+daFQ4sx8RH5yIqku9kJP63TMKbmHvasKStkEHrjIDsXm3YZBcQdLtpZcPEo8zuNKQD2uy59PF6pp9TZ9hv1h8pMRKntocAne42ZxFT5Mrd0JOj482TC1+5V34q4gnxRm2P","encoding":{"content":["pkcs8","sr25519"],"type":["scrypt","xsalsa20-poly1305"],"version":"3"},"address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY","meta":{"name":"alice"}}"#;
const PJS_CLEAR: &str = r#"{"encoded":"MFMCAQEwBQYDK2VwBCIEIJgxnU/4qVCMS7DPC1p412CgsggsAndeboI3CBb+3/9IkloiXZeqAGgtalm5Wxh4DBDXAyM26I80QrQjYfSmYBGhIwMhANQ1k8cV/dMcYRQavQSpn9aCLIVYhUzN45pWhOelbaJ9","encoding":{"content":["pkcs8","sr25519"],"type":["none"],"version":"3"},"address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY","meta":{"name":"alice"}}"#;
const PJS_SOFT: &str = r#"{"encoded":"MFMCAQEwBQYDK2VwBCIEINBzhtogREoHeekI5EvloBN4LNKi6Bhsfj3wfFPLMggNTUFMSaUrbLzjMOGxPkgzrL/N9BMMhNdchm222Sfwsp2hIwMhAALP2DB0rvyZVa9ANNGbN4DUelLhWKur7I7AErIpXxxb","encoding":{"content":["pkcs8","sr25519"],"type":["none"],"version":"3"},"address":"5C8PhJPLE54x23RjmqBcEEnALryCDWdTJM5xLaoL9W8XEpnt","meta":{"name":"soft"}}"#;

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn wallet(&self) -> Wallet {
        Wallet::new(self.folder.path(), "main").unwrap()
    }

    fn file(&self, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("file");
        fs::write(&path, content).unwrap();
        path
    }
}

fn key(uri: &str) -> Keypair {
    Keypair::from_uri(uri).unwrap()
}

#[test]
fn wallet_should_give_back_what_was_written() {
    let case = Case::new();
    let wallet = case.wallet();
    let (cold, _) = Keypair::generate().unwrap();
    wallet.write_coldkey(&cold, false).unwrap();
    wallet.write_hotkey("miner", &key("//Alice"), false).unwrap();
    // The end of a soft path has no seed, only a private key.
    wallet.write_hotkey("soft", &key("//Alice/soft"), false).unwrap();
    fs::write(wallet.folder().join("hotkeys/minerpub.txt"), "{}").unwrap();

    assert_eq!(wallet.coldkey(None).unwrap().public(), cold.public());
    assert_eq!(wallet.coldkey_public().unwrap(), cold.public());
    assert_eq!(wallet.hotkeys().unwrap(), ["miner", "soft"]);
    assert_eq!(wallet.hotkey("miner").unwrap().ss58(), ALICE);
    assert_eq!(wallet.hotkey_public("soft").unwrap(), key("//Alice/soft").public());
    let soft = wallet.hotkey("soft").unwrap();
    let input = b"input";
    assert_eq!(
        soft.vrf_sign(input).unwrap().seed,
        key("//Alice/soft").vrf_sign(input).unwrap().seed
    );
    assert_eq!(list_wallets(case.folder.path()).unwrap(), ["main"]);
    assert!(list_wallets(&case.folder.path().join("none")).unwrap().is_empty());
}

#[test]
fn wallet_should_keep_keys_when_nothing_is_forced() {
    let case = Case::new();
    let wallet = case.wallet();
    wallet.write_coldkey(&key("//Alice"), false).unwrap();
    wallet.write_hotkey("a", &key("//Alice"), false).unwrap();
    let refused = |result: Result<(), KeyError>| {
        assert!(matches!(result, Err(KeyError::Exists { .. })), "{result:?}");
    };
    refused(wallet.write_coldkey(&key("//Bob"), false));
    refused(wallet.write_hotkey("a", &key("//Bob"), false));
    refused(wallet.write_coldkey_polkadot_js(PJS_CLEAR, None, true).map(drop));
    assert_eq!(wallet.coldkey(None).unwrap().ss58(), ALICE);
    wallet.write_hotkey("a", &key("//Bob"), true).unwrap();
    assert_eq!(wallet.hotkey("a").unwrap().public(), key("//Bob").public());
}

#[test]
fn name_should_be_refused_when_it_leads_elsewhere() {
    let case = Case::new();
    for name in ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "é", &"x".repeat(65)] {
        let refused = Wallet::new(case.folder.path(), name);
        assert!(matches!(refused, Err(KeyError::Name { .. })), "{name}");
        assert!(matches!(case.wallet().hotkey(name), Err(KeyError::Name { .. })), "{name}");
    }
}

#[test]
fn key_file_should_be_read_when_the_bittensor_sdk_wrote_it() {
    let case = Case::new();
    let path = case.file(BITTENSOR_ALICE);
    assert_eq!(read_key_file(&path, None).unwrap().ss58(), ALICE);
    assert_eq!(read_public(&path).unwrap(), key("//Alice").public());
    let path = case.file(BITTENSOR_PHRASE);
    let address = "5EuvYfXvd9pMBhzNNVRvRvJysmZy4HpK332NnhfegzKaHVeV";
    assert_eq!(read_key_file(&path, None).unwrap().ss58(), address);
}

#[test]
fn key_file_should_be_what_bittensor_reads() {
    let case = Case::new();
    let wallet = case.wallet();
    let (address, expected): (_, serde_json::Value) =
        ("phrase", serde_json::from_str(BITTENSOR_PHRASE).unwrap());
    let phrase = expected["secretPhrase"].as_str().unwrap();
    wallet.write_hotkey(address, &Keypair::from_phrase(phrase, None).unwrap(), false).unwrap();
    let written = fs::read(wallet.hotkey_path(address).unwrap()).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written, expected);
}

#[test]
fn key_file_should_be_refused_when_cut_off_altered_encrypted_or_public() {
    let case = Case::new();
    let read = |content: &[u8]| read_key_file(&case.file(content), None).unwrap_err();
    for length in [1, 10, BITTENSOR_ALICE.len() / 2, BITTENSOR_ALICE.len() - 1] {
        let error = read(&BITTENSOR_ALICE.as_bytes()[..length]);
        assert!(matches!(error, KeyError::Malformed { .. }), "{length}: {error}");
        assert!(!error.to_string().contains("33a6f3"), "{error}");
    }
    for (content, part) in [
        ("".to_owned(), "empty"),
        ("{}".to_owned(), "neither"),
        (BITTENSOR_ALICE.replace("33a6", "34a6"), "another public key"),
        (BITTENSOR_ALICE.replace("0x33a6", "0x33"), "64 bytes"),
        (BITTENSOR_ALICE.replace("\"cryptoType\":1", "\"cryptoType\":0"), "ed25519"),
        (BITTENSOR_ALICE.replace("\"publicKey\":\"0xd4", "\"publicKey\":\"0xd5"), "altered"),
        (format!("$NACL{}", "x".repeat(50)), "argon2i"),
    ] {
        let error = read(content.as_bytes()).to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
    let public = r#"{"ss58Address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}"#;
    assert!(matches!(read(public.as_bytes()), KeyError::PublicOnly { .. }));
    assert_eq!(read_public(&case.file(public)).unwrap(), key("//Alice").public());
    assert!(matches!(read(&[0xff, 0xfe]), KeyError::Malformed { .. }));
    let missing = read_key_file(&case.folder.path().join("none"), None).unwrap_err();
    assert!(matches!(missing, KeyError::Missing { .. }));
}

#[test]
fn text_file_should_be_read_when_it_holds_a_uri() {
    let case = Case::new();
    assert_eq!(read_key_file(&case.file("//Alice\n"), None).unwrap().ss58(), ALICE);
}

#[test]
fn polkadot_js_json_should_be_read_when_unencrypted() {
    let alice = polkadot_js::import(PJS_CLEAR, None).unwrap();
    assert_eq!(alice.public(), key("//Alice").public());
    let seed = |key: &Keypair| key.vrf_sign(b"x").unwrap().seed;
    assert_eq!(seed(&alice), seed(&key("//Alice")));
    let soft = polkadot_js::import(PJS_SOFT, None).unwrap();
    assert_eq!(seed(&soft), seed(&key("//Alice/soft")));
}

#[test]
fn polkadot_js_json_should_be_the_one_that_polkadot_js_writes() {
    let json = polkadot_js::export_unencrypted(&key("//Alice"), "alice", 1).unwrap();
    let ours: serde_json::Value = serde_json::from_str(&json).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(PJS_CLEAR).unwrap();
    for field in ["encoded", "encoding", "address"] {
        assert_eq!(ours[field], theirs[field], "{field}");
    }
    assert_eq!(polkadot_js::import(&json, None).unwrap().ss58(), ALICE);
}

#[test]
fn polkadot_js_json_should_sign_when_the_password_is_right() {
    let case = Case::new();
    let wallet = case.wallet();
    wallet.write_coldkey_polkadot_js(PJS_ENCRYPTED, Some("correct horse"), false).unwrap();
    assert_eq!(wallet.coldkey_public().unwrap(), key("//Alice").public());
    let alice = wallet.coldkey(Some("correct horse")).unwrap();
    assert!(alun_keys::verify(&alice.public(), b"m", &alice.sign(b"m")));
    assert!(matches!(alice.vrf_sign(b"x"), Err(KeyError::SigningOnly { .. })));
    let copied = wallet.write_hotkey("a", &alice, false);
    assert!(matches!(copied, Err(KeyError::SigningOnly { .. })));
    assert!(matches!(wallet.coldkey(Some("wrong")), Err(KeyError::WrongPassword { .. })));
    assert!(matches!(wallet.coldkey(None), Err(KeyError::PasswordNeeded { .. })));
}

#[test]
fn polkadot_js_json_should_be_refused_when_cut_off_or_altered() {
    let import = |json: &str| polkadot_js::import(json, Some("correct horse")).unwrap_err();
    for json in [PJS_ENCRYPTED, PJS_CLEAR] {
        for length in [0, 1, 20, json.len() / 2, json.len() - 1] {
            let error = import(&json[..length]);
            assert!(matches!(error, KeyError::Malformed { .. }), "{length}: {error}");
        }
        let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
        let encoded = value["encoded"].as_str().unwrap().to_owned();
        for length in [0, 4, 60, 88, encoded.len() - 4] {
            value["encoded"] = encoded[..length].into();
            let error = import(&value.to_string());
            assert!(matches!(error, KeyError::Malformed { .. }), "{length}: {error}");
        }
        value["encoded"] = "?".into();
        assert!(matches!(import(&value.to_string()), KeyError::Malformed { .. }));
        let other = json.replace(ALICE, "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty");
        assert!(matches!(import(&other), KeyError::Malformed { .. }));
    }
    let ed25519 = PJS_CLEAR.replace("sr25519", "ed25519");
    assert!(import(&ed25519).to_string().contains("sr25519"));
}
