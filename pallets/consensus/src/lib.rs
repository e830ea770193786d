//! # Consensus
//!
//! Runs the epochs. When one is due, it freezes what the epoch reads (the neurons, their stake and
//! their weight rows), lets [`alun_yuma`] decide who deserves what, has it paid, and keeps what the
//! next epoch and the world want to know: permits, bonds and outputs. It never mints or moves money
//! itself.
//!
//! ## Terms
//!
//! - **epoch k**: due at `anchor block + (k − anchor epoch) · tempo`
//!   ([`Schedule`](alun_primitives::Schedule)). The first anchor is the block after the start plus
//!   `netuid mod tempo`, which spreads the subnets over the blocks. A change of tempo holds from
//!   the next due epoch on, which becomes the anchor.
//! - **due list**: the subnets of which an epoch is due at a block. Each started subnet stands in
//!   exactly one.
//! - **queue**: epochs that are due, oldest first, one entry per mechanism.
//! - **page**: a part of an epoch that is done in one block.
//! - **frozen input**: all that an epoch reads, as of one block ([`FrozenInput`]). It stays until
//!   the next epoch of its matrix.
//! - **award**: what an epoch decided of a neuron and paid to it ([`Award`]); stays as long.
//! - **lag**: blocks between the due block of an epoch and the one in which it was finished.
//! - **permit**: the right to set weights, given by the last epoch to the largest stakes.
//! - **prune score**: what a neuron earns per epoch on average, in the subnet's alpha; the lowest leaves a full subnet.
//!
//! ## The pages of an epoch
//!
//! 1. *Clear*: the frozen input of the epoch before goes.
//! 2. *Expire*: commits whose window closed without a reveal go, with the rows that they were to
//!    replace, at most 256 a page.
//! 3. *Freeze*: the input is read and stored, in one block: stake that moved between two reads would
//!    count twice.
//! 4. *Compute*: the epoch is computed from it. The new bonds are stored beside the old ones, which
//!    belong to the frozen input. The payout is opened, which fixes what is due to whom.
//! 5. *Pay*: [`PAY_PAGE`] neurons a page, each with what it is due.
//! 6. *Finish*: permits, bonds and outputs of the epoch hold from here on, all at once, and
//!    [`Event::EpochRan`] says so.
//!
//! One epoch is in work at a time ([`Work`]). What is done of it is stored in the same block as the
//! page itself, so that it goes on from any block, and pays nobody twice. A small epoch has all its
//! pages in one block.
//!
//! ## When a page is done
//!
//! No hook is mandatory. `on_poll`, before the transactions, gives the queue at most a quarter of
//! the block; `on_idle`, after them, the rest. A block without due epochs costs one read of
//! [`Progress`], one of a due list and one write, whatever the number of subnets and neurons.
//!
//! A page is done when its benchmarked cost (neurons, validators, entries) fits into what is left.
//! One that found no room for [`PATIENCE`] blocks is done before the transactions of the next block,
//! if need be with all of it; there is one such page per block. A page larger than a whole block
//! makes its epoch fail with [`Step::TooLarge`]. So no block runs over, and nothing waits for ever.
//!
//! When the queue is full, due lists wait, and with them the blocks after: an epoch may be late,
//! which its lag and [`Pallet::work_view`] show, but none is skipped, and pay waits with it. Nothing
//! happens while a migration runs.
//!
//! ## Rules
//!
//! - An epoch that fails leaves everything as it was, with [`Event::EpochFailed`]; the next one
//!   pays for both.
//! - From a subnet's notice on it has no epochs: those that wait leave the queue unexecuted
//!   ([`Step::Notice`]), and what was not paid of the one in work is pending again.
//! - Windows and periods count due epochs, whether or not they are executed yet.
//! - The new holder of a uid inherits neither permit nor bonds nor score, also when the uid changes
//!   hands while its epoch is in work; the former holder is still paid what it earned. Others' bonds
//!   *on* the uid are dropped by the next epoch, which compares them with the block of registration.
//!
//! ## Invariants
//!
//! - **C1**: permits and outputs are of live uids, bonds rows of permit holders, and none is empty.
//! - **C2**: queued epochs are due, executed at most once, and none is queued twice.
//! - **C3**: every started subnet that is not under notice stands in one due list, of a block that is
//!   still to be polled.
//! - **C4**: a frozen input is whole: its neurons, and rows and bonds of its scorers only, with as
//!   many entries as it says at most.
//! - **C5**: the epoch in work is the oldest of the queue, its awards sum to its payout, and none is
//!   paid beyond its due or before its page.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod compute;
mod freeze;
mod frozen;
mod impls;
mod invariants;
mod life;
#[cfg(test)]
mod mock;
mod pages;
mod pay;
mod queue;
#[cfg(test)]
mod tests;
mod types;
mod views;
pub mod weights;
mod work;

pub use frozen::{FrozenHead, FrozenInput, FrozenNeuron, PackedRow, Scorers};
pub use pallet::*;
pub use queue::{MAX_QUEUE, PATIENCE, RESERVED_SHARE};
pub use types::{
    BondsId, DueList, Executed, MatrixId, NeuronOutput, Outcome, PermitList, Plan, Progress,
    QueuedEpoch, Step, PRUNE_EPOCHS,
};
pub use weights::WeightInfo;
pub use work::{Award, AwardPage, InWork, PayRecord, Stage, PAY_PAGE};

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use crate::queue::Budget;
    use alun_primitives::{
        traits::{Clock, EpochPayout, NeuronRegistry, StakeView, WeightMatrix},
        Alpha, BlockNumber, MechanismId, NetUid, Uid, MAX_ROW,
    };
    use frame::{deps::frame_support::weights::WeightMeter, prelude::*};

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The neurons and the hyperparameters.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// The stake behind the rows.
        type Stake: StakeView<Self::AccountId>;

        /// The rows.
        type Weights: WeightMatrix;

        /// Pays what an epoch decided.
        type Payout: EpochPayout<Self::AccountId>;

        /// Turns the activity cutoff into blocks.
        type Clock: Clock;

        /// Costs of the work.
        type WeightInfo: WeightInfo;

        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper {
        /// A subnet with `neurons` neurons, started at the present block, with emission to pay.
        /// The first `validators` of them have stake above the threshold.
        fn subnet(validators: u16, neurons: u16) -> NetUid;

        /// Stores a weight row of ascending entries, as committed at `last_update`.
        fn row(
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            entries: alloc::vec::Vec<(u16, u16)>,
            last_update: BlockNumber,
        );

        /// Lets so many hotkeys without a uid, with pools of their own, lend half of their weight to the first
        /// `validators` neurons in turn.
        fn lend(netuid: NetUid, validators: u16, lenders: u32);

        /// Stores as many commits that nobody revealed as one epoch announces.
        fn unrevealed_commits(netuid: NetUid, mechanism: MechanismId, uid: Uid);
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// When the epochs of a started subnet are due.
    #[pallet::storage]
    pub type Plans<T: Config> = StorageMap<_, Twox64Concat, NetUid, Plan, OptionQuery>;

    /// The subnets of which an epoch is due at a block.
    #[pallet::storage]
    pub type DueAt<T: Config> = StorageMap<_, Twox64Concat, BlockNumber, DueList, ValueQuery>;

    /// How far the work has got.
    #[pallet::storage]
    pub type Done<T: Config> = StorageValue<_, Progress, ValueQuery>;

    /// The due epochs that wait, by number.
    #[pallet::storage]
    pub type Queue<T: Config> = StorageMap<_, Twox64Concat, u64, QueuedEpoch, OptionQuery>;

    /// Who holds a validator permit.
    #[pallet::storage]
    pub type Permits<T: Config> = StorageMap<_, Twox64Concat, MatrixId, PermitList, ValueQuery>;

    /// The bonds of each permit holder, in two generations: those that hold, by [`LastEpoch`], and
    /// those that its epoch started from.
    #[pallet::storage]
    pub type Bonds<T: Config> =
        StorageDoubleMap<_, Twox64Concat, BondsId, Twox64Concat, Uid, PackedRow, OptionQuery>;

    /// What the last epoch said of each neuron, by uid. Neurons that registered since may be
    /// missing at the end.
    #[pallet::storage]
    pub type Outputs<T: Config> =
        StorageMap<_, Twox64Concat, MatrixId, BoundedVec<Outcome, ConstU32<MAX_ROW>>, ValueQuery>;

    /// The last epoch that was executed.
    #[pallet::storage]
    pub type LastEpoch<T: Config> = StorageMap<_, Twox64Concat, MatrixId, Executed, OptionQuery>;

    /// The epoch in work.
    #[pallet::storage]
    pub type Work<T: Config> = StorageValue<_, InWork, OptionQuery>;

    /// The uids that changed hands since the input of the epoch in work was frozen, each once.
    #[pallet::storage]
    pub type Changed<T: Config> = StorageValue<_, BoundedVec<Uid, ConstU32<MAX_ROW>>, ValueQuery>;

    /// What the last epoch, or the one in work, read of its subnet.
    #[pallet::storage]
    pub type FrozenHeads<T: Config> =
        StorageMap<_, Twox64Concat, MatrixId, FrozenHead, OptionQuery>;

    /// What it read of the neurons, by uid.
    #[pallet::storage]
    pub type FrozenNeurons<T: Config> = StorageMap<
        _,
        Twox64Concat,
        MatrixId,
        BoundedVec<FrozenNeuron<T::AccountId>, ConstU32<MAX_ROW>>,
        ValueQuery,
    >;

    /// The weight rows that it read.
    #[pallet::storage]
    pub type FrozenRows<T: Config> =
        StorageDoubleMap<_, Twox64Concat, MatrixId, Twox64Concat, Uid, PackedRow, OptionQuery>;

    /// What it decided of each neuron and paid to it, by page.
    #[pallet::storage]
    pub type Awards<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        MatrixId,
        Twox64Concat,
        u16,
        AwardPage<T::AccountId>,
        ValueQuery,
    >;

    /// How the emission of the last epoch, or of the one in work, was divided.
    #[pallet::storage]
    pub type LastPayout<T: Config> = StorageMap<_, Twox64Concat, MatrixId, PayRecord, OptionQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An epoch was executed and paid.
        EpochRan {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Index of the epoch.
            epoch: u64,
            /// Block at which it was due.
            due_at: BlockNumber,
            /// Block at which its input was frozen.
            frozen_at: BlockNumber,
            /// Blocks from the due one to this one, in which it was finished.
            lag: BlockNumber,
            /// Neurons in it.
            neurons: u16,
            /// Validators whose stake counted: permitted, active, above the threshold.
            validators: u16,
            /// Paid to all of them together, in the subnet's alpha.
            paid: Alpha,
        },
        /// An epoch could not be computed; nothing changed, and its pay waits for the next one.
        EpochFailed {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Index of the epoch.
            epoch: u64,
            /// Where it failed.
            step: Step,
        },
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Works on the queue before the transactions, with at most a quarter of the block, or with
        /// all of it where a page is overdue.
        fn on_poll(now: BlockNumberFor<T>, meter: &mut WeightMeter) {
            let budget = Budget::before_transactions::<T>(meter.remaining());
            meter.consume(Self::work(now.saturated_into(), budget));
        }

        /// Works on the queue with what the transactions left.
        fn on_idle(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
            Self::work(now.saturated_into(), Budget::after_transactions(remaining))
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }
}
