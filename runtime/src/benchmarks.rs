//! The pallets whose calls the node's `benchmark pallet` measures. Ours, plus the system pallet
//! whose storage costs calibrate the rest.

use crate::{
    AllPalletsWithSystem, Authorities, Consensus, Emission, Keys, Market, Runtime, Stake, Subnets,
    Weights,
};
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{define_benchmarks, BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::Pallet as SystemBench;

impl frame_system_benchmarking::Config for Runtime {}

define_benchmarks!(
    [frame_system, SystemBench::<Runtime>]
    [pallet_authorities, Authorities]
    [pallet_subnets, Subnets]
    [pallet_stake, Stake]
    [pallet_weights, Weights]
    [pallet_consensus, Consensus]
    [pallet_emission, Emission]
    [pallet_market, Market]
    [pallet_keys, Keys]
);

/// What there is to measure.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::<BenchmarkList>::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Measures one benchmark.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::<BenchmarkBatch>::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}
