#![doc = include_str!("../README.md")]
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
mod endpoints;
mod eviction;
mod extension;
mod genesis;
mod governance;
mod hyperparameters;
mod impls;
mod invariants;
mod neurons;
mod ownership;
pub mod price;
mod registration;
mod slots;
mod swap;
mod swap_coldkey;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;
mod wind_up;

pub use extension::CheckRegistration;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;
pub use wind_up::{MIN_ROWS, WIND_UP_SHARE};

#[frame::pallet]
// FRAME's macros expand to `expect`s. What is written here by hand has none.
#[allow(clippy::expect_used)]
pub mod pallet {
    use super::*;
    use alun_primitives::{
        traits::{
            AlphaMarket, Clock, KeyRegistry, KeySuccession, OnNeuronReplaced, OnSubnet,
            OnSubnetWoundUp, PriceOracle, PruneScore,
        },
        Alpha, Balance, BlockNumber, Endpoint, Hyperparameter, Hyperparameters, Millis, NetUid,
        Uid,
    };
    use frame::{
        deps::frame_support::{dispatch::WithPostDispatchInfo, weights::WeightMeter},
        prelude::*,
        traits::fungible::{Balanced, Credit, Inspect, Mutate},
    };

    /// The layout of storage that this code reads and writes.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    /// Native tokens on their way to a market or to be burned.
    pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// The native token.
        type Currency: Inspect<Self::AccountId, Balance = Balance>
            + Mutate<Self::AccountId>
            + Balanced<Self::AccountId>;
        /// Opens a new subnet's market with its lock, and knows the averaged prices.
        type Market: AlphaMarket<Native = CreditOf<Self>> + PriceOracle;
        /// Takes registration prices out of existence, and counts them.
        type Burn: OnUnbalanced<CreditOf<Self>>;
        /// Time by the slot duration.
        type Clock: Clock;
        /// Which hotkey is whose.
        type Keys: KeyRegistry<Self::AccountId>;
        /// Which hotkey took another's place.
        type Succession: KeySuccession<Self::AccountId>;
        /// Who deserves its uid least.
        type PruneScore: PruneScore;
        /// Told when a uid gets a holder.
        type OnReplaced: OnNeuronReplaced<Self::AccountId>;
        /// Told of a subnet's start, of changes of its tempo, of its notice and its end.
        type OnSubnet: OnSubnet;
        /// Pay out and remove what they hold of a subnet whose notice is over.
        type OnWoundUp: OnSubnetWoundUp;
        /// Names the account in which the locks of those wait that have a slot reserved.
        #[pallet::constant]
        type PalletId: Get<PalletId>;
        /// Dispatch weights of the calls.
        type WeightInfo: WeightInfo;
        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: BenchmarkHelper<Self::AccountId>;
    }

    /// What benchmarks need from the runtime.
    #[cfg(feature = "runtime-benchmarks")]
    pub trait BenchmarkHelper<AccountId> {
        /// On each mechanism, gives all `neurons` of a subnet outputs of an epoch, and `uid`, held by
        /// `hotkey`, what goes when it is evicted: a permit (among as many as there can be), bonds
        /// and a row on everybody, all its commits.
        fn validator(netuid: NetUid, neurons: u16, uid: Uid, hotkey: &AccountId);

        /// Whether nothing of that is left on any mechanism.
        fn gone(netuid: NetUid, uid: Uid, hotkey: &AccountId) -> bool;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Subnets by netuid.
    #[pallet::storage]
    pub type Subnets<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, SubnetInfo<T::AccountId>, OptionQuery>;

    /// What each subnet asks of its miners.
    #[pallet::storage]
    pub type Tasks<T: Config> = StorageMap<_, Twox64Concat, NetUid, StoredTask, OptionQuery>;

    /// Free text of each subnet's owner.
    #[pallet::storage]
    pub type Metadata<T: Config> = StorageMap<_, Twox64Concat, NetUid, MetadataText, ValueQuery>;

    /// Hyperparameters of each subnet.
    #[pallet::storage]
    pub type HyperparametersOf<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, Hyperparameters, OptionQuery>;

    /// Neurons by subnet and page: uids `page × 64 ..` in order. Uids are 0..[`NeuronCount`]
    /// without gaps (N1).
    #[pallet::storage]
    pub type Neurons<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        NetUid,
        Twox64Concat,
        u8,
        NeuronPage<T::AccountId>,
        ValueQuery,
    >;

    /// The uid of a hotkey on a subnet: the inverse of [`Neurons`] (N1).
    #[pallet::storage]
    pub type Uids<T: Config> =
        StorageDoubleMap<_, Twox64Concat, NetUid, Blake2_128Concat, T::AccountId, Uid, OptionQuery>;

    /// Number of neurons of each subnet.
    #[pallet::storage]
    pub type NeuronCount<T: Config> = StorageMap<_, Twox64Concat, NetUid, u16, ValueQuery>;

    /// The registration price after the last registration, and its block. The price now is
    /// [`Pallet::registration_price`].
    #[pallet::storage]
    pub type RegistrationPrice<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, PriceMark, ValueQuery>;

    /// Endpoints of the neurons that announced one.
    #[pallet::storage]
    pub type Endpoints<T: Config> =
        StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Endpoint, OptionQuery>;

    /// To whom the owner of a subnet offers it.
    #[pallet::storage]
    pub type Offers<T: Config> = StorageMap<_, Twox64Concat, NetUid, T::AccountId, OptionQuery>;

    /// The lock of the newest subnet, and when it was paid. The next lock is [`Pallet::subnet_lock`].
    #[pallet::storage]
    pub type LastLock<T: Config> = StorageValue<_, PriceMark, ValueQuery>;

    /// The first netuid: that of root is 0.
    #[pallet::type_value]
    pub fn FirstNetuid() -> u16 {
        1
    }

    /// The lowest netuid that was never given.
    #[pallet::storage]
    pub type NextNetuid<T: Config> = StorageValue<_, u16, ValueQuery, FirstNetuid>;

    /// Netuids below [`NextNetuid`] that no subnet has any more, ascending.
    #[pallet::storage]
    pub type Vacant<T: Config> = StorageValue<_, Netuids, ValueQuery>;

    /// The subnets under notice.
    #[pallet::storage]
    pub type Notices<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, Notice<T::AccountId>, OptionQuery>;

    /// Who waits for the slot of a subnet under notice.
    #[pallet::storage]
    pub type Reservations<T: Config> =
        StorageMap<_, Twox64Concat, NetUid, Reservation<T::AccountId>, OptionQuery>;

    /// The subnets under notice by number, as their notices end.
    #[pallet::storage]
    pub type NoticeQueue<T: Config> = StorageMap<_, Twox64Concat, u64, NetUid, OptionQuery>;

    /// Between which numbers that queue lies.
    #[pallet::storage]
    pub type NoticesEnd<T: Config> = StorageValue<_, NoticeEnds, ValueQuery>;

    /// The subnet limit where genesis says nothing.
    #[pallet::type_value]
    pub fn DefaultSubnetLimit() -> u16 {
        1_024
    }

    /// Most subnets, root not counted.
    #[pallet::storage]
    pub type SubnetLimit<T: Config> = StorageValue<_, u16, ValueQuery, DefaultSubnetLimit>;

    /// What genesis decided for all subnets. Written at genesis only.
    #[pallet::storage]
    pub type GenesisKnobs<T: Config> = StorageValue<_, Knobs, ValueQuery>;

    /// What a new chain decides for its subnets.
    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Hyperparameters of a new subnet; a missing field has its default.
        pub default_hyperparameters: Hyperparameters,
        /// Lower bound of `tempo_ms`, ms.
        pub min_tempo_ms: Millis,
        /// Most subnets.
        pub subnet_limit: u16,
        /// Least lock of a new subnet, smallest unit.
        pub min_lock: Balance,
        /// Price of the first registration on a subnet, smallest unit.
        pub price_start: Balance,
        /// Least time between an owner's changes of hyperparameters, ms.
        pub owner_rate_limit_ms: Millis,
        /// Whether private and loopback endpoints are allowed.
        pub local: bool,
        /// Time after its registration in which a subnet can't be put under notice, ms.
        pub subnet_immunity_ms: Millis,
        /// Time from a subnet's notice to its being wound up, ms.
        pub notice_ms: Millis,
        #[doc(hidden)]
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            self.write();
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A subnet was registered; its market was opened just before, its name, task and first neuron
        /// follow, in events of their own.
        SubnetRegistered {
            /// Subnet.
            netuid: NetUid,
            /// The owner's coldkey.
            owner: T::AccountId,
            /// The owner's hotkey, uid 0.
            hotkey: T::AccountId,
            /// Tokens that the owner paid, and its market was opened with.
            lock: Balance,
        },
        /// A subnet's owner started it: its epochs begin and it may earn.
        SubnetStarted {
            /// Subnet.
            netuid: NetUid,
            /// The owner.
            by: T::AccountId,
        },
        /// A hyperparameter was set.
        HyperparameterSet {
            /// Subnet.
            netuid: NetUid,
            /// The value before.
            old: Hyperparameter,
            /// The value now.
            new: Hyperparameter,
            /// The owner; `None` for root.
            by: Option<T::AccountId>,
        },
        /// A subnet's task was set by its owner.
        TaskSet {
            /// Subnet.
            netuid: NetUid,
            /// The task now.
            task: StoredTask,
        },
        /// A subnet's name and metadata were set by its owner.
        MetadataSet {
            /// Subnet.
            netuid: NetUid,
            /// The name now.
            name: Name,
            /// The metadata now.
            metadata: MetadataText,
        },
        /// A hotkey took a uid.
        NeuronRegistered {
            /// Subnet.
            netuid: NetUid,
            /// Uid.
            uid: Uid,
            /// The new holder.
            hotkey: T::AccountId,
            /// Who paid.
            coldkey: T::AccountId,
            /// What was burned; 0 for the owner's hotkey.
            price: Balance,
            /// First block at which it may be evicted.
            immune_until: BlockNumber,
        },
        /// A hotkey lost its uid. Its stake stays its owners'.
        NeuronDeregistered {
            /// Subnet.
            netuid: NetUid,
            /// Uid.
            uid: Uid,
            /// The former holder.
            hotkey: T::AccountId,
            /// The hotkey that took the uid.
            by: T::AccountId,
            /// The former holder's score: emission averaged over 10 epochs, in the subnet's alpha.
            score: Alpha,
            /// Why this one.
            reason: EvictionReason,
        },
        /// A neuron announced its endpoint.
        EndpointServed {
            /// Subnet.
            netuid: NetUid,
            /// Uid.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
            /// The endpoint.
            endpoint: Endpoint,
        },
        /// A neuron withdrew its endpoint.
        EndpointWithdrawn {
            /// Subnet.
            netuid: NetUid,
            /// Uid.
            uid: Uid,
            /// Its hotkey.
            hotkey: T::AccountId,
        },
        /// A subnet's owner offered it; this replaces an offer made before.
        OwnershipOffered {
            /// Subnet.
            netuid: NetUid,
            /// The owner.
            by: T::AccountId,
            /// Who may accept it.
            to: T::AccountId,
        },
        /// A subnet's owner withdrew the offer.
        OfferWithdrawn {
            /// Subnet.
            netuid: NetUid,
            /// The owner.
            by: T::AccountId,
            /// To whom it was made.
            to: T::AccountId,
        },
        /// A subnet has a new owner, who accepted the offer. The owner's hotkey is still the same.
        OwnershipAccepted {
            /// Subnet.
            netuid: NetUid,
            /// The former owner.
            from: T::AccountId,
            /// The owner now.
            to: T::AccountId,
        },
        /// A subnet's owner set the hotkey that receives the owner cut and is never evicted.
        OwnerHotkeySet {
            /// Subnet.
            netuid: NetUid,
            /// The owner.
            by: T::AccountId,
            /// The hotkey before.
            old: T::AccountId,
            /// The hotkey now.
            new: T::AccountId,
        },
        /// Root set a subnet's number of mechanisms.
        MechanismCountSet {
            /// Subnet.
            netuid: NetUid,
            /// Before.
            old: u8,
            /// Now.
            new: u8,
        },
        /// Root set how many subnets there can be.
        SubnetLimitSet {
            /// Before.
            old: u16,
            /// Now.
            new: u16,
        },
        /// A subnet's notice began: nothing enters it any more, its alpha can be redeemed.
        NoticeBegan {
            /// Subnet.
            netuid: NetUid,
            /// Who called for it: the owner, or who waits for its slot.
            by: T::AccountId,
            /// Why.
            cause: NoticeCause,
            /// First block in which it is wound up.
            until: BlockNumber,
        },
        /// Who registered a subnet while all slots were taken gets that of a subnet under notice.
        SlotReserved {
            /// Whose slot.
            netuid: NetUid,
            /// The newcomer's coldkey.
            owner: T::AccountId,
            /// The newcomer's hotkey.
            hotkey: T::AccountId,
            /// The newcomer's name.
            name: Name,
            /// Its lock, in escrow until then.
            lock: Balance,
            /// First block in which the subnet under notice is wound up.
            until: BlockNumber,
        },
        /// A subnet's notice is over: what is left is paid out, and everything of it removed.
        WindUpBegan {
            /// Subnet.
            netuid: NetUid,
        },
        /// Nothing of a subnet is left.
        SubnetWoundUp {
            /// Its netuid.
            netuid: NetUid,
        },
        /// The hotkey of who waited for a slot is not its own any more, so it got its lock back.
        ReservationRefunded {
            /// Whose slot.
            netuid: NetUid,
            /// Who waited.
            owner: T::AccountId,
            /// What it got back.
            lock: Balance,
        },
    }

    /// Why a call was refused. Numbers in an error are places in the table of hyperparameters
    /// ([`Pallet::hyperparameter_table`], `docs/hyperparameters.md`), counted from 0.
    #[pallet::error]
    #[derive(PartialEq)]
    pub enum Error<T> {
        /// There is no subnet of this netuid. `alun view subnets` lists those there are.
        UnknownSubnet,
        /// Only the subnet's owner may do this: sign with the coldkey that registered it, or that
        /// accepted it since.
        NotOwner,
        /// The hotkey is not bound to any coldkey: bind it to yours first with stake.bindHotkey.
        HotkeyNotBound,
        /// The hotkey is bound to another coldkey than the signer: sign with that coldkey.
        HotkeyOfAnother,
        /// There are more subnets than the subnet limit allows since root lowered it: none can be
        /// registered until some are wound up or root raises the limit.
        SubnetLimitReached,
        /// The lock for a new subnet is above max_lock: raise max_lock or wait, it decays over 14
        /// days.
        LockAboveMax,
        /// The balance that can be spent is below the lock for a new subnet: add funds or wait, the
        /// lock decays over 14 days.
        BalanceBelowLock,
        /// The subnet's market could not be opened, because the lock is too small to seed a pool:
        /// genesis set min_lock too low. Nothing was registered and nothing taken.
        MarketNotOpened,
        /// The name must be 1 to 64 bytes of UTF-8 text without control characters.
        BadName,
        /// The task's parameters must be UTF-8 text: a JSON object of at most 1,024 bytes, or
        /// nothing.
        BadTaskParameters,
        /// The metadata must be UTF-8 text of at most 1,024 bytes.
        BadMetadata,
        /// The subnet has been started already; a subnet is started once.
        AlreadyStarted,
        /// The list of changes is empty: name at least one hyperparameter.
        NoChanges,
        /// A value lies outside its hyperparameter's bounds. The bounds are in
        /// docs/hyperparameters.md and in `alun subnet hyperparameters`; nothing was changed.
        OutOfBounds(u8),
        /// The owner may not set one of these hyperparameters, only root may; nothing was changed.
        RootOnly(u8),
        /// The owner may only lower this hyperparameter (the owner cut); nothing was changed.
        OnlyLowering(u8),
        /// The owner set hyperparameters too short a time ago (an hour, unless genesis says
        /// otherwise): wait, and put all changes into one call.
        OwnerChangeTooSoon,
        /// immunity_ms must exceed the reveal delay, (reveal_period + 1) × tempo_ms: raise the
        /// immunity or lower the reveal period.
        ImmunityWithinRevealDelay,
        /// weights_rate_limit_ms must not exceed tempo_ms: lower the rate limit.
        RateLimitAboveTempo,
        /// activity_cutoff_ms must be at least tempo_ms: raise the cutoff.
        CutoffBelowTempo,
        /// liquid_alpha_low must not exceed liquid_alpha_high.
        LiquidAlphaLowAboveHigh,
        /// price_min must not exceed price_max.
        PriceMinAboveMax,
        /// max_neurons must not be below the number of neurons that the subnet has.
        MaxNeuronsBelowCount,
        /// min_weights must not exceed max_neurons, or no row could be accepted: lower it.
        MinWeightsAboveMaxNeurons,
        /// The hotkey holds a uid on this subnet already; one per subnet.
        AlreadyRegistered,
        /// The registration price is above max_price: raise max_price or wait, the price halves
        /// every 36 minutes.
        PriceAboveMax,
        /// The balance that can be spent is below the registration price: add funds or wait, the
        /// price halves every 36 minutes.
        BalanceBelowPrice,
        /// The subnet is full and fewer than a quarter of its neurons could be evicted: wait until
        /// the immunity of more of them ends.
        TooFewEvictable,
        /// The signing hotkey holds no uid on this subnet: register it first.
        NotANeuron,
        /// The endpoint's port is 0: give the port that the miner listens on, 1 to 65,535.
        EndpointZeroPort,
        /// The endpoint's address cannot be reached by anyone (unspecified, multicast, broadcast
        /// or documentation): give the miner's public address.
        EndpointNotReachable,
        /// The endpoint's address is private or loopback, which only local chains allow: give the
        /// miner's public address.
        EndpointPrivate,
        /// An HTTPS endpoint needs the SHA-256 fingerprint of its certificate, and an HTTP one
        /// must not have any.
        EndpointFingerprint,
        /// The neuron announced an endpoint less than endpoint_rate_limit_ms ago: wait and retry.
        EndpointTooSoon,
        /// The neuron has no endpoint announced, so there is none to withdraw.
        NoEndpoint,
        /// A subnet has 1 to 8 mechanisms.
        BadMechanismCount,
        /// The number of mechanisms can be raised and not lowered.
        MechanismsOnlyGrow,
        /// The subnet limit is at most 4,096.
        BadSubnetLimit,
        /// The subnet is offered to its owner: name another coldkey.
        OfferToOwner,
        /// The subnet is not offered to the signer: its owner must first call offerOwnership with this
        /// coldkey.
        NotOffered,
        /// The subnet is offered to nobody, so there is no offer to withdraw.
        NoOffer,
        /// The hotkey is the owner's hotkey already: name another one.
        OwnerHotkeyAlready,
        /// The hotkey holds no uid on this subnet: register it first.
        OwnerHotkeyWithoutUid,
        /// All slots are taken, and each subnet is in its immunity or gives way to another newcomer
        /// already: wait until the immunity of one ends.
        NoSlot,
        /// This subnet is under notice to be wound up: nothing can be changed or registered on it any more.
        WindingUp,
        /// A subnet can't be wound up in its immunity, 180 days from its registration unless genesis says
        /// otherwise: wait.
        SubnetImmune,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Winds up subnets whose notice is over, before the transactions, with a quarter of the block.
        fn on_poll(now: BlockNumberFor<T>, meter: &mut WeightMeter) {
            Self::wind_up(now.saturated_into(), meter);
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
            Self::check_invariants().map_err(Into::into)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a subnet and opens its market.
        ///
        /// Where all slots are taken it waits for that of a subnet under notice for which nobody waits
        /// yet, or puts the one with the lowest averaged price outside its immunity under notice. The lock
        /// lies in escrow until that is wound up, and the market opens then; it can't be taken back.
        ///
        /// Signed by a coldkey, which becomes the owner; `hotkey` must be bound to it and takes uid
        /// 0. The owner pays the lock, which must not be above `max_lock` (smallest unit): the market
        /// opens with it, and it does not come back. The subnet's alpha trades at once; the subnet
        /// earns only after `start`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_subnet(MAX_SUBNETS.into()))]
        pub fn register_subnet(
            origin: OriginFor<T>,
            hotkey: T::AccountId,
            name: Name,
            task: StoredTask,
            max_lock: Balance,
        ) -> DispatchResultWithPostInfo {
            let owner = ensure_signed(origin)?;
            // The bound is for as many subnets as there can be; the fee is for those that there are.
            let subnets = Self::subnet_count();
            let actual = T::WeightInfo::register_subnet(subnets.into());
            Self::do_register_subnet(owner, hotkey, name, task, max_lock)
                .map_err(|error| error.with_weight(actual))?;
            Ok(Some(actual).into())
        }

        /// Starts a subnet, once: its epochs begin and it may earn. Signed by the owner.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::start())]
        pub fn start(origin: OriginFor<T>, netuid: NetUid) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_start(who, netuid)
        }

        /// Sets hyperparameters of a subnet, all of `changes` or none.
        ///
        /// Signed by the owner, within the owner's rate limit, or by root. A change of tempo
        /// applies at the next due epoch.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_hyperparameters(changes.len() as u32))]
        pub fn set_hyperparameters(
            origin: OriginFor<T>,
            netuid: NetUid,
            changes: BoundedVec<Hyperparameter, ConstU32<MAX_CHANGES>>,
        ) -> DispatchResult {
            let by = ensure_signed_or_root(origin)?;
            Self::do_set_hyperparameters(by, netuid, changes)
        }

        /// Sets what a subnet asks of its miners. Signed by the owner.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_task())]
        pub fn set_task(origin: OriginFor<T>, netuid: NetUid, task: StoredTask) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_task(who, netuid, task)
        }

        /// Sets a subnet's name and metadata. Signed by the owner.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_metadata())]
        pub fn set_metadata(
            origin: OriginFor<T>,
            netuid: NetUid,
            name: Name,
            metadata: MetadataText,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_metadata(who, netuid, name, metadata)
        }

        /// Registers a neuron by burning the current registration price.
        ///
        /// Signed by the coldkey to which `hotkey` is bound. Refused when the price is above
        /// `max_price` (smallest unit). In a full subnet the neuron with the lowest score leaves.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::register(MAX_NEURONS))]
        pub fn register(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: T::AccountId,
            max_price: Balance,
        ) -> DispatchResultWithPostInfo {
            let coldkey = ensure_signed(origin)?;
            // The bound is for the largest subnet there can be; the fee is for this one.
            let neurons = NeuronCount::<T>::get(netuid);
            let actual = T::WeightInfo::register(neurons.into());
            Self::do_register(coldkey, netuid, hotkey, max_price)
                .map_err(|error| error.with_weight(actual))?;
            Ok(Some(actual).into())
        }

        /// Announces where a neuron serves. Signed by its hotkey, within the subnet's
        /// `endpoint_rate_limit_ms`. `announced_at` is overwritten with the current block.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::serve())]
        pub fn serve(origin: OriginFor<T>, netuid: NetUid, endpoint: Endpoint) -> DispatchResult {
            let hotkey = ensure_signed(origin)?;
            Self::do_serve(hotkey, netuid, endpoint)
        }

        /// Withdraws a neuron's endpoint. Signed by its hotkey.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::unserve())]
        pub fn unserve(origin: OriginFor<T>, netuid: NetUid) -> DispatchResult {
            let hotkey = ensure_signed(origin)?;
            Self::do_unserve(hotkey, netuid)
        }

        /// Raises a subnet's number of mechanisms, to at most 8. Root only.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::set_mechanism_count())]
        pub fn set_mechanism_count(
            origin: OriginFor<T>,
            netuid: NetUid,
            count: u8,
        ) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_set_mechanism_count(netuid, count)
        }

        /// Sets how many subnets there can be, root not counted, at most 4,096. Root only. A limit
        /// below the present number removes none; it only stops new ones.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::set_subnet_limit())]
        pub fn set_subnet_limit(origin: OriginFor<T>, limit: u16) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_set_subnet_limit(limit)
        }

        /// Offers a subnet to another coldkey, which becomes the owner when it accepts. Replaces an
        /// offer made before. Signed by the owner.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::offer_ownership())]
        pub fn offer_ownership(
            origin: OriginFor<T>,
            netuid: NetUid,
            to: T::AccountId,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_offer_ownership(who, netuid, to)
        }

        /// Accepts a subnet that its owner offers to the signer.
        ///
        /// The owner's hotkey stays what it is, and with it whose the owner cut is: register a hotkey
        /// on the subnet, and call `set_owner_hotkey`.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::accept_ownership())]
        pub fn accept_ownership(origin: OriginFor<T>, netuid: NetUid) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_accept_ownership(who, netuid)
        }

        /// Withdraws the offer of a subnet. Signed by the owner.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::withdraw_offer())]
        pub fn withdraw_offer(origin: OriginFor<T>, netuid: NetUid) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_offer(who, netuid)
        }

        /// Sets the owner's hotkey, which receives the owner cut and is never evicted. Signed by the
        /// owner, to whom `hotkey` must be bound; it must hold a uid on the subnet.
        #[pallet::call_index(13)]
        #[pallet::weight(T::WeightInfo::set_owner_hotkey())]
        pub fn set_owner_hotkey(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: T::AccountId,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_owner_hotkey(who, netuid, hotkey)
        }

        /// Puts a subnet under notice to be wound up, after its immunity. Signed by the owner. From then on
        /// nothing enters it, and its alpha can be redeemed; nobody can take the notice back.
        #[pallet::call_index(14)]
        #[pallet::weight(T::WeightInfo::announce_wind_up())]
        pub fn announce_wind_up(origin: OriginFor<T>, netuid: NetUid) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_announce_wind_up(who, netuid)
        }
    }
}
