//! The pages that an epoch is worked off in.

use crate::{
    frozen::Rule,
    work::{Stage, PAY_PAGE},
    Bonds, Changed, Config, Event, FrozenHeads, MatrixId, Pallet, Permits, QueuedEpoch, Step,
    WeightInfo, Work,
};
use alun_primitives::{
    traits::{NeuronRegistry, StakeView, WeightMatrix},
    BlockNumber,
};
use frame::prelude::*;

/// How many lenders a hotkey has at most, and to how many one lends (`pallets/stake/src/children.rs`).
const LENDERS_OF_ONE: u32 = 5;
const LENT_BY_ONE: u32 = 5;

/// Most commits that are dropped in one page.
pub(crate) const EXPIRE_PAGE: u32 = 256;

/// The next thing to do for the oldest queued epoch, with what its cost depends on. A page is done
/// in one block or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Removing the frozen input of the epoch before.
    Clear { scorers: u32 },
    /// Dropping commits that nobody revealed, with the rows that they were to replace.
    Expire { commits: u32, neurons: u32 },
    /// Freezing the input, in which so many hotkeys lend weight.
    Freeze { validators: u32, neurons: u32, lenders: u32 },
    /// Computing it.
    Compute { rule: Rule, validators: u32, neurons: u32, entries: u32 },
    /// Paying some of the neurons, and so many lenders with them.
    Pay { page: u16, neurons: u32, lenders: u32 },
    /// Publishing the results.
    Finish { neurons: u32, validators: u16, bond_entries: u32 },
}

impl Page {
    /// What comes next for `item`, which is the oldest of the queue.
    pub(crate) fn next<T: Config>(item: &QueuedEpoch) -> Self {
        let Some(work) = Work::<T>::get() else { return Self::first::<T>(item) };
        let neurons = u32::from(work.neurons);
        match work.stage {
            Stage::Frozen => {
                let validators = u32::from(work.validators);
                // At most 258 · 4,096. No validator has more entries than there are neurons.
                let entries = work.entries.min(validators.saturating_mul(neurons));
                // There is one (C5). If there were none, computing would fail at once.
                let head = FrozenHeads::<T>::get(item.matrix());
                let rule = head.map_or(Rule::Classic, |head| head.rule());
                Self::Compute { rule, validators, neurons, entries }
            }
            Stage::Computed { next, validators, bond_entries } if next >= work.pages() => {
                Self::Finish { neurons, validators, bond_entries }
            }
            Stage::Computed { next, .. } => {
                // Saturation: at most 4,096, and the page is one that there is.
                let before = u32::from(next).saturating_mul(PAY_PAGE.into());
                let neurons = neurons.saturating_sub(before).min(PAY_PAGE.into());
                // Each neuron may have as many, and each lender may lend to as many.
                let lent = T::Stake::lenders(item.netuid).saturating_mul(LENT_BY_ONE);
                let lenders = neurons.saturating_mul(LENDERS_OF_ONE).min(lent);
                Self::Pay { page: next, neurons, lenders }
            }
        }
    }

    fn first<T: Config>(item: &QueuedEpoch) -> Self {
        let matrix = item.matrix();
        if let Some(head) = FrozenHeads::<T>::get(matrix) {
            return Self::Clear { scorers: u32::try_from(head.scorers.len()).unwrap_or(u32::MAX) };
        }
        let neurons = u32::from(T::Neurons::neuron_count(item.netuid));
        // Of whoever held a permit when it committed, which is not who holds one now.
        let commits = T::Weights::expiring(item.netuid, item.mechanism, Pallet::<T>::now());
        if commits > 0 {
            return Self::Expire { commits: commits.min(EXPIRE_PAGE), neurons };
        }
        let permits = Permits::<T>::decode_len(matrix).unwrap_or(0);
        // The owner's row is read too, with or without a permit.
        let validators = u32::try_from(permits).unwrap_or(u32::MAX).saturating_add(1);
        let lenders = T::Stake::lenders(item.netuid);
        Self::Freeze { validators: validators.min(neurons), neurons, lenders }
    }

    /// What it costs at most.
    pub(crate) fn cost<T: Config>(&self) -> Weight {
        // What a matrix costs beyond one in which one validator scores each neuron.
        let beyond = |of: fn(u32) -> Weight, entries| of(entries).saturating_sub(of(0));
        match *self {
            Self::Clear { scorers } => T::WeightInfo::clear(scorers),
            Self::Expire { commits, neurons } => {
                // Each may take along a row that scores every neuron: at most 256 · 4,096.
                let dense = commits.saturating_mul(neurons);
                T::WeightInfo::expire(commits)
                    .saturating_add(beyond(T::WeightInfo::expire_entries, dense))
            }
            Self::Freeze { validators, neurons, lenders } => {
                // Every validator may score every neuron: at most 258 · 4,096.
                let dense = validators.saturating_mul(neurons);
                T::WeightInfo::freeze(validators, neurons)
                    .saturating_add(beyond(T::WeightInfo::freeze_entries, dense))
                    .saturating_add(beyond(T::WeightInfo::freeze_lenders, lenders))
            }
            Self::Compute { rule, validators: v, neurons: n, entries: e } => match rule {
                Rule::Classic => T::WeightInfo::compute_classic(v, n)
                    .saturating_add(beyond(T::WeightInfo::compute_classic_entries, e)),
                Rule::StakeFree => T::WeightInfo::compute(v, n)
                    .saturating_add(beyond(T::WeightInfo::compute_entries, e)),
                Rule::LiquidAlpha => T::WeightInfo::compute_liquid_alpha(v, n)
                    .saturating_add(beyond(T::WeightInfo::compute_liquid_alpha_entries, e)),
            },
            Self::Pay { neurons, lenders, .. } => T::WeightInfo::pay(neurons)
                .saturating_add(beyond(T::WeightInfo::pay_lenders, lenders)),
            Self::Finish { neurons, .. } => T::WeightInfo::finish(neurons),
        }
    }

    /// What it costs at most to give the epoch up instead.
    pub(crate) fn cost_to_fail<T: Config>(&self) -> Weight {
        match *self {
            Self::Compute { validators, .. } => T::WeightInfo::clear(validators),
            _ => T::WeightInfo::clear(0),
        }
    }

    /// Does it; `true` when the epoch is over, finished or failed.
    pub(crate) fn run<T: Config>(self, item: QueuedEpoch, now: BlockNumber) -> bool {
        let work = Work::<T>::get();
        let done = match (self, work) {
            (Self::Clear { .. }, _) => {
                Pallet::<T>::clear_frozen(item.matrix());
                Ok(false)
            }
            (Self::Expire { commits, .. }, _) => {
                T::Weights::drop_expired(item.netuid, item.mechanism, now, commits);
                Ok(false)
            }
            (Self::Freeze { .. }, _) => Pallet::<T>::freeze(item, now).map(|()| false),
            (Self::Compute { .. }, Some(work)) => Pallet::<T>::compute(work, now).map(|()| false),
            (Self::Pay { page, .. }, Some(work)) => {
                Pallet::<T>::pay_page(work, page);
                Ok(false)
            }
            (Self::Finish { validators, bond_entries, .. }, Some(work)) => {
                Pallet::<T>::finish(work, validators, bond_entries, now);
                Ok(true)
            }
            // Pages after the second exist only where there is an epoch in work.
            (_, None) => Err(Step::Gather),
        };
        done.unwrap_or_else(|step| {
            Pallet::<T>::fail(item, step);
            true
        })
    }
}

impl<T: Config> Pallet<T> {
    /// Ends an epoch that can't be executed. Everything stays as the one before left it; its pay
    /// waits for the next one.
    pub(crate) fn fail(item: QueuedEpoch, step: Step) {
        if Work::<T>::get().is_some_and(|work| work.item == item) {
            Self::forget_work(item.matrix());
        }
        let QueuedEpoch { netuid, mechanism, epoch, .. } = item;
        Self::deposit_event(Event::EpochFailed { netuid, mechanism, epoch, step });
    }

    /// Drops what is known of the epoch in work, which is of this matrix.
    pub(crate) fn forget_work(matrix: MatrixId) {
        let changed = Changed::<T>::take();
        if Work::<T>::take().is_some() && !changed.is_empty() {
            // Their bonds were kept as part of the frozen input.
            let live = Self::generation(matrix, Self::live_generation(matrix));
            let scorers = FrozenHeads::<T>::get(matrix).map(|head| head.scorers);
            for uid in scorers.unwrap_or_default().iter().filter(|uid| changed.contains(uid)) {
                Bonds::<T>::remove(live, uid);
            }
        }
    }
}
