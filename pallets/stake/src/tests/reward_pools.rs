//! Rewards to a validator's pools: take, root part, subnet part, to the unit.

use crate::{mock::*, Event};
use alun_primitives::{
    traits::{PoolReward, StakeView},
    NetUid, UNIT,
};
use frame::testing_prelude::*;
use proptest::prelude::*;

#[test]
fn reward_should_go_to_take_then_root_then_subnet() {
    build_and_execute(|| {
        stake(&dave(), &bob(), NetUid::ROOT, 1_000 * UNIT);
        stake(&eve(), &bob(), SUBNET, 820 * UNIT);
        // τ·root = 180, subnet = 820: of the 82 after the take, 18 % are root's.
        let reward = reward_pools(&bob(), 100 * UNIT, 10);
        let expected =
            PoolReward { take: 18 * UNIT, root: 14_760_000_000, subnet: 67_240_000_000, burned: 0 };
        assert_eq!(reward, expected);
        assert_eq!(value(&alice(), &bob(), SUBNET), 18 * UNIT);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 1_000 * UNIT);
        for (netuid, amount) in [(NetUid::ROOT, expected.root), (SUBNET, expected.subnet)] {
            System::assert_has_event(
                Event::RewardAdded { hotkey: bob(), netuid, amount, until: 11 }.into(),
            );
        }
        at(11);
        let root = value(&dave(), &bob(), NetUid::ROOT);
        assert!((1_014_759_999_999..=1_014_760_000_000).contains(&root), "{root}");
        // The subnet part is shared with the take's position, which is in the pool by now.
        let eves = value(&eve(), &bob(), SUBNET);
        let alices = value(&alice(), &bob(), SUBNET);
        assert!((838 * UNIT + expected.subnet).abs_diff(eves + alices) <= 2);
        assert!(eves > 820 * UNIT + 65 * UNIT);
    });
}

#[test]
fn many_nominators_should_be_rewarded_in_proportion() {
    build_and_execute(|| {
        assert_ok!(Stake::set_take(signed(alice()), bob(), 0));
        stake(&dave(), &bob(), SUBNET, 30 * UNIT);
        stake(&eve(), &bob(), SUBNET, 10 * UNIT);
        reward_pools(&bob(), 4 * UNIT, 1);
        at(2);
        assert!((33 * UNIT).abs_diff(value(&dave(), &bob(), SUBNET)) <= 1);
        assert!((11 * UNIT).abs_diff(value(&eve(), &bob(), SUBNET)) <= 1);
    });
}

#[test]
fn part_should_be_burned_when_no_pool_has_stake() {
    build_and_execute(|| {
        let reward = reward_pools(&bob(), 100 * UNIT, 10);
        let expected = PoolReward { take: 18 * UNIT, root: 0, subnet: 0, burned: 82 * UNIT };
        assert_eq!(reward, expected);
        assert_eq!(Burn::total(), 82 * UNIT);
        assert_eq!(value(&alice(), &bob(), SUBNET), 18 * UNIT);
    });
}

#[test]
fn all_should_go_to_root_when_only_root_has_stake() {
    build_and_execute(|| {
        stake(&dave(), &bob(), NetUid::ROOT, UNIT);
        let reward = reward_pools(&bob(), 100, 10);
        assert_eq!(reward, PoolReward { take: 18, root: 82, subnet: 0, burned: 0 });
    });
}

#[test]
fn all_should_be_burned_when_the_hotkey_has_no_coldkey() {
    build_and_execute(|| {
        assert_eq!(reward_pools(&eve(), 7, 10), PoolReward { burned: 7, ..Default::default() });
        assert_eq!(Burn::total(), 7);
    });
}

#[test]
fn stake_weight_should_be_subnet_stake_and_tau_of_root_without_what_is_on_its_way() {
    build_and_execute(|| {
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 0);
        stake(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        stake(&dave(), &bob(), SUBNET, 10 * UNIT);
        stake(&dave(), &bob(), OTHER, 77 * UNIT);
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 28 * UNIT);
        assert_ok!(Stake::set_take(signed(alice()), bob(), 0));
        reward_pools(&bob(), 28 * UNIT, 10);
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 28 * UNIT);
        at(11);
        // 10 to the subnet's pool, τ of the 18 to root's.
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 38 * UNIT + 3_240_000_000);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is lost on the way, whatever the amounts.
    #[test]
    fn parts_should_sum_exactly(
        amount in 0u64..1 << 50, root in 500_000u64..RICH / 4, subnet in 500_000u64..RICH / 4,
    ) {
        new_test_ext().execute_with(|| {
            stake(&dave(), &bob(), NetUid::ROOT, root);
            stake(&dave(), &bob(), SUBNET, subnet);
            let got = reward_pools(&bob(), amount, 9);
            assert_eq!(got.take + got.root + got.subnet + got.burned, amount);
            assert_eq!(Stake::check_invariants(), Ok(()));
            assert_eq!(Stake::surplus(), Some(0));
        });
    }
}
