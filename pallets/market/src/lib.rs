//! # Market
//!
//! Each subnet has a token of its own, its alpha, and a pool in which anybody can trade it for native
//! tokens. This pallet keeps the books of every alpha's issuance, the pools and their prices, and
//! makes the chain's own trades. It knows no neurons and no stakes: whose alpha it is, others say.
//!
//! ## Terms
//!
//! - **alpha**: a subnet's own token. Every subnet's is another one, and none is native.
//! - **pool**: a reserve of native tokens and one of alpha. Their product, k, does not fall; their
//!   quotient is the **spot price**, native for one alpha.
//! - **fee**: a part of the native side of every trade, in either direction; burned.
//! - **averaged price P** and **averaged reserve**: start at 0 and follow the pool with a half-life.
//!   They decide what a subnet earns.
//! - **injection**: a subnet's emission enters its pool, together with new alpha in the proportion
//!   that leaves the price where it is. What is too much is the **excess**.
//! - **buyback**: native tokens that wait to buy alpha, which is burned: the excess.
//! - **root part**: what of a validator's reward belongs to its stakers on root. It waits as alpha in
//!   a **batch** of **claims**, is sold, and paid in native tokens.
//! - **lot**: how much the chain itself trades at once.
//! - **schedule** of an alpha: its seed + A + ρA ([`alun_market_math::injection`]).
//!
//! ## Money
//!
//! Each subnet has an account that holds its pool's reserve, its buyback, and what was got for root
//! parts and is not paid. The account's existential deposit comes out of the lock that opened the
//! market and belongs to nobody, as does what strangers send there ([`Pallet::surplus`]).
//!
//! Alpha moves as [`AlphaCredit`](alun_primitives::AlphaCredit): on its way it is in the issuance and
//! in nobody's ledger, and what is dropped is burned.
//!
//! ## Rules
//!
//! - What a subnet has earned is settled ([`Settle`](alun_primitives::traits::Settle)) before every
//!   trade and every quote, so that a quote is what the trade then does.
//! - The averages move in the first touch of a block, before anything else, thus towards the closing
//!   price of the block before, which counts as at most 1. Neither a young pool nor a pump within a
//!   block earns.
//! - The fee is burned, so no author of a block gains by trading.
//! - The chain's own trades wait in a queue in which each subnet with work stands once. `on_poll`
//!   gives each, oldest first, one turn per block at most, as far as the block's weight and an eighth
//!   of it allow. In a turn a subnet trades one lot, or pays [`PAGE`] hotkeys.
//! - A lot is at most 0.05 % of the reserve that it goes into, so that it moves the price by no more
//!   than the fees of who would trade before and after it. A sale's is measured by an alpha reserve
//!   that rises by one lot in a block at most: who dumps alpha just before a sale, at a price at which
//!   the fees are next to nothing, must not make it larger. Where purchases and sales both wait, they
//!   take turns.
//! - Claims of a hotkey in a batch are one. While a batch is sold the next one collects. A batch that
//!   is sold out is divided among its claims by largest remainder, and paid page by page. The last
//!   fraction of a native unit is the pool's; a batch that would get nothing waits and grows.
//!
//! - From a subnet's notice on its market is **frozen**: no trades, no lots, averages of 0. N, the native
//!   tokens of the pool and of the buyback, and S, all alpha, are what it is redeemed for: N / S each,
//!   rounded down, and both fall, so nobody gains by being first **\[A\]**. Root parts that wait are
//!   redeemed like anybody's. After the notice the rest is **paid out**, holder by holder
//!   ([`WindUpMarket`](alun_primitives::traits::WindUpMarket)); the pool and what is pending rank last,
//!   and their part is burned.
//!
//! ## Invariants (numbers: docs/invariants.md)
//!
//! - **M1** (the market's part): pool + root parts that wait ≤ issuance. What is missing is in stake
//!   pools and pending, which others count ([`Pallet::alpha_here`]).
//! - **M2**: a subnet's account holds its existential deposit, its pool's reserve, its buyback and
//!   what is due to root, at least.
//! - **M3**: k never falls ([`check_product`]).
//! - **M5**: a market stands in the queue once or, as it says itself, not at all; claims and dues add
//!   up to what the market counts; no pool has an empty side.
//! - **E1** (alpha): issuance ≤ minted ≤ schedule, and issuance ≤ cap.

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
mod injection;
mod invariants;
#[cfg(test)]
mod mock;
mod pool;
mod queue;
mod root_parts;
mod seed;
#[cfg(test)]
mod tests;
mod trades;
mod views;
pub mod weights;
mod wind_up;

pub use invariants::check_product;
pub use pallet::*;
pub use pool::{Market, Sale, State};
pub use queue::{Ends, QUEUE_SHARE};
pub use root_parts::{Claims, DueList, MAX_CLAIMS, PAGE};
pub use trades::{Memo, Side, Trader, MAX_MEMO};
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
    use alun_market_math::{lots::DEFAULT_LOT, pool::DEFAULT_FEE, price::DEFAULT_HALF_LIFE_MS};
    use alun_primitives::{
        traits::{Clock, RootStake, Settle},
        Alpha, Balance, Millis, NetUid, Ppm,
    };
    use core::marker::PhantomData;
    use frame::{deps::frame_support::weights::WeightMeter, prelude::*};

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The native token.
        type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
            + fungible::Balanced<Self::AccountId>;

        /// Turns the half-life into blocks.
        type Clock: Clock;

        /// Brings what a subnet has earned up to date, before every trade.
        type Settle: Settle;

        /// Where root parts go when they are sold.
        type Root: RootStake<Self::AccountId, Native = CreditOf<Self>>;

        /// Burns, and counts what it burns.
        type Burn: OnUnbalanced<CreditOf<Self>>;

        /// Most of each alpha that is ever issued.
        #[pallet::constant]
        type AlphaCap: Get<Alpha>;

        /// Names the accounts of the markets.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Dispatch weights.
        type WeightInfo: WeightInfo;

        /// What benchmarks need from the runtime.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId> {
        /// A subnet with an open market and emission to settle.
        fn market() -> NetUid;
        /// The `seed`-th hotkey, with a pool on root.
        fn root_hotkey(seed: u32) -> AccountId;
    }

    /// What a market's rules depend on.
    #[derive(
        Clone,
        Copy,
        Debug,
        PartialEq,
        Eq,
        Encode,
        Decode,
        DecodeWithMemTracking,
        MaxEncodedLen,
        TypeInfo,
    )]
    pub struct Settings {
        /// Fee of a trade, parts per million of its native side.
        pub fee: Ppm,
        /// Half-life of the averages, ms.
        pub half_life: Millis,
        /// Most that the chain itself trades in a block, parts per million of the reserve.
        pub lot: Ppm,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { fee: DEFAULT_FEE, half_life: DEFAULT_HALF_LIFE_MS, lot: DEFAULT_LOT }
        }
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What the rules depend on. Written at genesis only.
    #[pallet::storage]
    pub type Parameters<T: Config> = StorageValue<_, Settings, ValueQuery>;

    /// Netuid → its market.
    #[pallet::storage]
    pub type Markets<T: Config> = StorageMap<_, Twox64Concat, NetUid, Market, OptionQuery>;

    /// Netuid → the claims to the batch of root parts that collects.
    #[pallet::storage]
    pub type NextClaims<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, Claims<T::AccountId>, ValueQuery>;

    /// Netuid → the claims to the batch that is being sold.
    #[pallet::storage]
    pub type CurrentClaims<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, Claims<T::AccountId>, ValueQuery>;

    /// Netuid → what is due to whom of a batch that is sold out.
    #[pallet::storage]
    pub type Dues<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, DueList<T::AccountId>, ValueQuery>;

    /// The subnets with work for the chain's own trades, by number.
    #[pallet::storage]
    pub type Queue<T: Config> = StorageMap<_, Twox64Concat, u64, NetUid, OptionQuery>;

    /// Between which numbers the queue lies.
    #[pallet::storage]
    pub type QueueEnds<T: Config> = StorageValue<_, Ends, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A new subnet's lock seeded its pool.
        MarketOpened {
            /// Subnet.
            netuid: NetUid,
            /// Native tokens in the pool, smallest unit: the lock less an existential deposit.
            native: Balance,
            /// Alpha issued into the pool.
            alpha: Alpha,
            /// Spot price, in units of 2⁻⁶⁴.
            price: u128,
        },
        /// Alpha was traded for native tokens.
        Traded {
            /// Subnet.
            netuid: NetUid,
            /// For whom.
            trader: Trader,
            /// Which way.
            side: Side,
            /// What the trader paid (buying) or got (selling), smallest unit.
            native: Balance,
            /// What the trader got (buying) or paid (selling).
            alpha: Alpha,
            /// Burned, smallest unit: a part of what was paid, or beside what was got.
            fee: Balance,
            /// Spot price after it, in units of 2⁻⁶⁴.
            price: u128,
        },
        /// A subnet's emission entered its market.
        Injected {
            /// Subnet.
            netuid: NetUid,
            /// Into the pool, smallest unit.
            native: Balance,
            /// New alpha, into the pool.
            alpha: Alpha,
            /// Into the buyback, smallest unit.
            excess: Balance,
            /// New alpha, for the participants.
            emitted: Alpha,
        },
        /// Alpha was burned.
        AlphaBurned {
            /// Subnet.
            netuid: NetUid,
            /// How much.
            amount: Alpha,
        },
        /// A validator's root part waits to be sold.
        RootPartWaits {
            /// Subnet.
            netuid: NetUid,
            /// The validator.
            hotkey: T::AccountId,
            /// How much.
            alpha: Alpha,
        },
        /// Root parts of a validator were sold, and its stakers on root got what came of it.
        RootPartPaid {
            /// Subnet.
            netuid: NetUid,
            /// The validator.
            hotkey: T::AccountId,
            /// Smallest unit.
            native: Balance,
        },
        /// Somebody paid for use: alpha was bought and burned.
        Paid {
            /// Subnet.
            netuid: NetUid,
            /// Who.
            payer: T::AccountId,
            /// How much, smallest unit, the fee included.
            native: Balance,
            /// Alpha burned for it.
            burned: Alpha,
            /// What the payer says of it.
            memo: Memo,
        },
        /// A subnet's notice began: its alpha is not traded any more, and redeemed at native / supply.
        MarketFrozen {
            /// Subnet.
            netuid: NetUid,
            /// N: native tokens that are redeemed, smallest unit.
            native: Balance,
            /// S: all of its alpha.
            supply: Alpha,
        },
        /// Alpha was redeemed, and burned: by a staker, whose staking event says who, by the chain for
        /// stakers on root, or, once the payout began, of a holder that did not.
        Redeemed {
            /// Subnet.
            netuid: NetUid,
            /// How much.
            alpha: Alpha,
            /// What it was redeemed for, smallest unit.
            native: Balance,
        },
        /// A subnet's notice is over: what is left is paid out to its holders.
        PayoutBegan {
            /// Subnet.
            netuid: NetUid,
            /// N: all native tokens in its account, smallest unit.
            native: Balance,
            /// S: all of its alpha.
            supply: Alpha,
        },
        /// All holders were paid and the rest burned: the market is gone.
        MarketClosed {
            /// Subnet.
            netuid: NetUid,
            /// Burned: the part of the pool and of what was pending, smallest unit.
            native: Balance,
            /// The pool's alpha, burned.
            alpha: Alpha,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no market of this netuid: use the netuid of a subnet that exists; root has none.
        NoMarket,
        /// This subnet is under notice to be wound up, so nothing can be paid for its use and its alpha is
        /// not traded: its holders redeem it with stake.removeStake.
        WindingUp,
        /// The amount is so small that no alpha would come out: use a larger one; the runtime API's
        /// quote says what it buys.
        AmountTooSmall,
        /// The amount is larger than the pool can take: use a smaller one.
        AmountTooLarge,
        /// Less alpha would be burned than min_burned: ask the runtime API for a new quote, and lower
        /// the bound if you agree with it.
        BurnedTooLittle,
        /// Your free balance, less the existential deposit that keeps the account alive, is below
        /// the amount: pay less, or fund the account first.
        BalanceTooLow,
    }

    /// Markets of a new chain.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Fee of a trade, parts per million of its native side.
        pub fee: Ppm,
        /// Half-life of the averaged price and reserve, ms.
        pub half_life_ms: Millis,
        /// Most that the chain itself trades on a subnet in a block, parts per million of the
        /// reserve. Not more than the fee, or its trades are worth sandwiching.
        pub lot: Ppm,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            let Settings { fee, half_life, lot } = Settings::default();
            Self { fee, half_life_ms: half_life, lot, _config: PhantomData }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let Self { fee, half_life_ms: half_life, lot, .. } = *self;
            // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
            assert!(fee < 1_000_000, "market.fee is {fee}; it must be below 1000000 (ppm)");
            assert!(half_life > 0, "market.halfLifeMs is 0; it must be at least 1");
            assert!(lot > 0, "market.lot is 0; the chain could never trade");
            assert!(
                lot <= fee,
                "market.lot is {lot}; above market.fee, {fee}, the chain's own trades could be \
                 sandwiched at a profit",
            );
            Parameters::<T>::put(Settings { fee, half_life, lot });
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Makes the chain's own trades, before the transactions, with at most an eighth of the
        /// block.
        fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
            Self::work(meter);
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Pays for the use of a subnet: buys its alpha for `amount` native tokens, the fee included,
        /// and burns it. Refused when less than `min_burned` would be burned. `memo` is for whoever
        /// reads the event.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::pay())]
        pub fn pay(
            origin: OriginFor<T>,
            netuid: NetUid,
            amount: Balance,
            min_burned: Alpha,
            memo: Memo,
        ) -> DispatchResult {
            let payer = ensure_signed(origin)?;
            Self::do_pay(payer, netuid, amount, min_burned, memo)
        }
    }
}
