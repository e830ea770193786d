//! What the runtime API reads.

use crate::mock::*;
use alun_primitives::{views::DelegateView, NetUid, UNIT};
use frame::testing_prelude::*;

#[test]
fn delegate_should_show_take_pools_and_registrations() {
    build_and_execute(|| {
        stake(&dave(), &bob(), SUBNET, 2 * UNIT);
        stake(&eve(), &bob(), SUBNET, 3 * UNIT);
        stake(&eve(), &bob(), NetUid::ROOT, UNIT);
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
        stake(&dave(), &bob(), SUBNET, 2 * UNIT);
        stake(&dave(), &charlie(), OTHER, 3 * UNIT);
        stake(&eve(), &bob(), SUBNET, 4 * UNIT);
        let values: Vec<_> =
            Stake::stake_of(&dave()).into_iter().map(|p| (p.netuid, p.value)).collect();
        assert_eq!(values.len(), 2);
        assert!(values.contains(&(SUBNET, 2 * UNIT)) && values.contains(&(OTHER, 3 * UNIT)));
    });
}
