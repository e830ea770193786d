//! Rewards to a validator's pools: take, root part, subnet part, to the unit.

use crate::{mock::*, Event, RootWeight};
use alun_primitives::{
    traits::{PoolReward, RewardSink, StakeView},
    Alpha, NetUid, UNIT,
};
use frame::testing_prelude::*;
use proptest::prelude::*;

fn parts(take: u64, root: u64, subnet: u64, burned: u64) -> PoolReward {
    let [take, root, subnet, burned] = [take, root, subnet, burned].map(Alpha);
    PoolReward { take, root, subnet, burned }
}

/// Alpha that waits to be sold for root.
fn waiting() -> u64 {
    Market::market_view(SUBNET).expect("a market").root_parts.0
}

/// What there is of the subnet's alpha.
fn issuance() -> u64 {
    Market::market_view(SUBNET).expect("a market").issuance.0
}

#[test]
fn reward_should_go_to_take_then_root_then_subnet() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, 1_000 * UNIT);
        place(&eve(), &bob(), SUBNET, 820 * UNIT);
        events();
        // τ·root = 180, subnet = 820: of the 82 after the take, 18 % are root's.
        let reward = reward_pools(&bob(), 100 * UNIT, 10);
        assert_eq!(reward, parts(18 * UNIT, 14_760_000_000, 67_240_000_000, 0));
        assert_eq!(value(&alice(), &bob(), SUBNET), 18 * UNIT);
        // Root's part waits in the market; its stakers have nothing of it yet.
        assert_eq!(waiting(), 14_760_000_000);
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 1_000 * UNIT);
        let added =
            Event::RewardAdded { hotkey: bob(), netuid: SUBNET, amount: 67_240_000_000, until: 11 };
        assert_eq!(events(), [added]);
        at(11);
        // The subnet part is shared with the take's position, which is in the pool by now.
        let (eves, alices) = (value(&eve(), &bob(), SUBNET), value(&alice(), &bob(), SUBNET));
        assert!((838 * UNIT + 67_240_000_000).abs_diff(eves + alices) <= 2);
        assert!(eves > 820 * UNIT + 65 * UNIT);
    });
}

#[test]
fn roots_part_should_reach_its_stakers_when_the_market_sold_it() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), NetUid::ROOT, 100_000 * UNIT);
        let reward = reward_pools(&bob(), 60 * UNIT, 10);
        assert_eq!(reward, parts(0, 60 * UNIT, 0, 0));
        // A lot is 50 alpha; the third turn pays.
        (0..3).for_each(|_| poll());
        let got = crate::RootTotal::<Test>::get() - 100_000 * UNIT;
        assert!((59 * UNIT..60 * UNIT).contains(&got), "{got}");
        let added = events().into_iter().find_map(|event| match event {
            Event::RewardAdded { hotkey, netuid, amount, until } => {
                Some((hotkey, netuid, amount, until))
            }
            _ => None,
        });
        assert_eq!(added, Some((bob(), NetUid::ROOT, got, 4 + 720)));
        check();
        // On its way for 72 minutes.
        assert_eq!(value(&dave(), &bob(), NetUid::ROOT), 100_000 * UNIT);
        at(4 + 360);
        let half = value(&dave(), &bob(), NetUid::ROOT) - 100_000 * UNIT;
        assert!(half.abs_diff(got / 2) <= 1, "{half}");
        at(4 + 720);
        let all = value(&dave(), &bob(), NetUid::ROOT) - 100_000 * UNIT;
        assert!((got - 1..=got).contains(&all), "{all}");
    });
}

#[test]
fn roots_part_should_be_burned_when_its_pool_is_gone_before_it_was_sold() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), NetUid::ROOT, 1_000 * UNIT);
        reward_pools(&bob(), 10 * UNIT, 10);
        assert_ok!(remove_all(&dave(), &bob(), NetUid::ROOT, 1_000 * UNIT));
        let before = burned();
        (0..2).for_each(|_| poll());
        let gone = burned() - before;
        assert!((9 * UNIT..=10 * UNIT).contains(&gone), "{gone}");
    });
}

/// What Eve, the only one with alpha on a validator whose weight is root's, has of its reward of 100
/// alpha with one alpha staked; `rule` is off where the weight of root counts for nothing when it is
/// divided.
fn lonely(rule: bool) -> u64 {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), NetUid::ROOT, 10_000 * UNIT);
        place(&eve(), &bob(), SUBNET, UNIT);
        let weight = RootWeight::<Test>::get();
        if !rule {
            RootWeight::<Test>::put(0);
        }
        reward_pools(&bob(), 100 * UNIT, 10);
        RootWeight::<Test>::put(weight);
        at(System::block_number() + 10);
        value(&eve(), &bob(), SUBNET) - UNIT
    })
}

/// \[A\] Who stakes a little alpha where others' root stake earns the dividends.
#[test]
fn alpha_staker_should_not_earn_what_root_stake_earned() {
    let (with, without) = (lonely(true), lonely(false));
    println!(
        "[A] 1 alpha on a validator with 10,000 tokens on root: {with} units of a reward of \
         {} with the rule, {without} without",
        100 * UNIT
    );
    // 1 of 1 + 0.18 · 10,000.
    assert!(with.abs_diff(100 * UNIT / 1_801) <= 1, "{with}");
    assert!(without >= 100 * UNIT - 1_000, "{without}");
}

#[test]
fn many_nominators_should_be_rewarded_in_proportion() {
    build_and_execute(|| {
        no_take(&bob());
        place(&dave(), &bob(), SUBNET, 30 * UNIT);
        place(&eve(), &bob(), SUBNET, 10 * UNIT);
        reward_pools(&bob(), 4 * UNIT, 1);
        at(2);
        assert!((33 * UNIT).abs_diff(value(&dave(), &bob(), SUBNET)) <= 1);
        assert!((11 * UNIT).abs_diff(value(&eve(), &bob(), SUBNET)) <= 1);
    });
}

#[test]
fn part_should_be_burned_when_no_pool_has_stake() {
    build_and_execute(|| {
        let before = issuance();
        assert_eq!(reward_pools(&bob(), 100 * UNIT, 10), parts(18 * UNIT, 0, 0, 82 * UNIT));
        assert_eq!(issuance(), before + 18 * UNIT);
        assert_eq!(value(&alice(), &bob(), SUBNET), 18 * UNIT);
    });
}

#[test]
fn all_should_go_to_root_when_only_root_has_stake() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, UNIT);
        assert_eq!(reward_pools(&bob(), 100, 10), parts(18, 82, 0, 0));
    });
}

#[test]
fn none_should_go_to_root_when_root_weighs_nothing() {
    build_and_execute(|| {
        place(&dave(), &bob(), NetUid::ROOT, UNIT);
        assert_ok!(Stake::set_root_weight(RuntimeOrigin::root(), 0));
        assert_eq!(reward_pools(&bob(), 100, 10), parts(18, 0, 0, 82));
    });
}

#[test]
fn all_should_be_burned_when_the_hotkey_has_no_coldkey() {
    build_and_execute(|| {
        let before = issuance();
        assert_eq!(reward_pools(&eve(), 7, 10), parts(0, 0, 0, 7));
        assert_eq!(issuance(), before);
    });
}

#[test]
fn stake_weight_should_be_alpha_and_tau_of_root_without_what_is_on_its_way() {
    build_and_execute(|| {
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 0);
        place(&dave(), &bob(), NetUid::ROOT, 100 * UNIT);
        place(&dave(), &bob(), SUBNET, 10 * UNIT);
        place(&dave(), &bob(), OTHER, 77 * UNIT);
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 28 * UNIT);
        assert_eq!(Stake::stake_weight(&bob(), NetUid::ROOT), 100 * UNIT);
        assert_eq!(Stake::stake_weights(&[charlie(), bob(), eve()], SUBNET), [0, 28 * UNIT, 0]);
        no_take(&bob());
        reward_pools(&bob(), 28 * UNIT, 10);
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 28 * UNIT);
        at(11);
        // 10 to the subnet's pool; root's 18 are not sold yet.
        assert_eq!(Stake::stake_weight(&bob(), SUBNET), 38 * UNIT);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is lost on the way, whatever the amounts.
    #[test]
    fn parts_should_sum_exactly(
        amount in 0u64..1 << 50, root in 500_000u64..RICH / 4, subnet in 500_000u64..RICH / 4,
    ) {
        build_and_execute(|| {
            place(&dave(), &bob(), NetUid::ROOT, root);
            place(&dave(), &bob(), SUBNET, subnet);
            let before = issuance();
            let credit = alpha(SUBNET, amount);
            let got = <Stake as RewardSink<_>>::reward_pools(&bob(), credit, 9);
            assert_eq!(got.take.0 + got.root.0 + got.subnet.0 + got.burned.0, amount);
            assert_eq!(issuance() - before, amount - got.burned.0);
        });
    }
}
