//! The pallets of the market and how they meet: each knows the others by a trait only.

use crate::{
    Balances, Clock, Consensus, Emission, Runtime, RuntimeHoldReason, Signature, Stake, Subnets,
    Weights,
};
use frame_support::{parameter_types, PalletId};

#[cfg(feature = "runtime-benchmarks")]
use super::benchmark_scenes::Scenes;

parameter_types! {
    /// The account that holds all stake.
    pub const StakeAccount: PalletId = PalletId(*b"alunstak");
    /// The pot into which emission is minted.
    pub const EmissionPot: PalletId = PalletId(*b"alunemis");
}

impl pallet_subnets::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Burn = Emission;
    type Clock = Clock;
    type Keys = Stake;
    type PruneScore = Consensus;
    type OnReplaced = (Weights, Consensus);
    type OnSubnet = (Consensus, Emission);
    type WeightInfo = pallet_subnets::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_stake::Config for Runtime {
    type Currency = Balances;
    type Signature = Signature;
    type Clock = Clock;
    type Neurons = Subnets;
    type Pending = Emission;
    type Burn = Emission;
    type PalletId = StakeAccount;
    type WeightInfo = pallet_stake::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_weights::Config for Runtime {
    type Neurons = Subnets;
    type Permits = Consensus;
    type Epochs = Consensus;
    type Clock = Clock;
    type WeightInfo = pallet_weights::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_consensus::Config for Runtime {
    type Neurons = Subnets;
    type Stake = Stake;
    type Weights = Weights;
    type Payout = Emission;
    type Clock = Clock;
    type WeightInfo = pallet_consensus::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_emission::Config for Runtime {
    type Currency = Balances;
    type Clock = Clock;
    type Neurons = Subnets;
    type Rewards = Stake;
    // Until markets exist, root says which subnet earns how much.
    type SharePolicy = pallet_emission::SetByRoot<Runtime>;
    type PalletId = EmissionPot;
    type WeightInfo = pallet_emission::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}
