//! Rewards enter linearly: who joins for one block gets one block's worth **[A]**.

use crate::{
    mock::*,
    pool::{Pool, Stream},
};
use alun_primitives::UNIT;
use frame::testing_prelude::*;
use proptest::prelude::*;

fn streaming(amount: u64, now: u32, blocks: u32) -> Pool {
    let mut pool = Pool::default().at(now);
    pool.deposit(UNIT).unwrap();
    pool.reward(amount, now, blocks).unwrap();
    pool
}

#[test]
fn reward_should_enter_evenly_over_its_blocks() {
    let pool = streaming(1_000, 100, 10);
    for (block, entered) in
        [(100, 0), (101, 100), (105, 500), (109, 900), (110, 1_000), (999, 1_000)]
    {
        let then = pool.clone().at(block);
        assert_eq!(then.value, UNIT + entered, "block {block}");
        assert_eq!(then.holdings(), UNIT + 1_000, "block {block}");
    }
}

#[test]
fn new_reward_should_be_merged_with_what_is_on_its_way() {
    let mut pool = streaming(1_000, 100, 10).at(105);
    assert_eq!(pool.reward(700, 105, 10), Ok(115));
    assert_eq!(pool.stream, Stream { remaining: 1_200, last: 105, end: 115 });
    assert_eq!(pool.at(110).value, UNIT + 500 + 600);
}

#[test]
fn short_reward_should_not_hurry_a_long_one() {
    // The attacker's subnet of tempo 1 must not release what another sends over 1,000 blocks.
    let mut pool = streaming(1_000_000, 100, 1_000).at(200);
    assert_eq!(pool.reward(1, 200, 1), Ok(1_100));
    assert!(pool.at(201).value <= UNIT + 100_000 + 1_001);
}

#[test]
fn reward_should_take_a_block_when_its_way_is_zero() {
    let pool = streaming(10, 100, 0);
    assert_eq!(pool.clone().at(100).value, UNIT);
    assert_eq!(pool.at(101).value, UNIT + 10);
}

#[test]
fn joining_for_one_block_should_get_one_blocks_worth() {
    build_and_execute(|| {
        // [A]
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        let reward = 72 * UNIT;
        reward_pools(&bob(), reward, 720);
        at(101);
        // The attacker brings 99 times the victim's stake for one block, and pays no fees for it.
        place(&eve(), &bob(), SUBNET, 9_900 * UNIT);
        at(102);
        let gain = value(&eve(), &bob(), SUBNET) - 9_900 * UNIT;
        assert_ok!(remove_all(&eve(), &bob(), SUBNET, 0));
        println!(
            "[A] who brings 99 times the stake for one of 720 blocks, of {reward} units: {gain} with \
             the rule, {} without",
            reward / 100 * 99
        );
        assert!(gain > 0 && gain <= reward / 720, "gained {gain}");
        // The victim gets all the rest.
        at(721);
        let victims = value(&dave(), &bob(), SUBNET);
        assert!(victims >= 100 * UNIT + reward - reward / 720 - 2, "got {victims}");
    });
}

#[test]
fn joining_and_leaving_within_one_block_should_get_nothing() {
    build_and_execute(|| {
        place(&dave(), &bob(), SUBNET, 100 * UNIT);
        at(50);
        stake(&eve(), &bob(), SUBNET, 9_900 * UNIT);
        let joined = value(&eve(), &bob(), SUBNET);
        reward_pools(&bob(), 72 * UNIT, 720);
        assert!(value(&eve(), &bob(), SUBNET) <= joined);
        assert_ok!(remove_all(&eve(), &bob(), SUBNET, 0));
        assert!(free(&eve()) < RICH);
    });
}

proptest! {
    /// However often and whenever it is read, all of a reward enters by its end, and never early.
    #[test]
    fn stream_should_lose_nothing_whenever_it_is_touched(
        amount in 0u64..1 << 55, blocks in 1u32..5_000, mut touched in prop::collection::vec(0u32..6_000, 0..20),
    ) {
        let mut pool = streaming(amount, 1, blocks);
        touched.sort_unstable();
        for block in touched {
            pool = pool.at(1 + block);
            prop_assert_eq!(pool.holdings(), UNIT + amount);
            let fair = u128::from(amount) * u128::from(block.min(blocks)) / u128::from(blocks);
            prop_assert!(u128::from(pool.value - UNIT) <= fair);
        }
        prop_assert_eq!(pool.at(1 + blocks).value, UNIT + amount);
    }
}
