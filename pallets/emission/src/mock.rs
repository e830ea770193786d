//! A chain of balances, markets, stake and emission: money and alpha are real from the mint to the
//! positions. Subnets are a plain list, and shares are set by the tests unless they go by price.

use crate as pallet_emission;
use crate::{AlphaOf, ByPrice, CreditOf, SharePolicy};
use alun_primitives::{
    traits::{
        AlphaMarket, Clock, EmissionMarket, EpochClock, EpochDue, EpochPayout, EpochShare,
        KeyRegistry, NeuronRegistry, OnSubnet, PendingEmission, RewardSink, Settle,
    },
    Alpha, Balance, BlockNumber, Endpoint, Hyperparameters, MechanismId, NetUid, Ppm, Schedule,
    Uid, UNIT,
};
use frame::{
    deps::{
        frame_support::{
            storage::{with_transaction, TransactionOutcome},
            storage_alias,
            weights::WeightMeter,
        },
        sp_runtime::{DispatchError, MultiSignature},
    },
    testing_prelude::*,
    token::{fungible::Balanced, Fortitude, Precision, Preservation},
    traits::Hooks,
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
    pub type Market = pallet_market;
    #[runtime::pallet_index(4)]
    pub type Emission = pallet_emission;
}

pub type AccountId = frame::deps::sp_runtime::AccountId32;

/// The existential deposit.
pub const DEPOSIT: Balance = 500;
/// What the rich have at first.
pub const RICH: Balance = 1_000_000 * UNIT;
/// What opens each market: 1,000 tokens at a price of 1.
pub const LOCK: Balance = 1_000 * UNIT + DEPOSIT;
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

/// Three subnets.
pub struct Neurons;

impl NeuronRegistry<AccountId> for Neurons {
    fn exists(netuid: NetUid) -> bool {
        Self::netuids().contains(&netuid)
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

impl EpochClock for Neurons {
    fn schedule(_: NetUid) -> Option<Schedule> {
        None
    }
}

parameter_types! {
    pub const StakePalletId: PalletId = PalletId(*b"alunstak");
    pub const MarketPalletId: PalletId = PalletId(*b"alunmrkt");
    pub const EmissionPalletId: PalletId = PalletId(*b"alunemit");
    pub const AlphaCap: Alpha = Alpha(21_000_000 * UNIT);
    pub const RowDeposit: Balance = UNIT / 100;
    /// Whether shares go by price.
    pub static Priced: bool = false;
    /// Whether who is asked for a share settles the subnet once more.
    pub static Nested: bool = false;
}

/// The shares that tests set.
#[storage_alias]
type TestShares = StorageMap<Mock, Twox64Concat, NetUid, u64, ValueQuery>;

/// Shares as the tests set them, or by price.
pub struct Policy;

impl SharePolicy for Policy {
    fn share(netuid: NetUid) -> u64 {
        if Nested::get() {
            Emission::settle(netuid);
        }
        if Priced::get() {
            ByPrice::<Market>::share(netuid)
        } else {
            TestShares::get(netuid)
        }
    }
}

impl pallet_market::Config for Test {
    type Currency = Balances;
    type Clock = SixSeconds;
    type Settle = Emission;
    type Root = Stake;
    type Burn = Emission;
    type AlphaCap = AlphaCap;
    type PalletId = MarketPalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Neurons;
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_market::pallet::BenchmarkHelper<AccountId> for Neurons {
    fn market() -> NetUid {
        A
    }
    fn root_hotkey(seed: u32) -> AccountId {
        hot(seed as u8)
    }
}

impl pallet_stake::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Market = Market;
    type Signature = MultiSignature;
    type Succession = ();
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Epochs = Neurons;
    type Pending = Emission;
    type Burn = Emission;
    type PalletId = StakePalletId;
    type RowDeposit = RowDeposit;
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
    fn subnets() -> [NetUid; 2] {
        [A, B]
    }
}

impl crate::Config for Test {
    type Currency = Balances;
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Market = Market;
    type Rewards = Stake;
    type SharePolicy = Policy;
    type PalletId = EmissionPalletId;
    type WeightInfo = ();
}

/// An account with money.
pub fn rich() -> AccountId {
    key(0)
}

/// Whose locks open the markets.
pub fn founder() -> AccountId {
    key(1)
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

/// Stakes on a hotkey, without a take: native tokens of `rich` on root; on a subnet alpha out of
/// nowhere, which is the hotkey's owner's.
pub fn stake(hotkey: AccountId, netuid: NetUid, amount: u64) {
    if netuid.is_root() {
        let origin = RuntimeOrigin::signed(rich());
        assert_ok!(Stake::add_stake(origin, hotkey.clone(), netuid, amount, 0));
    } else {
        assert!(Stake::reward_position(&hotkey, alpha(netuid, amount)).is_ok());
    }
    if let Some(owner) = Stake::coldkey_of(&hotkey) {
        if Stake::take_of(&hotkey).current > 0 {
            assert_ok!(Stake::set_take(RuntimeOrigin::signed(owner), hotkey, 0));
        }
    }
}

/// What a coldkey has on a hotkey and netuid, in its token.
pub fn value(who: &AccountId, hotkey: &AccountId, netuid: NetUid) -> u64 {
    Stake::stake_of(who)
        .into_iter()
        .find(|position| position.hotkey == *hotkey && position.netuid == netuid)
        .map_or(0, |position| position.value)
}

/// Sets shares, which count from the next settlement on: now, unless there was one in this block.
pub fn set_shares(shares: &[(NetUid, u64)]) {
    for (netuid, share) in shares {
        TestShares::insert(netuid, share);
        Emission::settle(*netuid);
    }
}

/// Starts a subnet.
pub fn start(netuid: NetUid) {
    Emission::on_started(netuid, System::block_number(), 10);
}

/// Pays an epoch of the first mechanism, a neuron to a page; returns what reached each.
pub fn pay(netuid: NetUid, shares: &[EpochShare<AccountId>]) -> Vec<u64> {
    pay_mechanism(netuid, MechanismId::FIRST, shares)
}

/// The same of any mechanism.
pub fn pay_mechanism(
    netuid: NetUid,
    mechanism: MechanismId,
    shares: &[EpochShare<AccountId>],
) -> Vec<u64> {
    let opening = Emission::open(netuid, mechanism, 7, 10, shares);
    let page = |(share, (incentive, dividends)): (&EpochShare<AccountId>, _)| {
        let (uid, hotkey) = (share.uid, share.hotkey.clone());
        check();
        Emission::pay(netuid, mechanism, &[EpochDue { uid, hotkey, incentive, dividends }])
    };
    let reached = shares.iter().zip(opening.dues).flat_map(page);
    let reached = reached.map(|reached| reached.amount().0).collect();
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

/// Makes one more block, in which the chain makes its own trades.
pub fn poll() {
    run(1);
    let limits: frame_system::limits::BlockWeights =
        <Test as frame_system::Config>::BlockWeights::get();
    Market::on_poll(System::block_number(), &mut WeightMeter::with_limit(limits.max_block));
}

/// Alpha out of nowhere.
pub fn alpha(netuid: NetUid, amount: u64) -> AlphaOf<Test> {
    let issued = Market::inject(netuid, CreditOf::<Test>::default(), Alpha(amount));
    assert_eq!(issued.peek(), Alpha(amount), "the alpha's cap is far");
    issued
}

/// Gives a subnet exactly `amount` pending.
pub fn endow(netuid: NetUid, amount: u64) {
    Emission::add_pending(alpha(netuid, amount));
}

/// Alpha that is pending.
pub fn pending(netuid: NetUid) -> u64 {
    Emission::pending(netuid).0
}

/// Alpha that would be pending if the subnet were settled now.
pub fn pending_now(netuid: NetUid) -> u64 {
    Emission::pending_now(netuid).0
}

/// Native tokens that entered a subnet's market since it was opened, while nobody traded there.
pub fn entered(netuid: NetUid) -> Balance {
    Balances::free_balance(Market::account(netuid)) - LOCK
}

/// The same, if the subnet were settled now.
pub fn entered_now(netuid: NetUid) -> Balance {
    with_transaction(|| {
        Emission::settle(netuid);
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(entered(netuid)))
    })
    .unwrap()
}

/// Issuance of a subnet's alpha.
pub fn issuance(netuid: NetUid) -> u64 {
    Market::issuance(netuid).0
}

/// Opens the market of a subnet.
pub fn open(netuid: NetUid) {
    let (exact, keep) = (Precision::Exact, Preservation::Preserve);
    let lock = Balances::withdraw(&founder(), LOCK, exact, keep, Fortitude::Polite);
    Market::open(netuid, lock.expect("a rich account")).expect("a market opens");
}

/// A chain at block 1 with money, and three subnets with markets.
pub fn new_test_ext() -> TestState {
    registry(|registry| {
        *registry = Registry { mechanisms: 1, owner_cut: 180_000, owner_hotkey: None };
    });
    Priced::set(false);
    Nested::set(false);
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(rich(), RICH), (founder(), RICH)],
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
    state.execute_with(|| {
        System::set_block_number(1);
        for netuid in [A, B, C] {
            open(netuid);
        }
    });
    state
}

/// Checks the invariants of all pallets, M1 to the unit, and that nothing came from strangers.
pub fn check() {
    assert_eq!(Emission::check_invariants(), Ok(()));
    assert_eq!(Emission::surplus(), Some(0.into()), "E2");
    assert_eq!(Stake::check_invariants(), Ok(()));
    assert_eq!(Stake::surplus(), Some(0), "M4");
    assert_eq!(Market::check_invariants(), Ok(()));
    for netuid in [A, B, C] {
        assert_eq!(Market::surplus(netuid), Some(0), "M2 of {netuid}");
        let traded = Market::alpha_here(netuid).expect("alpha fits").0;
        let staked = Stake::alpha_here(netuid).expect("alpha fits").0;
        let waits = Emission::alpha_here(netuid).expect("alpha fits").0;
        assert_eq!(traded + staked + waits, issuance(netuid), "M1 of {netuid}");
    }
}

/// Runs `test` on such a chain, then checks the invariants.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        check();
    });
}
