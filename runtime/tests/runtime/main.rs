//! Tests of the runtime on its real WASM. One binary, because compiling the WASM is what takes the
//! time and is shared by all of them.

mod authorities;
mod chain;
mod coldkeys;
mod explain;
mod filters;
mod integrity;
mod keys;
mod large;
mod market;
mod proxies;
mod wasm;
mod wind_up;
