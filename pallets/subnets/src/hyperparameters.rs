//! Setting hyperparameters: bounds, setters, agreement between them, the owner's rate limit.

use crate::{
    types::MAX_CHANGES, Config, Error, Event, GenesisKnobs, HyperparametersOf, NeuronCount, Pallet,
    Subnets,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{Clock, OnSubnet},
    Bounds, CrossCheck, Hyperparameter, Hyperparameters, Millis, NetUid, Setter, HYPERPARAMETERS,
};
use frame::prelude::*;

/// A row of the table with the chain's own lower bound of the tempo.
fn with_min_tempo(bounds: &Bounds, min_tempo_ms: Millis) -> Bounds {
    if bounds.name == "tempo_ms" {
        Bounds { min: min_tempo_ms, ..*bounds }
    } else {
        *bounds
    }
}

/// Place of a hyperparameter in the table, as errors carry it.
fn index_of(parameter: &Hyperparameter) -> u8 {
    let position = HYPERPARAMETERS.iter().position(|bounds| bounds.name == parameter.name());
    // Every parameter is in the table, which has far fewer than 255 rows.
    position.and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
}

/// Whether a value lies within its bounds on a chain whose shortest tempo is `min_tempo_ms`.
pub(crate) fn within_bounds(parameter: &Hyperparameter, min_tempo_ms: Millis) -> bool {
    HYPERPARAMETERS
        .iter()
        .filter(|bounds| bounds.name == parameter.name())
        .map(|bounds| with_min_tempo(bounds, min_tempo_ms))
        .all(|bounds| (bounds.min..=bounds.max).contains(&parameter.number()))
}

/// Whether all values lie within their bounds and agree with each other.
pub(crate) fn sound(values: &Hyperparameters, min_tempo_ms: Millis) -> bool {
    values.list().all(|parameter| within_bounds(&parameter, min_tempo_ms))
        && values.cross_check().is_ok()
}

impl<T: Config> Pallet<T> {
    /// The table of hyperparameters with this chain's bounds. The number in
    /// [`Error::OutOfBounds`] and its kin is an index into it.
    pub fn hyperparameter_table() -> Vec<Bounds> {
        let min_tempo_ms = GenesisKnobs::<T>::get().min_tempo_ms;
        HYPERPARAMETERS.iter().map(|bounds| with_min_tempo(bounds, min_tempo_ms)).collect()
    }

    /// Sets several hyperparameters, all or none; `by` is the owner, `None` for root.
    pub(crate) fn do_set_hyperparameters(
        by: Option<T::AccountId>,
        netuid: NetUid,
        changes: BoundedVec<Hyperparameter, ConstU32<MAX_CHANGES>>,
    ) -> DispatchResult {
        let mut subnet = Subnets::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        let before = HyperparametersOf::<T>::get(netuid).ok_or(Error::<T>::UnknownSubnet)?;
        Self::ensure_not_winding_up(netuid)?;
        ensure!(!changes.is_empty(), Error::<T>::NoChanges);
        let now = Self::now();
        let knobs = GenesisKnobs::<T>::get();
        if let Some(who) = &by {
            ensure!(*who == subnet.owner, Error::<T>::NotOwner);
            let limit = T::Clock::to_blocks(knobs.owner_rate_limit_ms);
            // Saturation: a limit past the last block there can be is never over.
            let free_at = subnet.owner_changed_at.map_or(0, |last| last.saturating_add(limit));
            ensure!(now >= free_at, Error::<T>::OwnerChangeTooSoon);
        }
        let mut values = before;
        let mut applied = Vec::with_capacity(changes.len());
        for new in changes {
            let old = Self::apply(&mut values, new, by.is_none(), knobs.min_tempo_ms)?;
            applied.push((old, new));
        }
        Self::ensure_agreement(netuid, &values)?;

        HyperparametersOf::<T>::insert(netuid, values);
        if by.is_some() {
            subnet.owner_changed_at = Some(now);
            Subnets::<T>::insert(netuid, &subnet);
        }
        if values.tempo_ms != before.tempo_ms && subnet.started_at.is_some() {
            T::OnSubnet::on_tempo_changed(netuid, now, Self::tempo_blocks(&values));
        }
        for (old, new) in applied {
            Self::deposit_event(Event::HyperparameterSet { netuid, old, new, by: by.clone() });
        }
        Ok(())
    }

    /// Blocks between epochs, at least 1.
    pub(crate) fn tempo_blocks(values: &Hyperparameters) -> u32 {
        T::Clock::to_blocks(values.tempo_ms).max(1)
    }

    /// Makes one change, if its setter and its bounds allow it; gives the value before.
    fn apply(
        values: &mut Hyperparameters,
        new: Hyperparameter,
        root: bool,
        min_tempo_ms: Millis,
    ) -> Result<Hyperparameter, Error<T>> {
        let index = index_of(&new);
        ensure!(root || new.setter() != Setter::Root, Error::<T>::RootOnly(index));
        ensure!(within_bounds(&new, min_tempo_ms), Error::<T>::OutOfBounds(index));
        let old = values.set(new);
        let raises = new.number() > old.number();
        ensure!(
            root || new.setter() != Setter::OwnerLowering || !raises,
            Error::<T>::OnlyLowering(index)
        );
        Ok(old)
    }

    fn ensure_agreement(netuid: NetUid, values: &Hyperparameters) -> DispatchResult {
        values.cross_check().map_err(|why| match why {
            CrossCheck::ImmunityWithinRevealDelay => Error::<T>::ImmunityWithinRevealDelay,
            CrossCheck::RateLimitAboveTempo => Error::<T>::RateLimitAboveTempo,
            CrossCheck::CutoffBelowTempo => Error::<T>::CutoffBelowTempo,
            CrossCheck::LiquidAlphaLowAboveHigh => Error::<T>::LiquidAlphaLowAboveHigh,
            CrossCheck::PriceMinAboveMax => Error::<T>::PriceMinAboveMax,
        })?;
        let neurons = NeuronCount::<T>::get(netuid);
        ensure!(values.max_neurons >= neurons, Error::<T>::MaxNeuronsBelowCount);
        // No row could ever be long enough.
        ensure!(values.min_weights <= values.max_neurons, Error::<T>::MinWeightsAboveMaxNeurons);
        Ok(())
    }
}
