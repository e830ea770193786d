//! Paying the epoch in work page by page, and finishing it.

use crate::{
    work::{Stage, PAY_PAGE},
    Award, AwardPage, Awards, Changed, Config, Event, Executed, InWork, LastEpoch, LastPayout,
    MatrixId, Outcome, Outputs, Pallet, PermitList, Permits, QueuedEpoch, Work,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EpochDue, EpochPayout},
    Alpha, BlockNumber, Uid,
};
use frame::prelude::*;

/// What the awards of an epoch come to.
struct Results {
    outcomes: Vec<Outcome>,
    permits: Vec<Uid>,
    paid: Alpha,
}

impl<T: Config> Pallet<T> {
    /// Pays the neurons of a page. That they were paid is stored with what they got, in the same
    /// block as the payment itself. A hotkey that lost its uid since is still paid what it earned.
    pub(crate) fn pay_page(work: InWork, page: u16) {
        let matrix = work.item.matrix();
        let mut awards = Awards::<T>::get(matrix, page);
        let due = |award: &Award<_>| !award.as_miner.is_zero() || !award.as_validator.is_zero();
        let dues: Vec<_> = uids_of(page)
            .zip(&awards)
            .filter(|(_, award)| due(award))
            .map(|(uid, award)| EpochDue {
                uid,
                hotkey: award.hotkey.clone(),
                incentive: award.as_miner,
                dividends: award.as_validator,
            })
            .collect();
        if !dues.is_empty() {
            let reached = T::Payout::pay(work.item.netuid, work.item.mechanism, &dues);
            for (award, reached) in awards.iter_mut().filter(|award| due(award)).zip(reached) {
                award.paid = reached.amount();
                award.reward = reached.dividends;
            }
            Awards::<T>::insert(matrix, page, awards);
        }
        if let Stage::Computed { validators, bond_entries, .. } = work.stage {
            // Saturation: at most 128 pages.
            let next = page.saturating_add(1);
            let stage = Stage::Computed { next, validators, bond_entries };
            Work::<T>::put(InWork { stage, ..work });
        }
    }

    /// Closes the payout and makes the epoch the last one: its permits, bonds and outputs hold from
    /// here on, all at once.
    pub(crate) fn finish(work: InWork, validators: u16, bond_entries: u32, now: BlockNumber) {
        let QueuedEpoch { netuid, mechanism, epoch, due_at } = work.item;
        let matrix = work.item.matrix();
        let returned = T::Payout::close(netuid, mechanism);
        LastPayout::<T>::mutate_extant(matrix, |record| {
            record.returned = returned;
            record.closed_at = Some(now);
        });
        let mut changed = Changed::<T>::take();
        changed.sort();
        let Results { outcomes, permits, paid } = results::<T>(&work, &changed);
        // As many as neurons and permits, which were checked not to be too many.
        Outputs::<T>::insert(matrix, BoundedVec::truncate_from(outcomes));
        Permits::<T>::insert(matrix, PermitList::truncate_from(permits));
        let generation = Self::spare_generation(matrix);
        let block = work.frozen_at;
        LastEpoch::<T>::insert(matrix, Executed { epoch, block, generation, bond_entries });
        Work::<T>::kill();
        Self::deposit_event(Event::EpochRan {
            netuid,
            mechanism,
            epoch,
            due_at,
            frozen_at: block,
            lag: now.saturating_sub(due_at),
            neurons: work.neurons,
            validators,
            paid,
        });
    }

    /// Every award of a matrix with its uid, as the last epoch, or the one in work, decided them.
    pub fn awards(matrix: MatrixId) -> impl Iterator<Item = (Uid, Award<T::AccountId>)> {
        (0u16..)
            .map(move |page| (page, Awards::<T>::get(matrix, page)))
            .take_while(|(_, awards)| !awards.is_empty())
            .flat_map(|(page, awards): (_, AwardPage<_>)| uids_of(page).zip(awards))
    }
}

/// The uids of a page.
fn uids_of(page: u16) -> impl Iterator<Item = Uid> {
    // Saturation: at most 4,096 uids.
    (page.saturating_mul(PAY_PAGE)..).map(Uid)
}

/// What is stored of the epoch. A uid that changed hands (`changed`, ascending) since its input was
/// frozen has nothing of its former holder's.
fn results<T: Config>(work: &InWork, changed: &[Uid]) -> Results {
    let matrix = work.item.matrix();
    let mut results = Results { outcomes: Vec::new(), permits: Vec::new(), paid: Alpha::ZERO };
    let before = Outputs::<T>::get(matrix).into_iter();
    let former = before.chain(core::iter::repeat(Outcome::default()));
    for ((uid, award), former) in Pallet::<T>::awards(matrix).zip(former) {
        // Saturation: no more than the alpha that there is.
        results.paid = results.paid.saturating_add(award.paid);
        if changed.binary_search(&uid).is_ok() {
            results.outcomes.push(Outcome::default());
            continue;
        }
        if award.permit {
            results.permits.push(uid);
        }
        let (prune_score, scored) = former.next_score(award.paid);
        results.outcomes.push(Outcome {
            active: award.active,
            consensus: award.consensus,
            validator_trust: award.validator_trust,
            incentive: award.incentive,
            dividends: award.dividends,
            emission: award.paid,
            prune_score,
            scored,
        });
    }
    results
}
