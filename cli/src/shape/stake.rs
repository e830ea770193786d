//! Stake and delegates.

use super::{alun, percent, rounded, ss58, token, tokens, Prices};
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
    /// What it is worth now, in the token of the netuid.
    pub value: u64,
    /// The same in native tokens at the spot price; selling it gives less.
    pub native: Balance,
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
    /// Sum of all positions, in native tokens at spot prices.
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
            staked: positions.iter().fold(0, |sum, position| sum.saturating_add(position.native)),
            positions: positions
                .iter()
                .map(|position| PositionShape {
                    hotkey: ss58(&position.hotkey),
                    netuid: position.netuid,
                    value: position.value,
                    native: position.native,
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
            ("free", alun(self.free)),
            ("held", alun(self.reserved)),
            ("staked", format!("{} at spot prices", alun(self.staked))),
        ]);
        if self.positions.is_empty() {
            return format!("{facts}\n\nNo stake. `alun view delegates` shows whom to stake on.");
        }
        let mut table = output.table(&["hotkey", ">netuid", ">value", ">at the spot price (ALUN)"]);
        for position in &self.positions {
            table.add_row([
                position.hotkey.clone(),
                position.netuid.to_string(),
                token(position.netuid, position.value),
                tokens(position.native),
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
    /// Value, in the token of the netuid.
    pub value: u64,
    /// The same in native tokens at the spot price.
    pub native: Balance,
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
    /// Value of all of its pools, in native tokens at spot prices.
    pub staked: Balance,
    /// Its pools.
    pub pools: Vec<PoolShape>,
    /// Subnets on which it has a uid.
    pub registrations: Vec<NetUid>,
}

impl DelegateShape {
    /// Of a delegate, with the prices of the alpha in its pools.
    pub fn new(delegate: &Delegate, prices: &Prices) -> Self {
        let pools: Vec<PoolShape> = delegate
            .pools
            .iter()
            .map(|&(netuid, value, positions)| PoolShape {
                netuid,
                value,
                native: prices.value(netuid, value),
                positions,
            })
            .collect();
        Self {
            hotkey: ss58(&delegate.hotkey),
            coldkey: ss58(&delegate.coldkey),
            take: delegate.take,
            pending_take: delegate.pending_take.map(|(_, take)| take),
            pending_take_at: delegate.pending_take.map(|(at, _)| at),
            // Saturation: never more than the cap.
            staked: pools.iter().fold(0, |sum, pool| sum.saturating_add(pool.native)),
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
        let mut table =
            output.table(&["hotkey", ">take", ">staked (ALUN)", ">positions", "subnets"]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::{AccountBalance, UNIT};

    #[test]
    fn positions_should_show_their_own_token_and_sum_native_tokens() {
        let position = |netuid: u16, value, native| Position {
            hotkey: AccountId::from([1; 32]),
            netuid: NetUid(netuid),
            value,
            native,
            points: 9,
        };
        let positions = [position(0, 5 * UNIT, 5 * UNIT), position(3, 8 * UNIT, 2 * UNIT)];
        let shape =
            Positions::new(&AccountId::from([2; 32]), AccountBalance::default(), &positions);
        assert_eq!(shape.staked, 7 * UNIT);
        let text = shape.text(&Output::new(false));
        assert!(text.contains("8 α3") && text.contains("5 ALUN"), "{text}");
        assert!(text.contains("7 ALUN at spot prices"), "{text}");
    }

    #[test]
    fn delegate_should_be_valued_at_spot_prices() {
        let delegate = Delegate {
            hotkey: AccountId::from([1; 32]),
            coldkey: AccountId::from([2; 32]),
            take: 180_000,
            pending_take: None,
            pools: vec![(NetUid::ROOT, 5, 1), (NetUid(3), 100, 2)],
            registrations: vec![NetUid(3)],
        };
        // Without a market the alpha is worth nothing.
        let shape = DelegateShape::new(&delegate, &Prices::default());
        assert_eq!((shape.staked, shape.pools[1].value), (5, 100));
    }
}
