//! Stake and delegates.

use super::{percent, rounded, ss58, tokens};
use crate::output::{Output, Show};
use alun_client::{AccountId, Balance, BlockNumber, Delegate, NetUid, Position, Ppm};
use serde::Serialize;

/// A coldkey's stake on one hotkey and netuid.
#[derive(Clone, Debug, Serialize)]
pub struct PositionShape {
    /// Hotkey.
    pub hotkey: String,
    /// Netuid, 0 for root.
    pub netuid: NetUid,
    /// What it is worth now.
    pub value: Balance,
    /// Points in the pool, as text: they may exceed what JSON numbers hold.
    pub points: String,
}

/// What a coldkey has.
#[derive(Clone, Debug, Serialize)]
pub struct Positions {
    /// The coldkey.
    pub coldkey: String,
    /// Free tokens.
    pub free: Balance,
    /// Held tokens.
    pub reserved: Balance,
    /// Sum of all positions.
    pub staked: Balance,
    /// Its positions.
    pub positions: Vec<PositionShape>,
}

impl Positions {
    /// From what the chain knows.
    pub fn new(
        coldkey: &AccountId,
        balance: alun_client::AccountBalance,
        positions: &[Position],
    ) -> Self {
        Self {
            coldkey: ss58(coldkey),
            free: balance.free,
            reserved: balance.reserved,
            // Saturation: never more than the cap.
            staked: positions.iter().fold(0, |sum, position| sum.saturating_add(position.value)),
            positions: positions
                .iter()
                .map(|position| PositionShape {
                    hotkey: ss58(&position.hotkey),
                    netuid: position.netuid,
                    value: position.value,
                    points: position.points.to_string(),
                })
                .collect(),
        }
    }
}

impl Show for Positions {
    fn text(&self, output: &Output) -> String {
        let facts = output.facts(&[
            ("coldkey", self.coldkey.clone()),
            ("free", format!("{} ALUN", tokens(self.free))),
            ("held", format!("{} ALUN", tokens(self.reserved))),
            ("staked", format!("{} ALUN", tokens(self.staked))),
        ]);
        if self.positions.is_empty() {
            return format!("{facts}\n\nNo stake. `alun view delegates` shows whom to stake on.");
        }
        let mut table = output.table(&["hotkey", ">netuid", ">value"]);
        for position in &self.positions {
            table.add_row([
                position.hotkey.clone(),
                position.netuid.to_string(),
                tokens(position.value),
            ]);
        }
        format!("{facts}\n\n{table}")
    }
}

/// A delegate's pool.
#[derive(Clone, Debug, Serialize)]
pub struct PoolShape {
    /// Netuid, 0 for root.
    pub netuid: NetUid,
    /// Value.
    pub value: Balance,
    /// Positions in it.
    pub positions: u32,
}

/// A hotkey that others may stake on.
#[derive(Clone, Debug, Serialize)]
pub struct DelegateShape {
    /// Hotkey.
    pub hotkey: String,
    /// Its owner.
    pub coldkey: String,
    /// Take, parts per million.
    pub take: Ppm,
    /// A higher take, parts per million, if announced.
    pub pending_take: Option<Ppm>,
    /// Block from which the higher take holds.
    pub pending_take_at: Option<BlockNumber>,
    /// Value of all of its pools.
    pub staked: Balance,
    /// Its pools.
    pub pools: Vec<PoolShape>,
    /// Subnets on which it has a uid.
    pub registrations: Vec<NetUid>,
}

impl From<&Delegate> for DelegateShape {
    fn from(delegate: &Delegate) -> Self {
        let pools: Vec<PoolShape> = delegate
            .pools
            .iter()
            .map(|&(netuid, value, positions)| PoolShape { netuid, value, positions })
            .collect();
        Self {
            hotkey: ss58(&delegate.hotkey),
            coldkey: ss58(&delegate.coldkey),
            take: delegate.take,
            pending_take: delegate.pending_take.map(|(_, take)| take),
            pending_take_at: delegate.pending_take.map(|(at, _)| at),
            // Saturation: never more than the cap.
            staked: pools.iter().fold(0, |sum, pool| sum.saturating_add(pool.value)),
            pools,
            registrations: delegate.registrations.clone(),
        }
    }
}

/// Several delegates: a JSON list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Delegates(pub Vec<DelegateShape>);

impl Show for Delegates {
    fn text(&self, output: &Output) -> String {
        if self.0.is_empty() {
            return "There are no delegates yet.".into();
        }
        let mut table = output.table(&["hotkey", ">take", ">staked", ">positions", "subnets"]);
        for delegate in &self.0 {
            let take = match (delegate.pending_take, delegate.pending_take_at) {
                (Some(next), Some(at)) => {
                    format!("{} ({} from block {at})", percent(delegate.take), percent(next))
                }
                _ => percent(delegate.take),
            };
            let positions = delegate.pools.iter().fold(0_u64, |sum, pool| {
                sum.saturating_add(u64::from(pool.positions)) // far below 2⁶⁴
            });
            let subnets: Vec<String> =
                delegate.registrations.iter().map(|netuid| netuid.to_string()).collect();
            table.add_row([
                delegate.hotkey.clone(),
                take,
                rounded(delegate.staked),
                positions.to_string(),
                subnets.join(" "),
            ]);
        }
        table.to_string()
    }
}
