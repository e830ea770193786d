//! Events as entries: who gained or lost how much, and why. No I/O.

use alun_client::{AccountId, NetUid, PlainEvent};
use std::collections::BTreeMap;

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

/// A reward to the position that a hotkey's own coldkey has on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// On whom.
    pub hotkey: [u8; 32],
    /// Where.
    pub netuid: u16,
    /// Why.
    pub kind: &'static str,
    /// Smallest unit.
    pub amount: u64,
    /// Its coldkey; `None` when it was not bound in this block before: the one of the block before.
    pub coldkey: Option<[u8; 32]>,
}

/// What the events of a block say.
#[derive(Debug, Default)]
pub struct Block {
    /// Changes of free + reserved native tokens, in order.
    pub native: BTreeMap<[u8; 32], Vec<Change>>,
    /// Changes of positions, in order.
    pub stake: BTreeMap<Place, Vec<Change>>,
    /// Pools whose row changed, each with how many events touched it.
    pub pools: BTreeMap<([u8; 32], u16), u32>,
    /// Rewards that went to the position of a hotkey's own coldkey.
    pub own: Vec<Own>,
    /// Hotkeys that took another's place: the old one and the new one, in order.
    pub swaps: Vec<([u8; 32], [u8; 32])>,
    /// Hotkey → coldkey, as bound so far.
    pub bound: BTreeMap<[u8; 32], [u8; 32]>,
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
                "Stake" | "Emission" => block.stake(events, event),
                "Keys" => block.swap(event),
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

    fn stake(&mut self, events: &[PlainEvent], event: &PlainEvent) {
        let account = |name: &str| event.account(name).map(|account| account.0);
        let number = |name: &str| event.number(name).and_then(|n| u64::try_from(n).ok());
        let netuid = |name: &str| event.number(name).and_then(|n| u16::try_from(n).ok());
        let amount = i128::from(number("amount").unwrap_or(0));
        let (cold, hot, net) = (account("coldkey"), account("hotkey"), netuid("netuid"));
        if let (Some(hot), Some(net)) = (hot, net) {
            self.touch(hot, net);
        }
        let kind = kind(events, event);
        let less = amount.saturating_neg();
        match event.name.as_str() {
            "HotkeyBound" => self.bound.extend(hot.zip(cold)),
            "StakeRemoved" => self.place(cold, hot, net, &kind, less),
            "StakeAdded" | "IncentivePaid" | "OwnerCutPaid" => {
                self.place(cold, hot, net, &kind, amount);
            }
            "StakeMoved" => {
                self.place(cold, account("from"), net, &kind, less);
                self.place(cold, account("to"), net, &kind, amount);
            }
            "StakeTransferred" => {
                self.place(account("from"), hot, net, &kind, less);
                self.place(account("to"), hot, net, &kind, amount);
            }
            "StakeSwapped" => {
                let received = i128::from(number("received").unwrap_or(0));
                self.place(cold, hot, netuid("from"), &kind, less);
                self.place(cold, hot, netuid("to"), &kind, received);
            }
            "DividendsPaid" => {
                // Its take is that of all rounds; those of lenders were told just before.
                let lent = hot.zip(net).and_then(|pool| self.lent.remove(&pool)).unwrap_or(0);
                self.own(hot, net, "take", number("take").map(|take| take.saturating_sub(lent)));
            }
            "LenderRewarded" => {
                let lender = account("lender");
                if let (Some(lender), Some(net)) = (lender, net) {
                    self.touch(lender, net);
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

    fn swap(&mut self, event: &PlainEvent) {
        let account = |name: &str| event.account(name).map(|account| account.0);
        let (Some(old), Some(new)) = (account("old"), account("new")) else { return };
        if event.name == "HotkeySwapped" {
            self.swaps.push((old, new));
        }
    }

    /// Calls each hotkey by what its history is stored under.
    pub fn rename<E>(&mut self, first: impl Fn(&[u8; 32]) -> Result<[u8; 32], E>) -> Result<(), E> {
        for ((hot, net), events) in std::mem::take(&mut self.pools) {
            let all = self.pools.entry((first(&hot)?, net)).or_default();
            *all = all.saturating_add(events);
        }
        for ((cold, hot, net), changes) in std::mem::take(&mut self.stake) {
            self.stake.entry((cold, first(&hot)?, net)).or_default().extend(changes);
        }
        for (hot, cold) in std::mem::take(&mut self.bound) {
            self.bound.insert(first(&hot)?, cold);
        }
        for own in &mut self.own {
            own.hotkey = first(&own.hotkey)?;
        }
        Ok(())
    }

    fn touch(&mut self, hot: [u8; 32], net: u16) {
        let events = self.pools.entry((hot, net)).or_default();
        *events = events.saturating_add(1);
    }

    fn own(&mut self, hot: Option<[u8; 32]>, net: Option<u16>, kind: &'static str, n: Option<u64>) {
        if let (Some(hot), Some(net), Some(amount)) = (hot, net, n) {
            if amount > 0 {
                let coldkey = self.bound.get(&hot).copied();
                self.own.push(Own { hotkey: hot, netuid: net, kind, amount, coldkey });
            }
        }
    }

    fn place(
        &mut self,
        cold: Option<[u8; 32]>,
        hot: Option<[u8; 32]>,
        net: Option<u16>,
        kind: &str,
        amount: i128,
    ) {
        let (Some(cold), Some(hot), Some(net)) = (cold, hot, net) else { return };
        self.touch(hot, net);
        let change = Change { kind: kind.into(), amount, with: None };
        self.stake.entry((cold, hot, net)).or_default().push(change);
    }
}

/// Why an account's tokens moved: the fee, or the next event of one of our pallets that names the
/// account within the same call, a batch having many.
fn reason(events: &[PlainEvent], index: usize, who: &AccountId) -> Option<String> {
    let here = events.get(index)?;
    let names = |event: &PlainEvent| {
        event.fields.iter().any(|(_, field)| *field == alun_client::Plain::Account(*who))
    };
    let rest = || {
        let later = events.iter().skip(index.saturating_add(1));
        later.take_while(|event| event.extrinsic == here.extrinsic)
    };
    let pays = || rest().any(|event| event.pallet == "TransactionPayment" && names(event));
    // The fee is taken before anything else is done.
    let before = index.checked_sub(1).and_then(|before| events.get(before));
    let first = before.is_none_or(|before| before.extrinsic != here.extrinsic);
    if here.extrinsic.is_some() && first && here.name == "Withdraw" && pays() {
        return Some("fee".into());
    }
    let ends = |event: &&PlainEvent| matches!(event.pallet.as_str(), "Utility" | "Proxy" | "Sudo");
    let ours = |event: &&PlainEvent| {
        matches!(event.pallet.as_str(), "Stake" | "Market" | "Subnets" | "Keys")
            && names(event)
            && !matches!(event.name.as_str(), "HotkeyBound" | "NoticeBegan")
    };
    if let Some(found) = rest().take_while(|event| !ends(event)).find(ours) {
        return Some(kind(events, found));
    }
    // What is left of the fee comes back at the end, after every call of the extrinsic.
    let last = rest().all(|event| !ends(&event));
    (here.name == "Deposit" && last && pays()).then(|| "fee".into())
}

/// What an event of one of our pallets is called: its name, but a removal of stake also says how it
/// left when its subnet ends.
fn kind(events: &[PlainEvent], event: &PlainEvent) -> String {
    if event.name != "StakeRemoved" {
        return snake(&event.name);
    }
    if event.number("received") == Some(0) {
        return "stake_burned".into();
    }
    // Only the wind-up removes stake that nobody asked for.
    let Some(extrinsic) = event.extrinsic else { return "paid_out".into() };
    let redeemed = events.iter().any(|other| {
        other.extrinsic == Some(extrinsic)
            && other.pallet == "Market"
            && other.name == "Redeemed"
            && other.number("netuid") == event.number("netuid")
    });
    if redeemed {
        "redeemed".into()
    } else {
        snake(&event.name)
    }
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
        let told: Vec<u64> = block.own.iter().map(|own| own.amount).collect();
        assert_eq!(told, [5, 3, 12]);
    }

    fn kinds(block: &Block, who: u8) -> Vec<(&str, i128)> {
        block.native[&[who; 32]].iter().map(|c| (c.kind.as_str(), c.amount)).collect()
    }

    fn removed(extrinsic: Option<u32>, amount: u128, received: u128) -> PlainEvent {
        let fields = vec![
            ("coldkey", Plain::Account(who(1))),
            ("hotkey", Plain::Account(who(2))),
            ("netuid", Plain::Number(3)),
            ("amount", Plain::Number(amount)),
            ("received", Plain::Number(received)),
        ];
        PlainEvent { extrinsic, ..event(0, "Stake", "StakeRemoved", fields) }
    }

    #[test]
    fn read_should_name_each_call_of_a_batch_when_they_are_of_one_account() {
        let (alice, n) = (Plain::Account(who(1)), Plain::Number);
        let paid = |amount| vec![("who", alice), ("amount", n(amount))];
        let sent =
            vec![("from", alice), ("to", Plain::Account(who(4))), ("amount", Plain::Number(5))];
        let mut sold = paid(9);
        sold[0].1 = alice;
        let block = Block::read(&[
            event(1, "Balances", "Withdraw", paid(7)),
            event(1, "Balances", "Transfer", sent),
            event(1, "Utility", "ItemCompleted", vec![]),
            event(1, "Balances", "Deposit", sold),
            removed(Some(1), 10, 9),
            event(1, "Utility", "ItemCompleted", vec![]),
            event(1, "Utility", "BatchCompleted", vec![]),
            event(1, "Balances", "Deposit", paid(2)),
            event(1, "TransactionPayment", "TransactionFeePaid", vec![("who", alice)]),
        ]);
        let told = [("fee", -7), ("transfer_out", -5), ("stake_removed", 9), ("fee", 2)];
        assert_eq!(kinds(&block, 1), told);
        assert_eq!(kinds(&block, 4), [("transfer_in", 5)]);
    }

    #[test]
    fn read_should_say_how_stake_left_when_its_subnet_ends() {
        let (alice, n) = (Plain::Account(who(1)), Plain::Number);
        let transfer = |extrinsic, to: u8, amount| {
            let to = Plain::Account(who(to));
            let fields = vec![("from", Plain::Account(who(9))), ("to", to), ("amount", n(amount))];
            PlainEvent { extrinsic, ..event(0, "Balances", "Transfer", fields) }
        };
        let refund = vec![("netuid", n(3)), ("owner", Plain::Account(who(5))), ("lock", n(50))];
        let escrow = vec![("from", alice), ("to", Plain::Account(who(9))), ("amount", n(40))];
        let block = Block::read(&[
            PlainEvent { extrinsic: None, ..transfer(None, 1, 9) },
            removed(None, 10, 9),
            removed(None, 1, 0),
            transfer(None, 5, 50),
            PlainEvent { extrinsic: None, ..event(0, "Subnets", "ReservationRefunded", refund) },
            event(1, "Market", "Redeemed", vec![("netuid", n(3))]),
            transfer(Some(1), 1, 4),
            removed(Some(1), 5, 4),
            event(2, "Balances", "Transfer", escrow),
            event(2, "Subnets", "NoticeBegan", vec![("netuid", n(3)), ("by", alice)]),
            event(2, "Subnets", "SlotReserved", vec![("netuid", n(3)), ("owner", alice)]),
        ]);
        assert_eq!(kinds(&block, 1), [("paid_out", 9), ("redeemed", 4), ("slot_reserved", -40)]);
        assert_eq!(kinds(&block, 5), [("reservation_refunded", 50)]);
        let stake: Vec<(&str, i128)> = block.stake[&([1; 32], [2; 32], 3)]
            .iter()
            .map(|c| (c.kind.as_str(), c.amount))
            .collect();
        assert_eq!(stake, [("paid_out", -10), ("stake_burned", -1), ("redeemed", -5)]);
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
