//! Typed access to the chain over subxt, for workers and command lines.
//!
//! Nothing here is generated and no metadata is committed: calls, views and events are plain
//! structs that are encoded and decoded by the metadata of the node that answers, field by field.
//! A node whose runtime has another shape is reported as [`ClientError::Incompatible`].
//!
//! - [`Chain`] is a connection that reconnects by itself; clones share it.
//! - [`At`] is the chain at one block: all of its answers belong together.
//! - [`calls`] has one struct per call; [`Chain::submit`] signs one and follows it into a block.
//! - [`events`] has one struct per event that programs rely on.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use alun_client::{calls::AddStake, Chain, NetUid, Submission};
//! let chain = Chain::connect("ws://127.0.0.1:9944").await?;
//! let coldkey = alun_keys::Keypair::from_uri("//Alice")?;
//! let hotkey = alun_client::AccountId::from([1; 32]);
//! let call = AddStake { hotkey, netuid: NetUid(1), amount: 1_000_000_000, min_received: 0 };
//! let landed = chain.submit(&coldkey, &call, &Submission::default()).await?;
//! println!("in block {}, fee {}", landed.block, landed.fee);
//! # Ok(())
//! # }
//! ```

mod at;
mod blocks;
pub mod calls;
mod connect;
mod convert;
mod error;
pub mod events;
mod explain;
mod follow;
mod frozen;
mod health;
mod hyperparameters;
mod lanes;
mod ledger;
mod outcome;
mod pool;
mod prepared;
mod price;
mod queries;
mod quotes;
mod registration;
mod submit;
mod tokens;

pub use alun_primitives::{
    views, Alpha, Balance, BlockNumber, BondRule, Digest, Distance, Endpoint, Eviction,
    Hyperparameter, Hyperparameters, IpAddress, MechanismId, Millis, NetUid, Ppm, Protocol,
    Refusal, RowError, Schedule, TaskDescriptor, TaskKind, Trade, TradeError, Uid, UNIT,
};
pub use at::At;
pub use blocks::FinalizedBlocks;
pub use connect::{Chain, Connect};
pub use error::{ClientError, Failure, SubmitError};
pub use events::Event;
pub use explain::Explained;
pub use frozen::{Award, FrozenEpoch, FrozenNeuron, FrozenState, PayRecord, SparseRow};
pub use health::Health;
pub use hyperparameters::{
    parse_hyperparameter, show_bounds, show_hyperparameter, HyperparameterError,
};
pub use ledger::{Plain, PlainEvent, PoolState, StreamRow};
pub use outcome::Landed;
pub use prepared::Prepared;
pub use price::Price;
pub use queries::{AccountBalance, LiveCommit, LiveRow};
pub use quotes::Quoted;
pub use registration::{
    bind_hotkey, bind_payload, coldkey_hash, register_neuron, swap_hotkey, HOTKEY_FEES,
};
pub use submit::{Submission, Until};
/// An account: a public key of 32 bytes. Prints and parses as ss58 (prefix 42).
pub use subxt::utils::AccountId32 as AccountId;
/// Hash of a block or an extrinsic.
pub use subxt::utils::H256;
pub use tokens::{Tokens, TokensError};

use views::{ChildrenView, DelegateView, Metagraph, NeuronView, StakePosition, SubnetView};

/// A subnet, with accounts as this crate has them.
pub type Subnet = SubnetView<AccountId>;
/// A neuron.
pub type Neuron = NeuronView<AccountId>;
/// A subnet with its neurons.
pub type SubnetMetagraph = Metagraph<AccountId>;
/// A coldkey's stake on one hotkey and netuid.
pub type Position = StakePosition<AccountId>;
/// Why a neuron was paid what it was paid.
pub type NeuronExplanation = views::NeuronExplanation<AccountId>;
/// Where an epoch's amount went.
pub type SubnetExplanation = views::SubnetExplanation<AccountId>;
/// What a validator's payout means for one of its nominators.
pub type NominatorExplanation = views::NominatorExplanation<AccountId>;
/// What an epoch would have given with another row of one validator.
pub type RowPreview = views::RowPreview<AccountId>;
/// What a hotkey lends and is lent on a subnet.
pub type Children = ChildrenView<AccountId>;
/// A hotkey that others may stake on.
pub type Delegate = DelegateView<AccountId>;

/// The chain's types as subxt needs them: 32-byte accounts, BLAKE2 hashes, standard extensions.
pub type Config = subxt::SubstrateConfig;
