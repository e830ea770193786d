//! What the runtime API reads.

use crate::mock::*;
use alun_primitives::{
    traits::PriceOracle,
    views::{DelegateView, StakePosition},
    NetUid, UNIT,
};
use frame::testing_prelude::*;

#[test]
fn delegate_should_show_take_pools_and_registrations() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 2 * UNIT);
        place(&eve(), &bob(), SUBNET, 3 * UNIT);
        place(&eve(), &bob(), NetUid::ROOT, UNIT);
        assert_ok!(Stake::set_take(signed(alice()), bob(), 1));
        assert_ok!(Stake::set_take(signed(alice()), bob(), 2));
        let expected = DelegateView {
            hotkey: bob(),
            coldkey: alice(),
            take: 1,
            pending_take: Some((14_401, 2)),
            pools: vec![(NetUid::ROOT, UNIT, 1), (SUBNET, 5 * UNIT, 2)],
            registrations: vec![SUBNET],
        };
        assert_eq!(Stake::delegate(&bob()), Some(expected));
        assert_eq!(Stake::delegate(&dave()), None);
    });
}

#[test]
fn delegates_should_be_listed_in_pages() {
    build_and_execute(|| {
        let all = Stake::delegates(0, 10);
        assert_eq!(all.len(), 2);
        let paged: Vec<_> = (0..3).flat_map(|page| Stake::delegates(page, 1)).collect();
        assert_eq!(paged, all);
    });
}

#[test]
fn stake_of_should_list_every_position_of_a_coldkey_and_no_others() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 2 * UNIT);
        place(&dave(), &bob(), NetUid::ROOT, 5 * UNIT);
        place(&dave(), &charlie(), OTHER, 3 * UNIT);
        place(&eve(), &bob(), SUBNET, 4 * UNIT);
        let listed = Stake::stake_of(&dave());
        assert_eq!(listed.len(), 3);
        let row = |hotkey: AccountId, netuid, value: u64, native| StakePosition {
            hotkey,
            netuid,
            value,
            native,
            points: u128::from(value) * 1_000_000,
        };
        // Alpha in native tokens at the spot prices, 1 and 10/21.
        assert!(listed.contains(&row(bob(), SUBNET, 2 * UNIT, 2 * UNIT)), "{listed:?}");
        assert!(listed.contains(&row(bob(), NetUid::ROOT, 5 * UNIT, 5 * UNIT)));
        assert!(listed.contains(&row(charlie(), OTHER, 3 * UNIT, 1_428_571_428)), "{listed:?}");
    });
}

#[test]
fn native_value_should_follow_the_spot_price_and_exceed_what_a_sale_gives() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 1_000 * UNIT);
        let before = position(&dave(), &bob(), SUBNET).unwrap();
        stake(&eve(), &bob(), SUBNET, 10_000 * UNIT);
        let after = position(&dave(), &bob(), SUBNET).unwrap();
        // A unit of the value may be rounded away by then.
        assert!(before.value - after.value <= 1);
        let expected = (u128::from(after.value) * Market::spot(SUBNET)) >> 64;
        assert_eq!(u128::from(after.native), expected);
        assert!(after.native > before.native);
        let sale = Stake::quote_remove(&dave(), &bob(), SUBNET, None).unwrap();
        assert!(sale.received < after.native);
    });
}

#[test]
fn nominators_part_of_a_reward_should_be_what_it_gains() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, 30 * UNIT);
        place(&eve(), &bob(), SUBNET, 10 * UNIT);
        let reward = reward_pools(&bob(), 4 * UNIT, 10).subnet;
        let pool = Stake::nominator_pool(&dave(), &bob(), SUBNET, reward);
        let (theirs, others) = (pool.theirs.0, pool.others.0);
        assert_eq!(theirs + others + pool.rounding.0, reward.0);
        let before = value(&dave(), &bob(), SUBNET);
        at(11);
        let gained = value(&dave(), &bob(), SUBNET) - before;
        assert!(gained.abs_diff(theirs) <= 1, "{gained} {theirs}");
        assert!((3 * UNIT).abs_diff(theirs) <= 1_000);
    });
}
