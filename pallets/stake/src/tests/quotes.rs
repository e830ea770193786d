//! A quote is what the call then does in the same state, to the unit; and where the call would be
//! refused, the quote says why.

use crate::{mock::*, Error, Pools};
use alun_primitives::{views::StakeQuote, NetUid, UNIT};
use frame::{
    deps::{
        sp_io::storage::root,
        sp_runtime::{DispatchError, StateVersion},
    },
    testing_prelude::*,
};

/// A call that can be asked about.
#[derive(Clone, Debug)]
pub enum Ask {
    Add { who: AccountId, hotkey: AccountId, netuid: NetUid, amount: u64 },
    Remove { who: AccountId, hotkey: AccountId, netuid: NetUid, amount: u64 },
    RemoveAll { who: AccountId, positions: Vec<(AccountId, NetUid)> },
    Move { who: AccountId, netuid: NetUid, from: AccountId, to: AccountId, amount: u64 },
    Transfer { who: AccountId, to: AccountId, hotkey: AccountId, netuid: NetUid, amount: u64 },
    Swap { who: AccountId, hotkey: AccountId, from: NetUid, to: NetUid, amount: u64 },
}

/// What points of a pool could be redeemed for now.
fn redeemable(hotkey: &AccountId, netuid: NetUid, points: u128) -> u64 {
    let row = Pools::<Test>::get(hotkey, netuid).expect("a pool");
    row.pool.at(System::block_number()).value_of(points)
}

impl Ask {
    pub fn quote(&self) -> Result<Vec<StakeQuote>, DispatchError> {
        let one = match self {
            Self::Add { hotkey, netuid, amount, .. } => Stake::quote_add(hotkey, *netuid, *amount),
            Self::Remove { who, hotkey, netuid, amount } => {
                Stake::quote_remove(who, hotkey, *netuid, Some(*amount))
            }
            Self::RemoveAll { who, positions } => return Stake::quote_remove_all(who, positions),
            Self::Move { who, netuid, from, to, amount } => {
                Stake::quote_move(who, *netuid, from, to, *amount)
            }
            Self::Transfer { who, to, hotkey, netuid, amount } => {
                Stake::quote_transfer(who, to, hotkey, *netuid, *amount)
            }
            Self::Swap { who, hotkey, from, to, amount } => {
                Stake::quote_swap(who, hotkey, *from, *to, *amount)
            }
        };
        one.map(|quote| vec![quote])
    }

    pub fn call(&self, min: u64) -> DispatchResult {
        match self.clone() {
            Self::Add { who, hotkey, netuid, amount } => {
                Stake::add_stake(signed(who), hotkey, netuid, amount, min)
            }
            Self::Remove { who, hotkey, netuid, amount } => {
                Stake::remove_stake(signed(who), hotkey, netuid, amount, min)
            }
            Self::RemoveAll { who, positions } => {
                Stake::remove_all_stake(signed(who), positions.try_into().unwrap(), min)
            }
            Self::Move { who, netuid, from, to, amount } => {
                Stake::move_stake(signed(who), netuid, from, to, amount, min)
            }
            Self::Transfer { who, to, hotkey, netuid, amount } => {
                Stake::transfer_stake(signed(who), to, hotkey, netuid, amount, min)
            }
            Self::Swap { who, hotkey, from, to, amount } => {
                Stake::swap_stake(signed(who), hotkey, from, to, amount, min)
            }
        }
    }

    fn who(&self) -> &AccountId {
        match self {
            Self::Add { who, .. }
            | Self::Remove { who, .. }
            | Self::RemoveAll { who, .. }
            | Self::Move { who, .. }
            | Self::Transfer { who, .. }
            | Self::Swap { who, .. } => who,
        }
    }

    /// The same with an amount of so many thousandths of what the position has that it is taken from;
    /// what is added is as it was.
    pub fn of_what_is_there(mut self, thousandths: u64) -> Self {
        let (there, amount) = match &mut self {
            Self::Remove { who, hotkey, netuid, amount }
            | Self::Transfer { who, hotkey, netuid, amount, .. } => {
                (value(who, hotkey, *netuid), amount)
            }
            Self::Move { who, netuid, from, amount, .. } => (value(who, from, *netuid), amount),
            Self::Swap { who, hotkey, from, amount, .. } => (value(who, hotkey, *from), amount),
            Self::Add { .. } | Self::RemoveAll { .. } => return self,
        };
        *amount = (u128::from(there) * u128::from(thousandths) / 1_000) as u64;
        self
    }

    /// The position that grows, if one does: whose, on whom, where.
    fn grows(&self) -> Option<(&AccountId, &AccountId, NetUid)> {
        match self {
            Self::Add { who, hotkey, netuid, .. } => Some((who, hotkey, *netuid)),
            Self::Move { who, to, netuid, .. } => Some((who, to, *netuid)),
            Self::Transfer { to, hotkey, netuid, .. } => Some((to, hotkey, *netuid)),
            Self::Swap { who, hotkey, to, .. } => Some((who, hotkey, *to)),
            Self::Remove { .. } | Self::RemoveAll { .. } => None,
        }
    }

    /// Asks, then does, and compares. Returns whether it was done.
    pub fn compare(&self) -> bool {
        let before = root(StateVersion::V1);
        let asked = self.quote();
        assert_eq!(root(StateVersion::V1), before, "a quote leaves no trace");
        let quotes = match asked {
            Ok(quotes) => quotes,
            Err(error) => {
                assert_noop!(self.call(0), error);
                return false;
            }
        };
        let received = quotes.iter().map(|quote| quote.received).sum::<u64>();
        let points_before = self.grows().map_or(0, |(who, on, at)| points(who, on, at));
        let points_left = match self {
            Self::Remove { who, hotkey, netuid, .. } => points(who, hotkey, *netuid),
            _ => 0,
        };
        let (free_before, burned_before) = (free(self.who()), burned());
        match self.call(received + 1) {
            // Whoever calls: the quote knows no purse.
            Err(error) if error == Error::<Test>::BalanceTooLow.into() => {
                assert!(matches!(self, Self::Add { .. }));
                return false;
            }
            refused => assert_eq!(refused, Err(Error::<Test>::ReceivedTooLittle.into())),
        }
        assert_eq!((free(self.who()), burned()), (free_before, burned_before));
        assert_ok!(self.call(received));
        let fees = quotes.iter().flat_map(|quote| [quote.sold, quote.bought]).flatten();
        let fees = fees.map(|trade| trade.fee).sum::<u64>();
        // On root also what remains in a pool may be burned.
        assert!(burned() - burned_before >= fees);
        match self.grows() {
            Some((who, on, at)) => {
                let grown = points(who, on, at) - points_before;
                assert_eq!(grown, quotes[0].points);
                assert_eq!(redeemable(on, at, grown), received);
                let spent = match self {
                    Self::Add { amount, .. } => *amount,
                    _ => quotes[0].deposit,
                };
                assert_eq!(free_before - free(self.who()), spent);
            }
            None => assert_eq!(free(self.who()) - free_before, received),
        }
        if let Self::Remove { who, hotkey, netuid, .. } = self {
            assert_eq!(points_left - points(who, hotkey, *netuid), quotes[0].points);
        }
        true
    }
}

/// Each call once, from positions that Dave has; some with what nobody has.
fn all_calls(amount: u64) -> Vec<Ask> {
    let (root, who) = (NetUid::ROOT, dave());
    let mut calls = Vec::new();
    for netuid in [SUBNET, OTHER, root] {
        let (who, hotkey) = (who.clone(), bob());
        calls.push(Ask::Add { who: who.clone(), hotkey: hotkey.clone(), netuid, amount });
        calls.push(Ask::Remove {
            who: who.clone(),
            hotkey: hotkey.clone(),
            netuid,
            amount: amount / 8,
        });
        calls.push(Ask::Move {
            who: who.clone(),
            netuid,
            from: hotkey.clone(),
            to: charlie(),
            amount: amount / 8,
        });
        calls.push(Ask::Transfer {
            who: who.clone(),
            to: stranger(amount as u16),
            hotkey: hotkey.clone(),
            netuid,
            amount: amount / 8,
        });
        for to in [SUBNET, OTHER, root] {
            let (who, hotkey) = (who.clone(), hotkey.clone());
            calls.push(Ask::Swap { who, hotkey, from: netuid, to, amount: amount / 8 });
        }
    }
    let positions = vec![(charlie(), SUBNET), (bob(), root), (bob(), SUBNET), (bob(), OTHER)];
    calls.push(Ask::RemoveAll { who: who.clone(), positions });
    calls
}

/// Positions of Dave and others everywhere, with rewards on their way.
fn populated() {
    for hotkey in [bob(), charlie()] {
        for netuid in [SUBNET, OTHER, NetUid::ROOT] {
            stake(&dave(), &hotkey, netuid, 5_000 * UNIT + 7);
            stake(&eve(), &hotkey, netuid, 311 * UNIT + 13);
        }
        reward_pools(&hotkey, 1_000 * UNIT + 1, 720);
    }
}

#[test]
fn quote_should_be_what_the_call_does_when_nothing_is_unsettled() {
    build_and_execute(|| {
        populated();
        for amount in [4_000_000, 12 * UNIT + 5, 4_000 * UNIT] {
            let done = all_calls(amount).iter().filter(|call| call.compare()).count();
            // All but the swaps to the same subnet.
            assert_eq!(done, 19);
            check();
        }
    });
}

#[test]
fn quote_should_be_what_the_call_does_when_blocks_of_emission_are_unsettled() {
    build_and_execute(|| {
        populated();
        accrue(333_333_333, 999_999_999);
        for blocks in [1, 7, 720, 10_000] {
            for call in all_calls(100 * UNIT + u64::from(blocks)) {
                at(System::block_number() + blocks);
                call.compare();
                check();
            }
        }
    });
}

#[test]
fn quote_should_know_that_leaving_root_changes_what_the_subnet_is_settled_at() {
    build_and_execute(|| {
        // ρ depends on T₀: with nearly all of root's stake on its way to a subnet, its emission enters
        // the pool otherwise, before the purchase.
        stake(&dave(), &bob(), NetUid::ROOT, 500_000 * UNIT);
        accrue(UNIT / 2, UNIT);
        at(10_000);
        let (hotkey, amount) = (bob(), 499_999 * UNIT);
        let quote = Stake::quote_swap(&dave(), &hotkey, NetUid::ROOT, SUBNET, amount).unwrap();
        let otherwise = Stake::quote_add(&hotkey, SUBNET, amount).unwrap();
        assert_ne!(quote.received, otherwise.received);
        let swap = Ask::Swap { who: dave(), hotkey, from: NetUid::ROOT, to: SUBNET, amount };
        assert!(swap.compare());
    });
}

#[test]
fn quote_should_say_why_when_the_call_would_be_refused() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 10 * UNIT);
        let (who, hotkey, netuid, amount) = (dave(), bob(), SUBNET, UNIT);
        let unknown = NetUid(9);
        let refused = [
            (
                Ask::Add { who: who.clone(), hotkey: eve(), netuid, amount },
                Error::<Test>::UnknownHotkey,
            ),
            (
                Ask::Add { who: who.clone(), hotkey: bob(), netuid: unknown, amount },
                Error::UnknownSubnet,
            ),
            (
                Ask::Add { who: who.clone(), hotkey: bob(), netuid, amount: 499_999 },
                Error::AmountUnderDustLimit,
            ),
            (Ask::Remove { who: eve(), hotkey: bob(), netuid, amount }, Error::NoPosition),
            (
                Ask::Remove { who: who.clone(), hotkey: bob(), netuid, amount: 11 * UNIT },
                Error::NotEnoughStake,
            ),
            (Ask::RemoveAll { who: who.clone(), positions: vec![] }, Error::NothingNamed),
            (
                Ask::Move { who: who.clone(), netuid, from: bob(), to: bob(), amount },
                Error::SameHotkey,
            ),
            (
                Ask::Move { who: who.clone(), netuid, from: bob(), to: eve(), amount },
                Error::UnknownHotkey,
            ),
            (
                Ask::Transfer { who: who.clone(), to: dave(), hotkey: bob(), netuid, amount },
                Error::SameColdkey,
            ),
            (
                Ask::Swap { who: who.clone(), hotkey: bob(), from: netuid, to: netuid, amount },
                Error::SameSubnet,
            ),
            (Ask::Swap { who, hotkey, from: netuid, to: unknown, amount }, Error::UnknownSubnet),
        ];
        for (call, error) in refused {
            assert_eq!(call.quote(), Err(error.into()), "{call:?}");
            assert!(!call.compare());
        }
    });
}
