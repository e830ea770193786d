//! Builds the runtime's WASM. With the feature `metadata-hash` it is built twice, to put the hash
//! of its metadata in it: production builds only.

fn main() {
    #[cfg(all(feature = "std", feature = "metadata-hash"))]
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        .enable_metadata_hash("ALUN", 9)
        .build();

    #[cfg(all(feature = "std", not(feature = "metadata-hash")))]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
