//! Stake on root: native tokens, one total, and dividends that are sold alpha.

use crate::{mock::*, Pools, RootTotal};
use alun_primitives::{traits::RootStake, NetUid, UNIT};
use frame::testing_prelude::*;

const ROOT: NetUid = NetUid::ROOT;

fn total() -> u64 {
    <Stake as RootStake<AccountId>>::total()
}

#[test]
fn total_should_follow_whatever_enters_and_leaves_root() {
    build_and_execute(|| {
        place(&dave(), &bob(), ROOT, 100 * UNIT);
        place(&eve(), &charlie(), ROOT, 50 * UNIT);
        assert_eq!(total(), 150 * UNIT);
        assert_ok!(Stake::move_stake(signed(dave()), ROOT, bob(), charlie(), 10 * UNIT, 0));
        assert_ok!(Stake::transfer_stake(signed(dave()), eve(), bob(), ROOT, 10 * UNIT, 0));
        assert_eq!(total(), 150 * UNIT);
        Stake::reward_root(&bob(), credit(7));
        assert_eq!(total(), 150 * UNIT + 7, "what is on its way included");
        assert_ok!(Stake::swap_stake(signed(dave()), bob(), ROOT, SUBNET, 30 * UNIT, 0));
        assert_eq!(total(), 120 * UNIT + 7);
        assert_ok!(Stake::remove_stake(signed(dave()), bob(), ROOT, 20 * UNIT, 0));
        assert_eq!(total(), 100 * UNIT + 7);
        // Stake on subnets is not in it.
        place(&dave(), &bob(), SUBNET, UNIT);
        assert_eq!(total(), 100 * UNIT + 7);
        assert_eq!(<Stake as RootStake<AccountId>>::weight(), 180_000);
    });
}

#[test]
fn reward_should_be_burned_when_nobody_has_staked_on_root() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, UNIT);
        Stake::reward_root(&bob(), credit(1_000));
        Stake::reward_root(&stranger(1), credit(10));
        assert_eq!((burned(), RootTotal::<Test>::get()), (1_010, 0));
        Stake::reward_root(&bob(), credit(0));
        assert_eq!(burned(), 1_010);
    });
}

#[test]
fn remainder_should_be_burned_when_the_last_point_leaves_root() {
    build_and_execute(|| {
        place(&dave(), &bob(), ROOT, UNIT);
        Stake::reward_root(&bob(), credit(1_000));
        assert_ok!(remove_all(&dave(), &bob(), ROOT, UNIT));
        assert_eq!((burned(), RootTotal::<Test>::get()), (1_000, 0));
        assert_eq!((pending(ROOT), free(&dave())), (0, RICH));
        assert!(!Pools::<Test>::contains_key(bob(), ROOT));
    });
}

#[test]
fn joining_root_for_one_block_should_get_one_blocks_worth() {
    build_and_execute(|| {
        // [A]
        place(&dave(), &bob(), ROOT, 100 * UNIT);
        let reward = 72 * UNIT;
        Stake::reward_root(&bob(), credit(reward));
        at(101);
        stake(&eve(), &bob(), ROOT, 9_900 * UNIT);
        at(102);
        assert_ok!(remove_all(&eve(), &bob(), ROOT, 0));
        let gain = free(&eve()) - RICH;
        println!(
            "[A] the same on root, of {reward} units: {gain} with the rule, {} without",
            reward / 100 * 99
        );
        assert!(gain > 0 && gain <= reward / 720, "gained {gain}");
        at(721);
        assert!(value(&dave(), &bob(), ROOT) >= 100 * UNIT + reward - reward / 720 - 2);
    });
}
