//! What the chain is: the pallet table, the configuration of each pallet ([`configs`]), the runtime
//! APIs ([`apis`], [`market_api`]), the genesis presets ([`genesis`]), the transaction format
//! ([`extensions`]) and the invariants across pallets ([`invariants`]).
//!
//! Rules of the table: pallets of the SDK keep the index that independent clients know; ours that
//! hold the market start at 40. An index is never used again for another pallet. Hooks and genesis
//! run in the order of the indices, which is why `Clock` comes before all that count in blocks, and
//! `Authorities` before `Session`.

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
// The macros that make the table and the keys generate items without docs.
#![allow(missing_docs)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used
)]

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
mod explain;
pub mod extensions;
pub mod genesis;
pub mod guard;
pub mod invariants;
pub mod market_api;
mod views;

/// The runtime's WASM, for the node and for tests.
#[cfg(feature = "std")]
mod wasm {
    #![allow(missing_docs)]
    include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}

#[cfg(feature = "std")]
pub use wasm::{WASM_BINARY, WASM_BINARY_BLOATY, WASM_BINARY_PATH};

pub use alun_primitives::Balance;
pub use apis::{RuntimeApi, RUNTIME_API_VERSIONS};
pub use extensions::TxExtension;

use alloc::{borrow::Cow, vec::Vec};
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::{runtime_version, RuntimeVersion};

/// A signature of any of the usual kinds.
pub type Signature = MultiSignature;
/// An account: the public key, or the hash of it.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An account as a transaction names it.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's height.
pub type BlockNumber = alun_primitives::BlockNumber;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// A hash of anything.
pub type Hash = sp_core::H256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A transaction.
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Runs blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// Types that do not change with the runtime, for the node.
pub mod opaque {
    use super::BlakeTwo256;
    use sp_runtime::generic;

    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    /// A block's header.
    pub type Header = generic::Header<super::BlockNumber, BlakeTwo256>;
    /// A block whose transactions are bytes.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
    /// The keys with which an authority makes and finalises blocks.
    pub struct SessionKeys {
        /// Makes blocks.
        pub aura: Aura,
        /// Finalises blocks.
        pub grandpa: Grandpa,
    }
}

/// The version of this runtime. `spec_version` rises with every change of behaviour,
/// `transaction_version` when an old signed transaction would mean something else.
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("alun"),
    impl_name: Cow::Borrowed("alun"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 0,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    // The chain.
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Clock = pallet_clock;
    #[runtime::pallet_index(3)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(4)]
    pub type Grandpa = pallet_grandpa;

    // Money.
    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(6)]
    pub type TransactionPayment = pallet_transaction_payment;

    // Authorities.
    #[runtime::pallet_index(7)]
    pub type Authorities = pallet_authorities;
    #[runtime::pallet_index(8)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(9)]
    pub type Authorship = pallet_authorship;

    // Accounts and governance.
    #[runtime::pallet_index(11)]
    pub type Utility = pallet_utility;
    #[runtime::pallet_index(12)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(13)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(16)]
    pub type Proxy = pallet_proxy;
    #[runtime::pallet_index(20)]
    pub type SafeMode = pallet_safe_mode;
    #[runtime::pallet_index(21)]
    pub type TxPause = pallet_tx_pause;

    // The market. The way of a block: emission mints, consensus works off due epochs, which read
    // weights and stake and pay by emission into stake, and the market makes the chain's own trades.
    #[runtime::pallet_index(40)]
    pub type Subnets = pallet_subnets;
    #[runtime::pallet_index(41)]
    pub type Stake = pallet_stake;
    #[runtime::pallet_index(42)]
    pub type Weights = pallet_weights;
    #[runtime::pallet_index(43)]
    pub type Consensus = pallet_consensus;
    #[runtime::pallet_index(44)]
    pub type Emission = pallet_emission;
    #[runtime::pallet_index(45)]
    pub type Market = pallet_market;
    #[runtime::pallet_index(46)]
    pub type Keys = pallet_keys;
}
