//! # Weights
//!
//! Weight rows: what validators think of the neurons of a subnet's mechanism. This pallet takes
//! them, directly or by commit and reveal, and keeps the one in force. What follows from them is
//! decided in the epoch, by `pallet-consensus`.
//!
//! ## Terms
//!
//! - **matrix**: the rows of one (netuid, mechanism).
//! - **row**: ascending (uid, value) pairs of one validator, without zeros, the largest 65,535.
//! - **commit**: BLAKE2b-256 of
//!   [`commit_preimage`](alun_primitives::commit_preimage): the promise of a row that nobody can
//!   read, so that nobody can copy it.
//! - **window**: the *due* epoch in which a commit can be revealed: exactly `reveal_period` epochs
//!   after the one in which it was made. It is fixed when the commit is made: no later change of
//!   the hyperparameter moves it.
//! - **due epoch**: by [`EpochClock`](alun_primitives::traits::EpochClock), whether or not the
//!   chain has got round to executing it.
//!
//! ## Rules
//!
//! - Only the holder of a validator permit sends rows and commits; the owner's permit is forced on.
//!   Before the first epoch nobody else has one.
//! - One commit per hotkey, mechanism and epoch, and one per window: there is nothing to choose
//!   from when the window opens. Anyone may submit the reveal, also when commit-reveal was switched
//!   off since.
//! - A row that is not revealed in its window is lost, and the row in force goes with it if it is
//!   older than the commit: who does not show what it promised has no row until it shows one.
//!   [`Event::CommitExpired`] says so at the next epoch, or when the next commit of the hotkey
//!   takes its place. A commit that gives way to another for the same window (the reveal period got
//!   shorter) takes no row along: the other one answers for the window.
//! - A reveal is checked against the `weights_version`, `min_weights` and `max_weight_share` of its
//!   commit's block: no later change of them voids what was promised.
//! - A revealed row counts from the block of its commit: who registered since is not meant by it.
//! - `weights_rate_limit_ms` lies between two rows or commits of a neuron; reveals are free of it.
//! - A commit and a reveal give the fee back when they succeed: one each per permit holder and
//!   epoch, because there can be no second. Everything else pays.
//! - [`CheckWeightCalls`] refuses in the pool whatever dispatch would refuse, by the same checks.
//! - The new holder of a uid inherits nothing.
//!
//! ## Invariants
//!
//! - **W1**: a weight row belongs to a live uid, was made by its present holder and scores live
//!   uids.
//! - **W2**: a commit belongs to a neuron, is the only one of its window, and is listed for expiry
//!   until its expiry was announced.

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
mod checks;
mod commits;
mod extension;
mod impls;
mod invariants;
#[cfg(test)]
mod mock;
mod rejection;
mod swap;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;
mod wind_up;

pub use extension::CheckWeightCalls;
pub use pallet::*;
pub use rejection::Rejection;
pub use types::{Commit, Entries, MatrixId, MaxCommits, Row, Submission, Terms, MAX_REVEAL_PERIOD};
pub use weights::WeightInfo;

#[frame::pallet]
// FRAME's macros expand to `expect`s, and to a constructor with all of a call's arguments. What is
// written here by hand has no `expect`.
#[allow(clippy::expect_used, clippy::too_many_arguments)]
pub mod pallet {
    use super::*;
    use crate::types::Proposal;
    use alun_primitives::{
        traits::{Clock, EpochClock, KeySuccession, NeuronRegistry, PermitView},
        Digest, MechanismId, NetUid, Uid, WeightRow, MAX_ROW,
    };
    use frame::prelude::*;

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// A list in a call: uids, or values.
    pub type Values = BoundedVec<u16, ConstU32<MAX_ROW>>;

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId: Into<[u8; 32]>, RuntimeEvent: From<Event<Self>>>
    {
        /// The neurons and the hyperparameters.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// Which hotkey took another's place.
        type Succession: KeySuccession<Self::AccountId>;

        /// Who holds a validator permit.
        type Permits: PermitView;

        /// When epochs are due.
        type Epochs: EpochClock;

        /// Turns the rate limit into blocks.
        type Clock: Clock;

        /// Costs of the calls.
        type WeightInfo: WeightInfo;

        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId> {
        /// A started subnet with `neurons` neurons, its epoch 0 due at the present block,
        /// commit-reveal as asked and everything else by default. Returns the owner's hotkey too,
        /// which is uid 0.
        fn subnet(neurons: u16, commit_reveal: bool) -> (NetUid, AccountId);
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The row in force of each validator.
    #[pallet::storage]
    pub type Rows<T: Config> =
        StorageDoubleMap<_, Twox64Concat, MatrixId, Twox64Concat, Uid, Row, OptionQuery>;

    /// The newest commit or row of each neuron.
    #[pallet::storage]
    pub type LastSubmission<T: Config> =
        StorageDoubleMap<_, Twox64Concat, MatrixId, Twox64Concat, Uid, Submission, OptionQuery>;

    /// The commits of each hotkey that wait for their window, and those whose window closed since
    /// its newest commit.
    #[pallet::storage]
    pub type Commits<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        MatrixId,
        Blake2_128Concat,
        T::AccountId,
        BoundedVec<Commit, MaxCommits>,
        ValueQuery,
    >;

    /// The hotkeys that made a commit for a window: where to look when it has closed.
    #[pallet::storage]
    pub type Windows<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        MatrixId,
        Twox64Concat,
        u64,
        BoundedVec<T::AccountId, ConstU32<MAX_ROW>>,
        ValueQuery,
    >;

    /// The first window of each matrix whose expired commits have not been announced.
    #[pallet::storage]
    pub type SweptTo<T: Config> = StorageMap<_, Twox64Concat, MatrixId, u64, OptionQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A validator set its row directly.
        WeightsSet {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Whose row.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
        },
        /// A validator promised a row. It can be revealed `reveal_period` due epochs later.
        WeightsCommitted {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Whose row.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
            /// Due epoch of the commit.
            epoch: u64,
            /// The commit.
            hash: Digest,
        },
        /// A promised row was shown and is in force from the block of its commit.
        WeightsRevealed {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Whose row.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
            /// Due epoch of the commit.
            epoch: u64,
            /// Merkle root of the evidence behind the row; zero where none is published.
            evidence_root: Digest,
            /// Who submitted the reveal.
            by: T::AccountId,
        },
        /// A promised row was not shown in its window and is lost, and with it the row in force if
        /// that is older than the commit; or the commit gave way to another for its window.
        CommitExpired {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Whose commit.
            hotkey: T::AccountId,
            /// Due epoch of the commit.
            epoch: u64,
        },
    }

    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// There is no subnet of this netuid: `alun view subnets` lists them.
        UnknownSubnet,
        /// The subnet has no mechanism of this number: they count from 0.
        UnknownMechanism,
        /// The hotkey has no uid on this subnet: register it first.
        NotANeuron,
        /// The subnet has not been started by its owner, or its epoch 0 is not due yet: wait.
        NotStarted,
        /// The hotkey holds no validator permit on this subnet: it needs more stake at the next
        /// epoch. Before the first epoch only the owner's hotkey has one.
        NoPermit,
        /// The subnet uses commit-reveal: commit the row, then reveal it.
        CommitRevealOn,
        /// The subnet does not use commit-reveal: set the row directly.
        CommitRevealOff,
        /// The weights rate limit of the subnet has not passed since the hotkey's last row or
        /// commit: wait.
        TooSoon,
        /// There is a commit of this hotkey for this epoch already: one per epoch.
        AlreadyCommitted,
        /// There is no commit of this hotkey to reveal: commit first, and reveal once.
        NoCommit,
        /// The reveal window has not opened: reveal exactly `reveal_period` epochs after the
        /// commit.
        RevealTooEarly,
        /// The reveal window has closed and the row was dropped, or a newer row is in force: commit
        /// a new one.
        RevealTooLate,
        /// The revealed row and salt do not hash to a commit of this hotkey: reveal exactly what
        /// was committed.
        WrongReveal,
        /// The row must have as many values as uids.
        LengthMismatch,
        /// The row has more entries than the subnet has neurons.
        TooManyWeights,
        /// The row has fewer non-zero values than the subnet's `min_weights`.
        TooFewWeights,
        /// The row names a uid that no neuron holds.
        UnknownUid,
        /// The row names a uid twice: name each once.
        DuplicateUid,
        /// Every value of the row is zero: score at least one neuron.
        AllZero,
        /// One uid has more than `max_weight_share` of the row: spread it.
        ShareTooLarge,
        /// The row was made for another `weights_version` than the subnet's, or than the subnet's
        /// when it was committed: update the validator.
        WrongVersion,
        /// No more commits can be listed for this window: commit in the next epoch.
        TooManyCommits,
        /// The subnet is under notice to be wound up, so it has no more epochs and takes no weights: stop
        /// the validator, and redeem your stake with stake.removeStake.
        WindingUp,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets the caller's row, where commit-reveal is off.
        ///
        /// `uids` and `values` are equally long; `version` is the subnet's `weights_version`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_weights(longest(uids, values)))]
        pub fn set_weights(
            origin: OriginFor<T>,
            netuid: NetUid,
            mechanism: MechanismId,
            uids: Values,
            values: Values,
            version: u64,
        ) -> DispatchResult {
            let hotkey = ensure_signed(origin)?;
            let proposal = Proposal { uids: &uids, values: &values, version };
            let (sender, row) =
                Self::check_set(&hotkey, netuid, mechanism, proposal).map_err(Error::<T>::from)?;
            let uid = sender.uid;
            let now = Self::now();
            Rows::<T>::insert(sender.matrix, uid, stored::<T>(row, now)?);
            LastSubmission::<T>::mutate(sender.matrix, uid, |last| {
                let commit = last.and_then(|last| last.commit);
                *last = Some(Submission { block: now, commit });
            });
            Self::deposit_event(Event::WeightsSet { netuid, mechanism, uid, hotkey });
            Ok(())
        }

        /// Promises a row of the caller: `hash` is BLAKE2b-256 of the SCALE encoding of
        /// (`alun/weights/1`, genesis hash, netuid, mechanism, hotkey, uids, values, evidence
        /// root, version, salt). The fee is given back.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::commit_weights())]
        pub fn commit_weights(
            origin: OriginFor<T>,
            netuid: NetUid,
            mechanism: MechanismId,
            hash: Digest,
        ) -> DispatchResultWithPostInfo {
            let hotkey = ensure_signed(origin)?;
            let sender =
                Self::check_commit(&hotkey, netuid, mechanism).map_err(Error::<T>::from)?;
            let (uid, epoch) = (sender.uid, sender.epoch);
            Self::store_commit(&sender, &hotkey, hash)?;
            let submission = Submission { block: Self::now(), commit: Some(epoch) };
            LastSubmission::<T>::insert(sender.matrix, uid, submission);
            Self::deposit_event(Event::WeightsCommitted {
                netuid,
                mechanism,
                uid,
                hotkey,
                epoch,
                hash,
            });
            Ok(Pays::No.into())
        }

        /// Shows the row that `hotkey` promised, in its window. Anyone may; the fee is given back. Where
        /// another hotkey took its place since, either may be named.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::reveal_weights(longest(uids, values)))]
        pub fn reveal_weights(
            origin: OriginFor<T>,
            netuid: NetUid,
            mechanism: MechanismId,
            hotkey: T::AccountId,
            uids: Values,
            values: Values,
            evidence_root: Digest,
            version: u64,
            salt: Digest,
        ) -> DispatchResultWithPostInfo {
            let by = ensure_signed(origin)?;
            let proposal = Proposal { uids: &uids, values: &values, version };
            let types::Reveal { sender, holder, commit, row } =
                Self::check_reveal(&hotkey, netuid, mechanism, proposal, evidence_root, salt)
                    .map_err(Error::<T>::from)?;
            let (uid, epoch) = (sender.uid, commit.epoch);
            Self::take_commit(sender.matrix, &holder, &commit);
            Rows::<T>::insert(sender.matrix, uid, stored::<T>(row, commit.block)?);
            Self::deposit_event(Event::WeightsRevealed {
                netuid,
                mechanism,
                uid,
                hotkey: holder,
                epoch,
                evidence_root,
                by,
            });
            Ok(Pays::No.into())
        }
    }

    /// Entries that a call makes the chain read.
    fn longest(uids: &Values, values: &Values) -> u32 {
        // Both are bounded by `MAX_ROW`.
        u32::try_from(uids.len().max(values.len())).unwrap_or(MAX_ROW)
    }

    /// A row as stored. It has no more entries than the subnet has neurons, so it always fits.
    fn stored<T: Config>(
        row: WeightRow,
        last_update: alun_primitives::BlockNumber,
    ) -> Result<Row, Error<T>> {
        let entries = Entries::try_from(row.0).map_err(|_| Error::<T>::TooManyWeights)?;
        Ok(Row { entries, last_update })
    }
}
