//! A chain of this pallet and the real `pallet-weights`, on subnets that tests arrange as they like.

use crate as pallet_consensus;
use alun_primitives::{
    traits::{
        Clock, EpochDue, EpochPayout, EpochShare, NeuronRegistry, OnNeuronReplaced, OnSubnet,
        Opening, PoolReward, Reached, StakeView,
    },
    Alpha, Balance, BlockNumber, Endpoint, Hyperparameters, MechanismId, NetUid, Uid, UNIT,
};
use alun_yuma::split_exact;
use frame::{
    deps::{
        frame_support::{
            migrations::MultiStepMigrator,
            weights::{RuntimeDbWeight, WeightMeter},
        },
        frame_system::limits::BlockWeights as Limits,
        sp_runtime::AccountId32,
    },
    testing_prelude::*,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
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
    #[runtime::pallet_index(42)]
    pub type Weights = pallet_weights;
    #[runtime::pallet_index(43)]
    pub type Consensus = pallet_consensus;
}

/// A block's room: two seconds.
pub const MAX_BLOCK: Weight = Weight::from_parts(2_000_000_000_000, u64::MAX);

parameter_types! {
    /// Execution time of a block, which a test can make shorter.
    pub static BlockTime: u64 = MAX_BLOCK.ref_time();
    pub BlockLimits: Limits =
        Limits::simple_max(Weight::from_parts(BlockTime::get(), u64::MAX));
    pub const ParityDb: RuntimeDbWeight = RuntimeDbWeight { read: 8_000_000, write: 50_000_000 };
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type BlockWeights = BlockLimits;
    type DbWeight = ParityDb;
    type MultiBlockMigrator = Migration;
}

impl pallet_weights::Config for Test {
    type Neurons = Arranged;
    type Succession = ();
    type Permits = Consensus;
    type Epochs = Consensus;
    type Clock = Arranged;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Arranged;
}

impl pallet_consensus::Config for Test {
    type Neurons = Arranged;
    type Stake = Arranged;
    type Weights = Weights;
    type Payout = Arranged;
    type Clock = Arranged;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Arranged;
}

/// A migration that runs while a test says so.
pub struct Migration;

thread_local! {
    static MIGRATING: Cell<bool> = const { Cell::new(false) };
    static SUBNETS: RefCell<BTreeMap<NetUid, Subnet>> = const { RefCell::new(BTreeMap::new()) };
    static OPENED: RefCell<Vec<Opened>> = const { RefCell::new(Vec::new()) };
    static PAID: RefCell<Vec<Paid>> = const { RefCell::new(Vec::new()) };
}

impl Migration {
    /// Starts or ends it.
    pub fn run(runs: bool) {
        MIGRATING.set(runs);
    }
}

impl MultiStepMigrator for Migration {
    fn ongoing() -> bool {
        MIGRATING.get()
    }
    fn step() -> Weight {
        Weight::zero()
    }
}

/// What most tests use.
pub const NETUID: NetUid = NetUid(1);
/// The first mechanism.
pub const FIRST: MechanismId = MechanismId::FIRST;
/// Blocks per epoch.
pub const TEMPO: BlockNumber = 100;
/// What an epoch pays to miners, and the same to validators.
pub const SIDE: Alpha = Alpha(1_000_000);

/// A subnet.
#[derive(Clone)]
pub struct Subnet {
    /// Hotkey, block of registration and stake weight by uid.
    pub neurons: Vec<(AccountId32, BlockNumber, Balance)>,
    /// Hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Number of mechanisms.
    pub mechanisms: u8,
}

/// A payout that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Of which epoch.
    pub epoch: (NetUid, MechanismId, u64),
    /// Blocks that rewards take to enter their pools.
    pub tempo: BlockNumber,
}

/// A neuron that was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// On which subnet.
    pub netuid: NetUid,
    /// By which of its mechanisms.
    pub mechanism: MechanismId,
    /// Its uid.
    pub uid: u16,
    /// Its hotkey.
    pub hotkey: AccountId32,
    /// As a miner, as a validator.
    pub amounts: (Alpha, Alpha),
    /// When.
    pub block: BlockNumber,
}

/// The subnets that the test arranged.
pub struct Arranged;

impl Arranged {
    /// Adds a subnet that is not started, whose neurons registered at block 1. Uids 1 and 2 have
    /// stake.
    pub fn add(netuid: NetUid, neurons: u16) {
        let stake =
            |uid| Balance::from(uid == 1 || uid == 2) * (10_000 - Balance::from(uid)) * UNIT;
        let subnet = Subnet {
            neurons: (0..neurons).map(|uid| (hotkey(uid), 1, stake(uid))).collect(),
            hyperparameters: Hyperparameters {
                tempo_ms: 1_000 * u64::from(TEMPO),
                weights_rate_limit_ms: 0,
                ..Hyperparameters::default()
            },
            mechanisms: 1,
        };
        SUBNETS.with_borrow_mut(|subnets| subnets.insert(netuid, subnet));
    }

    /// Changes a subnet.
    pub fn with<R>(netuid: NetUid, change: impl FnOnce(&mut Subnet) -> R) -> R {
        SUBNETS.with_borrow_mut(|subnets| change(subnets.get_mut(&netuid).unwrap()))
    }

    fn get<R>(netuid: NetUid, read: impl FnOnce(&Subnet) -> R) -> Option<R> {
        SUBNETS.with_borrow(|subnets| subnets.get(&netuid).map(read))
    }

    /// Starts a subnet now.
    pub fn start(netuid: NetUid) {
        Consensus::on_started(netuid, Consensus::now(), TEMPO);
    }

    /// Gives a uid to another hotkey.
    pub fn replace(netuid: NetUid, uid: u16, holder: &AccountId32) {
        let former = Self::with(netuid, |subnet| {
            let slot = &mut subnet.neurons[usize::from(uid)];
            std::mem::replace(slot, (holder.clone(), Consensus::now(), 0)).0
        });
        Weights::on_neuron_replaced(netuid, Uid(uid), Some(&former), holder);
        Consensus::on_neuron_replaced(netuid, Uid(uid), Some(&former), holder);
    }

    /// The payouts that were opened so far.
    pub fn opened() -> Vec<Opened> {
        OPENED.with_borrow(Clone::clone)
    }

    /// The neurons that were paid so far.
    pub fn paid() -> Vec<Paid> {
        PAID.with_borrow(Clone::clone)
    }

    /// Forgets all but the first `kept` of them: their block was undone.
    pub fn forget_paid_after(kept: usize) {
        PAID.with_borrow_mut(|paid| paid.truncate(kept));
    }
}

impl Clock for Arranged {
    fn slot_ms() -> u64 {
        1_000
    }
}

impl StakeView<AccountId32> for Arranged {
    fn stake_weight(hotkey: &AccountId32, netuid: NetUid) -> Balance {
        let stake = |subnet: &Subnet| {
            subnet.neurons.iter().find(|neuron| neuron.0 == *hotkey).map(|neuron| neuron.2)
        };
        Self::get(netuid, stake).flatten().unwrap_or(0)
    }
}

/// Divides [`SIDE`] on each side, or nothing where nobody on it deserves anything.
impl EpochPayout<AccountId32> for Arranged {
    fn open(
        netuid: NetUid,
        mechanism: MechanismId,
        epoch: u64,
        tempo: BlockNumber,
        shares: &[EpochShare<AccountId32>],
    ) -> Opening {
        OPENED.with_borrow_mut(|opened| {
            opened.push(Opened { epoch: (netuid, mechanism, epoch), tempo });
        });
        let side = |of: fn(&EpochShare<AccountId32>) -> u64| {
            split_exact(SIDE.0, &shares.iter().map(of).collect::<Vec<_>>())
        };
        let (miners, validators) = (side(|share| share.incentive), side(|share| share.dividends));
        let (miners_sum, validators_sum) = (miners.iter().sum(), validators.iter().sum::<u64>());
        Opening {
            total: Alpha(miners_sum + validators_sum),
            miners: Alpha(miners_sum),
            validators: Alpha(validators_sum),
            dues: miners.into_iter().map(Alpha).zip(validators.into_iter().map(Alpha)).collect(),
            ..Opening::default()
        }
    }

    fn pay(netuid: NetUid, mechanism: MechanismId, dues: &[EpochDue<AccountId32>]) -> Vec<Reached> {
        let paid = |due: &EpochDue<AccountId32>| Paid {
            netuid,
            mechanism,
            uid: due.uid.0,
            hotkey: due.hotkey.clone(),
            amounts: (due.incentive, due.dividends),
            block: Consensus::now(),
        };
        PAID.with_borrow_mut(|list| list.extend(dues.iter().map(paid)));
        let reached = |due: &EpochDue<_>| Reached {
            incentive: due.incentive,
            dividends: PoolReward { subnet: due.dividends, ..PoolReward::default() },
        };
        dues.iter().map(reached).collect()
    }

    fn close(_: NetUid, _: MechanismId) -> Alpha {
        Alpha::ZERO
    }
}

impl NeuronRegistry<AccountId32> for Arranged {
    fn exists(netuid: NetUid) -> bool {
        Self::get(netuid, |_| ()).is_some()
    }
    fn started(netuid: NetUid) -> bool {
        crate::Plans::<Test>::contains_key(netuid)
    }
    fn neuron_count(netuid: NetUid) -> u16 {
        Self::get(netuid, |subnet| subnet.neurons.len() as u16).unwrap_or(0)
    }
    fn mechanism_count(netuid: NetUid) -> u8 {
        Self::get(netuid, |subnet| subnet.mechanisms).unwrap_or(0)
    }
    fn hotkey_of(netuid: NetUid, uid: Uid) -> Option<AccountId32> {
        Self::get(netuid, |subnet| subnet.neurons.get(uid.index()).map(|n| n.0.clone())).flatten()
    }
    fn uid_of(netuid: NetUid, hotkey: &AccountId32) -> Option<Uid> {
        Self::get(netuid, |subnet| subnet.neurons.iter().position(|n| n.0 == *hotkey))
            .flatten()
            .map(|uid| Uid(uid as u16))
    }
    fn registered_at(netuid: NetUid, uid: Uid) -> Option<BlockNumber> {
        Self::get(netuid, |subnet| subnet.neurons.get(uid.index()).map(|n| n.1)).flatten()
    }
    fn owner(netuid: NetUid) -> Option<AccountId32> {
        Self::owner_hotkey(netuid)
    }
    fn owner_hotkey(netuid: NetUid) -> Option<AccountId32> {
        Self::hotkey_of(netuid, Uid(0))
    }
    fn hyperparameters(netuid: NetUid) -> Option<Hyperparameters> {
        Self::get(netuid, |subnet| subnet.hyperparameters)
    }
    fn endpoint(_: NetUid, _: Uid) -> Option<Endpoint> {
        None
    }
    fn netuids() -> Vec<NetUid> {
        SUBNETS.with_borrow(|subnets| subnets.keys().copied().collect())
    }
}

#[cfg(feature = "runtime-benchmarks")]
mod helper {
    use super::*;

    impl pallet_weights::pallet::BenchmarkHelper<AccountId32> for Arranged {
        fn subnet(neurons: u16, commit_reveal: bool) -> (NetUid, AccountId32) {
            Self::add(NETUID, neurons);
            Self::with(NETUID, |subnet| subnet.hyperparameters.commit_reveal = commit_reveal);
            Self::start(NETUID);
            System::set_block_number(System::block_number() + 2);
            (NETUID, hotkey(0))
        }
    }

    impl crate::pallet::BenchmarkHelper for Arranged {
        fn lend(_: NetUid, _: u16, _: u32) {}
        fn subnet(validators: u16, neurons: u16) -> NetUid {
            Self::add(NETUID, neurons);
            Self::with(NETUID, |subnet| {
                for (uid, neuron) in subnet.neurons.iter_mut().enumerate() {
                    neuron.2 = Balance::from(uid < usize::from(validators)) * 2_000 * UNIT;
                }
            });
            Self::start(NETUID);
            NETUID
        }
        fn row(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            entries: Vec<(u16, u16)>,
            last_update: BlockNumber,
        ) {
            Weights::insert_row(netuid, mechanism, uid, entries, last_update);
        }
        fn unrevealed_commits(netuid: NetUid, mechanism: MechanismId, uid: Uid) {
            Weights::insert_commits(netuid, mechanism, &hotkey(uid.0));
        }
    }
}

/// The hotkey that holds `uid` at first.
pub fn hotkey(uid: u16) -> AccountId32 {
    let mut bytes = [0xa1; 32];
    bytes[..2].copy_from_slice(&uid.to_le_bytes());
    AccountId32::new(bytes)
}

/// Makes the next block, whose transactions leave `room` of it; returns what both hooks cost.
pub fn next_block(room: Weight) -> (Weight, Weight) {
    let limit = BlockLimits::get().max_block;
    let polled = poll(limit);
    (polled, idle(room.min(limit.saturating_sub(polled))))
}

/// Ends the block, with `room` after the transactions; returns what was spent of it.
pub fn idle(room: Weight) -> Weight {
    Consensus::on_idle(System::block_number(), room)
}

/// Begins the next block, with `room` before the transactions; returns what was spent of it.
pub fn poll(room: Weight) -> Weight {
    let now = System::block_number() + 1;
    System::set_block_number(now);
    let mut meter = WeightMeter::with_limit(room);
    Consensus::on_poll(now, &mut meter);
    meter.consumed()
}

/// Makes empty blocks up to and including `block`.
pub fn run_to(block: BlockNumber) {
    while Consensus::now() < block {
        next_block(MAX_BLOCK);
    }
}

/// The chain at block 1 without subnets.
pub fn new_test_ext() -> TestState {
    SUBNETS.take();
    OPENED.take();
    PAID.take();
    Migration::run(false);
    BlockTime::set(MAX_BLOCK.ref_time());
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| {
        next_block(MAX_BLOCK);
    });
    state
}

/// Runs `test` on such a chain, then checks the invariants of both pallets.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_ok!(Consensus::check_invariants());
        assert_ok!(Weights::check_invariants());
    });
}
