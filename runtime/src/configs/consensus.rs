//! Who makes blocks and who finalises them.

use crate::{
    AccountId, Aura, Authorities, Balances, Clock, Runtime, RuntimeEvent, Session, SessionKeys,
};
use frame_support::traits::{ConstBool, ConstU32, ConstU64};
use frame_system::EnsureRoot;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

/// The most authorities.
type MaxAuthorities = ConstU32<100>;

/// Sessions of the length that genesis set, from block 0 on.
type Sessions =
    pallet_session::PeriodicSessions<pallet_authorities::SessionBlocks<Runtime>, ConstU32<0>>;

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = ();
    type MaxAuthorities = MaxAuthorities;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = pallet_clock::SlotDuration<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    // Authorities are appointed by root and have nothing at stake that a report could slash.
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_authorities::Config for Runtime {
    type ManageOrigin = EnsureRoot<AccountId>;
    type SessionKeys = Session;
    type Clock = Clock;
    type MaxAuthorities = MaxAuthorities;
    type WeightInfo = pallet_authorities::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = BenchmarkKeys;
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Sessions;
    type NextSessionRotation = Sessions;
    type SessionManager = Authorities;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    // One item of an account and two keys.
    type KeyDeposit = super::money::Deposit<1, 96>;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Aura>;
    type EventHandler = ();
}

/// Session keys for benchmarks: made from the account, so that no two accounts share one.
#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkKeys;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_authorities::BenchmarkHelper<AccountId> for BenchmarkKeys {
    fn set_keys(who: &AccountId) {
        use sp_core::crypto::UncheckedFrom;
        let raw: [u8; 32] = who.clone().into();
        let keys = SessionKeys {
            aura: sp_core::sr25519::Public::unchecked_from(raw).into(),
            grandpa: sp_core::ed25519::Public::unchecked_from(raw).into(),
        };
        pallet_session::NextKeys::<Runtime>::insert(who, keys);
    }
}
