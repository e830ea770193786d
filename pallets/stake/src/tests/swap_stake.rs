//! `swap_stake`.

use crate::{mock::*, Error, Event};
use alun_primitives::{NetUid, UNIT};
use frame::testing_prelude::*;

fn swap(from: NetUid, to: NetUid, amount: u64, min_received: u64) -> DispatchResult {
    Stake::swap_stake(signed(dave()), bob(), from, to, amount, min_received)
}

#[test]
fn stake_should_be_sold_and_bought_when_swapped_between_subnets() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        let quote = Stake::quote_swap(&dave(), &bob(), SUBNET, OTHER, 40 * UNIT).unwrap();
        let (sold, bought) = (quote.sold.unwrap(), quote.bought.unwrap());
        assert_eq!(sold.native, bought.native);
        // At 1 and 10/21.
        assert!((83 * UNIT..84 * UNIT).contains(&quote.received), "{}", quote.received);
        assert_ok!(swap(SUBNET, OTHER, 40 * UNIT, quote.received));
        assert_eq!(value(&dave(), &bob(), SUBNET), 60 * UNIT);
        assert_eq!(value(&dave(), &bob(), OTHER), quote.received);
        assert_eq!((free(&dave()), burned()), (RICH, sold.fee + bought.fee));
        let swapped = Event::StakeSwapped {
            coldkey: dave(),
            hotkey: bob(),
            from: SUBNET,
            to: OTHER,
            amount: 40 * UNIT,
            native: sold.native,
            received: bought.alpha.0,
            burned: u128::from(40 * UNIT) * 1_000_000,
            minted: quote.points,
        };
        assert_eq!(events(), [swapped]);
    });
}

#[test]
fn stake_should_be_swapped_when_one_side_is_root() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        let quote = Stake::quote_swap(&dave(), &bob(), NetUid::ROOT, SUBNET, 30 * UNIT).unwrap();
        assert_eq!((quote.sold, quote.bought.unwrap().native), (None, 30 * UNIT));
        assert_ok!(swap(NetUid::ROOT, SUBNET, 30 * UNIT, quote.received));
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 70 * UNIT);
        let have = value(&dave(), &bob(), SUBNET);
        let back = Stake::quote_swap(&dave(), &bob(), SUBNET, NetUid::ROOT, have).unwrap();
        assert_eq!((back.sold.unwrap().native, back.bought), (back.received, None));
        assert_ok!(swap(SUBNET, NetUid::ROOT, have, back.received));
        assert_eq!(position(&dave(), &bob(), SUBNET), None);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 70 * UNIT + back.received);
    });
}

#[test]
fn whole_position_should_be_swapped_when_dust_would_stay() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_ok!(swap(SUBNET, NetUid::ROOT, UNIT - 1, 0));
        assert_eq!(position(&dave(), &bob(), SUBNET), None);
    });
}

#[test]
fn swap_should_be_refused_when_origin_is_destination() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(swap(SUBNET, SUBNET, UNIT, 0), Error::<Test>::SameSubnet);
    });
}

#[test]
fn swap_should_be_refused_when_bad() {
    build_and_execute(|| {
        assert_noop!(swap(SUBNET, OTHER, UNIT, 0), Error::<Test>::NoPosition);
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(swap(SUBNET, NetUid(9), UNIT, 0), Error::<Test>::UnknownSubnet);
        assert_noop!(swap(SUBNET, OTHER, UNIT + 1, 0), Error::<Test>::NotEnoughStake);
        assert_noop!(swap(SUBNET, OTHER, 0, 0), Error::<Test>::ZeroAmount);
        assert_noop!(swap(SUBNET, OTHER, 499_999, 0), Error::<Test>::AmountUnderDustLimit);
        let quote = Stake::quote_swap(&dave(), &bob(), SUBNET, OTHER, UNIT).unwrap();
        let more = quote.received + 1;
        assert_noop!(swap(SUBNET, OTHER, UNIT, more), Error::<Test>::ReceivedTooLittle);
        assert_noop!(
            Stake::swap_stake(signed(dave()), eve(), SUBNET, OTHER, UNIT, 0),
            Error::<Test>::UnknownHotkey
        );
    });
}

#[test]
fn dust_position_should_not_be_swapped_when_it_is_worth_nothing() {
    build_and_execute(|| {
        place(&dave(), &bob(), OTHER, 1);
        assert_noop!(swap(OTHER, SUBNET, 1, 0), Error::<Test>::TooSmallToTrade);
        assert_noop!(swap(OTHER, NetUid::ROOT, 1, 0), Error::<Test>::ZeroAmount);
    });
}
