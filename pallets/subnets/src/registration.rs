//! Registering subnets and neurons: who may, what it costs, what changes hands.

use crate::{
    price, slots::Slot, types::*, Config, CreditOf, Endpoints, Error, Event, GenesisKnobs,
    HyperparametersOf, LastLock, NeuronCount, Pallet, RegistrationPrice, Subnets, Tasks, Uids,
};
use alun_primitives::{
    traits::{AlphaMarket, Clock, KeyRegistry, OnNeuronReplaced},
    Alpha, Balance, BlockNumber, Hyperparameters, Millis, NetUid, Uid,
};
use frame::{
    deps::sp_runtime::ArithmeticError,
    prelude::*,
    traits::{
        fungible::{Balanced, Inspect},
        tokens::{Fortitude, Precision, Preservation},
    },
};

/// A uid for a newcomer.
struct Seat<AccountId> {
    uid: Uid,
    /// Who leaves it, with its score.
    former: Option<(AccountId, Alpha)>,
}

impl<T: Config> Pallet<T> {
    /// The current block.
    pub(crate) fn now() -> BlockNumber {
        // Saturation: a chain of one-second blocks gets there after 136 years.
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// Time since a block.
    fn elapsed_since(block: BlockNumber, now: BlockNumber) -> Millis {
        // Saturation: a longer time only means a price fully decayed.
        u64::from(now.saturating_sub(block)).saturating_mul(T::Clock::slot_ms())
    }

    /// What the next subnet pays, for its market to open with.
    pub fn subnet_lock() -> Balance {
        let last = LastLock::<T>::get();
        let elapsed = Self::elapsed_since(last.block, Self::now());
        price::subnet_lock(last.price, elapsed, GenesisKnobs::<T>::get().min_lock)
    }

    /// What the next registration on a subnet burns; `None` for an unknown subnet.
    pub fn registration_price(netuid: NetUid) -> Option<Balance> {
        let values = HyperparametersOf::<T>::get(netuid)?;
        Some(Self::price_now(netuid, &values))
    }

    fn price_now(netuid: NetUid, values: &Hyperparameters) -> Balance {
        let mark = RegistrationPrice::<T>::get(netuid);
        let decayed = price::decayed(mark.price, Self::elapsed_since(mark.block, Self::now()));
        clamped(decayed, values)
    }

    /// Refuses a hotkey that is not bound to `coldkey` (invariant X3).
    pub(crate) fn ensure_bound(hotkey: &T::AccountId, coldkey: &T::AccountId) -> DispatchResult {
        let bound_to = T::Keys::coldkey_of(hotkey).ok_or(Error::<T>::HotkeyNotBound)?;
        ensure!(bound_to == *coldkey, Error::<T>::HotkeyOfAnother);
        Ok(())
    }

    pub(crate) fn do_register_subnet(
        owner: T::AccountId,
        hotkey: T::AccountId,
        name: Name,
        task: StoredTask,
        max_lock: Balance,
    ) -> DispatchResult {
        Self::ensure_bound(&hotkey, &owner)?;
        Self::ensure_name(&name)?;
        Self::ensure_task(&task)?;
        let slot = Self::find_slot()?;
        let lock = Self::subnet_lock();
        ensure!(lock <= max_lock, Error::<T>::LockAboveMax);
        let paid = Self::withdraw(&owner, lock, Error::<T>::BalanceBelowLock)?;
        LastLock::<T>::put(PriceMark { price: lock, block: Self::now() });
        let newcomer = Reservation { owner, hotkey, name, task, lock };
        match slot {
            Slot::Free(netuid) => {
                Self::occupy(netuid)?;
                // A call that fails is undone as a whole, the withdrawal included.
                let seeded = T::Market::open(netuid, paid);
                seeded.map_err(|_| Error::<T>::MarketNotOpened)?;
                Self::create(netuid, newcomer)
            }
            Slot::Reserved(netuid) => Self::reserve(netuid, newcomer, paid),
            Slot::Lowest(netuid) => {
                Self::open_notice(netuid, NoticeCause::LowestPrice, &newcomer.owner)?;
                Self::reserve(netuid, newcomer, paid)
            }
        }
    }

    /// A subnet whose market is open begins to exist.
    pub(crate) fn create(netuid: NetUid, newcomer: Reservation<T::AccountId>) -> DispatchResult {
        let Reservation { owner, hotkey, name, task, lock } = newcomer;
        let now = Self::now();
        let knobs = GenesisKnobs::<T>::get();
        let values = knobs.default_hyperparameters;
        Subnets::<T>::insert(
            netuid,
            SubnetInfo {
                owner: owner.clone(),
                owner_hotkey: hotkey.clone(),
                name: name.clone(),
                lock,
                registered_at: now,
                started_at: None,
                mechanisms: 1,
                owner_changed_at: None,
            },
        );
        Tasks::<T>::insert(netuid, &task);
        HyperparametersOf::<T>::insert(netuid, values);
        let start = clamped(knobs.price_start, &values);
        RegistrationPrice::<T>::insert(netuid, PriceMark { price: start, block: now });
        Self::deposit_event(Event::SubnetRegistered {
            netuid,
            owner: owner.clone(),
            hotkey: hotkey.clone(),
            lock,
        });
        let metadata = MetadataText::default();
        Self::deposit_event(Event::MetadataSet { netuid, name, metadata });
        Self::deposit_event(Event::TaskSet { netuid, task });
        let seat = Seat { uid: Uid(0), former: None };
        Self::seat(netuid, seat, hotkey, owner, 0, &values)
    }

    /// Takes tokens that an account can spend and stay alive without.
    fn withdraw(
        who: &T::AccountId,
        amount: Balance,
        too_poor: Error<T>,
    ) -> Result<CreditOf<T>, DispatchError> {
        let (keep, polite) = (Preservation::Preserve, Fortitude::Polite);
        ensure!(T::Currency::reducible_balance(who, keep, polite) >= amount, too_poor);
        T::Currency::withdraw(who, amount, Precision::Exact, keep, polite)
    }

    pub(crate) fn do_register(
        coldkey: T::AccountId,
        netuid: NetUid,
        hotkey: T::AccountId,
        max_price: Balance,
    ) -> DispatchResult {
        let subnet = Subnets::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        let values = HyperparametersOf::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        Self::ensure_not_winding_up(netuid)?;
        Self::ensure_bound(&hotkey, &coldkey)?;
        ensure!(!Uids::<T>::contains_key(netuid, &hotkey), Error::<T>::AlreadyRegistered);
        let price = Self::price_now(netuid, &values);
        ensure!(price <= max_price, Error::<T>::PriceAboveMax);
        let seat = Self::find_seat(netuid, &subnet.owner_hotkey, &values)?;

        let burned = Self::withdraw(&coldkey, price, Error::<T>::BalanceBelowPrice)?;
        T::Burn::on_unbalanced(burned);
        let grown = clamped(price::grown(price), &values);
        RegistrationPrice::<T>::insert(netuid, PriceMark { price: grown, block: Self::now() });
        Self::seat(netuid, seat, hotkey, coldkey, price, &values)
    }

    /// A new uid while there is room, else that of the neuron that leaves.
    fn find_seat(
        netuid: NetUid,
        owner_hotkey: &T::AccountId,
        values: &Hyperparameters,
    ) -> Result<Seat<T::AccountId>, DispatchError> {
        let neurons = NeuronCount::<T>::get(netuid);
        if neurons < values.max_neurons {
            return Ok(Seat { uid: Uid(neurons), former: None });
        }
        let leaver = Self::leaver(netuid, neurons, owner_hotkey, Self::now())?;
        let neuron = Self::neuron(netuid, leaver.uid).ok_or(Error::<T>::TooFewEvictable)?;
        Ok(Seat { uid: leaver.uid, former: Some((neuron.hotkey, leaver.score)) })
    }

    /// Gives a uid to a hotkey. Nothing of a former holder stays: its endpoint goes here, its
    /// rows, commits and bonds by [`OnNeuronReplaced`].
    fn seat(
        netuid: NetUid,
        seat: Seat<T::AccountId>,
        hotkey: T::AccountId,
        coldkey: T::AccountId,
        price: Balance,
        values: &Hyperparameters,
    ) -> DispatchResult {
        let Seat { uid, former } = seat;
        let now = Self::now();
        // Saturation: the end of immunity may lie past the last block there can be.
        let immune_until = now.saturating_add(T::Clock::to_blocks(values.immunity_ms));
        if let Some((former, score)) = &former {
            Uids::<T>::remove(netuid, former);
            Endpoints::<T>::remove(netuid, uid);
            Self::deposit_event(Event::NeuronDeregistered {
                netuid,
                uid,
                hotkey: former.clone(),
                by: hotkey.clone(),
                score: *score,
                reason: EvictionReason::LowestScore,
            });
        } else {
            let neurons = uid.0.checked_add(1).ok_or(ArithmeticError::Overflow)?;
            NeuronCount::<T>::insert(netuid, neurons);
        }
        Uids::<T>::insert(netuid, &hotkey, uid);
        let neuron =
            Neuron { hotkey: hotkey.clone(), registered_at: now, immune_until, announced_at: None };
        ensure!(Self::put_neuron(netuid, uid, neuron), ArithmeticError::Overflow);
        let former = former.as_ref().map(|(hotkey, _)| hotkey);
        T::OnReplaced::on_neuron_replaced(netuid, uid, former, &hotkey);
        Self::deposit_event(Event::NeuronRegistered {
            netuid,
            uid,
            hotkey,
            coldkey,
            price,
            immune_until,
        });
        Ok(())
    }
}

/// A price within the subnet's bounds. (`Ord::clamp` panics when they are crossed.)
fn clamped(price: Balance, values: &Hyperparameters) -> Balance {
    price.max(values.price_min).min(values.price_max)
}
