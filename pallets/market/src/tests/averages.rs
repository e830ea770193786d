//! What decides on a subnet's earnings follows the pool slowly, and never a pump.

use super::*;
use alun_market_math::price::{moved, PRICE_ONE};

/// What a share would be made of.
fn averages() -> (f64, f64) {
    let (price, reserve) = Market::averages(A);
    (price as f64 / PRICE_ONE as f64, reserve as f64 / UNIT as f64)
}

#[test]
fn averages_should_start_at_nothing_when_a_pool_is_young() {
    build_and_execute(|| {
        assert_eq!(Market::averages(A), (0, 0));
        // A day later a pool that costs 1 counts for 5 %.
        skip(14_400);
        let (price, reserve) = averages();
        assert!((0.048..0.0486).contains(&price), "{price}");
        assert!((48.0..48.6).contains(&reserve), "{reserve}");
        skip(HALF_LIFE - 14_400);
        assert_eq!(Market::averages(A), (PRICE_ONE / 2, 500 * UNIT));
    });
}

/// Brings the price down to a hundredth.
fn cheapen() {
    Emits::set(9_000 * UNIT);
    skip(1);
    buy(&alice(), A, UNIT, 0).unwrap();
    Emits::set(0);
    let emitted = alpha(&participants(), A);
    sell(&participants(), A, emitted, 0).unwrap();
    assert!(Market::spot(A) < PRICE_ONE / 90);
}

#[test]
fn averages_should_not_move_when_a_pool_is_pumped_within_a_block() {
    build_and_execute(|| {
        cheapen();
        skip(HALF_LIFE);
        let before = Market::averages(A);
        let calm = in_view(|| {
            skip(1);
            Market::averages(A)
        });
        // [A] A pump in the first touch of the block, another, and the way back: whoever asks for
        // the share in between sees what the block before left.
        let bought = buy(&bot(), A, 500_000 * UNIT, 0).unwrap();
        assert_eq!(Market::averages(A), before);
        assert!(Market::spot(A) > 1_000 * PRICE_ONE);
        let naive = moved(before.0, Market::spot(A), 1, HALF_LIFE);
        let more = buy(&bot(), A, 100 * UNIT, 0).unwrap();
        assert_eq!(Market::averages(A), before);
        sell(&bot(), A, bought + more, 0).unwrap();
        assert_eq!(Market::averages(A), before);
        // And in the next block it moves towards the price at which this one closed, as if nothing
        // had happened in between.
        skip(1);
        let (price, reserve) = Market::averages(A);
        assert!(price.abs_diff(calm.0) <= calm.0 / 1_000_000_000);
        assert!(reserve.abs_diff(calm.1) <= 1);
        assert!(naive > before.0 + PRICE_ONE / 300_000);
        println!(
            "a pump within a block: it leaves P, {:.4}, where it was; moved by the price of the \
             moment, P would rise by {:.1} parts in 10⁶ each time, for two fees",
            before.0 as f64 / PRICE_ONE as f64,
            (naive - before.0) as f64 / PRICE_ONE as f64 * 1e6,
        );
    });
}

#[test]
fn averages_should_count_a_price_as_at_most_one_when_a_pump_lasts() {
    build_and_execute(|| {
        skip(HALF_LIFE);
        buy(&bot(), A, 500_000 * UNIT, 0).unwrap();
        skip(1);
        let (price, _) = Market::averages(A);
        // One block at any price however high is worth one block at 1.
        let most = PRICE_ONE / 2 + PRICE_ONE / u128::from(2 * HALF_LIFE);
        assert!(price <= most, "{price}");
        skip(100 * HALF_LIFE);
        assert!(Market::averages(A).0 <= PRICE_ONE);
    });
}

#[test]
fn averages_should_be_stored_as_they_are_read_when_the_pool_is_touched() {
    build_and_execute(|| {
        for blocks in [1, 7, 600, 14_400] {
            skip(blocks);
            let read = Market::averages(A);
            buy(&alice(), A, UNIT, 0).unwrap();
            let row = market(A);
            assert_eq!((row.price_average, row.reserve_average), read);
            assert_eq!(row.averaged_at, System::block_number());
            assert_eq!(Market::averages(A), read);
        }
    });
}

#[test]
fn averages_should_move_first_when_emission_enters_before_a_trade() {
    build_and_execute(|| {
        Earns::set(100 * UNIT);
        Emits::set(UNIT);
        RootTotal::set(1_000_000 * UNIT);
        skip(1_000);
        let closing = pool(A);
        let read = Market::averages(A);
        // The injection alone would raise the reserve a hundredfold.
        buy(&alice(), A, UNIT, 0).unwrap();
        assert!(pool(A).native > closing.native);
        assert_eq!(Market::averages(A), read);
    });
}

#[test]
fn averages_should_be_nothing_without_a_market() {
    build_and_execute(|| {
        assert_eq!((Market::averages(B), Market::spot(B)), ((0, 0), 0));
    });
}
