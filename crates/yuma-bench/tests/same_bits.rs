//! The crate gives the same bits natively and in WASM: for every epoch of the vectors, and for generated
//! subnets.

#[path = "../../yuma/tests/common/mod.rs"]
mod common;
#[path = "../../yuma/tests/vectors/generative.rs"]
mod generative;
#[path = "../../yuma/tests/vectors/json.rs"]
mod json;
#[path = "../../yuma/tests/vectors/scenarios.rs"]
mod scenarios;

use std::sync::{
    atomic::{AtomicUsize, Ordering::Relaxed},
    LazyLock,
};

use alun_yuma::{epoch, EpochError, Input, Output, OwnedInput, Row};
use alun_yuma_bench::{wasm::Wasm, wire};
use common::{generated::generated, subnet::WATCH};

static WASM: LazyLock<Wasm> = LazyLock::new(|| Wasm::new().unwrap());
/// Epochs of the vectors.
static WATCHED: AtomicUsize = AtomicUsize::new(0);

/// 1,000, or `PROPTEST_CASES`.
fn cases() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

fn compare(input: &Input, native: &Result<Output, EpochError>) {
    let subnet = OwnedInput {
        params: *input.params,
        neurons: input.neurons.to_vec(),
        rows: input.rows.to_vec(),
        bonds: input.bonds.to_vec(),
    };
    let (_, wasm) = WASM.run(&subnet).unwrap();
    assert_eq!(wasm, wire::encode_result(native), "{subnet:?}");
}

fn watch(input: &Input, native: &Result<Output, EpochError>) {
    compare(input, native);
    WATCHED.fetch_add(1, Relaxed);
}

#[test]
fn wasm_should_give_the_same_bits_when_the_vectors_are_replayed() {
    assert!(WATCH.set(watch).is_ok());
    let file = json::file();
    scenarios::replay_all(&file["scenarios"]);
    generative::replay_all(&file["generative"]);
    assert!(WATCHED.load(Relaxed) > 200, "only {WATCHED:?} epochs");
}

#[test]
fn wasm_should_give_the_same_bits_when_the_subnet_is_generated() {
    for seed in 0..cases() {
        let subnet = generated(seed);
        compare(&subnet.input(), &epoch(&subnet.input()));
    }
}

#[test]
fn wasm_should_give_the_same_error_when_the_input_is_bad() {
    let mut subnet = generated(7);
    subnet.rows.pop();
    compare(&subnet.input(), &epoch(&subnet.input()));
    subnet.rows.push(Row::from([(1, 1), (0, 1)]));
    compare(&subnet.input(), &epoch(&subnet.input()));
    assert!(epoch(&subnet.input()).is_err());
}
