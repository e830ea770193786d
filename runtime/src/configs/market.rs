//! The pallets of the market and how they meet: each knows the others by a trait only.

use super::{keys::Succession, money::Deposit};
use crate::{
    Balances, Clock, Consensus, Emission, Market, Runtime, RuntimeHoldReason, Signature, Stake,
    Subnets, Weights,
};
use alun_primitives::{Alpha, UNIT};
use frame_support::{parameter_types, PalletId};

#[cfg(feature = "runtime-benchmarks")]
use super::benchmark_scenes::Scenes;

parameter_types! {
    /// The account that holds all stake.
    pub const StakeAccount: PalletId = PalletId(*b"alunstak");
    /// Holds the locks of those who wait for a slot.
    pub const SubnetEscrow: PalletId = PalletId(*b"alunsubn");
    /// The pot into which emission is minted.
    pub const EmissionPot: PalletId = PalletId(*b"alunemis");
    /// Names the accounts of the markets, one for each subnet.
    pub const MarketAccounts: PalletId = PalletId(*b"alunmrkt");
    /// Most of each alpha that is ever issued.
    pub const AlphaCap: Alpha = Alpha(21_000_000 * UNIT);
}

impl pallet_subnets::Config for Runtime {
    type Currency = Balances;
    type Market = Market;
    type Burn = Emission;
    type Clock = Clock;
    type Keys = Stake;
    type Succession = Succession;
    type PruneScore = Consensus;
    type OnReplaced = (Weights, Consensus);
    // In the order in which a notice stops them: epochs, emission, trades.
    type OnSubnet = (Consensus, Emission, Market, Stake);
    // Holders are paid first, then what ranks last is burned; the market goes before the rest.
    type OnWoundUp = (Stake, Emission, Market, Weights, Consensus);
    type PalletId = SubnetEscrow;
    type WeightInfo = pallet_subnets::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_stake::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Market = Market;
    type Signature = Signature;
    type Succession = Succession;
    type Clock = Clock;
    type Neurons = Subnets;
    type Epochs = Consensus;
    type Pending = Emission;
    type Burn = Emission;
    type PalletId = StakeAccount;
    // A position's key and points.
    type RowDeposit = Deposit<1, 88>;
    type WeightInfo = pallet_stake::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}

impl pallet_weights::Config for Runtime {
    type Neurons = Subnets;
    type Succession = Succession;
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
    type Market = Market;
    type Rewards = Stake;
    type SharePolicy = pallet_emission::ByPrice<Market>;
    type PalletId = EmissionPot;
    type WeightInfo = pallet_emission::weights::SubstrateWeight<Runtime>;
}

impl pallet_market::Config for Runtime {
    type Currency = Balances;
    type Clock = Clock;
    type Settle = Emission;
    type Root = Stake;
    type Burn = Emission;
    type AlphaCap = AlphaCap;
    type PalletId = MarketAccounts;
    type WeightInfo = pallet_market::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}
