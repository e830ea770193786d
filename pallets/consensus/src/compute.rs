//! Computing an epoch from its frozen input, and dividing its pay.

use crate::{
    work::{PayRecord, Stage, PAY_PAGE},
    Award, AwardPage, Awards, Bonds, Changed, Config, FrozenHeads, FrozenInput, InWork, LastPayout,
    MatrixId, PackedRow, Pallet, PermitList, Plans, QueuedEpoch, Step, Work,
};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EpochPayout, EpochShare, Opening, PoolReward},
    Alpha, BlockNumber, Uid,
};
use alun_yuma::Output;

impl<T: Config> Pallet<T> {
    /// Computes the epoch in work, stores its new bonds beside the live ones, and fixes what is due
    /// to whom. If it can't be computed, nothing changes.
    pub(crate) fn compute(work: InWork, now: BlockNumber) -> Result<(), Step> {
        let matrix = work.item.matrix();
        let head = FrozenHeads::<T>::get(matrix).ok_or(Step::Gather)?;
        let frozen = Self::rebuild(matrix, head);
        let output = alun_yuma::epoch(&frozen.input()).inspect_err(|error| {
            let QueuedEpoch { netuid, mechanism, epoch, .. } = work.item;
            frame::log::error!(
                target: "consensus",
                "epoch {epoch} of subnet {netuid}, mechanism {mechanism}: {error}"
            );
        })?;
        let bonds = new_bonds(&output)?;
        // From here on nothing fails.
        let bond_entries = Self::store_bonds(matrix, bonds);
        let opening = Self::open_payout(&work, &frozen, &output, now);
        store_awards::<T>(matrix, frozen.hotkeys, &output, &opening);
        let validators = output.neurons.iter().filter(|neuron| neuron.active_stake > 0).count();
        // Uids are `u16`, so the number fits.
        let validators = u16::try_from(validators).unwrap_or(u16::MAX);
        let stage = Stage::Computed { next: 0, validators, bond_entries };
        Work::<T>::put(InWork { stage, ..work });
        Ok(())
    }

    /// Stores new bonds, but not of uids that changed hands since the input was frozen. Returns the
    /// number of their entries.
    fn store_bonds(matrix: MatrixId, bonds: Vec<(Uid, PackedRow)>) -> u32 {
        let changed = Changed::<T>::get();
        let spare = Self::generation(matrix, Self::spare_generation(matrix));
        let mut entries = 0u32;
        for (uid, row) in bonds {
            if !changed.contains(&uid) {
                // Saturation: at most 257 · 4,096.
                entries = entries.saturating_add(row.entries());
                Bonds::<T>::insert(spare, uid, row);
            }
        }
        entries
    }

    /// Divides the pending emission by what the epoch decided.
    fn open_payout(
        work: &InWork,
        frozen: &FrozenInput<T::AccountId>,
        output: &Output,
        now: BlockNumber,
    ) -> Opening {
        let item = &work.item;
        let shares: Vec<_> = output
            .neurons
            .iter()
            .zip(&frozen.hotkeys)
            .zip((0..).map(Uid))
            .map(|((neuron, hotkey), uid)| EpochShare {
                uid,
                hotkey: hotkey.clone(),
                incentive: neuron.incentive_share,
                dividends: neuron.dividend_share,
                active_stake: neuron.active_stake,
            })
            .collect();
        let tempo = Plans::<T>::get(item.netuid).map_or(1, |plan| plan.schedule.at(now).tempo);
        let opening = T::Payout::open(item.netuid, item.mechanism, item.epoch, tempo, &shares);
        let record = PayRecord {
            epoch: item.epoch,
            total: opening.total,
            owner_cut: opening.owner_cut,
            miners: opening.miners,
            validators: opening.validators,
            burned: opening.burned,
            returned: Alpha::ZERO,
            opened_at: now,
            closed_at: None,
        };
        LastPayout::<T>::insert(item.matrix(), record);
        opening
    }
}

/// The bonds of those with a new permit that are not empty.
fn new_bonds(output: &Output) -> Result<Vec<(Uid, PackedRow)>, Step> {
    let permits = output.neurons.iter().filter(|neuron| neuron.permit).count();
    // So many fit into the list of permits.
    if permits > PermitList::bound() {
        return Err(Step::Store);
    }
    output
        .bonds
        .iter()
        .zip((0..).map(Uid))
        .filter(|(row, _)| !row.is_empty())
        .map(|(row, uid)| Ok((uid, PackedRow::pack(row).ok_or(Step::Store)?)))
        .collect()
}

/// Stores what was decided of each neuron, in pages.
fn store_awards<T: Config>(
    matrix: MatrixId,
    hotkeys: Vec<T::AccountId>,
    output: &Output,
    opening: &Opening,
) {
    let mut awards = hotkeys.into_iter().zip(&output.neurons).zip(&opening.dues).map(
        |((hotkey, neuron), &(as_miner, as_validator))| Award {
            hotkey,
            active: neuron.active,
            permit: neuron.permit,
            consensus: neuron.consensus,
            validator_trust: neuron.validator_trust,
            incentive: neuron.incentive,
            dividends: neuron.dividends,
            as_miner,
            as_validator,
            paid: Alpha::ZERO,
            reward: PoolReward::default(),
        },
    );
    for page in 0u16.. {
        let some: Vec<_> = awards.by_ref().take(usize::from(PAY_PAGE)).collect();
        if some.is_empty() {
            return;
        }
        // As many as a page holds.
        Awards::<T>::insert(matrix, page, AwardPage::truncate_from(some));
    }
}
