//! Chain specs: the three presets of the runtime, or a file.

use alun_runtime::{genesis::TESTNET_RUNTIME_PRESET, WASM_BINARY};
use sc_service::{ChainType, Properties};
use std::path::Path;

/// A chain spec without extensions of our own.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The id of the chain that `--dev` runs.
pub const DEV: &str = "dev";
/// The id of a network of several nodes on one machine. Chosen when nothing is said.
pub const LOCAL: &str = "local";
/// The id of the test network.
pub const TESTNET: &str = "testnet";

/// The chain spec for what `--chain` says: an id of a preset, or the path of a JSON file.
///
/// # Errors
///
/// A sentence, when there is neither such a preset nor such a file, or the file is no chain spec.
pub fn load(id: &str) -> Result<ChainSpec, String> {
    match id {
        DEV => preset("Alun Development", id, ChainType::Development, "development"),
        "" | LOCAL => preset("Alun Local", LOCAL, ChainType::Local, "local_testnet"),
        TESTNET => preset("Alun Testnet", id, ChainType::Live, TESTNET_RUNTIME_PRESET),
        path if Path::new(path).exists() => ChainSpec::from_json_file(path.into())
            .map_err(|error| format!("`{path}` is not a chain spec: {error}")),
        _ => Err(format!(
            "`{id}` is no chain: give {DEV}, {LOCAL}, {TESTNET} or the path of a chain spec"
        )),
    }
}

/// A chain that starts from a preset of the runtime built into this binary.
fn preset(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
    let wasm = WASM_BINARY.ok_or(
        "this binary was built without a runtime (SKIP_WASM_BUILD): build it again without that",
    )?;
    // Asked of the runtime's code linked in here. By `with_genesis_config_preset_name` it would be
    // asked of the WASM, which takes a compilation, seconds of each start, for the same answer.
    let patch = alun_runtime::genesis::get_preset(&preset.to_owned())
        .ok_or_else(|| format!("the runtime has no preset `{preset}`"))?;
    let patch = serde_json::from_slice(&patch)
        .map_err(|error| format!("the preset `{preset}` is not JSON: {error}"))?;
    Ok(ChainSpec::builder(wasm, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(kind)
        .with_protocol_id("alun")
        .with_properties(properties())
        .with_genesis_config_patch(patch)
        .build())
}

/// What wallets show amounts and addresses by.
fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), "ALUN".into());
    properties.insert("tokenDecimals".into(), 9.into());
    properties.insert("ss58Format".into(), alun_runtime::configs::system::SS58_PREFIX.into());
    properties
}
