//! A new subnet's lock seeds its pool.

use super::*;
use crate::{Event, Markets};
use alun_market_math::price::PRICE_ONE;
use frame::token::{fungible::Balanced, imbalance::Imbalance};

#[test]
fn pool_should_cost_one_when_it_is_the_first() {
    new_test_ext().execute_with(|| {
        open(A, LOCK);
        let row = market(A);
        assert_eq!((row.pool.native, row.pool.alpha), (1_000 * UNIT, 1_000 * UNIT));
        assert_eq!(Market::spot(A), PRICE_ONE);
        let seed = Alpha(1_000 * UNIT);
        assert_eq!((row.issuance, row.minted, row.scheduled), (seed, seed, seed));
        // The existential deposit is the account's, and nobody's.
        assert_eq!(native(&Market::account(A)), LOCK);
        let opened =
            Event::MarketOpened { netuid: A, native: 1_000 * UNIT, alpha: seed, price: PRICE_ONE };
        assert_eq!(events(), [opened]);
        check();
    });
}

#[test]
fn pool_should_cost_the_median_of_the_averages_when_others_exist() {
    build_and_execute(|| {
        // Half a half-life later, and another half: P of A is a half.
        skip(HALF_LIFE / 2);
        skip(HALF_LIFE / 2);
        let (median, _) = Market::averages(A);
        assert_eq!(median, PRICE_ONE / 2);
        open(B, LOCK);
        assert_eq!(pool(B).alpha, 2_000 * UNIT);
        // B is young, its P is 0: of two in the middle the higher counts.
        open(NetUid(3), LOCK);
        assert_eq!(pool(NetUid(3)).alpha, 2_000 * UNIT);
        // Two of four are 0, and of the middle two the higher is A's.
        Markets::<Test>::mutate(A, |row| row.as_mut().unwrap().price_average = 0);
        open(NetUid(4), LOCK);
        let floor = (1_000 * u128::from(UNIT) * PRICE_ONE) / PRICE_ONE.div_ceil(100);
        assert_eq!(u128::from(pool(NetUid(4)).alpha), floor, "clamped to 0.01");
        // Put back what the test pushed aside.
        Markets::<Test>::mutate(A, |row| row.as_mut().unwrap().price_average = PRICE_ONE / 2);
    });
}

#[test]
fn seed_should_be_a_hundredth_of_the_cap_when_the_lock_would_seed_more() {
    build_and_execute(|| {
        open(B, 10_000 * UNIT + DEPOSIT);
        // A is as young as B: its P is 0, and the price would be 0.01.
        assert_eq!(pool(B).alpha, 210_000 * UNIT);
        assert_eq!(pool(B).native, 10_000 * UNIT, "all of the lock is in the pool");
        assert_eq!(Market::spot(B), PRICE_ONE * 10 / 210);
    });
}

#[test]
fn lock_should_come_back_when_there_is_a_market_already_or_it_seeds_none() {
    build_and_execute(|| {
        for (netuid, lock) in [(A, LOCK), (B, DEPOSIT), (B, DEPOSIT - 1), (B, 0)] {
            let back = Market::open(netuid, withdraw(&alice(), lock)).expect_err("it is refused");
            assert_eq!(back.peek(), lock);
            Balances::resolve(&alice(), back).unwrap();
        }
        assert_eq!(Market::tradable(A), Ok(()));
        assert_eq!(Market::tradable(B), Err(TradeError::NoMarket));
        assert_eq!(pool(A).native, 1_000 * UNIT);
    });
}

#[test]
fn money_of_strangers_should_be_nobodys_when_it_was_there_before_the_market() {
    new_test_ext().execute_with(|| {
        let origin = RuntimeOrigin::signed(bot());
        assert_ok!(Balances::transfer_keep_alive(origin, Market::account(A), 7_000));
        open(A, LOCK);
        assert_eq!(Market::surplus(A), Some(7_000));
        assert_eq!(pool(A).native, 1_000 * UNIT);
        assert_eq!(Market::check_invariants(), Ok(()));
    });
}
