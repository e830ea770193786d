//! Keys that take another's place, and who hears of it.

use crate::{
    AccountId, Balances, Clock, Keys, Proxy, Runtime, RuntimeFreezeReason, Signature, Stake,
    Subnets, Weights,
};
use alun_primitives::{traits::Proxies, Millis};
use frame_support::{parameter_types, traits::Contains};

#[cfg(feature = "runtime-benchmarks")]
use super::benchmark_scenes::Scenes;

/// Knows which hotkey took another's place.
pub type Succession = Keys;

parameter_types! {
    /// A day between two swaps of a hotkey.
    pub const SwapInterval: Millis = 86_400_000;
}

/// The proxies of `pallet_proxy`.
pub struct AllProxies;

impl Proxies<AccountId> for AllProxies {
    fn drop_all(account: &AccountId) {
        Proxy::remove_all_proxy_delegates(account);
    }
}

/// Who holds the sudo key.
pub struct Root;

impl Contains<AccountId> for Root {
    fn contains(who: &AccountId) -> bool {
        pallet_sudo::Key::<Runtime>::get().as_ref() == Some(who)
    }
}

impl pallet_keys::Config for Runtime {
    type Signature = Signature;
    type Registry = Stake;
    type Neurons = Subnets;
    type OnSwapped = (Stake, Subnets, Weights);
    // Subnets at once, then hotkeys before positions: rewards go where they belong from then on.
    type OnColdkeySwapped = (Subnets, Stake);
    type Proxies = AllProxies;
    type Rules = Root;
    type Currency = Balances;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Clock = Clock;
    type SwapInterval = SwapInterval;
    type WeightInfo = pallet_keys::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Scenes;
}
