//! A call that took effect.

use super::{alpha, alun, hex_of, ss58, token, tokens};
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
    /// What it was to do, as quoted before it was sent; left out where nothing was quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Value>,
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
            quote: None,
            sentences: landed.events.iter().filter_map(sentence).collect(),
        }
    }

    /// The same with what was quoted.
    pub fn quoted(mut self, quote: &impl Serialize) -> Self {
        // What a command prints is JSON by construction.
        self.quote = serde_json::to_value(quote).ok();
        self
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
            format!("Subnet {} is yours; its market opens with {}.", e.netuid, alun(e.lock))
        }
        Event::OwnershipOffered(e) => format!("{} may accept subnet {}.", e.to, e.netuid),
        Event::OfferWithdrawn(e) => format!("{} can't accept it any more.", e.to),
        Event::OwnershipAccepted(e) => format!(
            "Subnet {} is yours; the owner cut still goes to {}'s hotkey: set your own.",
            e.netuid, e.from
        ),
        Event::OwnerHotkeySet(e) => {
            format!("The owner cut of subnet {} goes to {}, no more to {}.", e.netuid, e.new, e.old)
        }
        Event::NoticeBegan(e) => format!(
            "Subnet {} is under notice: its alpha can be redeemed until block {}, then it is wound up.",
            e.netuid, e.until
        ),
        Event::SlotReserved(e) => format!(
            "All slots are taken: yours is that of subnet {}, when it is wound up from block {} on. {} \
             wait in escrow.",
            e.netuid,
            e.until,
            alun(e.lock)
        ),
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
        Event::ColdkeySwapAnnounced(e) => {
            format!("{} is locked. The swap can be executed from block {} on.", e.coldkey, e.from)
        }
        Event::ColdkeySwapped(e) => {
            format!("All that was {}'s is {}'s, last {} free.", e.old, e.new, alun(e.free))
        }
        Event::HotkeySwapped(e) => {
            format!("All that was {}'s is {}'s. Announce its endpoint anew.", e.old, e.new)
        }
        Event::TakeRaiseAnnounced(e) => format!("The higher take holds from block {}.", e.at),
        Event::WeightsCommitted(e) => format!("Commit of epoch {}.", e.epoch),
        Event::WeightsRevealed(e) => format!("Row of epoch {} revealed.", e.epoch),
        Event::HyperparameterSet(e) => format!(
            "{}: {} → {}.",
            e.new.name(),
            alun_client::show_hyperparameter(&e.old),
            alun_client::show_hyperparameter(&e.new)
        ),
        other => return sentence_of_stake(other),
    })
}

/// What a stake event means to the staker: what was given, and what was received.
fn sentence_of_stake(event: &Event) -> Option<String> {
    Some(match event {
        Event::StakeAdded(e) if e.netuid.is_root() => {
            format!("{} on {} (root).", alun(e.amount), e.hotkey)
        }
        Event::StakeAdded(e) => {
            format!("{} bought {} on {}.", alun(e.paid), token(e.netuid, e.amount), e.hotkey)
        }
        Event::StakeRemoved(e) if e.netuid.is_root() => {
            format!("{} back from {} (root).", alun(e.received), e.hotkey)
        }
        Event::StakeRemoved(e) => {
            let sold = token(e.netuid, e.amount);
            format!("{} received for {sold} on {}.", alun(e.received), e.hotkey)
        }
        Event::StakeMoved(e) => format!("{} now on {}.", token(e.netuid, e.amount), e.to),
        Event::StakeTransferred(e) => {
            let deposit = match e.deposit {
                0 => String::new(),
                held => format!("; {} are held until its position is gone", alun(held)),
            };
            format!("{} on {} now {}'s{deposit}.", token(e.netuid, e.amount), e.hotkey, e.to)
        }
        Event::DepositReleased(e) => {
            format!("A deposit of {} back to {}.", alun(e.amount), e.payer)
        }
        Event::StakeSwapped(e) => format!(
            "{} became {} on {}, worth {} on the way.",
            token(e.from, e.amount),
            token(e.to, e.received),
            e.hotkey,
            alun(e.native)
        ),
        Event::ChildrenSet(e) => format!("Holds from the first epoch due at block {} on.", e.at),
        Event::Paid(e) => {
            format!("{} bought {}, which is burned.", alun(e.native), alpha(e.netuid, e.burned))
        }
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
        Event::NoticeBegan(e) => json!({
            "netuid": e.netuid, "by": ss58(&e.by), "until": e.until,
            "cause": match e.cause {
                e::NoticeCause::Owner => "owner",
                e::NoticeCause::LowestPrice => "lowest_price",
            },
        }),
        Event::SlotReserved(e) => json!({
            "netuid": e.netuid, "owner": ss58(&e.owner), "hotkey": ss58(&e.hotkey),
            "lock": e.lock, "until": e.until,
        }),
        Event::WindUpBegan(e::WindUpBegan { netuid })
        | Event::SubnetWoundUp(e::SubnetWoundUp { netuid }) => json!({ "netuid": netuid }),
        Event::ReservationRefunded(e) => {
            json!({ "netuid": e.netuid, "owner": ss58(&e.owner), "lock": e.lock })
        }
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
        Event::ColdkeySwapAnnounced(e) => {
            json!({ "coldkey": ss58(&e.coldkey), "hash": hex_of(&e.hash), "from": e.from })
        }
        Event::ColdkeySwapDisputed(e) => json!({ "coldkey": ss58(&e.coldkey) }),
        Event::ColdkeySwapBegan(e) => json!({ "old": ss58(&e.old), "new": ss58(&e.new) }),
        Event::ColdkeySwapped(e) => {
            json!({ "old": ss58(&e.old), "new": ss58(&e.new), "free": e.free })
        }
        Event::HotkeySwapped(e) => {
            json!({ "coldkey": ss58(&e.coldkey), "old": ss58(&e.old), "new": ss58(&e.new) })
        }
        Event::TakeSet(e) => json!({ "hotkey": ss58(&e.hotkey), "old": e.old, "new": e.new }),
        Event::TakeRaiseAnnounced(e) => {
            json!({ "hotkey": ss58(&e.hotkey), "from": e.from, "to": e.to, "at": e.at })
        }
        Event::OwnershipOffered(e::OwnershipOffered { netuid, by, to })
        | Event::OfferWithdrawn(e::OfferWithdrawn { netuid, by, to }) => {
            json!({ "netuid": netuid, "by": ss58(by), "to": ss58(to) })
        }
        Event::OwnershipAccepted(e) => {
            json!({ "netuid": e.netuid, "from": ss58(&e.from), "to": ss58(&e.to) })
        }
        Event::OwnerHotkeySet(e) => json!({
            "netuid": e.netuid, "by": ss58(&e.by), "old": ss58(&e.old), "new": ss58(&e.new),
        }),
        other => fields_of_stake(other),
    }
}

/// The events of stake.
fn fields_of_stake(event: &Event) -> Value {
    match event {
        Event::StakeAdded(e) => json!({
            "coldkey": ss58(&e.coldkey), "hotkey": ss58(&e.hotkey), "netuid": e.netuid,
            "paid": e.paid, "amount": e.amount, "points": e.points.to_string(),
        }),
        Event::StakeRemoved(e) => json!({
            "coldkey": ss58(&e.coldkey), "hotkey": ss58(&e.hotkey), "netuid": e.netuid,
            "amount": e.amount, "received": e.received, "points": e.points.to_string(),
        }),
        Event::StakeMoved(e) => json!({
            "coldkey": ss58(&e.coldkey), "netuid": e.netuid, "from": ss58(&e.from),
            "to": ss58(&e.to), "amount": e.amount, "burned": e.burned.to_string(),
            "minted": e.minted.to_string(),
        }),
        Event::StakeTransferred(e) => json!({
            "from": ss58(&e.from), "to": ss58(&e.to), "hotkey": ss58(&e.hotkey),
            "netuid": e.netuid, "amount": e.amount, "points": e.points.to_string(),
            "deposit": e.deposit,
        }),
        Event::DepositReleased(e) => json!({
            "payer": ss58(&e.payer), "coldkey": ss58(&e.coldkey), "hotkey": ss58(&e.hotkey),
            "netuid": e.netuid, "amount": e.amount,
        }),
        Event::StakeSwapped(e) => json!({
            "coldkey": ss58(&e.coldkey), "hotkey": ss58(&e.hotkey), "from": e.from, "to": e.to,
            "amount": e.amount, "native": e.native, "received": e.received,
            "burned": e.burned.to_string(), "minted": e.minted.to_string(),
        }),
        Event::RewardAdded(e) => json!({
            "hotkey": ss58(&e.hotkey), "netuid": e.netuid, "amount": e.amount, "until": e.until,
        }),
        Event::ChildrenSet(e) => json!({
            "hotkey": ss58(&e.hotkey), "netuid": e.netuid, "at": e.at,
            "children": e.children.iter().map(|(to, ppm)| json!([ss58(to), ppm])).collect::<Vec<_>>(),
        }),
        Event::LendersSet(e) => json!({
            "hotkey": ss58(&e.hotkey), "netuid": e.netuid,
            "lenders": e.lenders.iter().map(ss58).collect::<Vec<_>>(),
        }),
        Event::LenderRewarded(e) => json!({
            "hotkey": ss58(&e.hotkey), "lender": ss58(&e.lender), "netuid": e.netuid,
            "child_take": e.child_take, "take": e.take, "root": e.root, "subnet": e.subnet,
            "burned": e.burned,
        }),
        other => fields_of_market(other),
    }
}

/// The events of markets. Prices are in units of 2⁻⁶⁴, as text.
fn fields_of_market(event: &Event) -> Value {
    match event {
        Event::MarketOpened(e) => json!({
            "netuid": e.netuid, "native": e.native, "alpha": e.alpha, "price": e.price.to_string(),
        }),
        Event::Traded(e) => json!({
            "netuid": e.netuid,
            "trader": match e.trader {
                e::Trader::Staker => "staker",
                e::Trader::Payer => "payer",
                e::Trader::Buyback => "buyback",
                e::Trader::RootSale => "root_sale",
            },
            "side": match e.side { e::Side::Buy => "buy", e::Side::Sell => "sell" },
            "native": e.native, "alpha": e.alpha, "fee": e.fee, "price": e.price.to_string(),
        }),
        Event::Injected(e) => json!({
            "netuid": e.netuid, "native": e.native, "alpha": e.alpha, "excess": e.excess,
            "emitted": e.emitted,
        }),
        Event::AlphaBurned(e) => json!({ "netuid": e.netuid, "amount": e.amount }),
        Event::RootPartWaits(e) => {
            json!({ "netuid": e.netuid, "hotkey": ss58(&e.hotkey), "alpha": e.alpha })
        }
        Event::RootPartPaid(e) => {
            json!({ "netuid": e.netuid, "hotkey": ss58(&e.hotkey), "native": e.native })
        }
        Event::Paid(e) => json!({
            "netuid": e.netuid, "payer": ss58(&e.payer), "native": e.native, "burned": e.burned,
            "memo": String::from_utf8_lossy(&e.memo),
        }),
        Event::ShareMoved(e) => json!({ "netuid": e.netuid, "old": e.old, "new": e.new }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::{AccountId, Alpha, NetUid, H256, UNIT};

    fn landed(events: Vec<Event>) -> LandedShape {
        let landed = Landed {
            block: 7,
            block_hash: H256::zero(),
            extrinsic: H256::zero(),
            index: 2,
            fee: 1_000,
            finalized: false,
            events,
        };
        LandedShape::new("Done", &landed)
    }

    fn account(byte: u8) -> AccountId {
        AccountId::from([byte; 32])
    }

    #[test]
    fn landed_stake_should_say_what_was_received_in_which_token() {
        let added = |netuid| {
            Event::from(e::StakeAdded {
                coldkey: account(1),
                hotkey: account(2),
                netuid: NetUid(netuid),
                paid: 10 * UNIT,
                amount: 20 * UNIT,
                points: u128::MAX,
            })
        };
        let swapped = Event::from(e::StakeSwapped {
            coldkey: account(1),
            hotkey: account(2),
            from: NetUid(1),
            to: NetUid(2),
            amount: 20 * UNIT,
            native: 10 * UNIT,
            received: 5 * UNIT,
            burned: 1,
            minted: 2,
        });
        let shape = landed(vec![added(0), added(3), swapped]);
        let text = shape.text(&Output::new(false));
        for part in
            ["20 ALUN on", "10 ALUN bought 20 α3 on", "20 α1 became 5 α2 on", "worth 10 ALUN"]
        {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert_eq!(shape.events[1]["paid"], 10 * UNIT);
        assert_eq!(shape.events[1]["points"], u128::MAX.to_string());
        assert_eq!(shape.events[2]["received"], 5 * UNIT);
        let json = serde_json::to_value(&shape).unwrap();
        assert!(json.get("quote").is_none());
        let quoted = serde_json::to_value(landed(vec![]).quoted(&"a quote")).unwrap();
        assert_eq!(quoted["quote"], "a quote");
    }

    #[test]
    fn events_of_markets_should_have_their_fields() {
        let paid = Event::from(e::Paid {
            netuid: NetUid(3),
            payer: account(1),
            native: UNIT,
            burned: Alpha(2 * UNIT),
            memo: b"order 7".to_vec(),
        });
        let traded = Event::from(e::Traded {
            netuid: NetUid(3),
            trader: e::Trader::RootSale,
            side: e::Side::Sell,
            native: 1,
            alpha: Alpha(2),
            fee: 3,
            price: 1 << 64,
        });
        let shape = landed(vec![paid, traded]);
        assert!(shape.text(&Output::new(false)).contains("1 ALUN bought 2 α3, which is burned."));
        assert_eq!(shape.events[0]["memo"], "order 7");
        assert_eq!(shape.events[0]["event"], "Market.Paid");
        let trade = &shape.events[1];
        assert!(trade["trader"] == "root_sale" && trade["side"] == "sell", "{trade}");
        assert_eq!(trade["price"], "18446744073709551616");
    }
}
