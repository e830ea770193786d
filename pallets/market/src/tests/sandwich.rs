//! What a bot that sees everything, and may order transactions as it likes, takes from others.
//!
//! Each study prints what the bot would have earned without the rule.

use super::*;
use crate::Markets;

/// Tokens, for people.
fn tokens(units: i128) -> f64 {
    units as f64 / UNIT as f64
}

/// Sizes of the bot's trades, in tokens.
const SIZES: [u64; 9] = [1, 3, 10, 50, 200, 1_000, 5_000, 50_000, 500_000];

/// What the bot has after `attack` beyond what it had, native; everything is undone then.
fn earned(attack: impl FnOnce()) -> i128 {
    in_view(|| {
        let before = native(&bot());
        attack();
        i128::from(native(&bot())) - i128::from(before)
    })
}

/// The bot buys before a user's purchase of 100 tokens, and sells after it. Returns what the bot
/// earned and whether the user's purchase was made.
fn around_a_purchase(size: u64, slippage_percent: u64) -> (i128, bool) {
    let quoted = quote_buy(A, 100 * UNIT).unwrap().alpha.0;
    let bound = quoted - quoted * slippage_percent / 100;
    let mut made = false;
    let result = earned(|| {
        let front = buy(&bot(), A, size * UNIT, 0).unwrap();
        made = buy(&alice(), A, 100 * UNIT, bound).is_ok();
        sell(&bot(), A, front, 0).unwrap();
    });
    (result, made)
}

#[test]
fn bot_should_lose_when_a_buyers_bound_is_tight() {
    build_and_execute(|| {
        // [A]
        let mut best = i128::MIN;
        for size in SIZES {
            let (result, made) = around_a_purchase(size, 0);
            assert!(!made && result < 0, "{size}: {result}");
            best = best.max(around_a_purchase(size, 100).0);
        }
        assert!(best > 0);
        println!(
            "sandwich of a purchase of 100 tokens in a pool of 1,000: a bot earns up to {:.3} tokens \
             from a buyer without a bound, and loses its fees to one with a tight bound",
            tokens(best),
        );
    });
}

#[test]
fn bot_should_lose_when_a_sellers_bound_is_tight() {
    build_and_execute(|| {
        buy(&alice(), A, 100 * UNIT, 0).unwrap();
        let stock = buy(&bot(), A, 500 * UNIT, 0).unwrap();
        let amount = alpha(&alice(), A);
        let bound = quote_sell(A, amount).unwrap().native;
        // [A] In alpha: the bot sells, the user sells, the bot buys for what it got.
        let around = |size: u64, bound: u64| {
            in_view(|| {
                let got = sell(&bot(), A, size, 0).unwrap();
                let made = sell(&alice(), A, amount, bound).is_ok();
                let back = buy(&bot(), A, got, 0).unwrap();
                (i128::from(back) - i128::from(size), made)
            })
        };
        let mut best = i128::MIN;
        for part in [1_000, 100, 10, 3, 1] {
            let (result, made) = around(stock / part, bound);
            assert!(!made && result < 0, "{part}: {result}");
            best = best.max(around(stock / part, 0).0);
        }
        assert!(best > 0);
        println!(
            "sandwich of a sale of {:.1} alpha: a bot earns up to {:.3} alpha from a seller without \
             a bound, and loses its fees to one with a tight bound",
            tokens(amount.into()),
            tokens(best),
        );
    });
}

#[test]
fn author_should_lose_around_a_small_purchase_since_fees_are_not_its() {
    build_and_execute(|| {
        // [A] An author orders its block as it likes. The user buys for a twentieth of a token, and lets
        // the price be a thousandth worse: no sandwich of it is worth two fees.
        let (amount, size) = (UNIT / 20, UNIT / 4);
        let quoted = quote_buy(A, amount).unwrap().alpha.0;
        let mut fees = 0;
        let with = earned(|| {
            let before = burned();
            let front = buy(&bot(), A, size, 0).unwrap();
            buy(&alice(), A, amount, quoted - quoted / 1_000).expect("within its bound");
            sell(&bot(), A, front, 0).unwrap();
            fees = burned() - before;
        });
        let without = with + i128::from(fees);
        println!(
            "[A] an author around a purchase of {amount} units: {with} units with the rule, \
             {without} if fees were the author's"
        );
        assert!(with < 0 && without > 0, "{with}, {without}");
    });
}

/// The bot buys, `lots` of the chain's purchases follow, one per block, and the bot sells.
fn around_buybacks(size: u64, lots: u32) -> i128 {
    earned(|| {
        let front = buy(&bot(), A, size, 0).unwrap();
        (0..lots).for_each(|_| poll());
        sell(&bot(), A, front, 0).unwrap();
    })
}

/// The bot sells, `lots` of the chain's sales follow, one per block, and the bot buys back: what it
/// has more, in alpha. `naive`: the first lot is measured by the reserve of the moment.
fn around_root_sales(size: u64, lots: u32, naive: bool) -> i128 {
    in_view(|| {
        let got = sell(&bot(), A, size, 0).unwrap();
        if naive {
            Markets::<Test>::mutate(A, |row| row.as_mut().unwrap().calm_alpha = u64::MAX);
        }
        (0..lots).for_each(|_| poll());
        i128::from(buy(&bot(), A, got, 0).unwrap()) - i128::from(size)
    })
}

#[test]
fn bot_should_earn_nothing_around_the_chains_purchases_when_they_are_lots() {
    build_and_execute(|| {
        // [A] A day's excess of a subnet that earns 0.05 tokens a block.
        let none = Market::inject(A, withdraw(&alice(), 720 * UNIT), Alpha(0));
        assert!(none.peek().is_zero());
        set_lot(1_000_000);
        let unlimited = SIZES.map(|size| around_buybacks(size * UNIT, 1));
        set_lot(500);
        let limited = SIZES.map(|size| around_buybacks(size * UNIT, 1));
        // Small sizes too, where only the roundings count.
        let small = (1..400).map(|size| around_buybacks(size * 12_345, 1)).max().unwrap();
        assert!(limited.iter().all(|result| *result <= 0), "{limited:?}");
        assert!(small <= 0, "{small}");
        let best = unlimited.into_iter().max().unwrap();
        assert!(best > 100 * i128::from(UNIT));
        println!(
            "[A] sandwich of a buyback of 720 tokens in a pool of 1,000: without the limit of lots a bot \
             earns up to {:.1} tokens; around a lot it loses, at least {:.6}",
            tokens(best),
            tokens(-limited.into_iter().max().unwrap()),
        );
    });
}

#[test]
fn bot_should_earn_nothing_around_the_chains_sales_when_they_are_lots() {
    build_and_execute(|| {
        buy(&alice(), A, 300 * UNIT, 0).unwrap();
        let stock = buy(&bot(), A, 1_000 * UNIT, 0).unwrap();
        let parts = alpha(&alice(), A);
        root_part(10, A, &alice(), parts);
        let sizes = [100_000, 10_000, 1_000, 100, 10, 3, 2, 1].map(|part| stock / part);
        // [A]
        set_lot(1_000_000);
        let unlimited = sizes.map(|size| around_root_sales(size, 1, true));
        set_lot(500);
        let naive = sizes.map(|size| around_root_sales(size, 1, true)).into_iter().max().unwrap();
        let limited = sizes.map(|size| around_root_sales(size, 1, false));
        assert!(limited.iter().all(|result| *result <= 0), "{limited:?}");
        let small = (1..400).map(|size| around_root_sales(size * 12_345, 1, false)).max().unwrap();
        assert!(small <= 0, "{small}");
        let best = unlimited.into_iter().max().unwrap();
        assert!(best > i128::from(UNIT) && naive > 0);
        println!(
            "[A] sandwich of the sale of {:.0} alpha of root parts: without the limit of lots a bot \
             earns up to {:.1} alpha; up to {:.3} around a lot that is measured by the reserve of the \
             moment, which the bot has just filled; around a lot it loses, at least {:.6}",
            tokens(parts.into()),
            tokens(best),
            tokens(naive),
            tokens(-limited.into_iter().max().unwrap()),
        );
    });
}

#[test]
fn holder_should_gain_no_more_than_the_lots_move_the_price_when_it_stays_for_many() {
    build_and_execute(|| {
        // What a limit of lots cannot do: who knows that a backlog waits can trade and wait while it
        // is worked off. That is no sandwich: it takes blocks, in which anybody else may trade.
        let none = Market::inject(A, withdraw(&alice(), 720 * UNIT), Alpha(0));
        assert!(none.peek().is_zero());
        let stake = 10 * UNIT;
        for lots in [1, 2, 10, 100] {
            let result = around_buybacks(stake, lots);
            let most = (1.0005f64.powi(2 * lots as i32) - 1.0) * stake as f64;
            assert!((result as f64) < most, "{lots}: {result}");
            // A part in 1,000 for each lot, less two fees: what ADR 13 says.
            let told = 1.001f64.powi(lots as i32) * 0.999 - 1.0;
            let gain = result as f64 / stake as f64;
            assert!((gain - told).abs() < 0.001, "{lots}: {gain}, not {told}");
            println!(
                "10 tokens held through {lots} lots of a backlog, if nobody else trades: {:+.4}",
                tokens(result)
            );
        }
    });
}

#[test]
fn who_sold_should_gain_no_more_than_the_lots_move_the_price_when_it_waits_for_many() {
    build_and_execute(|| {
        buy(&alice(), A, 300 * UNIT, 0).unwrap();
        let stock = buy(&bot(), A, 1_000 * UNIT, 0).unwrap();
        let parts = alpha(&alice(), A);
        root_part(10, A, &alice(), parts);
        for lots in [1, 2, 10, 100] {
            let result = around_root_sales(stock, lots, false);
            let most = (1.0005f64.powi(2 * lots as i32) - 1.0) * stock as f64;
            assert!((result as f64) < most, "{lots}: {result}");
            println!(
                "{:.1} alpha sold before {lots} lots of a backlog and bought back after, if nobody \
                 else trades: {:+.4}",
                tokens(stock.into()),
                tokens(result)
            );
        }
    });
}
