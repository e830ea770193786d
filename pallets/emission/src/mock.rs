//! A chain of balances, stake and emission: money is real from the mint to the positions. Subnets
//! are a plain list.

use crate as pallet_emission;
use crate::{CreditOf, SetByRoot};
use alun_primitives::{
    traits::{Clock, EpochDue, EpochPayout, EpochShare, KeyRegistry, NeuronRegistry, OnSubnet},
    Balance, BlockNumber, Endpoint, Hyperparameters, MechanismId, NetUid, Ppm, Uid, UNIT,
};
use frame::{
    deps::sp_runtime::MultiSignature, testing_prelude::*, token::fungible::Balanced, traits::Hooks,
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
    #[runtime::pallet_index(3)]
    pub type Emission = pallet_emission;
}

pub type AccountId = frame::deps::sp_runtime::AccountId32;

/// The existential deposit.
pub const DEPOSIT: Balance = 500;
/// What stakers have at first.
pub const RICH: Balance = 1_000_000 * UNIT;
/// E₀ of the tests: odd, so that splits leave remainders.
pub const EMISSION: Balance = 500_000_003;
/// Three subnets exist.
pub const A: NetUid = NetUid(1);
/// The second.
pub const B: NetUid = NetUid(2);
/// The third.
pub const C: NetUid = NetUid(3);

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
    type DustRemoval = Emission;
}

/// Six-second slots.
pub struct SixSeconds;

impl Clock for SixSeconds {
    fn slot_ms() -> u64 {
        6_000
    }
}

/// What may differ from test to test.
pub struct Registry {
    /// Mechanisms of every subnet.
    pub mechanisms: u8,
    /// Owner cut of every subnet.
    pub owner_cut: Ppm,
    /// The owner's hotkey on every subnet.
    pub owner_hotkey: Option<AccountId>,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = const {
        RefCell::new(Registry { mechanisms: 1, owner_cut: 180_000, owner_hotkey: None })
    };
}

/// Changes the registry.
pub fn registry(change: impl FnOnce(&mut Registry)) {
    REGISTRY.with_borrow_mut(change);
}

/// Three subnets, and for benchmarks those from 1,000.
pub struct Neurons;

impl NeuronRegistry<AccountId> for Neurons {
    fn exists(netuid: NetUid) -> bool {
        netuid.0 >= 1_000 || Self::netuids().contains(&netuid)
    }
    fn started(netuid: NetUid) -> bool {
        Self::exists(netuid)
    }
    fn neuron_count(_: NetUid) -> u16 {
        0
    }
    fn mechanism_count(_: NetUid) -> u8 {
        REGISTRY.with_borrow(|registry| registry.mechanisms)
    }
    fn hotkey_of(_: NetUid, _: Uid) -> Option<AccountId> {
        None
    }
    fn uid_of(_: NetUid, _: &AccountId) -> Option<Uid> {
        None
    }
    fn registered_at(_: NetUid, _: Uid) -> Option<BlockNumber> {
        None
    }
    fn owner(_: NetUid) -> Option<AccountId> {
        None
    }
    fn owner_hotkey(_: NetUid) -> Option<AccountId> {
        REGISTRY.with_borrow(|registry| registry.owner_hotkey.clone())
    }
    fn hyperparameters(_: NetUid) -> Option<Hyperparameters> {
        let owner_cut = REGISTRY.with_borrow(|registry| registry.owner_cut);
        Some(Hyperparameters { owner_cut, ..Default::default() })
    }
    fn endpoint(_: NetUid, _: Uid) -> Option<Endpoint> {
        None
    }
    fn netuids() -> Vec<NetUid> {
        vec![A, B, C]
    }
}

parameter_types! {
    pub const StakePalletId: PalletId = PalletId(*b"alunstak");
    pub const EmissionPalletId: PalletId = PalletId(*b"alunemit");
}

impl pallet_stake::Config for Test {
    type Currency = Balances;
    type Signature = MultiSignature;
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Pending = Emission;
    type Burn = Emission;
    type PalletId = StakePalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Neurons;
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_stake::BenchmarkHelper<AccountId, MultiSignature> for Neurons {
    fn sign(payload: &[u8]) -> (AccountId, MultiSignature) {
        let key = Sr25519Keyring::Ferdie;
        (key.to_account_id(), key.sign(payload).into())
    }
    fn subnet() -> NetUid {
        A
    }
}

impl crate::Config for Test {
    type Currency = Balances;
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Rewards = Stake;
    type SharePolicy = SetByRoot<Test>;
    type PalletId = EmissionPalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Neurons;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper for Neurons {
    fn subnet(seed: u32) -> NetUid {
        NetUid(1_000 + seed as u16)
    }
}

/// An account with money.
pub fn rich() -> AccountId {
    key(0)
}

/// Some key.
pub fn key(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

/// The hotkey of uid `n`, bound to `cold(n)`.
pub fn hot(n: u8) -> AccountId {
    let hotkey = key(100 + n);
    if Stake::coldkey_of(&hotkey).is_none() {
        Stake::bind_unchecked(&hotkey, &cold(n));
    }
    hotkey
}

/// The coldkey of uid `n`.
pub fn cold(n: u8) -> AccountId {
    key(200 + n)
}

/// What an epoch decided about uid `n`.
pub fn share(n: u8, incentive: u64, dividends: u64, active_stake: u64) -> EpochShare<AccountId> {
    EpochShare { uid: Uid(n.into()), hotkey: hot(n), incentive, dividends, active_stake }
}

/// Stakes of `rich` on a hotkey, without a take.
pub fn stake(hotkey: AccountId, netuid: NetUid, amount: Balance) {
    let origin = RuntimeOrigin::signed(rich());
    assert_ok!(Stake::add_stake(origin, hotkey.clone(), netuid, amount, 0));
    if let Some(owner) = Stake::coldkey_of(&hotkey) {
        if Stake::take_of(&hotkey).current > 0 {
            assert_ok!(Stake::set_take(RuntimeOrigin::signed(owner), hotkey, 0));
        }
    }
}

/// What a coldkey has on a hotkey and netuid.
pub fn value(who: &AccountId, hotkey: &AccountId, netuid: NetUid) -> Balance {
    Stake::stake_of(who)
        .into_iter()
        .find(|position| position.hotkey == *hotkey && position.netuid == netuid)
        .map_or(0, |position| position.value)
}

/// Sets shares as root.
pub fn set_shares(shares: &[(NetUid, u64)]) -> DispatchResult {
    Emission::set_shares(RuntimeOrigin::root(), shares.to_vec().try_into().unwrap())
}

/// Starts a subnet.
pub fn start(netuid: NetUid) {
    Emission::on_started(netuid, System::block_number(), 10);
}

/// Pays an epoch of the first mechanism, a neuron to a page; returns what reached each.
pub fn pay(netuid: NetUid, shares: &[EpochShare<AccountId>]) -> Vec<Balance> {
    pay_mechanism(netuid, MechanismId::FIRST, shares)
}

/// The same of any mechanism.
pub fn pay_mechanism(
    netuid: NetUid,
    mechanism: MechanismId,
    shares: &[EpochShare<AccountId>],
) -> Vec<Balance> {
    let opening = Emission::open(netuid, mechanism, 7, 10, shares);
    let page = |(share, (incentive, dividends)): (&EpochShare<AccountId>, _)| {
        let (uid, hotkey) = (share.uid, share.hotkey.clone());
        check();
        Emission::pay(netuid, mechanism, &[EpochDue { uid, hotkey, incentive, dividends }])
    };
    let reached = shares.iter().zip(opening.dues).flat_map(page);
    let reached = reached.map(|reached| reached.amount()).collect();
    Emission::close(netuid, mechanism);
    reached
}

/// Makes `blocks` more blocks.
pub fn run(blocks: u32) {
    for _ in 0..blocks {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Emission::on_initialize(next);
    }
}

/// Gives a subnet exactly `amount` pending, counted as minted.
pub fn endow(netuid: NetUid, amount: Balance) {
    use alun_primitives::traits::PendingEmission;
    crate::GenesisIssuance::<Test>::mutate(|issuance| *issuance += amount);
    let credit: CreditOf<Test> = Balances::issue(amount);
    Emission::add_pending(netuid, credit);
}

/// A chain at block 1 with money and three subnets.
pub fn new_test_ext() -> TestState {
    registry(|registry| {
        *registry = Registry { mechanisms: 1, owner_cut: 180_000, owner_hotkey: None };
    });
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(rich(), RICH)],
            ..Default::default()
        },
        emission: crate::pallet::GenesisConfig {
            initial_block_emission: EMISSION,
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| System::set_block_number(1));
    state
}

/// Checks the invariants, and that nothing came from strangers.
pub fn check() {
    assert_eq!(Emission::check_invariants(), Ok(()));
    assert_eq!(Emission::surplus(), Some(0.into()));
    assert_eq!(Stake::check_invariants(), Ok(()));
    assert_eq!(Stake::surplus(), Some(0));
}

/// Runs `test` on such a chain, then checks the invariants.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        check();
    });
}
