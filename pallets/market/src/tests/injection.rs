//! Emission enters the pool without moving the price, within the schedule and the cap.

use super::*;
use crate::Event;

/// Tokens on their way, counted as minted.
fn inject(native: u64, emitted: u64) -> u64 {
    Earns::set(native);
    Emits::set(emitted);
    skip(1);
    let before = alpha(&participants(), A);
    <Test as crate::Config>::Settle::settle(A);
    alpha(&participants(), A) - before
}

use alun_primitives::traits::Settle;

/// The price in 10⁻⁹.
fn price() -> u128 {
    (Market::spot(A) * 1_000_000_000) >> 64
}

#[test]
fn injection_should_leave_the_price_where_it_is() {
    build_and_execute(|| {
        RootTotal::set(1_000_000 * UNIT);
        buy(&alice(), A, 123_456_789_012, 0).unwrap();
        let (spot, before) = (Market::spot(A), pool(A));
        assert_eq!(inject(UNIT / 2 + 1, UNIT), UNIT);
        let after = pool(A);
        assert!(after.native > before.native && after.alpha > before.alpha);
        // At most one unit of the reserve: the price never falls, and rises by less than that.
        assert!(Market::spot(A) >= spot);
        let one_unit_less = u128::from(after.native - 1) << 64;
        assert!(one_unit_less / u128::from(after.alpha) <= spot);
    });
}

#[test]
fn excess_should_wait_to_buy_when_the_schedule_allows_less_alpha() {
    build_and_execute(|| {
        // ρ = 0.18 · 1,000 / (0.18 · 1,000 + 1,000): of one alpha emitted 0.1525… may enter.
        RootTotal::set(1_000 * UNIT);
        let row = market(A);
        events();
        assert_eq!(inject(UNIT, UNIT), UNIT);
        let most = UNIT * 18 / 118;
        let now = market(A);
        assert_eq!(now.pool.alpha - row.pool.alpha, most);
        assert_eq!(now.pool.native - row.pool.native, most, "at a price of 1");
        assert_eq!(now.buyback, UNIT - most);
        assert_eq!(now.issuance.0 - row.issuance.0, UNIT + most);
        assert_eq!(now.scheduled.0 - row.scheduled.0, UNIT + most);
        assert!(now.queued);
        let injected = Event::Injected {
            netuid: A,
            native: most,
            alpha: Alpha(most),
            excess: UNIT - most,
            emitted: Alpha(UNIT),
        };
        assert_eq!(events(), [injected]);
    });
}

#[test]
fn pool_should_get_all_when_the_subnet_earns_less_than_its_alpha_is_worth() {
    build_and_execute(|| {
        RootTotal::set(1_000_000 * UNIT);
        let row = market(A);
        inject(UNIT / 10, UNIT);
        let now = market(A);
        assert_eq!(now.pool.native - row.pool.native, UNIT / 10);
        assert_eq!((now.buyback, now.queued), (0, false));
        // The schedule counts what could have been issued, not what was.
        assert!(now.scheduled > now.minted);
    });
}

#[test]
fn emission_should_end_at_the_cap() {
    build_and_execute(|| {
        RootTotal::set(1_000_000 * UNIT);
        Cap::set(1_000 * UNIT + 5);
        assert_eq!(inject(UNIT, UNIT), 5, "what is left");
        assert_eq!(market(A).issuance.0, Cap::get());
        assert_eq!(inject(UNIT, UNIT), 0);
        assert_eq!(market(A).buyback, 2 * UNIT, "native tokens still buy and burn");
        // What is burned may be emitted again.
        assert_ok!(pay(A, UNIT, 0));
        let burned = Cap::get() - market(A).issuance.0;
        assert!(burned > 0);
        assert_eq!(inject(UNIT, UNIT), burned);
        assert_eq!(market(A).issuance.0, Cap::get());
    });
}

#[test]
fn emission_should_be_burned_when_there_is_no_market() {
    build_and_execute(|| {
        let credit = Market::inject(B, withdraw(&alice(), 77), Alpha(9));
        assert_eq!(credit.peek(), Alpha::ZERO);
        assert_eq!(burned(), 77);
        assert_eq!(Market::issuance(B), Alpha::ZERO);
    });
}

#[test]
fn injection_should_write_nothing_when_nothing_was_earned() {
    build_and_execute(|| {
        let row = market(A);
        skip(10);
        assert_eq!(inject(0, 0), 0);
        assert_eq!(market(A), row);
    });
}

#[test]
fn price_should_stay_over_many_injections_when_nobody_trades() {
    build_and_execute(|| {
        RootTotal::set(50_000 * UNIT);
        buy(&alice(), A, 50 * UNIT, 0).unwrap();
        let before = price();
        for round in 0..2_000 {
            inject(499_999_999 + round, UNIT);
        }
        let after = price();
        assert!(after - before <= 2, "{before} to {after} in 10⁻⁹");
        assert_eq!(
            market(A).pool.native + market(A).buyback - 1_000 * UNIT,
            50 * UNIT - UNIT / 40 + (0..2_000).map(|round| 499_999_999 + round).sum::<u64>()
        );
    });
}
