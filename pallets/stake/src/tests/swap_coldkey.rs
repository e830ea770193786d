//! A coldkey takes another's place: hotkeys, positions and deposits are the new one's, to the point.

use crate::{mock::*, Deposits, Hotkeys, Owned, Pools, Positions};
use alun_primitives::{
    traits::{ColdkeySwap, KeyRegistry, OnColdkeySwapped, Rows},
    NetUid, UNIT,
};
use frame::testing_prelude::*;

/// Moves what is Alice's to Eve as far as the rows go; the invariants hold.
fn go_on(rows: u32) -> bool {
    let swap = ColdkeySwap { old: alice(), new: eve() };
    let done = Stake::go_on(&swap, &mut Rows::new(rows));
    check();
    done
}

#[test]
fn hotkeys_and_positions_should_be_the_new_coldkeys_when_they_moved() {
    build_and_execute(|| {
        place(&alice(), &bob(), SUBNET, 500 * UNIT);
        place(&alice(), &charlie(), OTHER, 7 * UNIT);
        place(&alice(), &bob(), NetUid::ROOT, 20 * UNIT);
        place(&dave(), &bob(), SUBNET, 300 * UNIT);
        // Eve has one of them too: they become one.
        place(&eve(), &bob(), SUBNET, 11 * UNIT);
        let all = [(bob(), SUBNET), (charlie(), OTHER), (bob(), NetUid::ROOT)];
        let points_of = |who: &AccountId| {
            let points = all.iter().map(|(hotkey, on)| points(who, hotkey, *on));
            points.collect::<Vec<_>>()
        };
        let (alices, eves, daves) = (points_of(&alice()), points_of(&eve()), points_of(&dave()));
        let pool = Pools::<Test>::get(bob(), SUBNET).unwrap().pool;
        assert!(go_on(100));
        let sums: Vec<_> = alices.iter().zip(&eves).map(|(a, b)| a + b).collect();
        assert_eq!((points_of(&eve()), points_of(&dave())), (sums, daves));
        assert_eq!(Positions::<Test>::iter_prefix(alice()).count(), 0);
        let after = Pools::<Test>::get(bob(), SUBNET).unwrap().pool;
        assert_eq!((after.points, after.value, after.positions), (pool.points, pool.value, 2));
        for hotkey in [bob(), charlie()] {
            assert_eq!(Stake::coldkey_of(&hotkey), Some(eve()));
        }
        assert_eq!(Owned::<Test>::iter_key_prefix(alice()).count(), 0);
        assert_ok!(Stake::set_take(signed(eve()), bob(), 0));
        assert_ok!(remove_all(&eve(), &bob(), SUBNET, 0));
    });
}

#[test]
fn swap_should_go_on_where_it_was_when_it_has_few_rows() {
    build_and_execute(|| {
        [(bob(), SUBNET), (charlie(), SUBNET), (bob(), OTHER)]
            .iter()
            .for_each(|(hotkey, on)| place(&alice(), hotkey, *on, UNIT));
        let left = || {
            let bound = Hotkeys::<Test>::iter_values().filter(|owner| *owner == alice()).count();
            (bound, Positions::<Test>::iter_prefix(alice()).count())
        };
        assert_eq!(left(), (2, 3));
        assert!(!go_on(1));
        assert_eq!(left(), (2, 3));
        assert!(!go_on(3));
        assert_eq!(left(), (1, 3));
        assert!(!go_on(7));
        assert_eq!(left(), (0, 2));
        assert!(!go_on(4) && go_on(4));
        assert_eq!(left(), (0, 0));
        assert!(go_on(0));
    });
}

#[test]
fn deposit_should_move_with_its_position_and_go_back_when_two_become_one() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        place(&dave(), &charlie(), SUBNET, 100 * UNIT);
        for hotkey in [bob(), charlie()] {
            let (to, amount) = (alice(), 10 * UNIT);
            assert_ok!(Stake::transfer_stake(signed(dave()), to, hotkey, SUBNET, amount, 0));
        }
        place(&eve(), &charlie(), SUBNET, UNIT);
        let held = |who: &AccountId| Balances::reserved_balance(who);
        assert_eq!(held(&dave()), 2 * ROW);
        assert!(go_on(100));
        assert_eq!(held(&dave()), ROW, "one is back");
        let deposits: Vec<_> = Deposits::<Test>::iter_keys().map(|(whose, _)| whose).collect();
        assert_eq!(deposits, [eve()]);
        assert_ok!(remove_all(&eve(), &bob(), SUBNET, 0));
        assert_eq!(held(&dave()), 0);
    });
}
