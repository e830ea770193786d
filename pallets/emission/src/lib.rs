//! # Emission
//!
//! Mints by a schedule, divides what is minted among subnets, and pays each subnet's part by what
//! its epochs decide. It does not decide who deserves what: that is `consensus`.
//!
//! ## Terms
//!
//! - **schedule**: E = E₀ / 2^⌊log₂(1 / (1 − issuance/cap))⌋ per block of 6 s, scaled with the slot
//!   ([`alun_market_math::curve`]). Halving follows issuance, not height.
//! - **pot**: the account into which E is minted at the beginning of each block.
//! - **share**: how much a subnet gets of it, relative to the others ([`share`]). A share counts
//!   once the subnet's owner has started it. While no share counts, nothing is minted.
//! - **index**: what one share has earned since the beginning, in fractions of 2⁻⁶⁴ of the smallest
//!   unit. A block moves this one number; a subnet **settles** `share × (index − index then)` when
//!   it is touched, always before what touches it ([`accrual`]).
//! - **pending**: what a subnet has settled and not paid.
//! - **owner cut**: the owner's part of a payout, to the owner's hotkey.
//! - **incentive**, **dividends**: how an epoch divides the miners' and the validators' half.
//!
//! ## A payout
//!
//! Owner cut first; of the rest half to miners by incentive, each to its coldkey's position on its
//! hotkey, and half to validators by dividends, each into its pools. Nobody with incentive: the
//! miners' half is burned. Nobody with dividends: the validators' half goes by active stake. Nobody
//! with active stake: nothing is paid and the amount stays pending. What cannot be paid (a hotkey
//! without a coldkey) stays pending too. With several mechanisms each has an equal part of what the
//! subnet earns. Every split sums exactly.
//!
//! A payout is opened once, which fixes what is due to whom, and then paid page by page, in one
//! block or in many. What is not paid yet is no longer pending but stays in the pot, where
//! [`Payouts`] accounts for it.
//!
//! ## Money
//!
//! The pot gets its existential deposit at genesis; it belongs to nobody and never leaves. What
//! strangers send to the pot stays there ([`Pallet::surplus`]). Every burn of the chain comes
//! through this pallet's `OnUnbalanced` and is counted.
//!
//! ## Invariants (numbers: docs/invariants.md)
//!
//! - **X2**: issuance at genesis + minted − burned = issuance.
//! - **E1**: minted ≤ schedule, and issuance ≤ cap.
//! - **E2**: pot = Σ (unsettled + fraction + pending) + Σ left in open payouts + remainder + the
//!   pot's existential deposit; the sum of shares is that of the subnets' shares that count.

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

pub mod accrual;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
mod invariants;
#[cfg(test)]
mod mock;
mod payout;
pub mod share;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use payout::Payout;
pub use share::{SetByRoot, SharePolicy};
pub use weights::WeightInfo;

use frame::{deps::frame_system, token::fungible};

/// Native tokens on their way between accounts.
pub type CreditOf<T> =
    fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use crate::accrual::{Accrual, Index as AccrualIndex};
    use alloc::collections::BTreeSet;
    use alun_market_math::{curve::Curve, share::MAX_SHARE};
    use alun_primitives::{
        traits::{Clock, NeuronRegistry, RewardSink},
        Balance, MechanismId, NetUid, Uid,
    };
    use core::marker::PhantomData;
    use frame::prelude::*;

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The native token.
        type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
            + fungible::Balanced<Self::AccountId>;

        /// Knows the slot duration, by which emission scales.
        type Clock: Clock;

        /// Knows subnets, their owners and mechanisms. Read only.
        type Neurons: NeuronRegistry<Self::AccountId>;

        /// Where rewards go.
        type Rewards: RewardSink<Self::AccountId, Credit = CreditOf<Self>>;

        /// Says what each subnet's share is.
        type SharePolicy: SharePolicy;

        /// Names the pot.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Dispatch weights.
        type WeightInfo: WeightInfo;

        /// What benchmarks need from the runtime.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper {
        /// The netuid of the `seed`-th subnet, which is created and started if need be.
        fn subnet(seed: u32) -> NetUid;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What the schedule depends on. Written at genesis only.
    #[pallet::storage]
    pub type Schedule<T: Config> = StorageValue<_, Curve, ValueQuery>;

    /// What one share has earned, and the sum of shares.
    #[pallet::storage]
    pub type Index<T: Config> = StorageValue<_, AccrualIndex, ValueQuery>;

    /// Netuid → what the subnet has earned and not been paid.
    #[pallet::storage]
    pub type Accruals<T: Config> = StorageMap<_, Twox64Concat, NetUid, Accrual, ValueQuery>;

    /// Netuid → the share that root gave it, whether it counts yet or not.
    #[pallet::storage]
    pub type Shares<T: Config> = StorageMap<_, Twox64Concat, NetUid, u64, ValueQuery>;

    /// The payouts that are open, by mechanism.
    #[pallet::storage]
    pub type Payouts<T: Config> =
        StorageMap<_, Twox64Concat, (NetUid, MechanismId), Payout, OptionQuery>;

    /// Issuance at genesis, smallest unit.
    #[pallet::storage]
    pub type GenesisIssuance<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Minted by emission since genesis, smallest unit.
    #[pallet::storage]
    pub type Minted<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Burned since genesis, smallest unit.
    #[pallet::storage]
    pub type Burned<T: Config> = StorageValue<_, Balance, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A miner was paid, to its coldkey's position on its hotkey.
        IncentivePaid {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Epoch that decided it.
            epoch: u64,
            /// The miner's uid.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
            /// Whose position grew.
            coldkey: T::AccountId,
            /// Smallest unit.
            amount: Balance,
        },
        /// A validator was paid: its take at once, the rest on its way into its pools.
        DividendsPaid {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Epoch that decided it.
            epoch: u64,
            /// The validator's uid.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
            /// All of it, smallest unit: the sum of the next four.
            amount: Balance,
            /// To the coldkey's position on the hotkey.
            take: Balance,
            /// To the pool on root.
            root: Balance,
            /// To the pool on the subnet.
            subnet: Balance,
            /// Burned, because no pool had stake.
            burned: Balance,
        },
        /// The owner's cut was paid, to the coldkey's position on the owner's hotkey.
        OwnerCutPaid {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Epoch.
            epoch: u64,
            /// The owner's hotkey.
            hotkey: T::AccountId,
            /// Whose position grew.
            coldkey: T::AccountId,
            /// Smallest unit.
            amount: Balance,
        },
        /// The miners' half was burned, because no miner had incentive.
        EmissionBurned {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Epoch.
            epoch: u64,
            /// Smallest unit.
            amount: Balance,
        },
        /// Root set a subnet's share.
        ShareSet {
            /// Subnet.
            netuid: NetUid,
            /// Before.
            old: u64,
            /// Now.
            new: u64,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no subnet of one of these netuids, and root has no share: name subnets that
        /// exist.
        UnknownSubnet,
        /// A netuid is named twice: name each subnet once.
        DuplicateSubnet,
        /// A share is above 281,474,976,710,655 (2^48 - 1): shares are relative to each other, so
        /// divide all of them by the same number.
        ShareTooLarge,
    }

    /// Emission of a new chain.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// E₀: emission of a block of 6 s while nothing is issued, smallest unit.
        pub initial_block_emission: Balance,
        /// Most that is ever issued, smallest unit.
        pub cap: Balance,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            let Curve { initial, cap } = Curve::default();
            Self { initial_block_emission: initial, cap, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let curve = Curve { initial: self.initial_block_emission, cap: self.cap };
            // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
            assert!(
                curve.highest(T::Clock::slot_ms()) <= curve.cap / 2,
                "emission.initialBlockEmission is {}; a block may mint at most half of the cap, {}",
                curve.initial,
                curve.cap,
            );
            Schedule::<T>::put(curve);
            // The existential deposit of the pot: belongs to nobody.
            let deposit = <T::Currency as fungible::Inspect<T::AccountId>>::minimum_balance();
            let funded = <T::Currency as fungible::Mutate<T::AccountId>>::mint_into(
                &Pallet::<T>::pot(),
                deposit,
            );
            assert!(funded.is_ok(), "the emission pot can't hold its existential deposit");
            // Balances and everything else that mints at genesis come before this pallet.
            let issuance = <T::Currency as fungible::Inspect<T::AccountId>>::total_issuance();
            assert!(
                issuance <= curve.cap,
                "genesis issues {issuance} units, more than emission.cap, {}",
                curve.cap,
            );
            GenesisIssuance::<T>::put(issuance);
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Mints the block's emission: O(1) in subnets and neurons.
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::mint();
            T::WeightInfo::on_initialize()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets shares of subnets, relative to each other; subnets not named keep theirs. What was
        /// earned before is settled by the old ones. All or nothing.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_shares(u32::try_from(shares.len()).unwrap_or(u32::MAX)))]
        pub fn set_shares(
            origin: OriginFor<T>,
            shares: BoundedVec<(NetUid, u64), ConstU32<1024>>,
        ) -> DispatchResult {
            ensure_root(origin)?;
            let mut named = BTreeSet::new();
            for (netuid, share) in &shares {
                ensure!(T::Neurons::exists(*netuid), Error::<T>::UnknownSubnet);
                ensure!(named.insert(*netuid), Error::<T>::DuplicateSubnet);
                ensure!(*share <= MAX_SHARE, Error::<T>::ShareTooLarge);
            }
            for (netuid, new) in shares {
                let old = Shares::<T>::mutate(netuid, |share| core::mem::replace(share, new));
                Self::touch(netuid, |_| ());
                Self::deposit_event(Event::ShareSet { netuid, old, new });
            }
            Ok(())
        }
    }
}
