//! `remove_stake`.

use crate::{mock::*, DustLimit, Error, Event, PoolNames, PoolRow, Pools, Positions};
use alun_primitives::{traits::RewardSink, NetUid, UNIT};
use frame::testing_prelude::*;

fn remove(netuid: NetUid, amount: u64, min_received: u64) -> DispatchResult {
    Stake::remove_stake(signed(dave()), bob(), netuid, amount, min_received)
}

#[test]
fn stake_should_come_back_to_the_unit_when_removed_from_root() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        events();
        assert_ok!(remove(NetUid::ROOT, 40 * UNIT, 40 * UNIT));
        assert_eq!(free(&dave()), RICH - 60 * UNIT);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 60 * UNIT);
        let removed = Event::StakeRemoved {
            coldkey: dave(),
            hotkey: bob(),
            netuid: NetUid::ROOT,
            amount: 40 * UNIT,
            received: 40 * UNIT,
            points: u128::from(40 * UNIT) * 1_000_000,
        };
        assert_eq!(events(), [removed]);
    });
}

#[test]
fn alpha_should_be_sold_when_removed_from_a_subnet() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        let sold = Stake::quote_remove(&dave(), &bob(), SUBNET, Some(40 * UNIT)).unwrap();
        let trade = sold.sold.unwrap();
        assert!((39 * UNIT..40 * UNIT).contains(&trade.native), "{}", trade.native);
        assert_ok!(remove(SUBNET, 40 * UNIT, trade.native));
        assert_eq!(free(&dave()), RICH + trade.native);
        assert_eq!(value(&dave(), &bob(), SUBNET), 60 * UNIT);
        assert_eq!(burned(), trade.fee);
        let removed = Event::StakeRemoved {
            coldkey: dave(),
            hotkey: bob(),
            netuid: SUBNET,
            amount: 40 * UNIT,
            received: trade.native,
            points: u128::from(40 * UNIT) * 1_000_000,
        };
        assert_eq!(events(), [removed]);
    });
}

#[test]
fn who_goes_in_and_out_should_lose_the_fees_and_nothing_else() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 100 * UNIT);
        assert_ok!(remove_all(&dave(), &bob(), SUBNET, 0));
        let lost = RICH - free(&dave());
        // Beside the fees, which are burned, at most a unit for each rounding.
        assert!((burned()..=burned() + 3).contains(&lost), "lost {lost}, fees {}", burned());
        // 0.05 % of 100 tokens, and of the 99.95 that come back.
        assert_eq!(burned(), 50_000_000 + 49_975_000);
    });
}

#[test]
fn removal_should_be_refused_when_more_is_asked_than_is_there() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            assert_noop!(remove(netuid, UNIT, 0), Error::<Test>::NoPosition);
            place(&eve(), &bob(), netuid, UNIT);
            assert_noop!(remove(netuid, UNIT, 0), Error::<Test>::NoPosition);
            place(&dave(), &bob(), netuid, UNIT);
            assert_noop!(remove(netuid, UNIT + 1, 0), Error::<Test>::NotEnoughStake);
            assert_noop!(remove(netuid, 0, 0), Error::<Test>::ZeroAmount);
        }
    });
}

#[test]
fn removal_should_be_refused_when_under_the_dust_limit() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            place(&dave(), &bob(), netuid, UNIT);
            assert_noop!(remove(netuid, 499_999, 0), Error::<Test>::AmountUnderDustLimit);
            assert_ok!(remove(netuid, 500_000, 0));
        }
    });
}

#[test]
fn removal_should_be_refused_when_less_would_be_received_than_asked() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, UNIT);
        let half = UNIT / 2;
        assert_noop!(remove(NetUid::ROOT, half, half + 1), Error::<Test>::ReceivedTooLittle);
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_noop!(remove(SUBNET, half, half), Error::<Test>::ReceivedTooLittle);
    });
}

#[test]
fn dust_should_be_paid_out_with_the_rest_when_it_would_stay() {
    build_and_execute(|| {
        for netuid in [NetUid::ROOT, SUBNET] {
            place(&dave(), &bob(), netuid, UNIT);
            events();
            assert_ok!(remove(netuid, UNIT - 499_999, 0));
            assert_eq!(Positions::<Test>::iter().count(), 0);
            assert!(matches!(
                events()[..],
                [Event::PoolEmptied { remainder: 0, .. }, Event::StakeRemoved { amount: UNIT, .. },]
            ));
        }
    });
}

#[test]
fn dust_position_should_be_removable_whole_when_it_came_from_a_reward() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        assert!(Stake::reward_position(&bob(), alpha(SUBNET, 700)).is_ok());
        let have = value(&alice(), &bob(), SUBNET);
        assert!((699..=700).contains(&have));
        assert_noop!(
            Stake::remove_stake(signed(alice()), bob(), SUBNET, have - 1, 0),
            Error::<Test>::AmountUnderDustLimit
        );
        assert_ok!(Stake::remove_stake(signed(alice()), bob(), SUBNET, have, have - 2));
        assert!((have - 2..have).contains(&(free(&alice()) - RICH)));
    });
}

#[test]
fn part_should_be_refused_when_the_market_gives_nothing_for_it() {
    build_and_execute(|| {
        DustLimit::<Test>::put(0);
        place(&dave(), &bob(), OTHER, 10);
        assert_noop!(remove(OTHER, 1, 0), Error::<Test>::TooSmallToTrade);
    });
}

#[test]
fn position_should_vanish_when_its_alpha_is_worth_nothing() {
    build_and_execute(|| {
        place(&dave(), &bob(), OTHER, 1);
        assert_eq!(position(&dave(), &bob(), OTHER).unwrap().native, 0);
        assert_noop!(remove(OTHER, 1, 1), Error::<Test>::ReceivedTooLittle);
        let issuance = pallet_market::Markets::<Test>::get(OTHER).unwrap().issuance.0;
        assert_ok!(remove(OTHER, 1, 0));
        assert_eq!(Positions::<Test>::iter().count(), 0);
        assert_eq!(free(&dave()), RICH);
        // It is burned.
        let after = pallet_market::Markets::<Test>::get(OTHER).unwrap().issuance.0;
        assert_eq!(issuance - after, 1);
    });
}

#[test]
fn removal_should_be_refused_when_an_empty_account_could_not_hold_what_is_paid() {
    build_and_execute(|| {
        let poor = stranger(1);
        for netuid in [NetUid::ROOT, SUBNET] {
            place(&dave(), &bob(), netuid, UNIT);
            let id = Pools::<Test>::get(bob(), netuid).unwrap().id;
            // The stranger gets a position of 400 units.
            Positions::<Test>::mutate(dave(), id, |points| {
                *points.as_mut().unwrap() -= 400_000_000
            });
            Positions::<Test>::insert(poor.clone(), id, 400_000_000);
            let more = |row: &mut Option<PoolRow>| row.as_mut().unwrap().pool.positions += 1;
            Pools::<Test>::mutate(bob(), netuid, more);
            assert_noop!(remove_all(&poor, &bob(), netuid, 0), Error::<Test>::AccountTooSmall);
        }
        assert_ok!(Balances::transfer_allow_death(signed(eve()), poor.clone(), DEPOSIT));
        assert_ok!(remove_all(&poor, &bob(), SUBNET, 0));
        assert_ok!(remove_all(&poor, &bob(), NetUid::ROOT, 0));
        assert_eq!(free(&poor), DEPOSIT + 398 + 400);
    });
}

#[test]
fn remainder_should_go_to_pending_when_the_last_point_leaves_a_subnet() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        no_take(&bob());
        reward_pools(&bob(), 1_000, 10);
        at(6);
        events();
        let have = value(&dave(), &bob(), SUBNET);
        // Half of the reward has come in; the rest is still on its way.
        assert!((UNIT + 499..=UNIT + 500).contains(&have));
        assert_ok!(remove(SUBNET, have, 0));
        let remainder = UNIT + 1_000 - have;
        assert_eq!(pending(SUBNET), remainder);
        assert!(events().contains(&Event::PoolEmptied {
            hotkey: bob(),
            netuid: SUBNET,
            remainder
        }));
    });
}

#[test]
fn pool_should_begin_anew_when_staked_on_after_it_was_emptied() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        let id = || Pools::<Test>::get(bob(), SUBNET).map(|row| row.id);
        let first = id();
        assert_ok!(remove_all(&dave(), &bob(), SUBNET, 0));
        assert_eq!(Pools::<Test>::iter().count() + PoolNames::<Test>::iter().count(), 0);
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_ne!(id(), first);
        assert_eq!(value(&dave(), &bob(), SUBNET), UNIT);
    });
}

#[test]
fn stake_should_be_removable_when_its_hotkey_has_no_uid() {
    build_and_execute(|| {
        // On this subnet nobody holds a uid.
        place(&dave(), &bob(), OTHER, UNIT);
        assert_ok!(remove_all(&dave(), &bob(), OTHER, 0));
    });
}
