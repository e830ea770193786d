//! The frozen input of an epoch: what it read, kept until the next epoch of its matrix. An epoch is
//! computed from it, and so is whatever explains the epoch afterwards.

use crate::{
    Bonds, Config, FrozenHeads, FrozenNeurons, FrozenRows, LastEpoch, MatrixId, Pallet, Work,
};
use alloc::{vec, vec::Vec};
use alun_primitives::{BlockNumber, BondRule, Hyperparameters, Uid, MAX_ROW};
use alun_yuma::{Input, LiquidAlpha, Neuron, Params, Row};
use frame::prelude::*;

/// Whose rows and bonds an epoch reads, ascending: permit holders, and the owner if it holds none.
pub type Scorers = BoundedVec<Uid, ConstU32<258>>;

/// A sparse row as stored: ascending uids, and a value for each.
///
/// Two lists instead of one of pairs, because a list of numbers is decoded in one go and a list of
/// pairs number by number; an epoch can read and write a million of them.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PackedRow {
    /// Ascending.
    uids: BoundedVec<u16, ConstU32<MAX_ROW>>,
    /// By the same index.
    values: BoundedVec<u16, ConstU32<MAX_ROW>>,
}

impl PackedRow {
    /// Packs an ascending row; `None` if it has more than [`MAX_ROW`] entries.
    pub fn pack(row: &[(u16, u16)]) -> Option<Self> {
        let (uids, values): (Vec<_>, Vec<_>) = row.iter().copied().unzip();
        Some(Self { uids: uids.try_into().ok()?, values: values.try_into().ok()? })
    }

    /// As (uid, value) pairs.
    pub fn unpack(&self) -> Row {
        self.uids.iter().copied().zip(self.values.iter().copied()).collect()
    }

    /// Number of entries.
    pub fn entries(&self) -> u32 {
        // A row holds at most `MAX_ROW`.
        u32::try_from(self.uids.len()).unwrap_or(MAX_ROW)
    }

    /// Whether uids ascend, stay below `neurons` and have a value each.
    pub(crate) fn is_sound(&self, neurons: u16) -> bool {
        let next = self.uids.iter().skip(1);
        self.uids.len() == self.values.len()
            && self.uids.iter().zip(next).all(|(a, b)| a < b)
            && self.uids.last().is_none_or(|last| *last < neurons)
    }
}

/// What an epoch read of its subnet.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct FrozenHead {
    /// Index of the epoch.
    pub epoch: u64,
    /// Block at which the input was frozen: "now" for the epoch.
    pub frozen_at: BlockNumber,
    /// Block at which the input of the last epoch was frozen; 0 if there was none.
    pub last_epoch: BlockNumber,
    /// Uid of the owner's hotkey, if it has one.
    pub owner: Option<Uid>,
    /// The activity cutoff in blocks.
    pub activity_cutoff: BlockNumber,
    /// Hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// Number of neurons.
    pub neurons: u16,
    /// Whose rows and bonds were read, ascending: permit holders and the owner.
    pub scorers: Scorers,
    /// The generation of [`Bonds`] that the epoch starts from.
    pub generation: u8,
    /// Entries in the rows and bonds together.
    pub entries: u32,
}

/// What an epoch read of one neuron.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct FrozenNeuron<AccountId> {
    /// Its hotkey.
    pub hotkey: AccountId,
    /// Stake weight, smallest unit.
    pub stake: u64,
    /// Block at which it registered.
    pub registered_at: BlockNumber,
    /// Block at which its row was committed; 0 for others than scorers.
    pub last_update: BlockNumber,
    /// Block of its newest commit or row; 0 for others than scorers.
    pub last_submission: BlockNumber,
    /// Whether it held a permit.
    pub permit: bool,
}

/// The frozen input, as [`alun_yuma`] takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenInput<AccountId> {
    /// As stored.
    pub head: FrozenHead,
    /// Hotkeys by uid.
    pub hotkeys: Vec<AccountId>,
    /// The subnet's parameters.
    pub params: Params,
    /// Neurons by uid.
    pub neurons: Vec<Neuron>,
    /// Weight rows by uid; empty for others than scorers.
    pub rows: Vec<Row>,
    /// Bond rows by uid, as the epoch before left them.
    pub bonds: Vec<Row>,
}

impl<AccountId> FrozenInput<AccountId> {
    /// What [`alun_yuma::epoch`] and [`alun_yuma::explain`] read.
    pub fn input(&self) -> Input<'_> {
        Input { params: &self.params, neurons: &self.neurons, rows: &self.rows, bonds: &self.bonds }
    }
}

/// How bonds follow the rows: what computing costs depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// [`BondRule::Classic`], which knows no liquid alpha.
    Classic,
    /// [`BondRule::StakeFree`] at a fixed rate.
    StakeFree,
    /// [`BondRule::StakeFree`] with liquid alpha: a rate for each entry.
    LiquidAlpha,
}

impl FrozenHead {
    /// How its bonds follow the rows.
    pub(crate) fn rule(&self) -> Rule {
        match (self.hyperparameters.bond_rule, self.hyperparameters.liquid_alpha) {
            (BondRule::Classic, _) => Rule::Classic,
            (BondRule::StakeFree, false) => Rule::StakeFree,
            (BondRule::StakeFree, true) => Rule::LiquidAlpha,
        }
    }

    /// The parameters of the epoch.
    pub fn params(&self) -> Params {
        let h = &self.hyperparameters;
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
            activity_cutoff: self.activity_cutoff.into(),
            owner: self.owner.map(|owner| owner.0),
            last_epoch: self.last_epoch.into(),
            now: self.frozen_at.into(),
        }
    }
}

impl<T: Config> Pallet<T> {
    /// The input of the last epoch of a matrix, or of the one in work: exactly what it was, or will
    /// be, computed from. `None` before the first one, for a moment between two, and after one that
    /// failed. [`FrozenHead::epoch`] says whose it is.
    pub fn frozen_input(matrix: MatrixId) -> Option<FrozenInput<T::AccountId>> {
        let head = FrozenHeads::<T>::get(matrix)?;
        let in_work = Work::<T>::get().is_some_and(|work| work.item.matrix() == matrix);
        let finished = LastEpoch::<T>::get(matrix).is_some_and(|last| last.epoch == head.epoch);
        (in_work || finished).then(|| Self::rebuild(matrix, head))
    }

    /// The frozen input from what is stored.
    pub(crate) fn rebuild(matrix: MatrixId, head: FrozenHead) -> FrozenInput<T::AccountId> {
        let count = usize::from(head.neurons);
        let mut frozen = FrozenInput {
            params: head.params(),
            hotkeys: Vec::with_capacity(count),
            neurons: Vec::with_capacity(count),
            rows: vec![Row::new(); count],
            bonds: vec![Row::new(); count],
            head,
        };
        for stored in FrozenNeurons::<T>::get(matrix) {
            frozen.neurons.push(Neuron {
                stake: stored.stake,
                last_update: stored.last_update.into(),
                last_submission: stored.last_submission.into(),
                registered: stored.registered_at.into(),
                permit: stored.permit,
            });
            frozen.hotkeys.push(stored.hotkey);
        }
        let (netuid, mechanism) = matrix;
        let generation = (netuid, mechanism, frozen.head.generation);
        for &uid in &frozen.head.scorers {
            if let (Some(slot), Some(row)) =
                (frozen.rows.get_mut(uid.index()), FrozenRows::<T>::get(matrix, uid))
            {
                *slot = row.unpack();
            }
            if let (Some(slot), Some(row)) =
                (frozen.bonds.get_mut(uid.index()), Bonds::<T>::get(generation, uid))
            {
                *slot = row.unpack();
            }
        }
        frozen
    }
}
