//! A chain of balances and markets. Emission, root stake and the holders of alpha are plain lists in
//! storage, so that what is rolled back is rolled back there too.

use crate as pallet_market;
use crate::{check_product, CreditOf, Market as MarketRow, Markets, Parameters, State};
use alun_market_math::pool::Reserves;
use alun_primitives::{
    traits::{AlphaMarket, Clock, EmissionMarket, RootStake, Settle},
    Alpha, AlphaCredit, Balance, BlockNumber, NetUid, Ppm, Trade, TradeError, UNIT,
};
use frame::{
    deps::frame_support::{
        storage::{with_transaction, TransactionOutcome},
        storage_alias,
        weights::WeightMeter,
    },
    deps::sp_runtime::DispatchError,
    prelude::*,
    testing_prelude::*,
    token::{fungible::Balanced, imbalance::Imbalance, Fortitude, Precision, Preservation},
};

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
    pub type Market = pallet_market;
}

pub type AccountId = frame::deps::sp_runtime::AccountId32;
type Credit = AlphaCredit<Market>;

/// The existential deposit.
pub const DEPOSIT: Balance = 500;
/// What each of the rich has at first.
pub const RICH: Balance = 1_000_000 * UNIT;
/// What opens a market.
pub const LOCK: Balance = 1_000 * UNIT + DEPOSIT;
/// A subnet whose market the tests open.
pub const A: NetUid = NetUid(1);
/// Another one.
pub const B: NetUid = NetUid(2);
/// Half of an averaged price's way, in blocks of six seconds.
pub const HALF_LIFE: BlockNumber = 201_600;

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
    pub const MarketPalletId: PalletId = PalletId(*b"alunmrkt");
    /// Most of each alpha.
    pub static Cap: u64 = 21_000_000 * UNIT;
    /// What each subnet earns in a block, native.
    pub static Earns: Balance = 0;
    /// What each alpha's curve emits in a block.
    pub static Emits: u64 = 0;
    /// Native tokens staked on root.
    pub static RootTotal: Balance = 0;
    /// Root weight.
    pub static RootWeight: Ppm = 180_000;
}

pub struct AlphaCap;

impl Get<Alpha> for AlphaCap {
    fn get() -> Alpha {
        Alpha(Cap::get())
    }
}

/// Block up to which a subnet is settled.
#[storage_alias]
type SettledAt = StorageMap<Mock, Twox64Concat, NetUid, BlockNumber, ValueQuery>;
/// Alpha by holder.
#[storage_alias]
type Purses =
    StorageDoubleMap<Mock, Twox64Concat, NetUid, Twox64Concat, AccountId, Alpha, ValueQuery>;
/// Native tokens that reached root, by hotkey.
#[storage_alias]
type Rewards = StorageMap<Mock, Twox64Concat, AccountId, Balance, ValueQuery>;
/// Native tokens minted since genesis.
#[storage_alias]
type Minted = StorageValue<Mock, Balance, ValueQuery>;
/// Native tokens burned since genesis.
#[storage_alias]
type Burned = StorageValue<Mock, Balance, ValueQuery>;
/// The pools at the last check.
#[storage_alias]
type Checked = StorageMap<Mock, Twox64Concat, NetUid, Reserves, OptionQuery>;

/// Emission, root and the burn, counted.
pub struct World;

impl Settle for World {
    /// What accrued since the subnet was last settled enters; the alpha is the participants'.
    fn settle(netuid: NetUid) {
        let now = System::block_number();
        let blocks = now - SettledAt::get(netuid);
        if blocks == 0 || Market::tradable(netuid).is_err() {
            return;
        }
        SettledAt::insert(netuid, now);
        let native = Balances::issue(mint(Earns::get() * u64::from(blocks)));
        let emitted = Market::inject(netuid, native, Alpha(Emits::get() * u64::from(blocks)));
        give(&participants(), emitted);
    }
}

impl RootStake<AccountId> for World {
    type Native = CreditOf<Test>;

    fn total() -> Balance {
        RootTotal::get()
    }
    fn weight() -> Ppm {
        RootWeight::get()
    }
    fn reward_root(hotkey: &AccountId, native: CreditOf<Test>) {
        Rewards::mutate(hotkey, |sum| *sum += native.peek());
        Balances::resolve(&root(), native).expect("root has its deposit");
    }
}

impl OnUnbalanced<CreditOf<Test>> for World {
    fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
        Burned::mutate(|burned| *burned += credit.peek());
    }
}

impl crate::Config for Test {
    type Currency = Balances;
    type Clock = SixSeconds;
    type Settle = World;
    type Root = World;
    type Burn = World;
    type AlphaCap = AlphaCap;
    type PalletId = MarketPalletId;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = World;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<AccountId> for World {
    fn market() -> NetUid {
        Earns::set(UNIT);
        Emits::set(UNIT);
        RootTotal::set(1_000 * UNIT);
        open(A, LOCK);
        System::set_block_number(System::block_number() + 10);
        A
    }
    fn root_hotkey(seed: u32) -> AccountId {
        key(seed as u16)
    }
}

fn mint(amount: Balance) -> Balance {
    Minted::mutate(|minted| *minted += amount);
    amount
}

/// Some key.
pub fn key(n: u16) -> AccountId {
    let mut bytes = [0; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    AccountId::new(bytes)
}

/// An account with money.
pub fn alice() -> AccountId {
    key(1)
}

/// Another one: the bot of the studies.
pub fn bot() -> AccountId {
    key(2)
}

/// Holds what stakers on root got.
pub fn root() -> AccountId {
    key(3)
}

/// Holds what alpha was emitted.
pub fn participants() -> AccountId {
    key(4)
}

/// What native tokens an account has.
pub fn native(who: &AccountId) -> Balance {
    Balances::free_balance(who)
}

/// What alpha an account has.
pub fn alpha(who: &AccountId, netuid: NetUid) -> u64 {
    Purses::get(netuid, who).0
}

/// What reached root through a hotkey.
pub fn rewarded(hotkey: &AccountId) -> Balance {
    Rewards::get(hotkey)
}

/// What was burned, native.
pub fn burned() -> Balance {
    Burned::get()
}

/// A market as it is stored.
pub fn market(netuid: NetUid) -> MarketRow {
    Markets::<Test>::get(netuid).expect("a market")
}

/// The pool of a market.
pub fn pool(netuid: NetUid) -> Reserves {
    market(netuid).pool
}

/// Tokens of an account, on their way.
pub fn withdraw(who: &AccountId, amount: Balance) -> CreditOf<Test> {
    let (exact, keep) = (Precision::Exact, Preservation::Preserve);
    Balances::withdraw(who, amount, exact, keep, Fortitude::Polite).expect("a rich account")
}

/// Places alpha in an account's purse.
pub fn give(who: &AccountId, credit: Credit) {
    let netuid = credit.netuid();
    Purses::mutate(netuid, who, |held| *held = held.saturating_add(credit.place()));
}

/// Takes alpha out of an account's purse.
pub fn take(who: &AccountId, netuid: NetUid, amount: u64) -> Credit {
    let taken = Purses::mutate(netuid, who, |held| {
        let taken = held.0.min(amount);
        held.0 -= taken;
        taken
    });
    Credit::taken(netuid, Alpha(taken))
}

/// Opens a market.
pub fn open(netuid: NetUid, lock: Balance) {
    Market::open(netuid, withdraw(&alice(), lock)).expect("a market opens");
    SettledAt::insert(netuid, System::block_number());
}

/// Buys as a staker would; returns the alpha.
pub fn buy(who: &AccountId, netuid: NetUid, amount: Balance, min: u64) -> Result<u64, TradeError> {
    match Market::buy(netuid, withdraw(who, amount), Alpha(min)) {
        Ok(bought) => {
            let amount = bought.peek().0;
            give(who, bought);
            Ok(amount)
        }
        Err((back, error)) => {
            assert_eq!(back.peek(), amount, "all of it comes back");
            Balances::resolve(who, back).expect("it came from there");
            Err(error)
        }
    }
}

/// Sells as a staker would; returns the native tokens.
pub fn sell(
    who: &AccountId,
    netuid: NetUid,
    amount: u64,
    min: Balance,
) -> Result<Balance, TradeError> {
    match Market::sell(take(who, netuid, amount), min) {
        Ok(got) => {
            let amount = got.peek();
            Balances::resolve(who, got).expect("a rich account");
            Ok(amount)
        }
        Err((back, error)) => {
            assert_eq!(back.peek().0, amount, "all of it comes back");
            give(who, back);
            Err(error)
        }
    }
}

/// Pays for use.
pub fn pay(netuid: NetUid, amount: Balance, min_burned: u64) -> DispatchResult {
    let origin = RuntimeOrigin::signed(alice());
    Market::pay(origin, netuid, amount, Alpha(min_burned), b"job 7".to_vec().try_into().unwrap())
}

/// Lets a validator's root part wait, out of what the holder has.
pub fn root_part(hotkey: u16, netuid: NetUid, holder: &AccountId, amount: u64) {
    Market::sell_for_root(&key(hotkey), take(holder, netuid, amount));
}

/// What a runtime API sees: the state is thrown away.
pub fn in_view<R>(view: impl FnOnce() -> R) -> R {
    with_transaction(|| -> TransactionOutcome<Result<R, DispatchError>> {
        TransactionOutcome::Rollback(Ok(view()))
    })
    .expect("storage layers are shallow")
}

/// What a purchase would do.
pub fn quote_buy(netuid: NetUid, amount: Balance) -> Result<Trade, TradeError> {
    in_view(|| Market::quote_buy(netuid, amount))
}

/// What a sale would do.
pub fn quote_sell(netuid: NetUid, amount: u64) -> Result<Trade, TradeError> {
    in_view(|| Market::quote_sell(netuid, Alpha(amount)))
}

/// Makes blocks in which the chain does not get to trade.
pub fn skip(blocks: BlockNumber) {
    System::set_block_number(System::block_number() + blocks);
}

/// Begins the next block, with `room` before its transactions; returns what was spent of it.
pub fn poll_within(room: Weight) -> Weight {
    skip(1);
    let mut meter = WeightMeter::with_limit(room);
    Market::on_poll(System::block_number(), &mut meter);
    meter.consumed()
}

/// Begins the next block.
pub fn poll() {
    poll_within(max_block());
}

/// What a block may weigh.
pub fn max_block() -> Weight {
    let limits: frame_system::limits::BlockWeights =
        <Test as frame_system::Config>::BlockWeights::get();
    limits.max_block
}

/// The lot that the chain may trade at most, of a million.
pub fn set_lot(lot: Ppm) {
    Parameters::<Test>::mutate(|settings| settings.lot = lot);
}

/// The events of the market, since the last time.
pub fn events() -> Vec<crate::Event<Test>> {
    let own = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Market(event) => Some(event),
        _ => None,
    };
    let events = System::events().into_iter().filter_map(own).collect();
    System::reset_events();
    events
}

/// A chain at block 1 with money, without markets.
pub fn new_test_ext() -> TestState {
    Cap::set(21_000_000 * UNIT);
    Earns::set(0);
    Emits::set(0);
    RootTotal::set(0);
    RootWeight::set(180_000);
    let rich = [alice(), bot(), root()].map(|who| (who, RICH));
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig { balances: rich.to_vec(), ..Default::default() },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| System::set_block_number(1));
    state
}

/// Checks the invariants; M1 with what the mock's holders have, X2 with what the mock counted, M2 to
/// the unit, and M3 against the last check.
pub fn check() {
    assert_eq!(Market::check_invariants(), Ok(()));
    let issued = 3 * RICH + Minted::get() - Burned::get();
    assert_eq!(Balances::total_issuance(), issued, "X2");
    for (netuid, row) in Markets::<Test>::iter() {
        let held = Purses::iter_prefix_values(netuid).map(|alpha| alpha.0).sum::<u64>();
        let here = Market::alpha_here(netuid).expect("alpha fits").0;
        assert_eq!(here + held, row.issuance.0, "M1 of {netuid}");
        assert_eq!(Market::surplus(netuid), Some(0), "M2 of {netuid}");
        let open = row.state == State::Open;
        if let Some(before) = Checked::get(netuid).filter(|_| open) {
            assert_eq!(check_product(before, row.pool), Ok(()));
        }
        Checked::insert(netuid, row.pool);
    }
}

/// Runs `test` on such a chain with the market of [`A`], then checks the invariants.
pub fn build_and_execute<R>(test: impl FnOnce() -> R) -> R {
    new_test_ext().execute_with(|| {
        open(A, LOCK);
        let result = test();
        check();
        result
    })
}
