//! The genesis presets: `development` (one authority), `local_testnet` (several) and `testnet`.
//!
//! All three use the well-known development keys, which everybody can sign with. A public network
//! starts from the exported `testnet` spec with every key replaced (`docs/operator.md`).

use crate::{
    AccountId, AuthoritiesConfig, Balance, BalancesConfig, ClockConfig, KeysConfig,
    RuntimeGenesisConfig, SessionConfig, SessionKeys, SubnetsConfig, SudoConfig,
};
use alloc::{vec, vec::Vec};
use alun_primitives::{Hyperparameters, UNIT};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// The preset of a public test network.
pub const TESTNET_RUNTIME_PRESET: &str = "testnet";

/// What each development account owns at genesis.
const ENDOWMENT: Balance = 100_000 * UNIT;

/// The development keys that make blocks, with the session keys their nodes use under `--alice`
/// and so on.
fn authority(account: Sr25519Keyring, grandpa: Ed25519Keyring) -> (AccountId, SessionKeys) {
    let keys = SessionKeys { aura: account.public().into(), grandpa: grandpa.public().into() };
    (account.to_account_id(), keys)
}

/// The accounts that own tokens at genesis.
fn endowed() -> Vec<AccountId> {
    Sr25519Keyring::well_known().map(|key| key.to_account_id()).collect()
}

/// The market's rules on a chain that somebody watches: epochs by the minute, no waiting between an
/// owner's changes, miners on private addresses, subnets immune for ten minutes and a notice of one.
fn watched_subnets() -> SubnetsConfig {
    SubnetsConfig {
        default_hyperparameters: Hyperparameters {
            tempo_ms: 60_000,
            activity_cutoff_ms: 600_000,
            immunity_ms: 1_800_000,
            weights_rate_limit_ms: 15_000,
            endpoint_rate_limit_ms: 0,
            ..Hyperparameters::default()
        },
        min_tempo_ms: 5_000,
        owner_rate_limit_ms: 0,
        local: true,
        subnet_immunity_ms: 600_000,
        notice_ms: 60_000,
        ..SubnetsConfig::default()
    }
}

/// A minute until a coldkey's swap can be executed.
fn watched_keys() -> KeysConfig {
    KeysConfig { coldkey_delay_ms: 60_000, ..KeysConfig::default() }
}

/// A chain with these authorities, slot and session length (both in ms). Alice holds the sudo key.
fn preset(
    authorities: Vec<(AccountId, SessionKeys)>,
    slot: u64,
    session: u64,
    market: SubnetsConfig,
    keys: KeysConfig,
) -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        clock: ClockConfig { slot_ms: slot },
        balances: BalancesConfig {
            balances: endowed().into_iter().map(|who| (who, ENDOWMENT)).collect::<Vec<_>>(),
        },
        authorities: AuthoritiesConfig {
            authorities: authorities.iter().map(|(who, _)| who.clone()).collect::<Vec<_>>(),
            session_ms: session,
        },
        session: SessionConfig {
            keys: authorities
                .into_iter()
                .map(|(who, keys)| (who.clone(), who, keys))
                .collect::<Vec<_>>(),
        },
        sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
        subnets: market,
        keys,
    })
}

/// Alice to Dave, of whom `count` are taken.
fn authorities(count: usize) -> Vec<(AccountId, SessionKeys)> {
    let all = vec![
        authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
        authority(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        authority(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
        authority(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
    ];
    all.into_iter().take(count).collect()
}

/// The preset of that name as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_str() {
        DEV_RUNTIME_PRESET => {
            preset(authorities(1), 1_000, 60_000, watched_subnets(), watched_keys())
        }
        LOCAL_TESTNET_RUNTIME_PRESET => {
            preset(authorities(2), 1_000, 60_000, watched_subnets(), watched_keys())
        }
        TESTNET_RUNTIME_PRESET => preset(
            authorities(4),
            6_000,
            3_600_000,
            SubnetsConfig::default(),
            KeysConfig::default(),
        ),
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    [DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET, TESTNET_RUNTIME_PRESET]
        .map(PresetId::from)
        .to_vec()
}
