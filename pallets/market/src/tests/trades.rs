//! Purchases and sales of stakers.

use super::*;
use crate::{Event, Side, Trader};

#[test]
fn buyer_should_get_what_the_product_leaves_when_the_fee_is_off() {
    build_and_execute(|| {
        let before = native(&alice());
        let got = buy(&alice(), A, 100 * UNIT, 0).unwrap();
        // 0.05 % of 100 is the fee: 1000 · 99.95 / 1099.95.
        let kept = 100 * u128::from(UNIT) * 9_995 / 10_000;
        let k = 1_000 * u128::from(UNIT);
        assert_eq!(u128::from(got), k * kept / (k + kept));
        assert_eq!(before - native(&alice()), 100 * UNIT);
        assert_eq!(burned(), UNIT / 20);
        assert_eq!(pool(A).native, 1_000 * UNIT + 100 * UNIT - UNIT / 20);
        assert_eq!(pool(A).alpha, 1_000 * UNIT - got);
        let traded = Event::Traded {
            netuid: A,
            trader: Trader::Staker,
            side: Side::Buy,
            native: 100 * UNIT,
            alpha: Alpha(got),
            fee: UNIT / 20,
            price: Market::spot(A),
        };
        assert_eq!(events().last(), Some(&traded));
    });
}

#[test]
fn seller_should_get_what_the_product_leaves_less_the_fee() {
    build_and_execute(|| {
        let bought = buy(&alice(), A, 100 * UNIT, 0).unwrap();
        let (was, fees) = (pool(A), burned());
        let got = sell(&alice(), A, bought / 2, 0).unwrap();
        let half = u128::from(bought / 2);
        let taken = u128::from(was.native) * half / (u128::from(was.alpha) + half);
        assert_eq!(u128::from(got), taken - (taken * 5).div_ceil(10_000));
        assert_eq!(u128::from(burned() - fees), (taken * 5).div_ceil(10_000));
        assert_eq!(u128::from(pool(A).native), u128::from(was.native) - taken);
        assert_eq!(pool(A).alpha, was.alpha + bought / 2);
    });
}

#[test]
fn trader_should_lose_the_fees_and_no_more_when_it_turns_round() {
    build_and_execute(|| {
        for amount in [UNIT / 1_000, UNIT, 100 * UNIT, 100_000 * UNIT] {
            let bought = buy(&alice(), A, amount, 0).unwrap();
            let back = sell(&alice(), A, bought, 0).unwrap();
            let fees = amount / 1_000;
            assert!(back <= amount - fees + amount / 1_000_000, "{back} of {amount}");
            assert!(back + fees + 100 >= amount, "{back} of {amount}");
        }
    });
}

#[test]
fn trade_should_be_refused_and_give_all_back_when_the_bound_is_missed_by_a_unit() {
    build_and_execute(|| {
        let quoted = quote_buy(A, 5 * UNIT).unwrap().alpha.0;
        let before = pool(A);
        assert_eq!(buy(&alice(), A, 5 * UNIT, quoted + 1), Err(TradeError::BelowBound));
        assert_eq!(pool(A), before);
        assert_eq!(buy(&alice(), A, 5 * UNIT, quoted), Ok(quoted));
        let quoted = quote_sell(A, UNIT).unwrap().native;
        let before = pool(A);
        assert_eq!(sell(&alice(), A, UNIT, quoted + 1), Err(TradeError::BelowBound));
        assert_eq!(pool(A), before);
        assert_eq!(sell(&alice(), A, UNIT, quoted), Ok(quoted));
    });
}

#[test]
fn trade_should_be_refused_when_nothing_would_come_out_or_there_is_no_market() {
    build_and_execute(|| {
        buy(&alice(), A, 500 * UNIT, 0).unwrap();
        // Alpha costs more than 2: one unit of native tokens buys none of it.
        assert_eq!(buy(&alice(), A, 1, 0), Err(TradeError::TooSmall));
        assert_eq!(buy(&alice(), A, 0, 0), Err(TradeError::TooSmall));
        assert_eq!(sell(&alice(), A, 0, 0), Err(TradeError::TooSmall));
        assert_eq!(buy(&alice(), B, UNIT, 0), Err(TradeError::NoMarket));
        assert_eq!(quote_sell(B, UNIT), Err(TradeError::NoMarket));
        assert_eq!(quote_sell(A, u64::MAX), Err(TradeError::TooLarge));
    });
}

/// \[A\] Volume of the author's own.
#[test]
fn fee_should_be_burned_so_that_an_author_gains_nothing_by_trading() {
    build_and_execute(|| {
        // Everybody who could be paid, with the pool's account: what the author loses by trading
        // back and forth is burned, to the unit, and nobody has it.
        let rest = |author: &AccountId| Balances::total_issuance() - native(author);
        let author = alice();
        let (before, others) = (native(&author), rest(&author));
        let pooled = pool(A).native;
        for round in 1..=20 {
            let bought = buy(&author, A, round * UNIT, 0).unwrap();
            sell(&author, A, bought, 0).unwrap();
        }
        assert!(native(&author) < before, "an author that trades loses");
        let kept_by_the_pool = pool(A).native - pooled;
        assert_eq!(rest(&author) - others, kept_by_the_pool, "nobody else gained");
        assert_eq!(before - native(&author), burned() + kept_by_the_pool);
        assert!(kept_by_the_pool <= 40, "roundings, a unit each");
        let with = i128::from(native(&author)) - i128::from(before);
        let without = with + i128::from(burned());
        println!(
            "[A] an author that trades back and forth 20 times: {with} units with the rule, {without} \
             if fees were the author's"
        );
        assert!(with < -40 && without >= -40, "it would trade for nothing");
    });
}
