//! The laws of a pool: nobody gains by rounding, and the first depositor cannot inflate it **[A]**.

use crate::pool::{two_parts, Pool, PoolError};
use alun_primitives::UNIT;
use proptest::prelude::*;

const CAP: u64 = 21_000_000 * UNIT;

#[test]
fn points_should_follow_the_formulas() {
    let mut pool = Pool::default();
    assert_eq!(pool.deposit(1_000), Ok(1_000_000_000));
    pool.value += 999;
    // 500·(10⁹ + 10⁶) / (1,999 + 1), and back.
    assert_eq!(pool.deposit(500), Ok(250_250_000));
    assert_eq!(pool.value_of(250_250_000), (250_250_000u128 * 2_500 / 1_251_250_000) as u64);
}

#[test]
fn inflating_a_pool_should_cost_the_first_depositor_more_than_it_takes_from_the_next() {
    // The attacker stakes one unit, then raises the pool's value by a great gift, so that the
    // victim's deposit would round to nothing if there were no virtual points.
    for gift in [UNIT, 1_000 * UNIT, 1_000_000 * UNIT] {
        let mut pool = Pool::default();
        let attacker = pool.deposit(1).unwrap();
        pool.value += gift;
        let victim = pool.deposit(10 * UNIT).unwrap();
        let victims_loss = 10 * UNIT - pool.value_of(victim);
        let attackers_loss = 1 + gift - pool.value_of(attacker).min(1 + gift);
        assert!(attackers_loss > gift / 4, "gift {gift}: the attacker lost {attackers_loss}");
        // At most the value of one point; `min_received` is the victim's own bound besides.
        assert!(
            victims_loss <= attackers_loss / 100_000,
            "gift {gift}: the victim lost {victims_loss}, the attacker {attackers_loss}"
        );
    }
}

#[test]
fn deposit_should_be_refused_when_it_is_worth_no_point() {
    let mut pool = Pool::default();
    pool.deposit(1).unwrap();
    pool.value += 3_000_000;
    let before = pool.clone();
    assert_eq!(pool.deposit(1), Err(PoolError::ZeroPoints));
    assert_eq!(pool.deposit(0), Err(PoolError::ZeroAmount));
    assert_eq!(pool, before);
}

#[test]
fn two_parts_should_round_the_first_to_the_nearest_and_sum_exactly() {
    assert_eq!(two_parts(10, 1, 2), Some((3, 7)));
    assert_eq!(two_parts(10, 2, 1), Some((7, 3)));
    assert_eq!(two_parts(1, 1, 1), Some((1, 0)));
    assert_eq!(two_parts(10, 0, 5), Some((0, 10)));
    assert_eq!(two_parts(10, 5, 0), Some((10, 0)));
    assert_eq!(two_parts(10, 0, 0), None);
    assert_eq!(two_parts(0, 1, 1), Some((0, 0)));
}

proptest! {
    #[test]
    fn two_parts_should_always_sum(amount in any::<u64>(), a in 0u128..1 << 84, b in 0u128..1 << 84) {
        match two_parts(amount, a, b) {
            Some((x, y)) => prop_assert_eq!(x.checked_add(y), Some(amount)),
            None => prop_assert_eq!(a + b, 0),
        }
    }

    /// Whatever stakers and rewards do: positions are never worth more than the pool, nobody takes
    /// out more than it put in plus rewards, and the price of a point never falls.
    #[test]
    fn pool_should_never_owe_more_than_it_has(
        steps in prop::collection::vec((0u8..4, 0usize..3, 1u64..CAP / 64), 1..48),
    ) {
        let mut pool = Pool::default();
        let mut held = [0u128; 3];
        for (what, who, amount) in steps {
            let price = (u128::from(pool.value) + 1, pool.points + 1_000_000);
            match what {
                0 => held[who] += pool.deposit(amount).unwrap_or(0),
                1 if pool.points > 0 => pool.value += amount,
                2 | 3 => {
                    let wanted = (what == 2).then_some(amount);
                    if let Ok(exit) = pool.exit(held[who], wanted, 500_000) {
                        prop_assert!(wanted.is_none_or(|wanted| exit.amount >= wanted));
                        pool.withdraw(exit).unwrap();
                        held[who] -= exit.points;
                        let left = pool.value_of(held[who]);
                        prop_assert!(held[who] == 0 || left >= 500_000);
                    }
                }
                _ => {}
            }
            prop_assert_eq!(pool.points, held.iter().sum::<u128>());
            let owed: u64 = held.iter().map(|points| pool.value_of(*points)).sum();
            prop_assert!(owed <= pool.value);
            prop_assert!(pool.points == 0 || pool.value > 0);
            if pool.points > 0 {
                let new = (u128::from(pool.value) + 1, pool.points + 1_000_000);
                prop_assert!(at_least(new, price), "the price of a point fell");
            } else {
                pool = Pool::default();
            }
        }
    }

    #[test]
    fn depositing_and_leaving_should_never_gain(
        first in 1u64..CAP / 4, reward in 0u64..CAP / 4, amount in 1u64..CAP / 4,
    ) {
        let mut pool = Pool::default();
        pool.deposit(first).unwrap();
        pool.value += reward;
        if let Ok(points) = pool.deposit(amount) {
            prop_assert!(pool.value_of(points) <= amount);
        }
    }
}

/// Whether the fraction `a` is at least the fraction `b`.
fn at_least(a: (u128, u128), b: (u128, u128)) -> bool {
    use frame::hashing::U256;
    U256::from(a.0) * U256::from(b.1) >= U256::from(b.0) * U256::from(a.1)
}
