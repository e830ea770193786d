//! A chain of nothing but this pallet; who is bound, where, and what hears of a swap are tables.

use crate as pallet_keys;
use alun_primitives::{
    traits::{
        BindingProof, Clock, ColdkeySwap, HotkeySwap, KeyRegistry, NeuronRegistry,
        OnColdkeySwapped, OnHotkeySwapped, Proxies, Rows,
    },
    Balance, BlockNumber, Endpoint, Hyperparameters, NetUid, Uid,
};
use frame::{
    deps::frame_support::{storage_alias, Twox64Concat},
    testing_prelude::*,
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
    #[runtime::pallet_index(46)]
    pub type Keys = pallet_keys;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlockU32<Test>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = Balance;
    type ExistentialDeposit = ConstU64<500>;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
}

/// Coldkeys by hotkey; in storage, so that what is rolled back is rolled back there too.
#[storage_alias]
type Bound = StorageMap<Mock, Twox64Concat, u64, u64, OptionQuery>;
/// Rows of each coldkey that move at once, and those that move in steps.
#[storage_alias]
pub type Things = StorageMap<Mock, Twox64Concat, u64, (u32, u32), ValueQuery>;

parameter_types! {
    /// The subnets, and on which a hotkey holds a uid.
    pub static Seats: Vec<(NetUid, u64)> = Vec::new();
    /// Rows that a swap moves.
    pub static Carried: u32 = 0;
    /// What was told of the last swap.
    pub static Told: Option<HotkeySwap<u64>> = None;
    /// Whose proxies were dropped.
    pub static Dropped: Vec<u64> = Vec::new();
    /// A day.
    pub const Interval: u64 = 86_400_000;
}

/// A day of 6 s blocks.
pub const DAY: BlockNumber = 14_400;
/// What each coldkey has at first.
pub const RICH: Balance = 1_000_000;
/// A coldkey.
pub const ALICE: u64 = 1;
/// Another one.
pub const BOB: u64 = 2;
/// A hotkey of Alice.
pub const OLD: u64 = 10;
/// A key that nobody has bound.
pub const NEW: u64 = 20;

/// All that this pallet knows of others.
pub struct World;

impl Clock for World {
    fn slot_ms() -> u64 {
        6_000
    }
}

impl KeyRegistry<u64> for World {
    fn coldkey_of(hotkey: &u64) -> Option<u64> {
        Bound::get(hotkey)
    }
    fn bind_unchecked(hotkey: &u64, coldkey: &u64) {
        Bound::insert(hotkey, coldkey);
    }
}

/// The word of a hotkey to be a coldkey's.
pub fn word(hotkey: u64, coldkey: u64) -> u64 {
    1_000 * hotkey + coldkey
}

impl BindingProof<u64> for World {
    type Proof = u64;
    fn agrees(hotkey: &u64, coldkey: &u64, proof: &u64) -> bool {
        *proof == word(*hotkey, *coldkey)
    }
}

impl OnHotkeySwapped<u64> for World {
    fn on_hotkey_swapped(swap: &HotkeySwap<u64>, rows: &mut Rows) -> bool {
        Bound::remove(swap.old);
        Bound::insert(swap.new, swap.coldkey);
        Told::set(Some(swap.clone()));
        rows.take_many(Carried::get())
    }
}

impl OnColdkeySwapped<u64> for World {
    fn begin(swap: &ColdkeySwap<u64>, rows: &mut Rows) -> bool {
        let (at_once, _) = Things::get(swap.old);
        Things::mutate(swap.new, |things| things.0 += at_once);
        Things::mutate(swap.old, |things| things.0 = 0);
        rows.take_many(at_once)
    }
    fn go_on(swap: &ColdkeySwap<u64>, rows: &mut Rows) -> bool {
        while Things::get(swap.old).1 > 0 {
            if !rows.take() {
                return false;
            }
            Things::mutate(swap.old, |things| things.1 -= 1);
            Things::mutate(swap.new, |things| things.1 += 1);
        }
        true
    }
}

impl Proxies<u64> for World {
    fn drop_all(account: &u64) {
        Dropped::mutate(|all| all.push(*account));
    }
}

/// Who holds the sudo key.
pub const RULER: u64 = 99;

impl Contains<u64> for World {
    fn contains(who: &u64) -> bool {
        *who == RULER
    }
}

impl NeuronRegistry<u64> for World {
    fn exists(_: NetUid) -> bool {
        true
    }
    fn started(_: NetUid) -> bool {
        true
    }
    fn neuron_count(_: NetUid) -> u16 {
        1
    }
    fn mechanism_count(_: NetUid) -> u8 {
        1
    }
    fn hotkey_of(_: NetUid, _: Uid) -> Option<u64> {
        None
    }
    fn uid_of(netuid: NetUid, hotkey: &u64) -> Option<Uid> {
        Seats::get().contains(&(netuid, *hotkey)).then_some(Uid(0))
    }
    fn registered_at(_: NetUid, _: Uid) -> Option<BlockNumber> {
        None
    }
    fn owner(_: NetUid) -> Option<u64> {
        None
    }
    fn owner_hotkey(_: NetUid) -> Option<u64> {
        None
    }
    fn hyperparameters(_: NetUid) -> Option<Hyperparameters> {
        None
    }
    fn endpoint(_: NetUid, _: Uid) -> Option<Endpoint> {
        None
    }
    fn netuids() -> Vec<NetUid> {
        Seats::get().into_iter().map(|(netuid, _)| netuid).collect()
    }
}

impl pallet_keys::Config for Test {
    type Signature = u64;
    type Registry = World;
    type Neurons = World;
    type OnSwapped = World;
    type OnColdkeySwapped = World;
    type Proxies = World;
    type Rules = World;
    type Currency = Balances;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Clock = World;
    type SwapInterval = Interval;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = World;
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<u64, u64> for World {
    fn hotkey(rows: u32) -> (u64, u64) {
        Carried::set(rows);
        (ALICE, OLD)
    }
    fn agree(coldkey: &u64) -> (u64, u64) {
        (NEW, word(NEW, *coldkey))
    }
    fn coldkey(rows: u32) -> u64 {
        Things::insert(ALICE, (0, rows));
        ALICE
    }
}

/// Goes to a block.
pub fn at(block: BlockNumber) {
    System::set_block_number(block);
}

/// A chain at block 1 on which [`OLD`] is Alice's.
pub fn new_test_ext() -> TestState {
    Seats::set(Vec::new());
    Carried::set(0);
    Told::set(None);
    Dropped::set(Vec::new());
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(ALICE, RICH), (BOB, RICH)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| {
        at(1);
        World::bind_unchecked(&OLD, &ALICE);
    });
    // A benchmark begins anew from what is committed.
    state.commit_all().expect("no transaction is open");
    state
}

/// Runs `test` on such a chain, then checks the invariant.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_eq!(Keys::check_invariants(), Ok(()));
    });
}
