//! # Authorities
//!
//! The list of authorities (who make and finalise blocks). Root adds and removes them; a change
//! takes effect at a session change, through `pallet-session`, whose `SessionManager` this is.
//!
//! ## Terms
//!
//! - **authority**: an account whose session keys make (Aura) and finalise (GRANDPA) blocks.
//! - **session**: the stretch of blocks with one set of authorities. Its length is a duration given
//!   at genesis.
//! - **planned set**: the authorities last handed to the session pallet. It begins work one session
//!   after it was planned.
//!
//! ## How an authority comes and goes
//!
//! 1. The operator's node makes keys (`author_rotateKeysWithOwner`), and the account announces them
//!    with `session.setKeys`.
//! 2. Root calls [`add_authority`](Call::add_authority).
//! 3. At the next session change the new set is planned ([`Event::Planned`]), at the one after that
//!    it works.
//!
//! Removal is the same without the first step. An authority that purged its keys stays listed and
//! sits out ([`Event::WithoutKeys`]) until it has keys again.
//!
//! ## Invariants
//!
//! - **A1**: the list is never empty once it was filled, and names nobody twice.
//! - **A2**: every planned authority was listed when it was planned; the planned set names nobody
//!   twice.

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
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

pub use impls::SessionBlocks;
pub use pallet::*;
pub use weights::WeightInfo;

/// Session length where genesis says nothing: one hour.
pub const DEFAULT_SESSION_MS: u64 = 3_600_000;

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use alun_primitives::traits::Clock;
    use frame::{prelude::*, traits::ValidatorRegistration};

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// Who may add and remove authorities.
        type ManageOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Knows whether an account has announced session keys.
        type SessionKeys: ValidatorRegistration<Self::AccountId>;

        /// Turns the session's duration into blocks.
        type Clock: Clock;

        /// The most authorities there may be.
        #[pallet::constant]
        type MaxAuthorities: Get<u32>;

        /// Costs of the calls.
        type WeightInfo: WeightInfo;

        /// Gives an account session keys, for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId> {
        /// Announces some session keys for `who`.
        fn set_keys(who: &AccountId);
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The authorities that root wants, in the order in which they were added.
    #[pallet::storage]
    pub type Authorities<T: Config> =
        StorageValue<_, BoundedVec<T::AccountId, T::MaxAuthorities>, ValueQuery>;

    /// The set last handed to the session pallet: the listed ones that had keys then.
    #[pallet::storage]
    pub type Planned<T: Config> =
        StorageValue<_, BoundedVec<T::AccountId, T::MaxAuthorities>, ValueQuery>;

    /// The value of [`SessionMs`] where genesis wrote none.
    #[pallet::type_value]
    pub fn DefaultSessionMs() -> u64 {
        DEFAULT_SESSION_MS
    }

    /// Length of a session in milliseconds. Written at genesis only.
    #[pallet::storage]
    pub type SessionMs<T: Config> = StorageValue<_, u64, ValueQuery, DefaultSessionMs>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Root listed an authority. It works two session changes from now.
        AuthorityAdded {
            /// Who was listed.
            who: T::AccountId,
        },
        /// Root took an authority off the list. It stops working two session changes from now.
        AuthorityRemoved {
            /// Who was taken off the list.
            who: T::AccountId,
        },
        /// A changed set was handed to the session pallet and works from session `session` on.
        Planned {
            /// The first session of the set.
            session: u32,
            /// The set.
            authorities: BoundedVec<T::AccountId, T::MaxAuthorities>,
        },
        /// A listed authority has no session keys and therefore sits out session `session`.
        WithoutKeys {
            /// The session it sits out.
            session: u32,
            /// Who sits out.
            who: T::AccountId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This account is an authority already.
        AlreadyAuthority,
        /// This account is not an authority.
        NotAuthority,
        /// This account has announced no session keys: it must call session.setKeys first.
        NoSessionKeys,
        /// There is no room for another authority: remove one first.
        TooManyAuthorities,
        /// No authority with session keys would be left to make blocks: add another one first.
        LastAuthority,
    }

    /// The authorities of a new chain.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The first authorities. Each needs keys in the session pallet's genesis.
        pub authorities: Vec<T::AccountId>,
        /// Length of a session in milliseconds.
        pub session_ms: u64,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self { authorities: Vec::new(), session_ms: DEFAULT_SESSION_MS }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
            assert!(
                Pallet::<T>::all_distinct(&self.authorities),
                "authorities.authorities names an account twice",
            );
            let Ok(list) = BoundedVec::try_from(self.authorities.clone()) else {
                panic!(
                    "authorities.authorities has {} entries; at most {} are possible",
                    self.authorities.len(),
                    T::MaxAuthorities::get(),
                )
            };
            Authorities::<T>::put(list);
            SessionMs::<T>::put(self.session_ms);
        }
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
        /// Lists `who` as an authority, from the session after the next on.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::add_authority())]
        pub fn add_authority(origin: OriginFor<T>, who: T::AccountId) -> DispatchResult {
            T::ManageOrigin::ensure_origin(origin)?;
            let mut list = Authorities::<T>::get();
            ensure!(!list.contains(&who), Error::<T>::AlreadyAuthority);
            ensure!(T::SessionKeys::is_registered(&who), Error::<T>::NoSessionKeys);
            list.try_push(who.clone()).map_err(|_| Error::<T>::TooManyAuthorities)?;
            Authorities::<T>::put(list);
            Self::deposit_event(Event::AuthorityAdded { who });
            Ok(())
        }

        /// Takes `who` off the list of authorities, from the session after the next on.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::remove_authority())]
        pub fn remove_authority(origin: OriginFor<T>, who: T::AccountId) -> DispatchResult {
            T::ManageOrigin::ensure_origin(origin)?;
            let mut list = Authorities::<T>::get();
            let before = list.len();
            list.retain(|listed| *listed != who);
            ensure!(list.len() < before, Error::<T>::NotAuthority);
            ensure!(list.iter().any(T::SessionKeys::is_registered), Error::<T>::LastAuthority);
            Authorities::<T>::put(list);
            Self::deposit_event(Event::AuthorityRemoved { who });
            Ok(())
        }
    }
}
