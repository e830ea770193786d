//! Accounts that act together or for one another, the sudo key, and the emergency brakes.

use crate::{
    AccountId, Balances, BlockNumber, Clock, OriginCaller, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeHoldReason, System,
};
use alun_primitives::traits::Clock as _;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    parameter_types,
    traits::{ConstU32, Contains, InstanceFilter},
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use pallet_tx_pause::RuntimeCallNameOf;
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

use super::money::Deposit;

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = Deposit<1, 88>;
    type DepositFactor = Deposit<0, 32>;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

/// What a proxy may do in another's name.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    Any,
    /// Add, remove and move stake; nothing that reaches another's account.
    StakeOnly,
    /// Set, commit and reveal weight rows; announce and withdraw an endpoint.
    WeightsAndServing,
    /// Bind hotkeys; register neurons and subnets.
    Registration,
    /// Sudo, authorities, pauses, and the hyperparameters of subnets.
    Governance,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        // A batch may go to any proxy: each call in it passes this filter again.
        if matches!(call, RuntimeCall::Utility(_)) {
            return true;
        }
        match self {
            Self::Any => true,
            Self::StakeOnly => matches!(
                call,
                RuntimeCall::Stake(
                    pallet_stake::Call::add_stake { .. }
                        | pallet_stake::Call::remove_stake { .. }
                        | pallet_stake::Call::remove_all_stake { .. }
                        | pallet_stake::Call::move_stake { .. }
                        | pallet_stake::Call::swap_stake { .. }
                )
            ),
            Self::WeightsAndServing => matches!(
                call,
                RuntimeCall::Weights(_)
                    | RuntimeCall::Subnets(
                        pallet_subnets::Call::serve { .. } | pallet_subnets::Call::unserve { .. }
                    )
            ),
            Self::Registration => matches!(
                call,
                RuntimeCall::Subnets(
                    pallet_subnets::Call::register { .. }
                        | pallet_subnets::Call::register_subnet { .. }
                ) | RuntimeCall::Stake(pallet_stake::Call::bind_hotkey { .. })
            ),
            Self::Governance => matches!(
                call,
                RuntimeCall::Sudo(_)
                    | RuntimeCall::Authorities(_)
                    | RuntimeCall::SafeMode(_)
                    | RuntimeCall::TxPause(_)
                    | RuntimeCall::Stake(pallet_stake::Call::set_root_weight { .. })
                    | RuntimeCall::Subnets(
                        pallet_subnets::Call::set_hyperparameters { .. }
                            | pallet_subnets::Call::set_mechanism_count { .. }
                            | pallet_subnets::Call::set_subnet_limit { .. }
                    )
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        self == other || *self == Self::Any
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = Deposit<1, 8>;
    type ProxyDepositFactor = Deposit<0, 37>;
    type MaxProxies = ConstU32<32>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = Deposit<1, 16>;
    type AnnouncementDepositFactor = Deposit<0, 68>;
    type BlockNumberProvider = System;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

/// Four hours: how long the safe mode lasts when root enters or extends it.
const SAFE_MODE_MS: u64 = 4 * 3_600_000;

parameter_types! {
    /// The safe mode's duration in blocks.
    pub SafeModeDuration: BlockNumber = Clock::to_blocks(SAFE_MODE_MS);
    /// Only root enters the safe mode: there is no deposit for which anyone may.
    pub const NoDeposit: Option<crate::Balance> = None;
    /// Deposits are released by root only.
    pub const NoRelease: Option<BlockNumber> = None;
}

/// What goes on in safe mode: blocks, and the calls that end it or repair the chain. The sudo key
/// may be a multisig's or act by a proxy; the calls inside a wrapper pass this filter again.
pub struct SafeModeWhitelist;

impl Contains<RuntimeCall> for SafeModeWhitelist {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::System(_)
                | RuntimeCall::Timestamp(_)
                | RuntimeCall::Sudo(_)
                | RuntimeCall::Authorities(_)
                | RuntimeCall::Session(_)
                | RuntimeCall::SafeMode(_)
                | RuntimeCall::TxPause(_)
                | RuntimeCall::Utility(_)
                | RuntimeCall::Multisig(_)
                | RuntimeCall::Proxy(_)
        )
    }
}

impl pallet_safe_mode::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WhitelistedCalls = SafeModeWhitelist;
    type EnterDuration = SafeModeDuration;
    type ExtendDuration = SafeModeDuration;
    type EnterDepositAmount = NoDeposit;
    type ExtendDepositAmount = NoDeposit;
    type ForceEnterOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
    type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
    type ForceExitOrigin = EnsureRoot<AccountId>;
    type ForceDepositOrigin = EnsureRoot<AccountId>;
    type Notify = ();
    type ReleaseDelay = NoRelease;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

/// The pallets that can never be paused: a chain without them makes no blocks, or no way back.
const NEVER_PAUSED: [&[u8]; 9] = [
    b"System",
    b"Timestamp",
    b"Sudo",
    b"Authorities",
    b"SafeMode",
    b"TxPause",
    b"Utility",
    b"Multisig",
    b"Proxy",
];

/// The calls of [`NEVER_PAUSED`].
pub struct TxPauseWhitelist;

impl Contains<RuntimeCallNameOf<Runtime>> for TxPauseWhitelist {
    fn contains((pallet, _): &RuntimeCallNameOf<Runtime>) -> bool {
        NEVER_PAUSED.contains(&pallet.as_slice())
    }
}

impl pallet_tx_pause::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PauseOrigin = EnsureRoot<AccountId>;
    type UnpauseOrigin = EnsureRoot<AccountId>;
    type WhitelistedCalls = TxPauseWhitelist;
    type MaxNameLen = ConstU32<256>;
    type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}
