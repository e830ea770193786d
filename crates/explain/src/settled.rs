//! An epoch whose amounts are known.

use alloc::vec::Vec;
use alun_primitives::{
    traits::PoolReward,
    views::{EpochView, ExplainError, NeuronPay, NoDividends, NoIncentive, PayoutView, Standing},
    Alpha, BlockNumber, Uid,
};
use alun_yuma::{divide, Claim, Division, EpochError, Input, Neuron, NeuronOutput, Output};

use crate::{
    reasons,
    rows::{self, Seen},
};

/// What an epoch paid, in the subnet's alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid<AccountId> {
    /// Drawn from what was pending: the sum of the next four.
    pub total: Alpha,
    /// The owner's cut.
    pub owner_cut: Alpha,
    /// The miners' half, burned or not.
    pub miners: Alpha,
    /// The validators' half.
    pub validators: Alpha,
    /// What went back to pending.
    pub returned: Alpha,
    /// The hotkey that the owner's cut went to.
    pub owner: Option<AccountId>,
    /// How the dividends of each validator were divided, ascending by uid.
    pub rewards: Vec<(Uid, PoolReward)>,
    /// What the chain recorded that each neuron got, by uid.
    pub recorded: Vec<Alpha>,
}

/// An epoch whose amounts are known: its input, what was paid, and the result computed once more.
#[derive(Debug)]
pub struct Settled<'a, AccountId> {
    pub(crate) epoch: EpochView,
    pub(crate) input: Input<'a>,
    pub(crate) hotkeys: &'a [AccountId],
    pub(crate) paid: &'a Paid<AccountId>,
    pub(crate) output: Output,
    /// What each got, by uid.
    pub(crate) division: Division,
    /// How far the scores of each got, by uid.
    pub(crate) seen: Vec<Seen>,
}

/// An epoch that ran once runs again on the same input.
pub(crate) fn failed(_: EpochError) -> ExplainError {
    ExplainError::Failed
}

/// A block number of the input, which came from the chain.
pub(crate) fn block(number: u64) -> BlockNumber {
    BlockNumber::try_from(number).unwrap_or(BlockNumber::MAX)
}

impl<'a, AccountId: Clone + PartialEq> Settled<'a, AccountId> {
    /// Computes the epoch and what each neuron got. `hotkeys` are by uid.
    ///
    /// # Errors
    ///
    /// [`ExplainError::Failed`] when the input is not that of an epoch that ran.
    pub fn new(
        epoch: EpochView,
        input: Input<'a>,
        hotkeys: &'a [AccountId],
        paid: &'a Paid<AccountId>,
    ) -> Result<Self, ExplainError> {
        let output = alun_yuma::epoch(&input).map_err(failed)?;
        let claims = output.neurons.iter().map(Claim::from);
        let division = divide(paid.miners.0, paid.validators.0, claims);
        let seen = rows::seen(&input, &output);
        Ok(Self { epoch, input, hotkeys, paid, output, division, seen })
    }

    /// Whether nobody had dividends, so that the validators' half went by stake.
    pub(crate) fn by_stake(&self) -> bool {
        self.division.by_stake
    }

    /// Whether nobody had incentive, so that the miners' half was burned.
    pub(crate) fn miners_burned(&self) -> bool {
        self.division.burned > 0
    }

    /// The result of a neuron, with its uid as an index checked.
    pub(crate) fn output_of(&self, uid: Uid) -> Result<&NeuronOutput, ExplainError> {
        self.output.neurons.get(uid.index()).ok_or_else(|| self.unknown())
    }

    pub(crate) fn neuron_of(&self, uid: Uid) -> Result<&Neuron, ExplainError> {
        self.input.neurons.get(uid.index()).ok_or_else(|| self.unknown())
    }

    pub(crate) fn hotkey_of(&self, uid: Uid) -> Result<AccountId, ExplainError> {
        self.hotkeys.get(uid.index()).cloned().ok_or_else(|| self.unknown())
    }

    pub(crate) fn unknown(&self) -> ExplainError {
        ExplainError::UnknownUid(u16::try_from(self.hotkeys.len()).unwrap_or(u16::MAX))
    }

    /// What the epoch knew of a neuron.
    pub(crate) fn standing(&self, uid: Uid) -> Result<Standing, ExplainError> {
        let (neuron, output) = (self.neuron_of(uid)?, self.output_of(uid)?);
        let owner = self.input.params.owner == Some(uid.0);
        Ok(Standing {
            stake: neuron.stake,
            active_stake: output.active_stake,
            owner,
            permit: neuron.permit || owner,
            next_permit: output.permit,
            active: output.active,
            registered_at: block(neuron.registered),
            last_update: block(neuron.last_update),
            last_submission: block(neuron.last_submission),
        })
    }

    /// What a neuron was paid; nothing for an unknown uid.
    pub(crate) fn pay(&self, uid: Uid) -> NeuronPay {
        let amount = |amounts: &[u64]| Alpha(amounts.get(uid.index()).copied().unwrap_or(0));
        let rewards = &self.paid.rewards;
        let reward = rewards
            .binary_search_by_key(&uid, |(uid, _)| *uid)
            .ok()
            .and_then(|place| rewards.get(place))
            .map(|(_, reward)| *reward)
            .unwrap_or_default();
        let owner = self.paid.owner.as_ref();
        let owns = owner.is_some() && self.hotkeys.get(uid.index()) == owner;
        NeuronPay {
            incentive: amount(&self.division.miners),
            dividends: amount(&self.division.validators),
            take: reward.take,
            root: reward.root,
            subnet: reward.subnet,
            burned: reward.burned,
            owner_cut: if owns { self.paid.owner_cut } else { Alpha::ZERO },
        }
    }

    /// What the chain recorded that a neuron got.
    pub(crate) fn recorded(&self, uid: Uid) -> Alpha {
        self.paid.recorded.get(uid.index()).copied().unwrap_or_default()
    }

    /// The whole amount and its parts.
    pub(crate) fn payout(&self) -> PayoutView {
        let Paid { total, owner_cut, miners, validators, returned, .. } = *self.paid;
        let of_miners = Alpha(self.division.burned);
        let burned = self.paid.rewards.iter().map(|(_, reward)| reward.burned);
        // Saturation, here and below: all are parts of the issuance, which fits.
        let burned = burned.fold(Alpha::ZERO, Alpha::saturating_add);
        PayoutView {
            total,
            owner_cut,
            miners: miners.saturating_sub(of_miners),
            validators: validators.saturating_sub(burned),
            burned: burned.saturating_add(of_miners),
            returned,
        }
    }

    pub(crate) fn no_incentive(&self, uid: Uid) -> Option<NoIncentive> {
        reasons::no_incentive(self, uid)
    }

    pub(crate) fn no_dividends(&self, uid: Uid) -> Option<NoDividends> {
        reasons::no_dividends(self, uid)
    }
}
