//! A chain of balances, markets and stake, with two subnets that are a plain list and real keys.
//! Emission is a steady accrual whose alpha becomes pending; pending and burns are counted in storage,
//! so that what is rolled back is rolled back there too.

use crate as pallet_stake;
use crate::{pallet::GenesisConfig, AlphaOf, Config, CreditOf};
use alun_market_math::pool::Reserves;
use alun_primitives::{
    traits::{
        AlphaMarket, Clock, EmissionMarket, EpochClock, KeyRegistry, KeySuccession, NeuronRegistry,
        OnSubnet, PendingEmission, PoolReward, RewardSink, Settle,
    },
    views::StakePosition,
    Alpha, Balance, BlockNumber, Endpoint, Hyperparameters, NetUid, Schedule, Uid, UNIT,
};
use frame::{
    deps::{
        frame_support::{storage_alias, weights::WeightMeter},
        sp_runtime::MultiSignature,
    },
    prelude::*,
    testing_prelude::*,
    token::{fungible::Balanced, imbalance::Imbalance, Fortitude, Precision, Preservation},
};
use std::collections::BTreeMap;

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
}

pub type AccountId = frame::deps::sp_runtime::AccountId32;

/// The existential deposit.
pub const DEPOSIT: Balance = 500;
/// What stakers have at first.
pub const RICH: Balance = 1_000_000 * UNIT;
/// What opens each market.
pub const LOCK: Balance = 100_000 * UNIT + DEPOSIT;
/// Held for a position in another's account.
pub const ROW: Balance = UNIT / 100;
/// A subnet on which the hotkey of Bob holds uid 0. Its alpha costs 1 at first.
pub const SUBNET: NetUid = NetUid(1);
/// Another one, without neurons. Its alpha costs 10/21 at first.
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
    type DustRemoval = World;
}

/// Six-second slots.
pub struct SixSeconds;

impl Clock for SixSeconds {
    fn slot_ms() -> u64 {
        6_000
    }
}

parameter_types! {
    pub const StakePalletId: PalletId = PalletId(*b"alunstak");
    pub const MarketPalletId: PalletId = PalletId(*b"alunmrkt");
    pub const AlphaCap: Alpha = Alpha(21_000_000 * UNIT);
    /// Held for a position in another's account.
    pub static RowDeposit: Balance = ROW;
    /// Hotkeys that were swapped, and for which.
    pub static Successors: BTreeMap<AccountId, AccountId> = BTreeMap::new();
    /// Subnets under notice.
    pub static UnderNotice: Vec<NetUid> = Vec::new();
    /// What each subnet earns in a block, native.
    pub static Earns: Balance = 0;
    /// What each alpha's curve emits in a block.
    pub static Emits: u64 = 0;
}

/// Block up to which a subnet is settled.
#[storage_alias]
type SettledAt = StorageMap<Mock, Twox64Concat, NetUid, BlockNumber, ValueQuery>;
/// Alpha that is pending: what was emitted, and what remained in pools that were emptied.
#[storage_alias]
type PendingAlpha = StorageMap<Mock, Twox64Concat, NetUid, Alpha, ValueQuery>;
/// Native tokens minted since genesis.
#[storage_alias]
type Minted = StorageValue<Mock, Balance, ValueQuery>;
/// Native tokens burned since genesis.
#[storage_alias]
type Burned = StorageValue<Mock, Balance, ValueQuery>;
/// The market's pools at the last check.
#[storage_alias]
type Checked = StorageMap<Mock, Twox64Concat, NetUid, Reserves, OptionQuery>;

/// Emission and the burn, counted.
pub struct World;

impl Settle for World {
    /// What accrued since the subnet was last settled enters its market; the alpha is pending.
    fn settle(netuid: NetUid) {
        let now = System::block_number();
        let blocks = now - SettledAt::get(netuid);
        if blocks == 0 || Market::tradable(netuid).is_err() {
            return;
        }
        SettledAt::insert(netuid, now);
        let native = credit(Earns::get() * u64::from(blocks));
        Self::add_pending(Market::inject(netuid, native, Alpha(Emits::get() * u64::from(blocks))));
    }
}

impl PendingEmission for World {
    type Credit = AlphaOf<Test>;
    fn pending(netuid: NetUid) -> Alpha {
        PendingAlpha::get(netuid)
    }
    fn add_pending(credit: Self::Credit) {
        let netuid = credit.netuid();
        PendingAlpha::mutate(netuid, |sum| *sum = sum.saturating_add(credit.place()));
    }
}

/// Epochs every so many blocks, the first at block 1.
pub const TEMPO: BlockNumber = 720;

impl EpochClock for World {
    fn schedule(netuid: NetUid) -> Option<Schedule> {
        (netuid == SUBNET).then(|| Schedule::new(1, TEMPO))
    }
}

impl KeySuccession<AccountId> for World {
    fn successor(hotkey: &AccountId) -> Option<AccountId> {
        Successors::get().get(hotkey).cloned()
    }
    fn predecessor(_: &AccountId) -> Option<AccountId> {
        None
    }
    fn moves_to(_: &AccountId) -> Option<AccountId> {
        None
    }
}

impl OnUnbalanced<CreditOf<Test>> for World {
    fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
        Burned::mutate(|burned| *burned += credit.peek());
    }
}

/// Two subnets.
pub struct Neurons;

impl NeuronRegistry<AccountId> for Neurons {
    fn exists(netuid: NetUid) -> bool {
        Self::netuids().contains(&netuid)
    }
    fn open(netuid: NetUid) -> bool {
        Self::exists(netuid) && !UnderNotice::get().contains(&netuid)
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

impl pallet_market::Config for Test {
    type Currency = Balances;
    type Clock = SixSeconds;
    type Settle = World;
    type Root = Stake;
    type Burn = World;
    type AlphaCap = AlphaCap;
    type PalletId = MarketPalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = World;
}

impl Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Market = Market;
    type Signature = MultiSignature;
    type Succession = World;
    type Clock = SixSeconds;
    type Neurons = Neurons;
    type Epochs = World;
    type Pending = World;
    type Burn = World;
    type PalletId = StakePalletId;
    type RowDeposit = RowDeposit;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = World;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<AccountId, MultiSignature> for World {
    fn sign(payload: &[u8]) -> (AccountId, MultiSignature) {
        let key = Sr25519Keyring::Ferdie;
        (key.to_account_id(), key.sign(payload).into())
    }
    fn subnets() -> [NetUid; 2] {
        accrue(UNIT, UNIT);
        [SUBNET, OTHER]
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_market::pallet::BenchmarkHelper<AccountId> for World {
    fn market() -> NetUid {
        SUBNET
    }
    fn root_hotkey(_: u32) -> AccountId {
        bob()
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

/// Whose locks open the markets.
pub fn founder() -> AccountId {
    Sr25519Keyring::One.to_account_id()
}

/// A hotkey that belongs to `coldkey`.
pub fn hotkey_of(coldkey: &AccountId, n: u16) -> AccountId {
    let hotkey = stranger(10_000 + n);
    if Stake::coldkey_of(&hotkey).is_none() {
        Stake::bind_unchecked(&hotkey, coldkey);
    }
    hotkey
}

/// Some key that nobody has met.
pub fn stranger(n: u16) -> AccountId {
    let mut bytes = [77; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    AccountId::new(bytes)
}

/// Signed by `who`.
pub fn signed(who: AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Free native tokens.
pub fn free(who: &AccountId) -> Balance {
    Balances::free_balance(who)
}

/// Stakes native tokens, or fails the test.
pub fn stake(who: &AccountId, hotkey: &AccountId, netuid: NetUid, amount: Balance) {
    assert_ok!(Stake::add_stake(signed(who.clone()), hotkey.clone(), netuid, amount, 0));
}

/// Gives `who` a position of `amount` in the token of the netuid: alpha out of nowhere, or staked
/// native tokens on root.
pub fn place(who: &AccountId, hotkey: &AccountId, netuid: NetUid, amount: u64) {
    if netuid.is_root() {
        return stake(who, hotkey, netuid, amount);
    }
    Stake::add_points(who, hotkey, netuid, alpha(netuid, amount).place().0).expect("points");
}

/// A position, if there is one.
pub fn position(
    who: &AccountId,
    hotkey: &AccountId,
    netuid: NetUid,
) -> Option<StakePosition<AccountId>> {
    let mut all = Stake::stake_of(who).into_iter();
    all.find(|position| position.hotkey == *hotkey && position.netuid == netuid)
}

/// What `who` has on a hotkey and netuid, in its token.
pub fn value(who: &AccountId, hotkey: &AccountId, netuid: NetUid) -> u64 {
    position(who, hotkey, netuid).map_or(0, |position| position.value)
}

/// Its points.
pub fn points(who: &AccountId, hotkey: &AccountId, netuid: NetUid) -> u128 {
    position(who, hotkey, netuid).map_or(0, |position| position.points)
}

/// Takes one whole position out.
pub fn remove_all(
    who: &AccountId,
    hotkey: &AccountId,
    netuid: NetUid,
    min_received: Balance,
) -> DispatchResult {
    let one = vec![(hotkey.clone(), netuid)].try_into().unwrap();
    Stake::remove_all_stake(signed(who.clone()), one, min_received)
}

/// Money out of nowhere, as from the emission's pot.
pub fn credit(amount: Balance) -> CreditOf<Test> {
    Minted::mutate(|minted| *minted += amount);
    Balances::issue(amount)
}

/// Alpha out of nowhere, as from a payout.
pub fn alpha(netuid: NetUid, amount: u64) -> AlphaOf<Test> {
    let emitted = Market::inject(netuid, CreditOf::<Test>::default(), Alpha(amount));
    assert_eq!(emitted.peek(), Alpha(amount), "the alpha's cap is far");
    emitted
}

/// Rewards a validator's pools.
pub fn reward_pools(hotkey: &AccountId, amount: u64, blocks: BlockNumber) -> PoolReward {
    <Stake as RewardSink<AccountId>>::reward_pools(hotkey, alpha(SUBNET, amount), blocks)
}

/// A delegate that takes nothing.
pub fn no_take(hotkey: &AccountId) {
    assert_ok!(Stake::set_take(signed(alice()), hotkey.clone(), 0));
}

/// Alpha that is pending.
pub fn pending(netuid: NetUid) -> u64 {
    PendingAlpha::get(netuid).0
}

/// Native tokens burned.
pub fn burned() -> Balance {
    Burned::get()
}

/// Lets every subnet earn in each block from here on.
pub fn accrue(native: Balance, alpha: u64) {
    World::settle(SUBNET);
    World::settle(OTHER);
    Earns::set(native);
    Emits::set(alpha);
}

/// Goes to a block.
pub fn at(block: BlockNumber) {
    System::set_block_number(block);
}

/// Puts a subnet under notice.
pub fn notice(netuid: NetUid) {
    World::settle(netuid);
    <Market as OnSubnet>::on_notice(netuid, System::block_number());
    UnderNotice::mutate(|all| all.push(netuid));
}

/// Begins the next block, in which the chain makes its own trades.
pub fn poll() {
    at(System::block_number() + 1);
    let limits: frame_system::limits::BlockWeights =
        <Test as frame_system::Config>::BlockWeights::get();
    Market::on_poll(System::block_number(), &mut WeightMeter::with_limit(limits.max_block));
}

/// The events of the pallet, since the last time.
pub fn events() -> Vec<crate::Event<Test>> {
    let own = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Stake(event) => Some(event),
        _ => None,
    };
    let events = System::events().into_iter().filter_map(own).collect();
    System::reset_events();
    events
}

/// A chain at block 1 with money, two markets and two bound hotkeys.
pub fn new_test_ext() -> TestState {
    UnderNotice::set(Vec::new());
    Successors::set(BTreeMap::new());
    Earns::set(0);
    Emits::set(0);
    RowDeposit::set(ROW);
    let rich = [alice(), dave(), eve(), founder()].map(|who| (who, RICH));
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances: rich.to_vec(), ..Default::default() },
        stake: GenesisConfig {
            hotkeys: vec![(bob(), alice()), (charlie(), alice())],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| {
        at(1);
        for netuid in Neurons::netuids() {
            let (exact, keep) = (Precision::Exact, Preservation::Preserve);
            let lock = Balances::withdraw(&founder(), LOCK, exact, keep, Fortitude::Polite);
            Market::open(netuid, lock.expect("a rich account")).expect("a market opens");
            SettledAt::insert(netuid, 1);
        }
        System::reset_events();
    });
    // A benchmark begins anew from what is committed.
    state.commit_all().expect("no transaction is open");
    state
}

/// Checks the invariants of stake and market; M1, M2 and X2 to the unit, M3 against the last check.
pub fn check() {
    assert_eq!(Stake::check_invariants(), Ok(()));
    assert_eq!(Market::check_invariants(), Ok(()));
    assert_eq!(Stake::surplus(), Some(0), "M4");
    let genesis = 4 * RICH + DEPOSIT;
    assert_eq!(Balances::total_issuance(), genesis + Minted::get() - Burned::get(), "X2");
    for netuid in Neurons::netuids() {
        let staked = Stake::alpha_here(netuid).expect("alpha fits").0;
        let traded = Market::alpha_here(netuid).expect("alpha fits").0;
        let counted = traded + staked + pending(netuid);
        assert_eq!(counted, Market::issuance(netuid).0, "M1 of {netuid}");
        assert_eq!(Market::surplus(netuid), Some(0), "M2 of {netuid}");
        let market = pallet_market::Markets::<Test>::get(netuid).expect("a market");
        let (pool, open) = (market.pool, market.state == pallet_market::State::Open);
        if let Some(before) = Checked::get(netuid).filter(|_| open) {
            assert_eq!(pallet_market::check_product(before, pool), Ok(()));
        }
        Checked::insert(netuid, pool);
    }
}

/// Runs `test` on such a chain, then checks the invariants.
pub fn build_and_execute<R>(test: impl FnOnce() -> R) -> R {
    new_test_ext().execute_with(|| {
        let result = test();
        check();
        result
    })
}
