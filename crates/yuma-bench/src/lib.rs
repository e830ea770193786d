//! Measures `alun_yuma`, natively and in WASM as the node runs it, and holds both to the same bits.
//! `scripts/bench yuma` runs it; `docs/benchmarks.md` has the numbers.

extern crate alloc;

pub mod case;
pub mod counted;
pub mod shapes;
pub mod wasm;
pub mod wire;
