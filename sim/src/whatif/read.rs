//! The epoch, from a node.

use super::error::WhatIfError;
use alun_client::{
    Award, Chain, Connect, FrozenEpoch, FrozenState, Hyperparameters, MechanismId, NetUid,
    PayRecord,
};
use alun_yuma::{BondRule, LiquidAlpha, Neuron, Params, Row};

/// Which epoch is asked about.
#[derive(Clone, Debug)]
pub struct Question {
    /// The node.
    pub url: String,
    /// The subnet.
    pub netuid: NetUid,
    /// The mechanism.
    pub mechanism: MechanismId,
    /// The block whose last epoch is meant; `None` is the newest finalized one.
    pub at: Option<u32>,
}

/// An epoch as it was: everything that it was computed from, and what it divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The subnet.
    pub netuid: u16,
    /// The mechanism.
    pub mechanism: u8,
    /// Index of the epoch.
    pub epoch: u64,
    /// How its emission was divided, as the chain has recorded it.
    pub record: PayRecord,
    /// What it decided of each neuron, as the chain has recorded it, by uid.
    pub awards: Vec<Award>,
    /// Milliseconds per block.
    pub slot_ms: u64,
    /// The hyperparameters.
    pub hyperparameters: Hyperparameters,
    /// The parameters that are made of them, and the blocks.
    pub params: Params,
    /// ss58 by uid.
    pub hotkeys: Vec<String>,
    /// The neurons by uid.
    pub neurons: Vec<Neuron>,
    /// Their weight rows.
    pub rows: Vec<Row>,
    /// The bonds that they held.
    pub bonds: Vec<Row>,
}

/// Reads the last finished epoch.
///
/// # Errors
///
/// When the node does not answer, runs another version, or has no such epoch.
pub async fn read(question: &Question) -> Result<Snapshot, WhatIfError> {
    let Question { netuid, mechanism, .. } = *question;
    let chain = Chain::connect_with(Connect::new(&question.url)).await?;
    let at = match question.at {
        Some(block) => chain.at_number(block).await?,
        None => chain.finalized().await?,
    };
    let slot_ms = at.network().await?.slot_ms;
    let frozen = at.frozen_epoch(netuid, mechanism).await?;
    let frozen = frozen.ok_or(WhatIfError::NoEpoch { netuid, mechanism })?;
    let epoch = frozen.epoch;
    match &frozen.state {
        FrozenState::Paid { record, awards } => {
            let paid = (record.clone(), awards.clone());
            Ok(snapshot(question, frozen, paid, slot_ms))
        }
        FrozenState::InWork => Err(WhatIfError::InWork { epoch, block: at.number() }),
        FrozenState::Failed => {
            Err(WhatIfError::Failed { epoch, netuid, frozen_at: frozen.frozen_at })
        }
    }
}

fn snapshot(
    question: &Question,
    frozen: FrozenEpoch,
    (record, awards): (PayRecord, Vec<Award>),
    slot_ms: u64,
) -> Snapshot {
    let params = Params {
        activity_cutoff: frozen.activity_cutoff.into(),
        owner: frozen.owner.map(|uid| uid.0),
        last_epoch: frozen.last_epoch.into(),
        now: frozen.frozen_at.into(),
        ..params_of(&frozen.hyperparameters)
    };
    let neuron = |neuron: &alun_client::FrozenNeuron| Neuron {
        stake: neuron.stake,
        last_update: neuron.last_update.into(),
        last_submission: neuron.last_submission.into(),
        registered: neuron.registered_at.into(),
        permit: neuron.permit,
    };
    Snapshot {
        netuid: question.netuid.0,
        mechanism: question.mechanism.0,
        epoch: frozen.epoch,
        record,
        awards,
        slot_ms,
        hyperparameters: frozen.hyperparameters,
        params,
        hotkeys: frozen.neurons.iter().map(|neuron| neuron.hotkey.to_string()).collect(),
        neurons: frozen.neurons.iter().map(neuron).collect(),
        rows: frozen.rows,
        bonds: frozen.bonds,
    }
}

/// The parameters that are hyperparameters and need no conversion; the rest is zero.
pub(super) fn params_of(h: &Hyperparameters) -> Params {
    Params {
        kappa: h.kappa,
        bonds_penalty: h.bonds_penalty,
        bonds_moving_average: h.bonds_moving_average,
        bond_rule: match h.bond_rule {
            alun_client::BondRule::Classic => BondRule::Classic,
            alun_client::BondRule::StakeFree => BondRule::StakeFree,
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
