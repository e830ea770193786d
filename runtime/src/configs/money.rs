//! The native token: balances, deposits and transaction fees.

use crate::{
    AccountId, Authorship, Balance, Balances, Emission, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeFreezeReason, RuntimeHoldReason, System,
};
use alun_primitives::UNIT;
use frame_support::{
    parameter_types,
    traits::{
        fungible::{Balanced, Credit},
        ConstU32, ConstU64, ConstU8, Contains, Get, OnUnbalanced, VariantCountOf,
    },
    weights::{Weight, WeightToFee},
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perquintill};

/// The least an account may hold: 500 units.
pub const EXISTENTIAL_DEPOSIT: Balance = 500;

/// Deposit for an item of storage: 0.01 token.
const DEPOSIT_PER_ITEM: Balance = UNIT / 100;

/// Deposit for a byte of storage: 0.0001 token.
const DEPOSIT_PER_BYTE: Balance = UNIT / 10_000;

/// The deposit for what an account keeps in storage. Given back when it is removed.
pub struct Deposit<const ITEMS: u64, const BYTES: u64>;

impl<const ITEMS: u64, const BYTES: u64> Get<Balance> for Deposit<ITEMS, BYTES> {
    fn get() -> Balance {
        // Saturating: both are constants of this file, many orders under the limit.
        DEPOSIT_PER_ITEM
            .saturating_mul(ITEMS)
            .saturating_add(DEPOSIT_PER_BYTE.saturating_mul(BYTES))
    }
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = Emission;
    type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

/// One unit per 10,000 ps of execution: a transfer costs about 0.00003 token.
pub struct ExecutionFee;

impl WeightToFee for ExecutionFee {
    type Balance = Balance;

    fn weight_to_fee(weight: &Weight) -> Balance {
        weight.ref_time() / 10_000
    }
}

/// 100 units per byte of the transaction.
pub struct LengthFee;

impl WeightToFee for LengthFee {
    type Balance = Balance;

    fn weight_to_fee(length: &Weight) -> Balance {
        // Saturating: a length is a u32.
        length.ref_time().saturating_mul(100)
    }
}

parameter_types! {
    /// The block fullness at which fees stay where they are.
    pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
    /// How fast fees follow: at most a factor of e in about a day of full 6 s blocks.
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    /// Fees never fall under those of an idle chain.
    pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_integer(1);
    /// No upper limit.
    pub MaximumMultiplier: Multiplier = Multiplier::max_value();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ToAuthor>;
    type WeightToFee = ExecutionFee;
    type LengthToFee = LengthFee;
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Runtime,
        TargetFullness,
        AdjustmentVariable,
        MinimumMultiplier,
        MaximumMultiplier,
    >;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

/// Gives fees and tips to the author of the block; burns what has no author to go to.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
    fn on_nonzero_unbalanced(fee: Credit<AccountId, Balances>) {
        let unpaid = match Authorship::author() {
            Some(author) => Balances::resolve(&author, fee).err(),
            None => Some(fee),
        };
        // The author has no account and the fee would not make one.
        if let Some(unpaid) = unpaid {
            Emission::on_unbalanced(unpaid);
        }
    }
}

/// Refuses the one call that would burn without being counted (X2): `balances.burn`.
pub struct CountedBurns;

impl Contains<RuntimeCall> for CountedBurns {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(call, RuntimeCall::Balances(pallet_balances::Call::burn { .. }))
    }
}
