//! The runtime as it is shipped: the compressed WASM, run by the executor of the node.

use crate::chain;
use alun_runtime::{AccountId, VERSION};
use codec::{Decode, Encode};
use sp_core::OpaqueMetadata;
use sp_keyring::Sr25519Keyring;
use sp_version::RuntimeVersion;

const PRESETS: [&str; 3] = ["development", "local_testnet", "testnet"];

/// Calls a function of the WASM on the state of a preset.
fn call<R: Decode>(preset: &str, method: &str, arguments: &[u8]) -> R {
    let result = chain::call_wasm(&mut chain::state_of(preset).ext(), method, arguments);
    R::decode(&mut result.as_slice()).unwrap()
}

#[test]
fn wasm_should_stay_small_when_compressed() {
    let size = chain::wasm().len();
    assert!(size <= 700 * 1024, "the compressed runtime has {size} bytes; the limit is 700 KB");
}

#[test]
fn wasm_should_report_this_version_when_asked() {
    let version: RuntimeVersion = call("development", "Core_version", &[]);
    assert_eq!(version.spec_version, VERSION.spec_version);
    assert_eq!(version.apis, VERSION.apis);
}

#[test]
fn genesis_builder_should_name_three_presets_when_asked() {
    assert_eq!(chain::genesis_builder().preset_names().unwrap(), PRESETS);
}

#[test]
fn preset_should_set_slot_and_authorities_when_built() {
    for (preset, slot_ms, count) in
        [("development", 1_000, 1), ("local_testnet", 1_000, 2), ("testnet", 6_000, 4)]
    {
        assert_eq!(call::<u64>(preset, "AuraApi_slot_duration", &[]), slot_ms, "{preset}");
        let aura: Vec<[u8; 32]> = call(preset, "AuraApi_authorities", &[]);
        assert_eq!(aura.len(), count, "{preset}");
        let grandpa: Vec<([u8; 32], u64)> = call(preset, "GrandpaApi_grandpa_authorities", &[]);
        assert_eq!(grandpa.len(), count, "{preset}");
    }
}

#[test]
fn block_limits_should_follow_the_slot_when_genesis_differs() {
    for (preset, slot_ms) in [("local_testnet", 1_000_u64), ("testnet", 6_000)] {
        let third = chain::state_of(preset).execute_with(|| {
            use frame_support::traits::Get;
            <alun_runtime::Runtime as frame_system::Config>::BlockWeights::get().max_block
        });
        assert_eq!(third.ref_time(), slot_ms * 1_000_000_000 / 3);
    }
}

#[test]
fn genesis_should_be_refused_when_the_slot_is_out_of_bounds() {
    let patch = serde_json::json!({ "clock": { "slotMs": 5 } });
    let error = chain::genesis_builder().get_storage_for_patch(patch).unwrap_err();
    assert!(!error.is_empty());
}

#[test]
fn metadata_should_decode_when_asked_for_each_version() {
    let versions: Vec<u32> = call("development", "Metadata_metadata_versions", &[]);
    for version in [14, 15, 16] {
        assert!(versions.contains(&version), "version {version} is missing");
        let opaque: Option<OpaqueMetadata> =
            call("development", "Metadata_metadata_at_version", &version.encode());
        let metadata = subxt::Metadata::decode(&mut opaque.unwrap().as_slice()).unwrap();
        for pallet in ["System", "Timestamp", "Balances", "Sudo", "Proxy", "Clock", "Authorities"] {
            assert!(metadata.pallet_by_name(pallet).is_some(), "{pallet} in {version}");
        }
    }
}

#[test]
fn account_nonce_should_be_zero_when_the_account_is_new() {
    let account: AccountId = Sr25519Keyring::Alice.to_account_id();
    let nonce: u32 = call("development", "AccountNonceApi_account_nonce", &account.encode());
    assert_eq!(nonce, 0);
}
