//! Any bytes are calls on a small chain: no panic, and every invariant holds after every block.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let soak = alun_soak::soak::from_bytes(bytes.to_vec());
    assert!(soak.is_sound(), "{:?} after {:#?}", soak.wrong, soak.last);
});
