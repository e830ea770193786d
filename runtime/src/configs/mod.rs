//! The configuration of every pallet, by theme.

#[cfg(feature = "runtime-benchmarks")]
mod benchmark_scenes;
pub mod consensus;
pub mod governance;
pub mod keys;
pub mod market;
pub mod money;
pub mod system;
