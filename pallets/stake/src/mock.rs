//! A chain of balances and stake, with two subnets that are a plain list, real keys, and a pending
//! emission and a burn that only count.

use crate as pallet_stake;
use crate::{pallet::GenesisConfig, Config, CreditOf};
use alun_primitives::{
    traits::{Clock, NeuronRegistry, PendingEmission, RewardSink},
    Balance, BlockNumber, Endpoint, Hyperparameters, NetUid, Uid, UNIT,
};
use frame::{
    deps::sp_runtime::MultiSignature,
    prelude::*,
    testing_prelude::*,
    token::{fungible::Balanced, imbalance::Imbalance},
};
use std::cell::RefCell;

#[frame_construct_runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(2)]
    pub type Stake = pallet_stake;
}

pub type AccountId = frame::deps::sp_runtime::AccountId32;

/// The existential deposit.
pub const DEPOSIT: Balance = 500;
/// What stakers have at first.
pub const RICH: Balance = 1_000_000 * UNIT;
/// A subnet on which the hotkey of Bob holds uid 0.
pub const SUBNET: NetUid = NetUid(1);
/// Another one, without neurons.
pub const OTHER: NetUid = NetUid(2);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = Balance;
    type ExistentialDeposit = ConstU64<DEPOSIT>;
}

thread_local! {
    static PENDING: RefCell<Vec<(NetUid, Balance)>> = const { RefCell::new(Vec::new()) };
    static BURNED: RefCell<Balance> = const { RefCell::new(0) };
}

/// Six-second slots.
pub struct SixSeconds;

impl Clock for SixSeconds {
    fn slot_ms() -> u64 {
        6_000
    }
}

/// What was sent to pending; the money is dropped.
pub struct Pending;

impl Pending {
    /// What it has got so far.
    pub fn all() -> Vec<(NetUid, Balance)> {
        PENDING.with_borrow(Clone::clone)
    }
}

impl PendingEmission for Pending {
    type Credit = CreditOf<Test>;
    fn pending(_: NetUid) -> Balance {
        0
    }
    fn add_pending(netuid: NetUid, credit: Self::Credit) {
        PENDING.with_borrow_mut(|pending| pending.push((netuid, credit.peek())));
    }
}

/// Counts what is burned.
pub struct Burn;

impl Burn {
    /// What was burned so far.
    pub fn total() -> Balance {
        BURNED.with_borrow(|burned| *burned)
    }
}

impl OnUnbalanced<CreditOf<Test>> for Burn {
    fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
        BURNED.with_borrow_mut(|burned| *burned += credit.peek());
    }
}

/// Two subnets.
pub struct Neurons;

impl NeuronRegistry<AccountId> for Neurons {
    fn exists(netuid: NetUid) -> bool {
        Self::netuids().contains(&netuid)
    }
    fn started(netuid: NetUid) -> bool {
        Self::exists(netuid)
    }
    fn neuron_count(netuid: NetUid) -> u16 {
        u16::from(netuid == SUBNET)
    }
    fn mechanism_count(_: NetUid) -> u8 {
        1
    }
    fn hotkey_of(netuid: NetUid, uid: Uid) -> Option<AccountId> {
        (netuid == SUBNET && uid == Uid(0)).then(bob)
    }
    fn uid_of(netuid: NetUid, hotkey: &AccountId) -> Option<Uid> {
        (netuid == SUBNET && *hotkey == bob()).then_some(Uid(0))
    }
    fn registered_at(_: NetUid, _: Uid) -> Option<BlockNumber> {
        None
    }
    fn owner(_: NetUid) -> Option<AccountId> {
        None
    }
    fn owner_hotkey(_: NetUid) -> Option<AccountId> {
        None
    }
    fn hyperparameters(_: NetUid) -> Option<Hyperparameters> {
        None
    }
    fn endpoint(_: NetUid, _: Uid) -> Option<Endpoint> {
        None
    }
    fn netuids() -> Vec<NetUid> {
        vec![SUBNET, OTHER]
    }
}

parameter_types! {
    pub const StakePalletId: PalletId = PalletId(*b"alunstak");
}

impl Config for Test {
    type Currency = Balances;
    type Signature = MultiSignature;
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Pending = Pending;
    type Burn = Burn;
    type PalletId = StakePalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Neurons;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<AccountId, MultiSignature> for Neurons {
    fn sign(payload: &[u8]) -> (AccountId, MultiSignature) {
        let key = Sr25519Keyring::Ferdie;
        (key.to_account_id(), key.sign(payload).into())
    }
    fn subnet() -> NetUid {
        SUBNET
    }
}

/// Alice is a coldkey that owns the hotkeys of Bob and Charlie.
pub fn alice() -> AccountId {
    Sr25519Keyring::Alice.to_account_id()
}

/// A hotkey of Alice.
pub fn bob() -> AccountId {
    Sr25519Keyring::Bob.to_account_id()
}

/// Another hotkey of Alice.
pub fn charlie() -> AccountId {
    Sr25519Keyring::Charlie.to_account_id()
}

/// A nominator.
pub fn dave() -> AccountId {
    Sr25519Keyring::Dave.to_account_id()
}

/// Another nominator.
pub fn eve() -> AccountId {
    Sr25519Keyring::Eve.to_account_id()
}

/// Signed by `who`.
pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Stakes, or fails the test.
pub fn stake(who: &AccountId, hotkey: &AccountId, netuid: NetUid, amount: Balance) {
    assert_ok!(Stake::add_stake(signed(who.clone()), hotkey.clone(), netuid, amount, 0));
}

/// What `who` has on a hotkey and netuid.
pub fn value(who: &AccountId, hotkey: &AccountId, netuid: NetUid) -> Balance {
    Stake::stake_of(who)
        .into_iter()
        .find(|position| position.hotkey == *hotkey && position.netuid == netuid)
        .map_or(0, |position| position.value)
}

/// Money out of nowhere, as from the emission's pot.
pub fn credit(amount: Balance) -> CreditOf<Test> {
    Balances::issue(amount)
}

/// Rewards a validator's pools.
pub fn reward_pools(
    hotkey: &AccountId,
    amount: Balance,
    blocks: BlockNumber,
) -> alun_primitives::traits::PoolReward {
    <Stake as RewardSink<AccountId>>::reward_pools(hotkey, SUBNET, credit(amount), blocks)
}

/// Goes to a block.
pub fn at(block: BlockNumber) {
    System::set_block_number(block);
}

/// A chain at block 1 with money and two bound hotkeys.
pub fn new_test_ext() -> TestState {
    PENDING.with_borrow_mut(Vec::clear);
    BURNED.with_borrow_mut(|burned| *burned = 0);
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: [alice(), dave(), eve()].into_iter().map(|who| (who, RICH)).collect(),
            ..Default::default()
        },
        stake: GenesisConfig {
            hotkeys: vec![(bob(), alice()), (charlie(), alice())],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| at(1));
    state
}

/// Runs `test` on such a chain, then checks the invariants, and that nothing came from strangers.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_eq!(Stake::check_invariants(), Ok(()));
        assert_eq!(Stake::surplus(), Some(0));
    });
}
