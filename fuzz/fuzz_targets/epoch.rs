//! Any bytes are an epoch's input: it ends in a result that adds up, or in an error.
#![no_main]

#[path = "../../crates/yuma/tests/common/mod.rs"]
mod common;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    common::bytes::check(&common::bytes::decode(bytes));
});
