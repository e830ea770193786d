//! A call that took effect.

use super::{hex_of, ss58, tokens};
use crate::output::{Output, Show};
use alun_client::{events as e, Balance, BlockNumber, Event, Landed};
use serde::Serialize;
use serde_json::{json, Value};

/// A call that took effect.
#[derive(Clone, Debug, Serialize)]
pub struct LandedShape {
    /// What was done, a sentence.
    pub done: String,
    /// Height of the block.
    pub block: BlockNumber,
    /// Hash of the block.
    pub block_hash: String,
    /// Hash of the extrinsic.
    pub extrinsic: String,
    /// Place of the extrinsic in the block.
    pub index: u32,
    /// Fee paid.
    pub fee: Balance,
    /// Whether the block was final.
    pub finalized: bool,
    /// What it caused: objects with `event` (`Pallet.Event`) and the event's fields.
    pub events: Vec<Value>,
    #[serde(skip)]
    sentences: Vec<String>,
}

impl LandedShape {
    /// `done` says what the call was for, such as "Staked 10 ALUN".
    pub fn new(done: impl Into<String>, landed: &Landed) -> Self {
        Self {
            done: done.into(),
            block: landed.block,
            block_hash: hex_of(&landed.block_hash.0),
            extrinsic: hex_of(&landed.extrinsic.0),
            index: landed.index,
            fee: landed.fee,
            finalized: landed.finalized,
            events: landed.events.iter().map(as_json).collect(),
            sentences: landed.events.iter().filter_map(sentence).collect(),
        }
    }
}

impl Show for LandedShape {
    fn text(&self, _output: &Output) -> String {
        let mut lines = vec![format!("{}.", self.done)];
        lines.extend(self.sentences.iter().map(|sentence| format!("  {sentence}")));
        let finality = if self.finalized { ", final" } else { "" };
        lines.push(format!(
            "  Block {}{finality}, extrinsic {}-{}, fee {} ALUN.",
            self.block,
            self.block,
            self.index,
            tokens(self.fee)
        ));
        lines.join("\n")
    }
}

/// What an event means to who caused it.
fn sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::SubnetRegistered(e) => {
            format!("Subnet {} is yours; {} ALUN are locked.", e.netuid, tokens(e.lock))
        }
        Event::NeuronRegistered(e) => format!(
            "Uid {} on subnet {}, for {} ALUN; immune until block {}.",
            e.uid,
            e.netuid,
            tokens(e.price),
            e.immune_until
        ),
        Event::NeuronDeregistered(e) => {
            format!("{} lost uid {} on subnet {}.", e.hotkey, e.uid, e.netuid)
        }
        Event::HotkeyBound(e) => format!("Hotkey {} is bound to {}.", e.hotkey, e.coldkey),
        Event::StakeAdded(e) => {
            format!("{} ALUN on {} (netuid {}).", tokens(e.amount), e.hotkey, e.netuid)
        }
        Event::StakeRemoved(e) => {
            format!("{} ALUN back from {} (netuid {}).", tokens(e.amount), e.hotkey, e.netuid)
        }
        Event::StakeMoved(e) => format!("{} ALUN now on {}.", tokens(e.amount), e.to),
        Event::TakeRaiseAnnounced(e) => format!("The higher take holds from block {}.", e.at),
        Event::WeightsCommitted(e) => format!("Commit of epoch {}.", e.epoch),
        Event::WeightsRevealed(e) => format!("Row of epoch {} revealed.", e.epoch),
        Event::HyperparameterSet(e) => format!(
            "{}: {} → {}.",
            e.new.name(),
            alun_client::show_hyperparameter(&e.old),
            alun_client::show_hyperparameter(&e.new)
        ),
        Event::ShareSet(e) => format!("Subnet {}: share {} → {}.", e.netuid, e.old, e.new),
        _ => return None,
    })
}

fn as_json(event: &Event) -> Value {
    let mut value = fields(event);
    if let Some(object) = value.as_object_mut() {
        object.insert("event".into(), json!(event.name()));
    }
    value
}

/// An event's fields as JSON.
fn fields(event: &Event) -> Value {
    match event {
        Event::SubnetRegistered(e) => json!({
            "netuid": e.netuid, "owner": ss58(&e.owner), "hotkey": ss58(&e.hotkey), "lock": e.lock,
        }),
        Event::SubnetStarted(e) => json!({ "netuid": e.netuid, "by": ss58(&e.by) }),
        Event::HyperparameterSet(e) => json!({
            "netuid": e.netuid, "name": e.new.name(), "old": e.old.number(), "new": e.new.number(),
            "by": e.by.as_ref().map(ss58),
        }),
        Event::TaskSet(e::TaskSet { netuid }) => json!({ "netuid": netuid }),
        Event::NeuronRegistered(e) => json!({
            "netuid": e.netuid, "uid": e.uid, "hotkey": ss58(&e.hotkey),
            "coldkey": ss58(&e.coldkey), "price": e.price, "immune_until": e.immune_until,
        }),
        Event::NeuronDeregistered(e) => json!({
            "netuid": e.netuid, "uid": e.uid, "hotkey": ss58(&e.hotkey), "by": ss58(&e.by),
            "score": e.score,
        }),
        Event::EndpointServed(e) => json!({
            "netuid": e.netuid, "uid": e.uid, "hotkey": ss58(&e.hotkey),
            "endpoint": super::EndpointShape::from(&e.endpoint),
        }),
        Event::EndpointWithdrawn(e) => {
            json!({ "netuid": e.netuid, "uid": e.uid, "hotkey": ss58(&e.hotkey) })
        }
        Event::HotkeyBound(e) => {
            json!({ "hotkey": ss58(&e.hotkey), "coldkey": ss58(&e.coldkey) })
        }
        Event::StakeAdded(e::StakeAdded { coldkey, hotkey, netuid, amount, points })
        | Event::StakeRemoved(e::StakeRemoved { coldkey, hotkey, netuid, amount, points }) => {
            json!({
                "coldkey": ss58(coldkey), "hotkey": ss58(hotkey), "netuid": netuid,
                "amount": amount, "points": points.to_string(),
            })
        }
        Event::StakeMoved(e) => json!({
            "coldkey": ss58(&e.coldkey), "netuid": e.netuid, "from": ss58(&e.from),
            "to": ss58(&e.to), "amount": e.amount,
        }),
        Event::TakeSet(e) => json!({ "hotkey": ss58(&e.hotkey), "old": e.old, "new": e.new }),
        Event::TakeRaiseAnnounced(e) => {
            json!({ "hotkey": ss58(&e.hotkey), "from": e.from, "to": e.to, "at": e.at })
        }
        Event::RewardAdded(e) => json!({
            "hotkey": ss58(&e.hotkey), "netuid": e.netuid, "amount": e.amount, "until": e.until,
        }),
        Event::ShareSet(e) => json!({ "netuid": e.netuid, "old": e.old, "new": e.new }),
        other => fields_of_epochs(other),
    }
}

/// The events of weight rows, epochs and payouts.
fn fields_of_epochs(event: &Event) -> Value {
    match event {
        Event::WeightsSet(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "uid": e.uid, "hotkey": ss58(&e.hotkey),
        }),
        Event::WeightsCommitted(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "uid": e.uid, "hotkey": ss58(&e.hotkey),
            "epoch": e.epoch, "hash": hex_of(&e.hash),
        }),
        Event::WeightsRevealed(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "uid": e.uid, "hotkey": ss58(&e.hotkey),
            "epoch": e.epoch, "evidence_root": hex_of(&e.evidence_root), "by": ss58(&e.by),
        }),
        Event::CommitExpired(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "hotkey": ss58(&e.hotkey),
            "epoch": e.epoch,
        }),
        Event::EpochRan(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch, "due_at": e.due_at,
            "lag": e.lag, "neurons": e.neurons, "validators": e.validators, "paid": e.paid,
        }),
        Event::EpochFailed(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch,
            "step": format!("{:?}", e.step),
        }),
        Event::IncentivePaid(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch, "uid": e.uid,
            "hotkey": ss58(&e.hotkey), "coldkey": ss58(&e.coldkey), "amount": e.amount,
        }),
        Event::DividendsPaid(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch, "uid": e.uid,
            "hotkey": ss58(&e.hotkey), "amount": e.amount, "take": e.take, "root": e.root,
            "subnet": e.subnet, "burned": e.burned,
        }),
        Event::OwnerCutPaid(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch,
            "hotkey": ss58(&e.hotkey), "coldkey": ss58(&e.coldkey), "amount": e.amount,
        }),
        Event::EmissionBurned(e) => json!({
            "netuid": e.netuid, "mechanism": e.mechanism, "epoch": e.epoch, "amount": e.amount,
        }),
        _ => json!({}),
    }
}
