//! Why the last epoch paid what it paid: the frozen input, the record of the payout and the awards
//! of the neurons, given to [`alun_explain`].

use crate::{AccountId, Consensus, Keys, Stake, Subnets};
use alloc::vec::Vec;
use alun_explain::{Paid, Settled};
use alun_primitives::{
    traits::{KeyRegistry as _, KeySuccession as _, NeuronRegistry as _},
    views::{
        EpochView, ExplainError, NeuronExplanation, NominatorExplanation, NominatorPool,
        RowPreview, SubnetExplanation,
    },
    MechanismId, NetUid, RowLimits, Uid, WeightRow, MAX_ROW,
};
use pallet_consensus::{FrozenHead, FrozenInput, PayRecord};

/// Why a neuron was paid what it was paid.
pub fn neuron(
    netuid: NetUid,
    mechanism: MechanismId,
    uid: Uid,
) -> Result<NeuronExplanation<AccountId>, ExplainError> {
    with_last_epoch(netuid, mechanism, |settled, _| settled.neuron(uid))
}

/// Where an epoch's amount went.
pub fn subnet(
    netuid: NetUid,
    mechanism: MechanismId,
) -> Result<SubnetExplanation<AccountId>, ExplainError> {
    with_last_epoch(netuid, mechanism, |settled, _| settled.subnet())
}

/// What a validator's payout means for one of its nominators.
pub fn nominator(
    netuid: NetUid,
    mechanism: MechanismId,
    uid: Uid,
    coldkey: AccountId,
) -> Result<NominatorExplanation<AccountId>, ExplainError> {
    let SubnetExplanation { epoch, neurons, .. } = subnet(netuid, mechanism)?;
    let unknown = ExplainError::UnknownUid(u16::try_from(neurons.len()).unwrap_or(u16::MAX));
    let line = neurons.into_iter().nth(uid.index()).ok_or(unknown)?;
    // Swapped since: its pools have the name of the hotkey in its place.
    let named = Keys::successor(&line.hotkey).unwrap_or_else(|| line.hotkey.clone());
    let pool =
        |pool, reward| -> NominatorPool { Stake::nominator_pool(&coldkey, &named, pool, reward) };
    Ok(NominatorExplanation {
        epoch,
        uid,
        owns: Stake::coldkey_of(&named).as_ref() == Some(&coldkey),
        pools: Vec::from([pool(NetUid::ROOT, line.pay.root), pool(netuid, line.pay.subnet)]),
        hotkey: line.hotkey,
        coldkey,
        pay: line.pay,
        no_dividends: line.no_dividends,
    })
}

/// What the last epoch would have given with another row of one validator, which the subnet must
/// have been able to accept then.
pub fn preview(
    netuid: NetUid,
    mechanism: MechanismId,
    uid: Uid,
    uids: Vec<u16>,
    values: Vec<u16>,
) -> Result<RowPreview<AccountId>, ExplainError> {
    // Lengths of a `Vec` in WASM fit a `u32`; natively a longer one is refused as well.
    if u32::try_from(uids.len()).map_or(true, |entries| entries > MAX_ROW) {
        return Err(ExplainError::TooLong(MAX_ROW));
    }
    with_last_epoch(netuid, mechanism, |settled, head| {
        settled.preview(uid, accepted(head, &uids, &values)?)
    })
}

/// A row as `set_weights` and the reveal would have stored it, by the hyperparameters of the epoch.
fn accepted(
    head: &FrozenHead,
    uids: &[u16],
    values: &[u16],
) -> Result<Vec<(u16, u16)>, ExplainError> {
    let limits = RowLimits {
        neurons: head.neurons,
        min_weights: head.hyperparameters.min_weights,
        max_share: head.hyperparameters.max_weight_share,
    };
    WeightRow::accept(uids, values, &limits).map(|row| row.0).map_err(ExplainError::Row)
}

/// Asks the last epoch of a mechanism, once all of it is paid.
fn with_last_epoch<R>(
    netuid: NetUid,
    mechanism: MechanismId,
    ask: impl FnOnce(&Settled<AccountId>, &FrozenHead) -> Result<R, ExplainError>,
) -> Result<R, ExplainError> {
    let mechanisms = Subnets::subnet(netuid).ok_or(ExplainError::UnknownSubnet)?.mechanisms;
    if mechanism.0 >= mechanisms {
        return Err(ExplainError::UnknownMechanism(mechanisms));
    }
    let frozen = Consensus::frozen_input((netuid, mechanism)).ok_or(ExplainError::NoEpoch)?;
    let record = Consensus::payout(netuid, mechanism)
        .filter(|record| record.epoch == frozen.head.epoch)
        .ok_or(ExplainError::NoEpoch)?;
    let epoch = EpochView {
        netuid,
        mechanism,
        epoch: record.epoch,
        frozen_at: frozen.head.frozen_at,
        paid_at: record.closed_at.ok_or(ExplainError::NoEpoch)?,
        kappa: frozen.params.kappa,
    };
    let paid = paid(netuid, mechanism, &frozen, &record);
    ask(&Settled::new(epoch, frozen.input(), &frozen.hotkeys, &paid)?, &frozen.head)
}

/// What the epoch paid, as its record and its awards say.
fn paid(
    netuid: NetUid,
    mechanism: MechanismId,
    frozen: &FrozenInput<AccountId>,
    record: &PayRecord,
) -> Paid<AccountId> {
    let mut rewards = Vec::new();
    let mut recorded = Vec::with_capacity(frozen.hotkeys.len());
    for (uid, award) in Consensus::awards((netuid, mechanism)) {
        recorded.push(award.paid);
        if !award.as_validator.is_zero() {
            rewards.push((uid, award.reward));
        }
    }
    // The owner's hotkey need not be a neuron.
    let owner = frozen.head.owner.and_then(|uid| frozen.hotkeys.get(uid.index()).cloned());
    Paid {
        total: record.total,
        owner_cut: record.owner_cut,
        miners: record.miners,
        validators: record.validators,
        returned: record.returned,
        owner: owner
            .or_else(|| Subnets::owner_hotkey(netuid))
            .filter(|_| !record.owner_cut.is_zero()),
        rewards,
        recorded,
    }
}
