//! # Emission
//!
//! Mints native tokens by a schedule and divides them among subnets; each subnet's part enters its
//! market, its own alpha is emitted by the same schedule, and that is what its epochs pay. It does not
//! decide who deserves what: that is `consensus`.
//!
//! ## Terms
//!
//! - **schedule**: E = E₀ / 2^⌊log₂(1 / (1 − issuance/cap))⌋ per block of 6 s, scaled with the slot
//!   ([`alun_market_math::curve`]). Halving follows issuance, not height. Each alpha follows the same
//!   schedule by its own issuance.
//! - **pot**: the account into which E is minted at the beginning of each block.
//! - **share**: how much a subnet gets of it, relative to the others ([`share`]). A share counts
//!   once the subnet's owner has started it. While no share counts, no native token is minted.
//! - **index**: what one share has earned since the beginning, in fractions of 2⁻⁶⁴ of the smallest
//!   unit. A block moves this one number; a subnet **settles** `share × (index − index then)` when
//!   it is touched, always before what touches it, and at most once a block ([`accrual`]).
//! - **pending**: a subnet's alpha that is emitted and not paid.
//! - **owner cut**: the owner's part of a payout, to the owner's hotkey.
//! - **incentive**, **dividends**: how an epoch divides the miners' and the validators' half.
//!
//! ## A settlement
//!
//! What the subnet has earned, native, leaves the pot for the subnet's market, together with what the
//! alpha's curve emits over the blocks since the last settlement. The market puts what fits into its pool,
//! buys alpha with the rest and burns it, and issues what the curve emitted: that is pending. Then the
//! subnet's share is asked for anew. A subnet that is not started settles nothing.
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
//! block or in many. What is not paid yet is no longer pending: [`Payouts`] holds it.
//!
//! ## Money
//!
//! The pot holds native tokens that are minted and not settled. It gets its existential deposit at
//! genesis; that belongs to nobody and never leaves. What strangers send to the pot stays there
//! ([`Pallet::surplus`]). Every burn of native tokens comes through this pallet's `OnUnbalanced` and is
//! counted. Pending alpha is in no account: [`Accruals`] and [`Payouts`] are its ledger.
//!
//! ## Invariants (numbers: docs/invariants.md)
//!
//! - **X2**: issuance at genesis + minted − burned = issuance.
//! - **M1** (what is pending): pending alpha of a subnet, and what its open payouts hold, is what
//!   [`Pallet::alpha_here`] says.
//! - **E1**: minted ≤ schedule, and issuance ≤ cap.
//! - **E2**: pot = Σ (unsettled + fraction) + remainder + the pot's existential deposit; the sum of
//!   shares is that of the subnets' shares that count.

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
mod life;
#[cfg(test)]
mod mock;
mod payout;
pub mod share;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use payout::Payout;
pub use share::{ByPrice, SharePolicy};
pub use weights::WeightInfo;

use alun_primitives::{traits::EmissionMarket, AlphaCredit};
use frame::{deps::frame_system, token::fungible};

/// Native tokens on their way between accounts.
pub type CreditOf<T> =
    fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

/// Alpha on its way between ledgers.
pub type AlphaOf<T> = AlphaCredit<
    <<T as Config>::Market as EmissionMarket<<T as frame_system::Config>::AccountId>>::Issuance,
>;

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use crate::accrual::{Accrual, Index as AccrualIndex};
    use alun_market_math::curve::Curve;
    use alun_primitives::{
        traits::{Clock, EmissionMarket, NeuronRegistry, RewardSink},
        Alpha, Balance, MechanismId, NetUid, Uid,
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

        /// Where what a subnet has earned goes, and its alpha is issued.
        type Market: EmissionMarket<Self::AccountId, Native = CreditOf<Self>>;

        /// Where rewards go.
        type Rewards: RewardSink<Self::AccountId, Credit = AlphaOf<Self>>;

        /// Says what each subnet's share is.
        type SharePolicy: SharePolicy;

        /// Names the pot.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Dispatch weights.
        type WeightInfo: WeightInfo;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What the schedules depend on, the native token's and every alpha's. Written at genesis only.
    #[pallet::storage]
    pub type Schedule<T: Config> = StorageValue<_, Curve, ValueQuery>;

    /// What one share has earned, and the sum of shares.
    #[pallet::storage]
    pub type Index<T: Config> = StorageValue<_, AccrualIndex, ValueQuery>;

    /// Netuid → what the subnet has earned, and what of its alpha is pending.
    #[pallet::storage]
    pub type Accruals<T: Config> = StorageMap<_, Twox64Concat, NetUid, Accrual, ValueQuery>;

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
            /// How much.
            amount: Alpha,
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
            /// All of it: the sum of the next four.
            amount: Alpha,
            /// To the coldkey's position on the hotkey.
            take: Alpha,
            /// To the stakers on root, for whom it is sold.
            root: Alpha,
            /// To the pool on the subnet.
            subnet: Alpha,
            /// Burned, because no pool had stake.
            burned: Alpha,
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
            /// How much.
            amount: Alpha,
        },
        /// The miners' half was burned, because no miner had incentive.
        EmissionBurned {
            /// Subnet.
            netuid: NetUid,
            /// Mechanism.
            mechanism: MechanismId,
            /// Epoch.
            epoch: u64,
            /// How much.
            amount: Alpha,
        },
        /// A subnet's share changed when it was settled.
        ShareMoved {
            /// Subnet.
            netuid: NetUid,
            /// Before.
            old: u64,
            /// Now.
            new: u64,
        },
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
}
