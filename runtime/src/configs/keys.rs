//! Keys that take another's place, and who hears of it.

use crate::{Clock, Keys, Runtime, Signature, Stake, Subnets, Weights};
use alun_primitives::Millis;
use frame_support::parameter_types;

#[cfg(feature = "runtime-benchmarks")]
use super::benchmark_scenes::Scenes;

/// Knows which hotkey took another's place.
pub type Succession = Keys;

parameter_types! {
    /// A day between two swaps of a hotkey.
    pub const SwapInterval: Millis = 86_400_000;
}

impl pallet_keys::Config for Runtime {
    type Signature = Signature;
    type Registry = Stake;
    type Neurons = Subnets;
    type OnSwapped = (Stake, Subnets, Weights);
    type Clock = Clock;
    type SwapInterval = SwapInterval;
    type WeightInfo = pallet_keys::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}
