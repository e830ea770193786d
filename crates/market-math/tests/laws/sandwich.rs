//! Attacks on the order of trades within a block.

use crate::common::{fee, pool, usual};
use alun_market_math::{
    lots::{lot, DEFAULT_LOT},
    pool::{Reserves, DEFAULT_FEE},
};
use proptest::prelude::*;

/// Buys before the victim, sells after it: what the attacker has more in the end, and the victim's
/// alpha (`None`: refused by its bound).
fn sandwich(
    pool: Reserves,
    attack: u64,
    victim: u64,
    bound: u64,
    fee: u32,
) -> Option<(i128, Option<u64>)> {
    let front = pool.buy(attack, fee).ok()?;
    let trade = front.after.buy(victim, fee).ok().filter(|trade| trade.alpha_out >= bound);
    let between = trade.map_or(front.after, |trade| trade.after);
    let back = between.sell(front.alpha_out, fee).map_or(0, |sold| sold.native_out);
    Some((i128::from(back) - i128::from(attack), trade.map(|trade| trade.alpha_out)))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn sandwich_should_lose_when_the_victim_is_refused(
        pool in pool(), attack in usual(), victim in usual(), fee in fee(),
    ) {
        if let Some((profit, got)) = sandwich(pool, attack, victim, u64::MAX, fee) {
            prop_assert_eq!(got, None);
            prop_assert!(profit <= 0 && (fee == 0 || profit < 0), "{}", profit);
        }
    }

    /// What the victim may be made to pay more than its bound costs is all that there is to gain.
    #[test]
    fn sandwich_should_gain_at_most_the_slack_of_the_victims_bound(
        pool in pool(), attack in usual(), victim in usual(), tight in 0u64..=1_000, fee in fee(),
    ) {
        let Ok(fair) = pool.buy(victim, fee) else { return Ok(()) };
        let bound = (u128::from(fair.alpha_out) * u128::from(tight) / 1_000) as u64;
        let cheapest = match pool.buy_exact(bound, 0) {
            Ok(cheapest) => cheapest.native_in,
            Err(_) => 0,
        };
        let slack = i128::from(fair.native_kept) - i128::from(cheapest);
        if let Some((profit, _)) = sandwich(pool, attack, victim, bound, fee) {
            prop_assert!(profit <= slack.max(0), "{} of {}", profit, slack);
        }
    }

    /// A bound as tight as the quote: whoever moves the price has the victim refused, and loses.
    #[test]
    fn sandwich_should_lose_when_it_moves_the_price_against_a_tight_bound(
        pool in pool(), attack in usual(), victim in usual(), fee in fee(),
    ) {
        let Ok(fair) = pool.buy(victim, fee) else { return Ok(()) };
        if let Some((profit, got)) = sandwich(pool, attack, victim, fair.alpha_out, fee) {
            let exact = pool.buy_exact(fair.alpha_out, 0).unwrap().native_in;
            match got {
                None => prop_assert!(profit <= 0),
                // Not moved by a whole unit of the victim's alpha: what rounding kept from it.
                Some(got) => {
                    prop_assert_eq!(got, fair.alpha_out);
                    prop_assert!(profit <= i128::from(fair.native_kept - exact));
                }
            }
        }
    }

    /// [A] A lot is no larger a part of the reserve than the fee is of a trade: trading before and
    /// after it never pays, in either direction.
    #[test]
    fn sandwich_of_the_chains_own_trade_should_lose(
        native in 10_000_000u64..1 << 54, alpha in 10_000_000u64..1 << 54, part in 0u64..=1_000_000,
    ) {
        let pool = Reserves { native, alpha };
        let part_of = |reserve| (u128::from(reserve) * u128::from(part) / 1_000_000) as u64;
        let buys = lot(u64::MAX, native, DEFAULT_LOT);
        if let Some((profit, got)) = sandwich(pool, part_of(native), buys, 0, DEFAULT_FEE) {
            prop_assert!(got.is_some() && profit < 0, "{}", profit);
        }
        // The chain sells: sell before, buy as much back after.
        let sells = lot(u64::MAX, alpha, DEFAULT_LOT);
        let Ok(front) = pool.sell(part_of(alpha), DEFAULT_FEE) else { return Ok(()) };
        let sale = front.after.sell(sells, DEFAULT_FEE).unwrap();
        let back = sale.after.buy_exact(part_of(alpha), DEFAULT_FEE).unwrap();
        prop_assert!(back.native_in > front.native_out);
    }
}
