//! The frame itself, time.

use crate::{
    AccountId, Aura, Balance, Block, BlockNumber, Hash, Nonce, PalletInfo, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, RuntimeTask, SafeMode, TxPause, VERSION,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, InsideBoth},
    weights::constants::ParityDbWeight,
};
use frame_system::limits::BlockLength;
use pallet_clock::NORMAL_RATIO;
use sp_runtime::traits::AccountIdLookup;
use sp_version::RuntimeVersion;

/// The ss58 prefix of addresses: the generic one, which every wallet knows.
pub const SS58_PREFIX: u16 = 42;

/// The longest block in bytes.
const MAX_BLOCK_BYTES: u32 = 5 * 1024 * 1024;

parameter_types! {
    /// How many hashes of former blocks are kept: the longest life of a mortal transaction.
    pub const BlockHashCount: BlockNumber = 4096;
    /// The running version.
    pub const Version: RuntimeVersion = VERSION;
    /// Most bytes in a block, by class.
    pub BlockBytes: BlockLength = BlockLength::builder()
        .max_length(MAX_BLOCK_BYTES)
        .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |length| {
            *length = NORMAL_RATIO.mul_floor(MAX_BLOCK_BYTES);
        })
        .build();
    /// The ss58 prefix.
    pub const Ss58Prefix: u16 = SS58_PREFIX;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = InsideBoth<InsideBoth<SafeMode, TxPause>, super::money::CountedBurns>;
    type BlockWeights = pallet_clock::SlotThird<Runtime>;
    type BlockLength = BlockBytes;
    type Block = Block;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Hash = Hash;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type BlockHashCount = BlockHashCount;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SS58Prefix = Ss58Prefix;
    type MaxConsumers = ConstU32<16>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
}

impl pallet_clock::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = pallet_clock::MinimumPeriod<Runtime>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}
