//! The pallet with the real balances; its neighbours are tables that a test fills.

use crate as pallet_subnets;
use crate::{CreditOf, MetadataText, Name, StoredTask};
use alun_primitives::{
    traits::{
        AlphaMarket, Clock, KeyRegistry, KeySuccession, OnNeuronReplaced, OnSubnet,
        OnSubnetWoundUp, PriceOracle, PruneScore, Refused, Rows,
    },
    Alpha, AlphaCredit, AlphaIssuance, Balance, BlockNumber, Hyperparameter, Millis, NetUid,
    TaskKind, Trade, TradeError, Uid, UNIT,
};
use frame::{
    deps::frame_support::weights::WeightMeter,
    testing_prelude::*,
    traits::{
        fungible::Balanced,
        tokens::{Fortitude, Precision, Preservation},
        Hooks, Imbalance,
    },
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
    #[runtime::pallet_index(40)]
    pub type Subnets = pallet_subnets;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type ExistentialDeposit = ConstU64<500>;
    type RuntimeHoldReason = RuntimeHoldReason;
}

parameter_types! {
    /// Coldkeys by hotkey.
    pub static Coldkeys: BTreeMap<u64, u64> = BTreeMap::new();
    /// Hotkeys that were swapped, and for which.
    pub static Successors: BTreeMap<u64, u64> = BTreeMap::new();
    /// Prune scores; a neuron that is not there has 0.
    pub static Scores: BTreeMap<(NetUid, Uid), u64> = BTreeMap::new();
    /// What `OnNeuronReplaced` was told.
    pub static Replaced: Vec<(NetUid, Uid, Option<u64>, u64)> = Vec::new();
    /// What `OnSubnet` was told: (netuid, block, tempo in blocks, whether it was the start).
    pub static Life: Vec<(NetUid, BlockNumber, BlockNumber, bool)> = Vec::new();
    /// Netuids whose notice `OnSubnet` was told of, and those that it was told are gone.
    pub static Ended: (Vec<NetUid>, Vec<NetUid>) = (Vec::new(), Vec::new());
    /// Averaged prices; 0 where there is none.
    pub static Prices: BTreeMap<NetUid, u128> = BTreeMap::new();
    /// Rows that the neighbours hold of each subnet.
    pub static Held: BTreeMap<NetUid, u32> = BTreeMap::new();
    /// The escrow.
    pub const EscrowAccount: PalletId = PalletId(*b"alunsubn");
    /// The smallest lock that opens a market.
    pub static LeastSeed: Balance = 0;
    /// Burned so far.
    pub static Burned: Balance = 0;
}

/// Six-second slots: ten blocks a minute.
pub struct SixSeconds;

impl Clock for SixSeconds {
    fn slot_ms() -> Millis {
        6_000
    }
}

pub struct Keys;

impl KeyRegistry<u64> for Keys {
    fn coldkey_of(hotkey: &u64) -> Option<u64> {
        Coldkeys::get().get(hotkey).copied()
    }

    fn bind_unchecked(hotkey: &u64, coldkey: &u64) {
        Coldkeys::mutate(|keys| keys.insert(*hotkey, *coldkey));
    }
}

impl KeySuccession<u64> for Keys {
    fn successor(hotkey: &u64) -> Option<u64> {
        Successors::get().get(hotkey).copied()
    }

    fn predecessor(_: &u64) -> Option<u64> {
        None
    }
    fn moves_to(_: &u64) -> Option<u64> {
        None
    }
}

pub struct Neighbours;

impl PruneScore for Neighbours {
    fn prune_score(netuid: NetUid, uid: Uid) -> Alpha {
        Scores::get().get(&(netuid, uid)).copied().map_or(Alpha::ZERO, Alpha)
    }
}

impl OnNeuronReplaced<u64> for Neighbours {
    fn on_neuron_replaced(netuid: NetUid, uid: Uid, former: Option<&u64>, holder: &u64) {
        Replaced::mutate(|told| told.push((netuid, uid, former.copied(), *holder)));
    }
}

impl OnSubnet for Neighbours {
    fn on_started(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
        Life::mutate(|told| told.push((netuid, now, tempo, true)));
    }

    fn on_tempo_changed(netuid: NetUid, now: BlockNumber, tempo: BlockNumber) {
        Life::mutate(|told| told.push((netuid, now, tempo, false)));
    }

    fn on_notice(netuid: NetUid, _: BlockNumber) {
        Ended::mutate(|(notices, _)| notices.push(netuid));
    }

    fn on_removed(netuid: NetUid) {
        Ended::mutate(|(_, removed)| removed.push(netuid));
    }
}

/// What they hold goes row by row, and then the market, whose tokens are burned.
impl OnSubnetWoundUp for Neighbours {
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        while Held::get().get(&netuid).is_some_and(|held| *held > 0) {
            if !rows.take() {
                return false;
            }
            Held::mutate(|all| *all.get_mut(&netuid).unwrap() -= 1);
        }
        let (exact, all) = (Precision::Exact, Preservation::Expendable);
        let rest =
            Balances::withdraw(&market(netuid), seeded(netuid), exact, all, Fortitude::Force);
        CountBurns::on_unbalanced(rest.unwrap_or_default());
        true
    }
}

impl PriceOracle for Neighbours {
    fn spot(_: NetUid) -> u128 {
        0
    }

    fn averages(netuid: NetUid) -> (u128, Balance) {
        (Prices::get().get(&netuid).copied().unwrap_or(0), 0)
    }
}

impl AlphaIssuance for Neighbours {
    fn burned(_: NetUid, _: Alpha) {}
}

/// A market is open while its account ([`market`]) holds something. Nobody trades here.
impl AlphaMarket for Neighbours {
    type Native = CreditOf<Test>;
    type Issuance = Self;

    fn open(netuid: NetUid, lock: CreditOf<Test>) -> Result<(), CreditOf<Test>> {
        if lock.peek() < LeastSeed::get() || seeded(netuid) > 0 {
            return Err(lock);
        }
        Balances::resolve(&market(netuid), lock)
    }

    fn tradable(netuid: NetUid) -> Result<(), TradeError> {
        (seeded(netuid) > 0).then_some(()).ok_or(TradeError::NoMarket)
    }

    fn buy(
        _: NetUid,
        native: CreditOf<Test>,
        _: Alpha,
    ) -> Result<AlphaCredit<Self>, Refused<CreditOf<Test>>> {
        Err((native, TradeError::NoMarket))
    }

    fn sell(
        alpha: AlphaCredit<Self>,
        _: Balance,
    ) -> Result<CreditOf<Test>, Refused<AlphaCredit<Self>>> {
        Err((alpha, TradeError::NoMarket))
    }

    fn quote_buy(_: NetUid, _: Balance) -> Result<Trade, TradeError> {
        Err(TradeError::NoMarket)
    }

    fn quote_sell(_: NetUid, _: Alpha) -> Result<Trade, TradeError> {
        Err(TradeError::NoMarket)
    }
}

/// The account of a subnet's market.
pub fn market(netuid: NetUid) -> u64 {
    1_000_000 + u64::from(netuid.0)
}

/// What the locks brought to a subnet's market.
pub fn seeded(netuid: NetUid) -> Balance {
    Balances::free_balance(market(netuid))
}

pub struct CountBurns;

impl OnUnbalanced<CreditOf<Test>> for CountBurns {
    fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
        Burned::mutate(|sum| *sum += credit.peek());
    }
}

impl pallet_subnets::Config for Test {
    type Currency = Balances;
    type Market = Neighbours;
    type Burn = CountBurns;
    type Clock = SixSeconds;
    type Keys = Keys;
    type Succession = Keys;
    type PruneScore = Neighbours;
    type OnReplaced = Neighbours;
    type OnSubnet = Neighbours;
    type OnWoundUp = Neighbours;
    type PalletId = EscrowAccount;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Neighbours;
}

/// There are no rows and bonds here; what is told of the eviction is what there is.
#[cfg(feature = "runtime-benchmarks")]
impl pallet_subnets::BenchmarkHelper<u64> for Neighbours {
    fn validator(_: NetUid, _: u16, _: Uid, _: &u64) {}
    fn gone(netuid: NetUid, uid: Uid, hotkey: &u64) -> bool {
        let told = |of: &(NetUid, Uid, Option<u64>, u64)| {
            (of.0, of.1, of.2) == (netuid, uid, Some(*hotkey))
        };
        Replaced::get().iter().any(told)
    }
}

/// The owner of the subnets that [`subnet`] registers, and its first hotkey.
pub const OWNER: u64 = 1;
pub const OWNER_HOTKEY: u64 = 101;
/// The coldkey of every other neuron.
pub const ALICE: u64 = 2;
/// A coldkey with nothing to its name but its funds.
pub const BOB: u64 = 3;
/// A coldkey without funds.
pub const POOR: u64 = 4;

/// Each rich coldkey has this at first.
pub const RICHES: Balance = 3_000_000 * UNIT;

pub const MINUTE: BlockNumber = 10;
pub const HOUR: BlockNumber = 60 * MINUTE;
pub const DAY: BlockNumber = 24 * HOUR;

/// The first subnet.
pub const FIRST: NetUid = NetUid(1);

/// A chain to be built.
#[derive(Default)]
pub struct Chain {
    pub subnets: pallet_subnets::GenesisConfig<Test>,
}

impl Chain {
    pub fn build(self) -> TestState {
        Coldkeys::set(BTreeMap::new());
        Successors::set(BTreeMap::new());
        Scores::set(BTreeMap::new());
        Replaced::set(Vec::new());
        Life::set(Vec::new());
        Ended::set((Vec::new(), Vec::new()));
        Prices::set(BTreeMap::new());
        Held::set(BTreeMap::new());
        LeastSeed::set(0);
        Burned::set(0);
        let storage = RuntimeGenesisConfig {
            balances: pallet_balances::GenesisConfig {
                balances: vec![(OWNER, RICHES), (ALICE, RICHES), (BOB, RICHES)],
                ..Default::default()
            },
            subnets: self.subnets,
            ..Default::default()
        }
        .build_storage()
        .unwrap();
        let mut state = TestState::new(storage);
        // Block 0 has no events.
        state.execute_with(|| System::set_block_number(1));
        state
    }

    /// Runs a test and checks the invariants after it.
    pub fn build_and_execute(self, test: impl FnOnce()) {
        self.build().execute_with(|| {
            test();
            assert_eq!(Subnets::check_invariants(), Ok(()));
            assert_eq!(
                Balances::total_issuance() + Burned::get(),
                3 * RICHES,
                "X2: what is missing was burned"
            );
        });
    }
}

/// Runs a test on a chain with genesis defaults.
pub fn run(test: impl FnOnce()) {
    Chain::default().build_and_execute(test);
}

/// Runs a test on a chain on which [`FIRST`] is registered.
pub fn run_with_subnet(test: impl FnOnce()) {
    run(|| {
        subnet();
        test();
    });
}

pub fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
    text.as_bytes().to_vec().try_into().unwrap()
}

pub fn name() -> Name {
    text("Embeddings")
}

pub fn task() -> StoredTask {
    StoredTask { kind: TaskKind::Embedding, model: None, parameters: text("{\"max_texts\":16}") }
}

/// Signs as `who`.
pub fn by(who: u64) -> RuntimeOrigin {
    RuntimeOrigin::signed(who)
}

/// Registers a subnet of [`OWNER`] by a hotkey of its own, and gives its netuid.
pub fn subnet() -> NetUid {
    let free = crate::Vacant::<Test>::get().first().copied();
    let netuid = free.unwrap_or(NetUid(crate::NextNetuid::<Test>::get()));
    let hotkey = OWNER_HOTKEY + u64::from(netuid.0) - 1;
    Keys::bind_unchecked(&hotkey, &OWNER);
    assert_ok!(Subnets::register_subnet(by(OWNER), hotkey, name(), task(), u64::MAX));
    netuid
}

/// Calls `register` without its refund.
pub fn register(coldkey: u64, netuid: NetUid, hotkey: u64, max_price: Balance) -> DispatchResult {
    Subnets::register(by(coldkey), netuid, hotkey, max_price)
        .map(|_| ())
        .map_err(|error| error.error)
}

/// Registers a hotkey of [`ALICE`] at any price, and gives its uid.
pub fn neuron(netuid: NetUid, hotkey: u64) -> Uid {
    Keys::bind_unchecked(&hotkey, &ALICE);
    assert_ok!(register(ALICE, netuid, hotkey, u64::MAX));
    crate::Uids::<Test>::get(netuid, hotkey).unwrap()
}

/// Fills [`FIRST`] to its lowest `max_neurons`, 64: uid u is held by hotkey 1,000 + u.
pub fn fill() {
    assert_ok!(set(None, FIRST, &[Hyperparameter::MaxNeurons(64)]));
    for uid in 1..64 {
        assert_eq!(neuron(FIRST, 1_000 + uid), Uid(uid as u16));
    }
}

/// Calls `set_hyperparameters` as `who` or as root.
pub fn set(who: Option<u64>, netuid: NetUid, changes: &[Hyperparameter]) -> DispatchResult {
    let origin = who.map_or(RuntimeOrigin::root(), by);
    Subnets::set_hyperparameters(origin, netuid, changes.to_vec().try_into().unwrap())
}

pub fn metadata(content: &str) -> MetadataText {
    text(content)
}

/// Goes on to a block.
pub fn at(block: BlockNumber) {
    System::set_block_number(block);
}

/// Makes blocks up to and with `last`; the invariants hold after each.
pub fn run_to(last: BlockNumber) {
    while System::block_number() < last {
        let limits: frame_system::limits::BlockWeights =
            <Test as frame_system::Config>::BlockWeights::get();
        next_block(limits.max_block);
    }
}

/// Makes a block with `room` before its transactions.
pub fn next_block(room: Weight) {
    at(System::block_number() + 1);
    let mut meter = WeightMeter::with_limit(room);
    Subnets::on_poll(System::block_number(), &mut meter);
    assert_eq!(Subnets::check_invariants(), Ok(()), "after block {}", System::block_number());
}

/// Another chain's worth of a subnet's life: what genesis says of it.
pub fn short_lived(subnet_limit: u16) -> Chain {
    let subnets = pallet_subnets::GenesisConfig {
        subnet_limit,
        subnet_immunity_ms: u64::from(IMMUNITY) * 6_000,
        notice_ms: u64::from(NOTICE) * 6_000,
        ..Default::default()
    };
    Chain { subnets }
}

/// Immunity of a subnet on [`short_lived`], in blocks.
pub const IMMUNITY: BlockNumber = 50;
/// Notice on it, in blocks.
pub const NOTICE: BlockNumber = 10;

/// The pallet's events so far.
pub fn events() -> Vec<pallet_subnets::Event<Test>> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Subnets(event) => Some(event),
            _ => None,
        })
        .collect()
}

/// The pallet's newest event.
pub fn last_event() -> pallet_subnets::Event<Test> {
    events().pop().unwrap()
}
