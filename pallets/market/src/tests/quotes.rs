//! A quote is what the call then does in the same state, to the unit.

use super::*;
use proptest::prelude::*;

/// Asks, then does, both ways, and compares.
fn compare(native_in: u64, part: u64) {
    let quoted = quote_buy(A, native_in);
    let (fees, spot) = (burned(), Market::spot(A));
    let done = buy(&alice(), A, native_in, 0);
    assert_eq!(done, quoted.map(|trade| trade.alpha.0));
    if let Ok(trade) = quoted {
        assert_eq!(trade.native, native_in);
        assert_eq!(trade.fee, burned() - fees);
        assert_eq!(trade.price_after, Market::spot(A));
        // Emission that was not settled leaves the price up to a unit of the reserve.
        assert!(trade.price_before >= spot);
    }
    let amount = alpha(&alice(), A) / part;
    let quoted = quote_sell(A, amount);
    let fees = burned();
    let done = sell(&alice(), A, amount, 0);
    assert_eq!(done, quoted.map(|trade| trade.native));
    if let Ok(trade) = quoted {
        assert_eq!((trade.alpha.0, trade.fee), (amount, burned() - fees));
        assert_eq!(trade.price_after, Market::spot(A));
    }
}

#[test]
fn quote_should_be_what_the_call_does_when_nothing_is_unsettled() {
    build_and_execute(|| {
        for amount in [1, 2, 1_999, UNIT, 77 * UNIT, 100_000 * UNIT] {
            compare(amount, 3);
        }
    });
}

#[test]
fn quote_should_be_what_the_call_does_when_blocks_of_emission_are_unsettled() {
    build_and_execute(|| {
        Earns::set(333_333_333);
        Emits::set(999_999_999);
        RootTotal::set(5_000 * UNIT);
        for blocks in [1, 5, 720, 50_000] {
            skip(blocks);
            let before = market(A);
            let quoted = quote_buy(A, UNIT).unwrap();
            assert_eq!(market(A), before, "a quote leaves no trace");
            // Without settling, something else would come out.
            let unsettled = before.pool.buy(UNIT, 500).unwrap().alpha_out;
            assert_ne!(quoted.alpha.0, unsettled);
            compare(UNIT, 2);
        }
    });
}

#[test]
fn what_was_earned_should_enter_before_every_trade_and_quote() {
    build_and_execute(|| {
        buy(&alice(), A, 100 * UNIT, 0).unwrap();
        Earns::set(UNIT);
        Emits::set(UNIT);
        RootTotal::set(50_000 * UNIT);
        let trades: [fn(); 5] = [
            || assert!(buy(&alice(), A, UNIT, 0).is_ok()),
            || assert!(sell(&alice(), A, UNIT, 0).is_ok()),
            || assert!(pay(A, UNIT, 0).is_ok()),
            || assert!(Market::quote_buy(A, UNIT).is_ok()),
            || assert!(Market::quote_sell(A, Alpha(UNIT)).is_ok()),
        ];
        for trade in trades {
            skip(50);
            let (minted, emitted) = (market(A).minted, alpha(&participants(), A));
            trade();
            assert_eq!(alpha(&participants(), A) - emitted, 50 * UNIT);
            assert!(market(A).minted.0 - minted.0 > 50 * UNIT);
        }
    });
}

#[test]
fn payment_should_burn_what_was_quoted_when_emission_is_unsettled() {
    build_and_execute(|| {
        Earns::set(UNIT);
        Emits::set(UNIT);
        RootTotal::set(5_000 * UNIT);
        skip(1_000);
        let quoted = quote_buy(A, 3 * UNIT).unwrap().alpha.0;
        assert_ok!(pay(A, 3 * UNIT, quoted));
        skip(1_000);
        let quoted = quote_buy(A, 3 * UNIT).unwrap().alpha.0;
        assert_noop!(pay(A, 3 * UNIT, quoted + 1), crate::Error::<Test>::BurnedTooLittle);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn quote_should_be_what_the_call_does_in_any_state(
        rounds in prop::collection::vec((0u32..3_000, 1u64..50_000_000_000_000, 1u64..9), 1..12),
        earns in 0u64..2 * UNIT,
        emits in 0u64..2 * UNIT,
        root in 0u64..1_000_000 * UNIT,
    ) {
        build_and_execute(|| {
            Earns::set(earns);
            Emits::set(emits);
            RootTotal::set(root);
            for (blocks, amount, part) in rounds {
                skip(blocks);
                compare(amount, part);
                poll();
            }
        });
    }
}
