//! Events as entries: who gained or lost how much, and why. No I/O.

use alun_client::{AccountId, NetUid, PlainEvent};
use std::collections::{BTreeMap, BTreeSet};

/// A stake position: whose, on whom, where.
pub type Place = ([u8; 32], [u8; 32], u16);

/// A change of an account's native tokens or of a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Why, e.g. `stake_added`, `fee`, `transfer_in`.
    pub kind: String,
    /// How much, smallest unit; negative when it left.
    pub amount: i128,
    /// The other account, where the event names one.
    pub with: Option<AccountId>,
}

/// What the events of a block say.
#[derive(Debug, Default)]
pub struct Block {
    /// Changes of free + reserved native tokens, in order.
    pub native: BTreeMap<[u8; 32], Vec<Change>>,
    /// Changes of positions, in order.
    pub stake: BTreeMap<Place, Vec<Change>>,
    /// Pools whose row changed.
    pub pools: BTreeSet<([u8; 32], u16)>,
    /// Rewards that went to the position of a hotkey's own coldkey: (hotkey, netuid, kind, amount).
    pub own: Vec<([u8; 32], u16, &'static str, u64)>,
    /// Takes of lenders' rounds whose payout is not told yet.
    lent: BTreeMap<([u8; 32], u16), u64>,
}

impl Block {
    /// Reads the events of one block.
    pub fn read(events: &[PlainEvent]) -> Self {
        let mut block = Self::default();
        for (index, event) in events.iter().enumerate() {
            match event.pallet.as_str() {
                "Balances" => block.balances(events, index, event),
                "Stake" | "Emission" => block.stake(event),
                _ => {}
            }
        }
        block
    }

    fn balances(&mut self, events: &[PlainEvent], index: usize, event: &PlainEvent) {
        let amount = ["amount", "transferred"].iter().find_map(|name| event.number(name));
        let amount = amount.and_then(|amount| i128::try_from(amount).ok()).unwrap_or(0);
        let who = event.account("who").or_else(|| event.account("account"));
        let from = event.account("from").or_else(|| event.account("source"));
        let to = event.account("to").or_else(|| event.account("dest"));
        match event.name.as_str() {
            "Transfer" | "ReserveRepatriated" | "TransferOnHold" | "TransferAndHold" => {
                let (Some(from), Some(to)) = (from, to) else { return };
                let out = reason(events, index, &from).unwrap_or("transfer_out".into());
                let into = reason(events, index, &to).unwrap_or("transfer_in".into());
                self.add(from, out, amount.saturating_neg(), Some(to));
                self.add(to, into, amount, Some(from));
            }
            "Deposit" | "Minted" | "Restored" => {
                let Some(who) = who else { return };
                let kind = reason(events, index, &who).unwrap_or("deposit".into());
                self.add(who, kind, amount, None);
            }
            "Withdraw" | "Burned" | "Slashed" | "Suspended" | "DustLost" | "BurnedHeld" => {
                let Some(who) = who else { return };
                let kind = reason(events, index, &who).unwrap_or(snake(&event.name));
                self.add(who, kind, amount.saturating_neg(), None);
            }
            // What moves within an account, or nothing: noted, so that it is held against the chain.
            _ => {
                for (_, field) in &event.fields {
                    if let alun_client::Plain::Account(account) = field {
                        self.native.entry(account.0).or_default();
                    }
                }
            }
        }
    }

    fn add(&mut self, who: AccountId, kind: String, amount: i128, with: Option<AccountId>) {
        self.native.entry(who.0).or_default().push(Change { kind, amount, with });
    }

    fn stake(&mut self, event: &PlainEvent) {
        let account = |name: &str| event.account(name).map(|account| account.0);
        let number = |name: &str| event.number(name).and_then(|n| u64::try_from(n).ok());
        let netuid = |name: &str| event.number(name).and_then(|n| u16::try_from(n).ok());
        let amount = i128::from(number("amount").unwrap_or(0));
        let (cold, hot, net) = (account("coldkey"), account("hotkey"), netuid("netuid"));
        if let (Some(hot), Some(net)) = (hot, net) {
            self.pools.insert((hot, net));
        }
        let less = amount.saturating_neg();
        match event.name.as_str() {
            "StakeRemoved" => self.place(cold, hot, net, event, less),
            "StakeAdded" | "IncentivePaid" | "OwnerCutPaid" => {
                self.place(cold, hot, net, event, amount);
            }
            "StakeMoved" => {
                self.place(cold, account("from"), net, event, less);
                self.place(cold, account("to"), net, event, amount);
            }
            "StakeTransferred" => {
                self.place(account("from"), hot, net, event, less);
                self.place(account("to"), hot, net, event, amount);
            }
            "StakeSwapped" => {
                let received = i128::from(number("received").unwrap_or(0));
                self.place(cold, hot, netuid("from"), event, less);
                self.place(cold, hot, netuid("to"), event, received);
            }
            "DividendsPaid" => {
                // Its take is that of all rounds; those of lenders were told just before.
                let lent = hot.zip(net).and_then(|pool| self.lent.remove(&pool)).unwrap_or(0);
                self.own(hot, net, "take", number("take").map(|take| take.saturating_sub(lent)));
            }
            "LenderRewarded" => {
                let lender = account("lender");
                if let (Some(lender), Some(net)) = (lender, net) {
                    self.pools.insert((lender, net));
                }
                if let (Some(hot), Some(net)) = (hot, net) {
                    let both = number("child_take").unwrap_or(0);
                    let both = both.saturating_add(number("take").unwrap_or(0));
                    let lent = self.lent.entry((hot, net)).or_default();
                    *lent = lent.saturating_add(both);
                }
                self.own(hot, net, "child_take", number("child_take"));
                self.own(lender, net, "lender_take", number("take"));
            }
            _ => {}
        }
    }

    fn own(&mut self, hot: Option<[u8; 32]>, net: Option<u16>, kind: &'static str, n: Option<u64>) {
        if let (Some(hot), Some(net), Some(amount)) = (hot, net, n) {
            if amount > 0 {
                self.own.push((hot, net, kind, amount));
            }
        }
    }

    fn place(
        &mut self,
        cold: Option<[u8; 32]>,
        hot: Option<[u8; 32]>,
        net: Option<u16>,
        event: &PlainEvent,
        amount: i128,
    ) {
        let (Some(cold), Some(hot), Some(net)) = (cold, hot, net) else { return };
        self.pools.insert((hot, net));
        let change = Change { kind: snake(&event.name), amount, with: None };
        self.stake.entry((cold, hot, net)).or_default().push(change);
    }
}

/// The event of one of our pallets that says why an account's tokens moved: the next one of the
/// same extrinsic that names the account; fees are what nothing else explains in an extrinsic.
fn reason(events: &[PlainEvent], index: usize, who: &AccountId) -> Option<String> {
    let here = events.get(index)?;
    let mut later = events.iter().skip(index.saturating_add(1));
    let ours = |event: &&PlainEvent| {
        let pallet = event.pallet.as_str();
        let why = matches!(pallet, "Stake" | "Market" | "Subnets" | "TransactionPayment");
        let names =
            event.fields.iter().any(|(_, field)| *field == alun_client::Plain::Account(*who));
        why && names && event.extrinsic == here.extrinsic && event.name != "HotkeyBound"
    };
    let found = later.find(ours)?;
    if found.pallet == "TransactionPayment" {
        // Transfers are in an extrinsic that ends with a fee as well.
        return (here.name != "Transfer").then(|| "fee".into());
    }
    // The fee is taken before anything else is done.
    let first = events.iter().position(|event| event.extrinsic == here.extrinsic);
    if here.extrinsic.is_some() && first == Some(index) && here.name == "Withdraw" {
        return Some("fee".into());
    }
    Some(snake(&found.name))
}

/// `StakeAdded` as `stake_added`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// A netuid's token: 0 is native.
pub fn token(netuid: u16) -> String {
    if NetUid(netuid).is_root() {
        "ALUN".into()
    } else {
        format!("α{netuid}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::Plain;
    use proptest::prelude::*;

    fn event(extrinsic: u32, pallet: &str, name: &str, fields: Vec<(&str, Plain)>) -> PlainEvent {
        let fields = fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        PlainEvent { extrinsic: Some(extrinsic), pallet: pallet.into(), name: name.into(), fields }
    }

    fn who(byte: u8) -> AccountId {
        AccountId::from([byte; 32])
    }

    #[test]
    fn read_should_tell_fee_and_stake_apart_when_one_extrinsic_takes_both() {
        let (alice, n) = (Plain::Account(who(1)), Plain::Number);
        let paid = |amount| vec![("who", alice), ("amount", n(amount))];
        let block = Block::read(&[
            event(1, "Balances", "Withdraw", paid(7)),
            event(1, "Balances", "Withdraw", paid(100)),
            event(
                1,
                "Stake",
                "StakeAdded",
                vec![
                    ("coldkey", alice),
                    ("hotkey", Plain::Account(who(2))),
                    ("netuid", n(3)),
                    ("paid", n(100)),
                    ("amount", n(90)),
                ],
            ),
            event(1, "Balances", "Deposit", paid(2)),
            event(1, "TransactionPayment", "TransactionFeePaid", vec![("who", alice)]),
        ]);
        let told: Vec<(&str, i128)> =
            block.native[&[1; 32]].iter().map(|c| (c.kind.as_str(), c.amount)).collect();
        assert_eq!(told, [("fee", -7), ("stake_added", -100), ("fee", 2)]);
        assert_eq!(block.stake[&([1; 32], [2; 32], 3)][0].amount, 90);
    }

    #[test]
    fn read_should_count_a_take_once_when_lenders_have_a_part() {
        let (child, lender, n) = (Plain::Account(who(1)), Plain::Account(who(2)), Plain::Number);
        let block = Block::read(&[
            event(
                0,
                "Stake",
                "LenderRewarded",
                vec![
                    ("hotkey", child),
                    ("lender", lender),
                    ("netuid", n(1)),
                    ("child_take", n(5)),
                    ("take", n(3)),
                ],
            ),
            event(
                0,
                "Emission",
                "DividendsPaid",
                vec![("hotkey", child), ("netuid", n(1)), ("take", n(20))],
            ),
        ]);
        let told: Vec<u64> = block.own.iter().map(|own| own.3).collect();
        assert_eq!(told, [5, 3, 12]);
    }

    proptest! {
        #[test]
        fn transfers_should_sum_to_zero_over_all_accounts(
            moves in proptest::collection::vec((0_u8..5, 0_u8..5, 0_u64..u64::MAX), 0..40),
        ) {
            let events: Vec<PlainEvent> = moves.iter().map(|(from, to, amount)| {
                event(0, "Balances", "Transfer", vec![
                    ("from", Plain::Account(who(*from))), ("to", Plain::Account(who(*to))),
                    ("amount", Plain::Number((*amount).into())),
                ])
            }).collect();
            let block = Block::read(&events);
            let sum: i128 = block.native.values().flatten().map(|change| change.amount).sum();
            prop_assert_eq!(sum, 0);
        }
    }
}
