//! A chain of this pallet and one subnet that tests arrange as they like.

use crate::{self as pallet_weights, Call, CheckWeightCalls};
use alun_primitives::{
    traits::{Clock, EpochClock, KeySuccession, NeuronRegistry, PermitView},
    BlockNumber, Endpoint, Hyperparameters, MechanismId, NetUid, Schedule, Uid,
};
use frame::{
    deps::sp_runtime::{
        transaction_validity::{TransactionSource, TransactionValidityError},
        AccountId32,
    },
    testing_prelude::*,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
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
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_weights::Config for Test {
    type Neurons = Arranged;
    type Succession = Arranged;
    type Permits = Arranged;
    type Epochs = Arranged;
    type Clock = Arranged;
    type WeightInfo = ();
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = Arranged;
}

/// The subnet; its neurons are `hotkey(0)`, `hotkey(1)`…, the first of them the owner.
pub const NETUID: NetUid = NetUid(1);
/// The first of its two mechanisms.
pub const FIRST: MechanismId = MechanismId::FIRST;
/// The other one.
pub const SECOND: MechanismId = MechanismId(1);
/// Blocks per epoch; epoch 0 is due at block `TEMPO`.
pub const TEMPO: BlockNumber = 100;

/// The one subnet.
#[derive(Clone)]
pub struct Subnet {
    /// Hotkeys by uid, with the block of registration.
    pub neurons: Vec<(AccountId32, BlockNumber)>,
    /// Hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Permits on the first mechanism.
    pub permits: BTreeSet<u16>,
    /// When epochs are due.
    pub schedule: Option<Schedule>,
    /// Whether it is under notice.
    pub notice: bool,
    /// Hotkeys that were swapped, and for which.
    pub successors: BTreeMap<AccountId32, AccountId32>,
}

thread_local! {
    static SUBNET: RefCell<Option<Subnet>> = const { RefCell::new(None) };
}

/// The subnet that the test arranged.
pub struct Arranged;

impl Arranged {
    /// Changes it.
    pub fn with<R>(change: impl FnOnce(&mut Subnet) -> R) -> R {
        SUBNET.with_borrow_mut(|subnet| change(subnet.as_mut().unwrap()))
    }

    /// Changes its hyperparameters.
    pub fn tune(change: impl FnOnce(&mut Hyperparameters)) {
        Self::with(|subnet| change(&mut subnet.hyperparameters));
    }

    fn get<R>(netuid: NetUid, read: impl FnOnce(&Subnet) -> R) -> Option<R> {
        SUBNET.with_borrow(|subnet| subnet.as_ref().filter(|_| netuid == NETUID).map(read))
    }

    /// A subnet whose neurons registered at block 1.
    pub fn reset(neurons: u16) {
        let subnet = Subnet {
            neurons: (0..neurons).map(|uid| (hotkey(uid), 1)).collect(),
            hyperparameters: Hyperparameters {
                tempo_ms: 1_000 * u64::from(TEMPO),
                weights_rate_limit_ms: 10_000,
                ..Hyperparameters::default()
            },
            permits: [1, 2].into(),
            schedule: Some(Schedule::new(TEMPO, TEMPO)),
            notice: false,
            successors: BTreeMap::new(),
        };
        SUBNET.set(Some(subnet));
    }
}

impl Clock for Arranged {
    fn slot_ms() -> u64 {
        1_000
    }
}

impl EpochClock for Arranged {
    fn schedule(netuid: NetUid) -> Option<Schedule> {
        Self::get(netuid, |subnet| subnet.schedule).flatten()
    }
}

impl KeySuccession<AccountId32> for Arranged {
    fn successor(hotkey: &AccountId32) -> Option<AccountId32> {
        Self::get(NETUID, |subnet| subnet.successors.get(hotkey).cloned()).flatten()
    }
    fn predecessor(hotkey: &AccountId32) -> Option<AccountId32> {
        let before = |subnet: &Subnet| {
            let mut all = subnet.successors.iter();
            all.find(|(_, new)| *new == hotkey).map(|(old, _)| old.clone())
        };
        Self::get(NETUID, before).flatten()
    }
    fn moves_to(_: &AccountId32) -> Option<AccountId32> {
        None
    }
}

impl PermitView for Arranged {
    fn has_permit(netuid: NetUid, mechanism: MechanismId, uid: Uid) -> bool {
        let held = Self::get(netuid, |subnet| subnet.permits.contains(&uid.0));
        mechanism == FIRST && held == Some(true)
    }
}

impl NeuronRegistry<AccountId32> for Arranged {
    fn exists(netuid: NetUid) -> bool {
        netuid == NETUID
    }
    fn open(netuid: NetUid) -> bool {
        Self::get(netuid, |subnet| !subnet.notice) == Some(true)
    }
    fn started(netuid: NetUid) -> bool {
        Self::schedule(netuid).is_some()
    }
    fn neuron_count(netuid: NetUid) -> u16 {
        Self::get(netuid, |subnet| subnet.neurons.len() as u16).unwrap_or(0)
    }
    fn mechanism_count(_: NetUid) -> u8 {
        2
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
        (netuid == NETUID).then(|| hotkey(0))
    }
    fn hyperparameters(netuid: NetUid) -> Option<Hyperparameters> {
        Self::get(netuid, |subnet| subnet.hyperparameters)
    }
    fn endpoint(_: NetUid, _: Uid) -> Option<Endpoint> {
        None
    }
    fn netuids() -> Vec<NetUid> {
        vec![NETUID]
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::pallet::BenchmarkHelper<AccountId32> for Arranged {
    fn subnet(neurons: u16, commit_reveal: bool) -> (NetUid, AccountId32) {
        Self::reset(neurons);
        Self::tune(|h| h.commit_reveal = commit_reveal);
        Self::with(|subnet| subnet.schedule = Some(Schedule::new(Weights::now(), TEMPO)));
        (NETUID, hotkey(0))
    }
}

/// The hotkey that holds `uid` at first.
pub fn hotkey(uid: u16) -> AccountId32 {
    let mut bytes = [0xa1; 32];
    bytes[..2].copy_from_slice(&uid.to_le_bytes());
    AccountId32::new(bytes)
}

/// Goes to `block`.
pub fn at(block: BlockNumber) {
    System::set_block_number(u64::from(block));
}

/// Goes to the block at which `epoch` is due.
pub fn at_epoch(epoch: u32) {
    at(TEMPO * (epoch + 1));
}

/// A list as calls take it.
pub fn list(values: &[u16]) -> crate::Values {
    values.to_vec().try_into().unwrap()
}

/// What the pool says of a call by `who`: its tags, or the code of its refusal.
pub fn pool(who: &AccountId32, call: Call<Test>) -> Result<Vec<Vec<u8>>, u8> {
    let call = RuntimeCall::from(call);
    let info = call.get_dispatch_info();
    let origin = RuntimeOrigin::signed(who.clone());
    let source = TransactionSource::External;
    match CheckWeightCalls::<Test>::new().validate_only(origin, &call, &info, 0, source, 0) {
        Ok((valid, _, _)) => Ok(valid.provides),
        Err(TransactionValidityError::Invalid(InvalidTransaction::Custom(code))) => Err(code),
        Err(other) => panic!("{other:?}"),
    }
}

/// The chain at block 1 with four neurons, of which 1 and 2 hold permits on the first mechanism.
pub fn new_test_ext() -> TestState {
    Arranged::reset(4);
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    let mut state = TestState::new(storage);
    state.execute_with(|| at(1));
    state
}

/// Runs `test` on such a chain, then checks the invariants.
pub fn build_and_execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        assert_ok!(Weights::check_invariants());
    });
}
