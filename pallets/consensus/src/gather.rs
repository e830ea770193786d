//! The input of an epoch, read from the chain.

use crate::{Bonds, Config, LastEpoch, MatrixId, Pallet, Permits, Step};
use alloc::{vec, vec::Vec};
use alun_primitives::{
    traits::{Clock, NeuronRegistry, StakeView, WeightMatrix},
    BlockNumber, BondRule, Hyperparameters, NetUid, Uid, MAX_ROW,
};
use alun_yuma::{LiquidAlpha, Neuron, Params, Row};

/// Everything that an epoch reads.
pub(crate) struct Frozen<AccountId> {
    pub params: Params,
    /// By uid.
    pub hotkeys: Vec<AccountId>,
    pub neurons: Vec<Neuron>,
    pub rows: Vec<Row>,
    pub bonds: Vec<Row>,
    /// Uids whose permit is stored, ascending.
    pub permits: Vec<Uid>,
}

impl<T: Config> Pallet<T> {
    /// Reads the input of an epoch of `matrix` executed at `now`. Rows and bonds are read of permit
    /// holders and the owner only: no others count.
    pub(crate) fn gather(matrix: MatrixId, now: BlockNumber) -> Result<Frozen<T::AccountId>, Step> {
        let (netuid, mechanism) = matrix;
        let count = T::Neurons::neuron_count(netuid);
        if u32::from(count) > MAX_ROW {
            return Err(Step::Gather);
        }
        let params = Self::params(matrix, now)?;
        let permits = Permits::<T>::get(matrix).into_inner();
        let mut scoring = permits.clone();
        if let Some(owner) = params.owner.map(Uid) {
            if let Err(place) = scoring.binary_search(&owner) {
                scoring.insert(place, owner);
            }
        }
        let inputs = T::Weights::rows_of(netuid, mechanism, count, &scoring);
        let mut frozen = Frozen {
            params,
            hotkeys: Vec::with_capacity(usize::from(count)),
            neurons: Vec::with_capacity(usize::from(count)),
            rows: Vec::with_capacity(usize::from(count)),
            bonds: vec![Row::new(); usize::from(count)],
            permits,
        };
        for (uid, input) in (0..count).map(Uid).zip(inputs) {
            let (hotkey, neuron) = Self::neuron(netuid, uid).ok_or(Step::Gather)?;
            frozen.hotkeys.push(hotkey);
            frozen.neurons.push(Neuron {
                last_update: input.last_update.into(),
                last_submission: input.last_submission.into(),
                permit: frozen.permits.binary_search(&uid).is_ok(),
                ..neuron
            });
            frozen.rows.push(input.entries);
        }
        for &uid in &frozen.permits {
            if let (Some(slot), Some(row)) =
                (frozen.bonds.get_mut(uid.index()), Bonds::<T>::get(matrix, uid))
            {
                *slot = row.into_inner();
            }
        }
        Ok(frozen)
    }

    /// A neuron with what the registry and the stake say of it.
    fn neuron(netuid: NetUid, uid: Uid) -> Option<(T::AccountId, Neuron)> {
        let hotkey = T::Neurons::hotkey_of(netuid, uid)?;
        let registered = T::Neurons::registered_at(netuid, uid)?.into();
        let stake = T::Stake::stake_weight(&hotkey, netuid);
        Some((hotkey, Neuron { stake, registered, ..Neuron::default() }))
    }

    fn params(matrix: MatrixId, now: BlockNumber) -> Result<Params, Step> {
        let (netuid, _) = matrix;
        let hyperparameters = T::Neurons::hyperparameters(netuid).ok_or(Step::Gather)?;
        let owner = T::Neurons::owner_hotkey(netuid)
            .and_then(|hotkey| T::Neurons::uid_of(netuid, &hotkey))
            .map(|uid| uid.0);
        let last_epoch = LastEpoch::<T>::get(matrix).map_or(0, |last| last.block.into());
        let activity_cutoff = T::Clock::to_blocks(hyperparameters.activity_cutoff_ms).into();
        Ok(Params {
            owner,
            last_epoch,
            activity_cutoff,
            now: now.into(),
            ..of_subnet(&hyperparameters)
        })
    }
}

/// The parameters that are hyperparameters; the rest is zero.
fn of_subnet(h: &Hyperparameters) -> Params {
    Params {
        kappa: h.kappa,
        bonds_penalty: h.bonds_penalty,
        bonds_moving_average: h.bonds_moving_average,
        bond_rule: match h.bond_rule {
            BondRule::Classic => alun_yuma::BondRule::Classic,
            BondRule::StakeFree => alun_yuma::BondRule::StakeFree,
        },
        liquid_alpha: h.liquid_alpha.then_some(LiquidAlpha {
            low: h.liquid_alpha_low,
            high: h.liquid_alpha_high,
            steepness: h.liquid_alpha_steepness,
        }),
        max_validators: h.max_validators,
        stake_threshold: h.stake_threshold,
        activity_cutoff: 0,
        owner: None,
        last_epoch: 0,
        now: 0,
    }
}
